"""A live daemon for the tests: $QKLENS_BIN holds the programs, .build/release unless set."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from qklens import Client, NotReachable

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "Clients" / "Python"
PROGRAMS = Path(os.environ.get("QKLENS_BIN", ROOT / ".build" / "release")).resolve()
PROMPT = "When John and Mary went to the store, John gave a drink to"
START_S = 20.0
# No test may hang, whatever it finds: after so long it fails.
LONGEST_TEST_S = 180
# A machine with more runnable processes per processor than this says nothing about speed.
OVERLOADED = 1.5


@pytest.fixture(autouse=True)
def limited() -> Iterator[None]:
    def expire(*_: object) -> None:
        raise TimeoutError(f"the test took more than {LONGEST_TEST_S} s")

    previous = signal.signal(signal.SIGALRM, expire)
    signal.alarm(LONGEST_TEST_S)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, previous)


FIGURES: list[str] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for figure in FIGURES:
        terminalreporter.write_line(figure)


def hold(figure: str, measured: float, bar: float) -> None:
    """Holds a measured time to its bar; on a machine that is busy with other things, says what it was instead."""
    FIGURES.append(f"{figure} (bar: {bar:g})")
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    if measured >= bar and load > OVERLOADED:
        pytest.skip(f"{figure}: above the bar of {bar:g}, with {load:.1f} runnable processes per processor")
    assert measured < bar


class Daemon:
    """The real `qklensd` on a directory and a socket of its own."""

    def __init__(self, *options: str) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="qklens-py-"))
        self.socket = str(self.home / "rpc.sock")
        self.options = options
        self.start()

    def start(self) -> None:
        command: list[str | Path] = [
            PROGRAMS / "qklensd", "--socket", self.socket, "--state-directory", self.home / "state", "--threads", "1",
            "--check-replies", *self.options,
        ]
        with open(self.home / "log", "ab") as log:
            self.process = subprocess.Popen(command, stderr=log, stdin=subprocess.DEVNULL)
        end = time.monotonic() + START_S
        while time.monotonic() < end and self.process.poll() is None:
            try:
                with Client(self.socket) as client:
                    client.system.ping()
                return
            except NotReachable:
                time.sleep(0.01)
        pytest.fail(f"qklensd did not answer: {(self.home / 'log').read_text()}")

    def kill(self, number: int = signal.SIGKILL) -> None:
        self.process.send_signal(number)
        self.process.wait()

    def client(self, **options: float) -> Client:
        return Client(self.socket, **options)  # type: ignore[arg-type]

    def end(self) -> None:
        if self.process.poll() is None:
            self.kill(signal.SIGTERM)
        shutil.rmtree(self.home, ignore_errors=True)


def train(client: Client) -> None:
    """A small dictionary d1, its map m1 and the map's examples: two seconds."""
    client.jobs.finish(client.dictionaries.train(
        [0], d_sae_query=[48], d_sae_key=[40], steps=60, learning_rate=0.01, held_out_contexts=8))
    client.jobs.finish(client.maps.train("d1", steps=30, batch_sequences=4, support_contexts=16, held_out_contexts=4))
    client.jobs.finish(client.examples.collect("m1", contexts=16))


@pytest.fixture(scope="session")
def daemon() -> Iterator[Daemon]:
    """One for all tests that only ask, with d1 and m1."""
    if not (PROGRAMS / "qklensd").exists():
        pytest.fail(f"there is no qklensd in {PROGRAMS}; build it, or set QKLENS_BIN")
    started = Daemon()
    with started.client() as client:
        train(client)
    yield started
    started.end()


@pytest.fixture()
def own_daemon() -> Iterator[Daemon]:
    """One that the test may kill."""
    started = Daemon("--checkpoint-interval-s", "0")
    yield started
    started.end()


@pytest.fixture()
def client(daemon: Daemon) -> Iterator[Client]:
    with daemon.client() as opened:
        yield opened


def start_long_job(client: Client) -> str:
    """A job that does not end by itself while a test runs."""
    job = client.dictionaries.train([0], d_sae_query=[16], d_sae_key=[16], steps=1_000_000, held_out_contexts=2).job
    assert job is not None
    return job.job
