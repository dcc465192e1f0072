"""`interventions.*`: what the daemon's methods take and return.

Written by generate.py from the daemon's OpenRPC document; do not edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any, List, Literal

from ..call import Call
from ..namespace import AsyncNamespace, Namespace
from ..record import Record, Table, table_of
from .shared import AnswerFigures, Prompt, TokenCount, TraceOptions, TraceRoot


@dataclass(slots=True, kw_only=True, repr=False)
class Edit(Record):
    """One change of a layer's attention."""

    target: Literal[
        "pair", "query_feature", "key_feature", "all_pairs", "surviving_pairs", "head", "pattern",
    ]
    """What is scaled: one pair, all that a feature of one side adds, the sum over all pairs, every pair that the map
    keeps, a head's pattern, or the difference of the pattern from a stage's.
    """
    query_feature: int | None = None
    """The query side's feature, of a pair or by itself."""
    key_feature: int | None = None
    """The key side's feature, of a pair or by itself."""
    stage: Literal["transcoders", "map", "masked_map"] | None = None
    """What is put in the pattern's place, for the target pattern."""
    heads: List[int] | None = None
    """The heads; all of the layer's if absent."""
    factor: float | None = None
    """What the target is multiplied by: 0 removes, 1 leaves, 2 doubles. (-1000.0 to 1000.0; default: 0)"""
    map: str | None = None
    """A map, which brings its dictionary and layer; the call's if absent."""
    dictionary: str | None = None
    """A dictionary without a map; the call's if absent."""
    layer: int | None = None
    """The layer, for heads without a dictionary."""


@dataclass(slots=True, kw_only=True, repr=False)
class Control(Record):
    """With how many random pairs chosen ones are compared."""

    draws: int | None = None
    """How many sets of pairs are drawn. (1 to 100; default: 10)"""
    seed: int | None = None
    """What the draws follow from. (default: 0)"""
    strength: Literal["expected_contribution", "contribution"] | None = None
    """What makes pairs equally strong: what they are expected to add over the map's text, or the scores that they move on
    these very prompts. (default: "expected_contribution")
    """


@dataclass(slots=True, kw_only=True, repr=False)
class ControlFigures(Record):
    """What as many random pairs of equal strength do."""

    draws: int
    """How many sets were drawn."""
    pairs: int
    """How many pairs each has."""
    strength_chosen: float
    """The chosen pairs' strengths, summed."""
    strength: float
    """The drawn pairs' strengths, summed, mean over draws."""
    drop: float | None = None
    """What they take from the logit difference, mean over draws; absent without answers."""
    drop_sd: float | None = None
    """Its standard deviation over draws."""
    drop_max: float | None = None
    """The most that one draw took."""
    CE_difference: float | None = None
    """What they add to the loss, in nats, mean over draws; absent where it was not measured."""
    CE_difference_sd: float | None = None
    """Its standard deviation over draws."""
    KL_logits: float | None = None
    """KL(p_model || p_changed) in nats, mean over tokens and draws; absent where it was not measured."""


@dataclass(slots=True, kw_only=True, repr=False)
class PromptEffect(Record):
    """What an intervention does to one prompt's answer."""

    text: str
    """The prompt."""
    answer: str
    """The right answer."""
    logit_difference: float
    """The model's own logit difference."""
    logit_difference_changed: float
    """The changed model's."""


@dataclass(slots=True, kw_only=True, repr=False)
class InterventionsRun(Record):
    """What `interventions.run` returns."""

    model: str
    """The model's name."""
    layers: List[int]
    """The layers that were changed."""
    prompts: int
    """How many prompts or contexts were run."""
    tokens: int
    """How many tokens they have."""
    CE: float | None = None
    """The model's own mean next-token loss in nats; absent for texts of one token."""
    CE_changed: float | None = None
    """The changed model's."""
    KL_logits: float
    """KL(p_model || p_changed) in nats, mean over tokens."""
    answers: AnswerFigures | None = None
    """How well answers are told from what would be wrong."""
    answers_changed: AnswerFigures | None = None
    """How well answers are told from what would be wrong."""
    drop: float | None = None
    """What the intervention takes from the logit difference, mean over prompts."""
    drop_sd: float | None = None
    """Its standard deviation over prompts."""
    control: ControlFigures | None = None
    """What as many random pairs of equal strength do."""
    by_prompt: Table[PromptEffect] | None = None
    """Each prompt that has an answer; absent unless asked for."""

    decoders = {
        "answers": AnswerFigures.from_wire, "answers_changed": AnswerFigures.from_wire, "control": ControlFigures.from_wire,
        "by_prompt": table_of(PromptEffect),
    }


