"""`heads.*`: what the daemon's methods take and return.

Written by generate.py from the daemon's OpenRPC document; do not edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Literal

from ..call import Call
from ..namespace import AsyncNamespace, Namespace
from ..record import Record, Table, table_of


@dataclass(slots=True, kw_only=True, repr=False)
class CompositionPair(Record):
    """How strongly a head reads what an earlier one writes."""

    from_layer: int
    """The layer, counted from 0."""
    from_head: int
    """The head within its layer, counted from 0."""
    to_layer: int
    """The layer, counted from 0."""
    to_head: int
    """The head within its layer, counted from 0."""
    score: float
    """‖OV_A M_B‖ / (‖OV_A‖ ‖M_B‖)."""


@dataclass(slots=True, kw_only=True, repr=False)
class HeadsComposition(Record):
    """What `heads.composition` returns."""

    model: str
    """The model's name."""
    kind: Literal["q", "k", "v"]
    """Which input of the later head is meant: q, k or v."""
    baseline: float
    """What a map that writes in random directions scores, as a root mean square."""
    mean: float
    """The mean score over all pairs asked for."""
    total: int
    """How many pairs there are."""
    pairs: Table[CompositionPair]
    """The pairs, the strongest first."""
    next_cursor: str | None = None
    """Where the next page starts; absent on the last one."""

    decoders = {"pairs": table_of(CompositionPair)}


@dataclass(slots=True, kw_only=True, repr=False)
class ComponentRead(Record):
    """How strongly one component of a reading head takes up a direction."""

    component: int
    """The reader's component, 0 for its greatest singular value."""
    score: float
    """|bᵀu_m| s_m / ‖M_B‖; the squares over all components sum to the square of the direction's score."""


@dataclass(slots=True, kw_only=True, repr=False)
class ComponentPair(Record):
    """How strongly a head reads one component of what an earlier one writes."""

    from_layer: int
    """The layer, counted from 0."""
    from_head: int
    """The head within its layer, counted from 0."""
    component: int
    """The writer's component, 0 for its greatest singular value."""
    to_layer: int
    """The layer, counted from 0."""
    to_head: int
    """The head within its layer, counted from 0."""
    score: float
    """‖b_kᵀ M_B‖ / ‖M_B‖ for the direction b_k that the component writes."""
    baseline: float
    """The mean score of random directions with this reader."""
    baseline_sd: float
    """Their standard deviation."""
    z: float
    """How many standard deviations the score lies above the mean."""
    reads: Table[ComponentRead]
    """The reader's components that take the direction up, the strongest first."""

    decoders = {"reads": table_of(ComponentRead)}


@dataclass(slots=True, kw_only=True, repr=False)
class HeadsComponents(Record):
    """What `heads.components` returns."""

    model: str
    """The model's name."""
    kind: Literal["q", "k", "v"]
    """Which input of the later head is meant: q, k or v."""
    random_directions: int
    """How many random directions made the baseline."""
    total: int
    """How many entries there are."""
    components: Table[ComponentPair]
    """The entries, the strongest first."""
    next_cursor: str | None = None
    """Where the next page starts; absent on the last one."""

    decoders = {"components": table_of(ComponentPair)}


@dataclass(slots=True, kw_only=True, repr=False)
class SubspacePair(Record):
    """How far the space that a head writes into is the space that a later one reads from."""

    from_layer: int
    """The layer, counted from 0."""
    from_head: int
    """The head within its layer, counted from 0."""
    to_layer: int
    """The layer, counted from 0."""
    to_head: int
    """The head within its layer, counted from 0."""
    overlap: float
    """‖UᵀV‖² of orthonormal bases: the sum of the squared cosines of the principal angles."""
    from_dimension: int
    """The dimension of what is written."""
    to_dimension: int
    """The dimension of what is read."""
    share: float
    """The overlap, as a share of the lesser dimension."""
    expected: float
    """What random spaces of these dimensions have on average."""
    z: float
    """How far the overlap lies above that, in standard deviations between random spaces."""


