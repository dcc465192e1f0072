"""The blocking client: limits, errors, and a daemon that goes away."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from conftest import PACKAGE, PROMPT, Daemon, hold, start_long_job

from qklens import AsyncClient, Client, ConnectionLost, Detached, JobEnded, NotReachable, TimedOut, errors
from qklens.api import jobs, pairs, system
from qklens.api.interventions import Edit

# What a test waits for at most, and what no answer may take: a hang is what it would be.
LONG_S = 20.0
LOOKUPS_S = 2.0


def test_a_daemon_that_is_not_there_is_said_how_to_be_started(tmp_path: Path) -> None:
    with pytest.raises(NotReachable, match=r"systemctl --user start qklensd.socket|qklensd &"):
        Client(str(tmp_path / "none.sock"))


def test_the_socket_is_found_as_the_command_finds_it(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QKLENS_SOCKET", daemon.socket)
    with Client() as client:
        assert client.system.ping().ok
    monkeypatch.delenv("QKLENS_SOCKET")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/nowhere")
    with pytest.raises(NotReachable, match="/nowhere/qklens/rpc.sock"):
        Client()


def test_a_path_too_long_for_an_address_is_reached(daemon: Daemon, tmp_path: Path) -> None:
    folder = tmp_path / ("d" * 120)
    folder.mkdir()
    os.symlink(daemon.socket, folder / "rpc.sock")
    with Client(str(folder / "rpc.sock")) as client:
        assert client.system.ping().ok


def test_an_error_is_its_kinds_class_with_its_facts(client: Client) -> None:
    with pytest.raises(errors.FeatureOutOfRange) as caught:
        client.pairs.lookup("m1", 70_000, 0)
    assert (caught.value.kind, caught.value.code, caught.value.facts["feature"]) == ("feature_out_of_range", 1203, 70_000)
    with pytest.raises(LookupError):
        client.maps.get("m99")
    with pytest.raises(errors.MethodNotFound):
        client.request("pairs.nothing")
    with pytest.raises(errors.InvalidParams, match="quary"):
        client.request("pairs.lookup", map="m1", query_feature=1, key_feature=1, quary=1)


def test_errors_survive_a_process_boundary(client: Client) -> None:
    with pytest.raises(errors.FeatureOutOfRange) as caught:
        client.pairs.lookup("m1", 70_000, 0)
    others = [ConnectionLost("jobs.wait", False), NotReachable("/x", 2), TimedOut("f", 1), JobEnded("j1", "failed", "?")]
    for error in [caught.value, *others]:
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error) and str(again) == str(error) and again.__dict__ == error.__dict__


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_has_a_connection_of_its_own(client: Client) -> None:
    client.system.ping()
    child = os.fork()
    if child == 0:
        found = [client.tokens.encode(str(number)).tokens for number in range(100)]
        os._exit(0 if len(found) == 100 else 1)
    assert [client.tokens.decode(client.tokens.encode(f"x{number}").tokens[1:]).text for number in range(100)] == [
        f"x{number}" for number in range(100)
    ]
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert client._channel.generation == 1


def test_nested_parameters_are_dataclasses_or_dictionaries(client: Client) -> None:
    top = client.pairs.top("m1", limit=1).pairs[0]
    edit = Edit(target="pair", query_feature=top.query_feature, key_feature=top.key_feature, heads=[top.head])
    run = client.interventions.run([edit], map="m1", text=PROMPT)
    again = client.interventions.run([edit.to_wire()], map="m1", text=PROMPT)
    assert run == again and run.tokens > 10


def test_ten_thousand_lookups_take_two_seconds(client: Client) -> None:
    top = client.pairs.top("m1", limit=100).pairs
    wanted = [(entry.query_feature, entry.key_feature) for entry in top] * 100
    took = []
    for _ in range(3):
        start = time.perf_counter()
        found = client.gather(pairs.lookup("m1", query, key) for query, key in wanted)
        took.append(time.perf_counter() - start)
        assert [(each.query_feature, each.key_feature) for each in found] == wanted
    batch = client.pairs.lookup_batch("m1", wanted)
    assert sum(batch.entries) == sum(len(each.heads) for each in found)
    start = time.perf_counter()
    for query, key in wanted:
        client.pairs.lookup("m1", query, key)
    loop = time.perf_counter() - start
    hold(f"10,000 lookups: pipelined {min(took):.2f} s, one after the other {loop:.2f} s", min(*took, loop), LOOKUPS_S)


def test_gather_returns_errors_in_their_places(client: Client) -> None:
    calls = [pairs.lookup("m1", 0, 0), pairs.lookup("m1", 70_000, 0), pairs.lookup("m1", 1, 0)]
    found = client.gather(calls, return_errors=True)
    assert isinstance(found[1], errors.FeatureOutOfRange) and found[2].query_feature == 1
    with pytest.raises(errors.FeatureOutOfRange):
        client.gather(calls)
    assert client.gather([]) == [] and client.system.ping().ok


def test_a_timeout_is_the_clients_and_a_deadline_the_daemons(own_daemon: Daemon) -> None:
    with own_daemon.client() as client:
        job = start_long_job(client)
        with pytest.raises(TimedOut, match="0.2 s"):
            client.within(0.2).jobs.wait(job)
        assert client.system.ping().ok
        with pytest.raises(errors.DeadlineExceeded):
            client.within(deadline_ms=100).jobs.wait(job)
        client.jobs.cancel(job)
        with pytest.raises(JobEnded, match="was cancelled"):
            client.jobs.finish(job)


def test_another_thread_cancels_the_running_call(own_daemon: Daemon) -> None:
    with own_daemon.client() as client:
        job = start_long_job(client)
        assert not client.cancel()

        def cancel() -> None:
            while not client.cancel():
                time.sleep(0.01)

        thread = threading.Thread(target=cancel)
        thread.start()
        try:
            with pytest.raises(errors.Cancelled):
                client.jobs.wait(job)
        finally:
            thread.join()
        assert client.system.ping().ok
        client.jobs.cancel(job)


def test_calls_go_on_after_the_daemon_was_restarted(own_daemon: Daemon) -> None:
    with own_daemon.client() as client:
        client.system.ping()
        own_daemon.kill()
        own_daemon.start()
        assert client.tokens.encode("hi").tokens
        own_daemon.kill()
        own_daemon.start()
        # What had not been sent when the daemon went is not lost either, whatever it does.
        assert client.dictionaries.train([0], steps=10, dry_run=True).estimate.steps == 10
        own_daemon.kill()
        own_daemon.start()
        assert len(client.gather(system.ping() for _ in range(100))) == 100


def test_a_reading_call_is_sent_again_and_any_other_raises(own_daemon: Daemon) -> None:
    with own_daemon.client() as client:
        job = start_long_job(client)

        def restart() -> None:
            time.sleep(0.3)
            own_daemon.kill()
            own_daemon.start()

        thread = threading.Thread(target=restart)
        thread.start()
        # jobs.wait reads: it waits on at the daemon that has come back, until its own limit.
        with pytest.raises(errors.DeadlineExceeded):
            client.jobs.wait(job, timeout_s=2)
        thread.join()
        thread = threading.Thread(target=restart)
        thread.start()
        waiting = jobs.wait(job)
        waiting.is_repeatable = False
        with pytest.raises(ConnectionLost, match="not sent again"):
            client.call(waiting)
        thread.join()
        client.jobs.cancel(job)


def test_a_followed_job_goes_on_with_the_daemon_that_comes_back(own_daemon: Daemon) -> None:
    with own_daemon.client() as client:
        job = start_long_job(client)
        seen = iter(client.jobs.follow(job, timeout=LONG_S))
        # Its first attempt has begun once there is progress.
        assert next(state for state in seen if state.progress is not None).job == job
        own_daemon.kill()
        own_daemon.start()
        attempts = next(state.attempts for state in seen if state.state == "running" and state.attempts > 1)
        assert attempts == 2
        client.jobs.cancel(job)
        assert [state.state for state in seen][-1] == "cancelled"


def test_killing_the_daemon_during_a_follow_ends_in_a_clear_error(own_daemon: Daemon) -> None:
    with own_daemon.client(reconnect_s=0.5) as client:
        job = start_long_job(client)
        start = 0.0
        with pytest.raises(ConnectionLost, match=r"did not come back.*start it with"):
            for _ in client.jobs.follow(job):
                if not start:
                    own_daemon.kill()
                    start = time.monotonic()
        assert time.monotonic() - start < LONG_S
        # The client itself stays usable.
        own_daemon.start()
        assert client.system.ping().ok
        client.jobs.cancel(job)


def test_other_calls_are_made_while_a_job_is_followed(own_daemon: Daemon) -> None:
    with own_daemon.client() as client:
        job = start_long_job(client)
        for number, state in enumerate(client.jobs.follow(job)):
            assert client.jobs.get(job).job == state.job
            if number == 3:
                client.jobs.cancel(job)
        assert state.state == "cancelled"


def test_a_loop_that_is_left_unsubscribes(own_daemon: Daemon) -> None:
    with own_daemon.client() as client:
        job = start_long_job(client)
        following = client.jobs.follow(job)
        next(following)
        following.close()
        assert not client.jobs.unsubscribe(job).unsubscribed
        client.jobs.cancel(job)


def test_control_c_detaches_and_says_how_to_attach_again(own_daemon: Daemon) -> None:
    with own_daemon.client() as client:
        job = start_long_job(client)
        script = f"from qklens import Client\nClient({own_daemon.socket!r}).jobs.finish({job!r}, progress=True)"
        process = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True, cwd=PACKAGE / "src")
        # The bar is there once the job is followed.
        assert process.stderr is not None and process.stderr.read(1 + len(job)).strip() == job
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=LONG_S)
        assert f"detached from {job}, which goes on; jobs.follow('{job}') attaches again" in complaint, complaint
        assert client.jobs.get(job).state in ("queued", "running")
        client.jobs.cancel(job)
    assert issubclass(Detached, KeyboardInterrupt)


def test_pages_follow_the_cursor_to_the_end(client: Client) -> None:
    wanted = client.pairs.top("m1", limit=50).pairs
    found = [entry for page in client.pages(pairs.top("m1", limit=7)) for entry in page.pairs]
    assert found[:50] == wanted and len(found) == client.maps.get("m1").surviving_entries
    # A series that may still grow has a cursor on its last page too.
    assert sum(len(page.metrics) for page in client.pages(jobs.metrics("j1", limit=10))) == len(client.jobs.metrics("j1").metrics) > 10


def test_a_closed_client_connects_again(daemon: Daemon) -> None:
    client = daemon.client()
    client.close()
    assert client.system.ping().ok
    client.close()


def test_a_daemon_that_does_not_answer_is_not_waited_for_longer_than_told(own_daemon: Daemon) -> None:
    with own_daemon.client() as client:
        job = start_long_job(client)
        following = client.jobs.follow(job, timeout=0.3)
        next(following)
        own_daemon.process.send_signal(signal.SIGSTOP)
        try:
            with pytest.raises(TimedOut, match="jobs.event"):
                for _ in following:
                    pass
            with pytest.raises(TimedOut, match="system.ping"):
                client.within(0.3).system.ping()
            with pytest.raises(TimedOut):
                client.within(0.3).gather(system.ping() for _ in range(1000))
        finally:
            own_daemon.process.send_signal(signal.SIGCONT)
        assert client.system.ping().ok
        client.jobs.cancel(job)


def test_a_daemon_that_takes_no_more_clients_says_so() -> None:
    daemon = Daemon("--max-clients", "1")
    try:
        # The fixture's own connection may not have been noticed to be gone yet.
        with daemon.client() as client:
            while True:
                try:
                    client.system.ping()
                    break
                except errors.Busy:
                    time.sleep(0.01)
            with daemon.client() as other, pytest.raises(errors.Busy):
                other.system.ping()

            async def ask() -> None:
                async with AsyncClient(daemon.socket) as later:
                    await later.system.ping()

            with pytest.raises(errors.Busy):
                asyncio.run(ask())
    finally:
        daemon.end()
