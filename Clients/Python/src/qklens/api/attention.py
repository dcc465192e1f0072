"""`attention.*`: what the daemon's methods take and return.

Written by generate.py from the daemon's OpenRPC document; do not edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import List, Literal

from ..call import Call
from ..drawing import DrawnPattern, DrawnReconstruction
from ..tensors import delivery
from ..namespace import AsyncNamespace, Namespace
from ..record import Record, Table, table_of
from .shared import FeatureMarginal, PairPart, ReconstructionStage, TensorFile


@dataclass(slots=True, kw_only=True, repr=False)
class HeadPattern(Record):
    """Where one head looks."""

    head: int
    """The head within its layer, counted from 0."""
    pattern: List[List[float | None]] | None = None
    """The shares of its attention, a row per destination; each row sums to one; absent if it is elsewhere."""
    attn_scores: List[List[float | None]] | None = None
    """Its scores before the softmax, divided by √d_head; absent if they are elsewhere."""


@dataclass(slots=True, kw_only=True, repr=False)
class AttentionPattern(DrawnPattern):
    """What `attention.pattern` returns."""

    tokens: List[int]
    """The tokens as the model read them, BOS included."""
    pieces: List[str]
    """The text of each token."""
    layer: int
    """The layer, counted from 0."""
    heads: Table[HeadPattern]
    """The heads, in the order asked for."""
    tensors: TensorFile | None = None
    """Where the arrays are that the reply does not hold itself."""

    decoders = {"heads": table_of(HeadPattern), "tensors": TensorFile.from_wire}


@dataclass(slots=True, kw_only=True, repr=False)
class HeadPatterns(Record):
    """One head's pattern beside its reconstructions."""

    head: int
    """The head within its layer, counted from 0."""
    true: List[List[float | None]]
    """The model's own pattern."""
    transcoders: List[List[float | None]]
    """From the dictionaries alone."""
    map: List[List[float | None]] | None = None
    """From all feature pairs."""
    masked_map: List[List[float | None]] | None = None
    """From the pairs that the mask has left."""


@dataclass(slots=True, kw_only=True, repr=False)
class AttentionReconstruct(DrawnReconstruction):
    """What `attention.reconstruct` returns."""

    tokens: List[int]
    """The tokens as the model read them, BOS included."""
    pieces: List[str]
    """The text of each token."""
    model: str
    """The model's name."""
    layer: int
    """The layer, counted from 0."""
    dictionary: str
    """The dictionary."""
    map: str | None = None
    """The map, if one was named."""
    CE: float | None = None
    """The model's own mean loss per token, in nats; absent for a text of one token."""
    CE_zero: float | None = None
    """The loss with the heads' patterns zeroed, in nats; absent for a text of one token."""
    stages: Table[ReconstructionStage]
    """The stages."""
    L0_query: float
    """The mean number of active query features per token."""
    L0_key: float
    """The mean number of active key features per token."""
    patterns: Table[HeadPatterns] | None = None
    """The patterns, where asked for."""
    tensors: TensorFile | None = None
    """Where the arrays are that the reply does not hold itself."""

    decoders = {
        "stages": table_of(ReconstructionStage), "patterns": table_of(HeadPatterns), "tensors": TensorFile.from_wire,
    }


@dataclass(slots=True, kw_only=True, repr=False)
class ScorePart(Record):
    """One of the nine parts that sum to a score."""

    part: Literal[
        "feature_feature", "feature_bias", "feature_error", "bias_feature", "bias_bias", "bias_error", "error_feature",
        "error_bias", "error_error",
    ]
    """Which part, the query side first."""
    value: float
    """What it adds to the score."""
    is_softmax_irrelevant: bool
    """Whether it is the same for every source, so that the softmax removes it."""


