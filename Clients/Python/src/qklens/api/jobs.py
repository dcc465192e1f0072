"""`jobs.*`: what the daemon's methods take and return.

Written by generate.py from the daemon's OpenRPC document; do not edit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Literal

from ..call import Call
from ..namespace import AsyncNamespace, Namespace
from ..record import Record, Table, table_of
from .shared import Job


@dataclass(slots=True, kw_only=True, repr=False)
class JobsList(Record):
    """What `jobs.list` returns."""

    jobs: Table[Job]
    """The jobs."""
    next_cursor: str | None = None
    """Where the next page starts; absent on the last one."""

    decoders = {"jobs": table_of(Job)}


@dataclass(slots=True, kw_only=True, repr=False)
class JobsUnsubscribe(Record):
    """What `jobs.unsubscribe` returns."""

    unsubscribed: bool
    """Whether there was a subscription."""


@dataclass(slots=True, kw_only=True, repr=False)
class JobsMetrics(Record):
    """What `jobs.metrics` returns."""

    metrics: List[Dict[str, Any]]
    """The figures, in the order of the steps."""
    next_cursor: str
    """Where the next call goes on, also for figures that are not written yet."""


@dataclass(slots=True, kw_only=True, repr=False)
class JobsDelete(Record):
    """What `jobs.delete` returns."""

    job: str
    """The job's name."""


def list(
    *, state: Literal["queued", "running", "finished", "failed", "cancelled"] | None = None, limit: int | None = None,
    cursor: str | None = None, deadline_ms: int | None = None,
) -> Call[JobsList]:
    """Lists jobs, newest first."""
    return Call("jobs.list", {"state": state, "limit": limit, "cursor": cursor, "deadline_ms": deadline_ms}, JobsList, is_repeatable=True)


def get(job: str, *, deadline_ms: int | None = None) -> Call[Job]:
    """Describes one job."""
    return Call("jobs.get", {"job": job, "deadline_ms": deadline_ms}, Job, is_repeatable=True)


def cancel(job: str, *, deadline_ms: int | None = None) -> Call[Job]:
    """Cancels a queued or running job."""
    return Call("jobs.cancel", {"job": job, "deadline_ms": deadline_ms}, Job)


def wait(job: str, *, timeout_s: float | None = None, deadline_ms: int | None = None) -> Call[Job]:
    """Returns once a job has ended, however it has ended."""
    return Call("jobs.wait", {"job": job, "timeout_s": timeout_s, "deadline_ms": deadline_ms}, Job, is_repeatable=True)


def subscribe(job: str, *, deadline_ms: int | None = None) -> Call[Job]:
    """Returns a job and sends jobs.event notifications until it has ended."""
    return Call("jobs.subscribe", {"job": job, "deadline_ms": deadline_ms}, Job)


def unsubscribe(job: str, *, deadline_ms: int | None = None) -> Call[JobsUnsubscribe]:
    """Ends what jobs.subscribe has begun on this connection."""
    return Call("jobs.unsubscribe", {"job": job, "deadline_ms": deadline_ms}, JobsUnsubscribe)


def metrics(
    job: str, *, cursor: str | None = None, limit: int | None = None, deadline_ms: int | None = None,
) -> Call[JobsMetrics]:
    """The series of figures that a job has written."""
    return Call("jobs.metrics", {"job": job, "cursor": cursor, "limit": limit, "deadline_ms": deadline_ms}, JobsMetrics, is_repeatable=True)


def delete(job: str, *, deadline_ms: int | None = None) -> Call[JobsDelete]:
    """Deletes the record of an ended job."""
    return Call("jobs.delete", {"job": job, "deadline_ms": deadline_ms}, JobsDelete)


