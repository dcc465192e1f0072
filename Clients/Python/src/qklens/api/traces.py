"""`traces.*`: what the daemon's methods take and return.

Written by generate.py from the daemon's OpenRPC document; do not edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any, List, Literal

from ..call import Call
from ..namespace import AsyncNamespace, Namespace
from ..record import Record, Table, table_of
from .shared import JobSubmission, Prompt, TraceOptions, TraceRoot


@dataclass(slots=True, kw_only=True, repr=False)
class TraceReading(Record):
    """One side of a look taken apart."""

    side: Literal["destination", "source", "logits"]
    """At which token something is read: where a look looks from, what it looks at, or where the answer follows."""
    terms: int
    """How many singular vectors the signal has; 0 for logits."""
    total: float
    """What is taken apart: the signal that is read, not scaled; of softmax_greedy the attention; of logits the difference."""
    offset: float
    """What the head's own biases add to it."""
    kept: float
    """What the links account for."""
    remainder: float
    """What is left: total less offset less kept."""
    residual: float
    """How far the sum of all parts is from the total: rounding."""


@dataclass(slots=True, kw_only=True, repr=False)
class TraceNode(Record):
    """A part of the residual stream at a token."""

    kind: Literal["look", "head", "mlp", "bias", "embedding", "position", "logits"]
    """What wrote it: a head looking at one source, a whole head, an MLP, an attention's output bias, the token's or the
    position's embedding; or the logits, at which a trace may begin.
    """
    layer: int | None = None
    """The layer, counted from 0."""
    head: int | None = None
    """The head within its layer, counted from 0."""
    position: int
    """The token at which it stands; of a look, the one that looks."""
    role: str | None = None
    """What the task calls that token."""
    source: int | None = None
    """The token that is looked at; of a look."""
    source_role: str | None = None
    """What the task calls that token."""
    attention: float | None = None
    """What the head gives the source."""
    attn_score: float | None = None
    """The scaled score."""
    depth: int
    """How many links lead from it to the nearest root."""
    readings: Table[TraceReading]
    """What its signals consist of; empty for what was not taken apart."""

    decoders = {"readings": table_of(TraceReading)}


@dataclass(slots=True, kw_only=True, repr=False)
class TraceLink(Record):
    """What one node contributes to what another reads."""

    upstream: int
    """The node that writes."""
    downstream: int
    """The node that reads."""
    side: Literal["destination", "source", "logits"]
    """At which token something is read: where a look looks from, what it looks at, or where the answer follows."""
    weight: float
    """How much; of softmax_greedy, what the attention falls by without it."""


@dataclass(slots=True, kw_only=True, repr=False)
class TraceGraph(Record):
    """Why heads looked where they looked in one prompt."""

    text: str
    """The prompt; empty if it was given as tokens."""
    tokens: List[int]
    """The tokens as the model read them, BOS included."""
    pieces: List[str]
    """The text of each token."""
    roots: List[int]
    """The nodes at which the trace began."""
    nodes: Table[TraceNode]
    """The nodes, named by their places in this list."""
    links: Table[TraceLink]
    """The links, the greatest of each reader and side first."""
    is_truncated: bool
    """Whether looks were left alone because there were too many nodes."""

    decoders = {"nodes": table_of(TraceNode), "links": table_of(TraceLink)}


@dataclass(slots=True, kw_only=True, repr=False)
class TraceEdge(Record):
    """A link that many prompts share, by what the task calls its tokens; 'other' is every token that it does not name."""

    kind: Literal["look", "head", "mlp", "bias", "embedding", "position", "logits"]
    """What writes, as in a graph's nodes."""
    layer: int | None = None
    """The layer, counted from 0."""
    head: int | None = None
    """The head within its layer, counted from 0."""
    source_role: str | None = None
    """What it looks at, of a look; absent in the mode score_sum, where heads count as wholes."""
    role: str
    """At which token it writes, and is read."""
    downstream_layer: int | None = None
    """The reader's layer; absent for the logits."""
    downstream_head: int | None = None
    """The reader's head; absent for the logits."""
    side: Literal["destination", "source", "logits"]
    """At which token something is read: where a look looks from, what it looks at, or where the answer follows."""
    prompts: int
    """In how many prompts there is such a link."""
    weight: float
    """How much it contributes, summed within a prompt, mean over those prompts."""