@dataclass(slots=True, kw_only=True, repr=False)
class HeadExplanation(Record):
    """One head's look from one position at another, taken apart."""

    head: int
    """The head within its layer, counted from 0."""
    source: int
    """The position that is looked at."""
    source_piece: str
    """The text of the token that is looked at."""
    attn_score: float
    """The model's own score, divided by √d_head."""
    pattern: float
    """The model's own pattern. (0.0 to 1.0)"""
    pattern_masked_map: float | None = None
    """The pattern from the pairs that the mask has left; absent without a map. (0.0 to 1.0)"""
    pairs: Table[PairPart]
    """The strongest pairs by the magnitude of their contribution."""
    parts: Table[ScorePart]
    """The nine parts."""
    feature_pairs: int
    """How many pairs are active."""
    feature_pairs_sum: float
    """What they add to the score."""
    surviving_pairs: int | None = None
    """How many of them the mask has left; absent without a map."""
    surviving_pairs_sum: float | None = None
    """What those add to the score; absent without a map."""
    query_features: Table[FeatureMarginal]
    """The strongest features at the destination."""
    key_features: Table[FeatureMarginal]
    """The strongest features at the source."""
    bias_share: float
    """The share, of the sum of all parts' magnitudes, of those with a bias and without an error. (0.0 to 1.0)"""
    error_share: float
    """The error parts' share of the sum of all parts' magnitudes. (0.0 to 1.0)"""
    identity_residual: float
    """The sum of all parts minus the model's score."""

    decoders = {
        "pairs": table_of(PairPart), "parts": table_of(ScorePart), "query_features": table_of(FeatureMarginal),
        "key_features": table_of(FeatureMarginal),
    }


@dataclass(slots=True, kw_only=True, repr=False)
class AttentionExplain(Record):
    """What `attention.explain` returns."""

    tokens: List[int]
    """The tokens as the model read them, BOS included."""
    pieces: List[str]
    """The text of each token."""
    model: str
    """The model's name."""
    dictionary: str
    """The dictionary whose features explain."""
    map: str | None = None
    """The map, if one was named."""
    layer: int
    """The layer, counted from 0."""
    destination: int
    """The position that looks."""
    destination_piece: str
    """The text of the token that looks."""
    heads: Table[HeadExplanation]
    """One head's look, or one for each head of the layer."""

    decoders = {"heads": table_of(HeadExplanation)}


def pattern(
    text: str | None = None, *, layer: int, model: str | None = None, tokens: Sequence[int] | None = None,
    prepend_bos: bool | None = None, heads: Sequence[int] | None = None,
    tensors: Literal["json", "file", "memfd"] | None = None, path: str | PathLike[str] | None = None,
    format: Literal["safetensors", "npy"] | None = None, deadline_ms: int | None = None,
) -> Call[AttentionPattern]:
    """Returns the attention patterns and scores of one layer."""
    return Call("attention.pattern", {
        "layer": layer, "model": model, "text": text, "tokens": tokens, "prepend_bos": prepend_bos, "heads": heads,
        "tensors": delivery(tensors, path), "path": path, "format": format, "deadline_ms": deadline_ms,
    }, AttentionPattern, is_repeatable=True)


def reconstruct(
    text: str | None = None, *, model: str | None = None, tokens: Sequence[int] | None = None, prepend_bos: bool | None = None,
    map: str | None = None, dictionary: str | None = None, heads: Sequence[int] | None = None,
    include_patterns: bool | None = None, tensors: Literal["json", "file", "memfd"] | None = None,
    path: str | PathLike[str] | None = None, format: Literal["safetensors", "npy"] | None = None,
    deadline_ms: int | None = None,
) -> Call[AttentionReconstruct]:
    """Replaces a layer's patterns by their reconstructions and says what that costs."""
    return Call("attention.reconstruct", {
        "model": model, "text": text, "tokens": tokens, "prepend_bos": prepend_bos, "map": map, "dictionary": dictionary,
        "heads": heads, "include_patterns": include_patterns, "tensors": delivery(tensors, path), "path": path,
        "format": format, "deadline_ms": deadline_ms,
    }, AttentionReconstruct, is_repeatable=True)


def explain(
    text: str | None = None, *, model: str | None = None, tokens: Sequence[int] | None = None, prepend_bos: bool | None = None,
    map: str | None = None, dictionary: str | None = None, layer: int | None = None, head: int | None = None,
    destination: int | None = None, source: int | None = None, top_k: int | None = None, deadline_ms: int | None = None,
) -> Call[AttentionExplain]:
    """Splits attention scores into feature pairs, bias and error parts that sum to them."""
    return Call("attention.explain", {
        "model": model, "text": text, "tokens": tokens, "prepend_bos": prepend_bos, "map": map, "dictionary": dictionary,
        "layer": layer, "head": head, "destination": destination, "source": source, "top_k": top_k, "deadline_ms": deadline_ms,
    }, AttentionExplain, is_repeatable=True)


