"""`maps.*`: what the daemon's methods take and return.

Written by generate.py from the daemon's OpenRPC document; do not edit."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from typing import Any, Dict, List, Literal

from ..call import Call
from ..namespace import AsyncNamespace, Namespace
from ..record import Record, Table, table_of
from .shared import JobSubmission, PairEntry, ReconstructionStage


@dataclass(slots=True, kw_only=True, repr=False)
class MapSparsity(Record):
    """The surviving entries as a share of three wholes."""

    of_all: float
    """Of d_sae_query × d_sae_key × n_heads. (0.0 to 1.0)"""
    of_live: float
    """Of the entries between live features. (0.0 to 1.0)"""
    of_support: float
    """Of the entries that have been active together. (0.0 to 1.0)"""


@dataclass(slots=True, kw_only=True, repr=False)
class MapTrial(Record):
    """One trial of the search for a mask's weight."""

    lambda_: float
    """The weight λ_m."""
    KL: float
    """KL of the attention pattern from its survivors."""
    entries: int
    """How many entries have survived."""
    is_within_budget: bool
    """Whether the KL is within the budget."""

    wire_names = {"lambda": "lambda_"}


@dataclass(slots=True, kw_only=True, repr=False)
class MapSearch(Record):
    """How a mask's weight was found, and what the mask costs."""

    lambda_: float
    """The weight λ_m; 0 if no trial was within the budget, and the mask is one of ones."""
    KL_map: float
    """KL of the attention pattern from the whole map, mean over heads and queries of held-out contexts."""
    KL_masked: float
    """The same from the surviving entries."""
    KL_polished: float | None = None
    """The same after the polish; absent without one."""
    trials: Table[MapTrial] | None = None
    """The trials, in their order; absent if the weight was given."""

    decoders = {"trials": table_of(MapTrial)}

    wire_names = {"lambda": "lambda_"}


@dataclass(slots=True, kw_only=True, repr=False)
class FeatureMap(Record):
    """A trained map: which feature pairs a layer's heads need."""

    map: str
    """Its name, as in m1."""
    dictionary: str
    """The dictionary whose features it pairs."""
    model: str
    """The model."""
    layer: int
    """The layer, counted from 0."""
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
    settings: Dict[str, Any]
    """The parameters of its training."""
    evaluation: Dict[str, Any]
    """What it reaches on text that it was not trained on."""
    support_entries: int
    """How many entries (pair × head) have been active together in the training text."""
    surviving_entries: int
    """How many of them the mask has left."""
    surviving_pairs: int
    """How many pairs have an entry left."""
    beta_entries: int
    """How many entries (key feature × head) of the bias term there are."""
    sparsity: MapSparsity
    """The surviving entries as a share of three wholes."""
    entries_by_head: List[int]
    """How many surviving entries each head has."""
    search: MapSearch | None = None
    """How a mask's weight was found, and what the mask costs."""

    decoders = {"sparsity": MapSparsity.from_wire, "search": MapSearch.from_wire}


@dataclass(slots=True, kw_only=True, repr=False)
class MapsList(Record):
    """What `maps.list` returns."""

    maps: Table[FeatureMap]
    """The maps."""
    next_cursor: str | None = None
    """Where the next page starts; absent on the last one."""

    decoders = {"maps": table_of(FeatureMap)}


@dataclass(slots=True, kw_only=True, repr=False)
class EntryShares(Record):
    """A count and the wholes that it is a share of."""

    count: int
    """How many survive."""
    all: int
    """How many there are in all."""
    live: int
    """How many between features that were live in training."""
    co_active: int
    """How many were active together in training."""
    of_all: float
    """The share of all. (0.0 to 1.0)"""
    of_live: float
    """The share of live ones. (0.0 to 1.0)"""
    of_co_active: float
    """The share of co-active ones. (0.0 to 1.0)"""


