"""`pairs.*`: what the daemon's methods take and return.

Written by generate.py from the daemon's OpenRPC document; do not edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import List, Literal

from ..call import Call
from ..namespace import AsyncNamespace, Namespace
from ..record import Record, Table, table_of
from .shared import Collection, PairEntry, SharedPair, TokenCount


@dataclass(slots=True, kw_only=True, repr=False)
class PairsLookup(Record):
    """What `pairs.lookup` returns."""

    map: str
    """The map."""
    query_feature: int
    """A feature of the query side."""
    key_feature: int
    """A feature of the key side."""
    heads: Table[PairEntry]
    """Its entries."""

    decoders = {"heads": table_of(PairEntry)}


@dataclass(slots=True, kw_only=True, repr=False)
class PairsLookupBatch(Record):
    """What `pairs.lookup_batch` returns."""

    map: str
    """The map."""
    entries: List[int]
    """How many entries each pair has."""
    head: List[int]
    """The head of each entry, pair after pair."""
    M: List[float]
    """The entry of the map, likewise."""
    mask: List[float]
    """Its mask, likewise."""
    expected_contribution: List[float]
    """|M · mask| times the features' mean activations, likewise."""


@dataclass(slots=True, kw_only=True, repr=False)
class PairsTop(Record):
    """What `pairs.top` returns."""

    map: str
    """The map."""
    pairs: Table[PairEntry]
    """The entries."""
    next_cursor: str | None = None
    """Where the next page starts; absent on the last one."""

    decoders = {"pairs": table_of(PairEntry)}


@dataclass(slots=True, kw_only=True, repr=False)
class PairsShared(Record):
    """What `pairs.shared` returns."""

    map: str
    """The map."""
    total: int
    """How many pairs there are in all."""
    pairs: Table[SharedPair]
    """The pairs."""
    next_cursor: str | None = None
    """Where the next page starts; absent on the last one."""

    decoders = {"pairs": table_of(SharedPair)}


@dataclass(slots=True, kw_only=True, repr=False)
class PairHeadFigures(Record):
    """What a pair of features does in one head over a text."""

    head: int
    """The head within its layer, counted from 0."""
    weight: float
    """M · mask · attn_scale: a contribution is this times the two activations."""
    mean_contribution: float
    """The mean contribution where the pair acts."""
    mean_effect: float
    """The mean effect on the pattern where the pair acts."""
    mean_absolute_effect: float
    """The mean magnitude of that effect."""


@dataclass(slots=True, kw_only=True, repr=False)
class DistanceCount(Record):
    """How many places lie at some distances."""

    from_: int
    """The least distance, destination less source."""
    to: int
    """The greatest distance."""
    count: int
    """How many places."""
    share: float
    """As a share of all. (0.0 to 1.0)"""

    wire_names = {"from": "from_"}


@dataclass(slots=True, kw_only=True, repr=False)
class TokenWindow(Record):
    """Some tokens of a context, one after the other."""

    first: int
    """The position of the first."""
    pieces: List[str]
    """Their texts."""


@dataclass(slots=True, kw_only=True, repr=False)
class PairExample(Record):
    """One place where a pair of features acts."""

    context: int
    """Which context of the text."""
    destination: int
    """The position that looks back."""
    source: int
    """The position that is looked at."""
    query_activation: float
    """The query feature's activation at the destination."""
    key_activation: float
    """The key feature's activation at the source."""
    contribution: float
    """What the pair adds to the head's score there."""
    effect: float
    """The pattern less what it would be without the pair at this destination."""
    quantile: float | None = None
    """In a sample: the share of all places whose contribution is expected to be smaller. (0.0 to 1.0)"""
    destination_window: TokenWindow
    """Some tokens of a context, one after the other."""
    source_window: TokenWindow
    """Some tokens of a context, one after the other."""

    decoders = {
        "destination_window": TokenWindow.from_wire, "source_window": TokenWindow.from_wire,
    }


@dataclass(slots=True, kw_only=True, repr=False)
class PairsExamples(Record):
    """What `pairs.examples` returns."""

    map: str
    """The map."""
    query_feature: int
    """A feature of the query side."""
    key_feature: int
    """A feature of the key side."""
    head: int
    """The head within its layer, counted from 0."""
    places: int
    """In how many places (destination, source) both features are active."""
    share_at_BOS: float
    """The share of them with their source at position 0, which is BOS. (0.0 to 1.0)"""
    heads: Table[PairHeadFigures]
    """Every head in which the map keeps the pair."""
    distances: Table[DistanceCount]
    """How far destinations lie from their sources."""
    destination_tokens: Table[TokenCount]
    """The tokens at the destinations."""
    source_tokens: Table[TokenCount]
    """The tokens at the sources."""
    by_contribution: Table[PairExample]
    """Where the contribution's magnitude is greatest."""
    by_effect: Table[PairExample]
    """Where the effect's magnitude is greatest."""
    quantiles: Table[PairExample]
    """An even sample of all places, greatest magnitude of the contribution first."""
    collected: Collection
    """A collection of a map's examples: where its pairs and features act in a text."""

    decoders = {
        "heads": table_of(PairHeadFigures), "distances": table_of(DistanceCount), "destination_tokens": table_of(TokenCount),
        "source_tokens": table_of(TokenCount), "by_contribution": table_of(PairExample), "by_effect": table_of(PairExample),
        "quantiles": table_of(PairExample), "collected": Collection.from_wire,
    }