@dataclass(slots=True, kw_only=True, repr=False)
class HeadsOverlap(Record):
    """What `heads.overlap` returns."""

    model: str
    """The model's name."""
    kind: Literal["q", "k", "v"]
    """Which input of the later head is meant: q, k or v."""
    random_mean: float
    """The mean overlap of random spaces of d_head dimensions."""
    random_sd: float
    """Its standard deviation."""
    total: int
    """How many pairs there are."""
    pairs: Table[SubspacePair]
    """The pairs, the most overlapping first."""
    next_cursor: str | None = None
    """Where the next page starts; absent on the last one."""

    decoders = {"pairs": table_of(SubspacePair)}


@dataclass(slots=True, kw_only=True, repr=False)
class HeadFigures(Record):
    """What a head's pattern looks like on a text."""

    layer: int
    """The layer, counted from 0."""
    head: int
    """The head within its layer, counted from 0."""
    self_attention: float
    """Mean attention to the own position. (0.0 to 1.0)"""
    previous_token: float
    """Mean attention to the previous position. (0.0 to 1.0)"""
    entropy: float
    """Mean entropy of a row, in nats."""
    distance_mean: float
    """Mean distance looked back, in tokens, weighted by attention."""
    distance_variance: float
    """Its variance."""
    induction: float | None = None
    """Mean attention from a repeated token to what followed it before; 0 below 0.01, absent if nothing repeats. (0.0 to
    1.0)
    """
    duplicate_token: float | None = None
    """Mean attention from a repeated token to itself before; absent if nothing repeats. (0.0 to 1.0)"""
    sink: float
    """Mean attention to position 0 over a context's first 64 rows. (0.0 to 1.0)"""
    sink_rate: float
    """The share of contexts in which that exceeds the threshold. (0.0 to 1.0)"""


@dataclass(slots=True, kw_only=True, repr=False)
class HeadsMetrics(Record):
    """What `heads.metrics` returns."""

    model: str
    """The model's name."""
    text: str
    """What was read: repeated random tokens, the corpus or the task."""
    contexts: int
    """How many contexts were read."""
    tokens: int
    """How many tokens."""
    sink_threshold: float
    """The attention to position 0 from which a head has a sink. (0.0 to 1.0)"""
    sink_rate: float
    """The share of heads and contexts that have one. (0.0 to 1.0)"""
    heads: Table[HeadFigures]
    """The heads, layer by layer."""

    decoders = {"heads": table_of(HeadFigures)}


@dataclass(slots=True, kw_only=True, repr=False)
class RetrievalTrial(Record):
    """One needle in one haystack, and what the model answered."""

    length: int
    """Tokens of the prompt."""
    depth: float
    """Where the needle was to stand: 0 for the beginning, 1 for the end. (0.0 to 1.0)"""
    needle_position: int
    """Where it stands."""
    answer: str | None = None
    """What the model generated; absent if it was not asked to."""
    recall: float | None = None
    """The share of the right answer's words in it (ROUGE-1 recall). (0.0 to 1.0)"""
    is_answered: bool | None = None
    """Whether that is enough for the trial to count: more than a half."""


@dataclass(slots=True, kw_only=True, repr=False)
class RetrievalScore(Record):
    """How much of needles a head copied."""

    layer: int
    """The layer, counted from 0."""
    head: int
    """The head within its layer, counted from 0."""
    generated: float | None = None
    """Mean share of the answer that it copied while the model answered by itself, over the trials that count; absent
    without any.
    """
    teacher_forced: float | None = None
    """The same while the right answer was fed, over all trials."""
    is_retrieval_head: bool
    """Whether the generated score, or without one the teacher-forced one, exceeds the threshold."""


@dataclass(slots=True, kw_only=True, repr=False)
class HeadsRetrieval(Record):
    """What `heads.retrieval` returns."""

    model: str
    """The model's name."""
    corpus: str
    """The text of the haystack."""
    needle: str
    """What was hidden."""
    question: str
    """What stood at the end of the prompts."""
    answer: str
    """What should have followed."""
    trials: Table[RetrievalTrial]
    """The prompts, and what was answered."""
    answered: int | None = None
    """How many of them the model answered well enough to count; absent if it was not asked to."""
    note: str | None = None
    """What to know before trusting the generated scores; absent if there is nothing."""
    threshold: float
    """From which score on a head counts as a retrieval head. (0.0 to 1.0)"""
    heads: Table[RetrievalScore]
    """The heads, layer by layer."""

    decoders = {"trials": table_of(RetrievalTrial), "heads": table_of(RetrievalScore)}