@dataclass(slots=True, kw_only=True, repr=False)
class SparsityReport(Record):
    """How few entries a map has, by every denominator."""

    entries: EntryShares
    """A count and the wholes that it is a share of."""
    pairs: EntryShares
    """A count and the wholes that it is a share of."""
    beta_entries: int
    """Entries (key feature, head) of the bias term, which no mask thins out, counted beside."""
    query_features_without_entries: int
    """Query features without any entry."""
    key_features_without_entries: int
    """Key features without any entry."""
    pairs_by_heads: List[int]
    """How many pairs survive in exactly one head, in two, and so on to all."""

    decoders = {"entries": EntryShares.from_wire, "pairs": EntryShares.from_wire}


@dataclass(slots=True, kw_only=True, repr=False)
class SinkHead(Record):
    """One head's attention to position 0: the parts from uniform on, and the residual, sum to the mass."""

    head: int
    """The head within its layer, counted from 0."""
    mass: float
    """The mean attention to position 0 over all rows but the first."""
    mass_masked_map: float
    """The same of the pattern that the map makes."""
    sink_rate: float
    """The share of contexts in which the head has a sink. (0.0 to 1.0)"""
    uniform: float
    """What a row without scores would give."""
    query_bias: float
    """What the query bias with key features adds."""
    dense_features: float
    """What entries of dense query features add."""
    other_features: float
    """What all other entries of the map add."""
    error: float
    """What the scores add that the map leaves."""
    residual: float
    """What the integral's quadrature misses."""


@dataclass(slots=True, kw_only=True, repr=False)
class SinkReport(Record):
    """The attention of a layer's heads to position 0, by cause."""

    threshold: float
    """The mean attention from which a head has a sink in a context. (0.0 to 1.0)"""
    sink_rate: float
    """The share of heads and contexts that have one. (0.0 to 1.0)"""
    dense_density: float
    """The share of tokens from which a query feature counts as dense. (0.0 to 1.0)"""
    dense_query_features: int
    """How many query features are."""
    heads: Table[SinkHead]
    """The heads."""

    decoders = {"heads": table_of(SinkHead)}


@dataclass(slots=True, kw_only=True, repr=False)
class MapsReport(Record):
    """What `maps.report` returns."""

    map: str
    """The map."""
    dictionary: str
    """Its dictionary."""
    model: str
    """The model."""
    layer: int
    """The layer, counted from 0."""
    corpus: str
    """The text."""
    contexts: int
    """How many contexts were read."""
    tokens: int
    """How many tokens."""
    sparsity: SparsityReport
    """How few entries a map has, by every denominator."""
    sink: SinkReport
    """The attention of a layer's heads to position 0, by cause."""
    stages: Table[ReconstructionStage]
    """How well the patterns are rebuilt, stage by stage and head by head."""

    decoders = {
        "sparsity": SparsityReport.from_wire, "sink": SinkReport.from_wire, "stages": table_of(ReconstructionStage),
    }


@dataclass(slots=True, kw_only=True, repr=False)
class MapsDelete(Record):
    """What `maps.delete` returns."""

    map: str
    """The map's name."""


@dataclass(slots=True, kw_only=True, repr=False)
class MapsExport(Record):
    """What `maps.export` returns."""

    map: str
    """The map."""
    path: str
    """The folder."""
    entries: int
    """How many entries were written."""


@dataclass(slots=True, kw_only=True, repr=False)
class HeadAccount(Record):
    """What one head of a map uses."""

    head: int
    """The head within its layer, counted from 0."""
    pairs: int
    """The pairs that it has an entry of."""
    shared_pairs: int
    """Those among them that another head has an entry of too."""
    query_features: int
    """Query features in those pairs."""
    key_features: int
    """Key features in those pairs."""
    expected_contribution: float
    """The expected contributions' sum."""
    share: float
    """That sum as a share of the map's. (0.0 to 1.0)"""
    effective_pairs: float
    """How many equally strong pairs would be as spread out."""
    top: PairEntry | None = None
    """What a map knows of one feature pair in one head."""

    decoders = {"top": PairEntry.from_wire}


@dataclass(slots=True, kw_only=True, repr=False)
class MapsHeads(Record):
    """What `maps.heads` returns."""

    map: str
    """The map."""
    layer: int
    """The layer, counted from 0."""
    heads: Table[HeadAccount]
    """The heads, all of the layer's."""

    decoders = {"heads": table_of(HeadAccount)}


