"""What the document does not say: names for its objects, and which methods only read."""

from __future__ import annotations

import keyword

# The daemon's own names for what it describes so.
RECORDS = {
    "A collection of a map's examples: where its pairs and features act in a text.": "Collection",
    "A count and the wholes that it is a share of.": "EntryShares",
    "A feature and the one of another dictionary that does the same.": "FeatureMatch",
    "A feature pair and the heads that use it.": "SharedPair",
    "A head.": "HeadName",
    "A link that many prompts share, by what the task calls its tokens; 'other' is every token that it does not name.": "TraceEdge",
    "A look of a head.": "TraceRoot",
    "A pair that a head's look rests on, and what removing it does.": "RankedPair",
    "A part of the residual stream at a token.": "TraceNode",
    "A prompt, with its answer if it has one.": "Prompt",
    "A task that a model can be asked.": "Task",
    "A trained map: which feature pairs a layer's heads need.": "FeatureMap",
    "A trained pair of transcoders: one from the residual stream to a layer's queries, one to its keys.": "Dictionary",
    "A trained sparse autoencoder of one activation of a layer.": "SAE",
    "An activation cache.": "Cache",
    "An attention-output feature at a token: who writes it, where it comes from, and what it does to the logits.": "SourceFeature",
    "Everything that is known of a head, side by side.": "HeadFacts",
    "How a mask's weight was found, and what the mask costs.": "MapSearch",
    "How far a job is.": "JobProgress",
    "How far the space that a head writes into is the space that a later one reads from.": "SubspacePair",
    "How far what a head's looks read and what a dictionary's features say lie in the same directions, at one end: means over looks.":
        "AgreementFigures",
    "How few entries a map has, by every denominator.": "SparsityReport",
    "How full the memory of recent prompts is, and what it has been good for.": "PromptCacheFigures",
    "How good one reconstruction of a layer’s patterns is on one text.": "ReconstructionStage",
    "How looks are traced.": "TraceOptions",
    "How many places lie at some distances.": "DistanceCount",
    "How many terms make a head's looks.": "HeadSetSizes",
    "How much of needles a head copied.": "RetrievalScore",
    "How much of one map others have too.": "MapOverlap",
    "How often something occurs on one token.": "TokenCount",
    "How strongly a head reads one component of what an earlier one writes.": "ComponentPair",
    "How strongly a head reads what an earlier one writes.": "CompositionPair",
    "How strongly one component of a reading head takes up a direction.": "ComponentRead",
    "How well answers are told from what would be wrong.": "AnswerFigures",
    "How well one head’s pattern is reproduced.": "HeadScore",
    "One activation of a cache.": "CachedActivation",
    "One activation with its shape.": "Activation",
    "One change of a layer's attention.": "Edit",
    "One end of a look: which of its terms are kept, and what they say.": "LookSideReport",
    "One head's agreement over its looks.": "HeadAgreement",
    "One head's attention to position 0: the parts from uniform on, and the residual, sum to the mass.": "SinkHead",
    "One head's look from one position at another, taken apart by a dictionary of the residual stream.": "LookExplanation",
    "One head's look from one position at another, taken apart.": "HeadExplanation",
    "One head's map: its singular values, and its singular vectors if they were asked for.": "HeadSpectrum",
    "One head's pattern beside its reconstructions.": "HeadPatterns",
    "One hop further: what the residual stream at the strongest source is made of; absent without an autoencoder of it.":
        "SourceFeatureHop",
    "One job, as it stands.": "Job",
    "One kind of number that was compared with what is known.": "SelfTestCheck",
    "One model that the service knows.": "Model",
    "One needle in one haystack, and what the model answered.": "RetrievalTrial",
    "One of the nine parts that sum to a score.": "ScorePart",
    "One of the sixteen parts that sum to a score.": "LookPart",
    "One place where a feature is active.": "FeatureExample",
    "One place where a pair of features acts.": "PairExample",
    "One prompt of a task, and what the model answers.": "TaskAnswer",
    "One side of a look taken apart.": "TraceReading",
    "One term of a look.": "LookTerm",
    "One token that may come next.": "Prediction",
    "One trial of the search for a mask's weight.": "MapTrial",
    "Some tokens of a context, one after the other.": "TokenWindow",
    "The attention of a layer's heads to position 0, by cause.": "SinkReport",
    "The calls of one method.": "MethodTraffic",
    "The earlier head whose output a head reads most.": "HeadPartner",
    "The surviving entries as a share of three wholes.": "MapSparsity",
    "The traces of a task's prompts.": "Trace",
    "What a change does in one prompt.": "SignalPromptEffect",
    "What a change does, mean over prompts.": "SignalEffect",
    "What a client may ask of the service, as it is configured now.": "Limits",
    "What a feature of the residual stream gives.": "SourceFeatureResidual",
    "What a finished job has made.": "JobResult",
    "What a head's pattern looks like on a text.": "HeadFigures",
    "What a job will take.": "JobEstimate",
    "What a map knows of one feature pair in one head.": "PairEntry",
    "What a pair of features does in one head over a text.": "PairHeadFigures",
    "What a token's logit changes by.": "SourceFeatureLogit",
    "What an intervention does to one prompt's answer.": "PromptEffect",
    "What as many random pairs of equal strength do.": "ControlFigures",
    "What comes back when work is started, or only estimated.": "JobSubmission",
    "What has gone over the socket since the service started.": "TrafficSnapshot",
    "What one feature adds to one score, over all features of the other side.": "FeatureMarginal",
    "What one feature fires on.": "FeatureExamples",
    "What one head does for the answers, and through which pairs.": "HeadRanking",
    "What one head of a map uses.": "HeadAccount",
    "What one node contributes to what another reads.": "TraceLink",
    "What one pair of features adds to one score.": "PairPart",
    "What one source gives.": "SourceFeatureSource",
    "Where one head looks.": "HeadPattern",
    "Where the arrays are that the reply does not hold itself.": "TensorFile",
    "Why heads looked where they looked in one prompt.": "TraceGraph",
    "With how many random pairs chosen ones are compared.": "Control",
}
# Results that can do more than hold their members: module and class of `qklens`.
ABLE = {
    "ActivationsCapture": ("tensors", "CapturedArrays"),
    "AttentionPattern": ("drawing", "DrawnPattern"),
    "AttentionReconstruct": ("drawing", "DrawnReconstruction"),
}
# Namespaces whose classes are extended by hand: module of `qklens`.
EXTENDED = {"jobs": "following"}
# Verbs of methods that change nothing: they are sent again to a daemon that has been restarted. A new verb is taken to change something
# until it stands here.
READING = frozenset("""
    agreement attribute capture chain compare components composition decode decompose discover encode examples explain explain_look explore
    get heads history info list look lookup lookup_batch metrics overlap partners pattern ping predict rank reconstruct report retrieval
    run scores selftest shared signal spectrum statistics stats table top verify wait
""".split())
PATHS = frozenset(["path", "corpus"])


def pascal(text: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in text.replace(".", "_").split("_"))


def singular(text: str) -> str:
    if text.endswith("ies"):
        return text[:-3] + "y"
    return text[:-1] if text.endswith("s") and not text.endswith("ss") else text


def identifier(name: str) -> str:
    clean = "".join(character if character.isalnum() or character == "_" else "_" for character in name)
    if clean[:1].isdigit():
        clean = "_" + clean
    return clean + "_" if keyword.iskeyword(clean) else clean
