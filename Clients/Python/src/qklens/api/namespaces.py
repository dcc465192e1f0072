"""The clients' namespaces, each loaded when it is first used.

Written by generate.py from the daemon's OpenRPC document; do not edit."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from ..aio import AsyncClient
    from ..client import Client
    from ..following import AsyncJobs, Jobs
    from .activations import AsyncActivations, Activations
    from .attention import AsyncAttention, Attention
    from .caches import AsyncCaches, Caches
    from .dictionaries import AsyncDictionaries, Dictionaries
    from .examples import AsyncExamples, Examples
    from .features import AsyncFeatures, Features
    from .heads import AsyncHeads, Heads
    from .interventions import AsyncInterventions, Interventions
    from .maps import AsyncMaps, Maps
    from .models import AsyncModels, Models
    from .pairs import AsyncPairs, Pairs
    from .requests import AsyncRequests, Requests
    from .rpc import AsyncRpc, Rpc
    from .saes import AsyncSaes, Saes
    from .signals import AsyncSignals, Signals
    from .store import AsyncStore, Store
    from .system import AsyncSystem, System
    from .tasks import AsyncTasks, Tasks
    from .tokens import AsyncTokens, Tokens
    from .traces import AsyncTraces, Traces


class Namespaces:
    """The methods of `Client`."""

    @cached_property
    def rpc(self) -> Rpc:
        """Describes every method: parameters, result, errors, an example."""
        from .rpc import Rpc

        return Rpc(cast("Client", self))

    @cached_property
    def system(self) -> System:
        """Answers, and does nothing else; Says which service this is and what it can do; Returns the service's figures in
        Prometheus's text format.
        """
        from .system import System

        return System(cast("Client", self))

    @cached_property
    def store(self) -> Store:
        """Says how large the store is and who reads it; Reads the whole store and reports what is damaged; Writes the
        store's state at one moment to a file.
        """
        from .store import Store

        return Store(cast("Client", self))

    @cached_property
    def requests(self) -> Requests:
        """Gives up a request that runs on this connection."""
        from .requests import Requests

        return Requests(cast("Client", self))

    @cached_property
    def models(self) -> Models:
        """Lists the models that the service knows; Describes one model; Reads a GPT-2 model from a folder and keeps it in
        memory; Gives back the memory of a model; Compares what a model computes here with what others have published of
        it.
        """
        from .models import Models

        return Models(cast("Client", self))

    @cached_property
    def tokens(self) -> Tokens:
        """Splits a text into tokens; Joins tokens to a text; Gives the most probable next tokens at one position of a
        text.
        """
        from .tokens import Tokens

        return Tokens(cast("Client", self))

    @cached_property
    def activations(self) -> Activations:
        """Returns activations of a text by name."""
        from .activations import Activations

        return Activations(cast("Client", self))

    @cached_property
    def attention(self) -> Attention:
        """Returns the attention patterns and scores of one layer; Replaces a layer's patterns by their reconstructions and
        says what that costs; Splits attention scores into feature pairs, bias and error parts that sum to them.
        """
        from .attention import Attention

        return Attention(cast("Client", self))

    @cached_property
    def signals(self) -> Signals:
        """Returns the singular values and vectors of heads' QK maps; Splits one look of a head into the terms of its
        singular decomposition, and says which of them make it; Counts of how many terms heads' looks are made, over a
        text or a task; Compares what heads' looks read with what a map's surviving features say of them.
        """
        from .signals import Signals

        return Signals(cast("Client", self))

    @cached_property
    def dictionaries(self) -> Dictionaries:
        """Lists dictionaries, newest first; Describes one dictionary; The figures of a dictionary's training, step by
        step; Queues the training of layers' transcoders; Deletes a dictionary and the maps that belong to it; Queues
        the evaluation of a dictionary on a text; Writes a dictionary to a folder in SAELens's layout; Says which
        features, and which pairs of their maps, several dictionaries have in common; Reads a dictionary from a folder
        in SAELens's layout.
        """
        from .dictionaries import Dictionaries

        return Dictionaries(cast("Client", self))

    @cached_property
    def saes(self) -> Saes:
        """Queues the training of layers' sparse autoencoders; Lists sparse autoencoders, newest first; Describes one
        sparse autoencoder; Queues the evaluation of a sparse autoencoder on a text; Writes a sparse autoencoder to a
        folder in SAELens's layout; Reads a published sparse autoencoder, and measures whether it does here what its
        authors say; Splits attention scores into pairs of residual features, biases and errors that sum to them; Where
        attention-output features at a token come from, and what they do to the logits; What features or a logit are
        made of, feature by feature, down to the embeddings; A prompt's features, layer by layer and token by token,
        where they come from, and what makes them; From query-key pairs to what the attended position contributes
        through features, and back; Deletes a sparse autoencoder.
        """
        from .saes import Saes

        return Saes(cast("Client", self))

    @cached_property
    def maps(self) -> Maps:
        """Lists maps, newest first; Describes one map; Queues the training of the mask over a dictionary's feature pairs;
        Measures a map's sparsity, its heads' attention sinks, and how well patterns are rebuilt; Deletes a map; Writes
        a map to a folder as a list of coordinates; Reads a map from a folder that maps.export has written; Sums up what
        each head of a map uses.
        """
        from .maps import Maps

        return Maps(cast("Client", self))

    @cached_property
    def pairs(self) -> Pairs:
        """Returns one feature pair's entries, head by head; Returns many feature pairs' entries at once, as columns; Lists
        a map's feature pairs, the strongest first; Lists the feature pairs that several heads use, the strongest first;
        Shows where a pair of features acts, from the examples that were collected.
        """
        from .pairs import Pairs

        return Pairs(cast("Client", self))

    @cached_property
    def examples(self) -> Examples:
        """Queues a walk over a text that keeps where a map's pairs and features act; Describes the examples that were
        collected for a map.
        """
        from .examples import Examples

        return Examples(cast("Client", self))

    @cached_property
    def features(self) -> Features:
        """Says what features read and write, from their weights alone; Shows where features are most active; Lists the
        features of the other side that a map pairs a feature with, the strongest first.
        """
        from .features import Features

        return Features(cast("Client", self))

    @cached_property
    def heads(self) -> Heads:
        """How strongly heads read what earlier heads write, by their weights alone, the strongest first; Says which single
        components of heads are read by later heads, beside random directions; Says how far the spaces that heads write
        into are the spaces that later heads read from, whatever the strengths; Measures every head's pattern: previous
        token, induction, duplicate token, entropy, distance, sink; Finds the heads that copy a sentence out of a long
        text into the answer; Puts everything that is known of every head side by side, sorted as wanted.
        """
        from .heads import Heads

        return Heads(cast("Client", self))

    @cached_property
    def tasks(self) -> Tasks:
        """Lists the tasks that a model can be asked; Asks a model the prompts of a task and says how well it does."""
        from .tasks import Tasks

        return Tasks(cast("Client", self))

    @cached_property
    def interventions(self) -> Interventions:
        """Scales pairs, features, heads or whole patterns inside the running model and measures what that does; Names the
        pairs that a head's part in a task rests on, and proves it by removing them; Scales what heads and MLPs carry of
        the signal that a look reads, and measures what that does.
        """
        from .interventions import Interventions

        return Interventions(cast("Client", self))

    @cached_property
    def traces(self) -> Traces:
        """Traces looks of one prompt, or of a few, to what makes them; Queues the tracing of a task's prompts, whose
        graphs are kept; Lists the traces that are kept, newest first; Shows a trace that is kept: what its prompts have
        in common, or one prompt's graph; Writes a trace to a file that other programs read; Deletes a trace with its
        graphs.
        """
        from .traces import Traces

        return Traces(cast("Client", self))

    @cached_property
    def caches(self) -> Caches:
        """Lists activation caches, newest first; Describes one activation cache; Queues the writing of activations to
        disk; Deletes an activation cache.
        """
        from .caches import Caches

        return Caches(cast("Client", self))

    @cached_property
    def jobs(self) -> Jobs:
        """Lists jobs, newest first; Describes one job; Cancels a queued or running job; Returns once a job has ended,
        however it has ended; Returns a job and sends jobs.event notifications until it has ended; Ends what
        jobs.subscribe has begun on this connection; The series of figures that a job has written; Deletes the record of
        an ended job.
        """
        from ..following import Jobs

        return Jobs(cast("Client", self))


class AsyncNamespaces:
    """The methods of `AsyncClient`."""

    @cached_property
    def rpc(self) -> AsyncRpc:
        """Describes every method: parameters, result, errors, an example."""
        from .rpc import AsyncRpc

        return AsyncRpc(cast("AsyncClient", self))

    @cached_property
    def system(self) -> AsyncSystem:
        """Answers, and does nothing else; Says which service this is and what it can do; Returns the service's figures in
        Prometheus's text format.
        """
        from .system import AsyncSystem

        return AsyncSystem(cast("AsyncClient", self))

    @cached_property
    def store(self) -> AsyncStore:
        """Says how large the store is and who reads it; Reads the whole store and reports what is damaged; Writes the
        store's state at one moment to a file.
        """
        from .store import AsyncStore

        return AsyncStore(cast("AsyncClient", self))

    @cached_property
    def requests(self) -> AsyncRequests:
        """Gives up a request that runs on this connection."""
        from .requests import AsyncRequests

        return AsyncRequests(cast("AsyncClient", self))

    @cached_property
    def models(self) -> AsyncModels:
        """Lists the models that the service knows; Describes one model; Reads a GPT-2 model from a folder and keeps it in
        memory; Gives back the memory of a model; Compares what a model computes here with what others have published of
        it.
        """
        from .models import AsyncModels

        return AsyncModels(cast("AsyncClient", self))

    @cached_property
    def tokens(self) -> AsyncTokens:
        """Splits a text into tokens; Joins tokens to a text; Gives the most probable next tokens at one position of a
        text.
        """
        from .tokens import AsyncTokens

        return AsyncTokens(cast("AsyncClient", self))

    @cached_property
    def activations(self) -> AsyncActivations:
        """Returns activations of a text by name."""
        from .activations import AsyncActivations

        return AsyncActivations(cast("AsyncClient", self))

    @cached_property
    def attention(self) -> AsyncAttention:
        """Returns the attention patterns and scores of one layer; Replaces a layer's patterns by their reconstructions and
        says what that costs; Splits attention scores into feature pairs, bias and error parts that sum to them.
        """
        from .attention import AsyncAttention

        return AsyncAttention(cast("AsyncClient", self))

    @cached_property
    def signals(self) -> AsyncSignals:
        """Returns the singular values and vectors of heads' QK maps; Splits one look of a head into the terms of its
        singular decomposition, and says which of them make it; Counts of how many terms heads' looks are made, over a
        text or a task; Compares what heads' looks read with what a map's surviving features say of them.
        """
        from .signals import AsyncSignals

        return AsyncSignals(cast("AsyncClient", self))

    @cached_property
    def dictionaries(self) -> AsyncDictionaries:
        """Lists dictionaries, newest first; Describes one dictionary; The figures of a dictionary's training, step by
        step; Queues the training of layers' transcoders; Deletes a dictionary and the maps that belong to it; Queues
        the evaluation of a dictionary on a text; Writes a dictionary to a folder in SAELens's layout; Says which
        features, and which pairs of their maps, several dictionaries have in common; Reads a dictionary from a folder
        in SAELens's layout.
        """
        from .dictionaries import AsyncDictionaries

        return AsyncDictionaries(cast("AsyncClient", self))

    @cached_property
    def saes(self) -> AsyncSaes:
        """Queues the training of layers' sparse autoencoders; Lists sparse autoencoders, newest first; Describes one
        sparse autoencoder; Queues the evaluation of a sparse autoencoder on a text; Writes a sparse autoencoder to a
        folder in SAELens's layout; Reads a published sparse autoencoder, and measures whether it does here what its
        authors say; Splits attention scores into pairs of residual features, biases and errors that sum to them; Where
        attention-output features at a token come from, and what they do to the logits; What features or a logit are
        made of, feature by feature, down to the embeddings; A prompt's features, layer by layer and token by token,
        where they come from, and what makes them; From query-key pairs to what the attended position contributes
        through features, and back; Deletes a sparse autoencoder.
        """
        from .saes import AsyncSaes

        return AsyncSaes(cast("AsyncClient", self))

    @cached_property
    def maps(self) -> AsyncMaps:
        """Lists maps, newest first; Describes one map; Queues the training of the mask over a dictionary's feature pairs;
        Measures a map's sparsity, its heads' attention sinks, and how well patterns are rebuilt; Deletes a map; Writes
        a map to a folder as a list of coordinates; Reads a map from a folder that maps.export has written; Sums up what
        each head of a map uses.
        """
        from .maps import AsyncMaps

        return AsyncMaps(cast("AsyncClient", self))

    @cached_property
    def pairs(self) -> AsyncPairs:
        """Returns one feature pair's entries, head by head; Returns many feature pairs' entries at once, as columns; Lists
        a map's feature pairs, the strongest first; Lists the feature pairs that several heads use, the strongest first;
        Shows where a pair of features acts, from the examples that were collected.
        """
        from .pairs import AsyncPairs

        return AsyncPairs(cast("AsyncClient", self))

    @cached_property
    def examples(self) -> AsyncExamples:
        """Queues a walk over a text that keeps where a map's pairs and features act; Describes the examples that were
        collected for a map.
        """
        from .examples import AsyncExamples

        return AsyncExamples(cast("AsyncClient", self))

    @cached_property
    def features(self) -> AsyncFeatures:
        """Says what features read and write, from their weights alone; Shows where features are most active; Lists the
        features of the other side that a map pairs a feature with, the strongest first.
        """
        from .features import AsyncFeatures

        return AsyncFeatures(cast("AsyncClient", self))

    @cached_property
    def heads(self) -> AsyncHeads:
        """How strongly heads read what earlier heads write, by their weights alone, the strongest first; Says which single
        components of heads are read by later heads, beside random directions; Says how far the spaces that heads write
        into are the spaces that later heads read from, whatever the strengths; Measures every head's pattern: previous
        token, induction, duplicate token, entropy, distance, sink; Finds the heads that copy a sentence out of a long
        text into the answer; Puts everything that is known of every head side by side, sorted as wanted.
        """
        from .heads import AsyncHeads

        return AsyncHeads(cast("AsyncClient", self))

    @cached_property
    def tasks(self) -> AsyncTasks:
        """Lists the tasks that a model can be asked; Asks a model the prompts of a task and says how well it does."""
        from .tasks import AsyncTasks

        return AsyncTasks(cast("AsyncClient", self))

    @cached_property
    def interventions(self) -> AsyncInterventions:
        """Scales pairs, features, heads or whole patterns inside the running model and measures what that does; Names the
        pairs that a head's part in a task rests on, and proves it by removing them; Scales what heads and MLPs carry of
        the signal that a look reads, and measures what that does.
        """
        from .interventions import AsyncInterventions

        return AsyncInterventions(cast("AsyncClient", self))

    @cached_property
    def traces(self) -> AsyncTraces:
        """Traces looks of one prompt, or of a few, to what makes them; Queues the tracing of a task's prompts, whose
        graphs are kept; Lists the traces that are kept, newest first; Shows a trace that is kept: what its prompts have
        in common, or one prompt's graph; Writes a trace to a file that other programs read; Deletes a trace with its
        graphs.
        """
        from .traces import AsyncTraces

        return AsyncTraces(cast("AsyncClient", self))

    @cached_property
    def caches(self) -> AsyncCaches:
        """Lists activation caches, newest first; Describes one activation cache; Queues the writing of activations to
        disk; Deletes an activation cache.
        """
        from .caches import AsyncCaches

        return AsyncCaches(cast("AsyncClient", self))

    @cached_property
    def jobs(self) -> AsyncJobs:
        """Lists jobs, newest first; Describes one job; Cancels a queued or running job; Returns once a job has ended,
        however it has ended; Returns a job and sends jobs.event notifications until it has ended; Ends what
        jobs.subscribe has begun on this connection; The series of figures that a job has written; Deletes the record of
        an ended job.
        """
        from ..following import AsyncJobs

        return AsyncJobs(cast("AsyncClient", self))