def list(
    *, dictionary: str | None = None, model: str | None = None, layer: int | None = None, limit: int | None = None,
    cursor: str | None = None, deadline_ms: int | None = None,
) -> Call[MapsList]:
    """Lists maps, newest first."""
    return Call("maps.list", {
        "dictionary": dictionary, "model": model, "layer": layer, "limit": limit, "cursor": cursor, "deadline_ms": deadline_ms,
    }, MapsList, is_repeatable=True)


def get(map: str, *, deadline_ms: int | None = None) -> Call[FeatureMap]:
    """Describes one map."""
    return Call("maps.get", {"map": map, "deadline_ms": deadline_ms}, FeatureMap, is_repeatable=True)


def train(
    dictionary: str, *, corpus: str | PathLike[str] | None = None, text_field: str | None = None, steps: int | None = None,
    batch_sequences: int | None = None, learning_rate: float | None = None, sparsity: float | None = None,
    budget: float | None = None, trials: int | None = None, polish: Literal["none", "ones", "refit"] | None = None,
    polish_steps: int | None = None, sparsity_epsilon: float | None = None, seed: int | None = None,
    support_contexts: int | None = None, held_out_contexts: int | None = None, dry_run: bool | None = None,
    deadline_ms: int | None = None,
) -> Call[JobSubmission]:
    """Queues the training of the mask over a dictionary's feature pairs."""
    return Call("maps.train", {
        "dictionary": dictionary, "corpus": corpus, "text_field": text_field, "steps": steps,
        "batch_sequences": batch_sequences, "learning_rate": learning_rate, "sparsity": sparsity, "budget": budget,
        "trials": trials, "polish": polish, "polish_steps": polish_steps, "sparsity_epsilon": sparsity_epsilon, "seed": seed,
        "support_contexts": support_contexts, "held_out_contexts": held_out_contexts, "dry_run": dry_run,
        "deadline_ms": deadline_ms,
    }, JobSubmission)


def report(
    map: str, *, corpus: str | PathLike[str] | None = None, text_field: str | None = None, contexts: int | None = None,
    sink_threshold: float | None = None, dense_density: float | None = None, deadline_ms: int | None = None,
) -> Call[MapsReport]:
    """Measures a map's sparsity, its heads' attention sinks, and how well patterns are rebuilt."""
    return Call("maps.report", {
        "map": map, "corpus": corpus, "text_field": text_field, "contexts": contexts, "sink_threshold": sink_threshold,
        "dense_density": dense_density, "deadline_ms": deadline_ms,
    }, MapsReport, is_repeatable=True)


def delete(map: str, *, deadline_ms: int | None = None) -> Call[MapsDelete]:
    """Deletes a map."""
    return Call("maps.delete", {"map": map, "deadline_ms": deadline_ms}, MapsDelete)


def export(
    map: str, path: str | PathLike[str], *, format: Literal["safetensors", "npy"] | None = None, deadline_ms: int | None = None,
) -> Call[MapsExport]:
    """Writes a map to a folder as a list of coordinates."""
    return Call("maps.export", {"map": map, "path": path, "format": format, "deadline_ms": deadline_ms}, MapsExport)


def import_(path: str | PathLike[str], dictionary: str, *, deadline_ms: int | None = None) -> Call[FeatureMap]:
    """Reads a map from a folder that maps.export has written."""
    return Call("maps.import", {"path": path, "dictionary": dictionary, "deadline_ms": deadline_ms}, FeatureMap)


def heads(map: str, *, deadline_ms: int | None = None) -> Call[MapsHeads]:
    """Sums up what each head of a map uses."""
    return Call("maps.heads", {"map": map, "deadline_ms": deadline_ms}, MapsHeads, is_repeatable=True)


