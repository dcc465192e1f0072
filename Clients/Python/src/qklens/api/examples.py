"""`examples.*`: what the daemon's methods take and return.

Written by generate.py from the daemon's OpenRPC document; do not edit."""

from __future__ import annotations

from os import PathLike

from ..call import Call
from ..namespace import AsyncNamespace, Namespace
from .shared import Collection, JobSubmission


def collect(
    map: str, *, corpus: str | PathLike[str] | None = None, text_field: str | None = None, contexts: int | None = None,
    examples: int | None = None, entries: int | None = None, seed: int | None = None, dry_run: bool | None = None,
    deadline_ms: int | None = None,
) -> Call[JobSubmission]:
    """Queues a walk over a text that keeps where a map's pairs and features act."""
    return Call("examples.collect", {
        "map": map, "corpus": corpus, "text_field": text_field, "contexts": contexts, "examples": examples, "entries": entries,
        "seed": seed, "dry_run": dry_run, "deadline_ms": deadline_ms,
    }, JobSubmission)


def get(map: str, *, deadline_ms: int | None = None) -> Call[Collection]:
    """Describes the examples that were collected for a map."""
    return Call("examples.get", {"map": map, "deadline_ms": deadline_ms}, Collection, is_repeatable=True)


class Examples(Namespace):
    """`examples.*`, blocking."""

    def collect(
        self, map: str, *, corpus: str | PathLike[str] | None = None, text_field: str | None = None,
        contexts: int | None = None, examples: int | None = None, entries: int | None = None, seed: int | None = None,
        dry_run: bool | None = None, deadline_ms: int | None = None,
    ) -> JobSubmission:
        """Queues a walk over a text that keeps where a map's pairs and features act.

        Of every pair of features that the map keeps: in how many places it acts, the strongest of them by contribution
        and, head by head, by effect on the pattern, an even sample, distances, the tokens of both sides, and the share
        with their source at BOS. Of every feature: density, strongest places, an even sample, tokens. Read with
        pairs.examples and features.examples; a later collection takes the place of the earlier one when its job has
        finished.

        Args:
            map: The map, as in m1.
            corpus: The path of a .txt file (one document per line), a .jsonl file (one JSON object per line) or a .npy
                file of token ids, or demo for the embedded model's text; what the dictionary was trained on if absent.
                Users other than the service's own and root may name what lies beneath its client roots.
            text_field: Which field of a .jsonl file's objects is the text; text if absent.
            contexts: How many contexts, from the beginning of the text, or as many as there are. (1 to 100000000;
                default: 1024)
            examples: How many places are kept of each list: by contribution, by effect in each head, and of the even
                sample. (1 to 100; default: 10)
            entries: Only so many entries of the map, those with the greatest expected contribution; all if absent. (1
                to 100000000)
            seed: The seed of the samples. (default: 1)
            dry_run: Whether only to check everything and to estimate. (default: false)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            MapNotFound, DictionaryNotFound, ModelNotFound, DictionaryModelMismatch, FileNotFound, TextUnreadable,
            PathRefused, TextEmpty, OutOfMemory, ModelUnreadable, ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(collect(
            map, corpus=corpus, text_field=text_field, contexts=contexts, examples=examples, entries=entries, seed=seed,
            dry_run=dry_run, deadline_ms=deadline_ms,
        ))

    def get(self, map: str, *, deadline_ms: int | None = None) -> Collection:
        """Describes the examples that were collected for a map.

        From which text, how much of it, and how many pairs and features were active there.

        Args:
            map: The map, as in m1.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            MapNotFound, ExamplesNotFound.
        """
        return self._client.call(get(map, deadline_ms=deadline_ms))


class AsyncExamples(AsyncNamespace):
    """`examples.*` for asyncio; see `Examples`."""

    async def collect(
        self, map: str, *, corpus: str | PathLike[str] | None = None, text_field: str | None = None,
        contexts: int | None = None, examples: int | None = None, entries: int | None = None, seed: int | None = None,
        dry_run: bool | None = None, deadline_ms: int | None = None,
    ) -> JobSubmission:
        """Queues a walk over a text that keeps where a map's pairs and features act."""
        return await self._client.call(collect(
            map, corpus=corpus, text_field=text_field, contexts=contexts, examples=examples, entries=entries, seed=seed,
            dry_run=dry_run, deadline_ms=deadline_ms,
        ))

    async def get(self, map: str, *, deadline_ms: int | None = None) -> Collection:
        """Describes the examples that were collected for a map."""
        return await self._client.call(get(map, deadline_ms=deadline_ms))