@dataclass(slots=True, kw_only=True, repr=False)
class HeadPartner(Record):
    """The earlier head whose output a head reads most."""

    layer: int
    """The layer, counted from 0."""
    head: int
    """The head within its layer, counted from 0."""
    score: float
    """Their composition score."""


@dataclass(slots=True, kw_only=True, repr=False)
class HeadFacts(Record):
    """Everything that is known of a head, side by side."""

    layer: int
    """The layer, counted from 0."""
    head: int
    """The head within its layer, counted from 0."""
    greatest_singular_value: float
    """The greatest singular value of W_Q·W_Kᵀ, folded and centred."""
    frobenius: float
    """The norm of W_Q·W_Kᵀ."""
    rank90: int
    """How many singular values hold 90 % of its square."""
    participation_ratio: float
    """How many equal singular values would spread as these do."""
    self_attention: float
    """Mean attention to the own position. (0.0 to 1.0)"""
    previous_token: float
    """Mean attention to the previous position. (0.0 to 1.0)"""
    entropy: float
    """Mean entropy of a row, in nats."""
    distance_mean: float
    """Mean distance looked back, in tokens, weighted by attention."""
    distance_variance: float
    """Its variance."""
    induction: float | None = None
    """Mean attention from a repeated token to what followed it before; 0 below 0.01, absent if nothing repeats. (0.0 to
    1.0)
    """
    duplicate_token: float | None = None
    """Mean attention from a repeated token to itself before; absent if nothing repeats. (0.0 to 1.0)"""
    sink: float
    """Mean attention to position 0 over a context's first 64 rows. (0.0 to 1.0)"""
    sink_rate: float
    """The share of contexts in which that exceeds the threshold. (0.0 to 1.0)"""
    retrieval: float | None = None
    """The teacher-forced retrieval score; absent without a text to hide needles in."""
    q_input: HeadPartner | None = None
    """The earlier head whose output a head reads most."""
    k_input: HeadPartner | None = None
    """The earlier head whose output a head reads most."""
    v_input: HeadPartner | None = None
    """The earlier head whose output a head reads most."""

    decoders = {
        "q_input": HeadPartner.from_wire, "k_input": HeadPartner.from_wire, "v_input": HeadPartner.from_wire,
    }


@dataclass(slots=True, kw_only=True, repr=False)
class HeadsTable(Record):
    """What `heads.table` returns."""

    model: str
    """The model's name."""
    heads: Table[HeadFacts]
    """The heads."""

    decoders = {"heads": table_of(HeadFacts)}


def composition(
    *, model: str | None = None, kind: Literal["q", "k", "v"] | None = None, from_layers: Sequence[int] | None = None,
    to_layers: Sequence[int] | None = None, limit: int | None = None, cursor: str | None = None, deadline_ms: int | None = None,
) -> Call[HeadsComposition]:
    """How strongly heads read what earlier heads write, by their weights alone, the strongest first."""
    return Call("heads.composition", {
        "model": model, "kind": kind, "from_layers": from_layers, "to_layers": to_layers, "limit": limit, "cursor": cursor,
        "deadline_ms": deadline_ms,
    }, HeadsComposition, is_repeatable=True)


def components(
    *, model: str | None = None, kind: Literal["q", "k", "v"] | None = None, from_layer: int | None = None,
    from_head: int | None = None, to_layer: int | None = None, to_head: int | None = None,
    order: Literal["z", "score"] | None = None, reads: int | None = None, random_directions: int | None = None,
    seed: int | None = None, limit: int | None = None, cursor: str | None = None, deadline_ms: int | None = None,
) -> Call[HeadsComponents]:
    """Says which single components of heads are read by later heads, beside random directions."""
    return Call("heads.components", {
        "model": model, "kind": kind, "from_layer": from_layer, "from_head": from_head, "to_layer": to_layer,
        "to_head": to_head, "order": order, "reads": reads, "random_directions": random_directions, "seed": seed,
        "limit": limit, "cursor": cursor, "deadline_ms": deadline_ms,
    }, HeadsComponents, is_repeatable=True)


