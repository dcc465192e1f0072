"""`tasks.*`: what the daemon's methods take and return.

Written by generate.py from the daemon's OpenRPC document; do not edit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List

from ..call import Call
from ..namespace import AsyncNamespace, Namespace
from ..record import Record, Table, table_of
from .shared import AnswerFigures


@dataclass(slots=True, kw_only=True, repr=False)
class Task(Record):
    """A task that a model can be asked."""

    task: str
    """Its name."""
    summary: str
    """What it asks."""
    is_available: bool
    """Whether this model can be asked."""
    reason: str | None = None
    """Why not; absent if it can."""


@dataclass(slots=True, kw_only=True, repr=False)
class TasksList(Record):
    """What `tasks.list` returns."""

    model: str
    """The model's name."""
    tasks: Table[Task]
    """The tasks."""

    decoders = {"tasks": table_of(Task)}


@dataclass(slots=True, kw_only=True, repr=False)
class TaskAnswer(Record):
    """One prompt of a task, and what the model answers."""

    text: str
    """The prompt."""
    tokens: List[int]
    """The tokens as the model read them, BOS included."""
    answer: str
    """The right answer."""
    wrong: List[str]
    """What would be wrong."""
    positions: Dict[str, int]
    """Where the words stand that the task is about; END is the last token."""
    counterpart: str | None = None
    """The minimal pair: the prompt with one word changed so that another answer is right; absent if the task has none."""
    counterpart_answer: str | None = None
    """What is right there."""
    logit: float
    """The answer's logit after the last token."""
    logits_wrong: List[float]
    """The wrong answers' logits."""
    logit_difference: float
    """The answer's logit less the mean of the wrong ones'."""


@dataclass(slots=True, kw_only=True, repr=False)
class TasksRun(Record):
    """What `tasks.run` returns."""

    model: str
    """The model's name."""
    task: str
    """The task."""
    prompts: int
    """How many prompts were asked."""
    answers: AnswerFigures
    """How well answers are told from what would be wrong."""
    by_prompt: Table[TaskAnswer] | None = None
    """Each prompt; absent unless asked for."""

    decoders = {"answers": AnswerFigures.from_wire, "by_prompt": table_of(TaskAnswer)}


def list(*, model: str | None = None, deadline_ms: int | None = None) -> Call[TasksList]:
    """Lists the tasks that a model can be asked."""
    return Call("tasks.list", {"model": model, "deadline_ms": deadline_ms}, TasksList, is_repeatable=True)


def run(
    task: str, *, model: str | None = None, count: int | None = None, seed: int | None = None, prepend_bos: bool | None = None,
    include_prompts: bool | None = None, deadline_ms: int | None = None,
) -> Call[TasksRun]:
    """Asks a model the prompts of a task and says how well it does."""
    return Call("tasks.run", {
        "task": task, "model": model, "count": count, "seed": seed, "prepend_bos": prepend_bos,
        "include_prompts": include_prompts, "deadline_ms": deadline_ms,
    }, TasksRun, is_repeatable=True)


class Tasks(Namespace):
    """`tasks.*`, blocking."""

    def list(self, *, model: str | None = None, deadline_ms: int | None = None) -> TasksList:
        """Lists the tasks that a model can be asked.

        Tasks are sets of prompts whose next token is known. Those that come with the program are made anew for each
        model from words that are one token of its; a model whose directory holds an indirect_object.jsonl offers that
        too.

        Args:
            model: A resident model's name; the embedded model if absent.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, ModelUnreadable, ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(list(model=model, deadline_ms=deadline_ms))

    def run(
        self, task: str, *, model: str | None = None, count: int | None = None, seed: int | None = None,
        prepend_bos: bool | None = None, include_prompts: bool | None = None, deadline_ms: int | None = None,
    ) -> TasksRun:
        """Asks a model the prompts of a task and says how well it does.

        The figure is the answer's logit less the mean of the wrong ones' after the last token. A file of one's own has
        a JSON object on each line: prompt, answer, and wrong, a text or several; each answer is one token with its
        space, as in ' Mary'.

        Args:
            task: ioi, colored_objects, indirect_object for a model that brings it, or the absolute path of a .jsonl
                file of one's own.
            model: A resident model's name; the embedded model if absent.
            count: How many prompts of a task at most. (1 to 1024; default: 100)
            seed: What the choice of prompts follows from; files are read from their beginning. (default: 0)
            prepend_bos: Whether a BOS token is put in front of each prompt. (default: true)
            include_prompts: Whether to return every prompt with its logits. (default: false)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, TaskNotFound, TaskUnsuited, FileNotFound, TextTooLong, TextEmpty, TokenizerUnreadable,
            PathRefused, ModelUnreadable, ModelUnsupported.
        """
        return self._client.call(run(
            task, model=model, count=count, seed=seed, prepend_bos=prepend_bos, include_prompts=include_prompts,
            deadline_ms=deadline_ms,
        ))


class AsyncTasks(AsyncNamespace):
    """`tasks.*` for asyncio; see `Tasks`."""

    async def list(self, *, model: str | None = None, deadline_ms: int | None = None) -> TasksList:
        """Lists the tasks that a model can be asked."""
        return await self._client.call(list(model=model, deadline_ms=deadline_ms))

    async def run(
        self, task: str, *, model: str | None = None, count: int | None = None, seed: int | None = None,
        prepend_bos: bool | None = None, include_prompts: bool | None = None, deadline_ms: int | None = None,
    ) -> TasksRun:
        """Asks a model the prompts of a task and says how well it does."""
        return await self._client.call(run(
            task, model=model, count=count, seed=seed, prepend_bos=prepend_bos, include_prompts=include_prompts,
            deadline_ms=deadline_ms,
        ))
