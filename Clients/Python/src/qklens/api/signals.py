"""`signals.*`: what the daemon's methods take and return.

Written by generate.py from the daemon's OpenRPC document; do not edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import List, Literal

from ..call import Call
from ..tensors import WithArrays, delivery
from ..namespace import AsyncNamespace, Namespace
from ..record import Record, Table, table_of
from .shared import TensorFile


@dataclass(slots=True, kw_only=True, repr=False)
class HeadSpectrum(Record):
    """One head's map: its singular values, and its singular vectors if they were asked for."""

    layer: int
    """The layer, counted from 0."""
    head: int
    """The head within its layer, counted from 0."""
    s: List[float]
    """The singular values, descending."""
    frobenius: float
    """‖Ω‖, the root of the sum of their squares."""
    rank90: int
    """How many of them hold 90 % of ‖Ω‖²."""
    participation_ratio: float
    """(Σs²)²/Σs⁴: how many of equal size would spread as these do."""
    largest: float
    """The map's entry of largest magnitude."""
    reconstruction_error: float
    """How far U·diag(s)·Vᵀ is from the map at most."""
    U: List[List[float]] | None = None
    """The destination's singular vectors, a list for each singular value."""
    V: List[List[float]] | None = None
    """The source's singular vectors, a list for each singular value."""


@dataclass(slots=True, kw_only=True, repr=False)
class SignalsDecompose(WithArrays):
    """What `signals.decompose` returns."""

    model: str
    """The model's name."""
    form: Literal["plain", "augmented", "omega_d", "omega_s"]
    """Which map is decomposed."""
    heads: Table[HeadSpectrum]
    """The heads, layer by layer."""
    tensors: TensorFile | None = None
    """Where the arrays are that the reply does not hold itself."""

    decoders = {"heads": table_of(HeadSpectrum), "tensors": TensorFile.from_wire}


@dataclass(slots=True, kw_only=True, repr=False)
class LookTerm(Record):
    """One term of a look."""

    k: int
    """Its number, by the size of its singular value."""
    s: float
    """The singular value."""
    destination_projection: float
    """x̃·u_k of the destination."""
    source_projection: float
    """x̃·v_k of the source."""
    contribution: float
    """c_k, the product of the three."""
    ranking: float
    """By what the terms are ranked: c_k; c_k less its mean over the other sources; or its integrated gradients."""
    kept: bool
    """Whether it is kept."""
    attention_drop: float | None = None
    """Of softmax_greedy: how far the attention fell when the term was taken away."""


@dataclass(slots=True, kw_only=True, repr=False)
class LookSideReport(Record):
    """One end of a look: which of its terms are kept, and what they say."""

    side: Literal["destination", "source"] | None = None
    """The end; absent where both are selected alike."""
    form: Literal["plain", "augmented", "omega_d", "omega_s"]
    """Which map's terms."""
    kept: int
    """How many terms are kept."""
    total: float
    """Σ c_k over all terms, not scaled."""
    kept_sum: float
    """Σ c_k over the kept terms, not scaled."""
    bias_part: float
    """What the form leaves of the score to the biases, not scaled."""
    residual: float
    """attn_scale·(total + bias_part) less the model's own score."""
    terms: Table[LookTerm]
    """The terms: the kept ones in the order in which they were taken, then the others if they were asked for."""

    decoders = {"terms": table_of(LookTerm)}


@dataclass(slots=True, kw_only=True, repr=False)
class SignalsLook(WithArrays):
    """What `signals.look` returns."""

    tokens: List[int]
    """The tokens as the model read them, BOS included."""
    pieces: List[str]
    """The text of each token."""
    model: str
    """The model's name."""
    layer: int
    """The layer, counted from 0."""
    head: int
    """The head within its layer, counted from 0."""
    destination: int
    """The position that looks."""
    source: int
    """The position that is looked at."""
    mode: Literal["score_sum", "relative_attention", "softmax_greedy"]
    """How terms are selected."""
    attn_scale: float
    """What a sum of terms is multiplied by to be a score."""
    attn_score: float
    """The model's own score."""
    pattern: float
    """The model's own attention. (0.0 to 1.0)"""
    fires: bool
    """Whether the mode's authors would call it a look."""
    sides: Table[LookSideReport]
    """The terms: once, or for each end where they are selected apart."""
    tensors: TensorFile | None = None
    """Where the arrays are that the reply does not hold itself."""

    decoders = {"sides": table_of(LookSideReport), "tensors": TensorFile.from_wire}


