"""`dictionaries.*`: what the daemon's methods take and return.

Written by generate.py from the daemon's OpenRPC document; do not edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any, Dict, List, Literal

from ..call import Call
from ..namespace import AsyncNamespace, Namespace
from ..record import Record, Table, table_of
from .shared import JobSubmission


@dataclass(slots=True, kw_only=True, repr=False)
class Dictionary(Record):
    """A trained pair of transcoders: one from the residual stream to a layer's queries, one to its keys."""

    dictionary: str
    """Its name, as in d1."""
    fingerprint: str
    """A short name of its weights: equal weights, equal fingerprint."""
    model: str
    """The model it was trained on."""
    model_fingerprint: str
    """That model's fingerprint."""
    layer: int
    """The layer, counted from 0."""
    d_sae_query: int
    """The number of query features."""
    d_sae_key: int
    """The number of key features."""
    d_model: int
    """The width of the residual stream it reads."""
    n_heads: int
    """The number of heads it writes queries and keys of."""
    seed: int
    """The seed it was trained with."""
    created_ms: int
    """When it was finished (milliseconds since 1970)."""
    job: str | None = None
    """The job that trained it; absent for one that was trained elsewhere."""
    imported_from: str | None = None
    """The folder that it was imported from; absent for one that was trained here."""
    owner_uid: int | None = None
    """The user who trained or imported it, and may delete it; absent where that was not noted, which makes it the
    service's own.
    """
    corpus: str
    """The text it was trained on."""
    tokens: int
    """How many tokens it has seen."""
    steps: int
    """How many steps it was trained for."""
    settings: Dict[str, Any]
    """The parameters of its training."""
    evaluation: Dict[str, Any]
    """What it reaches on text that it was not trained on: losses, L0, live features."""


@dataclass(slots=True, kw_only=True, repr=False)
class DictionariesList(Record):
    """What `dictionaries.list` returns."""

    dictionaries: Table[Dictionary]
    """The dictionaries."""
    next_cursor: str | None = None
    """Where the next page starts; absent on the last one."""

    decoders = {"dictionaries": table_of(Dictionary)}


@dataclass(slots=True, kw_only=True, repr=False)
class DictionariesHistory(Record):
    """What `dictionaries.history` returns."""

    dictionary: str
    """The dictionary."""
    metrics: List[Dict[str, Any]]
    """The figures, in the order of the steps."""


@dataclass(slots=True, kw_only=True, repr=False)
class DictionariesDelete(Record):
    """What `dictionaries.delete` returns."""

    dictionary: str
    """The dictionary's name."""
    deleted_maps: List[str]
    """The maps that went with it."""


@dataclass(slots=True, kw_only=True, repr=False)
class DictionariesExport(Record):
    """What `dictionaries.export` returns."""

    dictionary: str
    """The dictionary."""
    path: str
    """The folder."""


@dataclass(slots=True, kw_only=True, repr=False)
class FeatureMatch(Record):
    """A feature and the one of another dictionary that does the same."""

    feature: int
    """Of the first dictionary."""
    partner: int
    """Of the second."""
    correlation: float
    """Of their activations."""
    cosine: float | None = None
    """Of their decoder rows; absent where the layers or widths differ."""


@dataclass(slots=True, kw_only=True, repr=False)
class DictionariesCompareMatching(Record):
    """Which features of one side two dictionaries have in common."""

    first: str
    """The first dictionary."""
    second: str
    """The second."""
    side: Literal["query", "key"]
    """The side of the features."""
    live_first: int
    """How many features of the first were active on the text."""
    live_second: int
    """How many of the second."""
    matched: int
    """How many of the first's have a partner."""
    matched_activation: float
    """Their share of the sum of all the first's activations. (0.0 to 1.0)"""
    mean_correlation: float | None = None
    """The matches' mean correlation; absent without matches."""
    mean_cosine: float | None = None
    """The matches' mean cosine of their decoder rows; absent where the layers or widths differ."""
    histogram: List[int]
    """Features of the first by their largest correlation, in ten equal parts of 0 to 1."""
    matches: Table[FeatureMatch] | None = None
    """Each match, if it was asked for."""

    decoders = {"matches": table_of(FeatureMatch)}