@dataclass(slots=True, kw_only=True, repr=False)
class InterventionsRankControl(Record):
    """With how many random pairs chosen ones are compared."""

    draws: int | None = None
    """How many sets of pairs are drawn. (1 to 100; default: 10)"""
    seed: int | None = None
    """What the draws follow from. (default: 0)"""
    strength: Literal["expected_contribution", "contribution"] | None = None
    """What makes pairs equally strong: what they are expected to add over the map's text, or the scores that they move on
    these very prompts. (default: "expected_contribution")
    """


@dataclass(slots=True, kw_only=True, repr=False)
class RankedPair(Record):
    """A pair that a head's look rests on, and what removing it does."""

    query_feature: int
    """A feature of the query side."""
    key_feature: int
    """A feature of the key side."""
    strength: float
    """Its strength, as the control measures it."""
    effect: float
    """What removing it takes from the pattern at the sources asked about, in closed form, mean over prompts."""
    contribution: float
    """What it adds to the scores there, mean over prompts."""
    prompts: int
    """Prompts in which it acts."""
    drop: float
    """What removing it alone takes from the logit difference."""
    drop_cumulative: float
    """What removing it and all pairs listed before it takes."""
    query_tokens: Table[TokenCount]
    """On which tokens of the prompts the query feature fires most often."""
    key_tokens: Table[TokenCount]
    """On which tokens of the prompts the key feature fires most often."""

    decoders = {"query_tokens": table_of(TokenCount), "key_tokens": table_of(TokenCount)}


@dataclass(slots=True, kw_only=True, repr=False)
class HeadRanking(Record):
    """What one head does for the answers, and through which pairs."""

    head: int
    """The head within its layer, counted from 0."""
    attention: float
    """What it attends to the sources asked about, or to the strongest of all, mean over prompts."""
    drop_head: float
    """What removing the head's pattern takes from the logit difference."""
    drop_all_pairs: float
    """What removing the sum over all pairs, in the map or not, takes."""
    drop_surviving_pairs: float
    """What removing every pair that the map keeps takes."""
    surviving_pairs: int
    """How many those are."""
    acting_pairs: int
    """How many of them act on these prompts."""
    pairs: Table[RankedPair]
    """The strongest."""
    control: ControlFigures | None = None
    """What as many random pairs of equal strength do."""

    decoders = {"pairs": table_of(RankedPair), "control": ControlFigures.from_wire}


@dataclass(slots=True, kw_only=True, repr=False)
class InterventionsRank(Record):
    """What `interventions.rank` returns."""

    model: str
    """The model's name."""
    map: str
    """The map."""
    dictionary: str
    """Its dictionary."""
    layer: int
    """The layer, counted from 0."""
    source: Literal["strongest", "any", "answer", "wrong"]
    """At which sources pairs were measured."""
    prompts: int
    """How many prompts were asked."""
    answers: AnswerFigures
    """How well answers are told from what would be wrong."""
    heads: Table[HeadRanking]
    """The heads."""

    decoders = {"answers": AnswerFigures.from_wire, "heads": table_of(HeadRanking)}


@dataclass(slots=True, kw_only=True, repr=False)
class HeadName(Record):
    """A head."""

    layer: int
    """The layer, counted from 0."""
    head: int
    """The head within its layer, counted from 0."""


@dataclass(slots=True, kw_only=True, repr=False)
class SignalEffect(Record):
    """What a change does, mean over prompts."""

    attention: float
    """What the head gives the source."""
    attention_changed: float
    """What it gives it after the change."""
    attn_score_change: float
    """What the change adds to the scaled score."""
    drop: float | None = None
    """What the change takes from the logit difference; absent without answers."""
    drop_sd: float | None = None
    """Its standard deviation over prompts, or over draws."""


@dataclass(slots=True, kw_only=True, repr=False)
class SignalPromptEffect(Record):
    """What a change does in one prompt."""

    text: str
    """The prompt; empty if it was given as tokens."""
    destination: int
    """The token that looks."""
    source: int
    """The token that is looked at."""
    fires: bool
    """Whether the head looks there at all."""
    attention: float
    """Its attention."""
    attention_changed: float | None = None
    """Its attention after the change; absent where nothing was changed."""
    logit_difference: float | None = None
    """The model's own logit difference; absent without an answer."""
    logit_difference_changed: float | None = None
    """The changed model's."""


