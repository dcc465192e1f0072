"""The report document: the daemon's answers as a page holds them. Clients/Pages/README.md is the contract.

1. Every answer loses what the page does not need, and its attention patterns become triangles of small numbers.
2. Numbers are rounded to five significant digits, tokens' texts become indices into one list, and lists of alike objects become tables,
   whose names stand only once: a tenth of what the answers were.
3. The calls of one method stand together, with the parameters that they have in common.
"""

from __future__ import annotations

import base64
import time
from array import array
from collections.abc import Iterable, Mapping, Sequence
from math import floor, sqrt
from typing import Any, NamedTuple

from ..call import AnyObject, Call
from ..client import Client
from ..failures import ServiceError

FORMAT = 1
# More cells than the first are written in 8 bits instead of 16; more than the second are no page any more, of at most 2 MB.
FINE_CELLS, MOST_CELLS = 200_000, 900_000
SIGNIFICANT_DIGITS = 5
# Answers whose numbers are subtracted from each other stay as they are.
EXACT = frozenset(["removal"])
PIECES = frozenset(["after", "before", "destination_piece", "piece", "pieces", "source_piece"])

Json = Any


class Answers(NamedTuple):
    """What one method answered to some calls: for each its parameters, and its result or its `ServiceError`."""

    method: str
    params: Sequence[Mapping[str, Json]]
    outcomes: Sequence[Json]


def ask(client: Client, method: str, params: Iterable[Mapping[str, Json]], may_fail: bool = False) -> Answers:
    """Sends calls of one method without waiting in between; where they may fail, errors stand in their place."""
    asked = [dict(each) for each in params]
    calls = [Call(method, each, AnyObject, is_repeatable=True) for each in asked]
    outcomes: list[Json] = client.gather(calls, return_errors=may_fail)
    for outcome in outcomes:
        if isinstance(outcome, Exception) and not isinstance(outcome, ServiceError):
            raise outcome
    return Answers(method, asked, outcomes)


def triangle(rows: Sequence[Sequence[float | None]], is_fine: bool) -> dict[str, str]:
    """A pattern's lower triangle, row by row, as the roots of its shares in 16 or 8 bits."""
    most, code, name = (65535, "H", "u16") if is_fine else (255, "B", "u8")
    numbers = array(code, (
        floor(sqrt(min(max(value or 0.0, 0.0), 1.0)) * most + 0.5)
        for destination, row in enumerate(rows) for value in row[: destination + 1]
    ))
    if is_fine and array("H", [1]).tobytes() != b"\x01\x00":
        numbers.byteswap()
    return {name: base64.b64encode(numbers.tobytes()).decode()}


def without(value: Json, path: Sequence[str]) -> Json:
    """The value without the member at the path, of each element where there are lists."""
    if isinstance(value, list):
        return [without(each, path) for each in value]
    if not isinstance(value, dict) or path[0] not in value:
        return value
    if len(path) == 1:
        return {name: member for name, member in value.items() if name != path[0]}
    return {name: without(member, path[1:]) if name == path[0] else member for name, member in value.items()}


def document(report: str, title: str, version: str, answers: Mapping[str, Answers], left_out: Mapping[str, Sequence[str]]) -> dict[str, Json]:
    """The whole document; `left_out` names, for a name of the answers, members as in `heads.attn_scores`."""
    kept = {}
    for name, answered in answers.items():
        results = answered.outcomes
        for path in left_out.get(name, ()):
            parts = path.split(".")
            results = [result if isinstance(result, ServiceError) else without(result, parts) for result in results]
        if results:
            kept[name] = Answers(answered.method, answered.params, results)
    texts: set[str] = set()
    for answered in kept.values():
        _collect(list(answered.outcomes), texts)
    pieces = sorted(texts, key=lambda piece: piece.encode("utf-8", "surrogatepass"))
    indices = {piece: index for index, piece in enumerate(pieces)}
    return {
        "format": FORMAT,
        "report": report,
        "title": title,
        "created_ms": int(time.time() * 1000),
        "version": version,
        "pieces": pieces,
        "answers": {name: _calls(answered, indices, name in EXACT) for name, answered in kept.items()},
    }


def _calls(answered: Answers, indices: Mapping[str, int], is_exact: bool) -> dict[str, Json]:
    first = answered.params[0]
    common = {
        name: value for name, value in first.items()
        if all(name in params and params[name] == value for params in answered.params)
    }
    calls = []
    for params, outcome in zip(answered.params, answered.outcomes, strict=True):
        call: dict[str, Json] = {"params": {name: value for name, value in params.items() if name not in common}}
        if isinstance(outcome, ServiceError):
            call["error"] = {"kind": outcome.kind, "message": outcome.message}
        else:
            call["result"] = _packed(outcome, None, indices, is_exact)
        calls.append(call)
    return {"method": answered.method, "params": common, "calls": _table(calls)}


def _collect(value: Json, texts: set[str]) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in PIECES and _is_text(inner):
                texts.update([inner] if isinstance(inner, str) else inner)
            elif isinstance(inner, dict | list):
                _collect(inner, texts)
    elif isinstance(value, list):
        for inner in value:
            if isinstance(inner, dict | list):
                _collect(inner, texts)


def _is_text(value: Json) -> bool:
    """Whether it is a piece or a list of pieces; a graph file of another program may call something else so."""
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(piece, str) for piece in value))


def _packed(value: Json, name: str | None, indices: Mapping[str, int], is_exact: bool) -> Json:
    if isinstance(value, float):
        return value if is_exact else rounded(value)
    if isinstance(value, dict):
        return {member: _packed(inner, member, indices, is_exact) for member, inner in value.items()}
    if name in PIECES and _is_text(value):
        return indices[value] if isinstance(value, str) else [indices[piece] for piece in value]
    if isinstance(value, list):
        return _table([_packed(inner, name, indices, is_exact) for inner in value])
    return value


def _table(rows: list[Json]) -> Json:
    """A list of alike objects with their names once; any other list as it is."""
    if len(rows) < 2 or not isinstance(rows[0], dict) or not rows[0]:
        return rows
    names = rows[0].keys()
    if not all(isinstance(row, dict) and row.keys() == names for row in rows):
        return rows
    columns = sorted(names, key=str.encode)
    return {"$columns": columns, "$rows": [[row[column] for column in columns] for row in rows]}


def rounded(value: float) -> float | int:
    """To five significant digits; a whole number as it is."""
    if value.is_integer():
        return int(value) if abs(value) < 2**53 else value
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}")