def overlap(
    *, model: str | None = None, kind: Literal["q", "k", "v"] | None = None, from_layers: Sequence[int] | None = None,
    to_layers: Sequence[int] | None = None, random_spaces: int | None = None, seed: int | None = None, limit: int | None = None,
    cursor: str | None = None, deadline_ms: int | None = None,
) -> Call[HeadsOverlap]:
    """Says how far the spaces that heads write into are the spaces that later heads read from, whatever the strengths."""
    return Call("heads.overlap", {
        "model": model, "kind": kind, "from_layers": from_layers, "to_layers": to_layers, "random_spaces": random_spaces,
        "seed": seed, "limit": limit, "cursor": cursor, "deadline_ms": deadline_ms,
    }, HeadsOverlap, is_repeatable=True)


def metrics(
    *, model: str | None = None, corpus: str | PathLike[str] | None = None, text_field: str | None = None,
    task: str | None = None, contexts: int | None = None, context_length: int | None = None, seed: int | None = None,
    prepend_bos: bool | None = None, sink_threshold: float | None = None, deadline_ms: int | None = None,
) -> Call[HeadsMetrics]:
    """Measures every head's pattern: previous token, induction, duplicate token, entropy, distance, sink."""
    return Call("heads.metrics", {
        "model": model, "corpus": corpus, "text_field": text_field, "task": task, "contexts": contexts,
        "context_length": context_length, "seed": seed, "prepend_bos": prepend_bos, "sink_threshold": sink_threshold,
        "deadline_ms": deadline_ms,
    }, HeadsMetrics, is_repeatable=True)


def retrieval(
    *, model: str | None = None, corpus: str | PathLike[str] | None = None, text_field: str | None = None,
    needle: str | None = None, question: str | None = None, answer: str | None = None, lengths: Sequence[int] | None = None,
    depths: Sequence[float] | None = None, variant: Literal["both", "generated", "teacher_forced"] | None = None,
    answer_tokens: int | None = None, prepend_bos: bool | None = None, deadline_ms: int | None = None,
) -> Call[HeadsRetrieval]:
    """Finds the heads that copy a sentence out of a long text into the answer."""
    return Call("heads.retrieval", {
        "model": model, "corpus": corpus, "text_field": text_field, "needle": needle, "question": question, "answer": answer,
        "lengths": lengths, "depths": depths, "variant": variant, "answer_tokens": answer_tokens, "prepend_bos": prepend_bos,
        "deadline_ms": deadline_ms,
    }, HeadsRetrieval, is_repeatable=True)


def table(
    *, model: str | None = None, corpus: str | PathLike[str] | None = None, text_field: str | None = None,
    sort: Literal["greatest_singular_value", "frobenius", "rank90", "participation_ratio", "self_attention", "previous_token", "entropy", "distance_mean", "induction", "duplicate_token", "sink", "retrieval"] | None = None,
    contexts: int | None = None, seed: int | None = None, deadline_ms: int | None = None,
) -> Call[HeadsTable]:
    """Puts everything that is known of every head side by side, sorted as wanted."""
    return Call("heads.table", {
        "model": model, "corpus": corpus, "text_field": text_field, "sort": sort, "contexts": contexts, "seed": seed,
        "deadline_ms": deadline_ms,
    }, HeadsTable, is_repeatable=True)


