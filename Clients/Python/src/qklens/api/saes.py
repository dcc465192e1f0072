"""`saes.*`: what the daemon's methods take and return.

Written by generate.py from the daemon's OpenRPC document; do not edit."""

from __future__ import annotations

from collections.abc import Sequence
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
        z_hat|^2 / sum |z - mean z|^2 over all tokens. The figures replace those that the autoencoder had. Training
        keeps the first held_out_contexts of its text apart: the default reads those.

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

    async def delete(self, sae: str, *, deadline_ms: int | None = None) -> SaesDelete:
        """Deletes a sparse autoencoder."""
        return await self._client.call(delete(sae, deadline_ms=deadline_ms))
