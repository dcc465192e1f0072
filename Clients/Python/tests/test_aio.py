"""The asyncio client."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest
from conftest import PROMPT, Daemon

from qklens import AsyncClient, ConnectionLost, NotReachable, TimedOut, errors

LONG_S = 20.0


def run(body: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(LONG_S):
            await body()

    asyncio.run(limited())


async def long_job(client: AsyncClient) -> str:
    submitted = await client.dictionaries.train([0], d_sae_query=[16], d_sae_key=[16], steps=1_000_000, held_out_contexts=2)
    assert submitted.job is not None
    return submitted.job.job


def test_many_calls_run_side_by_side_on_one_connection(daemon: Daemon) -> None:
    async def body() -> None:
        async with AsyncClient(daemon.socket) as client:
            found = await asyncio.gather(*(client.tokens.encode(f"{number}") for number in range(500)))
            again = [await client.tokens.decode(each.tokens[1:]) for each in found[:20]]
            assert [each.text for each in again] == [f"{number}" for number in range(20)]
            assert client.generation == 1

    run(body)


def test_arrays_come_in_memory(daemon: Daemon) -> None:
    numpy = pytest.importorskip("numpy")

    async def body() -> None:
        async with AsyncClient(daemon.socket) as client:
            memory, lists = await asyncio.gather(
                client.attention.pattern(PROMPT, layer=0), client.attention.pattern(PROMPT, layer=0, tensors="json"))
            name = "blocks.0.attn.hook_pattern"
            numpy.testing.assert_allclose(memory.arrays[name], numpy.nan_to_num(lists.arrays[name]), rtol=1e-6, atol=1e-9)

    run(body)


def test_a_cancelled_task_cancels_its_call(own_daemon: Daemon) -> None:
    async def body() -> None:
        async with AsyncClient(own_daemon.socket) as client:
            job = await long_job(client)
            waiting = asyncio.create_task(client.jobs.wait(job))
            await client.system.ping()
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            async with AsyncClient(own_daemon.socket, timeout=0.2) as hasty:
                with pytest.raises(TimedOut):
                    await hasty.jobs.wait(job)
                assert (await hasty.system.ping()).ok and hasty.generation == 1
            text = (await client.system.metrics()).text
            assert 'qklens_requests_in_flight 1' in text or "in_flight" not in text
            with pytest.raises(errors.DeadlineExceeded):
                await client.jobs.wait(job, deadline_ms=50)
            await client.jobs.cancel(job)

    run(body)


def test_a_daemon_that_is_not_there_is_said_how_to_be_started(tmp_path: object) -> None:
    async def body() -> None:
        with pytest.raises(NotReachable, match="start it with"):
            async with AsyncClient(f"{tmp_path}/none.sock"):
                pass

    run(body)


def test_calls_and_followed_jobs_survive_a_restart(own_daemon: Daemon) -> None:
    async def body() -> None:
        async with AsyncClient(own_daemon.socket) as client:
            job = await long_job(client)
            attempts = 1
            async for state in client.jobs.follow(job):
                if attempts == 1 and state.progress is not None:
                    own_daemon.kill()
                    own_daemon.start()
                    attempts = 2
                elif attempts == 2 and state.attempts == 2:
                    await client.jobs.cancel(job)
                    attempts = 3
            assert (state.state, attempts) == ("cancelled", 3)

    run(body)


def test_killing_the_daemon_ends_every_call_in_a_clear_error(own_daemon: Daemon) -> None:
    async def body() -> None:
        async with AsyncClient(own_daemon.socket, reconnect_s=0.3) as client:
            job = await long_job(client)

            async def follow() -> None:
                async for _ in client.jobs.follow(job):
                    pass

            tasks = [asyncio.create_task(follow()), asyncio.create_task(client.jobs.wait(job))]
            await client.system.ping()
            start = time.monotonic()
            own_daemon.kill()
            found = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(isinstance(error, ConnectionLost | NotReachable) for error in found), found
            assert time.monotonic() - start < LONG_S / 2

    run(body)