@dataclass(slots=True, kw_only=True, repr=False)
class TracesRun(Record):
    """What `traces.run` returns."""

    model: str
    """The model's name."""
    mode: Literal["score_sum", "relative_attention", "softmax_greedy"]
    """How a look's signal is told from the rest of its score, and what links weigh: score_sum (2024), what heads add to
    the signal that makes the score; relative_attention (2025), what heads, MLPs, biases and embeddings add to what sets
    the score above other sources'; softmax_greedy (2026), what the attention falls by when they are taken from the
    scores.
    """
    graphs: Table[TraceGraph]
    """A graph for each prompt."""
    edges: Table[TraceEdge]
    """What they have in common, by the task's names of tokens, the most frequent first."""

    decoders = {"graphs": table_of(TraceGraph), "edges": table_of(TraceEdge)}


@dataclass(slots=True, kw_only=True, repr=False)
class TraceOption(Record):
    """How looks are traced."""

    mode: Literal["score_sum", "relative_attention", "softmax_greedy"]
    """How a look's signal is told from the rest of its score, and what links weigh: score_sum (2024), what heads add to
    the signal that makes the score; relative_attention (2025), what heads, MLPs, biases and embeddings add to what sets
    the score above other sources'; softmax_greedy (2026), what the attention falls by when they are taken from the
    scores.
    """
    phi: float
    """Of score_sum and relative_attention, the share of the score that the kept terms have to exceed. (0.0 to 1.0)"""
    share: float
    """The share of a signal that the links into a look have to exceed. (0.0 to 1.0)"""
    attention_threshold: float | None = None
    """The attention below which a look is not taken apart; if absent 0.5 (score_sum, which leaves out the first token
    too), 1/n of n sources (relative_attention), 2.5/n (softmax_greedy). (0.0 to 1.0)
    """
    max_depth: int
    """How many links a trace may be away from its roots. (0 to 1000)"""
    max_links: int
    """The most links of each side of a look. (1 to 1000)"""
    max_nodes: int
    """With so many nodes no further look is taken apart. (1 to 10000)"""
    compat2024: bool
    """Of score_sum: what the head's biases add is counted with every head and divided by σ, as the code of 2024 did."""


@dataclass(slots=True, kw_only=True, repr=False)
class Trace(Record):
    """The traces of a task's prompts."""

    trace: str
    """Its name, as in t1: that of the job that made it, with another letter."""
    model: str
    """The model."""
    model_fingerprint: str
    """The model's fingerprint."""
    n_layers: int
    """How many layers it has."""
    task: str | None = None
    """The task; absent if the prompts were given."""
    prompts: int
    """How many prompts were traced."""
    passed_over: int
    """How many were passed over, since they have no token that the roots name."""
    fired: int
    """In how many of them a root fires, and so has links."""
    seed: int
    """What the choice of prompts followed from."""
    prepend_bos: bool
    """Whether a BOS token stood in front of each."""
    roots: Table[TraceRoot] | None = None
    """The looks that it began with; absent if it began with the answers."""
    options: TraceOption
    """How looks are traced."""
    nodes: int
    """The nodes of all graphs."""
    links: int
    """The links of all graphs."""
    edges: int
    """The links that differ by the task's names of tokens."""
    created_ms: int
    """When it was finished (milliseconds since 1970)."""
    job: str
    """The job that made it."""
    owner_uid: int
    """The user who made it, and may delete it."""

    decoders = {"roots": table_of(TraceRoot), "options": TraceOption.from_wire}


