"""A circuit: the looks of one prompt and what made them, tokens across and layers upwards."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..client import Client
from .document import Answers, ask, document
from .page import Report


def circuit(
    client: Client, trace: str | None = None, *, prompt: int = 0, graph: str | os.PathLike[str] | None = None, features: bool = False,
    **run: Any,
) -> Report:
    """The graph of a trace that is kept, of one made now, or of a file; hover, pin, lists of what goes in and out.

    Args:
        client: A daemon.
        trace: A trace, as in t3.
        prompt: Which of its prompts, counted from 0.
        graph: A graph file with circuit-tracer's names, as `traces.export` writes it.
        features: Whether features of sparse autoencoders are traced instead of looks.
        run: Otherwise what `traces.run`, or with `features` `saes.trace`, takes: text or task, roots, options.
    """
    version = client.request("system.info")["version"]
    if graph is not None:
        path = Path(graph)
        held = _checked(json.loads(path.read_text(encoding="utf-8")), path)
        answers = {"graph": Answers("file", [{"path": path.name}], [held])}
        return Report(document("circuit", _file_title(held, path), version, answers, {}))
    if trace is not None:
        asked = ask(client, "traces.get", [{"trace": trace, "prompt": prompt, "limit": 0}])
        shown, model = asked.outcomes[0]["graph"], asked.outcomes[0]["trace"]["model"]
    else:
        params = {name: value for name, value in run.items() if value is not None}
        if "task" in params:
            params.setdefault("count", 1)
        asked = ask(client, "saes.trace" if features else "traces.run", [params])
        model = asked.outcomes[0]["model"]
        shown = {"text": params.get("text"), **asked.outcomes[0]} if features else asked.outcomes[0]["graphs"][0]
    answers = {"model": ask(client, "models.get", [{"model": model}]), "graph": asked}
    return Report(document("circuit", _title(shown), version, answers, {}))


def _checked(held: Any, path: Path) -> dict[str, Any]:
    """The graph that a file holds; an error where a page of it would show nothing, or never end."""
    def refuse(what: str) -> ValueError:
        return ValueError(f"{path} is not a graph file: {what}")

    if not isinstance(held, dict) or not all(isinstance(held.get(name), list) for name in ("nodes", "links")):
        raise refuse("it has no lists 'nodes' and 'links'")
    metadata = held.get("metadata")
    tokens = metadata.get("prompt_tokens") if isinstance(metadata, dict) else None
    if not isinstance(tokens, list) or not held["nodes"]:
        raise refuse("it has no tokens" if held["nodes"] else "it has no nodes")
    for node in held["nodes"]:
        place = node.get("ctx_idx") if isinstance(node, dict) else None
        if not isinstance(place, int) or not 0 <= place < len(tokens):
            raise refuse(f"a node stands at {place!r}, of {len(tokens)} tokens")
    for link in held["links"]:
        if not isinstance(link, dict) or not isinstance(link.get("weight"), int | float):
            raise refuse("a link has no weight")
    return held


def _title(graph: Mapping[str, Any]) -> str:
    pieces: Sequence[str] = graph["pieces"]
    return graph["text"] or "".join(pieces)


def _file_title(held: Mapping[str, Any], path: Path) -> str:
    metadata = held.get("metadata", {})
    return str(metadata.get("prompt") or "".join(map(str, metadata.get("prompt_tokens", []))) or path.name)
