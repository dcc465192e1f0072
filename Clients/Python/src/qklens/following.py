"""Jobs as iterators: `for job in client.jobs.follow("j3")` yields each state until the last one.

1. A subscription belongs to a connection. If that ends (the daemon was restarted, or another call timed out), the job is subscribed to
   again: jobs survive their daemon. If no daemon is there in time, `ConnectionLost` says so.
2. Ctrl-C detaches, and says how to attach again: the job goes on.
3. With tqdm installed and a terminal or a notebook to show it, a bar shows the steps, a new one for each stage.
"""

from __future__ import annotations

import importlib.util
import sys
from collections import deque
from collections.abc import AsyncGenerator, Generator
from typing import Any, Protocol

from .api import jobs as api
from .api.shared import Job, JobSubmission
from .channel import Broken
from .failures import Detached, JobEnded, QKLensError

# What stands behind a bar: these first, and not more than so many.
FIGURES, MOST_FIGURES = frozenset(["losses/overall_loss", "metrics/l0_query", "metrics/l0_key", "metrics/entries"]), 3
ENDED = frozenset(["finished", "failed", "cancelled"])


def name_of(job: str | Job | JobSubmission) -> str:
    """A job's name, of whatever names it."""
    if isinstance(job, JobSubmission):
        if job.job is None:
            raise QKLensError("a dry run starts no job")
        return job.job.job
    return job.job if isinstance(job, Job) else job


def finished(job: Job) -> Job:
    """An ended job that has a result; one that has none is raised."""
    if job.state != "finished":
        raise JobEnded(job.job, job.state, job.error)
    return job


class Jobs(api.Jobs):
    """`jobs.*`, and jobs as iterators."""

    __slots__ = ()

    def follow(
        self, job: str | Job | JobSubmission, *, progress: bool | None = None, timeout: float | None = None
    ) -> Generator[Job, None, None]:
        """Yields a job as it stands, and again with each change, until it has ended.

        Args:
            job: Its name, or what started it: `client.jobs.follow(client.dictionaries.train(0))`.
            progress: Whether a bar is shown; None for where it can be.
            timeout: The longest silence, in seconds; `TimedOut` after it.

        Raises:
            JobNotFound: There is no such job.
            ConnectionLost: The daemon went away and did not come back within the client's `reconnect_s`.
            Detached: Ctrl-C while it waits; the job goes on. (In the loop's own body Ctrl-C is Python's, and the job goes on too.)
        """
        name, channel = name_of(job), self._client._channel
        bar = _Bar(name, progress)
        generation = -1
        try:
            while True:
                if generation != channel.generation or name not in channel.events:
                    state = self.subscribe(name)
                    generation = channel.generation
                    channel.events[name] = deque()
                else:
                    try:
                        state = Job.from_wire(channel.event(name, timeout))
                    except Broken:
                        continue
                bar.show(state)
                yield state
                if state.state in ENDED:
                    return
        except KeyboardInterrupt:
            raise Detached(name) from None
        finally:
            bar.close()
            if generation == channel.generation and channel.events.pop(name, None) is not None:
                self._unsubscribe_quietly(name)

    def finish(self, job: str | Job | JobSubmission, *, progress: bool | None = None) -> Job:
        """Follows a job to its end and returns it with its result.

        Raises:
            JobEnded: It has failed, and the message says why, or was cancelled.
            Detached: Ctrl-C; the job goes on.
        """
        last: Job | None = None
        try:
            for last in self.follow(job, progress=progress):
                pass
        except KeyboardInterrupt:
            raise Detached(name_of(job)) from None
        assert last is not None
        return finished(last)

    def _unsubscribe_quietly(self, name: str) -> None:
        # After an interruption the connection is closed, and with it the subscription.
        try:
            self.unsubscribe(name)
        except QKLensError:
            pass


class AsyncJobs(api.AsyncJobs):
    """`jobs.*` for asyncio, and jobs as asynchronous iterators."""

    __slots__ = ()

    async def follow(
        self, job: str | Job | JobSubmission, *, progress: bool | None = None, timeout: float | None = None
    ) -> AsyncGenerator[Job, None]:
        """As `Jobs.follow`: `async for state in client.jobs.follow("j3")`. Cancelling the task detaches."""
        name, client = name_of(job), self._client
        bar = _Bar(name, progress)
        generation = -1
        try:
            while True:
                if generation != client.generation or name not in client.events:
                    # Before the call: events may come with the same bytes as its reply.
                    await client._open(client.reconnect_s if client.generation else 0)
                    generation = client.generation
                    client.events.setdefault(name, deque())
                    state = await self.subscribe(name)
                    if generation != client.generation:
                        continue
                else:
                    try:
                        state = Job.from_wire(await client.event(name, timeout))
                    except Broken:
                        continue
                bar.show(state)
                yield state
                if state.state in ENDED:
                    return
        finally:
            bar.close()
            client.events.pop(name, None)

    async def finish(self, job: str | Job | JobSubmission, *, progress: bool | None = None) -> Job:
        """As `Jobs.finish`."""
        last: Job | None = None
        async for last in self.follow(job, progress=progress):
            pass
        assert last is not None
        return finished(last)


class _Shown(Protocol):
    """What is used of tqdm."""

    n: int

    def set_postfix(self, ordered: dict[str, str], refresh: bool) -> None: ...
    def refresh(self) -> object: ...
    def close(self) -> object: ...


class _Bar:
    """A bar where one can be shown, else nothing."""

    def __init__(self, job: str, wanted: bool | None) -> None:
        self._job, self._stage = job, ""
        self._bar: _Shown | None = None
        self._is_shown = importlib.util.find_spec("tqdm") is not None if wanted else wanted is None and _can_show()

    def show(self, state: Job) -> None:
        if not self._is_shown or state.progress is None:
            return
        progress = state.progress
        if self._bar is None or progress.stage != self._stage:
            self.close()
            self._stage = progress.stage
            self._bar = _new_bar(progress.of, f"{self._job} {progress.stage}")
        self._bar.n = progress.step
        shown = sorted(progress.metrics, key=lambda name: (name not in FIGURES, name))[:MOST_FIGURES]
        self._bar.set_postfix({name.split("/")[-1]: f"{progress.metrics[name]:.4g}" for name in shown}, refresh=False)
        self._bar.refresh()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def _can_show() -> bool:
    is_notebook = "ipykernel" in sys.modules
    return (is_notebook or sys.stderr.isatty()) and importlib.util.find_spec("tqdm") is not None


def _new_bar(total: int, description: str) -> _Shown:
    # tqdm.notebook wants ipywidgets; the bar of text is readable in a notebook without.
    from tqdm import tqdm

    bar: Any = tqdm(total=total, desc=description, leave=True)
    shown: _Shown = bar
    return shown
