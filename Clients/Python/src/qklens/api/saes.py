"""`saes.*`: what the daemon's methods take and return.

Written by generate.py from the daemon's OpenRPC document; do not edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any, Dict, List, Literal

from ..call import Call
from ..namespace import AsyncNamespace, Namespace
from ..record import Record, Table, table_of
from .shared import FeatureMarginal, JobSubmission, PairPart


@dataclass(slots=True, kw_only=True, repr=False)
class SAE(Record):
    """A trained sparse autoencoder of one activation of a layer."""

    sae: str
    """Its name, as in s1."""
    fingerprint: str
    """A short name of its weights: equal weights, equal fingerprint."""
    model: str
    """The model it was trained on."""
    model_fingerprint: str
    """That model's fingerprint."""
    layer: int
    """The layer, counted from 0."""
    site: Literal["z", "attn_out", "ln1_x", "resid_pre"]
    """Which activation it reconstructs: z (all heads side by side), attn_out, ln1_x or resid_pre."""
    activation: Literal["relu", "topk", "batchtopk", "jumprelu"]
    """How its features are chosen."""
    d_in: int
    """The width of what it reconstructs."""
    d_sae: int
    """The number of features."""
    n_heads: int
    """The number of heads of the layer."""
    seed: int
    """The seed it was trained with."""
    created_ms: int
    """When it was finished (milliseconds since 1970)."""
    job: str | None = None
    """The job that trained it; absent for one that was trained elsewhere."""
    imported_from: str | None = None
    """The folder that it was imported from; absent for one that was trained here."""
    owner_uid: int
    """The user who trained or imported it, and may delete it."""
    corpus: str
    """The text it was trained on."""
    tokens: int
    """How many tokens it has seen."""
    steps: int
    """How many steps it was trained for."""
    settings: Dict[str, Any]
    """The parameters of its training."""
    evaluation: Dict[str, Any]
    """What it reaches on text that it was not trained on: losses, L0, live features."""
    warnings: List[str] | None = None
    """What does not fit what was published of it, or how it is used; absent if nothing is known to be wrong."""


@dataclass(slots=True, kw_only=True, repr=False)
class SaesList(Record):
    """What `saes.list` returns."""

    saes: Table[SAE]
    """The autoencoders."""
    next_cursor: str | None = None
    """Where the next page starts; absent on the last one."""

    decoders = {"saes": table_of(SAE)}


@dataclass(slots=True, kw_only=True, repr=False)
class SaesExport(Record):
    """What `saes.export` returns."""

    sae: str
    """The autoencoder."""
    path: str
    """The folder."""


@dataclass(slots=True, kw_only=True, repr=False)
class LookPart(Record):
    """One of the sixteen parts that sum to a score."""

    query: Literal["feature", "b_dec", "error", "projection_bias"]
    """The query's term."""
    key: Literal["feature", "b_dec", "error", "projection_bias"]
    """The key's term."""
    value: float
    """What it adds to the score."""
    is_softmax_irrelevant: bool
    """Whether it is the same for every source, so that the softmax removes it."""


@dataclass(slots=True, kw_only=True, repr=False)
class LookExplanation(Record):
    """One head's look from one position at another, taken apart by a dictionary of the residual stream."""

    head: int
    """The head within its layer, counted from 0."""
    source: int
    """The position that is looked at."""
    source_piece: str
    """The text of the token that is looked at."""
    attn_score: float
    """The model's own score, divided by √d_head."""
    pattern: float
    """The model's own pattern. (0.0 to 1.0)"""
    pairs: Table[PairPart]
    """The strongest pairs by the magnitude of their contribution."""
    parts: Table[LookPart]
    """The sixteen parts."""
    feature_pairs: int
    """How many pairs are active."""
    feature_pairs_sum: float
    """What they add to the score."""
    query_features: Table[FeatureMarginal]
    """The strongest features at the destination."""
    key_features: Table[FeatureMarginal]
    """The strongest features at the source."""
    bias_share: float
    """The share, of the sum of all parts' magnitudes, of those with a bias and without an error. (0.0 to 1.0)"""
    error_share: float
    """The error parts' share of the sum of all parts' magnitudes. (0.0 to 1.0)"""
    identity_residual: float
    """The sum of all parts minus the model's score."""

    decoders = {
        "pairs": table_of(PairPart), "parts": table_of(LookPart), "query_features": table_of(FeatureMarginal),
        "key_features": table_of(FeatureMarginal),
    }


@dataclass(slots=True, kw_only=True, repr=False)
class SaesExplainLook(Record):
    """What `saes.explain_look` returns."""

    tokens: List[int]
    """The tokens as the model read them, BOS included."""
    pieces: List[str]
    """The text of each token."""
    model: str
    """The model's name."""
    sae: str
    """The autoencoder whose features explain."""
    layer: int
    """The layer, counted from 0."""
    destination: int
    """The position that looks."""
    destination_piece: str
    """The text of the token that looks."""
    heads: Table[LookExplanation]
    """One head's look, or one for each head of the layer."""

    decoders = {"heads": table_of(LookExplanation)}


@dataclass(slots=True, kw_only=True, repr=False)
class SourceFeatureSource(Record):
    """What one source gives."""

    source: int
    """The position."""
    source_piece: str
    """The text of its token."""
    contribution: float
    """What it adds to the pre-activation."""
    heads: List[float]
    """What each head carries of that."""


@dataclass(slots=True, kw_only=True, repr=False)
class SourceFeatureResidual(Record):
    """What a feature of the residual stream gives."""

    feature: int
    """The feature."""
    activation: float
    """Its activation at the source."""
    contribution: float
    """What it adds to the pre-activation: f d/σ through W_V of each head, weighted by the pattern, read by W_enc."""
    published: float
    """The published form, without the pattern and σ."""


@dataclass(slots=True, kw_only=True, repr=False)
class SourceFeatureHop(Record):
    """One hop further: what the residual stream at the strongest source is made of; absent without an autoencoder of it."""

    source: int
    """The source."""
    features: Table[SourceFeatureResidual]
    """The strongest features there."""
    features_sum: float
    """What all features add."""
    b_dec: float
    """What the residual autoencoder's b_dec adds."""
    error: float
    """What it leaves adds."""
    b_V: float
    """What the value bias adds."""
    identity_residual: float
    """The sum of all parts minus the source's contribution."""

    decoders = {"features": table_of(SourceFeatureResidual)}


@dataclass(slots=True, kw_only=True, repr=False)
class SourceFeatureLogit(Record):
    """What a token's logit changes by."""

    token: int
    """The token."""
    piece: str
    """Its text."""
    value: float
    """By how much, for a unit of the feature."""


@dataclass(slots=True, kw_only=True, repr=False)
class SourceFeature(Record):
    """An attention-output feature at a token: who writes it, where it comes from, and what it does to the logits."""

    feature: int
    """The feature."""
    activation: float
    """Its activation at the destination; 0 where it is not active."""
    pre_activation: float
    """Its pre-activation."""
    head_shares: List[float]
    """Each head's share of its decoder row."""
    sources: Table[SourceFeatureSource]
    """The strongest sources."""
    sources_sum: float
    """What all sources add."""
    constant: float
    """What no source adds: b_enc less what b_dec reads as."""
    identity_residual: float
    """The sum of both minus the pre-activation."""
    hop: SourceFeatureHop | None = None
    """One hop further: what the residual stream at the strongest source is made of; absent without an autoencoder of it."""
    raised: Table[SourceFeatureLogit] | None = None
    """The tokens whose logits rise most; absent unless asked for."""
    lowered: Table[SourceFeatureLogit] | None = None
    """The tokens whose logits fall most; absent unless asked for."""

    decoders = {
        "sources": table_of(SourceFeatureSource), "hop": SourceFeatureHop.from_wire, "raised": table_of(SourceFeatureLogit),
        "lowered": table_of(SourceFeatureLogit),
    }


