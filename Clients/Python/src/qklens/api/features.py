"""`features.*`: what the daemon's methods take and return.

Written by generate.py from the daemon's OpenRPC document; do not edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import List, Literal

from ..call import Call
from ..namespace import AsyncNamespace, Namespace
from ..record import Record, Table, table_of
from .shared import Collection, SharedPair, TokenCount


@dataclass(slots=True, kw_only=True, repr=False)
class FeaturesGetFeatureRaised(Record):
    """A number that goes with a token."""

    token: int
    """The token."""
    piece: str
    """The token's text."""
    value: float
    """The number."""


@dataclass(slots=True, kw_only=True, repr=False)
class FeaturesGetFeatureAttract(Record):
    """In the head that it writes most to: what its decoder row adds to the score of tokens whose embedding alone is at the
    other end, the source of a query feature, the destination of a key feature.
    """

    head: int
    """The head within its layer, counted from 0."""
    raised: Table[FeaturesGetFeatureRaised]
    """The tokens whose score it raises most."""
    lowered: Table[FeaturesGetFeatureRaised]
    """The tokens whose score it lowers most."""

    decoders = {
        "raised": table_of(FeaturesGetFeatureRaised), "lowered": table_of(FeaturesGetFeatureRaised),
    }


@dataclass(slots=True, kw_only=True, repr=False)
class FeaturesGetFeature(Record):
    """What a feature's weights say, without any text."""

    feature: int
    """The feature."""
    b_enc: float
    """What is added to its pre-activation."""
    threshold: float | None = None
    """What its pre-activation must exceed; absent where that is 0 or depends on other features."""
    encoder_norm: float
    """The norm of its column of W_enc."""
    decoder_norm: float
    """The norm of its row of W_dec."""
    head_norms: List[float]
    """The norm of each head's part of that row."""
    raised: Table[FeaturesGetFeatureRaised]
    """The tokens whose embedding alone raises its pre-activation most."""
    lowered: Table[FeaturesGetFeatureRaised]
    """The tokens whose embedding alone lowers it most."""
    attracts: FeaturesGetFeatureAttract
    """In the head that it writes most to: what its decoder row adds to the score of tokens whose embedding alone is at the
    other end, the source of a query feature, the destination of a key feature.
    """
    promotes: Table[FeaturesGetFeatureRaised]
    """The tokens that the direction which it reads promotes most, through the last LayerNorm's gain and the unembedding,
    less the mean over all tokens.
    """
    demotes: Table[FeaturesGetFeatureRaised]
    """The tokens that the direction demotes most."""

    decoders = {
        "raised": table_of(FeaturesGetFeatureRaised), "lowered": table_of(FeaturesGetFeatureRaised),
        "attracts": FeaturesGetFeatureAttract.from_wire, "promotes": table_of(FeaturesGetFeatureRaised),
        "demotes": table_of(FeaturesGetFeatureRaised),
    }


@dataclass(slots=True, kw_only=True, repr=False)
class FeaturesGet(Record):
    """What `features.get` returns."""

    dictionary: str
    """The dictionary."""
    layer: int
    """The layer, counted from 0."""
    side: Literal["query", "key"]
    """The side of the features."""
    features: Table[FeaturesGetFeature]
    """The features, in the order asked for."""

    decoders = {"features": table_of(FeaturesGetFeature)}


@dataclass(slots=True, kw_only=True, repr=False)
class FeatureExample(Record):
    """One place where a feature is active."""

    activation: float
    """Its activation."""
    token: int
    """The token."""
    piece: str
    """The token's text."""
    context: int
    """Which context of the corpus."""
    position: int
    """Where in that context."""
    before: List[str]
    """The texts of the tokens before it."""
    after: List[str]
    """The texts of the tokens after it."""


@dataclass(slots=True, kw_only=True, repr=False)
class FeatureExamplesHistogram(Record):
    """How often it is active how strongly: bin i counts activations from i times the width to (i + 1) times."""

    width: float
    """The width of a bin, a power of two."""
    counts: List[int]
    """How many activations lie in each bin, from 0 upwards to the largest."""