@dataclass(slots=True, kw_only=True, repr=False)
class MapOverlapEntry(Record):
    """Shares of the first's entries."""

    comparable: float
    """Both of whose features have partners. (0.0 to 1.0)"""
    same_head: float
    """Whose pair of partners is found in the same head. (0.0 to 1.0)"""
    some_head: float
    """Whose pair of partners is found in any head. (0.0 to 1.0)"""


@dataclass(slots=True, kw_only=True, repr=False)
class MapOverlapContribution(Record):
    """Shares of their expected contribution."""

    comparable: float
    """Both of whose features have partners. (0.0 to 1.0)"""
    same_head: float
    """Whose pair of partners is found in the same head. (0.0 to 1.0)"""
    some_head: float
    """Whose pair of partners is found in any head. (0.0 to 1.0)"""


@dataclass(slots=True, kw_only=True, repr=False)
class MapOverlap(Record):
    """How much of one map others have too."""

    first: str
    """The map."""
    others: List[str]
    """The maps that it is looked for in; found is what each of them has."""
    entries: MapOverlapEntry
    """Shares of the first's entries."""
    contribution: MapOverlapContribution
    """Shares of their expected contribution."""

    decoders = {
        "entries": MapOverlapEntry.from_wire, "contribution": MapOverlapContribution.from_wire,
    }


@dataclass(slots=True, kw_only=True, repr=False)
class DictionariesCompare(Record):
    """What `dictionaries.compare` returns."""

    dictionaries: List[str]
    """The dictionaries, in the order of the question."""
    tokens: int
    """How many tokens were read."""
    min_correlation: float
    """The least correlation of a match."""
    matchings: Table[DictionariesCompareMatching]
    """Each dictionary with each later one, on each side."""
    overlaps: Table[MapOverlap] | None = None
    """Each map with each other one, if there are maps."""
    in_all: MapOverlap | None = None
    """How much of one map others have too."""

    decoders = {
        "matchings": table_of(DictionariesCompareMatching), "overlaps": table_of(MapOverlap), "in_all": MapOverlap.from_wire,
    }


def list(
    *, model: str | None = None, layer: int | None = None, limit: int | None = None, cursor: str | None = None,
    deadline_ms: int | None = None,
) -> Call[DictionariesList]:
    """Lists dictionaries, newest first."""
    return Call("dictionaries.list", {
        "model": model, "layer": layer, "limit": limit, "cursor": cursor, "deadline_ms": deadline_ms,
    }, DictionariesList, is_repeatable=True)


def get(dictionary: str, *, deadline_ms: int | None = None) -> Call[Dictionary]:
    """Describes one dictionary."""
    return Call("dictionaries.get", {"dictionary": dictionary, "deadline_ms": deadline_ms}, Dictionary, is_repeatable=True)


def history(dictionary: str, *, points: int | None = None, deadline_ms: int | None = None) -> Call[DictionariesHistory]:
    """The figures of a dictionary's training, step by step."""
    return Call("dictionaries.history", {"dictionary": dictionary, "points": points, "deadline_ms": deadline_ms}, DictionariesHistory, is_repeatable=True)


def train(
    layers: Sequence[int], *, model: str | None = None, corpus: str | PathLike[str] | None = None,
    text_field: str | None = None, cache: str | None = None, d_sae_query: Sequence[int] | None = None,
    d_sae_key: Sequence[int] | None = None,
    preset: Literal["demo", "recommended", "as-published", "published-2024-08"] | None = None, steps: int | None = None,
    batch_sequences: int | None = None, context: int | None = None, learning_rate: float | None = None,
    sparsity: float | None = None, sparsity_epsilon: float | None = None,
    activation: Literal["relu", "topk", "batchtopk", "jumprelu"] | None = None, penalty: Literal["root", "l1"] | None = None,
    k: int | None = None, bandwidth: float | None = None, decoder_norm: Literal["free", "unit"] | None = None,
    auxiliary_k: int | None = None, resample_every: int | None = None, mse: float | None = None,
    mse_warm_share: float | None = None, seeds: Sequence[int] | None = None, held_out_contexts: int | None = None,
    metrics_every: int | None = None, evaluate_every: int | None = None, dry_run: bool | None = None,
    deadline_ms: int | None = None,
) -> Call[JobSubmission]:
    """Queues the training of layers' transcoders."""
    return Call("dictionaries.train", {
        "layers": layers, "model": model, "corpus": corpus, "text_field": text_field, "cache": cache,
        "d_sae_query": d_sae_query, "d_sae_key": d_sae_key, "preset": preset, "steps": steps,
        "batch_sequences": batch_sequences, "context": context, "learning_rate": learning_rate, "sparsity": sparsity,
        "sparsity_epsilon": sparsity_epsilon, "activation": activation, "penalty": penalty, "k": k, "bandwidth": bandwidth,
        "decoder_norm": decoder_norm, "auxiliary_k": auxiliary_k, "resample_every": resample_every, "mse": mse,
        "mse_warm_share": mse_warm_share, "seeds": seeds, "held_out_contexts": held_out_contexts,
        "metrics_every": metrics_every, "evaluate_every": evaluate_every, "dry_run": dry_run, "deadline_ms": deadline_ms,
    }, JobSubmission)


