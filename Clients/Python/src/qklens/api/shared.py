"""What several namespaces take and return.

Written by generate.py from the daemon's OpenRPC document; do not edit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Literal

from ..record import Record, Table, table_of


@dataclass(slots=True, kw_only=True, repr=False)
class TensorFile(Record):
    """Where the arrays are that the reply does not hold itself."""

    format: Literal["safetensors", "npy"]
    """How they are laid out."""
    bytes: int
    """How many bytes that takes."""
    path: str | None = None
    """The file."""
    descriptor: int | None = None
    """Which of the descriptors that come with the reply holds them, counted from 0."""
    names: List[str]
    """The arrays' names, in their order."""


@dataclass(slots=True, kw_only=True, repr=False)
class HeadScore(Record):
    """How well one head’s pattern is reproduced."""

    head: int
    """The head within its layer, counted from 0."""
    KL: float
    """The mean divergence KL(pattern ‖ reconstruction) per destination, in nats."""
    max_difference: float
    """The largest difference of two entries of the patterns."""
    same_argmax: float
    """The share of destinations whose strongest source is the same. (0.0 to 1.0)"""
    unexplained: float | None = None
    """The share of the scores’ variance along the sources that is not reproduced; absent where there is none."""


@dataclass(slots=True, kw_only=True, repr=False)
class ReconstructionStage(Record):
    """How good one reconstruction of a layer’s patterns is on one text."""

    stage: Literal["transcoders", "map", "masked_map"]
    """What the patterns are reconstructed from."""
    CE: float | None = None
    """The mean loss per token with the reconstructed patterns, in nats; absent for a text of one token."""
    CE_recovered: float | None = None
    """The share of the loss that zeroed patterns cost and these win back: (CE_zero − CE) / (CE_zero − model’s CE)."""
    CE_recovered_denominator: float | None = None
    """CE_zero − model’s CE, in nats."""
    CE_recovered_is_defined: bool
    """Whether that denominator is large enough to divide by."""
    KL_logits: float
    """The mean divergence KL(model ‖ reconstruction) of the next-token distributions, in nats."""
    heads: Table[HeadScore]
    """The heads’ patterns."""

    decoders = {"heads": table_of(HeadScore)}


@dataclass(slots=True, kw_only=True, repr=False)
class PairPart(Record):
    """What one pair of features adds to one score."""

    query_feature: int
    """A feature of the query side."""
    key_feature: int
    """A feature of the key side."""
    query_activation: float
    """The query feature's activation at the destination."""
    key_activation: float
    """The key feature's activation at the source."""
    contribution: float
    """What the pair adds to the score."""
    share: float
    """|contribution| as a share of the sum of all parts' magnitudes. (0.0 to 1.0)"""
    survives: bool | None = None
    """Whether the map's mask has left the pair; absent without a map."""
    pattern_effect: float
    """The pattern's entry minus what it would be without this pair."""


@dataclass(slots=True, kw_only=True, repr=False)
class FeatureMarginal(Record):
    """What one feature adds to one score, over all features of the other side."""

    feature: int
    """The feature."""
    activation: float
    """Its activation."""
    contribution: float
    """The sum of its pairs' contributions."""


@dataclass(slots=True, kw_only=True, repr=False)
class JobProgress(Record):
    """How far a job is."""

    stage: str
    """What it is doing: one word."""
    step: int
    """How many steps of this stage are done."""
    of: int
    """How many there are."""
    tokens_per_s: float
    """Tokens per second."""
    time_left_s: float | None = None
    """Seconds left, if that can be said."""
    metrics: Dict[str, float]
    """Figures of the last step: losses, L0."""


@dataclass(slots=True, kw_only=True, repr=False)
class JobResult(Record):
    """What a finished job has made."""

    dictionary: str | None = None
    """The dictionary; the first of several."""
    dictionaries: List[str] | None = None
    """All dictionaries."""
    map: str | None = None
    """The map."""
    cache: str | None = None
    """The activation cache."""
    trace: str | None = None
    """The trace."""
    saes: List[str] | None = None
    """The sparse autoencoders."""
    study: str | None = None
    """The study."""


@dataclass(slots=True, kw_only=True, repr=False)
class Job(Record):
    """One job, as it stands."""

    job: str
    """Its name, as in j1."""
    kind: Literal[
        "dictionaries.train", "dictionaries.evaluate", "maps.train", "caches.create", "examples.collect", "traces.create",
        "saes.train", "saes.evaluate", "studies.run",
    ]
    """The method that started it."""
    state: Literal["queued", "running", "finished", "failed", "cancelled"]
    """Where the job stands."""
    params: Dict[str, Any]
    """What it was asked to do."""
    owner_uid: int
    """The user who started it, and may cancel it."""
    client_roots: List[str] | None = None
    """Beneath which directories its files must lie; absent where they may lie anywhere."""
    created_ms: int
    """When it was queued (milliseconds since 1970)."""
    started_ms: int | None = None
    """When it began; absent before (milliseconds since 1970)."""
    ended_ms: int | None = None
    """When it ended; absent before (milliseconds since 1970)."""
    attempts: int
    """How often it was started; more than one after a crash or a restart."""
    bit_identical: bool | None = None
    """Whether it ends with the very numbers of a run that was never interrupted; absent unless it went on from a
    checkpoint.
    """
    progress: JobProgress | None = None
    """How far a job is."""
    result: JobResult | None = None
    """What a finished job has made."""
    error: str | None = None
    """Why it has failed; absent if it has not."""

    decoders = {"progress": JobProgress.from_wire, "result": JobResult.from_wire}