class Maps(Namespace):
    """`maps.*`, blocking."""

    def list(
        self, *, dictionary: str | None = None, model: str | None = None, layer: int | None = None, limit: int | None = None,
        cursor: str | None = None, deadline_ms: int | None = None,
    ) -> MapsList:
        """Lists maps, newest first.

        A map appears once its training has finished, whole.

        Args:
            dictionary: Only those of this dictionary.
            model: Only those of this model.
            layer: Only those of this layer, counted from 0.
            limit: How many entries at most. (1 to 1000; default: 20)
            cursor: Where the page before this one ended: its next_cursor.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            CursorInvalid, DictionaryNotFound.
        """
        return self._client.call(list(
            dictionary=dictionary, model=model, layer=layer, limit=limit, cursor=cursor, deadline_ms=deadline_ms,
        ))

    def get(self, map: str, *, deadline_ms: int | None = None) -> FeatureMap:
        """Describes one map.

        A map never changes once it is there.

        Args:
            map: The map's name, as in m1.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            MapNotFound.
        """
        return self._client.call(get(map, deadline_ms=deadline_ms))

    def train(
        self, dictionary: str, *, corpus: str | PathLike[str] | None = None, text_field: str | None = None,
        steps: int | None = None, batch_sequences: int | None = None, learning_rate: float | None = None,
        sparsity: float | None = None, budget: float | None = None, trials: int | None = None,
        polish: Literal["none", "ones", "refit"] | None = None, polish_steps: int | None = None,
        sparsity_epsilon: float | None = None, seed: int | None = None, support_contexts: int | None = None,
        held_out_contexts: int | None = None, dry_run: bool | None = None, deadline_ms: int | None = None,
    ) -> JobSubmission:
        """Queues the training of the mask over a dictionary's feature pairs.

        Returns once the job is on disk. First the entries that are active together are collected, then their mask is
        trained; the map appears when the job has finished. Without a weight, the greatest one is searched with which
        the survivors' KL exceeds the whole map's by at most the budget.

        Args:
            dictionary: The dictionary, as in d1.
            corpus: The path of a .txt file (one document per line), a .jsonl file (one JSON object per line) or a .npy
                file of token ids, or demo for the embedded model's text; what the dictionary was trained on if absent.
                Users other than the service's own and root may name what lies beneath its client roots.
            text_field: Which field of a .jsonl file's objects is the text; text if absent.
            steps: How many steps, of each trial if the weight is searched. (1 to 10000000; default: 300)
            batch_sequences: How many contexts make up a step. (1 to 4096; default: 16)
            learning_rate: Adam's step size. (0.0 to 1.0; default: 0.03)
            sparsity: The weight λ_m of the mask's penalty, per entry; the greatest within the budget is searched if
                absent.
            budget: How much the search may add to the KL of the attention pattern, as a share of the whole map's.
                (default: 0.05)
            trials: How many weights the search may try; each for as many steps. (1 to 100; default: 8)
            polish: What is done to the surviving entries in the end: nothing; set to 1; trained on without a penalty.
                (default: "none")
            polish_steps: How many steps a refit takes. (1 to 1000000; default: 100)
            sparsity_epsilon: What keeps the penalty's root smooth at 0. (default: 1e-06)
            seed: The seed of all randomness; the same seed gives the same numbers. (default: 1)
            support_contexts: From how many contexts the entries are collected; from all of the training text if absent.
                (1 to 100000000)
            held_out_contexts: How many contexts are kept apart, for the evaluation; the first 32 of them also weigh the
                trials of a search. (1 to 100000; default: 64)
            dry_run: Whether only to check everything and to estimate. (default: false)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            DictionaryNotFound, ModelNotFound, DictionaryModelMismatch, FileNotFound, TextUnreadable, PathRefused,
            TextEmpty, TokenOutOfRange, OutOfMemory, ModelUnreadable, ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(train(
            dictionary, corpus=corpus, text_field=text_field, steps=steps, batch_sequences=batch_sequences,
            learning_rate=learning_rate, sparsity=sparsity, budget=budget, trials=trials, polish=polish,
            polish_steps=polish_steps, sparsity_epsilon=sparsity_epsilon, seed=seed, support_contexts=support_contexts,
            held_out_contexts=held_out_contexts, dry_run=dry_run, deadline_ms=deadline_ms,
        ))

    def report(
        self, map: str, *, corpus: str | PathLike[str] | None = None, text_field: str | None = None,
        contexts: int | None = None, sink_threshold: float | None = None, dense_density: float | None = None,
        deadline_ms: int | None = None,
    ) -> MapsReport:
        """Measures a map's sparsity, its heads' attention sinks, and how well patterns are rebuilt.

        Computed on the spot, batch by batch: five passes of the model over the contexts, and the arithmetic of the
        sinks. A head's attention to position 0, a mean over all rows but the first, is split without remainder: what a
        row without scores would give (uniform), and what the query bias, entries of dense query features, all other
        entries, and the scores that the map leaves add to it, by integrated gradients from no scores to the row's own.
        Training keeps the first held_out_contexts of its text apart: the default reads those.

        Args:
            map: The map, as in m1.
            corpus: The path of a .txt file (one document per line), a .jsonl file (one JSON object per line) or a .npy
                file of token ids, or demo for the embedded model's text; what the dictionary was trained on if absent.
                Users other than the service's own and root may name what lies beneath its client roots.
            text_field: Which field of a .jsonl file's objects is the text; text if absent.
            contexts: How many contexts are read, from the beginning of the text. (1 to 1024; default: 16)
            sink_threshold: The mean attention to position 0 from which a head has a sink in a context. (0.0 to 1.0;
                default: 0.3)
            dense_density: The share of tokens from which a query feature counts as dense. (0.0 to 1.0; default: 0.1)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            MapNotFound, DictionaryNotFound, ModelNotFound, DictionaryModelMismatch, FileNotFound, TextUnreadable,
            PathRefused, TextEmpty, TokenOutOfRange, ModelUnreadable, ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(report(
            map, corpus=corpus, text_field=text_field, contexts=contexts, sink_threshold=sink_threshold,
            dense_density=dense_density, deadline_ms=deadline_ms,
        ))

    def delete(self, map: str, *, deadline_ms: int | None = None) -> MapsDelete:
        """Deletes a map.

        Calls that are using it finish with it. Only the user who trained or imported it, or root.

        Args:
            map: The map's name, as in m1.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            MapNotFound, PermissionDenied.
        """
        return self._client.call(delete(map, deadline_ms=deadline_ms))

    def export(
        self, map: str, path: str | PathLike[str], *, format: Literal["safetensors", "npy"] | None = None,
        deadline_ms: int | None = None,
    ) -> MapsExport:
        """Writes a map to a folder as a list of coordinates.

        One row per entry, sorted by query feature, key feature and head: query_feature, key_feature and head (int32),
        M, mask and expected_contribution (float32); beta (float32, key feature × head) is the bias term. They are the
        tensors of map.safetensors, or a .npy file each; map.json describes the map and names its dictionary by
        fingerprint. The folder appears when it is whole, in one that is there; it belongs to the service's user, with
        the rights that its umask leaves. Users other than that and root may name a place beneath the service's client
        roots.

        Args:
            map: The map, as in m1.
            path: The folder to write, an absolute path that is not there yet.
            format: How the numbers are kept: in one safetensors file, or in a .npy file for each array. (default:
                "safetensors")
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            MapNotFound, DictionaryNotFound, DictionaryModelMismatch, ModelNotFound, PathRefused, FileExists,
            FileUnwritable, ModelUnreadable, ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(export(map, path, format=format, deadline_ms=deadline_ms))

    def import_(
        self, path: str | PathLike[str], dictionary: str, *, deadline_ms: int | None = None,
    ) -> FeatureMap:
        """Reads a map from a folder that maps.export has written.

        The dictionary must be the very one that the map was made for, by its fingerprint, and every entry's M the
        product of its decoder rows; features, heads and masks are checked, and no entry may stand twice. Rows may have
        been taken out or their masks changed: the counts are made anew, and what the description says of its evaluation
        is then left out. Users other than the service's own and root may name what lies beneath its client roots.

        Args:
            path: The folder, an absolute path.
            dictionary: The dictionary that it is a map of, as in d1.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            PathRefused, FileNotFound, MapUnreadable, MapDictionaryMismatch, DictionaryNotFound,
            DictionaryModelMismatch, ModelNotFound, ModelUnreadable, ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(import_(path, dictionary, deadline_ms=deadline_ms))

    def heads(self, map: str, *, deadline_ms: int | None = None) -> MapsHeads:
        """Sums up what each head of a map uses.

        effective_pairs is the exponential of the entropy of the pairs' shares of the head's contribution: the number of
        equally strong pairs that would be as spread out. Walks the whole map: about a tenth of a second for a million
        entries.

        Args:
            map: The map's name, as in m1.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            MapNotFound, DictionaryNotFound.
        """
        return self._client.call(heads(map, deadline_ms=deadline_ms))


