"""What the document does not say: names for its objects, and which methods only read."""

from __future__ import annotations

import keyword

# The daemon's own names for what it describes so.
RECORDS = {
    "A prompt, with its answer if it has one.": "Prompt",
    "A task that a model can be asked.": "Task",
    "An activation cache.": "Cache",
    "A trained map: which feature pairs a layer's heads need.": "FeatureMap",
    "A trained pair of transcoders: one from the residual stream to a layer's queries, one to its keys.": "Dictionary",
    "A collection of a map's examples: where its pairs and features act in a text.": "Collection",
    "A feature pair and the heads that use it.": "SharedPair",
    "A pair that a head's look rests on, and what removing it does.": "RankedPair",
    "How far a job is.": "JobProgress",
    "How good one reconstruction of a layer’s patterns is on one text.": "ReconstructionStage",
    "How often something occurs on one token.": "TokenCount",
    "How well answers are told from what would be wrong.": "AnswerFigures",
    "How well one head’s pattern is reproduced.": "HeadScore",
    "One activation with its shape.": "Activation",
    "One change of a layer's attention.": "Edit",
    "One head's look from one position at another, taken apart.": "HeadExplanation",
    "One head's pattern beside its reconstructions.": "HeadPatterns",
    "One job, as it stands.": "Job",
    "One model that the service knows.": "Model",
    "One of the nine parts that sum to a score.": "ScorePart",
    "One place where a feature is active.": "FeatureExample",
    "One place where a pair of features acts.": "PairExample",
    "One token that may come next.": "Prediction",
    "Some tokens of a context, one after the other.": "TokenWindow",
    "What a finished job has made.": "JobResult",
    "What a job will take.": "JobEstimate",
    "What a map knows of one feature pair in one head.": "PairEntry",
    "What as many random pairs of equal strength do.": "ControlFigures",
    "What comes back when work is started, or only estimated.": "JobSubmission",
    "What one feature adds to one score, over all features of the other side.": "FeatureMarginal",
    "What one feature fires on.": "FeatureExamples",
    "What one head does for the answers, and through which pairs.": "HeadRanking",
    "What one head of a map uses.": "HeadAccount",
    "What one pair of features adds to one score.": "PairPart",
    "Where one head looks.": "HeadPattern",
    "Where the arrays are that the reply does not hold itself.": "TensorFile",
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
    capture compare decode decompose discover encode examples explain get heads info list lookup lookup_batch metrics partners pattern ping
    predict rank reconstruct report run score scores shared spectrum stats top trace verify wait
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