@dataclass(slots=True, kw_only=True, repr=False)
class JobEstimate(Record):
    """What a job will take."""

    tokens: int
    """How many tokens it will read."""
    steps: int
    """How many steps it will make."""
    memory_bytes: int
    """Memory, in bytes."""
    disk_bytes: int
    """Disk, in bytes."""
    time_s_min: float
    """Seconds, if all goes well."""
    time_s_max: float
    """Seconds, if the machine is busy."""


@dataclass(slots=True, kw_only=True, repr=False)
class JobSubmission(Record):
    """What comes back when work is started, or only estimated."""

    job: Job | None = None
    """One job, as it stands."""
    estimate: JobEstimate
    """What a job will take."""

    decoders = {"job": Job.from_wire, "estimate": JobEstimate.from_wire}


@dataclass(slots=True, kw_only=True, repr=False)
class PairEntry(Record):
    """What a map knows of one feature pair in one head."""

    query_feature: int
    """A feature of the query side."""
    key_feature: int
    """A feature of the key side."""
    head: int
    """The head within its layer, counted from 0."""
    M: float
    """The entry of the map: what the pair adds to the score per product of activations."""
    mask: float
    """Its mask, from 0 (closed) to 1 (open). (0.0 to 1.0)"""
    expected_contribution: float
    """|M · mask| times the features' mean activations: what ranks the entries."""


@dataclass(slots=True, kw_only=True, repr=False)
class SharedPair(Record):
    """A feature pair and the heads that use it."""

    query_feature: int
    """A feature of the query side."""
    key_feature: int
    """A feature of the key side."""
    expected_contribution: float
    """The expected contributions' sum over the heads."""
    heads: List[int]
    """The heads that have an entry, ascending."""
    contributions: List[float]
    """Each head's expected contribution."""


@dataclass(slots=True, kw_only=True, repr=False)
class TokenCount(Record):
    """How often something occurs on one token."""

    piece: str
    """The token's text."""
    count: int
    """How often."""
    share: float
    """As a share of all occurrences. (0.0 to 1.0)"""


@dataclass(slots=True, kw_only=True, repr=False)
class Collection(Record):
    """A collection of a map's examples: where its pairs and features act in a text."""

    map: str
    """The map."""
    dictionary: str
    """Its dictionary, whose features have examples too."""
    model: str
    """The model."""
    layer: int
    """The layer, counted from 0."""
    collection: int
    """The number of the collection; a later one of the same map takes its place."""
    corpus: str
    """The text."""
    text_field: str | None = None
    """Which field of a .jsonl file's objects is the text; text if absent."""
    contexts: int
    """How many contexts were read."""
    context: int
    """The length of each."""
    tokens: int
    """How many tokens were read."""
    examples: int
    """How many places are kept of each list."""
    seed: int
    """The seed of the samples."""
    followed_pairs: int
    """How many pairs of the map were followed."""
    active_pairs: int
    """How many of them were active anywhere."""
    live_query: int
    """How many query features were active."""
    live_key: int
    """How many key features were active."""
    created_ms: int
    """When it was finished (milliseconds since 1970)."""
    job: str
    """The job that collected it."""


@dataclass(slots=True, kw_only=True, repr=False)
class AnswerFigures(Record):
    """How well answers are told from what would be wrong."""

    accuracy: float
    """The share of prompts whose answer's logit is above every wrong one's. (0.0 to 1.0)"""
    logit_difference: float
    """The answer's logit less the mean of the wrong ones', mean over prompts."""
    logit_difference_sd: float
    """Its standard deviation over prompts."""


@dataclass(slots=True, kw_only=True, repr=False)
class Prompt(Record):
    """A prompt, with its answer if it has one."""

    text: str
    """The prompt."""
    answer: str | None = None
    """What should come next: one token with its space, as in ' Mary'."""
    wrong: List[str] | None = None
    """What would be wrong; required with an answer."""


@dataclass(slots=True, kw_only=True, repr=False)
class TraceRoot(Record):
    """A look of a head."""

    layer: int
    """The layer, counted from 0."""
    head: int
    """The head within its layer, counted from 0."""
    destination: int | str | None = None
    """The token that looks. (default: -1)"""
    source: int | str | None = None
    """The token that is looked at; the one that the head attends to most if absent."""


@dataclass(slots=True, kw_only=True, repr=False)
class TraceOptions(Record):
    """How looks are traced."""

    mode: Literal["score_sum", "relative_attention", "softmax_greedy"] | None = None
    """How a look's signal is told from the rest of its score, and what links weigh: score_sum (2024), what heads add to
    the signal that makes the score; relative_attention (2025), what heads, MLPs, biases and embeddings add to what sets
    the score above other sources'; softmax_greedy (2026), what the attention falls by when they are taken from the
    scores. (default: "relative_attention")
    """
    phi: float | None = None
    """Of score_sum and relative_attention, the share of the score that the kept terms have to exceed. (0.0 to 1.0;
    default: 1)
    """
    share: float | None = None
    """The share of a signal that the links into a look have to exceed. (0.0 to 1.0; default: 0.7)"""
    attention_threshold: float | None = None
    """The attention below which a look is not taken apart; if absent 0.5 (score_sum, which leaves out the first token
    too), 1/n of n sources (relative_attention), 2.5/n (softmax_greedy). (0.0 to 1.0)
    """
    max_depth: int | None = None
    """How many links a trace may be away from its roots. (0 to 1000; default: 16)"""
    max_links: int | None = None
    """The most links of each side of a look. (1 to 1000; default: 16)"""
    max_nodes: int | None = None
    """With so many nodes no further look is taken apart. (1 to 10000; default: 200)"""
    compat2024: bool | None = None
    """Of score_sum: what the head's biases add is counted with every head and divided by σ, as the code of 2024 did.
    (default: false)
    """