class Attention(Namespace):
    """`attention.*`, blocking."""

    def pattern(
        self, text: str | None = None, *, layer: int, model: str | None = None, tokens: Sequence[int] | None = None,
        prepend_bos: bool | None = None, heads: Sequence[int] | None = None,
        tensors: Literal["json", "file", "memfd"] | None = None, path: str | PathLike[str] | None = None,
        format: Literal["safetensors", "npy"] | None = None, deadline_ms: int | None = None,
    ) -> AttentionPattern:
        """Returns the attention patterns and scores of one layer.

        One forward pass, up to the layer. In a file or in memory there are two arrays, blocks.N.attn.hook_pattern and
        blocks.N.attn.hook_attn_scores, each heads × destinations × sources, the heads in the order asked for; masked
        entries are 0 in the pattern and −∞ in the scores. At most 4,194,304 numbers are returned as lists, 1 GiB
        otherwise.

        Args:
            text: The text; exactly one of text and tokens is given.
            layer: The layer, counted from 0.
            model: A resident model's name; the embedded model, or that of the dictionary or map, if absent.
            tokens: The tokens themselves.
            prepend_bos: Whether a BOS token is put in front; it stands at position 0. (default: true)
            heads: The heads; all of the layer's if absent.
            tensors: How the arrays reach the caller: json, as lists in the reply; file, in the file that path names;
                memfd, in memory sealed against change, whose descriptor comes with the reply (SCM_RIGHTS). File and
                memfd hold the same bytes, float32 little-endian, where a list has null as well. (default: "json")
            path: With file: an absolute path that is not there yet. The file belongs to the service's user, with the
                rights that its umask leaves, and appears when it is whole.
            format: How file and memfd are laid out; npy for a single array. By the ending of path if absent, else
                safetensors.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, TextEmpty, TextTooLong, TokenOutOfRange, LayerOutOfRange, HeadOutOfRange, PathRefused,
            FileExists, FileUnwritable, ModelUnreadable, ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(pattern(
            text, layer=layer, model=model, tokens=tokens, prepend_bos=prepend_bos, heads=heads, tensors=tensors, path=path,
            format=format, deadline_ms=deadline_ms,
        ))

    def reconstruct(
        self, text: str | None = None, *, model: str | None = None, tokens: Sequence[int] | None = None,
        prepend_bos: bool | None = None, map: str | None = None, dictionary: str | None = None,
        heads: Sequence[int] | None = None, include_patterns: bool | None = None,
        tensors: Literal["json", "file", "memfd"] | None = None, path: str | PathLike[str] | None = None,
        format: Literal["safetensors", "npy"] | None = None, deadline_ms: int | None = None,
    ) -> AttentionReconstruct:
        """Replaces a layer's patterns by their reconstructions and says what that costs.

        The patterns of the chosen heads are replaced, those of the others stay the model's own. Three stages at most:
        from the dictionaries alone, from all feature pairs, from the pairs that the mask has left; without a map only
        the first. In a file or in memory the patterns are arrays true, transcoders, map and masked_map, each heads ×
        destinations × sources, the heads in the order asked for; asking for them so is asking for the patterns.

        Args:
            text: The text; exactly one of text and tokens is given.
            model: A resident model's name; the embedded model, or that of the dictionary or map, if absent.
            tokens: The tokens themselves.
            prepend_bos: Whether a BOS token is put in front; it stands at position 0. (default: true)
            map: A map, which brings its dictionary; one of map and dictionary is given.
            dictionary: A dictionary, as in d1, without a map.
            heads: The heads; all of the layer's if absent.
            include_patterns: Whether the patterns themselves come back. (default: false)
            tensors: How the arrays reach the caller: json, as lists in the reply; file, in the file that path names;
                memfd, in memory sealed against change, whose descriptor comes with the reply (SCM_RIGHTS). File and
                memfd hold the same bytes, float32 little-endian, where a list has null as well. (default: "json")
            path: With file: an absolute path that is not there yet. The file belongs to the service's user, with the
                rights that its umask leaves, and appears when it is whole.
            format: How file and memfd are laid out; npy for a single array. By the ending of path if absent, else
                safetensors.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, TextEmpty, TextTooLong, TokenOutOfRange, MapNotFound, DictionaryNotFound,
            DictionaryModelMismatch, HeadOutOfRange, PathRefused, FileExists, FileUnwritable, ModelUnreadable,
            ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(reconstruct(
            text, model=model, tokens=tokens, prepend_bos=prepend_bos, map=map, dictionary=dictionary, heads=heads,
            include_patterns=include_patterns, tensors=tensors, path=path, format=format, deadline_ms=deadline_ms,
        ))

    def explain(
        self, text: str | None = None, *, model: str | None = None, tokens: Sequence[int] | None = None,
        prepend_bos: bool | None = None, map: str | None = None, dictionary: str | None = None, layer: int | None = None,
        head: int | None = None, destination: int | None = None, source: int | None = None, top_k: int | None = None,
        deadline_ms: int | None = None,
    ) -> AttentionExplain:
        """Splits attention scores into feature pairs, bias and error parts that sum to them.

        The parts are exact: what the dictionaries do not reproduce is a part of its own, and identity_residual says how
        far the sum is from the model's score. Without a head, every head of the layer is explained; without a source,
        the strongest one of the destination is taken, for each head its own. Parts that are the same for every source
        are marked: the softmax does not see them. The activations of prompts asked about last stay in memory, so a
        second question about one costs no forward pass.

        Args:
            text: The text; exactly one of text and tokens is given.
            model: A resident model's name; the embedded model, or that of the dictionary or map, if absent.
            tokens: The tokens themselves.
            prepend_bos: Whether a BOS token is put in front; it stands at position 0. (default: true)
            map: A map, which brings its dictionary; one of map and dictionary is given.
            dictionary: A dictionary, as in d1, without a map.
            layer: The layer, counted from 0.
            head: The head within its layer, counted from 0; all of the layer's if absent. (0 to 1023)
            destination: The position that looks; negative ones count from the end. (default: -1)
            source: The position that is looked at; negative ones count from the end; the strongest of each head if
                absent.
            top_k: How many pairs and features at most. (1 to 1000; default: 10)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, TextEmpty, TextTooLong, TokenOutOfRange, MapNotFound, DictionaryNotFound,
            DictionaryModelMismatch, LayerOutOfRange, HeadOutOfRange, PositionOutOfRange, ModelUnreadable,
            ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(explain(
            text, model=model, tokens=tokens, prepend_bos=prepend_bos, map=map, dictionary=dictionary, layer=layer, head=head,
            destination=destination, source=source, top_k=top_k, deadline_ms=deadline_ms,
        ))


class AsyncAttention(AsyncNamespace):
    """`attention.*` for asyncio; see `Attention`."""

    async def pattern(
        self, text: str | None = None, *, layer: int, model: str | None = None, tokens: Sequence[int] | None = None,
        prepend_bos: bool | None = None, heads: Sequence[int] | None = None,
        tensors: Literal["json", "file", "memfd"] | None = None, path: str | PathLike[str] | None = None,
        format: Literal["safetensors", "npy"] | None = None, deadline_ms: int | None = None,
    ) -> AttentionPattern:
        """Returns the attention patterns and scores of one layer."""
        return await self._client.call(pattern(
            text, layer=layer, model=model, tokens=tokens, prepend_bos=prepend_bos, heads=heads, tensors=tensors, path=path,
            format=format, deadline_ms=deadline_ms,
        ))

    async def reconstruct(
        self, text: str | None = None, *, model: str | None = None, tokens: Sequence[int] | None = None,
        prepend_bos: bool | None = None, map: str | None = None, dictionary: str | None = None,
        heads: Sequence[int] | None = None, include_patterns: bool | None = None,
        tensors: Literal["json", "file", "memfd"] | None = None, path: str | PathLike[str] | None = None,
        format: Literal["safetensors", "npy"] | None = None, deadline_ms: int | None = None,
    ) -> AttentionReconstruct:
        """Replaces a layer's patterns by their reconstructions and says what that costs."""
        return await self._client.call(reconstruct(
            text, model=model, tokens=tokens, prepend_bos=prepend_bos, map=map, dictionary=dictionary, heads=heads,
            include_patterns=include_patterns, tensors=tensors, path=path, format=format, deadline_ms=deadline_ms,
        ))

    async def explain(
        self, text: str | None = None, *, model: str | None = None, tokens: Sequence[int] | None = None,
        prepend_bos: bool | None = None, map: str | None = None, dictionary: str | None = None, layer: int | None = None,
        head: int | None = None, destination: int | None = None, source: int | None = None, top_k: int | None = None,
        deadline_ms: int | None = None,
    ) -> AttentionExplain:
        """Splits attention scores into feature pairs, bias and error parts that sum to them."""
        return await self._client.call(explain(
            text, model=model, tokens=tokens, prepend_bos=prepend_bos, map=map, dictionary=dictionary, layer=layer, head=head,
            destination=destination, source=source, top_k=top_k, deadline_ms=deadline_ms,
        ))