@dataclass(slots=True, kw_only=True, repr=False)
class SaesAttribute(Record):
    """What `saes.attribute` returns."""

    tokens: List[int]
    """The tokens as the model read them, BOS included."""
    pieces: List[str]
    """The text of each token."""
    model: str
    """The model's name."""
    sae: str
    """The autoencoder."""
    residual_sae: str | None = None
    """The autoencoder of the residual stream, if one was named."""
    layer: int
    """The layer, counted from 0."""
    destination: int
    """The token whose features they are."""
    destination_piece: str
    """Its text."""
    active_features: int
    """How many features are active there."""
    features: Table[SourceFeature]
    """The features, the most active first."""

    decoders = {"features": table_of(SourceFeature)}


@dataclass(slots=True, kw_only=True, repr=False)
class SaesTraceRoot(Record):
    """A feature at a token."""

    sae: str
    """An autoencoder of z or resid_pre, as in s1."""
    feature: int
    """The feature."""
    position: int | None = None
    """The token; negative ones count from the end. (default: -1)"""


@dataclass(slots=True, kw_only=True, repr=False)
class SaesTraceOption(Record):
    """How features are traced."""

    max_links: int | None = None
    """The most links into a node. (1 to 1000; default: 5)"""
    threshold: float | None = None
    """The least magnitude of a link's share. (0.0 to 1.0; default: 0.05)"""
    max_depth: int | None = None
    """How many links a node may be away from a root. (1 to 100; default: 4)"""
    max_nodes: int | None = None
    """With so many nodes nothing more is taken apart. (1 to 1000; default: 100)"""


@dataclass(slots=True, kw_only=True, repr=False)
class SaesTraceGraphNodeBalanceSource(Record):
    """What one source gives to an attention-output feature."""

    source: int
    """The position."""
    source_piece: str
    """The text of its token."""
    share: float
    """Its share of the total."""


@dataclass(slots=True, kw_only=True, repr=False)
class SaesTraceGraphNodeBalance(Record):
    """What a node is made of: kept, pruned, error and bias sum to 1 but for rounding; absent for what was not taken apart."""

    total: float
    """The model's own pre-activation or logit."""
    kept: float
    """The share of the links into the node."""
    pruned: float
    """The share of the parts that are no links."""
    error: float
    """The share of what autoencoders leave."""
    bias: float
    """The share of all biases, the model's and the autoencoders'."""
    identity_residual: float
    """The total less all parts, a number as the total is."""
    sources: Table[SaesTraceGraphNodeBalanceSource] | None = None
    """The strongest sources; of an attention-output feature."""

    decoders = {"sources": table_of(SaesTraceGraphNodeBalanceSource)}


@dataclass(slots=True, kw_only=True, repr=False)
class SaesTraceGraphNode(Record):
    """A feature, or something else that writes into the residual stream, at a token."""

    kind: Literal[
        "attention_feature", "residual_feature", "embedding", "position", "mlp", "attention", "logit",
    ]
    """What it is: a feature of a layer's z or of the residual stream before a layer, the token's or the position's
    embedding, an MLP's output, the output of an attention whose z no autoencoder takes apart; or a logit, which writes
    nothing.
    """
    sae: str | None = None
    """The autoencoder; of a feature."""
    layer: int | None = None
    """The layer, counted from 0."""
    feature: int | None = None
    """The feature; of a feature."""
    position: int
    """At which token it stands."""
    piece: str
    """The text of that token."""
    activation: float | None = None
    """The feature's activation."""
    depth: int
    """How many links lead from it to the nearest root."""
    balance: SaesTraceGraphNodeBalance | None = None
    """What a node is made of: kept, pruned, error and bias sum to 1 but for rounding; absent for what was not taken apart."""

    decoders = {"balance": SaesTraceGraphNodeBalance.from_wire}


@dataclass(slots=True, kw_only=True, repr=False)
class SaesTraceGraphLink(Record):
    """What one node adds to another."""

    upstream: int
    """The node that writes."""
    downstream: int
    """The node that reads."""
    weight: float
    """What it adds to the pre-activation or logit."""
    share: float
    """That as a share of the total."""


@dataclass(slots=True, kw_only=True, repr=False)
class SaesTraceGraph(Record):
    """What features or a logit are made of, down to the embeddings."""

    roots: List[int]
    """The nodes at which it began."""
    nodes: Table[SaesTraceGraphNode]
    """The nodes, named by their places in this list."""
    links: Table[SaesTraceGraphLink]
    """The links, the strongest into each node first."""
    is_truncated: bool
    """Whether features were left alone because there were too many nodes or links, or too much work."""

    decoders = {"nodes": table_of(SaesTraceGraphNode), "links": table_of(SaesTraceGraphLink)}


@dataclass(slots=True, kw_only=True, repr=False)
class SaesTrace(Record):
    """What `saes.trace` returns."""

    tokens: List[int]
    """The tokens as the model read them, BOS included."""
    pieces: List[str]
    """The text of each token."""
    model: str
    """The model's name."""
    saes: List[str]
    """The autoencoders, those of lower layers first."""
    answer: str | None = None
    """The text of the token whose logit it began with."""
    wrong: str | None = None
    """The text of the token whose logit was subtracted."""
    graph: SaesTraceGraph
    """What features or a logit are made of, down to the embeddings."""

    decoders = {"graph": SaesTraceGraph.from_wire}


@dataclass(slots=True, kw_only=True, repr=False)
class SaesExploreLogit(Record):
    """What a logit is the sum of, by the direct path; absent unless one was asked about."""

    position: int
    """Where it stands."""
    answer: str
    """The text of the token."""
    wrong: str | None = None
    """The text of the token whose logit is subtracted."""
    total: float
    """The model's own."""
    attention_features: float
    """All attention-output features."""
    attention: float
    """The outputs of attentions without an autoencoder of z."""
    mlp: float
    """All MLPs."""
    embedding: float
    """The token's embedding."""
    position_embedding: float
    """The position's embedding."""
    error: float
    """What autoencoders of z leave."""
    bias: float
    """All biases, the last LayerNorm's too."""
    identity_residual: float
    """The total less all of these."""


@dataclass(slots=True, kw_only=True, repr=False)
class SaesExplorePlaceFeature(Record):
    """A feature."""

    feature: int
    """The feature."""
    activation: float
    """Its activation."""
    attribution: float | None = None
    """What it adds to the logit; absent unless a logit was asked about."""
    sources: Table[SaesTraceGraphNodeBalanceSource] | None = None
    """The strongest sources, as shares of its pre-activation; of an attention-output feature, if there are not too many."""

    decoders = {"sources": table_of(SaesTraceGraphNodeBalanceSource)}


@dataclass(slots=True, kw_only=True, repr=False)
class SaesExplorePlaceAttribution(Record):
    """What all of the activation adds to the logit; absent unless a logit was asked about."""

    features: float
    """All features."""
    error: float
    """What the autoencoder leaves."""
    bias: float
    """Its b_dec and, of z, b_O."""


@dataclass(slots=True, kw_only=True, repr=False)
class SaesExplorePlace(Record):
    """The features of one activation that are active at one token."""

    sae: str
    """The autoencoder."""
    site: Literal["z", "attn_out", "ln1_x", "resid_pre"]
    """Which activation it reconstructs: z (all heads side by side), attn_out, ln1_x or resid_pre."""
    layer: int
    """The layer, counted from 0."""
    position: int
    """The token."""
    piece: str
    """Its text."""
    active_features: int
    """How many features are active."""
    features: Table[SaesExplorePlaceFeature]
    """The strongest, by activation or by attribution."""
    attribution: SaesExplorePlaceAttribution | None = None
    """What all of the activation adds to the logit; absent unless a logit was asked about."""

    decoders = {
        "features": table_of(SaesExplorePlaceFeature), "attribution": SaesExplorePlaceAttribution.from_wire,
    }