def lookup(
    map: str, query_feature: int, key_feature: int, *, deadline_ms: int | None = None,
) -> Call[PairsLookup]:
    """Returns one feature pair's entries, head by head."""
    return Call("pairs.lookup", {
        "map": map, "query_feature": query_feature, "key_feature": key_feature, "deadline_ms": deadline_ms,
    }, PairsLookup, is_repeatable=True)


def lookup_batch(map: str, pairs: Sequence[Sequence[int]], *, deadline_ms: int | None = None) -> Call[PairsLookupBatch]:
    """Returns many feature pairs' entries at once, as columns."""
    return Call("pairs.lookup_batch", {"map": map, "pairs": pairs, "deadline_ms": deadline_ms}, PairsLookupBatch, is_repeatable=True)


def top(
    map: str, *, query_feature: int | None = None, key_feature: int | None = None, head: int | None = None,
    min_contribution: float | None = None, min_mask: float | None = None,
    order: Literal["expected_contribution", "M", "mask"] | None = None, limit: int | None = None, cursor: str | None = None,
    deadline_ms: int | None = None,
) -> Call[PairsTop]:
    """Lists a map's feature pairs, the strongest first."""
    return Call("pairs.top", {
        "map": map, "query_feature": query_feature, "key_feature": key_feature, "head": head,
        "min_contribution": min_contribution, "min_mask": min_mask, "order": order, "limit": limit, "cursor": cursor,
        "deadline_ms": deadline_ms,
    }, PairsTop, is_repeatable=True)


def shared(
    map: str, *, min_heads: int | None = None, limit: int | None = None, cursor: str | None = None,
    deadline_ms: int | None = None,
) -> Call[PairsShared]:
    """Lists the feature pairs that several heads use, the strongest first."""
    return Call("pairs.shared", {
        "map": map, "min_heads": min_heads, "limit": limit, "cursor": cursor, "deadline_ms": deadline_ms,
    }, PairsShared, is_repeatable=True)


def examples(
    map: str, query_feature: int, key_feature: int, *, head: int | None = None, limit: int | None = None,
    window: int | None = None, deadline_ms: int | None = None,
) -> Call[PairsExamples]:
    """Shows where a pair of features acts, from the examples that were collected."""
    return Call("pairs.examples", {
        "map": map, "query_feature": query_feature, "key_feature": key_feature, "head": head, "limit": limit, "window": window,
        "deadline_ms": deadline_ms,
    }, PairsExamples, is_repeatable=True)