@dataclass(slots=True, kw_only=True, repr=False)
class HeadSetSizes(Record):
    """How many terms make a head's looks."""

    layer: int
    """The layer, counted from 0."""
    head: int
    """The head within its layer, counted from 0."""
    side: Literal["destination", "source"] | None = None
    """Whose terms; absent where both ends are selected alike."""
    looks: int
    """How many looks were counted."""
    mean: float | None = None
    """The mean number of kept terms; absent without looks."""
    median: int | None = None
    """The least number that half of the looks do not exceed."""
    q10: int | None = None
    """The same for a tenth of them."""
    q90: int | None = None
    """The same for nine tenths."""
    histogram: List[int]
    """How many looks keep 0, 1, 2, … terms, up to all."""


@dataclass(slots=True, kw_only=True, repr=False)
class SignalsStatistics(Record):
    """What `signals.statistics` returns."""

    model: str
    """The model's name."""
    mode: Literal["score_sum", "relative_attention", "softmax_greedy"]
    """How terms are selected."""
    contexts: int
    """How many contexts or prompts were read."""
    tokens: int
    """How many tokens."""
    rank: int
    """How many terms a score has."""
    heads: Table[HeadSetSizes]
    """The heads, layer by layer; two entries each where the ends are selected apart."""

    decoders = {"heads": table_of(HeadSetSizes)}


@dataclass(slots=True, kw_only=True, repr=False)
class AgreementFigures(Record):
    """How far what a head's looks read and what a dictionary's features say lie in the same directions, at one end: means
    over looks.
    """

    terms: float
    """The mean number of kept terms."""
    features: float
    """The mean number of active features of surviving pairs."""
    signal_in_features: float
    """The share of the signal that lies in the span of the features. (0.0 to 1.0)"""
    signal_in_features_random: float
    """What that share is for a random signal. (0.0 to 1.0)"""
    features_in_signal: float
    """The share of the features that lies in the span of the signal. (0.0 to 1.0)"""
    features_in_signal_random: float
    """What that share is for random features. (0.0 to 1.0)"""


@dataclass(slots=True, kw_only=True, repr=False)
class HeadAgreement(Record):
    """One head's agreement over its looks."""

    head: int
    """The head within its layer, counted from 0."""
    source_position: int | None = None
    """The position that is looked at, of a single look."""
    looks: int
    """How many looks were compared: those with kept terms at both ends."""
    looks_without_features: int
    """How many of them have no surviving pair of features at all; they count with 0."""
    destination: AgreementFigures | None = None
    """How far what a head's looks read and what a dictionary's features say lie in the same directions, at one end: means
    over looks.
    """
    source: AgreementFigures | None = None
    """How far what a head's looks read and what a dictionary's features say lie in the same directions, at one end: means
    over looks.
    """

    decoders = {
        "destination": AgreementFigures.from_wire, "source": AgreementFigures.from_wire,
    }


@dataclass(slots=True, kw_only=True, repr=False)
class SignalsAgreement(Record):
    """What `signals.agreement` returns."""

    model: str
    """The model's name."""
    map: str
    """The map."""
    dictionary: str
    """Its dictionary."""
    layer: int
    """The layer, counted from 0."""
    mode: Literal["score_sum", "relative_attention", "softmax_greedy"]
    """How terms are selected."""
    prompts: int
    """How many prompts or contexts were read."""
    heads: Table[HeadAgreement]
    """The heads."""

    decoders = {"heads": table_of(HeadAgreement)}


