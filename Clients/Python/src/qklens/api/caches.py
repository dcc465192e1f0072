"""`caches.*`: what the daemon's methods take and return.

Written by generate.py from the daemon's OpenRPC document; do not edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Literal

from ..call import Call
from ..namespace import AsyncNamespace, Namespace
from ..record import Record, Table, table_of
from .shared import JobSubmission


@dataclass(slots=True, kw_only=True, repr=False)
class CachedActivation(Record):
    """One activation of a cache."""

    name: str
    """Its name."""
    width: int
    """Numbers per position: all axes but contexts and positions together."""


@dataclass(slots=True, kw_only=True, repr=False)
class Cache(Record):
    """An activation cache."""

    cache: str
    """Its name, as in c1: that of the job that made it, with another letter."""
    model: str
    """The model whose activations they are."""
    model_fingerprint: str
    """The model's fingerprint."""
    corpus: str
    """The text."""
    text_field: str | None = None
    """Which field of a .jsonl file's objects is the text; text if absent."""
    activations: Table[CachedActivation]
    """The activations."""
    context: int
    """The length of a context."""
    contexts: int
    """How many contexts."""
    dtype: Literal["float16", "float32"]
    """How numbers are kept: half precision, rounded to nearest, or single, exact."""
    disk_bytes: int
    """The size of its file, in bytes."""
    path: str
    """Its directory."""
    created_ms: int
    """When it was finished (milliseconds since 1970)."""
    job: str
    """The job that made it."""
    owner_uid: int
    """The user who made it, and may delete it."""

    decoders = {"activations": table_of(CachedActivation)}


@dataclass(slots=True, kw_only=True, repr=False)
class CachesList(Record):
    """What `caches.list` returns."""

    caches: Table[Cache]
    """The caches."""
    next_cursor: str | None = None
    """Where the next page starts; absent on the last one."""

    decoders = {"caches": table_of(Cache)}


@dataclass(slots=True, kw_only=True, repr=False)
class CachesDelete(Record):
    """What `caches.delete` returns."""

    cache: str
    """The cache's name."""
    freed_bytes: int
    """The bytes that its file had."""


def list(
    *, model: str | None = None, limit: int | None = None, cursor: str | None = None, deadline_ms: int | None = None,
) -> Call[CachesList]:
    """Lists activation caches, newest first."""
    return Call("caches.list", {"model": model, "limit": limit, "cursor": cursor, "deadline_ms": deadline_ms}, CachesList, is_repeatable=True)


def get(cache: str, *, deadline_ms: int | None = None) -> Call[Cache]:
    """Describes one activation cache."""
    return Call("caches.get", {"cache": cache, "deadline_ms": deadline_ms}, Cache, is_repeatable=True)


def create(
    activations: Sequence[str], *, model: str | None = None, corpus: str | PathLike[str] | None = None,
    text_field: str | None = None, context: int | None = None, contexts: int | None = None,
    dtype: Literal["float16", "float32"] | None = None, batch_sequences: int | None = None, dry_run: bool | None = None,
    deadline_ms: int | None = None,
) -> Call[JobSubmission]:
    """Queues the writing of activations to disk."""
    return Call("caches.create", {
        "activations": activations, "model": model, "corpus": corpus, "text_field": text_field, "context": context,
        "contexts": contexts, "dtype": dtype, "batch_sequences": batch_sequences, "dry_run": dry_run,
        "deadline_ms": deadline_ms,
    }, JobSubmission)


def delete(cache: str, *, deadline_ms: int | None = None) -> Call[CachesDelete]:
    """Deletes an activation cache."""
    return Call("caches.delete", {"cache": cache, "deadline_ms": deadline_ms}, CachesDelete)


