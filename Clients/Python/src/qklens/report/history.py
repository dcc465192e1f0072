"""One training, or two side by side: its figures over steps, what it reaches, and what its map keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..client import Client
from ..failures import ServiceError
from .document import Answers, ask, document
from .page import Report

METRICS_AT_ONCE = 10_000


def training(client: Client, *dictionaries: str, points: int = 400) -> Report:
    """Loss terms, L0, live features and whatever else the training wrote down; configuration, evaluation, sparsity, what the map costs.

    Args:
        client: A daemon.
        dictionaries: One dictionary, or two to be compared.
        points: How many steps of a longer training are drawn.
    """
    if not 1 <= len(dictionaries) <= 2:
        raise ValueError(f"one dictionary, or two; not {len(dictionaries)}")
    if points < 2:
        raise ValueError(f"at least two points, not {points}")
    described = ask(client, "dictionaries.get", ({"dictionary": each} for each in dictionaries))
    maps = ask(client, "maps.list", ({"dictionary": each} for each in dictionaries))
    # Lists begin with the newest.
    newest = [listed["maps"][0] for listed in maps.outcomes if listed["maps"]]
    answers = {
        "dictionary": described,
        "metrics": ask(client, "dictionaries.history", ({"dictionary": each, "points": points} for each in dictionaries), may_fail=True),
        "maps": maps,
        "report": ask(client, "maps.report", ({"map": each["map"]} for each in newest), may_fail=True),
        "mask_metrics": _mask_metrics(client, [each["job"] for each in newest if "job" in each], points),
    }
    if len(dictionaries) == 2:
        compared: dict[str, Any] = {"dictionaries": list(dictionaries)}
        if len(newest) == 2:
            compared["maps"] = [each["map"] for each in newest]
        answers["comparison"] = ask(client, "dictionaries.compare", [compared], may_fail=True)
    title = f"Training of {' and '.join(dictionaries)}"
    return Report(document("training", title, client.request("system.info")["version"], answers, {}))


def _mask_metrics(client: Client, jobs: Sequence[str], points: int) -> Answers:
    params = [{"job": job, "limit": METRICS_AT_ONCE} for job in jobs]
    return Answers("jobs.metrics", params, [_lines(client, each, points) for each in params])


def _lines(client: Client, params: Mapping[str, Any], points: int) -> dict[str, Any] | ServiceError:
    """All lines of a job, thinned; the error if the job is gone."""
    lines: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        try:
            page = client.request("jobs.metrics", **params, **cursor)
        except ServiceError as error:
            return error
        lines += page["metrics"]
        # The cursor of the last page goes on where later lines will be.
        if not page["metrics"] or "next_cursor" not in page:
            return {"metrics": thinned(lines, points)}
        cursor = {"cursor": page["next_cursor"]}


def thinned(lines: list[dict[str, Any]], points: int) -> list[dict[str, Any]]:
    """So many of the lines, evenly, the first and the last among them."""
    if len(lines) <= points:
        return lines
    return [lines[(2 * i * (len(lines) - 1) + points - 1) // (2 * (points - 1))] for i in range(points)]