def decompose(
    *, model: str | None = None, layers: Sequence[int] | None = None, heads: Sequence[int] | None = None,
    form: Literal["plain", "augmented", "omega_d", "omega_s"] | None = None, include_vectors: bool | None = None,
    tensors: Literal["json", "file", "memfd"] | None = None, path: str | PathLike[str] | None = None,
    format: Literal["safetensors", "npy"] | None = None, deadline_ms: int | None = None,
) -> Call[SignalsDecompose]:
    """Returns the singular values and vectors of heads' QK maps."""
    return Call("signals.decompose", {
        "model": model, "layers": layers, "heads": heads, "form": form, "include_vectors": include_vectors,
        "tensors": delivery(tensors, path), "path": path, "format": format, "deadline_ms": deadline_ms,
    }, SignalsDecompose, is_repeatable=True)


def look(
    text: str | None = None, *, layer: int, head: int, model: str | None = None, tokens: Sequence[int] | None = None,
    prepend_bos: bool | None = None, destination: int | None = None, source: int | None = None,
    mode: Literal["score_sum", "relative_attention", "softmax_greedy"] | None = None, phi: float | None = None,
    all_terms: bool | None = None, tensors: Literal["json", "file", "memfd"] | None = None,
    path: str | PathLike[str] | None = None, format: Literal["safetensors", "npy"] | None = None,
    deadline_ms: int | None = None,
) -> Call[SignalsLook]:
    """Splits one look of a head into the terms of its singular decomposition, and says which of them make it."""
    return Call("signals.look", {
        "layer": layer, "head": head, "model": model, "text": text, "tokens": tokens, "prepend_bos": prepend_bos,
        "destination": destination, "source": source, "mode": mode, "phi": phi, "all_terms": all_terms,
        "tensors": delivery(tensors, path), "path": path, "format": format, "deadline_ms": deadline_ms,
    }, SignalsLook, is_repeatable=True)


def statistics(
    *, model: str | None = None, layers: Sequence[int] | None = None, heads: Sequence[int] | None = None,
    mode: Literal["score_sum", "relative_attention", "softmax_greedy"] | None = None, phi: float | None = None,
    task: str | None = None, count: int | None = None, seed: int | None = None, prepend_bos: bool | None = None,
    corpus: str | PathLike[str] | None = None, text_field: str | None = None, contexts: int | None = None,
    context: int | None = None, deadline_ms: int | None = None,
) -> Call[SignalsStatistics]:
    """Counts of how many terms heads' looks are made, over a text or a task."""
    return Call("signals.statistics", {
        "model": model, "layers": layers, "heads": heads, "mode": mode, "phi": phi, "task": task, "count": count, "seed": seed,
        "prepend_bos": prepend_bos, "corpus": corpus, "text_field": text_field, "contexts": contexts, "context": context,
        "deadline_ms": deadline_ms,
    }, SignalsStatistics, is_repeatable=True)


def agreement(
    text: str | None = None, *, map: str, model: str | None = None, tokens: Sequence[int] | None = None,
    prepend_bos: bool | None = None, heads: Sequence[int] | None = None, destination: int | None = None,
    source: int | None = None, mode: Literal["score_sum", "relative_attention", "softmax_greedy"] | None = None,
    phi: float | None = None, task: str | None = None, count: int | None = None, seed: int | None = None,
    corpus: str | PathLike[str] | None = None, text_field: str | None = None, contexts: int | None = None,
    deadline_ms: int | None = None,
) -> Call[SignalsAgreement]:
    """Compares what heads' looks read with what a map's surviving features say of them."""
    return Call("signals.agreement", {
        "map": map, "model": model, "text": text, "tokens": tokens, "prepend_bos": prepend_bos, "heads": heads,
        "destination": destination, "source": source, "mode": mode, "phi": phi, "task": task, "count": count, "seed": seed,
        "corpus": corpus, "text_field": text_field, "contexts": contexts, "deadline_ms": deadline_ms,
    }, SignalsAgreement, is_repeatable=True)