@dataclass(slots=True, kw_only=True, repr=False)
class InterventionsSignal(Record):
    """What `interventions.signal` returns."""

    model: str
    """The model's name."""
    mode: Literal["score_sum", "relative_attention", "softmax_greedy"]
    """How a look's signal is told from the rest of its score, and what links weigh: score_sum (2024), what heads add to
    the signal that makes the score; relative_attention (2025), what heads, MLPs, biases and embeddings add to what sets
    the score above other sources'; softmax_greedy (2026), what the attention falls by when they are taken from the
    scores.
    """
    prompts: int
    """How many prompts were asked."""
    changed: int
    """In how many of them something was changed; the figures below are of these."""
    terms: float
    """How many singular vectors the signal has, mean."""
    cosine: float
    """The cosine of the upstream outputs with themselves after the change, mean."""
    norm_ratio: float
    """Their length after the change by that before, mean."""
    answers: AnswerFigures | None = None
    """How well answers are told from what would be wrong."""
    effect: SignalEffect
    """What a change does, mean over prompts."""
    control: SignalEffect | None = None
    """What a change does, mean over prompts."""
    by_prompt: Table[SignalPromptEffect] | None = None
    """Each prompt; absent unless asked for."""

    decoders = {
        "answers": AnswerFigures.from_wire, "effect": SignalEffect.from_wire, "control": SignalEffect.from_wire,
        "by_prompt": table_of(SignalPromptEffect),
    }


@dataclass(slots=True, kw_only=True, repr=False)
class InterventionsFeaturesEdit(Record):
    """One change of one feature of a sparse autoencoder."""

    sae: str
    """The autoencoder, as in s1."""
    feature: int
    """The feature."""
    factor: float | None = None
    """What its activation is multiplied by, 0 to remove it; 0 if value is absent too. (-1000.0 to 1000.0)"""
    value: float | None = None
    """What its activation is set to, whether it was active or not; instead of a factor. (-1000000.0 to 1000000.0)"""
    positions: List[int | str] | None = None
    """At which tokens; all if absent."""


@dataclass(slots=True, kw_only=True, repr=False)
class InterventionsInterventionsFeaturesEdit(Record):
    """What an edit of a feature has met, over all prompts."""

    sae: str
    """The autoencoder."""
    layer: int
    """The layer, counted from 0."""
    feature: int
    """The feature."""
    prompts: int
    """In how many prompts it changes something."""
    active: int
    """At how many tokens the feature was active where the edit reaches."""
    changed: int
    """At how many tokens its activation was changed."""
    activation: float
    """Its activation where it was active, mean over tokens; 0 if it nowhere was."""


@dataclass(slots=True, kw_only=True, repr=False)
class InterventionsFeaturesRaised(Record):
    """A token's logit before and after a change, mean over prompts."""

    token: int
    """The token."""
    piece: str
    """Its text."""
    logit: float
    """The model's own."""
    logit_changed: float
    """The changed model's."""


@dataclass(slots=True, kw_only=True, repr=False)
class InterventionsFeatures(Record):
    """What `interventions.features` returns."""

    model: str
    """The model's name."""
    layers: List[int]
    """The layers whose features were changed."""
    prompts: int
    """How many prompts were asked."""
    changed: int
    """In how many of them something was changed."""
    edits: Table[InterventionsInterventionsFeaturesEdit]
    """What each edit has met, in the order of the call."""
    KL_logits: float
    """KL(p_model || p_changed) in nats after the compared tokens, mean over prompts."""
    raised: Table[InterventionsFeaturesRaised]
    """The tokens whose logits rise most, mean over prompts."""
    lowered: Table[InterventionsFeaturesRaised]
    """The tokens whose logits fall most, mean over prompts."""
    logits: Table[InterventionsFeaturesRaised] | None = None
    """The tokens that the call names."""
    answers: AnswerFigures | None = None
    """How well answers are told from what would be wrong."""
    answers_changed: AnswerFigures | None = None
    """How well answers are told from what would be wrong."""
    drop: float | None = None
    """What the change takes from the logit difference, mean over prompts."""
    drop_sd: float | None = None
    """Its standard deviation over prompts."""
    by_prompt: Table[PromptEffect] | None = None
    """Each prompt that has an answer; absent unless asked for."""

    decoders = {
        "edits": table_of(InterventionsInterventionsFeaturesEdit), "raised": table_of(InterventionsFeaturesRaised),
        "lowered": table_of(InterventionsFeaturesRaised), "logits": table_of(InterventionsFeaturesRaised),
        "answers": AnswerFigures.from_wire, "answers_changed": AnswerFigures.from_wire, "by_prompt": table_of(PromptEffect),
    }


