"""`studies.*`: what the daemon's methods take and return.

Written by generate.py from the daemon's OpenRPC document; do not edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any, Dict, List, Literal

from ..call import Call
from ..namespace import AsyncNamespace, Namespace
from ..record import Record, Table, table_of
from .shared import JobSubmission


@dataclass(slots=True, kw_only=True, repr=False)
class StudiesListStudyFindingFamily(Record):
    """How many features of an autoencoder belong to which family."""

    sae: str
    """The autoencoder."""
    layer: int
    """The layer, counted from 0."""
    tokens: int
    """How many tokens were read."""
    live: int
    """How many features were active at all."""
    first: int
    """Those that the text's first token gives most."""
    induction: int
    """Those that tokens after an earlier occurrence of the destination's token give most."""
    local: int
    """Those that tokens just before give most."""
    long_range: int
    """Those that other tokens give most."""


@dataclass(slots=True, kw_only=True, repr=False)
class StudiesListStudyFindingFeature(Record):
    """Where a feature comes from."""

    sae: str
    """The autoencoder."""
    layer: int
    """The layer, counted from 0."""
    feature: int
    """The feature."""
    active: int
    """At how many tokens it is active."""
    family: str | None = None
    """Its family: first, induction, local or long_range; absent if no source is for it."""
    first: float
    """The share of the text's first token in what it is given. (0.0 to 1.0)"""
    induction: float
    """The share of tokens after an earlier occurrence of the destination's token. (0.0 to 1.0)"""
    local: float
    """The share of tokens just before. (0.0 to 1.0)"""
    long_range: float
    """The share of the others. (0.0 to 1.0)"""
    pieces: List[str]
    """The tokens at which it is most often active."""
    head: int
    """The head within its layer, counted from 0."""
    head_share: float
    """That head's share. (0.0 to 1.0)"""


@dataclass(slots=True, kw_only=True, repr=False)
class StudiesListStudyFindingHead(Record):
    """The features that a head writes, by what they do."""

    sae: str
    """The autoencoder."""
    layer: int
    """The layer, counted from 0."""
    head: int
    """The head within its layer, counted from 0."""
    features: List[int]
    """The features of which it writes the largest share, the largest first."""
    shares: List[float]
    """Its share of each."""
    groups: List[List[int]]
    """Those that were active, in groups of alike ones, the largest first."""
    pieces: List[List[str]]
    """The tokens at which each group is most often active."""


@dataclass(slots=True, kw_only=True, repr=False)
class StudiesListStudyFindingAnswerSource(Record):
    """What one of the prompt's places gives to it."""

    place: str
    """The place; first for the text's first token, other for all that have no name."""
    contribution: float
    """What it gives to the pre-activation, mean over the prompts in which the feature is active."""
    strongest: int
    """In how many of them no place gives more."""


@dataclass(slots=True, kw_only=True, repr=False)
class StudiesListStudyFindingAnswer(Record):
    """What a feature does at a place of a task's prompts."""

    sae: str
    """The autoencoder."""
    layer: int
    """The layer, counted from 0."""
    place: str
    """The place."""
    feature: int
    """The feature."""
    prompts: int
    """In how many prompts it is active there."""
    activation: float
    """Its activation there, mean over these."""
    head: int
    """The head within its layer, counted from 0."""
    head_share: float
    """That head's share. (0.0 to 1.0)"""
    points_to: str
    """The place that gives most to it."""
    sources: Table[StudiesListStudyFindingAnswerSource]
    """What each place gives to it, the most first."""
    drop: float
    """What its removal takes from the logit difference, mean over all prompts."""
    drop_sd: float
    """Its standard deviation over prompts."""
    changed_prompts: int | None = None
    """In how many of the prompts with the word changed it is active there; absent if no word is."""
    changed_activation: float | None = None
    """Its activation there, mean over these."""

    decoders = {"sources": table_of(StudiesListStudyFindingAnswerSource)}


@dataclass(slots=True, kw_only=True, repr=False)
class StudiesListStudyFindingError(Record):
    """What an autoencoder leaves over does at a place of a task's prompts."""

    sae: str
    """The autoencoder."""
    layer: int
    """The layer, counted from 0."""
    place: str
    """The place."""
    drop: float
    """What the removal of the error takes from the logit difference, mean over prompts."""
    drop_sd: float
    """Its standard deviation over prompts."""