@dataclass(slots=True, kw_only=True, repr=False)
class SaesExplore(Record):
    """What `saes.explore` returns."""

    tokens: List[int]
    """The tokens as the model read them, BOS included."""
    pieces: List[str]
    """The text of each token."""
    model: str
    """The model's name."""
    by: Literal["activation", "logit"]
    """By what features are told."""
    logit: SaesExploreLogit | None = None
    """What a logit is the sum of, by the direct path; absent unless one was asked about."""
    places: Table[SaesExplorePlace]
    """The features, those of lower layers first, token by token."""
    graph: SaesTraceGraph | None = None
    """What features or a logit are made of, down to the embeddings."""

    decoders = {
        "logit": SaesExploreLogit.from_wire, "places": table_of(SaesExplorePlace), "graph": SaesTraceGraph.from_wire,
    }


@dataclass(slots=True, kw_only=True, repr=False)
class SaesChainLookPair(Record):
    """A pair that the map's mask has left."""

    query_feature: int
    """A feature of the query side."""
    key_feature: int
    """A feature of the key side."""
    contribution: float
    """What the pair adds to the score."""
    share: float
    """Its share of the attention."""


@dataclass(slots=True, kw_only=True, repr=False)
class SaesChainLookShare(Record):
    """How the attention is shared: by pattern the parts sum to 1, by score to the score over the sum of their magnitudes."""

    surviving: float
    """All pairs that the mask has left."""
    cut: float
    """All pairs that it has cut."""
    bias: float
    """The parts with a bias and without an error."""
    error: float
    """The parts with an error."""
    elsewhere: float
    """Pairs that act at other sources only; by score 0."""
    uniform: float
    """What needs no score: 1/n of n sources; by score 0."""


@dataclass(slots=True, kw_only=True, repr=False)
class SaesChainLookFeature(Record):
    """A feature of the attention's output."""

    feature: int
    """The feature."""
    activation: float
    """Its activation at the destination."""
    pre_activation: float
    """Its pre-activation."""
    carried: float
    """What the look adds to the pre-activation."""
    by_pairs: List[float]
    """What each pair carries of that, in the order of the pairs."""
    by_rest: float
    """What everything else in the score carries of it."""


@dataclass(slots=True, kw_only=True, repr=False)
class SaesChainLook(Record):
    """A look, the pairs that make it, and the features that it gives to."""

    head: int
    """The head within its layer, counted from 0."""
    source: int
    """The position that is looked at."""
    source_piece: str
    """The text of its token."""
    attn_score: float
    """The model's own score, divided by √d_head."""
    pattern: float
    """The model's own pattern. (0.0 to 1.0)"""
    surviving_pairs: int
    """How many pairs the mask has left that act here."""
    pairs: Table[SaesChainLookPair]
    """Those with the largest shares."""
    shares: SaesChainLookShare
    """How the attention is shared: by pattern the parts sum to 1, by score to the score over the sum of their magnitudes."""
    share_residual: float
    """By pattern 1 less all shares; by score the model's own over Σ|parts| less all shares."""
    features: Table[SaesChainLookFeature]
    """The features, those that it gives most to first."""

    decoders = {
        "pairs": table_of(SaesChainLookPair), "shares": SaesChainLookShare.from_wire,
        "features": table_of(SaesChainLookFeature),
    }


@dataclass(slots=True, kw_only=True, repr=False)
class SaesChain(Record):
    """What `saes.chain` returns."""

    tokens: List[int]
    """The tokens as the model read them, BOS included."""
    pieces: List[str]
    """The text of each token."""
    model: str
    """The model's name."""
    sae: str
    """The autoencoder."""
    map: str
    """The map."""
    layer: int
    """The layer, counted from 0."""
    destination: int
    """Where the heads look from."""
    destination_piece: str
    """The text of that token."""
    share: Literal["score", "pattern"]
    """How shares are told."""
    looks: Table[SaesChainLook]
    """The looks; of a feature those that give most to it first."""

    decoders = {"looks": table_of(SaesChainLook)}


@dataclass(slots=True, kw_only=True, repr=False)
class SaesDelete(Record):
    """What `saes.delete` returns."""

    sae: str
    """The autoencoder's name."""


def train(
    layers: Sequence[int], *, model: str | None = None, site: Literal["z", "attn_out", "ln1_x", "resid_pre"] | None = None,
    corpus: str | PathLike[str] | None = None, text_field: str | None = None, cache: str | None = None,
    d_sae: int | None = None, preset: Literal["demo", "kissane-2024", "topk", "batchtopk", "jumprelu"] | None = None,
    steps: int | None = None, batch_sequences: int | None = None, shuffle_steps: int | None = None, context: int | None = None,
    learning_rate: float | None = None, sparsity: Sequence[float] | None = None,
    activation: Literal["relu", "topk", "batchtopk", "jumprelu"] | None = None, k: int | None = None,
    bandwidth: float | None = None, auxiliary_k: int | None = None, resample_every: int | None = None,
    dead_frequency: float | None = None, seed: int | None = None, held_out_contexts: int | None = None,
    metrics_every: int | None = None, dry_run: bool | None = None, deadline_ms: int | None = None,
) -> Call[JobSubmission]:
    """Queues the training of layers' sparse autoencoders."""
    return Call("saes.train", {
        "layers": layers, "model": model, "site": site, "corpus": corpus, "text_field": text_field, "cache": cache,
        "d_sae": d_sae, "preset": preset, "steps": steps, "batch_sequences": batch_sequences, "shuffle_steps": shuffle_steps,
        "context": context, "learning_rate": learning_rate, "sparsity": sparsity, "activation": activation, "k": k,
        "bandwidth": bandwidth, "auxiliary_k": auxiliary_k, "resample_every": resample_every, "dead_frequency": dead_frequency,
        "seed": seed, "held_out_contexts": held_out_contexts, "metrics_every": metrics_every, "dry_run": dry_run,
        "deadline_ms": deadline_ms,
    }, JobSubmission)


def list(
    *, model: str | None = None, layer: int | None = None, site: Literal["z", "attn_out", "ln1_x", "resid_pre"] | None = None,
    limit: int | None = None, cursor: str | None = None, deadline_ms: int | None = None,
) -> Call[SaesList]:
    """Lists sparse autoencoders, newest first."""
    return Call("saes.list", {
        "model": model, "layer": layer, "site": site, "limit": limit, "cursor": cursor, "deadline_ms": deadline_ms,
    }, SaesList, is_repeatable=True)


def get(sae: str, *, deadline_ms: int | None = None) -> Call[SAE]:
    """Describes one sparse autoencoder."""
    return Call("saes.get", {"sae": sae, "deadline_ms": deadline_ms}, SAE, is_repeatable=True)


def evaluate(
    sae: str, *, corpus: str | PathLike[str] | None = None, text_field: str | None = None, contexts: int | None = None,
    dry_run: bool | None = None, deadline_ms: int | None = None,
) -> Call[JobSubmission]:
    """Queues the evaluation of a sparse autoencoder on a text."""
    return Call("saes.evaluate", {
        "sae": sae, "corpus": corpus, "text_field": text_field, "contexts": contexts, "dry_run": dry_run,
        "deadline_ms": deadline_ms,
    }, JobSubmission)