class Pairs(Namespace):
    """`pairs.*`, blocking."""

    def lookup(
        self, map: str, query_feature: int, key_feature: int, *, deadline_ms: int | None = None,
    ) -> PairsLookup:
        """Returns one feature pair's entries, head by head.

        A stored row, no arithmetic: microseconds. Heads in which the pair has no entry left are absent.

        Args:
            map: The map, as in m1.
            query_feature: A feature of the query side.
            key_feature: A feature of the key side.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            MapNotFound, DictionaryNotFound, FeatureOutOfRange.
        """
        return self._client.call(lookup(map, query_feature, key_feature, deadline_ms=deadline_ms))

    def lookup_batch(
        self, map: str, pairs: Sequence[Sequence[int]], *, deadline_ms: int | None = None,
    ) -> PairsLookupBatch:
        """Returns many feature pairs' entries at once, as columns.

        For scripts: up to 10,000 pairs in a call, a microsecond or two each. The entries of all pairs stand one after
        the other in 'head', 'M', 'mask' and 'expected_contribution', which have the same length; 'entries' says how
        many belong to each pair, in the order of the question, so that its running sum is where a pair's entries begin.
        A feature that the dictionary does not have fails the whole call.

        Args:
            map: The map, as in m1.
            pairs: The pairs: query feature and key feature of each.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            MapNotFound, DictionaryNotFound, FeatureOutOfRange.
        """
        return self._client.call(lookup_batch(map, pairs, deadline_ms=deadline_ms))

    def top(
        self, map: str, *, query_feature: int | None = None, key_feature: int | None = None, head: int | None = None,
        min_contribution: float | None = None, min_mask: float | None = None,
        order: Literal["expected_contribution", "M", "mask"] | None = None, limit: int | None = None, cursor: str | None = None,
        deadline_ms: int | None = None,
    ) -> PairsTop:
        """Lists a map's feature pairs, the strongest first.

        By expected_contribution an index answers: microseconds. Of one feature, its entries are read and ranked. Ranked
        otherwise without a feature, or with a min_mask that few entries reach, the whole map is walked: about a tenth
        of a second for a million entries.

        Args:
            map: The map, as in m1.
            query_feature: A feature of the query side.
            key_feature: A feature of the key side.
            head: The head within its layer, counted from 0.
            min_contribution: Only entries whose expected contribution is at least so large.
            min_mask: Only entries whose mask is at least so large. (0.0 to 1.0)
            order: What ranks the entries: their expected contribution, |M · mask| or their mask. (default:
                "expected_contribution")
            limit: How many entries at most. (1 to 1000; default: 20)
            cursor: Where the page before this one ended: its next_cursor.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            MapNotFound, DictionaryNotFound, FeatureOutOfRange, HeadOutOfRange, CursorInvalid.
        """
        return self._client.call(top(
            map, query_feature=query_feature, key_feature=key_feature, head=head, min_contribution=min_contribution,
            min_mask=min_mask, order=order, limit=limit, cursor=cursor, deadline_ms=deadline_ms,
        ))

    def shared(
        self, map: str, *, min_heads: int | None = None, limit: int | None = None, cursor: str | None = None,
        deadline_ms: int | None = None,
    ) -> PairsShared:
        """Lists the feature pairs that several heads use, the strongest first.

        Ranked by the expected contributions' sum over the heads. Walks the whole map: about a tenth of a second for a
        million entries.

        Args:
            map: The map, as in m1.
            min_heads: Only pairs with an entry in at least so many heads. (at least 1; default: 2)
            limit: How many entries at most. (1 to 1000; default: 20)
            cursor: Where the page before this one ended: its next_cursor.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            MapNotFound, DictionaryNotFound, CursorInvalid.
        """
        return self._client.call(shared(map, min_heads=min_heads, limit=limit, cursor=cursor, deadline_ms=deadline_ms))

    def examples(
        self, map: str, query_feature: int, key_feature: int, *, head: int | None = None, limit: int | None = None,
        window: int | None = None, deadline_ms: int | None = None,
    ) -> PairsExamples:
        """Shows where a pair of features acts, from the examples that were collected.

        Read from the store: no arithmetic, whatever the length of the text. examples.collect comes first. Counts of
        tokens are what is certain: of tokens that are rare among many they may be too low.

        Args:
            map: The map, as in m1.
            query_feature: A feature of the query side.
            key_feature: A feature of the key side.
            head: The head whose contributions and effects are shown; the one with the greatest effects if absent.
            limit: How many examples of each list. (1 to 100; default: 10)
            window: How many tokens either side of each position. (0 to 64; default: 8)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            MapNotFound, DictionaryNotFound, FeatureOutOfRange, HeadOutOfRange, PairNotFound, ExamplesNotFound,
            ModelNotFound, DictionaryModelMismatch, ModelUnreadable, ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(examples(
            map, query_feature, key_feature, head=head, limit=limit, window=window, deadline_ms=deadline_ms,
        ))


class AsyncPairs(AsyncNamespace):
    """`pairs.*` for asyncio; see `Pairs`."""

    async def lookup(
        self, map: str, query_feature: int, key_feature: int, *, deadline_ms: int | None = None,
    ) -> PairsLookup:
        """Returns one feature pair's entries, head by head."""
        return await self._client.call(lookup(map, query_feature, key_feature, deadline_ms=deadline_ms))

    async def lookup_batch(
        self, map: str, pairs: Sequence[Sequence[int]], *, deadline_ms: int | None = None,
    ) -> PairsLookupBatch:
        """Returns many feature pairs' entries at once, as columns."""
        return await self._client.call(lookup_batch(map, pairs, deadline_ms=deadline_ms))

    async def top(
        self, map: str, *, query_feature: int | None = None, key_feature: int | None = None, head: int | None = None,
        min_contribution: float | None = None, min_mask: float | None = None,
        order: Literal["expected_contribution", "M", "mask"] | None = None, limit: int | None = None, cursor: str | None = None,
        deadline_ms: int | None = None,
    ) -> PairsTop:
        """Lists a map's feature pairs, the strongest first."""
        return await self._client.call(top(
            map, query_feature=query_feature, key_feature=key_feature, head=head, min_contribution=min_contribution,
            min_mask=min_mask, order=order, limit=limit, cursor=cursor, deadline_ms=deadline_ms,
        ))

    async def shared(
        self, map: str, *, min_heads: int | None = None, limit: int | None = None, cursor: str | None = None,
        deadline_ms: int | None = None,
    ) -> PairsShared:
        """Lists the feature pairs that several heads use, the strongest first."""
        return await self._client.call(shared(map, min_heads=min_heads, limit=limit, cursor=cursor, deadline_ms=deadline_ms))

    async def examples(
        self, map: str, query_feature: int, key_feature: int, *, head: int | None = None, limit: int | None = None,
        window: int | None = None, deadline_ms: int | None = None,
    ) -> PairsExamples:
        """Shows where a pair of features acts, from the examples that were collected."""
        return await self._client.call(examples(
            map, query_feature, key_feature, head=head, limit=limit, window=window, deadline_ms=deadline_ms,
        ))
