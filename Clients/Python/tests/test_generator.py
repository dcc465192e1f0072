"""The generator on a document with every feature of a schema that the daemon's might come to have."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import PACKAGE

sys.path.insert(0, str(PACKAGE))
from generator import writing  # noqa: E402

POINT = {
    "type": "object", "description": "A point.", "required": ["x"], "additionalProperties": False,
    "properties": {"x": {"type": "number"}, "lambda": {"type": ["integer", "null"]}, "KL/total-loss": {"type": "number"}, "2nd": {}},
}
OTHER = {"type": "object", "description": "Another.", "properties": {"y": {"type": "integer", "enum": [1, 2]}}}


def method(name: str, params: list[dict[str, Any]], properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name, "summary": 'Says "hi" with a \\ and """quotes""".', "description": "More.", "params": params,
        "result": {"name": "result", "schema": {"type": "object", "properties": properties, "required": sorted(properties)}},
        "errors": [{"code": 1999, "message": "A new one.", "data": {"kind": "quite_new"}}], "examples": [],
    }


def parameter(name: str, schema: dict[str, Any], required: bool = False) -> dict[str, Any]:
    return {"name": name, "description": f"The {name}.", "required": required, "schema": schema}


DOCUMENT = {
    "openrpc": "1.3.2", "info": {"title": "T", "version": "1"}, "components": {"errors": {}},
    "methods": [
        method("strange.list", [], {
            "grid": {"type": "array", "items": {"type": "array", "items": POINT}},
            "by_name": {"type": "object", "additionalProperties": POINT},
            "maybe": {"anyOf": [POINT, {"type": "null"}]}, "either": {"oneOf": [POINT, {"type": "string"}]},
            "tensors": {"type": "object", "properties": {"path": {}, "format": {}, "names": {}, "descriptor": {"type": "integer"}}},
            "ambiguous": {"anyOf": [POINT, OTHER]}, "points": {"type": "array", "items": POINT},
        }),
        method("strange.import", [
            parameter("class", {"type": "string", "enum": ["a", "b"]}, True), parameter("from", {"anyOf": [POINT, {"type": "string"}]}),
            parameter("list", {"type": "array", "items": {"type": "integer"}, "minItems": 1}),
        ], {"type": {"type": "string"}}),
        method("other.find_it", [parameter("text", {"type": "string"}), parameter("tokens", {"type": "array", "items": {}}),
                                 parameter("layer", {"type": "integer", "default": 3}, True)], {"point": POINT}),
    ],
}


@pytest.fixture()
def generated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the package with the strange document's modules beside its own."""
    package = tmp_path / "strangeqk"
    package.mkdir()
    for source in (PACKAGE / "src" / "qklens").glob("*.py"):
        (package / source.name).write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(writing, "SOURCES", package)
    for path, text in writing.Writer(DOCUMENT).files().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name in ("following", "export"):
        # They speak of methods that this document lacks.
        (package / f"{name}.py").unlink()
    monkeypatch.syspath_prepend(tmp_path)
    yield package
    for name in [name for name in sys.modules if name.startswith("strangeqk")]:
        del sys.modules[name]


def test_strange_schemas_become_modules_that_are_typed(generated: Path, tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", tmp_path / "cache", "-p", "strangeqk.api"], cwd=tmp_path,
        capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_strange_results_are_decoded_and_written_back(generated: Path) -> None:
    strange = importlib.import_module("strangeqk.api.strange")
    point = {"x": 1.0, "lambda": 2, "KL/total-loss": 3.0, "2nd": [4]}
    wire = {
        "grid": [[point], []], "by_name": {"a": point}, "maybe": None, "either": "text", "ambiguous": {"y": 1}, "points": [point],
        "tensors": {},
    }
    found = strange.StrangeList.from_wire(wire)
    assert found.grid[0][0].lambda_ == 2 and found.by_name["a"].KL_total_loss == 3.0 and found.points[0]._2nd == [4]
    assert (found.maybe, found.either, found.ambiguous) == (None, "text", {"y": 1})
    assert found.to_wire() == {name: value for name, value in wire.items() if value is not None}
    # Whatever speaks of arrays that are elsewhere has them.
    with pytest.raises(Exception, match="tensors='memfd'"):
        found.arrays
    assert strange.StrangeList.from_wire({**wire, "either": point}).either == found.points[0]


def test_strange_parameters_are_called_by_their_wire_names(generated: Path) -> None:
    strange, other = (importlib.import_module(f"strangeqk.api.{name}") for name in ("strange", "other"))
    call = strange.import_("a", from_="x", list=[1])
    assert (call.method, call.params, call.is_repeatable) == ("strange.import", {"class": "a", "from": "x", "list": [1]}, False)
    assert strange.list().is_repeatable and other.find_it("hi", layer=2).params == {"text": "hi", "layer": 2}


def test_a_new_kind_of_error_becomes_a_class(generated: Path) -> None:
    errors = importlib.import_module("strangeqk.errors")
    assert (errors.QuiteNew.kind, errors.QuiteNew.code, errors.BY_KIND["quite_new"]) == ("quite_new", 1999, errors.QuiteNew)


def test_two_objects_of_one_name_are_refused() -> None:
    named = {"description": "One job, as it stands.", "type": "object"}
    twice = [method(f"{name}.get", [], {"job": {**named, "properties": {member: {}}}}) for name, member in (("a", "x"), ("b", "y"))]
    writer = writing.Writer({**DOCUMENT, "methods": twice})
    assert {"Job", "BGetJob"} <= writer.names