def export(sae: str, path: str | PathLike[str], *, deadline_ms: int | None = None) -> Call[SaesExport]:
    """Writes a sparse autoencoder to a folder in SAELens's layout."""
    return Call("saes.export", {"sae": sae, "path": path, "deadline_ms": deadline_ms}, SaesExport)


def import_(
    path: str | PathLike[str], *, model: str | None = None, processing: Literal["none", "centred", "folded"] | None = None,
    scaling_factor: float | None = None, published_L0: float | None = None, published_explained_variance: float | None = None,
    corpus: str | PathLike[str] | None = None, text_field: str | None = None, contexts: int | None = None,
    deadline_ms: int | None = None,
) -> Call[SAE]:
    """Reads a published sparse autoencoder, and measures whether it does here what its authors say."""
    return Call("saes.import", {
        "path": path, "model": model, "processing": processing, "scaling_factor": scaling_factor, "published_L0": published_L0,
        "published_explained_variance": published_explained_variance, "corpus": corpus, "text_field": text_field,
        "contexts": contexts, "deadline_ms": deadline_ms,
    }, SAE)


def explain_look(
    text: str | None = None, *, sae: str, model: str | None = None, tokens: Sequence[int] | None = None,
    prepend_bos: bool | None = None, head: int | None = None, destination: int | None = None, source: int | None = None,
    top_k: int | None = None, deadline_ms: int | None = None,
) -> Call[SaesExplainLook]:
    """Splits attention scores into pairs of residual features, biases and errors that sum to them."""
    return Call("saes.explain_look", {
        "sae": sae, "model": model, "text": text, "tokens": tokens, "prepend_bos": prepend_bos, "head": head,
        "destination": destination, "source": source, "top_k": top_k, "deadline_ms": deadline_ms,
    }, SaesExplainLook, is_repeatable=True)


def attribute(
    text: str | None = None, *, sae: str, model: str | None = None, tokens: Sequence[int] | None = None,
    prepend_bos: bool | None = None, residual_sae: str | None = None, destination: int | None = None,
    features: Sequence[int] | None = None, top_k: int | None = None, logits: bool | None = None, deadline_ms: int | None = None,
) -> Call[SaesAttribute]:
    """Where attention-output features at a token come from, and what they do to the logits."""
    return Call("saes.attribute", {
        "sae": sae, "model": model, "text": text, "tokens": tokens, "prepend_bos": prepend_bos, "residual_sae": residual_sae,
        "destination": destination, "features": features, "top_k": top_k, "logits": logits, "deadline_ms": deadline_ms,
    }, SaesAttribute, is_repeatable=True)


def trace(
    text: str | None = None, *, model: str | None = None, tokens: Sequence[int] | None = None, prepend_bos: bool | None = None,
    saes: Sequence[str] | None = None, roots: Sequence[SaesTraceRoot | Mapping[str, Any]] | None = None,
    answer: str | None = None, wrong: str | None = None, position: int | None = None,
    options: SaesTraceOption | Mapping[str, Any] | None = None, path: str | PathLike[str] | None = None,
    format: Literal["json", "graphml", "dot"] | None = None, deadline_ms: int | None = None,
) -> Call[SaesTrace]:
    """What features or a logit are made of, feature by feature, down to the embeddings."""
    return Call("saes.trace", {
        "model": model, "text": text, "tokens": tokens, "prepend_bos": prepend_bos, "saes": saes, "roots": roots,
        "answer": answer, "wrong": wrong, "position": position, "options": options, "path": path, "format": format,
        "deadline_ms": deadline_ms,
    }, SaesTrace)


def explore(
    text: str | None = None, *, model: str | None = None, tokens: Sequence[int] | None = None, prepend_bos: bool | None = None,
    saes: Sequence[str] | None = None, by: Literal["activation", "logit"] | None = None, position: int | None = None,
    answer: str | None = None, wrong: str | None = None, top_k: int | None = None, trace: bool | None = None,
    options: SaesTraceOption | Mapping[str, Any] | None = None, deadline_ms: int | None = None,
) -> Call[SaesExplore]:
    """A prompt's features, layer by layer and token by token, where they come from, and what makes them."""
    return Call("saes.explore", {
        "model": model, "text": text, "tokens": tokens, "prepend_bos": prepend_bos, "saes": saes, "by": by,
        "position": position, "answer": answer, "wrong": wrong, "top_k": top_k, "trace": trace, "options": options,
        "deadline_ms": deadline_ms,
    }, SaesExplore, is_repeatable=True)


def chain(
    text: str | None = None, *, sae: str, map: str, model: str | None = None, tokens: Sequence[int] | None = None,
    prepend_bos: bool | None = None, destination: int | None = None, head: int | None = None, source: int | None = None,
    feature: int | None = None, share: Literal["score", "pattern"] | None = None, top_k: int | None = None,
    deadline_ms: int | None = None,
) -> Call[SaesChain]:
    """From query-key pairs to what the attended position contributes through features, and back."""
    return Call("saes.chain", {
        "sae": sae, "map": map, "model": model, "text": text, "tokens": tokens, "prepend_bos": prepend_bos,
        "destination": destination, "head": head, "source": source, "feature": feature, "share": share, "top_k": top_k,
        "deadline_ms": deadline_ms,
    }, SaesChain, is_repeatable=True)


def delete(sae: str, *, deadline_ms: int | None = None) -> Call[SaesDelete]:
    """Deletes a sparse autoencoder."""
    return Call("saes.delete", {"sae": sae, "deadline_ms": deadline_ms}, SaesDelete)


