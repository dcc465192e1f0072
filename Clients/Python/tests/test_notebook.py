"""The notebook's story, executed on a daemon of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from conftest import PACKAGE, Daemon

nbclient = pytest.importorskip("nbclient")
import nbformat  # noqa: E402

LONG_S = 120


@pytest.fixture()
def fresh_daemon() -> Iterator[Daemon]:
    """As a reader's: nothing is trained yet."""
    started = Daemon()
    yield started
    started.end()


def test_the_ten_minute_story_runs_and_shows_what_it_speaks_of(fresh_daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QKLENS_SOCKET", fresh_daemon.socket)
    monkeypatch.setenv("PYTHONPATH", str(PACKAGE / "src"))
    notebook = nbformat.read(PACKAGE / "notebooks" / "ten-minutes.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    assert all(not cell.get("outputs") for cell in notebook.cells), "the notebook is committed without outputs"
    nbclient.NotebookClient(notebook, timeout=LONG_S, kernel_name="python3").execute()
    shown = "".join(html(cell) for cell in notebook.cells)
    text = "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))
    assert shown.count("<svg") == 4 + 3
    assert "difference" in shown and "expected_contribution" in shown and "pattern_effect" in shown
    assert "logit difference" in text and "10000 lookups in" in text and "d_sae = 96" in text, text
    assert "Mary" in shown and shown.count("<iframe sandbox") == 1


def html(cell: Any) -> str:
    return "".join("".join(output.get("data", {}).get("text/html", "")) for output in cell.get("outputs", []))
