"""`store.*`: what the daemon's methods take and return.

Written by generate.py from the daemon's OpenRPC document; do not edit."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from typing import Dict

from ..call import Call
from ..namespace import AsyncNamespace, Namespace
from ..record import Record, Table, table_of


@dataclass(slots=True, kw_only=True, repr=False)
class StoreStats(Record):
    """The store."""

    directory: str
    """The store's directory."""
    schema_version: int
    """The version of its layout."""
    file_bytes: int
    """Bytes of its file, which never shrinks; freed pages are used again."""
    used_bytes: int
    """Bytes of pages that hold data."""
    free_bytes: int
    """Bytes of pages that wait to be used again."""
    disk_available_bytes: int
    """Bytes that its file system has left."""
    records: Dict[str, int]
    """Records by table."""
    readers: int
    """Open read transactions of all processes."""
    oldest_reader_transactions: int
    """Write transactions since the state that the oldest reader sees."""


@dataclass(slots=True, kw_only=True, repr=False)
class StoreVerifyFinding(Record):
    """One piece of damage."""

    table: str
    """The table."""
    key: str
    """The record."""
    what: str
    """What is wrong with it."""
    advice: str
    """What can be done about it."""


@dataclass(slots=True, kw_only=True, repr=False)
class StoreVerify(Record):
    """What was found."""

    sound: bool
    """Whether nothing is damaged."""
    records: int
    """Records read."""
    bytes: int
    """Bytes of their keys and values."""
    findings: Table[StoreVerifyFinding]
    """The damage."""

    decoders = {"findings": table_of(StoreVerifyFinding)}


@dataclass(slots=True, kw_only=True, repr=False)
class StoreBackup(Record):
    """The file."""

    path: str
    """The file."""
    bytes: int
    """Its size."""


def stats(*, deadline_ms: int | None = None) -> Call[StoreStats]:
    """Says how large the store is and who reads it."""
    return Call("store.stats", {"deadline_ms": deadline_ms}, StoreStats, is_repeatable=True)


def verify(*, deadline_ms: int | None = None) -> Call[StoreVerify]:
    """Reads the whole store and reports what is damaged."""
    return Call("store.verify", {"deadline_ms": deadline_ms}, StoreVerify, is_repeatable=True)


def backup(path: str | PathLike[str], *, deadline_ms: int | None = None) -> Call[StoreBackup]:
    """Writes the store's state at one moment to a file."""
    return Call("store.backup", {"path": path, "deadline_ms": deadline_ms}, StoreBackup)


class Store(Namespace):
    """`store.*`, blocking."""

    def stats(self, *, deadline_ms: int | None = None) -> StoreStats:
        """Says how large the store is and who reads it.

        Activation caches and the files of running jobs lie beside the store and are not counted.

        Args:
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)
        """
        return self._client.call(stats(deadline_ms=deadline_ms))

    def verify(self, *, deadline_ms: int | None = None) -> StoreVerify:
        """Reads the whole store and reports what is damaged.

        Every record's checksum, every tensor's pieces, every map's counts; about a second per GB, beside other calls.
        Changes nothing. Reads are in many short transactions: what is written meanwhile may or may not be seen.

        Args:
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)
        """
        return self._client.call(verify(deadline_ms=deadline_ms))

    def backup(self, path: str | PathLike[str], *, deadline_ms: int | None = None) -> StoreBackup:
        """Writes the store's state at one moment to a file.

        Models' names, dictionaries, maps, examples and jobs; not the activation caches, which can be made again, nor
        the checkpoints of running jobs. The file holds no free pages; it appears when it is whole. Other calls go on
        meanwhile. To bring one back, stop the service and run `qklensd --restore FILE`.

        Args:
            path: The file to write, an absolute path that is not there yet.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            PathRefused, FileExists, FileUnwritable.
        """
        return self._client.call(backup(path, deadline_ms=deadline_ms))


class AsyncStore(AsyncNamespace):
    """`store.*` for asyncio; see `Store`."""

    async def stats(self, *, deadline_ms: int | None = None) -> StoreStats:
        """Says how large the store is and who reads it."""
        return await self._client.call(stats(deadline_ms=deadline_ms))

    async def verify(self, *, deadline_ms: int | None = None) -> StoreVerify:
        """Reads the whole store and reports what is damaged."""
        return await self._client.call(verify(deadline_ms=deadline_ms))

    async def backup(self, path: str | PathLike[str], *, deadline_ms: int | None = None) -> StoreBackup:
        """Writes the store's state at one moment to a file."""
        return await self._client.call(backup(path, deadline_ms=deadline_ms))