class Saes(Namespace):
    """`saes.*`, blocking."""

    def train(
        self, layers: Sequence[int], *, model: str | None = None,
        site: Literal["z", "attn_out", "ln1_x", "resid_pre"] | None = None, corpus: str | PathLike[str] | None = None,
        text_field: str | None = None, cache: str | None = None, d_sae: int | None = None,
        preset: Literal["demo", "kissane-2024", "topk", "batchtopk", "jumprelu"] | None = None, steps: int | None = None,
        batch_sequences: int | None = None, shuffle_steps: int | None = None, context: int | None = None,
        learning_rate: float | None = None, sparsity: Sequence[float] | None = None,
        activation: Literal["relu", "topk", "batchtopk", "jumprelu"] | None = None, k: int | None = None,
        bandwidth: float | None = None, auxiliary_k: int | None = None, resample_every: int | None = None,
        dead_frequency: float | None = None, seed: int | None = None, held_out_contexts: int | None = None,
        metrics_every: int | None = None, dry_run: bool | None = None, deadline_ms: int | None = None,
    ) -> JobSubmission:
        """Queues the training of layers' sparse autoencoders.

        Returns once the job is on disk. An autoencoder is trained for every layer, all from one pass over the data: f =
        gate((z - b_dec) W_enc + b_enc), z_hat = f W_dec + b_dec, the rows of W_dec of unit norm. An interrupted job
        goes on by itself from its last checkpoint and ends with the same numbers. The autoencoders appear when the job
        has finished.

        Args:
            layers: The layers, counted from 0; all are trained from the same pass over the data.
            model: A resident model's name; the embedded model if absent.
            site: Which activation it reconstructs: z (all heads side by side), attn_out, ln1_x or resid_pre. (default:
                "z")
            corpus: The path of a .txt file (one document per line), a .jsonl file (one JSON object per line) or a .npy
                file of token ids, or demo for the embedded model's text; demo, for that model only if absent. Users
                other than the service's own and root may name what lies beneath its client roots.
            text_field: Which field of a .jsonl file's objects is the text; text if absent.
            cache: An activation cache to train on instead of a text, as in c1; it holds the activation of every layer.
            d_sae: The number of features; the preset's multiple of the activation's width if absent: 8 for demo, else
                32. (1 to 1048576)
            preset: The settings that hold where nothing else is said: demo (an autoencoder of the embedded model in a
                minute), kissane-2024 (ReLU, L1, resampling), topk, batchtopk, jumprelu (100 M tokens each). (default:
                "demo")
            steps: How many steps; the preset's if absent. (1 to 10000000)
            batch_sequences: How many contexts make up a step; as many as make 4096 tokens, or the preset's, if absent.
                (1 to 4096)
            shuffle_steps: From how many steps' contexts the tokens of a step are drawn; the preset's if absent. (1 to
                1024)
            context: The length of a context in tokens; the model's own, at most 128, if absent. (2 to 1024)
            learning_rate: Adam's step size; the preset's if absent. (0.0 to 1.0)
            sparsity: The weight λ of the sparsity penalty, per token: one for each layer, or one for all; the preset's
                if absent.
            activation: How features are chosen: relu, topk, batchtopk, jumprelu; the preset's way if absent.
            k: Active features per token, for topk and batchtopk; the preset's, or 32, if absent. (1 to 65536)
            bandwidth: The width of jumprelu's kernel; 0.001 if absent. (0.0 to 1.0)
            auxiliary_k: How many dead features learn from each token's error, for topk and batchtopk; 0 for none, the
                preset's if absent. (0 to 65536)
            resample_every: After how many steps dead features begin again, at most four times; 0 for never, the
                preset's if absent. (0 to 10000000)
            dead_frequency: The share of tokens at which a feature is active at most that then begins again; the
                preset's if absent. (0.0 to 1.0)
            seed: The seed of all randomness. (default: 0)
            held_out_contexts: How many contexts are kept apart, for the evaluation. (1 to 100000; default: 64)
            metrics_every: Every how many steps the figures join the series of metrics; a thousandth of all if absent.
                (1 to 10000000)
            dry_run: Whether only to check everything and to estimate. (default: false)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, LayerOutOfRange, CacheNotFound, FileNotFound, TextUnreadable, PathRefused, TextEmpty,
            TextTooLong, TokenOutOfRange, OutOfMemory, ModelUnreadable, ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(train(
            layers, model=model, site=site, corpus=corpus, text_field=text_field, cache=cache, d_sae=d_sae, preset=preset,
            steps=steps, batch_sequences=batch_sequences, shuffle_steps=shuffle_steps, context=context,
            learning_rate=learning_rate, sparsity=sparsity, activation=activation, k=k, bandwidth=bandwidth,
            auxiliary_k=auxiliary_k, resample_every=resample_every, dead_frequency=dead_frequency, seed=seed,
            held_out_contexts=held_out_contexts, metrics_every=metrics_every, dry_run=dry_run, deadline_ms=deadline_ms,
        ))

    def list(
        self, *, model: str | None = None, layer: int | None = None,
        site: Literal["z", "attn_out", "ln1_x", "resid_pre"] | None = None, limit: int | None = None, cursor: str | None = None,
        deadline_ms: int | None = None,
    ) -> SaesList:
        """Lists sparse autoencoders, newest first.

        An autoencoder appears once its training has finished, whole.

        Args:
            model: Only those of this model.
            layer: The layer, counted from 0.
            site: Which activation it reconstructs: z (all heads side by side), attn_out, ln1_x or resid_pre.
            limit: How many entries at most. (1 to 1000; default: 20)
            cursor: Where the page before this one ended: its next_cursor.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            CursorInvalid.
        """
        return self._client.call(list(
            model=model, layer=layer, site=site, limit=limit, cursor=cursor, deadline_ms=deadline_ms,
        ))

    def get(self, sae: str, *, deadline_ms: int | None = None) -> SAE:
        """Describes one sparse autoencoder.

        Its sizes, where it came from, how it was trained and what it reaches.

        Args:
            sae: The autoencoder's name, as in s1.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            SaeNotFound.
        """
        return self._client.call(get(sae, deadline_ms=deadline_ms))

    def evaluate(
        self, sae: str, *, corpus: str | PathLike[str] | None = None, text_field: str | None = None,
        contexts: int | None = None, dry_run: bool | None = None, deadline_ms: int | None = None,
    ) -> JobSubmission:
        """Queues the evaluation of a sparse autoencoder on a text.

        The model's loss with the activation replaced by its reconstruction, error left out: CE_sae, delta_CE = CE_sae -
        CE, CE_recovered = (CE_zero - CE_sae) / (CE_zero - CE) with CE_zero for the activation set to zero, and the KL
        of the logits; L0, live and dead features, a histogram of their densities, and explained_variance = 1 - sum |z -
        z_hat|^2 / sum |z - mean z|^2 over all tokens. The figures replace those that the autoencoder had; what was
        published of an imported one stays, and they are held against it. Training keeps the first held_out_contexts of
        its text apart: the default reads those.

        Args:
            sae: The autoencoder, as in s1.
            corpus: The path of a .txt file (one document per line), a .jsonl file (one JSON object per line) or a .npy
                file of token ids, or demo for the embedded model's text; the one that it was trained on if absent.
                Users other than the service's own and root may name what lies beneath its client roots.
            text_field: Which field of a .jsonl file's objects is the text; text if absent.
            contexts: How many contexts, from the beginning of the text. (1 to 1000000; default: 64)
            dry_run: Whether only to check everything and to estimate. (default: false)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            SaeNotFound, ModelNotFound, DictionaryModelMismatch, FileNotFound, TextUnreadable, PathRefused, TextEmpty,
            TokenOutOfRange, ModelUnreadable, ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(evaluate(
            sae, corpus=corpus, text_field=text_field, contexts=contexts, dry_run=dry_run, deadline_ms=deadline_ms,
        ))

    def export(self, sae: str, path: str | PathLike[str], *, deadline_ms: int | None = None) -> SaesExport:
        """Writes a sparse autoencoder to a folder in SAELens's layout.

        cfg.json and sae_weights.safetensors, which sae-lens loads; qklens.json beside them is the autoencoder's
        description. ReLU becomes the architecture standard, the k largest of a token topk, thresholds and BatchTopK
        jumprelu; of z the heads are put side by side (reshape_activations hook_z). The folder appears when it is whole,
        in one that is there; it belongs to the service's user. Users other than that and root may name a place beneath
        the service's client roots.

        Args:
            sae: The autoencoder, as in s1.
            path: The folder to write, an absolute path that is not there yet.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            SaeNotFound, PathRefused, FileExists, FileUnwritable.
        """
        return self._client.call(export(sae, path, deadline_ms=deadline_ms))

    def import_(
        self, path: str | PathLike[str], *, model: str | None = None,
        processing: Literal["none", "centred", "folded"] | None = None, scaling_factor: float | None = None,
        published_L0: float | None = None, published_explained_variance: float | None = None,
        corpus: str | PathLike[str] | None = None, text_field: str | None = None, contexts: int | None = None,
        deadline_ms: int | None = None,
    ) -> SAE:
        """Reads a published sparse autoencoder, and measures whether it does here what its authors say.

        A folder with cfg.json and sae_weights.safetensors as sae-lens 1 to 6 writes them, or NAME.pt with NAME_cfg.json
        as gpt2-small-hook-z-kk is published. Architectures standard, topk, batchtopk and jumprelu of attn.hook_z,
        hook_attn_out, hook_resid_pre, hook_resid_post and folded ln1.hook_normalized. A setting or tensor that is not
        known is refused by its name; a .pt file is read for its tensors, and nothing of it is executed. Conventions are
        folded into the weights and named in settings.conventions. L0 and explained variance are measured on a few
        contexts of the text, where there is one, and compared with what was published; what does not fit is in
        warnings, with the processing that would make it fit. Users other than the service's own and root may name what
        lies beneath its client roots.

        Args:
            path: A folder of sae-lens, or a .pt file with its _cfg.json; an absolute path.
            model: The model that it is for; the one that the configuration names if absent.
            processing: How that model's weights were processed by TransformerLens: none, centred
                (center_writing_weights), folded (HookedTransformer.from_pretrained); what the configuration says or
                implies if absent.
            scaling_factor: What inputs were multiplied by, for expected_average_only_in. (0.0 to 1000000.0)
            published_L0: What its authors say of L0; what is known of the release if absent.
            published_explained_variance: What its authors say of the explained variance; what is known of the release
                if absent.
            corpus: The path of a .txt file (one document per line), a .jsonl file (one JSON object per line) or a .npy
                file of token ids, or demo for the embedded model's text; demo for that model, and nothing is measured
                for others, if absent. Users other than the service's own and root may name what lies beneath its client
                roots.
            text_field: Which field of a .jsonl file's objects is the text; text if absent.
            contexts: How many contexts it is measured on. (1 to 256; default: 8)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            PathRefused, FileNotFound, DictionaryUnreadable, DictionaryUnsupported, DictionaryModelMismatch,
            ModelNotFound, LayerOutOfRange, TextUnreadable, TextEmpty, TokenOutOfRange, ModelUnreadable,
            ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(import_(
            path, model=model, processing=processing, scaling_factor=scaling_factor, published_L0=published_L0,
            published_explained_variance=published_explained_variance, corpus=corpus, text_field=text_field, contexts=contexts,
            deadline_ms=deadline_ms,
        ))

    def explain_look(
        self, text: str | None = None, *, sae: str, model: str | None = None, tokens: Sequence[int] | None = None,
        prepend_bos: bool | None = None, head: int | None = None, destination: int | None = None, source: int | None = None,
        top_k: int | None = None, deadline_ms: int | None = None,
    ) -> SaesExplainLook:
        """Splits attention scores into pairs of residual features, biases and errors that sum to them.

        Needs no training on queries and keys: an autoencoder of the residual stream that enters a layer is read by that
        layer's W_Q and W_K, LayerNorm's gain and bias in them, its σ as it is. Queries and keys are then sums of
        features, b_dec, what the autoencoder leaves and the projection's bias, and a score of sixteen parts;
        identity_residual says how far their sum is from the model's own. Parts whose key is the projection's bias are
        the same for every source: the softmax does not see them. pattern_effect is the pattern's entry less what it
        would be without the pair at every source where it acts.

        Args:
            text: The text; exactly one of text and tokens is given.
            sae: An autoencoder of resid_pre, as in s1, whose layer it is that looks.
            model: A resident model's name; the embedded model, or that of the dictionary or map, if absent.
            tokens: The tokens themselves.
            prepend_bos: Whether a BOS token is put in front; it stands at position 0. (default: true)
            head: The head within its layer, counted from 0; all of the layer's if absent. (0 to 1023)
            destination: The position that looks; negative ones count from the end. (default: -1)
            source: The position that is looked at; negative ones count from the end; the strongest of each head if
                absent.
            top_k: How many pairs and features at most. (1 to 1000; default: 10)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, TextEmpty, TextTooLong, TokenOutOfRange, SaeNotFound, DictionaryModelMismatch, SaeUnsuited,
            HeadOutOfRange, PositionOutOfRange, ModelUnreadable, ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(explain_look(
            text, sae=sae, model=model, tokens=tokens, prepend_bos=prepend_bos, head=head, destination=destination,
            source=source, top_k=top_k, deadline_ms=deadline_ms,
        ))

    def attribute(
        self, text: str | None = None, *, sae: str, model: str | None = None, tokens: Sequence[int] | None = None,
        prepend_bos: bool | None = None, residual_sae: str | None = None, destination: int | None = None,
        features: Sequence[int] | None = None, top_k: int | None = None, logits: bool | None = None,
        deadline_ms: int | None = None,
    ) -> SaesAttribute:
        """Where attention-output features at a token come from, and what they do to the logits.

        A pre-activation is the sum over sources and heads of A v·W_enc, and of a constant; identity_residual says how
        far that sum is from the pre-activation. head_shares are by the norms of each head's part of the decoder row.
        With residual_sae, the strongest source's part is taken apart into features of the residual stream there, in the
        exact form, with the pattern and LayerNorm's σ, and in that of the published dashboards, without them. With
        logits, the direct effect W_dec W_O W_U on every token's logit less the mean, the last LayerNorm's gain in W_U
        and its σ left out.

        Args:
            text: The text; exactly one of text and tokens is given.
            sae: An autoencoder of z, as in s1.
            model: A resident model's name; the embedded model, or that of the dictionary or map, if absent.
            tokens: The tokens themselves.
            prepend_bos: Whether a BOS token is put in front; it stands at position 0. (default: true)
            residual_sae: An autoencoder of resid_pre of the same layer, as in s2, for one hop further.
            destination: The token whose features are asked about; negative ones count from the end. (default: -1)
            features: The features; the most active ones if absent.
            top_k: How many features, sources and tokens at most. (1 to 100; default: 5)
            logits: Whether the direct effect on the logits is told. (default: false)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, TextEmpty, TextTooLong, TokenOutOfRange, SaeNotFound, DictionaryModelMismatch, SaeUnsuited,
            FeatureOutOfRange, PositionOutOfRange, ModelUnreadable, ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(attribute(
            text, sae=sae, model=model, tokens=tokens, prepend_bos=prepend_bos, residual_sae=residual_sae,
            destination=destination, features=features, top_k=top_k, logits=logits, deadline_ms=deadline_ms,
        ))

    def trace(
        self, text: str | None = None, *, model: str | None = None, tokens: Sequence[int] | None = None,
        prepend_bos: bool | None = None, saes: Sequence[str] | None = None,
        roots: Sequence[SaesTraceRoot | Mapping[str, Any]] | None = None, answer: str | None = None, wrong: str | None = None,
        position: int | None = None, options: SaesTraceOption | Mapping[str, Any] | None = None,
        path: str | PathLike[str] | None = None, format: Literal["json", "graphml", "dot"] | None = None,
        deadline_ms: int | None = None,
    ) -> SaesTrace:
        """What features or a logit are made of, feature by feature, down to the embeddings.

        With every pattern and every LayerNorm's σ as they are, an attention-output feature's pre-activation is a sum
        over what its sources' values read of the residual stream: over residual features there if an autoencoder of
        that layer's resid_pre is at hand, otherwise over everything written below, which is attention-output features
        of lower layers, outputs of attentions without an autoencoder, MLPs and embeddings; so is a residual feature's,
        and a logit's. Each is traced in turn. At every node the shares of its links, of what was pruned, of what
        autoencoders leave (error) and of biases sum to 1; total is the model's own number, identity_residual what
        rounding leaves. Without roots and answer it begins with the logit of the token that the model expects most.
        With a path the graph is written to a file as traces.export writes it, the remainders with each node: they are
        part of a JSON node's remainders, and data of a GraphML node. Texts of more than 256 tokens are too long. The
        autoencoders are read one after another, at most 4 GiB of weights; beyond 10,000 links or a second of work
        features are left alone, and is_truncated says so.

        Args:
            text: The text; exactly one of text and tokens is given.
            model: A resident model's name; the embedded model, or that of the dictionary or map, if absent.
            tokens: The tokens themselves.
            prepend_bos: Whether a BOS token is put in front; it stands at position 0. (default: true)
            saes: Autoencoders of z or resid_pre, at most one of each layer and activation; the newest of each that the
                model has if absent.
            roots: The features to begin with.
            answer: A token whose logit to begin with instead, with its space, as in " Mary".
            wrong: A token whose logit is subtracted.
            position: Where the answer would follow; negative ones count from the end. (default: -1)
            options: How features are traced. (default: {"max_links": 5, "threshold": 0.05, "max_depth": 4, "max_nodes":
                100})
            path: A file to write besides, an absolute path that is not there yet.
            format: What other programs read: circuit-tracer's names in JSON, GraphML, or Graphviz's dot. (default:
                "json")
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, TextEmpty, TextTooLong, TokenOutOfRange, SaeNotFound, DictionaryModelMismatch, SaeUnsuited,
            FeatureOutOfRange, PositionOutOfRange, TaskUnsuited, OutOfMemory, PathRefused, FileExists, FileUnwritable,
            ModelUnreadable, ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(trace(
            text, model=model, tokens=tokens, prepend_bos=prepend_bos, saes=saes, roots=roots, answer=answer, wrong=wrong,
            position=position, options=options, path=path, format=format, deadline_ms=deadline_ms,
        ))

    def explore(
        self, text: str | None = None, *, model: str | None = None, tokens: Sequence[int] | None = None,
        prepend_bos: bool | None = None, saes: Sequence[str] | None = None, by: Literal["activation", "logit"] | None = None,
        position: int | None = None, answer: str | None = None, wrong: str | None = None, top_k: int | None = None,
        trace: bool | None = None, options: SaesTraceOption | Mapping[str, Any] | None = None, deadline_ms: int | None = None,
    ) -> SaesExplore:
        """A prompt's features, layer by layer and token by token, where they come from, and what makes them.

        By activation: the most active features of each autoencoder at each token, or at one. By logit: at the token
        after which the answer would follow, those that add most to its logit by the direct path, with the last
        LayerNorm's σ as it is; what features at other tokens do goes through attention and is found by the trace. There
        each activation's features, error and bias sum to what the whole activation adds, and the parts of logit to the
        model's own number; effects of residual features, which stand for everything written below, are told beside that
        sum and are not in it. Sources of attention-output features are shares of their pre-activation; they are left
        out where there are so many features that they would take more than 300 million products, as for all tokens of a
        long text. With trace, graph is what saes.trace finds: from the logit, or from the most active attention-output
        feature of the highest layer at the last token that is told. Texts of more than 256 tokens are too long, and
        more than 32,000 features (autoencoders × tokens × top_k) too many; the autoencoders are read one after another,
        at most 4 GiB of weights.

        Args:
            text: The text; exactly one of text and tokens is given.
            model: A resident model's name; the embedded model, or that of the dictionary or map, if absent.
            tokens: The tokens themselves.
            prepend_bos: Whether a BOS token is put in front; it stands at position 0. (default: true)
            saes: Autoencoders of z or resid_pre, at most one of each layer and activation; the newest of each that the
                model has if absent.
            by: By what features are told: activation, or what they add to a logit. (default: "activation")
            position: The token; negative ones count from the end. If absent all tokens by activation, the last by
                logit.
            answer: The token whose logit is asked about, with its space, as in " Mary"; the one that the model expects
                most if absent.
            wrong: The token whose logit is subtracted.
            top_k: How many features of each activation and token. (1 to 100; default: 5)
            trace: Whether the logit, or the first of the features, is traced. (default: false)
            options: How features are traced. (default: {"max_links": 5, "threshold": 0.05, "max_depth": 4, "max_nodes":
                100})
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, TextEmpty, TextTooLong, TokenOutOfRange, SaeNotFound, DictionaryModelMismatch, SaeUnsuited,
            PositionOutOfRange, TaskUnsuited, OutOfMemory, ModelUnreadable, ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(explore(
            text, model=model, tokens=tokens, prepend_bos=prepend_bos, saes=saes, by=by, position=position, answer=answer,
            wrong=wrong, top_k=top_k, trace=trace, options=options, deadline_ms=deadline_ms,
        ))

    def chain(
        self, text: str | None = None, *, sae: str, map: str, model: str | None = None, tokens: Sequence[int] | None = None,
        prepend_bos: bool | None = None, destination: int | None = None, head: int | None = None, source: int | None = None,
        feature: int | None = None, share: Literal["score", "pattern"] | None = None, top_k: int | None = None,
        deadline_ms: int | None = None,
    ) -> SaesChain:
        """From query-key pairs to what the attended position contributes through features, and back.

        Why a head looked, and what it carried, in one: a look gives a feature of the attention's output A v·W_enc
        (carried), and A is shared among the parts of the look's score, so each surviving pair carries its share of
        that. Without a feature each head's look is told with the features that it gives most to; with one, the looks
        that give most to it. Shares by pattern: what a part moves the attention A_s to the source by along
        softmax(t·scores), ∫₀¹ A_s(t) (c_s − Σ_j A_j(t) c_j) dt with c_j what it adds to the score of source j, over
        A_s. It is negative for what speaks against the look, and nothing for what is the same at every source; with
        uniform, 1/n of n sources over A_s, the shares of the surviving pairs, of those that the mask has cut, of parts
        with a bias or an error and of pairs that act at other sources only sum to 1, and what the pairs that are told
        carry and the rest to carried; share_residual is how far the softmax of the parts' sums is from the model's own
        pattern. Shares by score: c over Σ|c|, what a part adds over the sum of all parts' magnitudes, by magnitude as
        attention.explain tells them, negative for what speaks against the look; they say what the score is made of, not
        the attention, and sum to the score over Σ|c|: share_residual is how far the parts are from the model's own
        score. Texts of more than 256 tokens are too long, and looks of more than a million active pairs too many.

        Args:
            text: The text; exactly one of text and tokens is given.
            sae: An autoencoder of z, as in s1.
            map: A map of the same layer, as in m1.
            model: A resident model's name; the embedded model, or that of the dictionary or map, if absent.
            tokens: The tokens themselves.
            prepend_bos: Whether a BOS token is put in front; it stands at position 0. (default: true)
            destination: Where the heads look from; negative ones count from the end. (default: -1)
            head: The head; all of the layer if absent.
            source: Where it looks; if absent where each head looks most, and with a feature at all sources.
            feature: A feature of the autoencoder, to be told the looks that make it, and the pairs that make those.
            share: How shares are told: by what moves the pattern, or by the score's parts. (default: "pattern")
            top_k: How many looks, pairs and features at most. (1 to 100; default: 5)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, TextEmpty, TextTooLong, TokenOutOfRange, SaeNotFound, DictionaryModelMismatch, SaeUnsuited,
            MapNotFound, DictionaryNotFound, HeadOutOfRange, FeatureOutOfRange, PositionOutOfRange, ModelUnreadable,
            ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(chain(
            text, sae=sae, map=map, model=model, tokens=tokens, prepend_bos=prepend_bos, destination=destination, head=head,
            source=source, feature=feature, share=share, top_k=top_k, deadline_ms=deadline_ms,
        ))

    def delete(self, sae: str, *, deadline_ms: int | None = None) -> SaesDelete:
        """Deletes a sparse autoencoder.

        Calls that are using it finish with it. Only the user who trained it, or root.

        Args:
            sae: The autoencoder's name, as in s1.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            SaeNotFound, PermissionDenied.
        """
        return self._client.call(delete(sae, deadline_ms=deadline_ms))