@dataclass(slots=True, kw_only=True, repr=False)
class TracesList(Record):
    """What `traces.list` returns."""

    traces: Table[Trace]
    """The traces."""
    next_cursor: str | None = None
    """Where the next page starts; absent on the last one."""

    decoders = {"traces": table_of(Trace)}


@dataclass(slots=True, kw_only=True, repr=False)
class TracesGet(Record):
    """What `traces.get` returns."""

    trace: Trace
    """The traces of a task's prompts."""
    edges: Table[TraceEdge]
    """Links that prompts share, the most frequent first."""
    graph: TraceGraph | None = None
    """Why heads looked where they looked in one prompt."""

    decoders = {
        "trace": Trace.from_wire, "edges": table_of(TraceEdge), "graph": TraceGraph.from_wire,
    }


@dataclass(slots=True, kw_only=True, repr=False)
class TracesExport(Record):
    """What `traces.export` returns."""

    trace: str
    """The trace."""
    path: str
    """The file."""
    nodes: int
    """How many nodes were written."""
    links: int
    """How many links were written."""
    bytes: int
    """The size of the file, in bytes."""


@dataclass(slots=True, kw_only=True, repr=False)
class TracesDelete(Record):
    """What `traces.delete` returns."""

    trace: str
    """The trace's name."""


def run(
    *, model: str | None = None, text: str | None = None, tokens: Sequence[int] | None = None, prepend_bos: bool | None = None,
    prompts: Sequence[Prompt | Mapping[str, Any]] | None = None, task: str | None = None, count: int | None = None,
    seed: int | None = None, roots: Sequence[TraceRoot | Mapping[str, Any]] | None = None,
    options: TraceOptions | Mapping[str, Any] | None = None, deadline_ms: int | None = None,
) -> Call[TracesRun]:
    """Traces looks of one prompt, or of a few, to what makes them."""
    return Call("traces.run", {
        "model": model, "text": text, "tokens": tokens, "prepend_bos": prepend_bos, "prompts": prompts, "task": task,
        "count": count, "seed": seed, "roots": roots, "options": options, "deadline_ms": deadline_ms,
    }, TracesRun, is_repeatable=True)


def create(
    *, model: str | None = None, task: str | None = None, prompts: Sequence[Prompt | Mapping[str, Any]] | None = None,
    count: int | None = None, seed: int | None = None, prepend_bos: bool | None = None,
    roots: Sequence[TraceRoot | Mapping[str, Any]] | None = None, options: TraceOptions | Mapping[str, Any] | None = None,
    dry_run: bool | None = None, deadline_ms: int | None = None,
) -> Call[JobSubmission]:
    """Queues the tracing of a task's prompts, whose graphs are kept."""
    return Call("traces.create", {
        "model": model, "task": task, "prompts": prompts, "count": count, "seed": seed, "prepend_bos": prepend_bos,
        "roots": roots, "options": options, "dry_run": dry_run, "deadline_ms": deadline_ms,
    }, JobSubmission)


def list(
    *, model: str | None = None, limit: int | None = None, cursor: str | None = None, deadline_ms: int | None = None,
) -> Call[TracesList]:
    """Lists the traces that are kept, newest first."""
    return Call("traces.list", {"model": model, "limit": limit, "cursor": cursor, "deadline_ms": deadline_ms}, TracesList, is_repeatable=True)


def get(
    trace: str, *, prompt: int | None = None, min_prompts: int | None = None, limit: int | None = None,
    deadline_ms: int | None = None,
) -> Call[TracesGet]:
    """Shows a trace that is kept: what its prompts have in common, or one prompt's graph."""
    return Call("traces.get", {
        "trace": trace, "prompt": prompt, "min_prompts": min_prompts, "limit": limit, "deadline_ms": deadline_ms,
    }, TracesGet, is_repeatable=True)