class Signals(Namespace):
    """`signals.*`, blocking."""

    def decompose(
        self, *, model: str | None = None, layers: Sequence[int] | None = None, heads: Sequence[int] | None = None,
        form: Literal["plain", "augmented", "omega_d", "omega_s"] | None = None, include_vectors: bool | None = None,
        tensors: Literal["json", "file", "memfd"] | None = None, path: str | PathLike[str] | None = None,
        format: Literal["safetensors", "npy"] | None = None, deadline_ms: int | None = None,
    ) -> SignalsDecompose:
        """Returns the singular values and vectors of heads' QK maps.

        A head's map Ω takes the normalised residuals of destination and source to their score, without attn_scale. W_Q
        and W_K have the LayerNorm's gain folded in and are centred, b_Q and b_K its bias: plain is W_Q·W_Kᵀ; augmented
        [W_Q; b_Q]·[W_K; b_K]ᵀ, which reads [x, 1] on both sides; omega_d W_Q·[W_K; b_K]ᵀ and omega_s [W_Q; b_Q]·W_Kᵀ.
        Each decomposition is compared with its map before it is used, and kept in the store: a layer is decomposed
        once. The entry of largest magnitude of each vector of U is positive. In a file or in memory there are three
        arrays: U, heads × rows × rank, s, heads × rank, and V; the heads as in the reply.

        Args:
            model: A resident model's name; the embedded model if absent.
            layers: The layers; all if absent.
            heads: The heads of each layer; all if absent.
            form: Which map is decomposed. (default: "plain")
            include_vectors: Whether the reply holds the singular vectors too. (default: false)
            tensors: How the arrays reach the caller: json, as lists in the reply; file, in the file that path names;
                memfd, in memory sealed against change, whose descriptor comes with the reply (SCM_RIGHTS). File and
                memfd hold the same bytes, float32 little-endian, where a list has null as well. (default: "json")
            path: With file: an absolute path that is not there yet. The file belongs to the service's user, with the
                rights that its umask leaves, and appears when it is whole.
            format: How file and memfd are laid out; npy for a single array. By the ending of path if absent, else
                safetensors.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, ModelUnsupported, LayerOutOfRange, HeadOutOfRange, PathRefused, FileExists, FileUnwritable,
            ModelUnreadable, TokenizerUnreadable.
        """
        return self._client.call(decompose(
            model=model, layers=layers, heads=heads, form=form, include_vectors=include_vectors, tensors=tensors, path=path,
            format=format, deadline_ms=deadline_ms,
        ))

    def look(
        self, text: str | None = None, *, layer: int, head: int, model: str | None = None, tokens: Sequence[int] | None = None,
        prepend_bos: bool | None = None, destination: int | None = None, source: int | None = None,
        mode: Literal["score_sum", "relative_attention", "softmax_greedy"] | None = None, phi: float | None = None,
        all_terms: bool | None = None, tensors: Literal["json", "file", "memfd"] | None = None,
        path: str | PathLike[str] | None = None, format: Literal["safetensors", "npy"] | None = None,
        deadline_ms: int | None = None,
    ) -> SignalsLook:
        """Splits one look of a head into the terms of its singular decomposition, and says which of them make it.

        The terms c_k = s_k·(x̃·u_k)·(v_k·x̃), with x̃ of the destination first, sum to the score before attn_scale;
        residual says how far. A look fires: with score_sum where its attention is at least a half, its score not
        negative and its source not the first token; with relative_attention where the attention is at least
        1/(destination + 1); with softmax_greedy where it is at least 2.5 times that, or 1. The forms are augmented,
        omega_d and omega_s for the ends, and plain with b_Q and b_K as offsets of x. In a file or in memory there are
        four arrays, a row for each kept term: destination.vectors and source.vectors, ±√s_k·u_k and ±√s_k·v_k with the
        sign of the projection, and destination.basis and source.basis, u_k and v_k; the last column of an augmented
        side reads the constant 1.

        Args:
            text: The text; exactly one of text and tokens is given.
            layer: The layer, counted from 0.
            head: The head within its layer, counted from 0.
            model: A resident model's name; the embedded model, or that of the dictionary or map, if absent.
            tokens: The tokens themselves.
            prepend_bos: Whether a BOS token is put in front; it stands at position 0. (default: true)
            destination: The position that looks; negative ones count from the end. (default: -1)
            source: The position that is looked at; negative ones count from the end; the strongest if absent.
            mode: How the terms that make a look are told from the others: score_sum (2024), the shortest prefix in
                descending order whose sum is strictly above phi times the total; relative_attention (2025), the same of
                what each term adds over its mean at the other sources, for each side by itself; softmax_greedy (2026),
                the terms that have to be taken away, in the order of their integrated gradients, before the attention
                is below min(1, 2.5/(destination + 1)). (default: "score_sum")
            phi: The share of the total that the kept terms have to exceed; softmax_greedy does without. (0.0 to 1.0;
                default: 1)
            all_terms: Whether the other terms are listed too. (default: false)
            tensors: How the arrays reach the caller: json, as lists in the reply; file, in the file that path names;
                memfd, in memory sealed against change, whose descriptor comes with the reply (SCM_RIGHTS). File and
                memfd hold the same bytes, float32 little-endian, where a list has null as well. (default: "json")
            path: With file: an absolute path that is not there yet. The file belongs to the service's user, with the
                rights that its umask leaves, and appears when it is whole.
            format: How file and memfd are laid out; npy for a single array. By the ending of path if absent, else
                safetensors.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, TextEmpty, TextTooLong, TokenOutOfRange, ModelUnsupported, LayerOutOfRange, HeadOutOfRange,
            PositionOutOfRange, PathRefused, FileExists, FileUnwritable, ModelUnreadable, TokenizerUnreadable.
        """
        return self._client.call(look(
            text, layer=layer, head=head, model=model, tokens=tokens, prepend_bos=prepend_bos, destination=destination,
            source=source, mode=mode, phi=phi, all_terms=all_terms, tensors=tensors, path=path, format=format,
            deadline_ms=deadline_ms,
        ))

    def statistics(
        self, *, model: str | None = None, layers: Sequence[int] | None = None, heads: Sequence[int] | None = None,
        mode: Literal["score_sum", "relative_attention", "softmax_greedy"] | None = None, phi: float | None = None,
        task: str | None = None, count: int | None = None, seed: int | None = None, prepend_bos: bool | None = None,
        corpus: str | PathLike[str] | None = None, text_field: str | None = None, contexts: int | None = None,
        context: int | None = None, deadline_ms: int | None = None,
    ) -> SignalsStatistics:
        """Counts of how many terms heads' looks are made, over a text or a task.

        Every look that fires is counted, in the sense of its mode (see signals.look): of each destination all sources.
        Computed on the spot, context by context, so that other calls are answered in between: at most 256 contexts of
        256 tokens, or 1,024 prompts. Contexts begin with BOS.

        Args:
            model: A resident model's name; the embedded model if absent.
            layers: The layers; all if absent.
            heads: The heads of each layer; all if absent.
            mode: How the terms that make a look are told from the others: score_sum (2024), the shortest prefix in
                descending order whose sum is strictly above phi times the total; relative_attention (2025), the same of
                what each term adds over its mean at the other sources, for each side by itself; softmax_greedy (2026),
                the terms that have to be taken away, in the order of their integrated gradients, before the attention
                is below min(1, 2.5/(destination + 1)). (default: "score_sum")
            phi: The share of the total that the kept terms have to exceed; softmax_greedy does without. (0.0 to 1.0;
                default: 1)
            task: A task whose prompts are read, as tasks.run takes it; not together with corpus.
            count: How many prompts of a task at most. (1 to 1024; default: 100)
            seed: What the choice of prompts follows from. (default: 0)
            prepend_bos: Whether a BOS token is put in front of each prompt of a task. (default: true)
            corpus: The path of a .txt file (one document per line), a .jsonl file (one JSON object per line) or a .npy
                file of token ids, or demo for the embedded model's text; the embedded model's text, unless there is a
                task if absent. Users other than the service's own and root may name what lies beneath its client roots.
            text_field: Which field of a .jsonl file's objects is the text; text if absent.
            contexts: How many contexts of a text are read, from its beginning. (1 to 256; default: 16)
            context: How many tokens a context has. (2 to 256; default: 64)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, ModelUnsupported, LayerOutOfRange, HeadOutOfRange, TaskNotFound, TaskUnsuited, FileNotFound,
            TextUnreadable, TextTooLong, TextEmpty, TokenOutOfRange, TokenizerUnreadable, PathRefused, ModelUnreadable.
        """
        return self._client.call(statistics(
            model=model, layers=layers, heads=heads, mode=mode, phi=phi, task=task, count=count, seed=seed,
            prepend_bos=prepend_bos, corpus=corpus, text_field=text_field, contexts=contexts, context=context,
            deadline_ms=deadline_ms,
        ))

    def agreement(
        self, text: str | None = None, *, map: str, model: str | None = None, tokens: Sequence[int] | None = None,
        prepend_bos: bool | None = None, heads: Sequence[int] | None = None, destination: int | None = None,
        source: int | None = None, mode: Literal["score_sum", "relative_attention", "softmax_greedy"] | None = None,
        phi: float | None = None, task: str | None = None, count: int | None = None, seed: int | None = None,
        corpus: str | PathLike[str] | None = None, text_field: str | None = None, contexts: int | None = None,
        deadline_ms: int | None = None,
    ) -> SignalsAgreement:
        """Compares what heads' looks read with what a map's surviving features say of them.

        At an end of a look, the kept terms' vectors s_k = √s_k·u_k (or v_k) span what the head reads there. Each active
        feature a of a surviving pair has a decoder row w_a; g_a = w_a·W⁺ is the shortest direction of the normalised
        stream that the head's map W takes to it. signal_in_features is Σ|P s_k|²/Σ|s_k|², P projecting on the span of
        all g_a; features_in_signal is Σ f_a²|P g_a|²/Σ f_a²|g_a|², P projecting on the span of all s_k. By chance a
        direction lies in a span of n dimensions by n/rank W: the two random figures. Of a text or tokens, one look per
        head is compared, whether it fires or not; of a task or a corpus, every look that fires, which are computed
        prompt by prompt, so that other calls are answered in between.

        Args:
            text: A prompt; exactly one of text, tokens, task and corpus is given.
            map: The map, as in m1.
            model: A resident model's name; the map's own if absent.
            tokens: A prompt's tokens.
            prepend_bos: Whether a BOS token is put in front of each prompt. (default: true)
            heads: The heads; all of the layer's if absent.
            destination: The position that looks, of a single prompt; negative ones count from the end. (default: -1)
            source: The position that is looked at, of a single prompt; the strongest of each head if absent.
            mode: How the terms that make a look are told from the others: score_sum (2024), the shortest prefix in
                descending order whose sum is strictly above phi times the total; relative_attention (2025), the same of
                what each term adds over its mean at the other sources, for each side by itself; softmax_greedy (2026),
                the terms that have to be taken away, in the order of their integrated gradients, before the attention
                is below min(1, 2.5/(destination + 1)). (default: "score_sum")
            phi: The share of the total that the kept terms have to exceed; softmax_greedy does without. (0.0 to 1.0;
                default: 1)
            task: A task whose prompts are read, as tasks.run takes it.
            count: How many prompts of a task at most. (1 to 1024; default: 100)
            seed: What the choice of prompts follows from. (default: 0)
            corpus: The path of a .txt file (one document per line), a .jsonl file (one JSON object per line) or a .npy
                file of token ids, or demo for the embedded model's text; nothing if absent. Users other than the
                service's own and root may name what lies beneath its client roots.
            text_field: Which field of a .jsonl file's objects is the text; text if absent.
            contexts: How many contexts of a text are read, from its beginning. (1 to 256; default: 16)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, TextEmpty, TextTooLong, TokenOutOfRange, MapNotFound, DictionaryNotFound,
            DictionaryModelMismatch, ModelUnsupported, HeadOutOfRange, PositionOutOfRange, TaskNotFound, TaskUnsuited,
            FileNotFound, TextUnreadable, TokenizerUnreadable, PathRefused, ModelUnreadable.
        """
        return self._client.call(agreement(
            text, map=map, model=model, tokens=tokens, prepend_bos=prepend_bos, heads=heads, destination=destination,
            source=source, mode=mode, phi=phi, task=task, count=count, seed=seed, corpus=corpus, text_field=text_field,
            contexts=contexts, deadline_ms=deadline_ms,
        ))