class AsyncSaes(AsyncNamespace):
    """`saes.*` for asyncio; see `Saes`."""

    async def train(
        self, layers: Sequence[int], *, model: str | None = None,
        site: Literal["z", "attn_out", "ln1_x", "resid_pre"] | None = None, corpus: str | PathLike[str] | None = None,
        text_field: str | None = None, cache: str | None = None, d_sae: int | None = None,
        preset: Literal["demo", "kissane-2024", "topk", "batchtopk", "jumprelu"] | None = None, steps: int | None = None,
        batch_sequences: int | None = None, shuffle_steps: int | None = None, context: int | None = None,
        learning_rate: float | None = None, sparsity: Sequence[float] | None = None,
        activation: Literal["relu", "topk", "batchtopk", "jumprelu"] | None = None, k: int | None = None,
        bandwidth: float | None = None, auxiliary_k: int | None = None, resample_every: int | None = None,
        dead_frequency: float | None = None, seed: int | None = None, held_out_contexts: int | None = None,
        metrics_every: int | None = None, dry_run: bool | None = None, deadline_ms: int | None = None,
    ) -> JobSubmission:
        """Queues the training of layers' sparse autoencoders."""
        return await self._client.call(train(
            layers, model=model, site=site, corpus=corpus, text_field=text_field, cache=cache, d_sae=d_sae, preset=preset,
            steps=steps, batch_sequences=batch_sequences, shuffle_steps=shuffle_steps, context=context,
            learning_rate=learning_rate, sparsity=sparsity, activation=activation, k=k, bandwidth=bandwidth,
            auxiliary_k=auxiliary_k, resample_every=resample_every, dead_frequency=dead_frequency, seed=seed,
            held_out_contexts=held_out_contexts, metrics_every=metrics_every, dry_run=dry_run, deadline_ms=deadline_ms,
        ))

    async def list(
        self, *, model: str | None = None, layer: int | None = None,
        site: Literal["z", "attn_out", "ln1_x", "resid_pre"] | None = None, limit: int | None = None, cursor: str | None = None,
        deadline_ms: int | None = None,
    ) -> SaesList:
        """Lists sparse autoencoders, newest first."""
        return await self._client.call(list(
            model=model, layer=layer, site=site, limit=limit, cursor=cursor, deadline_ms=deadline_ms,
        ))

    async def get(self, sae: str, *, deadline_ms: int | None = None) -> SAE:
        """Describes one sparse autoencoder."""
        return await self._client.call(get(sae, deadline_ms=deadline_ms))

    async def evaluate(
        self, sae: str, *, corpus: str | PathLike[str] | None = None, text_field: str | None = None,
        contexts: int | None = None, dry_run: bool | None = None, deadline_ms: int | None = None,
    ) -> JobSubmission:
        """Queues the evaluation of a sparse autoencoder on a text."""
        return await self._client.call(evaluate(
            sae, corpus=corpus, text_field=text_field, contexts=contexts, dry_run=dry_run, deadline_ms=deadline_ms,
        ))

    async def export(self, sae: str, path: str | PathLike[str], *, deadline_ms: int | None = None) -> SaesExport:
        """Writes a sparse autoencoder to a folder in SAELens's layout."""
        return await self._client.call(export(sae, path, deadline_ms=deadline_ms))

    async def import_(
        self, path: str | PathLike[str], *, model: str | None = None,
        processing: Literal["none", "centred", "folded"] | None = None, scaling_factor: float | None = None,
        published_L0: float | None = None, published_explained_variance: float | None = None,
        corpus: str | PathLike[str] | None = None, text_field: str | None = None, contexts: int | None = None,
        deadline_ms: int | None = None,
    ) -> SAE:
        """Reads a published sparse autoencoder, and measures whether it does here what its authors say."""
        return await self._client.call(import_(
            path, model=model, processing=processing, scaling_factor=scaling_factor, published_L0=published_L0,
            published_explained_variance=published_explained_variance, corpus=corpus, text_field=text_field, contexts=contexts,
            deadline_ms=deadline_ms,
        ))

    async def explain_look(
        self, text: str | None = None, *, sae: str, model: str | None = None, tokens: Sequence[int] | None = None,
        prepend_bos: bool | None = None, head: int | None = None, destination: int | None = None, source: int | None = None,
        top_k: int | None = None, deadline_ms: int | None = None,
    ) -> SaesExplainLook:
        """Splits attention scores into pairs of residual features, biases and errors that sum to them."""
        return await self._client.call(explain_look(
            text, sae=sae, model=model, tokens=tokens, prepend_bos=prepend_bos, head=head, destination=destination,
            source=source, top_k=top_k, deadline_ms=deadline_ms,
        ))

    async def attribute(
        self, text: str | None = None, *, sae: str, model: str | None = None, tokens: Sequence[int] | None = None,
        prepend_bos: bool | None = None, residual_sae: str | None = None, destination: int | None = None,
        features: Sequence[int] | None = None, top_k: int | None = None, logits: bool | None = None,
        deadline_ms: int | None = None,
    ) -> SaesAttribute:
        """Where attention-output features at a token come from, and what they do to the logits."""
        return await self._client.call(attribute(
            text, sae=sae, model=model, tokens=tokens, prepend_bos=prepend_bos, residual_sae=residual_sae,
            destination=destination, features=features, top_k=top_k, logits=logits, deadline_ms=deadline_ms,
        ))

    async def trace(
        self, text: str | None = None, *, model: str | None = None, tokens: Sequence[int] | None = None,
        prepend_bos: bool | None = None, saes: Sequence[str] | None = None,
        roots: Sequence[SaesTraceRoot | Mapping[str, Any]] | None = None, answer: str | None = None, wrong: str | None = None,
        position: int | None = None, options: SaesTraceOption | Mapping[str, Any] | None = None,
        path: str | PathLike[str] | None = None, format: Literal["json", "graphml", "dot"] | None = None,
        deadline_ms: int | None = None,
    ) -> SaesTrace:
        """What features or a logit are made of, feature by feature, down to the embeddings."""
        return await self._client.call(trace(
            text, model=model, tokens=tokens, prepend_bos=prepend_bos, saes=saes, roots=roots, answer=answer, wrong=wrong,
            position=position, options=options, path=path, format=format, deadline_ms=deadline_ms,
        ))

    async def explore(
        self, text: str | None = None, *, model: str | None = None, tokens: Sequence[int] | None = None,
        prepend_bos: bool | None = None, saes: Sequence[str] | None = None, by: Literal["activation", "logit"] | None = None,
        position: int | None = None, answer: str | None = None, wrong: str | None = None, top_k: int | None = None,
        trace: bool | None = None, options: SaesTraceOption | Mapping[str, Any] | None = None, deadline_ms: int | None = None,
    ) -> SaesExplore:
        """A prompt's features, layer by layer and token by token, where they come from, and what makes them."""
        return await self._client.call(explore(
            text, model=model, tokens=tokens, prepend_bos=prepend_bos, saes=saes, by=by, position=position, answer=answer,
            wrong=wrong, top_k=top_k, trace=trace, options=options, deadline_ms=deadline_ms,
        ))

    async def chain(
        self, text: str | None = None, *, sae: str, map: str, model: str | None = None, tokens: Sequence[int] | None = None,
        prepend_bos: bool | None = None, destination: int | None = None, head: int | None = None, source: int | None = None,
        feature: int | None = None, share: Literal["score", "pattern"] | None = None, top_k: int | None = None,
        deadline_ms: int | None = None,
    ) -> SaesChain:
        """From query-key pairs to what the attended position contributes through features, and back."""
        return await self._client.call(chain(
            text, sae=sae, map=map, model=model, tokens=tokens, prepend_bos=prepend_bos, destination=destination, head=head,
            source=source, feature=feature, share=share, top_k=top_k, deadline_ms=deadline_ms,
        ))

    async def delete(self, sae: str, *, deadline_ms: int | None = None) -> SaesDelete:
        """Deletes a sparse autoencoder."""
        return await self._client.call(delete(sae, deadline_ms=deadline_ms))
