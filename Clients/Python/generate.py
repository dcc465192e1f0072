#!/usr/bin/env python3
"""Writes src/qklens/api and src/qklens/errors.py from the daemon's OpenRPC document.

    qklens rpc rpc.discover | ./generate.py          write them
    qklens rpc rpc.discover | ./generate.py --check  say whether they are what would be written (status 1 if not)

1. Every object with fixed members becomes a dataclass. The document has no names for them: RECORDS names those that have a name in the
   daemon's sources, by their description; any other is called after the method and the members that lead to it.
2. Equal objects are one dataclass. One that several namespaces use stands in `api/shared.py`.
3. Every method becomes a function that makes a `Call`, and a method of the two clients' namespaces that sends it.
4. Every error kind becomes an exception.

Standard library only.
"""

from __future__ import annotations

import argparse
import json
import keyword
import sys
import textwrap
from pathlib import Path
from typing import Any

Schema = dict[str, Any]

WIDTH = 132
SOURCES = Path(__file__).resolve().parent / "src" / "qklens"
HEADER = '"""{}\n\nWritten by generate.py from the daemon\'s OpenRPC document; do not edit."""\n\nfrom __future__ import annotations\n'

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


def sentence(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"""', "'''").strip()


def wrapped(text: str, indent: int, hanging: int = 0) -> str:
    return textwrap.fill(
        sentence(text), WIDTH - 12, initial_indent=" " * indent, subsequent_indent=" " * (indent + hanging), break_long_words=False,
        break_on_hyphens=False)


def docstring(blocks: list[str], indent: int) -> str:
    """A docstring of ready blocks; the first is one line of text."""
    first = blocks[0].strip()
    if len(blocks) == 1 and len(first) < WIDTH - indent - 6 and "\n" not in first:
        return f'{" " * indent}"""{first}"""\n'
    return " " * indent + '"""' + "\n\n".join([first, *blocks[1:]]) + f'\n{" " * indent}"""\n'


class Record:
    """A dataclass to be."""

    def __init__(self, name: str, schema: Schema, home: str) -> None:
        self.name, self.schema, self.home = name, schema, home
        self.users: set[str] = {home}


class Generator:
    def __init__(self, document: Schema) -> None:
        self.document = document
        self.methods: list[Schema] = document["methods"]
        self.records: dict[str, Record] = {}
        self.names: set[str] = set()
        for method in self.methods:
            namespace = self.namespace(method)
            for parameter in method["params"]:
                self.collect(parameter["schema"], namespace, self.result_name(method) + pascal(singular(parameter["name"])))
            self.collect(method["result"]["schema"], namespace, self.result_name(method))
        for record in self.records.values():
            if len(record.users) > 1:
                record.home = "shared"
        self.rehome()

    @staticmethod
    def namespace(method: Schema) -> str:
        return str(method["name"]).split(".")[0]

    @staticmethod
    def verb(method: Schema) -> str:
        return str(method["name"]).split(".", 1)[1].replace(".", "_")

    def result_name(self, method: Schema) -> str:
        return pascal(method["name"])

    # Records

    def collect(self, schema: Schema, namespace: str, name: str) -> None:
        """Names every object beneath a schema, the outermost first."""
        if schema.get("properties"):
            key = json.dumps(schema, sort_keys=True)
            if key in self.records:
                self.records[key].users.add(namespace)
            else:
                chosen = RECORDS.get(schema.get("description", ""), name)
                if chosen in self.names:
                    chosen = name if name not in self.names else pascal(namespace) + name
                if chosen in self.names:
                    raise SystemExit(f"generate.py: two objects would be called {chosen}; give one a name in RECORDS")
                self.names.add(chosen)
                self.records[key] = Record(chosen, schema, namespace)
            own = self.records[key].name
            for member, inner in schema["properties"].items():
                self.collect(inner, namespace, own + pascal(singular(member)))
        if isinstance(schema.get("additionalProperties"), dict):
            self.collect(schema["additionalProperties"], namespace, name + "Value")
        if isinstance(schema.get("items"), dict):
            self.collect(schema["items"], namespace, name)
        for index, choice in enumerate(self.choices(schema)):
            self.collect(choice, namespace, name if index == 0 else f"{name}{index + 1}")

    def rehome(self) -> None:
        """What a shared record holds is shared."""
        for record in list(self.records.values()):
            if record.home == "shared":
                for inner in record.schema["properties"].values():
                    self.share(inner)

    def share(self, schema: Schema) -> None:
        if schema.get("properties"):
            self.record(schema).home = "shared"
            for inner in schema["properties"].values():
                self.share(inner)
        for inner in [schema.get("items"), schema.get("additionalProperties"), *self.choices(schema)]:
            if isinstance(inner, dict):
                self.share(inner)

    def record(self, schema: Schema) -> Record:
        return self.records[json.dumps(schema, sort_keys=True)]

    @staticmethod
    def choices(schema: Schema) -> list[Schema]:
        return [*schema.get("anyOf", []), *schema.get("oneOf", [])]

    # Types

    def type(self, schema: Schema, is_parameter: bool = False, name: str = "") -> str:
        """The annotation of a value."""
        if choices := self.choices(schema):
            return " | ".join(dict.fromkeys(self.type(choice, is_parameter) for choice in choices))
        if schema.get("enum"):
            return f"Literal[{', '.join(json.dumps(value, ensure_ascii=False) for value in schema['enum'])}]"
        kind = schema.get("type")
        if isinstance(kind, list):
            return " | ".join(self.type({**schema, "type": each}, is_parameter) for each in kind)
        if schema.get("properties"):
            return f"{self.record(schema).name} | Mapping[str, Any]" if is_parameter else self.record(schema).name
        if kind == "object":
            inner = schema.get("additionalProperties")
            value = self.type(inner, is_parameter) if isinstance(inner, dict) else "Any"
            return f"Mapping[str, {value}]" if is_parameter else f"Dict[str, {value}]"
        if kind == "array":
            items = schema.get("items", {})
            inner_type = self.type(items, is_parameter)
            if is_parameter:
                return f"Sequence[{inner_type}]"
            return f"Table[{inner_type}]" if items.get("properties") else f"List[{inner_type}]"
        if kind == "string" and is_parameter and name in PATHS:
            return "str | PathLike[str]"
        return {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}.get(str(kind), "Any")

    def decoder(self, schema: Schema) -> str | None:
        """What makes the Python value of the wire's; nothing where they are the same."""
        if schema.get("properties"):
            return f"{self.record(schema).name}.from_wire"
        if schema.get("type") == "array" and schema.get("items", {}).get("properties"):
            return f"table_of({self.record(schema['items']).name})"
        inner = schema.get("additionalProperties")
        if isinstance(inner, dict) and inner.get("properties"):
            return f"dictionary_of({self.record(inner).name})"
        objects = [choice for choice in self.choices(schema) if choice.get("type") != "null"]
        return self.decoder(objects[0]) if len(objects) == 1 else None

    # Text

    @staticmethod
    def bounds(schema: Schema) -> str:
        """Limits and default, as they stand behind a description."""
        notes = []
        low, high = schema.get("minimum", schema.get("exclusiveMinimum")), schema.get("maximum", schema.get("exclusiveMaximum"))
        if low is not None and high is not None:
            notes.append(f"{low} to {high}")
        elif low not in (None, 0):
            notes.append(f"at least {low}" if "minimum" in schema else f"above {low}")
        elif high is not None:
            notes.append(f"at most {high}")
        if "default" in schema:
            notes.append(f"default: {json.dumps(schema['default'], ensure_ascii=False)}")
        return f" ({'; '.join(notes)})" if notes else ""

    def dataclass(self, record: Record) -> str:
        schema, required = record.schema, set(record.schema.get("required", []))
        base = ABLE[record.name][1] if record.name in ABLE else "Record"
        description = schema.get("description") or "What comes back."
        if description in ("What comes back.", "What came of it."):
            description = f"What {self.method_of(record)} returns."
        text = f"@dataclass(slots=True, kw_only=True)\nclass {record.name}({base}):\n{docstring([wrapped(description, 4)], 4)}\n"
        decoders, renamed = {}, {}
        for name, inner in schema["properties"].items():
            python = identifier(name)
            if python != name:
                renamed[name] = python
            if (decoder := self.decoder(inner)) is not None:
                decoders[name] = decoder
            annotation = self.type(inner)
            if name not in required:
                annotation = annotation if annotation == "Any" else f"{annotation} | None"
            default = "" if name in required else " = None"
            text += f"    {python}: {annotation}{default}\n"
            if note := inner.get("description") or inner.get("items", {}).get("description", ""):
                text += docstring([wrapped(note + self.bounds(inner), 4)], 4)
        if decoders:
            text += f"\n    decoders = {{{', '.join(f'{json.dumps(name)}: {made}' for name, made in decoders.items())}}}\n"
        if renamed:
            text += f"\n    wire_names = {json.dumps(renamed)}\n"
        return text

    def method_of(self, record: Record) -> str:
        return next((f"`{m['name']}`" for m in self.methods if m["result"]["schema"] == record.schema), "the method")

    def result(self, method: Schema) -> tuple[str, str]:
        """A method's result: its annotation and its decoder."""
        schema = method["result"]["schema"]
        if schema.get("properties"):
            name = self.record(schema).name
            return name, name
        return "Dict[str, Any]", "AnyObject"

    def parameters(self, method: Schema) -> tuple[list[Schema], list[Schema]]:
        """Those that may go by position, and those that go by name only.

        A text may stand first where a method takes one text; otherwise required parameters may.
        """
        parameters = method["params"]
        names = [parameter["name"] for parameter in parameters]
        if {"text", "tokens"} <= set(names) and "prompts" not in names and not parameters[names.index("text")]["required"]:
            first = [parameters[names.index("text")]]
        else:
            first = [parameter for parameter in parameters if parameter["required"]]
        return first, [parameter for parameter in parameters if parameter not in first]

    def signature(self, method: Schema, is_method: bool) -> str:
        def shown(parameter: Schema) -> str:
            annotation = self.type(parameter["schema"], True, parameter["name"])
            if parameter["required"]:
                return f"{identifier(parameter['name'])}: {annotation}"
            optional = annotation if annotation == "Any" else f"{annotation} | None"
            return f"{identifier(parameter['name'])}: {optional} = None"

        first, named = self.parameters(method)
        named = sorted(named, key=lambda parameter: not parameter["required"])
        parts = (["self"] if is_method else []) + [shown(p) for p in first] + (["*"] if named else []) + [shown(p) for p in named]
        return ", ".join(parts)

    def documentation(self, method: Schema, indent: int) -> str:
        blocks = [wrapped(method["summary"], indent)]
        if method.get("description"):
            blocks.append(wrapped(method["description"], indent))
        first, named = self.parameters(method)
        lines = [
            wrapped(f"{identifier(p['name'])}: {p.get('description') or p['schema'].get('description', '')}"
                    f"{self.bounds(p['schema'])}", indent + 4, 4)
            for p in [*first, *named]
        ]
        if lines:
            blocks.append(f"{' ' * indent}Args:\n" + "\n".join(lines))
        own = [error["data"]["kind"] for error in method.get("errors", []) if "$ref" not in error]
        if own:
            blocks.append(f"{' ' * indent}Raises:\n" + wrapped(", ".join(pascal(kind) for kind in own) + ".", indent + 4))
        return docstring(blocks, indent)

    def is_reading(self, method: Schema) -> bool:
        members = method["result"]["schema"].get("properties", {})
        return self.verb(method) in READING and not {"job", "estimate"} <= set(members)

    # Files

    def builder(self, method: Schema) -> str:
        annotation, decoder = self.result(method)
        members = []
        for parameter in method["params"]:
            name = parameter["name"]
            value = identifier(name)
            if name == "tensors" and "memfd" in parameter["schema"].get("enum", []):
                value = "delivery(tensors, path)"
            members.append(f"{json.dumps(name)}: {value}")
        repeatable = ", is_repeatable=True" if self.is_reading(method) else ""
        return (f"def {identifier(self.verb(method))}({self.signature(method, False)}) -> Call[{annotation}]:\n"
                f"{docstring([wrapped(method['summary'], 4)], 4)}"
                f"    return Call({json.dumps(method['name'])}, {{{', '.join(members)}}}, {decoder}{repeatable})\n")

    def sender(self, method: Schema, is_async: bool) -> str:
        annotation, _ = self.result(method)
        name = identifier(self.verb(method))
        first, named = self.parameters(method)
        passed = [identifier(p["name"]) for p in first] + [f"{identifier(p['name'])}={identifier(p['name'])}" for p in named]
        keyword_async, keyword_await = ("async ", "await ") if is_async else ("", "")
        text = (docstring([wrapped(method["summary"], 8)], 8) if is_async else self.documentation(method, 8))
        return (f"    {keyword_async}def {name}({self.signature(method, True)}) -> {annotation}:\n{text}"
                f"        return {keyword_await}self._client.call({name}({', '.join(passed)}))\n")

    def module(self, namespace: str) -> str:
        """One namespace: its dataclasses, the functions that make calls, and the two clients' classes."""
        methods = [method for method in self.methods if self.namespace(method) == namespace]
        records = "\n\n".join(self.dataclass(record) for record in self.ordered(namespace))
        builders = "\n\n".join(self.builder(method) for method in methods)
        sync = f'class {pascal(namespace)}(Namespace):\n    """`{namespace}.*`, blocking."""\n\n'
        sync += "\n".join(self.sender(method, False) for method in methods)
        later = f'class Async{pascal(namespace)}(AsyncNamespace):\n    """`{namespace}.*` for asyncio; see `{pascal(namespace)}`."""\n\n'
        later += "\n".join(self.sender(method, True) for method in methods)
        body = "\n\n".join(part for part in [records, builders, sync, later] if part)
        return self.with_imports(f"`{namespace}.*`: what the daemon's methods take and return.", body, namespace)

    def ordered(self, home: str) -> list[Record]:
        """A module's dataclasses, what others hold before them."""
        found: list[Record] = []

        def visit(schema: Schema) -> None:
            for inner in [*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties"),
                          *self.choices(schema)]:
                if isinstance(inner, dict):
                    visit(inner)
            if schema.get("properties") and (record := self.record(schema)).home == home and record not in found:
                found.append(record)

        for record in self.records.values():
            if record.home == home:
                visit(record.schema)
        return found

    def with_imports(self, title: str, body: str, home: str) -> str:
        def uses(word: str) -> bool:
            return any(f"{before}{word}{after}" in body for before in " [(:|" for after in " [](),.:\n")

        lines = []
        if abstract := [name for name in ("Mapping", "Sequence") if uses(name)]:
            lines.append(f"from collections.abc import {', '.join(abstract)}")
        if "@dataclass" in body:
            lines.append("from dataclasses import dataclass")
        if uses("PathLike"):
            lines.append("from os import PathLike")
        if typing := [name for name in ("Any", "Dict", "List", "Literal") if uses(name)]:
            lines.append(f"from typing import {', '.join(typing)}")
        lines.append("")
        if calls := [name for name in ("AnyObject", "Call") if uses(name)]:
            lines.append(f"from ..call import {', '.join(calls)}")
        able = sorted(ABLE[record.name] for record in self.ordered(home) if record.name in ABLE)
        imports: dict[str, list[str]] = {}
        for module, name in able:
            imports.setdefault(module, []).append(name)
        if "delivery(" in body:
            imports.setdefault("tensors", []).append("delivery")
        for module in sorted(imports):
            lines.append(f"from ..{module} import {', '.join(sorted(imports[module]))}")
        if "(Namespace)" in body:
            lines.append("from ..namespace import AsyncNamespace, Namespace")
        if kinds := [name for name in ("Record", "Table", "dictionary_of", "table_of") if uses(name)]:
            lines.append(f"from ..record import {', '.join(kinds)}")
        shared = [record.name for record in self.ordered("shared") if uses(record.name)] if home != "shared" else []
        if shared:
            lines.append("from .shared import " + (", ".join(sorted(shared))))
        return HEADER.format(title) + "\n" + "\n".join(lines) + "\n\n\n" + body

    def namespaces(self) -> str:
        """The mixins that give a client its namespaces, each imported when it is first used."""
        names = list(dict.fromkeys(self.namespace(method) for method in self.methods))
        text = HEADER.format("The clients' namespaces, each loaded when it is first used.")
        text += "\nfrom functools import cached_property\nfrom typing import TYPE_CHECKING, cast\n\nif TYPE_CHECKING:\n"
        text += "    from ..aio import AsyncClient\n    from ..client import Client\n"
        for name in sorted(names, key=lambda name: (name not in EXTENDED, name)):
            module = f"..{EXTENDED[name]}" if name in EXTENDED else f".{name}"
            text += f"    from {module} import Async{pascal(name)}, {pascal(name)}\n"
        for prefix, client in (("", "Client"), ("Async", "AsyncClient")):
            text += f'\n\nclass {prefix}Namespaces:\n    """The methods of `{client}`."""\n'
            for name in names:
                module = f"..{EXTENDED[name]}" if name in EXTENDED else f".{name}"
                summary = "; ".join(m["summary"].rstrip(".") for m in self.methods if self.namespace(m) == name)
                text += (f"\n    @cached_property\n    def {identifier(name)}(self) -> {prefix}{pascal(name)}:\n"
                         f"{docstring([wrapped(summary + '.', 8)], 8)}"
                         f"        from {module} import {prefix}{pascal(name)}\n\n"
                         f"        return {prefix}{pascal(name)}(cast(\"{client}\", self))\n")
        return text

    def errors(self) -> str:
        """One exception for each kind."""
        kinds: dict[str, Schema] = {}
        predefined = {
            "parse_error": {"code": -32700, "message": "The request is no JSON."},
            "invalid_request": {"code": -32600, "message": "The request is no JSON-RPC 2.0."},
            "method_not_found": {"code": -32601, "message": "There is no such method."},
        }
        for kind, error in predefined.items():
            kinds[kind] = error
        listed = list(self.document.get("components", {}).get("errors", {}).values())
        for error in [*listed, *(error for method in self.methods for error in method.get("errors", []) if "$ref" not in error)]:
            kinds.setdefault(error["data"]["kind"], error)
        failures = ["Detached", "JobEnded", "ConnectionLost", "NotReachable", "QKLensError", "ServiceError", "TimedOut", "UnexpectedReply"]
        text = HEADER.format("The daemon's errors, a class for each kind; `error.kind` and `error.facts` say the same to a program.")
        text += "\nfrom .failures import " + ", ".join(f"{name} as {name}" for name in sorted(failures)) + "\n"
        for kind, error in sorted(kinds.items(), key=lambda item: abs(item[1]["code"])):
            second = ", LookupError" if kind.endswith("_not_found") else ", TimeoutError" if kind == "deadline_exceeded" else ""
            text += (f"\n\nclass {pascal(kind)}(ServiceError{second}):\n{docstring([wrapped(error['message'], 4)], 4)}\n"
                     f"    kind = {json.dumps(kind)}\n    code = {error['code']}\n")
        entries = "".join(f"    {json.dumps(kind)}: {pascal(kind)},\n" for kind in kinds)
        return text + f"\n\nBY_KIND: dict[str, type[ServiceError]] = {{\n{entries}}}\n"

    def files(self) -> dict[Path, str]:
        names = list(dict.fromkeys(self.namespace(method) for method in self.methods))
        api = SOURCES / "api"
        files = {api / f"{name}.py": self.module(name) for name in names}
        shared = "\n\n".join(self.dataclass(record) for record in self.ordered("shared"))
        files[api / "shared.py"] = self.with_imports("What several namespaces take and return.", shared, "shared")
        files[api / "namespaces.py"] = self.namespaces()
        files[api / "__init__.py"] = (
            '"""The daemon\'s methods as functions that make calls: `qklens.api.pairs.lookup("m1", 226, 240)` for `client.gather`.\n\n'
            'Written by generate.py from the daemon\'s OpenRPC document; do not edit."""\n\n'
            f"__all__ = {json.dumps(sorted([*names, 'shared']))}\n")
        files[SOURCES / "errors.py"] = self.errors()
        return files


def main() -> int:
    parser = argparse.ArgumentParser(description="Writes the typed methods from an OpenRPC document on standard input.")
    parser.add_argument("--check", action="store_true", help="write nothing; name the files that differ and end with status 1")
    options = parser.parse_args()
    generator = Generator(json.load(sys.stdin))
    files = generator.files()
    stale = [path for path in (SOURCES / "api").glob("*.py") if path not in files]
    changed = [path for path, text in files.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if options.check:
        for path in [*changed, *stale]:
            print(f"{path.relative_to(SOURCES)} is not what the document says; `make python-client` writes it anew", file=sys.stderr)
        return 1 if changed or stale else 0
    for path, text in files.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path in stale:
        path.unlink()
    unknown = sorted({generator.verb(m) for m in generator.methods if not generator.is_reading(m)})
    print(f"{len(generator.methods)} methods, {len(generator.records)} dataclasses; never repeated by themselves: {', '.join(unknown)}",
          file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
