"""What is written for other tools has their names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qklens import Client, errors, export

# Constructor parameters of SAEDashboard's NeuronpediaDashboardFeature and NeuronpediaDashboardActivation (version 0.6): a batch with
# another name cannot be read there.
FEATURE_NAMES = {
    "feature_index", "neuron_alignment_indices", "neuron_alignment_values", "neuron_alignment_l1", "correlated_neurons_indices",
    "correlated_neurons_l1", "correlated_neurons_pearson", "correlated_features_indices", "correlated_features_l1",
    "correlated_features_pearson", "neg_str", "neg_values", "pos_str", "pos_values", "frac_nonzero", "freq_hist_data_bar_values",
    "freq_hist_data_bar_heights", "logits_hist_data_bar_heights", "logits_hist_data_bar_values", "n_prompts_total",
    "n_tokens_in_prompt", "dataset", "activations", "decoder_weights_dist",
}
ACTIVATION_NAMES = {"bin_min", "bin_max", "bin_contains", "tokens", "values", "qualifying_token_index"}


def test_a_batch_has_neuronpedias_names_and_the_daemons_numbers(client: Client) -> None:
    top = client.pairs.top("m1", limit=1).pairs[0]
    batch = export.neuronpedia_batch(client, "m1", "query", [top.query_feature])
    assert set(batch) == {"model_id", "layer", "sae_set", "features"} and (batch["model_id"], batch["layer"]) == ("demo-4l", 0)
    found = client.features.examples("d1", "query", [top.query_feature], map="m1").features[0]
    feature = batch["features"][0]
    assert set(feature) == FEATURE_NAMES and feature["feature_index"] == top.query_feature
    assert feature["frac_nonzero"] == found.density and feature["n_prompts_total"] == 16
    assert len(feature["activations"]) == len(found.examples) + len(found.quantiles or [])
    for activation, example in zip(feature["activations"], found.examples, strict=False):
        assert set(activation) == ACTIVATION_NAMES and len(activation["tokens"]) == len(activation["values"])
        place = activation["qualifying_token_index"]
        assert (activation["tokens"][place], activation["values"][place]) == (example.piece, example.activation)
        assert sum(value != 0 for value in activation["values"]) == 1


def test_batches_are_files_and_nothing_is_overwritten(client: Client, tmp_path: Path) -> None:
    paths = export.neuronpedia(client, "m1", "key", list(range(10)), tmp_path, batch_size=4)
    assert [path.name for path in paths] == ["batch-0.json", "batch-1.json", "batch-2.json"]
    assert [len(json.loads(path.read_text())["features"]) for path in paths] == [4, 4, 2]
    with pytest.raises(FileExistsError):
        export.neuronpedia(client, "m1", "key", [0], tmp_path)


def test_without_examples_it_is_said_which_job_makes_them(client: Client) -> None:
    client.jobs.finish(client.maps.train("d1", steps=2, batch_sequences=2, support_contexts=2, held_out_contexts=2))
    newest = client.maps.list().maps[0].map
    with pytest.raises(errors.ExamplesNotFound):
        export.neuronpedia_batch(client, newest, "query", [0])
    client.maps.delete(newest)


def test_a_dictionary_is_written_as_saelens_reads_it(client: Client, tmp_path: Path) -> None:
    query, key = export.saelens(client, "d1", tmp_path / "d1")
    for folder, d_sae in ((query, 48), (key, 40)):
        config = json.loads((folder / "cfg.json").read_text())
        assert (config["d_sae"], config["d_in"]) == (d_sae, 128) and (folder / "sae_weights.safetensors").exists()
    with pytest.raises(errors.FileExists):
        export.saelens(client, "d1", tmp_path / "d1")