def run(
    edits: Sequence[Edit | Mapping[str, Any]], *, model: str | None = None, map: str | None = None,
    dictionary: str | None = None, destinations: Sequence[int] | None = None, sources: Sequence[int] | None = None,
    text: str | None = None, tokens: Sequence[int] | None = None, prompts: Sequence[Prompt | Mapping[str, Any]] | None = None,
    task: str | None = None, corpus: str | PathLike[str] | None = None, text_field: str | None = None,
    contexts: int | None = None, count: int | None = None, seed: int | None = None, prepend_bos: bool | None = None,
    control: Control | Mapping[str, Any] | None = None, include_prompts: bool | None = None, deadline_ms: int | None = None,
) -> Call[InterventionsRun]:
    """Scales pairs, features, heads or whole patterns inside the running model and measures what that does."""
    return Call("interventions.run", {
        "edits": edits, "model": model, "map": map, "dictionary": dictionary, "destinations": destinations, "sources": sources,
        "text": text, "tokens": tokens, "prompts": prompts, "task": task, "corpus": corpus, "text_field": text_field,
        "contexts": contexts, "count": count, "seed": seed, "prepend_bos": prepend_bos, "control": control,
        "include_prompts": include_prompts, "deadline_ms": deadline_ms,
    }, InterventionsRun, is_repeatable=True)


def rank(
    map: str, *, model: str | None = None, heads: Sequence[int] | None = None,
    prompts: Sequence[Prompt | Mapping[str, Any]] | None = None, task: str | None = None, count: int | None = None,
    seed: int | None = None, prepend_bos: bool | None = None, top: int | None = None,
    by: Literal["drop", "effect", "contribution"] | None = None,
    source: Literal["strongest", "any", "answer", "wrong"] | None = None, destination: Literal["end", "all"] | None = None,
    control: InterventionsRankControl | Mapping[str, Any] | None = None, deadline_ms: int | None = None,
) -> Call[InterventionsRank]:
    """Names the pairs that a head's part in a task rests on, and proves it by removing them."""
    return Call("interventions.rank", {
        "map": map, "model": model, "heads": heads, "prompts": prompts, "task": task, "count": count, "seed": seed,
        "prepend_bos": prepend_bos, "top": top, "by": by, "source": source, "destination": destination, "control": control,
        "deadline_ms": deadline_ms,
    }, InterventionsRank, is_repeatable=True)


def signal(
    look: TraceRoot | Mapping[str, Any], *, model: str | None = None, text: str | None = None,
    tokens: Sequence[int] | None = None, prepend_bos: bool | None = None,
    prompts: Sequence[Prompt | Mapping[str, Any]] | None = None, task: str | None = None, count: int | None = None,
    seed: int | None = None, side: Literal["destination", "source"] | None = None,
    upstream: Sequence[HeadName | Mapping[str, Any]] | None = None, mlps: Sequence[int] | None = None,
    factor: float | None = None, scope: Literal["global", "local"] | None = None,
    options: TraceOptions | Mapping[str, Any] | None = None, include_silent: bool | None = None, draws: int | None = None,
    control_seed: int | None = None, include_prompts: bool | None = None, deadline_ms: int | None = None,
) -> Call[InterventionsSignal]:
    """Scales what heads and MLPs carry of the signal that a look reads, and measures what that does."""
    return Call("interventions.signal", {
        "look": look, "model": model, "text": text, "tokens": tokens, "prepend_bos": prepend_bos, "prompts": prompts,
        "task": task, "count": count, "seed": seed, "side": side, "upstream": upstream, "mlps": mlps, "factor": factor,
        "scope": scope, "options": options, "include_silent": include_silent, "draws": draws, "control_seed": control_seed,
        "include_prompts": include_prompts, "deadline_ms": deadline_ms,
    }, InterventionsSignal, is_repeatable=True)