class Heads(Namespace):
    """`heads.*`, blocking."""

    def composition(
        self, *, model: str | None = None, kind: Literal["q", "k", "v"] | None = None, from_layers: Sequence[int] | None = None,
        to_layers: Sequence[int] | None = None, limit: int | None = None, cursor: str | None = None,
        deadline_ms: int | None = None,
    ) -> HeadsComposition:
        """How strongly heads read what earlier heads write, by their weights alone, the strongest first.

        Elhage's composition scores ‖OV_A M_B‖ / (‖OV_A‖ ‖M_B‖), Frobenius, for every head A of an earlier layer than B,
        with M_B = W_Q W_Kᵀ for q, its transpose for k, OV_B for v; LayerNorm folded in, weights centred. A map of A
        whose directions point anywhere would score baseline, 1/√(d_model − 1), as a root mean square. Computed from
        inner products of d_head × d_head, for GPT-2 small in well under a second.

        Args:
            model: A resident model's name; the embedded model if absent.
            kind: Which input of the later head is meant: q, k or v. (default: "q")
            from_layers: Only heads of these layers as writers; all if absent.
            to_layers: Only heads of these layers as readers; all if absent.
            limit: How many entries at most. (1 to 1000; default: 20)
            cursor: Where the page before this one ended: its next_cursor.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, LayerOutOfRange, CursorInvalid, ModelUnreadable, ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(composition(
            model=model, kind=kind, from_layers=from_layers, to_layers=to_layers, limit=limit, cursor=cursor,
            deadline_ms=deadline_ms,
        ))

    def components(
        self, *, model: str | None = None, kind: Literal["q", "k", "v"] | None = None, from_layer: int | None = None,
        from_head: int | None = None, to_layer: int | None = None, to_head: int | None = None,
        order: Literal["z", "score"] | None = None, reads: int | None = None, random_directions: int | None = None,
        seed: int | None = None, limit: int | None = None, cursor: str | None = None, deadline_ms: int | None = None,
    ) -> HeadsComponents:
        """Says which single components of heads are read by later heads, beside random directions.

        OV_A = Σ σ_k a_k b_kᵀ: component k writes in the direction b_k, and ‖b_kᵀ M_B‖ / ‖M_B‖ says how strongly head B
        reads it, whatever σ_k (Merullo et al., 2406.09519). The baseline is that of random directions without a mean;
        its seed makes it repeatable. Each entry names the reader's own components that take the direction up. The
        singular decompositions of the layers asked for are computed anew: for all of GPT-2 small a few seconds, layer
        by layer, with other calls in between.

        Args:
            model: A resident model's name; the embedded model if absent.
            kind: Which input of the later head is meant: q, k or v. (default: "q")
            from_layer: The layer, counted from 0.
            from_head: The head within its layer, counted from 0.
            to_layer: The layer, counted from 0.
            to_head: The head within its layer, counted from 0.
            order: What ranks the entries: how far they lie above random directions, or the score itself. (default: "z")
            reads: How many of the reader's components each entry names. (0 to 1024; default: 3)
            random_directions: How many random directions make the baseline. (2 to 4096; default: 256)
            seed: What everything drawn follows from. (default: 0)
            limit: How many entries at most. (1 to 1000; default: 20)
            cursor: Where the page before this one ended: its next_cursor.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, LayerOutOfRange, HeadOutOfRange, CursorInvalid, ModelUnsupported, ModelUnreadable,
            TokenizerUnreadable.
        """
        return self._client.call(components(
            model=model, kind=kind, from_layer=from_layer, from_head=from_head, to_layer=to_layer, to_head=to_head, order=order,
            reads=reads, random_directions=random_directions, seed=seed, limit=limit, cursor=cursor, deadline_ms=deadline_ms,
        ))

    def overlap(
        self, *, model: str | None = None, kind: Literal["q", "k", "v"] | None = None, from_layers: Sequence[int] | None = None,
        to_layers: Sequence[int] | None = None, random_spaces: int | None = None, seed: int | None = None,
        limit: int | None = None, cursor: str | None = None, deadline_ms: int | None = None,
    ) -> HeadsOverlap:
        """Says how far the spaces that heads write into are the spaces that later heads read from, whatever the strengths.

        The projection kernel ‖UᵀV‖² of the row space of W_O with the column space of W_Q (q), W_K (k) or W_V (v),
        LayerNorm folded in, weights centred. Random spaces of dimensions a and b overlap by a·b/(d_model − 1) on
        average; their spread is measured on random spaces of d_head dimensions.

        Args:
            model: A resident model's name; the embedded model if absent.
            kind: Which input of the later head is meant: q, k or v. (default: "q")
            from_layers: Only heads of these layers as writers; all if absent.
            to_layers: Only heads of these layers as readers; all if absent.
            random_spaces: How many random spaces are compared with each other for the spread. (3 to 64; default: 16)
            seed: What everything drawn follows from. (default: 0)
            limit: How many entries at most. (1 to 1000; default: 20)
            cursor: Where the page before this one ended: its next_cursor.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, LayerOutOfRange, CursorInvalid, ModelUnsupported, ModelUnreadable, TokenizerUnreadable.
        """
        return self._client.call(overlap(
            model=model, kind=kind, from_layers=from_layers, to_layers=to_layers, random_spaces=random_spaces, seed=seed,
            limit=limit, cursor=cursor, deadline_ms=deadline_ms,
        ))

    def metrics(
        self, *, model: str | None = None, corpus: str | PathLike[str] | None = None, text_field: str | None = None,
        task: str | None = None, contexts: int | None = None, context_length: int | None = None, seed: int | None = None,
        prepend_bos: bool | None = None, sink_threshold: float | None = None, deadline_ms: int | None = None,
    ) -> HeadsMetrics:
        """Measures every head's pattern: previous token, induction, duplicate token, entropy, distance, sink.

        On repeated random tokens unless a corpus or a task is named: BOS, n different tokens, the same n again, which
        shows induction heads for what they are. HeadVis's six metrics, the duplicate-token score, and the sink rate of
        Gu et al. (2410.10781). Batch by batch, with other calls in between; patterns of one layer are in memory at a
        time.

        Args:
            model: A resident model's name; the embedded model if absent.
            corpus: The path of a .txt file (one document per line), a .jsonl file (one JSON object per line) or a .npy
                file of token ids, or demo for the embedded model's text; repeated random tokens, or the task's prompts
                if absent. Users other than the service's own and root may name what lies beneath its client roots.
            text_field: Which field of a .jsonl file's objects is the text; text if absent.
            task: A task as `tasks.run` takes it, instead of a corpus.
            contexts: How many contexts or prompts at most. (1 to 4096; default: 32)
            context_length: Tokens in a context; 128, or the model's whole context if that is shorter; no matter for a
                task. (at least 3)
            seed: What everything drawn follows from. (default: 0)
            prepend_bos: Whether a BOS token stands in front of each context that is made here. (default: true)
            sink_threshold: The attention to position 0 from which a head has a sink in a context. (0.0 to 1.0; default:
                0.3)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, TextTooLong, TextEmpty, TextUnreadable, TokenOutOfRange, TokenizerUnreadable, TaskNotFound,
            TaskUnsuited, FileNotFound, PathRefused, ModelUnreadable, ModelUnsupported.
        """
        return self._client.call(metrics(
            model=model, corpus=corpus, text_field=text_field, task=task, contexts=contexts, context_length=context_length,
            seed=seed, prepend_bos=prepend_bos, sink_threshold=sink_threshold, deadline_ms=deadline_ms,
        ))

    def retrieval(
        self, *, model: str | None = None, corpus: str | PathLike[str] | None = None, text_field: str | None = None,
        needle: str | None = None, question: str | None = None, answer: str | None = None, lengths: Sequence[int] | None = None,
        depths: Sequence[float] | None = None, variant: Literal["both", "generated", "teacher_forced"] | None = None,
        answer_tokens: int | None = None, prepend_bos: bool | None = None, deadline_ms: int | None = None,
    ) -> HeadsRetrieval:
        """Finds the heads that copy a sentence out of a long text into the answer.

        A needle is hidden in a haystack at several depths, a question stands behind it. A head copies a token when it
        looks most at the needle's copy of the token that comes next; its score is the share of the right answer that it
        copies (Wu et al., 2404.15574). Generated: the model answers by itself, and a trial counts if it says more than
        half of the right answer's words. Teacher-forced: the right answer is fed, which needs no model that answers;
        small models rarely do, and note says so. Prompts of the model's whole context take seconds each, in steps, with
        other calls in between.

        Args:
            model: A resident model's name; the embedded model if absent.
            corpus: The path of a .txt file (one document per line), a .jsonl file (one JSON object per line) or a .npy
                file of token ids, or demo for the embedded model's text; the embedded model's text, which only that
                model may leave out if absent. Users other than the service's own and root may name what lies beneath
                its client roots.
            text_field: Which field of a .jsonl file's objects is the text; text if absent.
            needle: What is hidden; a sentence that suits the model if absent.
            question: What stands at the end of the prompt; one that suits the needle if both are absent, nothing if
                only this is.
            answer: What should follow: the needle, or a part of it; the needle if absent.
            lengths: Tokens of the prompts; half and all of what the context leaves if absent.
            depths: Where the needle stands: 0 for the beginning, 1 for the end. (default: [0, 0.5, 1])
            variant: Who answers: the model by itself, or the right answer is fed, or once each. (default: "both")
            answer_tokens: How many tokens the model may generate. (1 to 256; default: 50)
            prepend_bos: Whether a BOS token stands in front of each context that is made here. (default: true)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, TextTooLong, TextEmpty, TextUnreadable, TokenOutOfRange, TokenizerUnreadable, FileNotFound,
            PathRefused, ModelUnreadable, ModelUnsupported.
        """
        return self._client.call(retrieval(
            model=model, corpus=corpus, text_field=text_field, needle=needle, question=question, answer=answer, lengths=lengths,
            depths=depths, variant=variant, answer_tokens=answer_tokens, prepend_bos=prepend_bos, deadline_ms=deadline_ms,
        ))

    def table(
        self, *, model: str | None = None, corpus: str | PathLike[str] | None = None, text_field: str | None = None,
        sort: Literal["greatest_singular_value", "frobenius", "rank90", "participation_ratio", "self_attention", "previous_token", "entropy", "distance_mean", "induction", "duplicate_token", "sink", "retrieval"] | None = None,
        contexts: int | None = None, seed: int | None = None, deadline_ms: int | None = None,
    ) -> HeadsTable:
        """Puts everything that is known of every head side by side, sorted as wanted.

        The spectrum of W_Q·W_Kᵀ, the metrics of heads.metrics on repeated random tokens, the teacher-forced score of
        heads.retrieval where there is a text, and the earlier heads whose output queries, keys and values read most.
        The sum of those methods' costs: for GPT-2 small some ten seconds, in steps.

        Args:
            model: A resident model's name; the embedded model if absent.
            corpus: The path of a .txt file (one document per line), a .jsonl file (one JSON object per line) or a .npy
                file of token ids, or demo for the embedded model's text; the embedded model's text for that model, no
                retrieval scores for others if absent. Users other than the service's own and root may name what lies
                beneath its client roots.
            text_field: Which field of a .jsonl file's objects is the text; text if absent.
            sort: By which figure the heads are sorted, the greatest first.
            contexts: How many contexts of repeated random tokens. (1 to 1024; default: 16)
            seed: What everything drawn follows from. (default: 0)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, TextTooLong, TextEmpty, TextUnreadable, TokenOutOfRange, TokenizerUnreadable, FileNotFound,
            PathRefused, ModelUnsupported, ModelUnreadable.
        """
        return self._client.call(table(
            model=model, corpus=corpus, text_field=text_field, sort=sort, contexts=contexts, seed=seed, deadline_ms=deadline_ms,
        ))


class AsyncHeads(AsyncNamespace):
    """`heads.*` for asyncio; see `Heads`."""

    async def composition(
        self, *, model: str | None = None, kind: Literal["q", "k", "v"] | None = None, from_layers: Sequence[int] | None = None,
        to_layers: Sequence[int] | None = None, limit: int | None = None, cursor: str | None = None,
        deadline_ms: int | None = None,
    ) -> HeadsComposition:
        """How strongly heads read what earlier heads write, by their weights alone, the strongest first."""
        return await self._client.call(composition(
            model=model, kind=kind, from_layers=from_layers, to_layers=to_layers, limit=limit, cursor=cursor,
            deadline_ms=deadline_ms,
        ))

    async def components(
        self, *, model: str | None = None, kind: Literal["q", "k", "v"] | None = None, from_layer: int | None = None,
        from_head: int | None = None, to_layer: int | None = None, to_head: int | None = None,
        order: Literal["z", "score"] | None = None, reads: int | None = None, random_directions: int | None = None,
        seed: int | None = None, limit: int | None = None, cursor: str | None = None, deadline_ms: int | None = None,
    ) -> HeadsComponents:
        """Says which single components of heads are read by later heads, beside random directions."""
        return await self._client.call(components(
            model=model, kind=kind, from_layer=from_layer, from_head=from_head, to_layer=to_layer, to_head=to_head, order=order,
            reads=reads, random_directions=random_directions, seed=seed, limit=limit, cursor=cursor, deadline_ms=deadline_ms,
        ))

    async def overlap(
        self, *, model: str | None = None, kind: Literal["q", "k", "v"] | None = None, from_layers: Sequence[int] | None = None,
        to_layers: Sequence[int] | None = None, random_spaces: int | None = None, seed: int | None = None,
        limit: int | None = None, cursor: str | None = None, deadline_ms: int | None = None,
    ) -> HeadsOverlap:
        """Says how far the spaces that heads write into are the spaces that later heads read from, whatever the strengths."""
        return await self._client.call(overlap(
            model=model, kind=kind, from_layers=from_layers, to_layers=to_layers, random_spaces=random_spaces, seed=seed,
            limit=limit, cursor=cursor, deadline_ms=deadline_ms,
        ))

    async def metrics(
        self, *, model: str | None = None, corpus: str | PathLike[str] | None = None, text_field: str | None = None,
        task: str | None = None, contexts: int | None = None, context_length: int | None = None, seed: int | None = None,
        prepend_bos: bool | None = None, sink_threshold: float | None = None, deadline_ms: int | None = None,
    ) -> HeadsMetrics:
        """Measures every head's pattern: previous token, induction, duplicate token, entropy, distance, sink."""
        return await self._client.call(metrics(
            model=model, corpus=corpus, text_field=text_field, task=task, contexts=contexts, context_length=context_length,
            seed=seed, prepend_bos=prepend_bos, sink_threshold=sink_threshold, deadline_ms=deadline_ms,
        ))

    async def retrieval(
        self, *, model: str | None = None, corpus: str | PathLike[str] | None = None, text_field: str | None = None,
        needle: str | None = None, question: str | None = None, answer: str | None = None, lengths: Sequence[int] | None = None,
        depths: Sequence[float] | None = None, variant: Literal["both", "generated", "teacher_forced"] | None = None,
        answer_tokens: int | None = None, prepend_bos: bool | None = None, deadline_ms: int | None = None,
    ) -> HeadsRetrieval:
        """Finds the heads that copy a sentence out of a long text into the answer."""
        return await self._client.call(retrieval(
            model=model, corpus=corpus, text_field=text_field, needle=needle, question=question, answer=answer, lengths=lengths,
            depths=depths, variant=variant, answer_tokens=answer_tokens, prepend_bos=prepend_bos, deadline_ms=deadline_ms,
        ))

    async def table(
        self, *, model: str | None = None, corpus: str | PathLike[str] | None = None, text_field: str | None = None,
        sort: Literal["greatest_singular_value", "frobenius", "rank90", "participation_ratio", "self_attention", "previous_token", "entropy", "distance_mean", "induction", "duplicate_token", "sink", "retrieval"] | None = None,
        contexts: int | None = None, seed: int | None = None, deadline_ms: int | None = None,
    ) -> HeadsTable:
        """Puts everything that is known of every head side by side, sorted as wanted."""
        return await self._client.call(table(
            model=model, corpus=corpus, text_field=text_field, sort=sort, contexts=contexts, seed=seed, deadline_ms=deadline_ms,
        ))
