"""What other tools read: Neuronpedia's feature batches, and SAELens's folders.

1. `neuronpedia` writes the batch that SAEDashboard makes and Neuronpedia takes: one JSON object with `model_id`, `layer`, `sae_set` and
   `features`, each with every field that they know. What a QK dictionary has no counterpart of (logits, correlated neurons) is empty, as
   in their own batches.
2. An example's `values` hold the activation at its own token. What the feature does on the tokens around it is not kept with the examples
   and stands as 0.
3. `saelens` lets the daemon write its folder of two SAELens transcoders; this only names them.

*Source:* SAEDashboard, sae_dashboard/neuronpedia/neuronpedia_dashboard.py (NeuronpediaDashboardBatch, -Feature, -Activation) and
neuronpedia_converter.py (the bins: top activations are -1, their greatest, -1).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from .api.features import FeatureExample, FeatureExamples

if TYPE_CHECKING:
    from .client import Client

# So many features are asked for at once: the reply stays a few MB.
AT_ONCE = 64
# Bin of SAEDashboard's group of top activations; of a sample over all of them, whose shares it does not say.
NO_BIN = -1.0


def activation(example: FeatureExample, bin_min: float, bin_max: float) -> dict[str, Any]:
    """One example under the names of NeuronpediaDashboardActivation."""
    place = len(example.before)
    values = [0.0] * (place + 1 + len(example.after))
    values[place] = example.activation
    return {
        "bin_min": bin_min, "bin_max": bin_max, "bin_contains": NO_BIN,
        "tokens": [*example.before, example.piece, *example.after], "values": values, "qualifying_token_index": place,
    }


def feature(found: FeatureExamples, n_prompts_total: int, n_tokens_in_prompt: int, dataset: str) -> dict[str, Any]:
    """One feature under the names of NeuronpediaDashboardFeature."""
    top = [activation(example, NO_BIN, found.max_activation) for example in found.examples]
    sample = [activation(example, 0.0, found.max_activation) for example in found.quantiles or []]
    empty: dict[str, list[Any]] = {
        name: [] for name in (
            "neuron_alignment_indices", "neuron_alignment_values", "neuron_alignment_l1", "correlated_neurons_indices",
            "correlated_neurons_l1", "correlated_neurons_pearson", "correlated_features_indices", "correlated_features_l1",
            "correlated_features_pearson", "neg_str", "neg_values", "pos_str", "pos_values", "freq_hist_data_bar_values",
            "freq_hist_data_bar_heights", "logits_hist_data_bar_heights", "logits_hist_data_bar_values", "decoder_weights_dist",
        )
    }
    return {
        "feature_index": found.feature, **empty, "frac_nonzero": found.density, "n_prompts_total": n_prompts_total,
        "n_tokens_in_prompt": n_tokens_in_prompt, "dataset": dataset, "activations": top + sample,
    }


def neuronpedia_batch(
    client: Client, map: str, side: Literal["query", "key"], features: Iterable[int], *, sae_set: str = "qklens"
) -> dict[str, Any]:
    """Features of a map's collected examples (`examples.collect`) under the names of NeuronpediaDashboardBatch.

    Raises:
        ExamplesNotFound: None have been collected for the map.
    """
    collected = client.examples.get(map)
    wanted = list(features)
    found: list[FeatureExamples] = []
    for start in range(0, len(wanted), AT_ONCE):
        found += client.features.examples(collected.dictionary, side, wanted[start : start + AT_ONCE], map=map).features
    return {
        "model_id": collected.model, "layer": collected.layer, "sae_set": f"{sae_set}-{collected.dictionary}-{side}",
        "features": [feature(each, collected.contexts, collected.context, collected.corpus) for each in found],
    }


def neuronpedia(
    client: Client, map: str, side: Literal["query", "key"], features: Sequence[int], folder: str | os.PathLike[str], *,
    sae_set: str = "qklens", batch_size: int = AT_ONCE,
) -> list[Path]:
    """Writes `batch-0.json`, `batch-1.json` and so on, as SAEDashboard names them; nothing that is there is overwritten."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, start in enumerate(range(0, len(features), batch_size)):
        batch = neuronpedia_batch(client, map, side, features[start : start + batch_size], sae_set=sae_set)
        path = target / f"batch-{number}.json"
        with open(path, "x", encoding="utf-8") as opened:
            json.dump(batch, opened, ensure_ascii=False)
        paths.append(path)
    return paths


def saelens(client: Client, dictionary: str, folder: str | os.PathLike[str]) -> tuple[Path, Path]:
    """Has the daemon write a dictionary in SAELens's layout; the two folders that `SAE.load_from_disk` takes."""
    written = Path(client.dictionaries.export(dictionary, Path(folder)).path)
    return written / "query", written / "key"