def delete(dictionary: str, *, deadline_ms: int | None = None) -> Call[DictionariesDelete]:
    """Deletes a dictionary and the maps that belong to it."""
    return Call("dictionaries.delete", {"dictionary": dictionary, "deadline_ms": deadline_ms}, DictionariesDelete)


def evaluate(
    dictionary: str, *, map: str | None = None, corpus: str | PathLike[str] | None = None, text_field: str | None = None,
    contexts: int | None = None, dry_run: bool | None = None, deadline_ms: int | None = None,
) -> Call[JobSubmission]:
    """Queues the evaluation of a dictionary on a text."""
    return Call("dictionaries.evaluate", {
        "dictionary": dictionary, "map": map, "corpus": corpus, "text_field": text_field, "contexts": contexts,
        "dry_run": dry_run, "deadline_ms": deadline_ms,
    }, JobSubmission)


def export(dictionary: str, path: str | PathLike[str], *, deadline_ms: int | None = None) -> Call[DictionariesExport]:
    """Writes a dictionary to a folder in SAELens's layout."""
    return Call("dictionaries.export", {"dictionary": dictionary, "path": path, "deadline_ms": deadline_ms}, DictionariesExport)


def compare(
    dictionaries: Sequence[str], *, maps: Sequence[str] | None = None, corpus: str | PathLike[str] | None = None,
    text_field: str | None = None, contexts: int | None = None, min_correlation: float | None = None,
    include_matches: bool | None = None, deadline_ms: int | None = None,
) -> Call[DictionariesCompare]:
    """Says which features, and which pairs of their maps, several dictionaries have in common."""
    return Call("dictionaries.compare", {
        "dictionaries": dictionaries, "maps": maps, "corpus": corpus, "text_field": text_field, "contexts": contexts,
        "min_correlation": min_correlation, "include_matches": include_matches, "deadline_ms": deadline_ms,
    }, DictionariesCompare, is_repeatable=True)


def import_(
    path: str | PathLike[str], *, model: str | None = None, deadline_ms: int | None = None,
) -> Call[Dictionary]:
    """Reads a dictionary from a folder in SAELens's layout."""
    return Call("dictionaries.import", {"path": path, "model": model, "deadline_ms": deadline_ms}, Dictionary)


