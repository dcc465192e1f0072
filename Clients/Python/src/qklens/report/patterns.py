"""Attention of a prompt: every head's pattern, what its dictionaries make of it, and why its strongest looks are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..client import Client
from .document import FINE_CELLS, MOST_CELLS, Answers, ask, document, triangle
from .page import Report

# Looks that get less than this are not explained.
LEAST_SHARE = 0.02
EXPLAINED_PAIRS = 6
LEFT_OUT = {
    "pattern": ["heads.attn_scores"],
    "reconstruct": ["patterns.true", "patterns.map"],
    "explain": ["tokens", "pieces", "model", "dictionary", "map", "layer", "destination_piece", "heads.source_piece"],
}


class Subject(NamedTuple):
    """What reconstructs a layer: a map, or a dictionary alone; as a parameter of calls."""

    param: Mapping[str, str]
    layer: int


def attention(
    client: Client, text: str | None = None, *, tokens: Sequence[int] | None = None, model: str | None = None,
    layers: Sequence[int] | None = None, maps: Sequence[str] = (), dictionary: str | None = None, looks: int = 300,
    prepend_bos: bool | None = None,
) -> Report:
    """All heads of a prompt as thumbnails, one large; for layers with a map true, transcoders, masked map and difference side by side,
    and the strongest looks taken apart.

    Args:
        client: A daemon.
        text: The prompt; exactly one of text and tokens is given.
        tokens: Its tokens.
        model: A resident model; that of the maps, or the embedded one, if absent.
        layers: The layers shown, beside those of the maps; all if absent.
        maps: Maps of different layers.
        dictionary: A dictionary without a map.
        looks: How many looks are explained.
        prepend_bos: Whether a BOS token is put in front.

    Raises:
        ValueError: The page would be too large; fewer layers have to be named.
    """
    prompt: dict[str, Any] = {
        name: value for name, value in (("text", text), ("tokens", None if tokens is None else list(tokens)), ("prepend_bos", prepend_bos))
        if value is not None
    }
    answers: dict[str, Answers] = {}
    answers["map"] = ask(client, "maps.get", ({"map": map} for map in maps))
    named = [map["dictionary"] for map in answers["map"].outcomes] + ([dictionary] if dictionary else [])
    answers["dictionary"] = ask(client, "dictionaries.get", ({"dictionary": each} for each in named))
    subjects = [Subject({"map": map["map"]}, map["layer"]) for map in answers["map"].outcomes]
    if dictionary:
        subjects.append(Subject({"dictionary": dictionary}, answers["dictionary"].outcomes[-1]["layer"]))
    model = model or next((each["model"] for each in answers["dictionary"].outcomes), None) or _embedded(client)
    answers["model"] = ask(client, "models.get", [{"model": model}])
    every = range(answers["model"].outcomes[0]["n_layers"])
    shown = sorted({*(every if layers is None else layers), *(subject.layer for subject in subjects)})

    _refuse_too_many(client, text, tokens, model, prepend_bos, len(shown), subjects, answers["model"].outcomes[0]["n_heads"])
    patterns = ask(client, "attention.pattern", ({**prompt, "model": model, "layer": layer} for layer in shown))
    again = ask(client, "attention.reconstruct", ({**prompt, **subject.param, "include_patterns": True} for subject in subjects))
    answers["explain"] = ask(client, "attention.explain", (
        {**prompt, **subjects[place].param, "head": head, "destination": destination, "source": source, "top_k": EXPLAINED_PAIRS}
        for place, head, destination, source in _looks(patterns, subjects)[:looks]
    ))
    answers["predict"] = ask(client, "tokens.predict", [{**prompt, "model": model}])
    pieces = patterns.outcomes[0]["pieces"]
    is_fine = _cells(len(pieces), len(patterns.outcomes), subjects, len(patterns.outcomes[0]["heads"])) <= FINE_CELLS
    answers["pattern"] = _with_triangles(patterns, "heads", ["pattern"], is_fine)
    answers["reconstruct"] = _with_triangles(again, "patterns", ["transcoders", "masked_map"], is_fine)
    title = text if text is not None else "".join(pieces)
    return Report(document("attention", title, client.request("system.info")["version"], answers, LEFT_OUT))


def _embedded(client: Client) -> str:
    models = client.request("models.list")["models"]
    return next(str(model["model"]) for model in models if model["is_embedded"])


def _cells(count: int, layers: int, subjects: Sequence[Subject], heads: int) -> int:
    kinds = sum(2 if "map" in subject.param else 1 for subject in subjects)
    return (layers + kinds) * heads * count * (count + 1) // 2


def _refuse_too_many(
    client: Client, text: str | None, tokens: Sequence[int] | None, model: str, prepend_bos: bool | None, layers: int,
    subjects: Sequence[Subject], heads: int,
) -> None:
    """Before patterns are asked for that would not fit."""
    if text is None:
        count = len(tokens or ()) + (prepend_bos is not False)
    else:
        limits = {} if prepend_bos is None else {"prepend_bos": prepend_bos}
        count = len(client.request("tokens.encode", text=text, model=model, **limits)["tokens"])
    if (cells := _cells(count, layers, subjects, heads)) > MOST_CELLS:
        raise ValueError(
            f"a page of {count} tokens in {layers} layers of {heads} heads would have {cells} cells, at most {MOST_CELLS}; "
            "name fewer layers")


def _looks(patterns: Answers, subjects: Sequence[Subject]) -> list[tuple[int, int, int, int]]:
    """The subject, head, destination and source of all looks worth explaining, the strongest first; BOS, where idle heads look, last."""
    layers = {result["layer"]: result for result in patterns.outcomes}

    def found() -> Iterator[tuple[bool, float, int, int, int, int]]:
        for place, subject in enumerate(subjects):
            for head in layers[subject.layer]["heads"]:
                for destination, row in enumerate(head["pattern"]):
                    for source, share in enumerate(row[: destination + 1]):
                        if share is not None and share >= LEAST_SHARE:
                            yield source == 0, -share, place, head["head"], destination, source

    return [look[2:] for look in sorted(found())]


def _with_triangles(answers: Answers, members: str, names: Sequence[str], is_fine: bool) -> Answers:
    results = [
        {
            **result,
            members: [
                {**each, **{name: triangle(each[name], is_fine) for name in names if each.get(name) is not None}}
                for each in result[members]
            ],
        }
        for result in answers.outcomes
    ]
    return answers._replace(outcomes=results)