@dataclass(slots=True, kw_only=True, repr=False)
class StudiesListStudyFindingPrefixe(Record):
    """What a head gives to the token after a copied prefix."""

    layer: int
    """The layer, counted from 0."""
    head: int
    """The head within its layer, counted from 0."""
    scores: List[float]
    """Its mean attention, for prefixes of 1, 2, 3 … tokens."""
    needs: int | None = None
    """The shortest prefix that gives half of the best score; absent where the best is below 0.1. (at least 1)"""


@dataclass(slots=True, kw_only=True, repr=False)
class StudiesListStudyFinding(Record):
    """What a study has found; of each kind its own members."""

    families: Table[StudiesListStudyFindingFamily] | None = None
    """Families: how many features of each autoencoder belong to which."""
    features: Table[StudiesListStudyFindingFeature] | None = None
    """Families: the most active features of each autoencoder."""
    heads: Table[StudiesListStudyFindingHead] | None = None
    """Polysemanticity: the heads."""
    polysemantic: float | None = None
    """Polysemanticity: the share of the heads with two live features or more that have two groups or more. (0.0 to 1.0)"""
    answers: Table[StudiesListStudyFindingAnswer] | None = None
    """Answers: the features."""
    errors: Table[StudiesListStudyFindingError] | None = None
    """Answers: what the autoencoders leave over does at the same places."""
    logit_difference: float | None = None
    """Answers: the model's logit difference, mean over prompts."""
    prompts: int | None = None
    """Answers: how many prompts there were."""
    changed_prompts: int | None = None
    """Answers: how many of them have the word that is changed."""
    prefixes: Table[StudiesListStudyFindingPrefixe] | None = None
    """Prefixes: the heads' scores."""

    decoders = {
        "families": table_of(StudiesListStudyFindingFamily), "features": table_of(StudiesListStudyFindingFeature),
        "heads": table_of(StudiesListStudyFindingHead), "answers": table_of(StudiesListStudyFindingAnswer),
        "errors": table_of(StudiesListStudyFindingError), "prefixes": table_of(StudiesListStudyFindingPrefixe),
    }


@dataclass(slots=True, kw_only=True, repr=False)
class StudiesListStudy(Record):
    """A study: what was asked, and what was found."""

    study: str
    """Its name, as in y3."""
    kind: Literal["families", "polysemanticity", "answers", "prefixes"]
    """What it looks into: families (local, long-range and induction features), polysemanticity (whether the features that
    a head writes do one thing or several), answers (what features do for a task's answer, and which of its tokens they
    point to), prefixes (how long a repeated prefix heads need before they look where it was followed).
    """
    model: str
    """The model's name."""
    model_fingerprint: str
    """That model's fingerprint."""
    saes: List[str]
    """The autoencoders that were studied."""
    settings: Dict[str, Any]
    """The parameters, with their defaults."""
    created_ms: int
    """When it was finished (milliseconds since 1970)."""
    job: str
    """The job that made it."""
    owner_uid: int
    """The user who may delete it."""
    findings: StudiesListStudyFinding | None = None
    """What a study has found; of each kind its own members."""

    decoders = {"findings": StudiesListStudyFinding.from_wire}


@dataclass(slots=True, kw_only=True, repr=False)
class StudiesList(Record):
    """What `studies.list` returns."""

    studies: Table[StudiesListStudy]
    """The studies, without what they have found."""
    next_cursor: str | None = None
    """Where the next page starts; absent on the last one."""

    decoders = {"studies": table_of(StudiesListStudy)}


@dataclass(slots=True, kw_only=True, repr=False)
class StudiesDelete(Record):
    """What `studies.delete` returns."""

    study: str
    """The study's name."""


def run(
    kind: Literal["families", "polysemanticity", "answers", "prefixes"], *, saes: Sequence[str] | None = None,
    model: str | None = None, corpus: str | PathLike[str] | None = None, text_field: str | None = None,
    contexts: int | None = None, local_distance: int | None = None, limit: int | None = None, top_features: int | None = None,
    likeness: float | None = None, task: str | None = None, count: int | None = None, seed: int | None = None,
    prepend_bos: bool | None = None, places: Sequence[str] | None = None, replace: str | None = None,
    replacement: str | None = None, samples: int | None = None, length: int | None = None, longest: int | None = None,
    dry_run: bool | None = None, deadline_ms: int | None = None,
) -> Call[JobSubmission]:
    """Queues a study of attention-output features, or of induction by prefixes."""
    return Call("studies.run", {
        "kind": kind, "saes": saes, "model": model, "corpus": corpus, "text_field": text_field, "contexts": contexts,
        "local_distance": local_distance, "limit": limit, "top_features": top_features, "likeness": likeness, "task": task,
        "count": count, "seed": seed, "prepend_bos": prepend_bos, "places": places, "replace": replace,
        "replacement": replacement, "samples": samples, "length": length, "longest": longest, "dry_run": dry_run,
        "deadline_ms": deadline_ms,
    }, JobSubmission)