@dataclass(slots=True, kw_only=True, repr=False)
class FeatureExamples(Record):
    """What one feature fires on."""

    feature: int
    """The feature."""
    density: float
    """The share of tokens on which it is active. (0.0 to 1.0)"""
    max_activation: float
    """Its largest activation."""
    mean_activation: float
    """Its mean activation where it is active."""
    top_tokens: Table[TokenCount]
    """The tokens it is active on most often."""
    examples: Table[FeatureExample]
    """The places where it is most active."""
    quantiles: Table[FeatureExample] | None = None
    """An even sample of where it is active, strongest first; only of collected examples."""
    histogram: FeatureExamplesHistogram | None = None
    """How often it is active how strongly: bin i counts activations from i times the width to (i + 1) times."""

    decoders = {
        "top_tokens": table_of(TokenCount), "examples": table_of(FeatureExample), "quantiles": table_of(FeatureExample),
        "histogram": FeatureExamplesHistogram.from_wire,
    }


@dataclass(slots=True, kw_only=True, repr=False)
class FeaturesExamples(Record):
    """What `features.examples` returns."""

    dictionary: str
    """The dictionary."""
    side: Literal["query", "key"]
    """The side of the features."""
    features: Table[FeatureExamples]
    """The features, in the order asked for."""
    collected: Collection | None = None
    """A collection of a map's examples: where its pairs and features act in a text."""

    decoders = {"features": table_of(FeatureExamples), "collected": Collection.from_wire}


@dataclass(slots=True, kw_only=True, repr=False)
class FeaturesPartners(Record):
    """What `features.partners` returns."""

    map: str
    """The map."""
    side: Literal["query", "key"]
    """The side of the features."""
    feature: int
    """The feature."""
    total: int
    """How many partners there are in all."""
    partners: Table[SharedPair]
    """The pairs with them."""
    next_cursor: str | None = None
    """Where the next page starts; absent on the last one."""

    decoders = {"partners": table_of(SharedPair)}


def get(
    dictionary: str, side: Literal["query", "key"], features: Sequence[int], *, limit: int | None = None,
    deadline_ms: int | None = None,
) -> Call[FeaturesGet]:
    """Says what features read and write, from their weights alone."""
    return Call("features.get", {
        "dictionary": dictionary, "side": side, "features": features, "limit": limit, "deadline_ms": deadline_ms,
    }, FeaturesGet, is_repeatable=True)


def examples(
    dictionary: str, side: Literal["query", "key"], features: Sequence[int], *, map: str | None = None,
    corpus: str | PathLike[str] | None = None, text_field: str | None = None, contexts: int | None = None,
    limit: int | None = None, window: int | None = None, deadline_ms: int | None = None,
) -> Call[FeaturesExamples]:
    """Shows where features are most active."""
    return Call("features.examples", {
        "dictionary": dictionary, "side": side, "features": features, "map": map, "corpus": corpus, "text_field": text_field,
        "contexts": contexts, "limit": limit, "window": window, "deadline_ms": deadline_ms,
    }, FeaturesExamples, is_repeatable=True)


def partners(
    map: str, side: Literal["query", "key"], feature: int, *, head: int | None = None, limit: int | None = None,
    cursor: str | None = None, deadline_ms: int | None = None,
) -> Call[FeaturesPartners]:
    """Lists the features of the other side that a map pairs a feature with, the strongest first."""
    return Call("features.partners", {
        "map": map, "side": side, "feature": feature, "head": head, "limit": limit, "cursor": cursor,
        "deadline_ms": deadline_ms,
    }, FeaturesPartners, is_repeatable=True)


