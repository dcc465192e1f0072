"""The package itself: typed throughout, quick to import, and a wheel that installs by itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from conftest import PACKAGE, Daemon, hold

BAR_MS = 50.0
# The scripts and colours of a page by themselves, without any answer.
SMALLEST_PAGE = 80_000


def run(*command: str | Path, **environment: str) -> str:
    result = subprocess.run(command, capture_output=True, text=True, cwd=PACKAGE, check=False, env={**os.environ, **environment})
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_mypy_has_nothing_to_say(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    run(sys.executable, "-m", "mypy", "--strict", "--cache-dir", tmp_path, "-p", "qklens", MYPYPATH="src")
    run(sys.executable, "-m", "mypy", "--strict", "--cache-dir", tmp_path, "generate.py", "tests", MYPYPATH="src")


def test_the_import_takes_less_than_fifty_milliseconds_and_neither_numpy_nor_asyncio() -> None:
    script = "import sys, time; t = time.perf_counter(); import qklens; print((time.perf_counter() - t) * 1000); " \
        "assert not {'numpy', 'asyncio', 'tqdm', 'dataclasses'} & set(sys.modules)"
    # The first one writes the bytecode, as an installation does.
    took = min(float(run(sys.executable, "-c", script, PYTHONPATH="src", PYTHONDONTWRITEBYTECODE="")) for _ in range(6))
    hold(f"import: {took:.0f} ms", took, BAR_MS)


def test_a_wheel_installs_in_a_clean_environment_and_works_there(daemon: Daemon, tmp_path: Path) -> None:
    # setuptools leaves its own files beside the sources.
    shutil.copytree(PACKAGE, tmp_path / "source", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build"))
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, tmp_path / "source")
    wheel = next(tmp_path.glob("qklens-*.whl"))
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--no-index", wheel, PYTHONPATH="")
    script = "import qklens, importlib.util as u; c = qklens.Client(); print(c.pairs.top('m1', limit=1).pairs[0].head, " \
        "qklens.__file__, u.find_spec('numpy'))"
    head, file, numpy = run(python, "-c", script, QKLENS_SOCKET=daemon.socket, PYTHONPATH="").split()
    assert int(head) in range(4) and file.startswith(str(tmp_path)) and numpy == "None"
    assert (Path(file).parent / "py.typed").exists()
    script = "from qklens import Client, report; report.training(Client(), 'd1').write('there.html')"
    run(python, "-c", f"import os; os.chdir({str(tmp_path)!r}); {script}", QKLENS_SOCKET=daemon.socket, PYTHONPATH="")
    assert (tmp_path / "there.html").stat().st_size > SMALLEST_PAGE