class Dictionaries(Namespace):
    """`dictionaries.*`, blocking."""

    def list(
        self, *, model: str | None = None, layer: int | None = None, limit: int | None = None, cursor: str | None = None,
        deadline_ms: int | None = None,
    ) -> DictionariesList:
        """Lists dictionaries, newest first.

        A dictionary appears once its training has finished, whole.

        Args:
            model: Only those of this model.
            layer: The layer, counted from 0.
            limit: How many entries at most. (1 to 1000; default: 20)
            cursor: Where the page before this one ended: its next_cursor.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            CursorInvalid.
        """
        return self._client.call(list(model=model, layer=layer, limit=limit, cursor=cursor, deadline_ms=deadline_ms))

    def get(self, dictionary: str, *, deadline_ms: int | None = None) -> Dictionary:
        """Describes one dictionary.

        A dictionary never changes once it is there.

        Args:
            dictionary: The dictionary's name, as in d1.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            DictionaryNotFound.
        """
        return self._client.call(get(dictionary, deadline_ms=deadline_ms))

    def history(
        self, dictionary: str, *, points: int | None = None, deadline_ms: int | None = None,
    ) -> DictionariesHistory:
        """The figures of a dictionary's training, step by step.

        What jobs.metrics tells of the dictionary, thinned to a thousand lines and in single precision, kept with its
        weights when the job is deleted. Up to half of the lines are landmarks: those that tell what was reached on
        held-out contexts (see evaluate_every of dictionaries.train). Empty for a dictionary that was imported.

        Args:
            dictionary: The dictionary's name, as in d1.
            points: How many lines at most: landmarks first, the others evenly spaced. (2 to 1000; default: 400)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            DictionaryNotFound.
        """
        return self._client.call(history(dictionary, points=points, deadline_ms=deadline_ms))

    def train(
        self, layers: Sequence[int], *, model: str | None = None, corpus: str | PathLike[str] | None = None,
        text_field: str | None = None, cache: str | None = None, d_sae_query: Sequence[int] | None = None,
        d_sae_key: Sequence[int] | None = None,
        preset: Literal["demo", "recommended", "as-published", "published-2024-08"] | None = None, steps: int | None = None,
        batch_sequences: int | None = None, context: int | None = None, learning_rate: float | None = None,
        sparsity: float | None = None, sparsity_epsilon: float | None = None,
        activation: Literal["relu", "topk", "batchtopk", "jumprelu"] | None = None,
        penalty: Literal["root", "l1"] | None = None, k: int | None = None, bandwidth: float | None = None,
        decoder_norm: Literal["free", "unit"] | None = None, auxiliary_k: int | None = None, resample_every: int | None = None,
        mse: float | None = None, mse_warm_share: float | None = None, seeds: Sequence[int] | None = None,
        held_out_contexts: int | None = None, metrics_every: int | None = None, evaluate_every: int | None = None,
        dry_run: bool | None = None, deadline_ms: int | None = None,
    ) -> JobSubmission:
        """Queues the training of layers' transcoders.

        Returns once the job is on disk. A dictionary is trained for every layer with every size and every seed, all
        from one pass over the data. An interrupted job goes on by itself from its last checkpoint and ends with the
        same numbers. The dictionaries appear when the job has finished.

        Args:
            layers: The layers, counted from 0; all are trained from the same pass over the data.
            model: A resident model's name; the embedded model if absent.
            corpus: The path of a .txt file (one document per line), a .jsonl file (one JSON object per line) or a .npy
                file of token ids, or demo for the embedded model's text; demo, for that model only if absent. Users
                other than the service's own and root may name what lies beneath its client roots.
            text_field: Which field of a .jsonl file's objects is the text; text if absent.
            cache: An activation cache to train on instead of a text, as in c1; it holds blocks.N.ln1.hook_x of every
                layer.
            d_sae_query: The numbers of query features: one dictionary for each; the preset's one if absent.
            d_sae_key: The number of key features that goes with each; as many as query features if absent.
            preset: The settings that hold where nothing else is said: demo (a dictionary of the embedded model in a
                minute), recommended (BatchTopK, 100 M tokens), as-published, published-2024-08 (200 M tokens each).
                (default: "demo")
            steps: How many steps; the preset's if absent. (1 to 10000000)
            batch_sequences: How many contexts make up a step; the preset's if absent. (1 to 4096)
            context: The length of a context in tokens; the model's own, at most 256, if absent. (2 to 1024)
            learning_rate: Adam's step size; the preset's if absent. (0.0 to 1.0)
            sparsity: The weight λ of the sparsity penalty, per token; the preset's if absent.
            sparsity_epsilon: What keeps the √ penalty's root smooth at 0; the preset's if absent.
            activation: How features are chosen: relu, topk, batchtopk, jumprelu; the preset's way if absent.
            penalty: What keeps the features of relu few: root (Σ √(n f + ε)) or l1 (Σ n f); the preset's if absent.
            k: Active features per token and side, for topk and batchtopk; the preset's, or 16, if absent. (1 to 65536)
            bandwidth: The width of jumprelu's kernel; 0.001 if absent. (0.0 to 1.0)
            decoder_norm: What is held about the norms of the decoder's rows: free or unit; the preset's rule if absent.
            auxiliary_k: How many dead features learn from each token's error; 0 for none, the preset's if absent. (0 to
                65536)
            resample_every: After how many steps dead features begin again; 0 for never, the preset's if absent. (0 to
                10000000)
            mse: The weight μ of the squared error of queries and keys, at the start. (default: 0)
            mse_warm_share: The share of all steps over which μ goes to 0. (0.0 to 1.0; default: 0.02)
            seeds: The seeds of all randomness: one dictionary for each; the first also orders the text. (default: [0])
            held_out_contexts: How many contexts are kept apart, for the evaluation. (1 to 100000; default: 64)
            metrics_every: Every how many steps the figures join the series of metrics; a thousandth of all if absent.
                (1 to 10000000)
            evaluate_every: Every how many steps the series tells what is reached on the first of the held-out contexts:
                the loss recovered, and how often features are active; rounded up to a multiple of metrics_every, 0 for
                never; if absent a 25th of all, or more where that would take more than a fiftieth of the training. (0
                to 10000000)
            dry_run: Whether only to check everything and to estimate. (default: false)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, LayerOutOfRange, CacheNotFound, FileNotFound, TextUnreadable, PathRefused, TextEmpty,
            TextTooLong, TokenOutOfRange, OutOfMemory, ModelUnreadable, ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(train(
            layers, model=model, corpus=corpus, text_field=text_field, cache=cache, d_sae_query=d_sae_query,
            d_sae_key=d_sae_key, preset=preset, steps=steps, batch_sequences=batch_sequences, context=context,
            learning_rate=learning_rate, sparsity=sparsity, sparsity_epsilon=sparsity_epsilon, activation=activation,
            penalty=penalty, k=k, bandwidth=bandwidth, decoder_norm=decoder_norm, auxiliary_k=auxiliary_k,
            resample_every=resample_every, mse=mse, mse_warm_share=mse_warm_share, seeds=seeds,
            held_out_contexts=held_out_contexts, metrics_every=metrics_every, evaluate_every=evaluate_every, dry_run=dry_run,
            deadline_ms=deadline_ms,
        ))

    def delete(self, dictionary: str, *, deadline_ms: int | None = None) -> DictionariesDelete:
        """Deletes a dictionary and the maps that belong to it.

        Calls that are using it finish with it. Only the user who trained or imported it, or root; not while another
        user's map is over it.

        Args:
            dictionary: The dictionary's name, as in d1.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            DictionaryNotFound, PermissionDenied.
        """
        return self._client.call(delete(dictionary, deadline_ms=deadline_ms))

    def evaluate(
        self, dictionary: str, *, map: str | None = None, corpus: str | PathLike[str] | None = None,
        text_field: str | None = None, contexts: int | None = None, dry_run: bool | None = None, deadline_ms: int | None = None,
    ) -> JobSubmission:
        """Queues the evaluation of a dictionary on a text.

        Loss and KL of the logits with the layer's pattern substituted, the share of the loss recovered and its
        denominator, L0, live and dead features, densities, and per head how well the pattern is rebuilt, for every
        stage. The figures replace the dictionary's evaluation. Training keeps the first held_out_contexts of its text
        apart: the default reads those.

        Args:
            dictionary: The dictionary, as in d1.
            map: A map over it, for the stage masked_map; that stage is left out if absent.
            corpus: The path of a .txt file (one document per line), a .jsonl file (one JSON object per line) or a .npy
                file of token ids, or demo for the embedded model's text; the one that it was trained on if absent.
                Users other than the service's own and root may name what lies beneath its client roots.
            text_field: Which field of a .jsonl file's objects is the text; text if absent.
            contexts: How many contexts, from the beginning of the text. (1 to 1000000; default: 64)
            dry_run: Whether only to check everything and to estimate. (default: false)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            DictionaryNotFound, MapNotFound, ModelNotFound, DictionaryModelMismatch, FileNotFound, TextUnreadable,
            PathRefused, TextEmpty, ModelUnreadable, ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(evaluate(
            dictionary, map=map, corpus=corpus, text_field=text_field, contexts=contexts, dry_run=dry_run,
            deadline_ms=deadline_ms,
        ))

    def export(
        self, dictionary: str, path: str | PathLike[str], *, deadline_ms: int | None = None,
    ) -> DictionariesExport:
        """Writes a dictionary to a folder in SAELens's layout.

        The folders query and key hold one transcoder each, cfg.json and sae_weights.safetensors, which sae-lens loads;
        qklens.json and qklens.safetensors beside them let dictionaries.import restore the very weights. The folder
        appears when it is whole, in one that is there; it belongs to the service's user, with the rights that its umask
        leaves. Users other than that and root may name a place beneath the service's client roots.

        Args:
            dictionary: The dictionary, as in d1.
            path: The folder to write, an absolute path that is not there yet.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            DictionaryNotFound, PathRefused, FileExists, FileUnwritable, DictionaryUnsupported, ModelNotFound,
            DictionaryModelMismatch, ModelUnreadable, ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(export(dictionary, path, deadline_ms=deadline_ms))

    def compare(
        self, dictionaries: Sequence[str], *, maps: Sequence[str] | None = None, corpus: str | PathLike[str] | None = None,
        text_field: str | None = None, contexts: int | None = None, min_correlation: float | None = None,
        include_matches: bool | None = None, deadline_ms: int | None = None,
    ) -> DictionariesCompare:
        """Says which features, and which pairs of their maps, several dictionaries have in common.

        Two features are the same if each is the other's best partner by the correlation of their activations over the
        text, and that correlation reaches min_correlation; so dictionaries of other seeds, sizes and layers of one
        model can be compared. A pair of a map is found in another map if that one has an entry for the two partners.
        What is found again whatever the seed is a property of the model rather than of a training. One forward pass
        over the text: seconds.

        Args:
            dictionaries: The dictionaries, as in d1; all of one model.
            maps: A map of each of them, in the same order; none if absent.
            corpus: The path of a .txt file (one document per line), a .jsonl file (one JSON object per line) or a .npy
                file of token ids, or demo for the embedded model's text; what the first was trained on if absent. Users
                other than the service's own and root may name what lies beneath its client roots.
            text_field: Which field of a .jsonl file's objects is the text; text if absent.
            contexts: How many contexts of the corpus are read. (1 to 10000; default: 64)
            min_correlation: The least correlation of two features that count as the same. (0.0 to 1.0; default: 0.7)
            include_matches: Whether each match is listed. (default: false)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            DictionaryNotFound, DictionaryModelMismatch, ModelNotFound, MapNotFound, MapDictionaryMismatch,
            FileNotFound, TextUnreadable, PathRefused, TextEmpty, TokenOutOfRange, ModelUnreadable, ModelUnsupported,
            TokenizerUnreadable.
        """
        return self._client.call(compare(
            dictionaries, maps=maps, corpus=corpus, text_field=text_field, contexts=contexts, min_correlation=min_correlation,
            include_matches=include_matches, deadline_ms=deadline_ms,
        ))

    def import_(
        self, path: str | PathLike[str], *, model: str | None = None, deadline_ms: int | None = None,
    ) -> Dictionary:
        """Reads a dictionary from a folder in SAELens's layout.

        The folder holds query and key, each with cfg.json and sae_weights.safetensors of architecture transcoder,
        reading blocks.N.ln1.hook_normalized of a model with folded LayerNorms. A setting or tensor that is not known is
        refused. What the folder claims of the dictionary is kept as it stands; dictionaries.evaluate measures it again.
        Users other than the service's own and root may name what lies beneath its client roots.

        Args:
            path: The folder, an absolute path.
            model: The model that it is for; the one that the folder names if absent.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            PathRefused, FileNotFound, DictionaryUnreadable, DictionaryUnsupported, DictionaryModelMismatch,
            ModelNotFound, LayerOutOfRange, ModelUnreadable, ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(import_(path, model=model, deadline_ms=deadline_ms))


