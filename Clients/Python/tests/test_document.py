"""The generated modules against the daemon's own document: complete, current, and with its error codes."""

from __future__ import annotations

import importlib
import inspect
import json
import re
import subprocess
import sys
from typing import Any

import pytest
from conftest import PACKAGE, PROGRAMS, ROOT, Daemon

from qklens import AsyncClient, Client, ServiceError, errors

sys.path.insert(0, str(PACKAGE))
from generator.names import identifier  # noqa: E402
from generator.writing import Writer  # noqa: E402


@pytest.fixture(scope="module")
def document(daemon: Daemon) -> dict[str, Any]:
    with daemon.client() as client:
        return client.rpc.discover()


def test_the_committed_modules_are_what_the_daemon_documents(document: dict[str, Any]) -> None:
    result = subprocess.run(
        [sys.executable, PACKAGE / "generate.py", "--check"], input=json.dumps(document), capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_the_command_prints_the_same_document(daemon: Daemon, document: dict[str, Any]) -> None:
    printed = subprocess.run([PROGRAMS / "qklens", "rpc", "rpc.discover", "--socket", daemon.socket], capture_output=True, check=True)
    assert json.loads(printed.stdout) == document


def test_every_method_is_there_with_every_parameter_and_its_documentation(daemon: Daemon, document: dict[str, Any]) -> None:
    with daemon.client() as client:
        later = AsyncClient(daemon.socket)
        for method in document["methods"]:
            namespace, verb = (identifier(part) for part in method["name"].split("."))
            wanted = {identifier(parameter["name"]) for parameter in method["params"]}
            for owner in (client, later):
                function = getattr(getattr(owner, namespace), verb)
                assert set(inspect.signature(function).parameters) == wanted, method["name"]
                assert method["summary"].split()[0] in (inspect.getdoc(function) or "")
            documentation = " ".join((inspect.getdoc(getattr(getattr(client, namespace), verb)) or "").split())
            for parameter in method["params"]:
                assert f"{identifier(parameter['name'])}: {parameter['description']}".strip()[:60] in documentation, method["name"]


def test_codes_are_the_ones_of_the_document_and_of_the_daemons_sources(document: dict[str, Any]) -> None:
    listed = [error for method in document["methods"] for error in method["errors"] if "$ref" not in error]
    for error in [*listed, *document["components"]["errors"].values()]:
        own = errors.BY_KIND[error["data"]["kind"]]
        assert (own.kind, own.code) == (error["data"]["kind"], error["code"])
    source = (ROOT / "Sources" / "API" / "ErrorKind.swift").read_text(encoding="utf-8")
    names = {case: kind or case for case, kind in re.findall(r"^    case (\w+)(?: = \"(\w+)\")?$", source, re.MULTILINE)}
    codes = {names[case]: int(code) for case, code in re.findall(r"case \.(\w+):\s*\((\d+),", source)}
    assert len(codes) == len(names) > 40
    known = {kind: own.code for kind, own in errors.BY_KIND.items() if own.code > 0}
    assert known == {kind: codes[kind] for kind in known}


def test_every_reading_methods_example_gives_the_very_reply_as_a_dataclass(client: Client, document: dict[str, Any]) -> None:
    """What a dataclass writes back is what came: nothing is lost, renamed or left over."""
    writer, answered = Writer(document), 0
    for method in document["methods"]:
        if not writer.is_reading(method) or method["name"] in ("rpc.discover", "jobs.wait"):
            continue
        for example in method.get("examples", []):
            params = {given["name"]: given["value"] for given in example["params"]}
            if "tensors" in {parameter["name"] for parameter in method["params"]}:
                params["tensors"] = "json"
            namespace, verb = (identifier(part) for part in method["name"].split("."))
            module = importlib.import_module(f"qklens.api.{namespace}")
            call = getattr(module, verb)(**{identifier(name): value for name, value in params.items()})
            assert call.params == params
            try:
                wire = client.request(call.method, **call.params)
            except ServiceError as error:
                # The examples' numbers are of another dictionary; the errors must be the document's.
                assert type(error) is errors.BY_KIND[error.kind], method["name"]
                continue
            typed = call.decode(wire, [])
            assert not typed.extra and typed.to_wire() == {name: value for name, value in wire.items() if value is not None}
            answered += 1
    assert answered >= 20


def test_a_newer_daemons_members_are_kept_beside() -> None:
    from qklens.api.shared import PairEntry

    entry = PairEntry.from_wire(
        {"query_feature": 1, "key_feature": 2, "head": 0, "M": 1.0, "mask": 1.0, "expected_contribution": 0.5, "novelty": 7})
    assert entry.extra == {"novelty": 7} and entry.to_wire()["novelty"] == 7 and entry.head == 0


def test_a_newer_daemons_methods_can_be_called_by_name(client: Client) -> None:
    assert client.request("system.ping") == {"ok": True}