def features(
    edits: Sequence[InterventionsFeaturesEdit | Mapping[str, Any]], *, model: str | None = None, text: str | None = None,
    tokens: Sequence[int] | None = None, prepend_bos: bool | None = None,
    prompts: Sequence[Prompt | Mapping[str, Any]] | None = None, task: str | None = None, count: int | None = None,
    seed: int | None = None, keep_error: bool | None = None, position: int | str | None = None,
    logits: Sequence[str] | None = None, top_k: int | None = None, include_prompts: bool | None = None,
    deadline_ms: int | None = None,
) -> Call[InterventionsFeatures]:
    """Changes features of sparse autoencoders inside the running model, and measures what that does to the logits."""
    return Call("interventions.features", {
        "edits": edits, "model": model, "text": text, "tokens": tokens, "prepend_bos": prepend_bos, "prompts": prompts,
        "task": task, "count": count, "seed": seed, "keep_error": keep_error, "position": position, "logits": logits,
        "top_k": top_k, "include_prompts": include_prompts, "deadline_ms": deadline_ms,
    }, InterventionsFeatures)


class Interventions(Namespace):
    """`interventions.*`, blocking."""

    def run(
        self, edits: Sequence[Edit | Mapping[str, Any]], *, model: str | None = None, map: str | None = None,
        dictionary: str | None = None, destinations: Sequence[int] | None = None, sources: Sequence[int] | None = None,
        text: str | None = None, tokens: Sequence[int] | None = None,
        prompts: Sequence[Prompt | Mapping[str, Any]] | None = None, task: str | None = None,
        corpus: str | PathLike[str] | None = None, text_field: str | None = None, contexts: int | None = None,
        count: int | None = None, seed: int | None = None, prepend_bos: bool | None = None,
        control: Control | Mapping[str, Any] | None = None, include_prompts: bool | None = None, deadline_ms: int | None = None,
    ) -> InterventionsRun:
        """Scales pairs, features, heads or whole patterns inside the running model and measures what that does.

        A pair's exact contribution f_a f_b M_abh / sqrt(d_head) is subtracted from the model's own scores before the
        softmax, wherever both features are active, and the forward pass goes on; its mask plays no part. A feature
        takes all that it adds with it, its products with the other side's bias and error too. Edits of the same pair
        multiply. At most one dictionary a layer; of several layers, the features of later ones are those of the changed
        stream. Give one of text, tokens, prompts, task and corpus.

        Args:
            edits: The changes.
            model: A resident model's name; the embedded model if absent.
            map: A map, for edits that name none.
            dictionary: A dictionary, for edits that name none.
            destinations: Only scores of these positions that look, negative ones from the end; all if absent.
            sources: Only scores of these positions that are looked at, negative ones from the end; all if absent.
            text: A text.
            tokens: The tokens of a text.
            prompts: Prompts, with their answers if they have any.
            task: A task, as tasks.run takes it.
            corpus: A text file, as dictionaries.train takes it.
            text_field: Which field of a .jsonl file's objects is the text; text if absent.
            contexts: How many contexts of a corpus, from its beginning. (1 to 1024; default: 8)
            count: How many prompts of a task at most. (1 to 1024; default: 64)
            seed: What the choice of prompts follows from; files are read from their beginning. (default: 0)
            prepend_bos: Whether a BOS token is put in front of each prompt. (default: true)
            control: With how many random pairs chosen ones are compared.
            include_prompts: Whether to return every prompt that has an answer. (default: false)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            PathRefused, ModelNotFound, MapNotFound, DictionaryNotFound, DictionaryModelMismatch, LayerOutOfRange,
            HeadOutOfRange, FeatureOutOfRange, TaskNotFound, TaskUnsuited, FileNotFound, TextUnreadable, TextEmpty,
            TextTooLong, TokenOutOfRange, PositionOutOfRange, ModelUnreadable, ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(run(
            edits, model=model, map=map, dictionary=dictionary, destinations=destinations, sources=sources, text=text,
            tokens=tokens, prompts=prompts, task=task, corpus=corpus, text_field=text_field, contexts=contexts, count=count,
            seed=seed, prepend_bos=prepend_bos, control=control, include_prompts=include_prompts, deadline_ms=deadline_ms,
        ))

    def rank(
        self, map: str, *, model: str | None = None, heads: Sequence[int] | None = None,
        prompts: Sequence[Prompt | Mapping[str, Any]] | None = None, task: str | None = None, count: int | None = None,
        seed: int | None = None, prepend_bos: bool | None = None, top: int | None = None,
        by: Literal["drop", "effect", "contribution"] | None = None,
        source: Literal["strongest", "any", "answer", "wrong"] | None = None, destination: Literal["end", "all"] | None = None,
        control: InterventionsRankControl | Mapping[str, Any] | None = None, deadline_ms: int | None = None,
    ) -> InterventionsRank:
        """Names the pairs that a head's part in a task rests on, and proves it by removing them.

        Pairs act through the head's pattern at the last token, or at every one: what removing each takes from it
        follows in closed form. Ranked by drop, the default, four times as many pairs as are asked for, those of the
        greatest effect, are each removed from the running model, and those that take most from the logit difference are
        named. They are then removed together, one after the other, beside random pairs of equal strength: each drawn
        from the eight others of the head that are nearest in strength. A drop is the fall of the mean logit difference.
        Pairs that were chosen on some prompts are best proved on others, by interventions.run. Costs about 60 passes
        over the prompts for each head.

        Args:
            map: The map, as in m1.
            model: A resident model's name; the embedded model if absent.
            heads: The heads; all of the layer's if absent.
            prompts: Prompts, each with its answer.
            task: A task, as tasks.run takes it.
            count: How many prompts of a task at most. (1 to 1024; default: 100)
            seed: What the choice of prompts follows from; files are read from their beginning. (default: 0)
            prepend_bos: Whether a BOS token is put in front of each prompt. (default: true)
            top: How many pairs of each head. (1 to 50; default: 10)
            by: What pairs are ranked by: what removing them takes from the logit difference, for four times as many
                candidates as are asked for, by their effect; what it takes from the pattern; or what they add to the
                scores. (default: "drop")
            source: At which sources that is measured: the one attended to most, all together, or where the answer's
                token or a wrong one stands. (default: "any")
            destination: At which destinations that is measured: the last token, or every token. (default: "end")
            control: With how many random pairs chosen ones are compared. (default: {"draws": 10, "seed": 0, "strength":
                "expected_contribution"})
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            PathRefused, ModelNotFound, MapNotFound, DictionaryNotFound, DictionaryModelMismatch, LayerOutOfRange,
            HeadOutOfRange, FeatureOutOfRange, TaskNotFound, TaskUnsuited, FileNotFound, TextUnreadable, TextEmpty,
            TextTooLong, ModelUnreadable, ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(rank(
            map, model=model, heads=heads, prompts=prompts, task=task, count=count, seed=seed, prepend_bos=prepend_bos, top=top,
            by=by, source=source, destination=destination, control=control, deadline_ms=deadline_ms,
        ))

    def signal(
        self, look: TraceRoot | Mapping[str, Any], *, model: str | None = None, text: str | None = None,
        tokens: Sequence[int] | None = None, prepend_bos: bool | None = None,
        prompts: Sequence[Prompt | Mapping[str, Any]] | None = None, task: str | None = None, count: int | None = None,
        seed: int | None = None, side: Literal["destination", "source"] | None = None,
        upstream: Sequence[HeadName | Mapping[str, Any]] | None = None, mlps: Sequence[int] | None = None,
        factor: float | None = None, scope: Literal["global", "local"] | None = None,
        options: TraceOptions | Mapping[str, Any] | None = None, include_silent: bool | None = None, draws: int | None = None,
        control_seed: int | None = None, include_prompts: bool | None = None, deadline_ms: int | None = None,
    ) -> InterventionsSignal:
        """Scales what heads and MLPs carry of the signal that a look reads, and measures what that does.

        The signal of a look is spanned by a few singular vectors of its head's QK map. What an upstream head or MLP
        writes at the look's token is projected on them, and the projection is scaled: in that output, with all that
        follows computed anew (global), or in what the looking head alone reads, LayerNorm's scale held (local). The
        control changes the same outputs by vectors of the same length from the head's other singular vectors. Give
        upstream, mlps or both, and one of text, tokens, prompts and task.

        Args:
            look: A look of a head.
            model: A resident model's name; the embedded model, or that of the dictionary or map, if absent.
            text: The text; exactly one of text and tokens is given.
            tokens: The tokens themselves.
            prepend_bos: Whether a BOS token is put in front; it stands at position 0. (default: true)
            prompts: Prompts, with their answers if they have any.
            task: A task, as tasks.run takes it.
            count: How many prompts of a task at most. (1 to 1024; default: 64)
            seed: What the choice of prompts follows from; files are read from their beginning. (default: 0)
            side: At which of its tokens the signal is read. (default: "destination")
            upstream: The heads that carry it, of lower layers.
            mlps: The lower layers whose MLPs carry it.
            factor: What the signal is multiplied by: 0 removes, 1 leaves, 2 doubles. (-1000.0 to 1000.0; default: 0)
            scope: What sees the change: everything, or the looking head alone. (default: "global")
            options: How looks are traced. (default: {"mode": "relative_attention", "phi": 1, "share": 0.7, "max_depth":
                16, "max_links": 16, "max_nodes": 200, "compat2024": false})
            include_silent: Whether prompts in which the head does not look there are changed too. (default: false)
            draws: How many random directions are compared. (0 to 100; default: 5)
            control_seed: What they follow from. (default: 0)
            include_prompts: Whether to return every prompt. (default: false)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, TextEmpty, TextTooLong, TokenOutOfRange, LayerOutOfRange, HeadOutOfRange, PositionOutOfRange,
            TaskNotFound, TaskUnsuited, FileNotFound, PathRefused, ModelUnreadable, ModelUnsupported,
            TokenizerUnreadable.
        """
        return self._client.call(signal(
            look, model=model, text=text, tokens=tokens, prepend_bos=prepend_bos, prompts=prompts, task=task, count=count,
            seed=seed, side=side, upstream=upstream, mlps=mlps, factor=factor, scope=scope, options=options,
            include_silent=include_silent, draws=draws, control_seed=control_seed, include_prompts=include_prompts,
            deadline_ms=deadline_ms,
        ))

    def features(
        self, edits: Sequence[InterventionsFeaturesEdit | Mapping[str, Any]], *, model: str | None = None,
        text: str | None = None, tokens: Sequence[int] | None = None, prepend_bos: bool | None = None,
        prompts: Sequence[Prompt | Mapping[str, Any]] | None = None, task: str | None = None, count: int | None = None,
        seed: int | None = None, keep_error: bool | None = None, position: int | str | None = None,
        logits: Sequence[str] | None = None, top_k: int | None = None, include_prompts: bool | None = None,
        deadline_ms: int | None = None,
    ) -> InterventionsFeatures:
        """Changes features of sparse autoencoders inside the running model, and measures what that does to the logits.

        Each autoencoder's activation a is encoded as it comes, the edits are made on its features, and the pass goes on
        with z_hat(f') + (a - z_hat(f)): the error is kept, and where no edit changes anything the model is exactly
        itself. Without the error it goes on with z_hat(f') alone. Autoencoders of later layers encode the stream as the
        earlier ones leave it. Edits of the same feature act one after the other. Give one of text, tokens, prompts and
        task; answers are looked for after the compared token.

        Args:
            edits: The changes.
            model: A resident model's name; the embedded model, or that of the dictionary or map, if absent.
            text: The text; exactly one of text and tokens is given.
            tokens: The tokens themselves.
            prepend_bos: Whether a BOS token is put in front; it stands at position 0. (default: true)
            prompts: Prompts, with their answers if they have any.
            task: A task, as tasks.run takes it.
            count: How many prompts of a task at most. (1 to 1024; default: 64)
            seed: What the choice of prompts follows from; files are read from their beginning. (default: 0)
            keep_error: Whether the pass goes on with each reconstruction's error. (default: true)
            position: After which token of each prompt logits are compared. (default: -1)
            logits: Tokens whose logits are wanted in any case, each with its space, as in ' Mary'.
            top_k: How many of the most raised and most lowered tokens. (0 to 1000; default: 10)
            include_prompts: Whether to return every prompt that has an answer. (default: false)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, TextEmpty, TextTooLong, TokenOutOfRange, SaeNotFound, SaeUnsuited, DictionaryModelMismatch,
            FeatureOutOfRange, PositionOutOfRange, TaskNotFound, TaskUnsuited, FileNotFound, PathRefused,
            TokenizerUnreadable, ModelUnreadable, ModelUnsupported.
        """
        return self._client.call(features(
            edits, model=model, text=text, tokens=tokens, prepend_bos=prepend_bos, prompts=prompts, task=task, count=count,
            seed=seed, keep_error=keep_error, position=position, logits=logits, top_k=top_k, include_prompts=include_prompts,
            deadline_ms=deadline_ms,
        ))


