"""`models.*`: what the daemon's methods take and return.

Written by generate.py from the daemon's OpenRPC document; do not edit."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from typing import List, Literal

from ..call import Call
from ..namespace import AsyncNamespace, Namespace
from ..record import Record, Table, table_of


@dataclass(slots=True, kw_only=True, repr=False)
class Model(Record):
    """One model that the service knows."""

    model: str
    """The name under which it is asked for."""
    path: str
    """The folder it was read from; empty for the embedded model."""
    is_embedded: bool
    """Whether it came with the service."""
    is_resident: bool
    """Whether its weights are in memory."""
    fingerprint: str
    """A digest of all weights, in 16 hexadecimal digits; equal weights have equal fingerprints. Empty where they are not
    in memory.
    """
    n_layers: int
    """The number of layers."""
    n_heads: int
    """The number of heads per layer."""
    d_model: int
    """The width of the residual stream."""
    d_head: int
    """The width of one head's queries and keys."""
    d_mlp: int
    """The width of the MLP's hidden layer."""
    d_vocab: int
    """The number of tokens."""
    n_ctx: int
    """The longest text, in tokens."""
    activation_function: str
    """The MLP's activation function, as the model's config.json calls it."""
    parameters: int
    """The number of weights."""
    memory_bytes: int
    """What it takes in memory, in bytes."""


@dataclass(slots=True, kw_only=True, repr=False)
class ModelsList(Record):
    """What `models.list` returns."""

    models: Table[Model]
    """The models."""

    decoders = {"models": table_of(Model)}


@dataclass(slots=True, kw_only=True, repr=False)
class ModelsUnload(Record):
    """What `models.unload` returns."""

    model: str
    """The model's name."""
    freed_bytes: int
    """The memory given back, in bytes."""


@dataclass(slots=True, kw_only=True, repr=False)
class SelfTestCheck(Record):
    """One kind of number that was compared with what is known."""

    check: str
    """Its name."""
    compares: str
    """What is compared, in words."""
    is_passed: bool
    """Whether every number was right."""
    numbers: int
    """How many numbers were compared."""
    wrong: int
    """How many of them were off by more than is allowed."""
    worst_deviation: float
    """The greatest deviation."""
    tolerance: float
    """What is allowed."""
    place: str
    """Where the greatest deviation is; empty if there is none."""


@dataclass(slots=True, kw_only=True, repr=False)
class ModelsSelftest(Record):
    """What `models.selftest` returns."""

    model: str
    """The model's name."""
    known_as: str | None = None
    """The model that the numbers are of; absent if none are known of a model of this shape."""
    source: str | None = None
    """Where they come from."""
    verdict: Literal["passed", "failed", "other_model"]
    """What it comes to: every number is right, some are wrong, or it is another model than any that is known."""
    reason: str | None = None
    """Why it is another model."""
    checks: Table[SelfTestCheck]
    """What was compared."""
    left_out: List[str]
    """What is known and not compared, and why."""

    decoders = {"checks": table_of(SelfTestCheck)}


def list(*, deadline_ms: int | None = None) -> Call[ModelsList]:
    """Lists the models that the service knows."""
    return Call("models.list", {"deadline_ms": deadline_ms}, ModelsList, is_repeatable=True)


def get(model: str, *, deadline_ms: int | None = None) -> Call[Model]:
    """Describes one model."""
    return Call("models.get", {"model": model, "deadline_ms": deadline_ms}, Model, is_repeatable=True)


def load(
    path: str | PathLike[str], *, name: str | None = None, deadline_ms: int | None = None,
) -> Call[Model]:
    """Reads a GPT-2 model from a folder and keeps it in memory."""
    return Call("models.load", {"path": path, "name": name, "deadline_ms": deadline_ms}, Model)


def unload(model: str, *, deadline_ms: int | None = None) -> Call[ModelsUnload]:
    """Gives back the memory of a model."""
    return Call("models.unload", {"model": model, "deadline_ms": deadline_ms}, ModelsUnload)


def selftest(
    *, model: str | None = None, goldens: str | None = None, task: str | None = None, deadline_ms: int | None = None,
) -> Call[ModelsSelftest]:
    """Compares what a model computes here with what others have published of it."""
    return Call("models.selftest", {"model": model, "goldens": goldens, "task": task, "deadline_ms": deadline_ms}, ModelsSelftest, is_repeatable=True)


