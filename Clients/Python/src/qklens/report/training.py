"""One training, or two side by side: its figures over steps, what it reaches, and what its map keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..client import Client
from ..failures import ServiceError
from .document import Answers, ask, document
from .page import Report

METRICS_AT_ONCE = 10_000
# What tells the lines of one dictionary from the others' of the same job.
IDENTITY = ("layer", "d_sae_query", "d_sae_key", "seed")


def training(client: Client, *dictionaries: str, points: int = 400) -> Report:
    """Loss terms, L0, live features and whatever else the training wrote down; configuration, evaluation, sparsity, what the map costs.

    Args:
        client: A daemon.
        dictionaries: One dictionary, or two to be compared.
        points: How many steps of a longer training are drawn.
    """
    if not 1 <= len(dictionaries) <= 2:
        raise ValueError(f"one dictionary, or two; not {len(dictionaries)}")
    described = ask(client, "dictionaries.get", ({"dictionary": each} for each in dictionaries))
    maps = ask(client, "maps.list", ({"dictionary": each} for each in dictionaries))
    # Lists begin with the newest.
    newest = [listed["maps"][0] for listed in maps.outcomes if listed["maps"]]
    answers = {
        "dictionary": described,
        "metrics": _metrics(client, [each for each in described.outcomes if "job" in each], points),
        "maps": maps,
        "report": ask(client, "maps.report", ({"map": each["map"]} for each in newest), may_fail=True),
        "mask_metrics": _metrics(client, [{"job": each["job"]} for each in newest if "job" in each], points),
    }
    if len(dictionaries) == 2:
        compared: dict[str, Any] = {"dictionaries": list(dictionaries)}
        if len(newest) == 2:
            compared["maps"] = [each["map"] for each in newest]
        answers["comparison"] = ask(client, "dictionaries.compare", [compared], may_fail=True)
    title = f"Training of {' and '.join(dictionaries)}"
    return Report(document("training", title, client.request("system.info")["version"], answers, {}))


def _metrics(client: Client, owners: Sequence[Mapping[str, Any]], points: int) -> Answers:
    params = [{"job": owner["job"], "limit": METRICS_AT_ONCE} for owner in owners]
    return Answers("jobs.metrics", params, [_history(client, owner, points) for owner in owners])


def _history(client: Client, owner: Mapping[str, Any], points: int) -> dict[str, Any] | ServiceError:
    """A job's lines of one dictionary; the error if the job is gone."""
    lines: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        try:
            page = client.request("jobs.metrics", job=owner["job"], limit=METRICS_AT_ONCE, **cursor)
        except ServiceError as error:
            return error
        lines += page["metrics"]
        # The cursor of the last page goes on where later lines will be.
        if not page["metrics"] or "next_cursor" not in page:
            break
        cursor = {"cursor": page["next_cursor"]}
    own = [line for line in lines if all(line.get(name, owner.get(name)) == owner.get(name) for name in IDENTITY if name in owner)]
    return {"metrics": thinned(own, points)}


def thinned(lines: list[dict[str, Any]], points: int) -> list[dict[str, Any]]:
    """So many of the lines, evenly, the first and the last among them."""
    if len(lines) <= points:
        return lines
    return [lines[(2 * i * (len(lines) - 1) + points - 1) // (2 * (points - 1))] for i in range(points)]