class AsyncInterventions(AsyncNamespace):
    """`interventions.*` for asyncio; see `Interventions`."""

    async def run(
        self, edits: Sequence[Edit | Mapping[str, Any]], *, model: str | None = None, map: str | None = None,
        dictionary: str | None = None, destinations: Sequence[int] | None = None, sources: Sequence[int] | None = None,
        text: str | None = None, tokens: Sequence[int] | None = None,
        prompts: Sequence[Prompt | Mapping[str, Any]] | None = None, task: str | None = None,
        corpus: str | PathLike[str] | None = None, text_field: str | None = None, contexts: int | None = None,
        count: int | None = None, seed: int | None = None, prepend_bos: bool | None = None,
        control: Control | Mapping[str, Any] | None = None, include_prompts: bool | None = None, deadline_ms: int | None = None,
    ) -> InterventionsRun:
        """Scales pairs, features, heads or whole patterns inside the running model and measures what that does."""
        return await self._client.call(run(
            edits, model=model, map=map, dictionary=dictionary, destinations=destinations, sources=sources, text=text,
            tokens=tokens, prompts=prompts, task=task, corpus=corpus, text_field=text_field, contexts=contexts, count=count,
            seed=seed, prepend_bos=prepend_bos, control=control, include_prompts=include_prompts, deadline_ms=deadline_ms,
        ))

    async def rank(
        self, map: str, *, model: str | None = None, heads: Sequence[int] | None = None,
        prompts: Sequence[Prompt | Mapping[str, Any]] | None = None, task: str | None = None, count: int | None = None,
        seed: int | None = None, prepend_bos: bool | None = None, top: int | None = None,
        by: Literal["drop", "effect", "contribution"] | None = None,
        source: Literal["strongest", "any", "answer", "wrong"] | None = None, destination: Literal["end", "all"] | None = None,
        control: InterventionsRankControl | Mapping[str, Any] | None = None, deadline_ms: int | None = None,
    ) -> InterventionsRank:
        """Names the pairs that a head's part in a task rests on, and proves it by removing them."""
        return await self._client.call(rank(
            map, model=model, heads=heads, prompts=prompts, task=task, count=count, seed=seed, prepend_bos=prepend_bos, top=top,
            by=by, source=source, destination=destination, control=control, deadline_ms=deadline_ms,
        ))

    async def signal(
        self, look: TraceRoot | Mapping[str, Any], *, model: str | None = None, text: str | None = None,
        tokens: Sequence[int] | None = None, prepend_bos: bool | None = None,
        prompts: Sequence[Prompt | Mapping[str, Any]] | None = None, task: str | None = None, count: int | None = None,
        seed: int | None = None, side: Literal["destination", "source"] | None = None,
        upstream: Sequence[HeadName | Mapping[str, Any]] | None = None, mlps: Sequence[int] | None = None,
        factor: float | None = None, scope: Literal["global", "local"] | None = None,
        options: TraceOptions | Mapping[str, Any] | None = None, include_silent: bool | None = None, draws: int | None = None,
        control_seed: int | None = None, include_prompts: bool | None = None, deadline_ms: int | None = None,
    ) -> InterventionsSignal:
        """Scales what heads and MLPs carry of the signal that a look reads, and measures what that does."""
        return await self._client.call(signal(
            look, model=model, text=text, tokens=tokens, prepend_bos=prepend_bos, prompts=prompts, task=task, count=count,
            seed=seed, side=side, upstream=upstream, mlps=mlps, factor=factor, scope=scope, options=options,
            include_silent=include_silent, draws=draws, control_seed=control_seed, include_prompts=include_prompts,
            deadline_ms=deadline_ms,
        ))

    async def features(
        self, edits: Sequence[InterventionsFeaturesEdit | Mapping[str, Any]], *, model: str | None = None,
        text: str | None = None, tokens: Sequence[int] | None = None, prepend_bos: bool | None = None,
        prompts: Sequence[Prompt | Mapping[str, Any]] | None = None, task: str | None = None, count: int | None = None,
        seed: int | None = None, keep_error: bool | None = None, position: int | str | None = None,
        logits: Sequence[str] | None = None, top_k: int | None = None, include_prompts: bool | None = None,
        deadline_ms: int | None = None,
    ) -> InterventionsFeatures:
        """Changes features of sparse autoencoders inside the running model, and measures what that does to the logits."""
        return await self._client.call(features(
            edits, model=model, text=text, tokens=tokens, prepend_bos=prepend_bos, prompts=prompts, task=task, count=count,
            seed=seed, keep_error=keep_error, position=position, logits=logits, top_k=top_k, include_prompts=include_prompts,
            deadline_ms=deadline_ms,
        ))