class Jobs(Namespace):
    """`jobs.*`, blocking."""

    def list(
        self, *, state: Literal["queued", "running", "finished", "failed", "cancelled"] | None = None, limit: int | None = None,
        cursor: str | None = None, deadline_ms: int | None = None,
    ) -> JobsList:
        """Lists jobs, newest first.

        Ended jobs stay until they are deleted.

        Args:
            state: Where the job stands.
            limit: How many entries at most. (1 to 1000; default: 20)
            cursor: Where the page before this one ended: its next_cursor.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            CursorInvalid.
        """
        return self._client.call(list(state=state, limit=limit, cursor=cursor, deadline_ms=deadline_ms))

    def get(self, job: str, *, deadline_ms: int | None = None) -> Job:
        """Describes one job.

        Progress is at most a second old.

        Args:
            job: The job's name, as in j1.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            JobNotFound.
        """
        return self._client.call(get(job, deadline_ms=deadline_ms))

    def cancel(self, job: str, *, deadline_ms: int | None = None) -> Job:
        """Cancels a queued or running job.

        Only the user who started the job, or root. A running job ends at its next step.

        Args:
            job: The job's name, as in j1.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            JobNotFound, JobAlreadyFinished, PermissionDenied.
        """
        return self._client.call(cancel(job, deadline_ms=deadline_ms))

    def wait(
        self, job: str, *, timeout_s: float | None = None, deadline_ms: int | None = None,
    ) -> Job:
        """Returns once a job has ended, however it has ended.

        With a timeout the call fails with deadline_exceeded if the job has not ended by then; the job goes on.

        Args:
            job: The job's name, as in j1.
            timeout_s: How long to wait at most, in seconds; for ever if absent.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            JobNotFound.
        """
        return self._client.call(wait(job, timeout_s=timeout_s, deadline_ms=deadline_ms))

    def subscribe(self, job: str, *, deadline_ms: int | None = None) -> Job:
        """Returns a job and sends jobs.event notifications until it has ended.

        Each notification carries {"job": JobInfo}; they come on the same connection, the last one with the ended state.
        A job that has ended already sends none. A client that does not keep up misses states in between, never the
        newest. A second subscription to the same job changes nothing; jobs.unsubscribe or the end of the connection
        ends it.

        Args:
            job: The job's name, as in j1.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            JobNotFound.
        """
        return self._client.call(subscribe(job, deadline_ms=deadline_ms))

    def unsubscribe(self, job: str, *, deadline_ms: int | None = None) -> JobsUnsubscribe:
        """Ends what jobs.subscribe has begun on this connection.

        A jobs.event that is on its way already may still arrive.

        Args:
            job: The job's name, as in j1.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)
        """
        return self._client.call(unsubscribe(job, deadline_ms=deadline_ms))

    def metrics(
        self, job: str, *, cursor: str | None = None, limit: int | None = None, deadline_ms: int | None = None,
    ) -> JobsMetrics:
        """The series of figures that a job has written.

        One object for every metrics_every-th step and dictionary, under SAELens's names; the two sides' figures end in
        _query and _key. A series never depends on interruptions. To follow one, ask again with next_cursor after each
        jobs.event.

        Args:
            job: The job's name, as in j1.
            cursor: Where the call before this one ended: its next_cursor; the beginning if absent.
            limit: How many lines at most. (1 to 10000; default: 1000)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            JobNotFound, CursorInvalid.
        """
        return self._client.call(metrics(job, cursor=cursor, limit=limit, deadline_ms=deadline_ms))

    def delete(self, job: str, *, deadline_ms: int | None = None) -> JobsDelete:
        """Deletes the record of an ended job.

        What the job has made stays. Only the user who started it, or root.

        Args:
            job: The job's name, as in j1.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            JobNotFound, JobNotFinished, PermissionDenied.
        """
        return self._client.call(delete(job, deadline_ms=deadline_ms))


class AsyncJobs(AsyncNamespace):
    """`jobs.*` for asyncio; see `Jobs`."""

    async def list(
        self, *, state: Literal["queued", "running", "finished", "failed", "cancelled"] | None = None, limit: int | None = None,
        cursor: str | None = None, deadline_ms: int | None = None,
    ) -> JobsList:
        """Lists jobs, newest first."""
        return await self._client.call(list(state=state, limit=limit, cursor=cursor, deadline_ms=deadline_ms))

    async def get(self, job: str, *, deadline_ms: int | None = None) -> Job:
        """Describes one job."""
        return await self._client.call(get(job, deadline_ms=deadline_ms))

    async def cancel(self, job: str, *, deadline_ms: int | None = None) -> Job:
        """Cancels a queued or running job."""
        return await self._client.call(cancel(job, deadline_ms=deadline_ms))

    async def wait(
        self, job: str, *, timeout_s: float | None = None, deadline_ms: int | None = None,
    ) -> Job:
        """Returns once a job has ended, however it has ended."""
        return await self._client.call(wait(job, timeout_s=timeout_s, deadline_ms=deadline_ms))

    async def subscribe(self, job: str, *, deadline_ms: int | None = None) -> Job:
        """Returns a job and sends jobs.event notifications until it has ended."""
        return await self._client.call(subscribe(job, deadline_ms=deadline_ms))

    async def unsubscribe(self, job: str, *, deadline_ms: int | None = None) -> JobsUnsubscribe:
        """Ends what jobs.subscribe has begun on this connection."""
        return await self._client.call(unsubscribe(job, deadline_ms=deadline_ms))

    async def metrics(
        self, job: str, *, cursor: str | None = None, limit: int | None = None, deadline_ms: int | None = None,
    ) -> JobsMetrics:
        """The series of figures that a job has written."""
        return await self._client.call(metrics(job, cursor=cursor, limit=limit, deadline_ms=deadline_ms))

    async def delete(self, job: str, *, deadline_ms: int | None = None) -> JobsDelete:
        """Deletes the record of an ended job."""
        return await self._client.call(delete(job, deadline_ms=deadline_ms))