class AsyncDictionaries(AsyncNamespace):
    """`dictionaries.*` for asyncio; see `Dictionaries`."""

    async def list(
        self, *, model: str | None = None, layer: int | None = None, limit: int | None = None, cursor: str | None = None,
        deadline_ms: int | None = None,
    ) -> DictionariesList:
        """Lists dictionaries, newest first."""
        return await self._client.call(list(model=model, layer=layer, limit=limit, cursor=cursor, deadline_ms=deadline_ms))

    async def get(self, dictionary: str, *, deadline_ms: int | None = None) -> Dictionary:
        """Describes one dictionary."""
        return await self._client.call(get(dictionary, deadline_ms=deadline_ms))

    async def history(
        self, dictionary: str, *, points: int | None = None, deadline_ms: int | None = None,
    ) -> DictionariesHistory:
        """The figures of a dictionary's training, step by step."""
        return await self._client.call(history(dictionary, points=points, deadline_ms=deadline_ms))

    async def train(
        self, layers: Sequence[int], *, model: str | None = None, corpus: str | PathLike[str] | None = None,
        text_field: str | None = None, cache: str | None = None, d_sae_query: Sequence[int] | None = None,
        d_sae_key: Sequence[int] | None = None,
        preset: Literal["demo", "recommended", "as-published", "published-2024-08"] | None = None, steps: int | None = None,
        batch_sequences: int | None = None, context: int | None = None, learning_rate: float | None = None,
        sparsity: float | None = None, sparsity_epsilon: float | None = None,
        activation: Literal["relu", "topk", "batchtopk", "jumprelu"] | None = None,
        penalty: Literal["root", "l1"] | None = None, k: int | None = None, bandwidth: float | None = None,
        decoder_norm: Literal["free", "unit"] | None = None, auxiliary_k: int | None = None, resample_every: int | None = None,
        mse: float | None = None, mse_warm_share: float | None = None, seeds: Sequence[int] | None = None,
        held_out_contexts: int | None = None, metrics_every: int | None = None, evaluate_every: int | None = None,
        dry_run: bool | None = None, deadline_ms: int | None = None,
    ) -> JobSubmission:
        """Queues the training of layers' transcoders."""
        return await self._client.call(train(
            layers, model=model, corpus=corpus, text_field=text_field, cache=cache, d_sae_query=d_sae_query,
            d_sae_key=d_sae_key, preset=preset, steps=steps, batch_sequences=batch_sequences, context=context,
            learning_rate=learning_rate, sparsity=sparsity, sparsity_epsilon=sparsity_epsilon, activation=activation,
            penalty=penalty, k=k, bandwidth=bandwidth, decoder_norm=decoder_norm, auxiliary_k=auxiliary_k,
            resample_every=resample_every, mse=mse, mse_warm_share=mse_warm_share, seeds=seeds,
            held_out_contexts=held_out_contexts, metrics_every=metrics_every, evaluate_every=evaluate_every, dry_run=dry_run,
            deadline_ms=deadline_ms,
        ))

    async def delete(self, dictionary: str, *, deadline_ms: int | None = None) -> DictionariesDelete:
        """Deletes a dictionary and the maps that belong to it."""
        return await self._client.call(delete(dictionary, deadline_ms=deadline_ms))

    async def evaluate(
        self, dictionary: str, *, map: str | None = None, corpus: str | PathLike[str] | None = None,
        text_field: str | None = None, contexts: int | None = None, dry_run: bool | None = None, deadline_ms: int | None = None,
    ) -> JobSubmission:
        """Queues the evaluation of a dictionary on a text."""
        return await self._client.call(evaluate(
            dictionary, map=map, corpus=corpus, text_field=text_field, contexts=contexts, dry_run=dry_run,
            deadline_ms=deadline_ms,
        ))

    async def export(
        self, dictionary: str, path: str | PathLike[str], *, deadline_ms: int | None = None,
    ) -> DictionariesExport:
        """Writes a dictionary to a folder in SAELens's layout."""
        return await self._client.call(export(dictionary, path, deadline_ms=deadline_ms))

    async def compare(
        self, dictionaries: Sequence[str], *, maps: Sequence[str] | None = None, corpus: str | PathLike[str] | None = None,
        text_field: str | None = None, contexts: int | None = None, min_correlation: float | None = None,
        include_matches: bool | None = None, deadline_ms: int | None = None,
    ) -> DictionariesCompare:
        """Says which features, and which pairs of their maps, several dictionaries have in common."""
        return await self._client.call(compare(
            dictionaries, maps=maps, corpus=corpus, text_field=text_field, contexts=contexts, min_correlation=min_correlation,
            include_matches=include_matches, deadline_ms=deadline_ms,
        ))

    async def import_(
        self, path: str | PathLike[str], *, model: str | None = None, deadline_ms: int | None = None,
    ) -> Dictionary:
        """Reads a dictionary from a folder in SAELens's layout."""
        return await self._client.call(import_(path, model=model, deadline_ms=deadline_ms))
