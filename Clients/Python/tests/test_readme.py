"""The README's lines of Python, as they are printed."""

from __future__ import annotations

import re

import pytest
from conftest import PACKAGE, ROOT, Daemon


@pytest.mark.parametrize("path", [ROOT / "README.md", PACKAGE / "README.md"], ids=["project", "package"])
def test_the_printed_lines_run(path: object, daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QKLENS_SOCKET", daemon.socket)
    blocks = re.findall(r"^```python\n(.*?)^```", open(str(path), encoding="utf-8").read(), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1
    names: dict[str, object] = {}
    exec(compile(blocks[0], str(path), "exec"), names)
    # A line that begins with four spaces would be taken for a command of the shell by the tests of the other sections.
    assert "\n    " not in blocks[0] and "c" in names