class Caches(Namespace):
    """`caches.*`, blocking."""

    def list(
        self, *, model: str | None = None, limit: int | None = None, cursor: str | None = None, deadline_ms: int | None = None,
    ) -> CachesList:
        """Lists activation caches, newest first.

        A cache appears once its job has finished, whole.

        Args:
            model: Only those of this model.
            limit: How many entries at most. (1 to 1000; default: 20)
            cursor: Where the page before this one ended: its next_cursor.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            CursorInvalid.
        """
        return self._client.call(list(model=model, limit=limit, cursor=cursor, deadline_ms=deadline_ms))

    def get(self, cache: str, *, deadline_ms: int | None = None) -> Cache:
        """Describes one activation cache.

        A cache never changes once it is there.

        Args:
            cache: The cache, as in c1.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            CacheNotFound.
        """
        return self._client.call(get(cache, deadline_ms=deadline_ms))

    def create(
        self, activations: Sequence[str], *, model: str | None = None, corpus: str | PathLike[str] | None = None,
        text_field: str | None = None, context: int | None = None, contexts: int | None = None,
        dtype: Literal["float16", "float32"] | None = None, batch_sequences: int | None = None, dry_run: bool | None = None,
        deadline_ms: int | None = None,
    ) -> JobSubmission:
        """Queues the writing of activations to disk.

        Returns once the job is on disk. The activations must have one row per position; any number of them is written
        in one pass over the text. An interrupted job goes on behind the last context that it has written. The cache
        appears when the job has finished. The estimate's disk_bytes are exact to a few pages where the number of
        contexts is known: it is counted in a text of up to 4 MiB, and reckoned from the first 4 MiB of a longer one,
        but is at most contexts.

        Args:
            activations: Which activations, by TransformerLens's names, as in blocks.0.ln1.hook_x.
            model: A resident model's name; the embedded model if absent.
            corpus: The path of a .txt file (one document per line), a .jsonl file (one JSON object per line) or a .npy
                file of token ids, or demo for the embedded model's text; demo, for that model only if absent. Users
                other than the service's own and root may name what lies beneath its client roots.
            text_field: Which field of a .jsonl file's objects is the text; text if absent.
            context: The length of a context in tokens; the model's own, at most 256, if absent. (2 to 1024)
            contexts: How many contexts at most; all of the text if absent. (1 to 1000000000)
            dtype: How numbers are kept: half precision, rounded to nearest, or single, exact. (default: "float16")
            batch_sequences: How many contexts go through the model at once. (1 to 4096; default: 16)
            dry_run: Whether only to check everything and to estimate. (default: false)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, LayerOutOfRange, UnknownActivation, FileNotFound, TextUnreadable, PathRefused,
            TokenOutOfRange, TextEmpty, TextTooLong, OutOfMemory, ModelUnreadable, ModelUnsupported,
            TokenizerUnreadable.
        """
        return self._client.call(create(
            activations, model=model, corpus=corpus, text_field=text_field, context=context, contexts=contexts, dtype=dtype,
            batch_sequences=batch_sequences, dry_run=dry_run, deadline_ms=deadline_ms,
        ))

    def delete(self, cache: str, *, deadline_ms: int | None = None) -> CachesDelete:
        """Deletes an activation cache.

        Only its owner and root may. The disk is free when this returns. Refused while a job that waits or runs reads
        from it.

        Args:
            cache: The cache, as in c1.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            CacheNotFound, CacheInUse, PermissionDenied.
        """
        return self._client.call(delete(cache, deadline_ms=deadline_ms))


class AsyncCaches(AsyncNamespace):
    """`caches.*` for asyncio; see `Caches`."""

    async def list(
        self, *, model: str | None = None, limit: int | None = None, cursor: str | None = None, deadline_ms: int | None = None,
    ) -> CachesList:
        """Lists activation caches, newest first."""
        return await self._client.call(list(model=model, limit=limit, cursor=cursor, deadline_ms=deadline_ms))

    async def get(self, cache: str, *, deadline_ms: int | None = None) -> Cache:
        """Describes one activation cache."""
        return await self._client.call(get(cache, deadline_ms=deadline_ms))

    async def create(
        self, activations: Sequence[str], *, model: str | None = None, corpus: str | PathLike[str] | None = None,
        text_field: str | None = None, context: int | None = None, contexts: int | None = None,
        dtype: Literal["float16", "float32"] | None = None, batch_sequences: int | None = None, dry_run: bool | None = None,
        deadline_ms: int | None = None,
    ) -> JobSubmission:
        """Queues the writing of activations to disk."""
        return await self._client.call(create(
            activations, model=model, corpus=corpus, text_field=text_field, context=context, contexts=contexts, dtype=dtype,
            batch_sequences=batch_sequences, dry_run=dry_run, deadline_ms=deadline_ms,
        ))

    async def delete(self, cache: str, *, deadline_ms: int | None = None) -> CachesDelete:
        """Deletes an activation cache."""
        return await self._client.call(delete(cache, deadline_ms=deadline_ms))