class Features(Namespace):
    """`features.*`, blocking."""

    def get(
        self, dictionary: str, side: Literal["query", "key"], features: Sequence[int], *, limit: int | None = None,
        deadline_ms: int | None = None,
    ) -> FeaturesGet:
        """Says what features read and write, from their weights alone.

        The norms of encoder and decoder, the decoder's head by head, and three lists of tokens: whose embedding alone,
        normalised and without a position, raises or lowers the pre-activation; whose embedding's keys the decoder row
        of a query feature scores highest (queries for a key feature), in the head that it writes most to; and which
        tokens the direction that the feature reads promotes at the model's output. The deeper the layer, the less an
        embedding alone tells.

        Args:
            dictionary: The dictionary, as in d1.
            side: The side of the features.
            features: The features.
            limit: How many tokens of each list. (1 to 100; default: 8)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            DictionaryNotFound, FeatureOutOfRange, ModelNotFound, DictionaryModelMismatch, ModelUnreadable,
            ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(get(dictionary, side, features, limit=limit, deadline_ms=deadline_ms))

    def examples(
        self, dictionary: str, side: Literal["query", "key"], features: Sequence[int], *, map: str | None = None,
        corpus: str | PathLike[str] | None = None, text_field: str | None = None, contexts: int | None = None,
        limit: int | None = None, window: int | None = None, deadline_ms: int | None = None,
    ) -> FeaturesExamples:
        """Shows where features are most active.

        Read from the store where examples.collect has been run for a map of the dictionary and neither corpus nor
        contexts is given. Else computed on the spot from the text that the dictionary was trained on, or the one given:
        one forward pass over all contexts, whatever the number of features, and no quantiles.

        Args:
            dictionary: The dictionary, as in d1.
            side: The side of the features.
            features: The features.
            map: A map whose collected examples are shown; the newest ones of any of the dictionary's maps if absent.
            corpus: The path of a .txt file (one document per line), a .jsonl file (one JSON object per line) or a .npy
                file of token ids, or demo for the embedded model's text; collected examples, or what the dictionary was
                trained on, if absent. Users other than the service's own and root may name what lies beneath its client
                roots.
            text_field: Which field of a .jsonl file's objects is the text; text if absent.
            contexts: How many contexts are read on the spot; 64 if absent. (1 to 10000)
            limit: How many examples per feature. (1 to 100; default: 10)
            window: How many tokens either side of an example. (0 to 64; default: 5)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            DictionaryNotFound, FeatureOutOfRange, ModelNotFound, DictionaryModelMismatch, FileNotFound, TextUnreadable,
            PathRefused, TextEmpty, MapNotFound, MapDictionaryMismatch, ExamplesNotFound, TokenOutOfRange,
            ModelUnreadable, ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(examples(
            dictionary, side, features, map=map, corpus=corpus, text_field=text_field, contexts=contexts, limit=limit,
            window=window, deadline_ms=deadline_ms,
        ))

    def partners(
        self, map: str, side: Literal["query", "key"], feature: int, *, head: int | None = None, limit: int | None = None,
        cursor: str | None = None, deadline_ms: int | None = None,
    ) -> FeaturesPartners:
        """Lists the features of the other side that a map pairs a feature with, the strongest first.

        Ranked by the expected contributions' sum over the heads. Reads the feature's own entries only.

        Args:
            map: The map, as in m1.
            side: The side of the features.
            feature: The feature.
            head: The head within its layer, counted from 0.
            limit: How many entries at most. (1 to 1000; default: 20)
            cursor: Where the page before this one ended: its next_cursor.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            MapNotFound, DictionaryNotFound, FeatureOutOfRange, HeadOutOfRange, CursorInvalid.
        """
        return self._client.call(partners(
            map, side, feature, head=head, limit=limit, cursor=cursor, deadline_ms=deadline_ms,
        ))


class AsyncFeatures(AsyncNamespace):
    """`features.*` for asyncio; see `Features`."""

    async def get(
        self, dictionary: str, side: Literal["query", "key"], features: Sequence[int], *, limit: int | None = None,
        deadline_ms: int | None = None,
    ) -> FeaturesGet:
        """Says what features read and write, from their weights alone."""
        return await self._client.call(get(dictionary, side, features, limit=limit, deadline_ms=deadline_ms))

    async def examples(
        self, dictionary: str, side: Literal["query", "key"], features: Sequence[int], *, map: str | None = None,
        corpus: str | PathLike[str] | None = None, text_field: str | None = None, contexts: int | None = None,
        limit: int | None = None, window: int | None = None, deadline_ms: int | None = None,
    ) -> FeaturesExamples:
        """Shows where features are most active."""
        return await self._client.call(examples(
            dictionary, side, features, map=map, corpus=corpus, text_field=text_field, contexts=contexts, limit=limit,
            window=window, deadline_ms=deadline_ms,
        ))

    async def partners(
        self, map: str, side: Literal["query", "key"], feature: int, *, head: int | None = None, limit: int | None = None,
        cursor: str | None = None, deadline_ms: int | None = None,
    ) -> FeaturesPartners:
        """Lists the features of the other side that a map pairs a feature with, the strongest first."""
        return await self._client.call(partners(
            map, side, feature, head=head, limit=limit, cursor=cursor, deadline_ms=deadline_ms,
        ))
