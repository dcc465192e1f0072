"""`qklens report` and `qklens.report` make the same documents of the same answers, and pages of one kind."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import PROGRAMS, PROMPT, Daemon, hold

from qklens import Client, report
from qklens.report import Report

Gather = Callable[[Client], Report]

CASES: dict[str, tuple[list[str], Gather]] = {
    "attention of a map": (
        ["attention", PROMPT, "--map", "m1", "--looks", "20"],
        lambda client: report.attention(client, PROMPT, maps=["m1"], looks=20)),
    "attention without a map": (
        ["attention", "--tokens", "11,22,33", "--no-prepend-bos", "--layers", "1-2"],
        lambda client: report.attention(client, tokens=[11, 22, 33], prepend_bos=False, layers=[1, 2])),
    "attention of a dictionary": (
        ["attention", "the end", "--dictionary", "d1", "--layers", "0"],
        lambda client: report.attention(client, "the end", dictionary="d1", layers=[0])),
    "the strongest features": (
        ["features", "m1", "--features", "9", "--pairs", "12", "--removals", "2"],
        lambda client: report.features(client, "m1", count=9, pairs=12, removals=2)),
    "some features": (
        ["features", "m1", "k3", "q5", "--pairs", "4", "--removals", "0"],
        lambda client: report.features(client, "m1", [("key", 3), ("query", 5)], pairs=4, removals=0)),
    "the strongest pairs": (
        ["pairs", "m1", "--pairs", "9", "--features", "6", "--removals", "1"],
        lambda client: report.pairs(client, "m1", count=9, features=6, removals=1)),
    "some pairs": (
        ["pairs", "m1", "3:5", "7:1", "--removals", "0"],
        lambda client: report.pairs(client, "m1", [(3, 5), (7, 1)], removals=0)),
    "a training": (["training", "d1", "--points", "20"], lambda client: report.training(client, "d1", points=20)),
    "a training beside itself": (["training", "d1", "d1"], lambda client: report.training(client, "d1", "d1")),
    "a circuit": (
        ["circuit", "--text", PROMPT, "--look", "1.3@-1"],
        lambda client: report.circuit(
            client, text=PROMPT, roots=[{"layer": 1, "head": 3, "destination": -1}])),
}


def command(daemon: Daemon, *words: str) -> str:
    run = subprocess.run(
        [PROGRAMS / "qklens", "report", *words, "--socket", daemon.socket], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def canonical(document: dict[str, object]) -> str:
    """Everything but the moment, in the order in which it stands: two writers escape and end lines differently, no more."""
    return json.dumps({name: value for name, value in document.items() if name != "created_ms"}, ensure_ascii=False)


@pytest.mark.parametrize("case", CASES)
def test_the_command_makes_the_same_document(daemon: Daemon, case: str) -> None:
    words, gather = CASES[case]
    with daemon.client() as client:
        mine = gather(client).document
    theirs = json.loads(command(daemon, *words, "--json"))
    assert abs(theirs["created_ms"] / 1000 - time.time()) < 60
    assert canonical(theirs) == canonical(json.loads(json.dumps(mine)))


def test_the_command_makes_the_same_page(daemon: Daemon, tmp_path: Path) -> None:
    written = tmp_path / "page.html"
    said = command(daemon, "training", "d1", "--output", str(written))
    assert str(written) in said
    page = written.read_text(encoding="utf-8")
    with daemon.client() as client:
        mine = report.training(client, "d1")
    start = page.index('id="report">') + len('id="report">')
    end = page.index("</script>", start)
    own = mine.html()
    assert page[:start] == own[:start] and page[end:] == own[own.index("</script>", start) :]
    assert canonical(json.loads(page[start:end])) == canonical(json.loads(mine.json()))


def test_a_page_is_not_overwritten_unless_that_is_asked_for(daemon: Daemon, tmp_path: Path) -> None:
    taken = tmp_path / "taken.html"
    taken.write_text("mine")
    words = [str(PROGRAMS / "qklens"), "report", "training", "d1", "--socket", daemon.socket, "--output", str(taken)]
    refused = subprocess.run(words, capture_output=True, text=True, check=False)
    assert refused.returncode == 1 and "--force" in refused.stderr and taken.read_text() == "mine"
    assert [each.name for each in tmp_path.iterdir()] == ["taken.html"]
    subprocess.run([*words, "--force"], capture_output=True, check=True)
    assert taken.read_text(encoding="utf-8").startswith("<!doctype html>")
    elsewhere = subprocess.run(
        words[:-2], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert elsewhere.stdout.startswith("training-d1.html (") and (tmp_path / "training-d1.html").exists()


def test_a_hundred_features_and_three_hundred_pairs_take_two_seconds(daemon: Daemon) -> None:
    command(daemon, "pairs", "m1", "--output", "-")
    begin = time.monotonic()
    page = command(daemon, "pairs", "m1", "--output", "-")
    took = time.monotonic() - begin
    answers = json.loads(command(daemon, "pairs", "m1", "--json"))["answers"]
    shown = sum(len(call) for call in answers["places"]["calls"]["$rows"]) // 2
    assert len(page.encode()) < 2_000_000
    hold(f"report of {shown} pairs and their features: {took:.2f} s, {len(page.encode()) / 1e6:.2f} MB", took, 2.0)
