"""Features and pairs of a map: what fires where, with whom, and what it does to the pattern."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..client import Client
from ..failures import ServiceError
from .document import Answers, ask, document
from .page import Report

# The widest list that pairs.shared gives, and the most features that features.examples takes.
RANKED_PAIRS, FEATURES_AT_ONCE = 1000, 64
FEATURE_EXAMPLES, PARTNERS, WEIGHED_TOKENS = 10, 12, 6
PAIR_PLACES, PAIR_WINDOW = 4, 4
REMOVAL_CONTEXTS = 2
LEFT_OUT = {"features": ["collected"], "places": ["collected", "map"]}
SIDES = ("query", "key")

Feature = tuple[str, int]
Pair = tuple[int, int]


def features(
    client: Client, map: str, features: Sequence[Feature] | None = None, *, count: int = 100, pairs: int = 300, removals: int = 12
) -> Report:
    """Feature by feature: density, strongest places and an even sample in context, partners with links, heads; and their pairs.

    Args:
        client: A daemon.
        map: The map, whose examples have been collected.
        features: Sides and numbers, as in `[("query", 226)]`; the strongest of the map if absent.
        count: How many of the strongest.
        pairs: How many of their pairs have a page of their own.
        removals: For how many of those the pair is removed from the running model.
    """
    if features is None:
        ranked = _ranked_pairs(client, map)
        return _gathered(client, "features", map, _ranked_features(ranked)[:count], [_pair(each) for each in ranked[:pairs]], removals)
    asked = _partners(client, map, features)
    found = {_pair(each): each["expected_contribution"] for outcome in asked.outcomes for each in outcome["partners"]}
    chosen = sorted(found, key=lambda pair: (-found[pair], pair))[:pairs]
    return _gathered(client, "features", map, features, chosen, removals, asked)


def pairs(
    client: Client, map: str, pairs: Sequence[Pair] | None = None, *, count: int = 300, features: int = 100, removals: int = 12
) -> Report:
    """Pair by pair: strongest places with both tokens marked, distances, tokens of both sides, heads, what removal does; and features.

    Args:
        client: A daemon.
        map: The map, whose examples have been collected.
        pairs: Query and key feature of each, as in `[(226, 240)]`; the strongest of the map if absent.
        count: How many of the strongest.
        features: How many of their features have a page of their own.
        removals: How many of the pairs are removed from the running model.
    """
    chosen = [_pair(each) for each in _ranked_pairs(client, map)[:count]] if pairs is None else [(query, key) for query, key in pairs]
    members = dict.fromkeys((side, feature) for pair in chosen for side, feature in zip(SIDES, pair, strict=True))
    return _gathered(client, "pairs", map, list(members)[:features], chosen, removals)


def _ranked_pairs(client: Client, map: str) -> list[dict[str, Any]]:
    shared = client.request("pairs.shared", map=map, min_heads=1, limit=RANKED_PAIRS)["pairs"]
    assert isinstance(shared, list)
    return shared


def _pair(wire: Mapping[str, Any]) -> Pair:
    return wire["query_feature"], wire["key_feature"]


def _ranked_features(ranked: Iterable[Mapping[str, Any]]) -> list[Feature]:
    sums: dict[Feature, float] = {}
    for each in ranked:
        for side, feature in zip(SIDES, _pair(each), strict=True):
            sums[side, feature] = sums.get((side, feature), 0.0) + each["expected_contribution"]
    return sorted(sums, key=lambda feature: (-sums[feature], SIDES.index(feature[0]), feature[1]))


def _partners(client: Client, map: str, features: Iterable[Feature]) -> Answers:
    return ask(client, "features.partners", (
        {"map": map, "side": side, "feature": feature, "limit": PARTNERS} for side, feature in features))


def _gathered(
    client: Client, report: str, map: str, features: Sequence[Feature], pairs: Sequence[Pair], removals: int,
    partners: Answers | None = None,
) -> Report:
    version = client.request("system.info")["version"]
    described = ask(client, "maps.get", [{"map": map}])
    dictionary = described.outcomes[0]["dictionary"]
    collection = ask(client, "examples.get", [{"map": map}], may_fail=True)
    collected = None if isinstance(collection.outcomes[0], ServiceError) else collection.outcomes[0]
    portions = list(_portions(dictionary, features))
    examples = {"limit": FEATURE_EXAMPLES} if collected is None else {"map": map, "limit": FEATURE_EXAMPLES}
    answers = {
        "map": described,
        "dictionary": ask(client, "dictionaries.get", [{"dictionary": dictionary}]),
        "heads": ask(client, "maps.heads", [{"map": map}]),
        "collection": collection,
        "features": ask(client, "features.examples", (portion | examples for portion in portions)),
        "weights": ask(client, "features.get", (portion | {"limit": WEIGHED_TOKENS} for portion in portions), may_fail=True),
        "partners": partners or _partners(client, map, features),
    }
    if pairs:
        answers["lookup"] = ask(client, "pairs.lookup_batch", [{"map": map, "pairs": [list(pair) for pair in pairs]}])
    if collected is not None:
        # A pair whose features were never active together has no places; that is an answer too.
        answers["places"] = ask(client, "pairs.examples", (
            {"map": map, "query_feature": query, "key_feature": key, "limit": PAIR_PLACES, "window": PAIR_WINDOW}
            for query, key in pairs), may_fail=True)
        text = {name: collected[name] for name in ("corpus", "text_field") if name in collected}
        answers["removal"] = ask(client, "interventions.run", (
            {"map": map, "edits": [{"target": "pair", "query_feature": query, "key_feature": key}], **text, "contexts": REMOVAL_CONTEXTS}
            for query, key in pairs[:removals]), may_fail=True)
    return Report(document(report, f"{report.capitalize()} of {map}", version, answers, LEFT_OUT))


def _portions(dictionary: str, features: Sequence[Feature]) -> Iterable[dict[str, Any]]:
    for side in SIDES:
        members = [feature for own, feature in features if own == side]
        for start in range(0, len(members), FEATURES_AT_ONCE):
            yield {"dictionary": dictionary, "side": side, "features": members[start : start + FEATURES_AT_ONCE]}