class AsyncMaps(AsyncNamespace):
    """`maps.*` for asyncio; see `Maps`."""

    async def list(
        self, *, dictionary: str | None = None, model: str | None = None, layer: int | None = None, limit: int | None = None,
        cursor: str | None = None, deadline_ms: int | None = None,
    ) -> MapsList:
        """Lists maps, newest first."""
        return await self._client.call(list(
            dictionary=dictionary, model=model, layer=layer, limit=limit, cursor=cursor, deadline_ms=deadline_ms,
        ))

    async def get(self, map: str, *, deadline_ms: int | None = None) -> FeatureMap:
        """Describes one map."""
        return await self._client.call(get(map, deadline_ms=deadline_ms))

    async def train(
        self, dictionary: str, *, corpus: str | PathLike[str] | None = None, text_field: str | None = None,
        steps: int | None = None, batch_sequences: int | None = None, learning_rate: float | None = None,
        sparsity: float | None = None, budget: float | None = None, trials: int | None = None,
        polish: Literal["none", "ones", "refit"] | None = None, polish_steps: int | None = None,
        sparsity_epsilon: float | None = None, seed: int | None = None, support_contexts: int | None = None,
        held_out_contexts: int | None = None, dry_run: bool | None = None, deadline_ms: int | None = None,
    ) -> JobSubmission:
        """Queues the training of the mask over a dictionary's feature pairs."""
        return await self._client.call(train(
            dictionary, corpus=corpus, text_field=text_field, steps=steps, batch_sequences=batch_sequences,
            learning_rate=learning_rate, sparsity=sparsity, budget=budget, trials=trials, polish=polish,
            polish_steps=polish_steps, sparsity_epsilon=sparsity_epsilon, seed=seed, support_contexts=support_contexts,
            held_out_contexts=held_out_contexts, dry_run=dry_run, deadline_ms=deadline_ms,
        ))

    async def report(
        self, map: str, *, corpus: str | PathLike[str] | None = None, text_field: str | None = None,
        contexts: int | None = None, sink_threshold: float | None = None, dense_density: float | None = None,
        deadline_ms: int | None = None,
    ) -> MapsReport:
        """Measures a map's sparsity, its heads' attention sinks, and how well patterns are rebuilt."""
        return await self._client.call(report(
            map, corpus=corpus, text_field=text_field, contexts=contexts, sink_threshold=sink_threshold,
            dense_density=dense_density, deadline_ms=deadline_ms,
        ))

    async def delete(self, map: str, *, deadline_ms: int | None = None) -> MapsDelete:
        """Deletes a map."""
        return await self._client.call(delete(map, deadline_ms=deadline_ms))

    async def export(
        self, map: str, path: str | PathLike[str], *, format: Literal["safetensors", "npy"] | None = None,
        deadline_ms: int | None = None,
    ) -> MapsExport:
        """Writes a map to a folder as a list of coordinates."""
        return await self._client.call(export(map, path, format=format, deadline_ms=deadline_ms))

    async def import_(
        self, path: str | PathLike[str], dictionary: str, *, deadline_ms: int | None = None,
    ) -> FeatureMap:
        """Reads a map from a folder that maps.export has written."""
        return await self._client.call(import_(path, dictionary, deadline_ms=deadline_ms))

    async def heads(self, map: str, *, deadline_ms: int | None = None) -> MapsHeads:
        """Sums up what each head of a map uses."""
        return await self._client.call(heads(map, deadline_ms=deadline_ms))