def list(
    *, model: str | None = None, limit: int | None = None, cursor: str | None = None, deadline_ms: int | None = None,
) -> Call[StudiesList]:
    """Lists the studies, newest first."""
    return Call("studies.list", {"model": model, "limit": limit, "cursor": cursor, "deadline_ms": deadline_ms}, StudiesList, is_repeatable=True)


def get(study: str, *, deadline_ms: int | None = None) -> Call[StudiesListStudy]:
    """Shows a study with what it has found."""
    return Call("studies.get", {"study": study, "deadline_ms": deadline_ms}, StudiesListStudy, is_repeatable=True)


def delete(study: str, *, deadline_ms: int | None = None) -> Call[StudiesDelete]:
    """Deletes a study."""
    return Call("studies.delete", {"study": study, "deadline_ms": deadline_ms}, StudiesDelete)


class Studies(Namespace):
    """`studies.*`, blocking."""

    def run(
        self, kind: Literal["families", "polysemanticity", "answers", "prefixes"], *, saes: Sequence[str] | None = None,
        model: str | None = None, corpus: str | PathLike[str] | None = None, text_field: str | None = None,
        contexts: int | None = None, local_distance: int | None = None, limit: int | None = None,
        top_features: int | None = None, likeness: float | None = None, task: str | None = None, count: int | None = None,
        seed: int | None = None, prepend_bos: bool | None = None, places: Sequence[str] | None = None,
        replace: str | None = None, replacement: str | None = None, samples: int | None = None, length: int | None = None,
        longest: int | None = None, dry_run: bool | None = None, deadline_ms: int | None = None,
    ) -> JobSubmission:
        """Queues a study of attention-output features, or of induction by prefixes.

        families: which sources give most to each live feature (direct feature attribution, its positive part).
        polysemanticity: for each head the features of which it writes the largest share, grouped by tokens, source
        distances and common activity. answers: at places of a task's prompts, which of the prompt's places the active
        features point to, what their removal takes from the logit difference with the error kept, what the error's
        removal does, and what changing a word changes; the defaults are the published study's (100 prompts, seed 1, no
        BOS, ' and' to ' alongside'). prefixes: the attention of every head to the token after a copied prefix of random
        tokens, by the prefix's length. Returns once the job is on disk; an interrupted study begins anew.

        Args:
            kind: What it looks into: families (local, long-range and induction features), polysemanticity (whether the
                features that a head writes do one thing or several), answers (what features do for a task's answer, and
                which of its tokens they point to), prefixes (how long a repeated prefix heads need before they look
                where it was followed).
            saes: Autoencoders of z, all of one model; for every kind but prefixes.
            model: A resident model's name, for prefixes; the embedded model if absent.
            corpus: The path of a .txt file (one document per line), a .jsonl file (one JSON object per line) or a .npy
                file of token ids, or demo for the embedded model's text; the one that the first autoencoder was trained
                on if absent. Users other than the service's own and root may name what lies beneath its client roots.
            text_field: Which field of a .jsonl file's objects is the text; text if absent.
            contexts: Families, polysemanticity: how many contexts, from the beginning of the text. (1 to 1000000;
                default: 32)
            local_distance: Families: how far back a source is local, in tokens. (0 to 1024; default: 4)
            limit: Families: how many features of each autoencoder are told, 100 if absent; answers: how many are
                studied at each place, 10 if absent. (1 to 10000)
            top_features: Polysemanticity: of how many features of each head. (2 to 1000; default: 10)
            likeness: Polysemanticity: how alike two features of a group are at least. (0.0 to 1.0; default: 0.5)
            task: Answers: a task, as tasks.run takes it.
            count: Answers: how many of its prompts at most. (1 to 1024; default: 100)
            seed: What all choices follow from. (default: 1)
            prepend_bos: Answers: whether a BOS token is put in front of each prompt. (default: false)
            places: Answers: at which places of the prompts. (default: ["S2", "END"])
            replace: Answers: the words that are changed in the prompts. (default: " and")
            replacement: Answers: what they are changed to. (default: " alongside")
            samples: Prefixes: how many texts for each length. (1 to 100000; default: 400)
            length: Prefixes: how many tokens a text has, BOS included; the model's own, at most 128, if absent. (4 to
                1024)
            longest: Prefixes: the longest prefix. (1 to 500; default: 9)
            dry_run: Whether only to check everything and to estimate. (default: false)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            SaeNotFound, SaeUnsuited, ModelNotFound, DictionaryModelMismatch, FileNotFound, TextUnreadable, PathRefused,
            TextEmpty, TextTooLong, TokenOutOfRange, TokenizerUnreadable, TaskNotFound, TaskUnsuited,
            PositionOutOfRange, OutOfMemory, ModelUnreadable, ModelUnsupported.
        """
        return self._client.call(run(
            kind, saes=saes, model=model, corpus=corpus, text_field=text_field, contexts=contexts,
            local_distance=local_distance, limit=limit, top_features=top_features, likeness=likeness, task=task, count=count,
            seed=seed, prepend_bos=prepend_bos, places=places, replace=replace, replacement=replacement, samples=samples,
            length=length, longest=longest, dry_run=dry_run, deadline_ms=deadline_ms,
        ))

    def list(
        self, *, model: str | None = None, limit: int | None = None, cursor: str | None = None, deadline_ms: int | None = None,
    ) -> StudiesList:
        """Lists the studies, newest first.

        A study appears once its job has finished, whole.

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

    def get(self, study: str, *, deadline_ms: int | None = None) -> StudiesListStudy:
        """Shows a study with what it has found.

        A study appears once its job has finished, whole.

        Args:
            study: The study, as in y3.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            StudyNotFound.
        """
        return self._client.call(get(study, deadline_ms=deadline_ms))

    def delete(self, study: str, *, deadline_ms: int | None = None) -> StudiesDelete:
        """Deletes a study.

        Only its owner and root may.

        Args:
            study: The study, as in y3.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            StudyNotFound, PermissionDenied.
        """
        return self._client.call(delete(study, deadline_ms=deadline_ms))


class AsyncStudies(AsyncNamespace):
    """`studies.*` for asyncio; see `Studies`."""

    async def run(
        self, kind: Literal["families", "polysemanticity", "answers", "prefixes"], *, saes: Sequence[str] | None = None,
        model: str | None = None, corpus: str | PathLike[str] | None = None, text_field: str | None = None,
        contexts: int | None = None, local_distance: int | None = None, limit: int | None = None,
        top_features: int | None = None, likeness: float | None = None, task: str | None = None, count: int | None = None,
        seed: int | None = None, prepend_bos: bool | None = None, places: Sequence[str] | None = None,
        replace: str | None = None, replacement: str | None = None, samples: int | None = None, length: int | None = None,
        longest: int | None = None, dry_run: bool | None = None, deadline_ms: int | None = None,
    ) -> JobSubmission:
        """Queues a study of attention-output features, or of induction by prefixes."""
        return await self._client.call(run(
            kind, saes=saes, model=model, corpus=corpus, text_field=text_field, contexts=contexts,
            local_distance=local_distance, limit=limit, top_features=top_features, likeness=likeness, task=task, count=count,
            seed=seed, prepend_bos=prepend_bos, places=places, replace=replace, replacement=replacement, samples=samples,
            length=length, longest=longest, dry_run=dry_run, deadline_ms=deadline_ms,
        ))

    async def list(
        self, *, model: str | None = None, limit: int | None = None, cursor: str | None = None, deadline_ms: int | None = None,
    ) -> StudiesList:
        """Lists the studies, newest first."""
        return await self._client.call(list(model=model, limit=limit, cursor=cursor, deadline_ms=deadline_ms))

    async def get(self, study: str, *, deadline_ms: int | None = None) -> StudiesListStudy:
        """Shows a study with what it has found."""
        return await self._client.call(get(study, deadline_ms=deadline_ms))

    async def delete(self, study: str, *, deadline_ms: int | None = None) -> StudiesDelete:
        """Deletes a study."""
        return await self._client.call(delete(study, deadline_ms=deadline_ms))
