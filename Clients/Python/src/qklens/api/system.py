"""`system.*`: what the daemon's methods take and return.

Written by generate.py from the daemon's OpenRPC document; do not edit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List

from ..call import Call
from ..namespace import AsyncNamespace, Namespace
from ..record import Record


@dataclass(slots=True, kw_only=True, repr=False)
class SystemPing(Record):
    """The answer."""

    ok: bool
    """Always true."""


@dataclass(slots=True, kw_only=True, repr=False)
class PromptCacheFigures(Record):
    """How full the memory of recent prompts is, and what it has been good for."""

    prompts: int
    """How many prompts there are, each layer that was asked about counted."""
    bytes: int
    """What they take."""
    limit_bytes: int
    """What they may take."""
    hits: int
    """How many questions were answered without a forward pass."""
    misses: int
    """How many needed one."""


@dataclass(slots=True, kw_only=True, repr=False)
class Limits(Record):
    """What a client may ask of the service, as it is configured now."""

    message_bytes: int
    """The most bytes of one message, either way."""
    depth: int
    """The deepest nesting of one message."""
    values: int
    """The most values of one request, elements and members of all arrays and objects counted."""
    batch: int
    """The most requests in one batch."""
    requests_in_flight: int
    """The most requests of one client that run at once."""
    unread_bytes: int
    """The most bytes of replies that wait for one client to read them."""
    clients: int
    """The most clients at once."""
    unfinished_message_s: int
    """How long a message may stay unfinished."""
    waiting_jobs: int
    """The most jobs that wait."""


@dataclass(slots=True, kw_only=True, repr=False)
class SystemInfo(Record):
    """The service."""

    version: str
    """The version of the program."""
    api_version: int
    """Rises by one whenever a field is removed or changes its meaning. (at least 1)"""
    store_schema_version: int
    """The version of the store's layout."""
    capabilities: List[str]
    """What this build can do, by the first words of its methods' names."""
    uptime_s: float
    """Seconds since the service started."""
    pid: int
    """The service's process. (at least 1)"""
    prompt_cache: PromptCacheFigures
    """How full the memory of recent prompts is, and what it has been good for."""
    limits: Limits
    """What a client may ask of the service, as it is configured now."""

    decoders = {"prompt_cache": PromptCacheFigures.from_wire, "limits": Limits.from_wire}


@dataclass(slots=True, kw_only=True, repr=False)
class SystemMetrics(Record):
    """The figures."""

    content_type: str
    """The media type of the text."""
    text: str
    """The figures, one per line."""


def ping(*, deadline_ms: int | None = None) -> Call[SystemPing]:
    """Answers, and does nothing else."""
    return Call("system.ping", {"deadline_ms": deadline_ms}, SystemPing, is_repeatable=True)


def info(*, deadline_ms: int | None = None) -> Call[SystemInfo]:
    """Says which service this is and what it can do."""
    return Call("system.info", {"deadline_ms": deadline_ms}, SystemInfo, is_repeatable=True)


def metrics(*, deadline_ms: int | None = None) -> Call[SystemMetrics]:
    """Returns the service's figures in Prometheus's text format."""
    return Call("system.metrics", {"deadline_ms": deadline_ms}, SystemMetrics, is_repeatable=True)


class System(Namespace):
    """`system.*`, blocking."""

    def ping(self, *, deadline_ms: int | None = None) -> SystemPing:
        """Answers, and does nothing else.

        Touches neither a model nor the store: the time it takes is that of the connection alone.

        Args:
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)
        """
        return self._client.call(ping(deadline_ms=deadline_ms))

    def info(self, *, deadline_ms: int | None = None) -> SystemInfo:
        """Says which service this is and what it can do.

        Fields are only ever added; a removal raises api_version.

        Args:
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)
        """
        return self._client.call(info(deadline_ms=deadline_ms))

    def metrics(self, *, deadline_ms: int | None = None) -> SystemMetrics:
        """Returns the service's figures in Prometheus's text format.

        Requests by method and outcome with their durations, clients, bytes, jobs by state, the store, the memory of
        recent prompts, and the process. Counters begin at the service's start. `qklens system metrics` prints the text
        alone, for a file that node_exporter's textfile collector reads.

        Args:
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)
        """
        return self._client.call(metrics(deadline_ms=deadline_ms))


class AsyncSystem(AsyncNamespace):
    """`system.*` for asyncio; see `System`."""

    async def ping(self, *, deadline_ms: int | None = None) -> SystemPing:
        """Answers, and does nothing else."""
        return await self._client.call(ping(deadline_ms=deadline_ms))

    async def info(self, *, deadline_ms: int | None = None) -> SystemInfo:
        """Says which service this is and what it can do."""
        return await self._client.call(info(deadline_ms=deadline_ms))

    async def metrics(self, *, deadline_ms: int | None = None) -> SystemMetrics:
        """Returns the service's figures in Prometheus's text format."""
        return await self._client.call(metrics(deadline_ms=deadline_ms))