def export(
    trace: str, path: str | PathLike[str], *, format: Literal["json", "graphml", "dot"] | None = None,
    prompt: int | None = None, min_prompts: int | None = None, deadline_ms: int | None = None,
) -> Call[TracesExport]:
    """Writes a trace to a file that other programs read."""
    return Call("traces.export", {
        "trace": trace, "path": path, "format": format, "prompt": prompt, "min_prompts": min_prompts,
        "deadline_ms": deadline_ms,
    }, TracesExport)


def delete(trace: str, *, deadline_ms: int | None = None) -> Call[TracesDelete]:
    """Deletes a trace with its graphs."""
    return Call("traces.delete", {"trace": trace, "deadline_ms": deadline_ms}, TracesDelete)


class Traces(Namespace):
    """`traces.*`, blocking."""

    def run(
        self, *, model: str | None = None, text: str | None = None, tokens: Sequence[int] | None = None,
        prepend_bos: bool | None = None, prompts: Sequence[Prompt | Mapping[str, Any]] | None = None, task: str | None = None,
        count: int | None = None, seed: int | None = None, roots: Sequence[TraceRoot | Mapping[str, Any]] | None = None,
        options: TraceOptions | Mapping[str, Any] | None = None, deadline_ms: int | None = None,
    ) -> TracesRun:
        """Traces looks of one prompt, or of a few, to what makes them.

        A look is one entry of an attention pattern. What its head reads at either token is a signal: a few singular
        vectors of its QK map. The residual stream there is a sum of parts (embeddings, what heads moved from each
        token, MLPs, biases), so each part contributes to the signal, and the contributions sum to it: 'residual' says
        how exactly. The greatest become links, parts that heads moved are looks themselves and are traced in their
        turn, layer by layer downwards. What links leave out stands in 'remainder'. Without roots a trace begins with
        the parts that make the answer more likely than what would be wrong; with softmax_greedy, with the fewest that
        hold four fifths of what the answer's log-likelihood is above that of the biases alone. Give one of text,
        tokens, prompts and task; at most 256 tokens and 16 prompts, more with traces.create.

        Args:
            model: A resident model's name; the embedded model, or that of the dictionary or map, if absent.
            text: The text; exactly one of text and tokens is given.
            tokens: The tokens themselves.
            prepend_bos: Whether a BOS token is put in front; it stands at position 0. (default: true)
            prompts: Prompts, with their answers if they have any.
            task: A task, as tasks.run takes it.
            count: How many prompts of a task at most. (1 to 16; default: 1)
            seed: What the choice of prompts follows from; files are read from their beginning. (default: 0)
            roots: The looks to begin with; if absent, what makes each prompt's answer likely.
            options: How looks are traced. (default: {"mode": "relative_attention", "phi": 1, "share": 0.7, "max_depth":
                16, "max_links": 16, "max_nodes": 200, "compat2024": false})
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, TextEmpty, TextTooLong, TokenOutOfRange, LayerOutOfRange, HeadOutOfRange, PositionOutOfRange,
            TaskNotFound, TaskUnsuited, FileNotFound, PathRefused, ModelUnreadable, ModelUnsupported,
            TokenizerUnreadable.
        """
        return self._client.call(run(
            model=model, text=text, tokens=tokens, prepend_bos=prepend_bos, prompts=prompts, task=task, count=count, seed=seed,
            roots=roots, options=options, deadline_ms=deadline_ms,
        ))

    def create(
        self, *, model: str | None = None, task: str | None = None, prompts: Sequence[Prompt | Mapping[str, Any]] | None = None,
        count: int | None = None, seed: int | None = None, prepend_bos: bool | None = None,
        roots: Sequence[TraceRoot | Mapping[str, Any]] | None = None, options: TraceOptions | Mapping[str, Any] | None = None,
        dry_run: bool | None = None, deadline_ms: int | None = None,
    ) -> JobSubmission:
        """Queues the tracing of a task's prompts, whose graphs are kept.

        Every prompt is traced as traces.run does it, and its graph is kept; links that prompts share are counted by
        what the task calls their tokens. Prompts without a token that the roots name are passed over and counted. The
        trace appears, whole, when the job has finished: traces.get shows it, traces.export writes it. A job that is
        interrupted goes on with the first prompt that has no graph.

        Args:
            model: A loaded model's name; the embedded model if absent.
            task: A task, as tasks.run takes it; this or prompts.
            prompts: Prompts, with their answers if they have any.
            count: How many prompts of a task at most. (1 to 4096; default: 256)
            seed: What the choice of prompts follows from; files are read from their beginning. (default: 0)
            prepend_bos: Whether a BOS token is put in front of each prompt. (default: true)
            roots: The looks to begin with; if absent, what makes each prompt's answer likely.
            options: How looks are traced. (default: {"mode": "relative_attention", "phi": 1, "share": 0.7, "max_depth":
                16, "max_links": 16, "max_nodes": 200, "compat2024": false})
            dry_run: Whether only to check everything and to estimate. (default: false)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, LayerOutOfRange, HeadOutOfRange, PositionOutOfRange, TaskNotFound, TaskUnsuited,
            FileNotFound, PathRefused, TextEmpty, TextTooLong, OutOfMemory, ModelUnreadable, ModelUnsupported,
            TokenizerUnreadable.
        """
        return self._client.call(create(
            model=model, task=task, prompts=prompts, count=count, seed=seed, prepend_bos=prepend_bos, roots=roots,
            options=options, dry_run=dry_run, deadline_ms=deadline_ms,
        ))

    def list(
        self, *, model: str | None = None, limit: int | None = None, cursor: str | None = None, deadline_ms: int | None = None,
    ) -> TracesList:
        """Lists the traces that are kept, newest first.

        A trace appears once its job has finished, whole.

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

    def get(
        self, trace: str, *, prompt: int | None = None, min_prompts: int | None = None, limit: int | None = None,
        deadline_ms: int | None = None,
    ) -> TracesGet:
        """Shows a trace that is kept: what its prompts have in common, or one prompt's graph.

        Edges are the links of all graphs, brought together by head, side and what the task calls the tokens.

        Args:
            trace: The trace, as in t3.
            prompt: Show the graph of this prompt, counted from 0.
            min_prompts: Only edges that so many prompts have. (at least 1; default: 1)
            limit: How many edges at most. (0 to 100000; default: 100)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            TraceNotFound, PositionOutOfRange.
        """
        return self._client.call(get(
            trace, prompt=prompt, min_prompts=min_prompts, limit=limit, deadline_ms=deadline_ms,
        ))

    def export(
        self, trace: str, path: str | PathLike[str], *, format: Literal["json", "graphml", "dot"] | None = None,
        prompt: int | None = None, min_prompts: int | None = None, deadline_ms: int | None = None,
    ) -> TracesExport:
        """Writes a trace to a file that other programs read.

        json has metadata, qParams, nodes and links with the fields of circuit-tracer's graph files: node_id, feature
        (head × tokens + source of a look, −1 of an MLP, −2 of an attention's bias), layer, ctx_idx, feature_type,
        clerp, influence (the share of the roots that passes through the node), and links from source, which writes, to
        target, which reads. graphml and dot say the same for NetworkX, Gephi and Graphviz. Without a prompt the nodes
        are heads at the tokens that the task names. The file appears when it is whole, in a folder that is there; it
        belongs to the service's user. Users other than that and root may name a place beneath the service's client
        roots.

        Args:
            trace: The trace, as in t3.
            path: The file to write, an absolute path that is not there yet.
            format: What other programs read: circuit-tracer's names in JSON, GraphML, or Graphviz's dot. (default:
                "json")
            prompt: The graph of this prompt, counted from 0; what the prompts have in common if absent.
            min_prompts: Only edges that so many prompts have. (at least 1; default: 1)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            TraceNotFound, ModelNotFound, PositionOutOfRange, PathRefused, FileExists, FileUnwritable, ModelUnreadable,
            ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(export(
            trace, path, format=format, prompt=prompt, min_prompts=min_prompts, deadline_ms=deadline_ms,
        ))

    def delete(self, trace: str, *, deadline_ms: int | None = None) -> TracesDelete:
        """Deletes a trace with its graphs.

        Only its owner and root may.

        Args:
            trace: The trace, as in t3.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            TraceNotFound, PermissionDenied.
        """
        return self._client.call(delete(trace, deadline_ms=deadline_ms))


class AsyncTraces(AsyncNamespace):
    """`traces.*` for asyncio; see `Traces`."""

    async def run(
        self, *, model: str | None = None, text: str | None = None, tokens: Sequence[int] | None = None,
        prepend_bos: bool | None = None, prompts: Sequence[Prompt | Mapping[str, Any]] | None = None, task: str | None = None,
        count: int | None = None, seed: int | None = None, roots: Sequence[TraceRoot | Mapping[str, Any]] | None = None,
        options: TraceOptions | Mapping[str, Any] | None = None, deadline_ms: int | None = None,
    ) -> TracesRun:
        """Traces looks of one prompt, or of a few, to what makes them."""
        return await self._client.call(run(
            model=model, text=text, tokens=tokens, prepend_bos=prepend_bos, prompts=prompts, task=task, count=count, seed=seed,
            roots=roots, options=options, deadline_ms=deadline_ms,
        ))

    async def create(
        self, *, model: str | None = None, task: str | None = None, prompts: Sequence[Prompt | Mapping[str, Any]] | None = None,
        count: int | None = None, seed: int | None = None, prepend_bos: bool | None = None,
        roots: Sequence[TraceRoot | Mapping[str, Any]] | None = None, options: TraceOptions | Mapping[str, Any] | None = None,
        dry_run: bool | None = None, deadline_ms: int | None = None,
    ) -> JobSubmission:
        """Queues the tracing of a task's prompts, whose graphs are kept."""
        return await self._client.call(create(
            model=model, task=task, prompts=prompts, count=count, seed=seed, prepend_bos=prepend_bos, roots=roots,
            options=options, dry_run=dry_run, deadline_ms=deadline_ms,
        ))

    async def list(
        self, *, model: str | None = None, limit: int | None = None, cursor: str | None = None, deadline_ms: int | None = None,
    ) -> TracesList:
        """Lists the traces that are kept, newest first."""
        return await self._client.call(list(model=model, limit=limit, cursor=cursor, deadline_ms=deadline_ms))

    async def get(
        self, trace: str, *, prompt: int | None = None, min_prompts: int | None = None, limit: int | None = None,
        deadline_ms: int | None = None,
    ) -> TracesGet:
        """Shows a trace that is kept: what its prompts have in common, or one prompt's graph."""
        return await self._client.call(get(
            trace, prompt=prompt, min_prompts=min_prompts, limit=limit, deadline_ms=deadline_ms,
        ))

    async def export(
        self, trace: str, path: str | PathLike[str], *, format: Literal["json", "graphml", "dot"] | None = None,
        prompt: int | None = None, min_prompts: int | None = None, deadline_ms: int | None = None,
    ) -> TracesExport:
        """Writes a trace to a file that other programs read."""
        return await self._client.call(export(
            trace, path, format=format, prompt=prompt, min_prompts=min_prompts, deadline_ms=deadline_ms,
        ))

    async def delete(self, trace: str, *, deadline_ms: int | None = None) -> TracesDelete:
        """Deletes a trace with its graphs."""
        return await self._client.call(delete(trace, deadline_ms=deadline_ms))