class AsyncSignals(AsyncNamespace):
    """`signals.*` for asyncio; see `Signals`."""

    async def decompose(
        self, *, model: str | None = None, layers: Sequence[int] | None = None, heads: Sequence[int] | None = None,
        form: Literal["plain", "augmented", "omega_d", "omega_s"] | None = None, include_vectors: bool | None = None,
        tensors: Literal["json", "file", "memfd"] | None = None, path: str | PathLike[str] | None = None,
        format: Literal["safetensors", "npy"] | None = None, deadline_ms: int | None = None,
    ) -> SignalsDecompose:
        """Returns the singular values and vectors of heads' QK maps."""
        return await self._client.call(decompose(
            model=model, layers=layers, heads=heads, form=form, include_vectors=include_vectors, tensors=tensors, path=path,
            format=format, deadline_ms=deadline_ms,
        ))

    async def look(
        self, text: str | None = None, *, layer: int, head: int, model: str | None = None, tokens: Sequence[int] | None = None,
        prepend_bos: bool | None = None, destination: int | None = None, source: int | None = None,
        mode: Literal["score_sum", "relative_attention", "softmax_greedy"] | None = None, phi: float | None = None,
        all_terms: bool | None = None, tensors: Literal["json", "file", "memfd"] | None = None,
        path: str | PathLike[str] | None = None, format: Literal["safetensors", "npy"] | None = None,
        deadline_ms: int | None = None,
    ) -> SignalsLook:
        """Splits one look of a head into the terms of its singular decomposition, and says which of them make it."""
        return await self._client.call(look(
            text, layer=layer, head=head, model=model, tokens=tokens, prepend_bos=prepend_bos, destination=destination,
            source=source, mode=mode, phi=phi, all_terms=all_terms, tensors=tensors, path=path, format=format,
            deadline_ms=deadline_ms,
        ))

    async def statistics(
        self, *, model: str | None = None, layers: Sequence[int] | None = None, heads: Sequence[int] | None = None,
        mode: Literal["score_sum", "relative_attention", "softmax_greedy"] | None = None, phi: float | None = None,
        task: str | None = None, count: int | None = None, seed: int | None = None, prepend_bos: bool | None = None,
        corpus: str | PathLike[str] | None = None, text_field: str | None = None, contexts: int | None = None,
        context: int | None = None, deadline_ms: int | None = None,
    ) -> SignalsStatistics:
        """Counts of how many terms heads' looks are made, over a text or a task."""
        return await self._client.call(statistics(
            model=model, layers=layers, heads=heads, mode=mode, phi=phi, task=task, count=count, seed=seed,
            prepend_bos=prepend_bos, corpus=corpus, text_field=text_field, contexts=contexts, context=context,
            deadline_ms=deadline_ms,
        ))

    async def agreement(
        self, text: str | None = None, *, map: str, model: str | None = None, tokens: Sequence[int] | None = None,
        prepend_bos: bool | None = None, heads: Sequence[int] | None = None, destination: int | None = None,
        source: int | None = None, mode: Literal["score_sum", "relative_attention", "softmax_greedy"] | None = None,
        phi: float | None = None, task: str | None = None, count: int | None = None, seed: int | None = None,
        corpus: str | PathLike[str] | None = None, text_field: str | None = None, contexts: int | None = None,
        deadline_ms: int | None = None,
    ) -> SignalsAgreement:
        """Compares what heads' looks read with what a map's surviving features say of them."""
        return await self._client.call(agreement(
            text, map=map, model=model, tokens=tokens, prepend_bos=prepend_bos, heads=heads, destination=destination,
            source=source, mode=mode, phi=phi, task=task, count=count, seed=seed, corpus=corpus, text_field=text_field,
            contexts=contexts, deadline_ms=deadline_ms,
        ))