class Models(Namespace):
    """`models.*`, blocking."""

    def list(self, *, deadline_ms: int | None = None) -> ModelsList:
        """Lists the models that the service knows.

        The embedded model comes first, then the others by name.

        Args:
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)
        """
        return self._client.call(list(deadline_ms=deadline_ms))

    def get(self, model: str, *, deadline_ms: int | None = None) -> Model:
        """Describes one model.

        Does not make the model resident.

        Args:
            model: The model's name.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, ModelUnreadable, ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(get(model, deadline_ms=deadline_ms))

    def load(
        self, path: str | PathLike[str], *, name: str | None = None, deadline_ms: int | None = None,
    ) -> Model:
        """Reads a GPT-2 model from a folder and keeps it in memory.

        The folder is that of a Hugging Face GPT2LMHeadModel: config.json, model.safetensors, vocab.json, merges.txt.
        Users other than the service's own and root may name what lies beneath its client roots, and no link there leads
        out of them; the workers that read the model again are bound by the same.

        Args:
            path: The model's folder, absolute.
            name: The name under which it will be asked for; the folder's own if absent.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelUnreadable, ModelUnsupported, TokenizerUnreadable, ModelNameTaken, PathRefused, FileNotFound,
            OutOfMemory.
        """
        return self._client.call(load(path, name=name, deadline_ms=deadline_ms))

    def unload(self, model: str, *, deadline_ms: int | None = None) -> ModelsUnload:
        """Gives back the memory of a model.

        Calls that are using the model finish with it. What was trained on it stays, and is usable again once it is
        loaded again. Only the user who loaded it, or root.

        Args:
            model: The model's name.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, PermissionDenied, ModelUnreadable, ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(unload(model, deadline_ms=deadline_ms))

    def selftest(
        self, *, model: str | None = None, goldens: str | None = None, task: str | None = None, deadline_ms: int | None = None,
    ) -> ModelsSelftest:
        """Compares what a model computes here with what others have published of it.

        For GPT-2 small with published numbers: singular values of every head's W_Q·W_Kᵀ, scores and patterns of every
        head on five prompts with the last logits, looks at an IOI prompt, and the logit differences and traces of 256
        IOI prompts, which are published without the prompts: task names a .jsonl file of them. For the embedded model
        with numbers that transformers and numpy computed, the prompts included. Another model is told from a model that
        is computed wrongly: by its shape, then by its singular values. goldens names a file of one's own with numbers
        of another model.

        Args:
            model: A resident model's name; the embedded model if absent.
            goldens: The absolute path of a safetensors file with known numbers; those that come with the service if
                absent.
            task: The prompts that known traces are of, as tasks.run takes a task, in their order; those that came with
                the numbers if absent.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, FileNotFound, PathRefused, ModelUnsupported, TextUnreadable, TextTooLong, TaskNotFound,
            TaskUnsuited, ModelUnreadable, TokenizerUnreadable.
        """
        return self._client.call(selftest(model=model, goldens=goldens, task=task, deadline_ms=deadline_ms))


class AsyncModels(AsyncNamespace):
    """`models.*` for asyncio; see `Models`."""

    async def list(self, *, deadline_ms: int | None = None) -> ModelsList:
        """Lists the models that the service knows."""
        return await self._client.call(list(deadline_ms=deadline_ms))

    async def get(self, model: str, *, deadline_ms: int | None = None) -> Model:
        """Describes one model."""
        return await self._client.call(get(model, deadline_ms=deadline_ms))

    async def load(
        self, path: str | PathLike[str], *, name: str | None = None, deadline_ms: int | None = None,
    ) -> Model:
        """Reads a GPT-2 model from a folder and keeps it in memory."""
        return await self._client.call(load(path, name=name, deadline_ms=deadline_ms))

    async def unload(self, model: str, *, deadline_ms: int | None = None) -> ModelsUnload:
        """Gives back the memory of a model."""
        return await self._client.call(unload(model, deadline_ms=deadline_ms))

    async def selftest(
        self, *, model: str | None = None, goldens: str | None = None, task: str | None = None, deadline_ms: int | None = None,
    ) -> ModelsSelftest:
        """Compares what a model computes here with what others have published of it."""
        return await self._client.call(selftest(model=model, goldens=goldens, task=task, deadline_ms=deadline_ms))
