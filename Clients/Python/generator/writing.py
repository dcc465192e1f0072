"""The modules' text."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

from .document import Document, Record, Schema
from .names import ABLE, EXTENDED, identifier, pascal

WIDTH = 132
SOURCES = Path(__file__).resolve().parent.parent / "src" / "qklens"
HEADER = '"""{}\n\nWritten by generate.py from the daemon\'s OpenRPC document; do not edit."""\n\nfrom __future__ import annotations\n'


def sentence(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"""', "'''").strip()


def wrapped(text: str, indent: int, hanging: int = 0) -> str:
    return textwrap.fill(
        sentence(text), WIDTH - 12, initial_indent=" " * indent, subsequent_indent=" " * (indent + hanging), break_long_words=False,
        break_on_hyphens=False)


def listed(parts: list[str], indent: int) -> str:
    """Arguments on one line where they fit, else filled into lines of their own."""
    if sum(len(part) + 2 for part in parts) < 80:
        return ", ".join(parts)
    lines, line = [], ""
    for part in parts:
        if line and indent + 4 + len(line) + len(part) + 2 > WIDTH - 4:
            lines.append(line)
            line = ""
        line += (" " if line else "") + part + ","
    inner = "".join(f"{' ' * (indent + 4)}{each}\n" for each in [*lines, line])
    return f"\n{inner}{' ' * indent}"


def docstring(blocks: list[str], indent: int) -> str:
    """A docstring of ready blocks; the first is one line of text."""
    first = blocks[0].strip()
    if len(blocks) == 1 and len(first) < WIDTH - indent - 6 and "\n" not in first:
        return f'{" " * indent}"""{first}"""\n'
    return " " * indent + '"""' + "\n\n".join([first, *blocks[1:]]) + f'\n{" " * indent}"""\n'


class Writer(Document):
    """The modules of a document."""

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
        base = (self.able(record) or ("record", "Record"))[1]
        description = schema.get("description") or "What comes back."
        if description in ("What comes back.", "What came of it."):
            description = f"What {self.method_of(record)} returns."
        text = f"@dataclass(slots=True, kw_only=True, repr=False)\nclass {record.name}({base}):\n"
        text += docstring([wrapped(description, 4)], 4) + "\n"
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
            if len(annotation) > WIDTH - 40 and annotation.startswith("Literal["):
                choices, rest = annotation.removeprefix("Literal[").split("]", 1)
                annotation = f"Literal[{listed(choices.split(', '), 4)}]{rest}"
            text += f"    {python}: {annotation}{default}\n"
            if note := inner.get("description") or inner.get("items", {}).get("description", ""):
                text += docstring([wrapped(note + self.bounds(inner), 4)], 4)
        if decoders:
            text += f"\n    decoders = {{{listed([f'{json.dumps(name)}: {made}' for name, made in decoders.items()], 4)}}}\n"
        if renamed:
            text += f"\n    wire_names = {json.dumps(renamed)}\n"
        return text

    @staticmethod
    def able(record: Record) -> tuple[str, str] | None:
        """The class that a result stands on, if it can do more than hold its members: any with arrays elsewhere has `arrays`."""
        if record.name in ABLE:
            return ABLE[record.name]
        has_arrays = "descriptor" in record.schema["properties"].get("tensors", {}).get("properties", {})
        return ("tensors", "WithArrays") if has_arrays else None

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
        return listed(parts, 4 if is_method else 0)

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
                f"    return Call({json.dumps(method['name'])}, {{{listed(members, 4)}}}, {decoder}{repeatable})\n")

    def sender(self, method: Schema, is_async: bool) -> str:
        annotation, _ = self.result(method)
        name = identifier(self.verb(method))
        first, named = self.parameters(method)
        passed = [identifier(p["name"]) for p in first] + [f"{identifier(p['name'])}={identifier(p['name'])}" for p in named]
        keyword_async, keyword_await = ("async ", "await ") if is_async else ("", "")
        text = (docstring([wrapped(method["summary"], 8)], 8) if is_async else self.documentation(method, 8))
        return (f"    {keyword_async}def {name}({self.signature(method, True)}) -> {annotation}:\n{text}"
                f"        return {keyword_await}self._client.call({name}({listed(passed, 8)}))\n")

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
        able = sorted({found for record in self.ordered(home) if (found := self.able(record)) is not None})
        imports: dict[str, list[str]] = {}
        for module, name in able:
            imports.setdefault(module, []).append(name)
        if "delivery(" in body:
            imports.setdefault("tensors", []).append("delivery")
        for module in sorted(imports):
            lines.append(f"from ..{module} import {', '.join(sorted(imports[module]))}")
        if "(Namespace)" in body:
            lines.append("from ..namespace import AsyncNamespace, Namespace")
        if kinds := [name for name in ("Record", "Table", "dictionary_of", "either_of", "list_of", "table_of") if uses(name)]:
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
        predefined: dict[str, Schema] = {
            "parse_error": {"code": -32700, "message": "The request is no JSON."},
            "invalid_request": {"code": -32600, "message": "The request is no JSON-RPC 2.0."},
            "method_not_found": {"code": -32601, "message": "There is no such method."},
        }
        for kind, error in predefined.items():
            kinds[kind] = error
        common = list(self.document.get("components", {}).get("errors", {}).values())
        for error in [*common, *(error for method in self.methods for error in method.get("errors", []) if "$ref" not in error)]:
            kinds.setdefault(error["data"]["kind"], error)
        failures = ["Detached", "JobEnded", "ConnectionLost", "NotReachable", "QKLensError", "ServiceError", "TimedOut", "UnexpectedReply"]
        text = HEADER.format("The daemon's errors, a class for each kind; `error.kind` and `error.facts` say the same to a program.")
        text += f"\nfrom .failures import ({listed([f'{name} as {name}' for name in sorted(failures)], 0)})\n"
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
            f"__all__ = [{listed([json.dumps(name) for name in sorted([*names, 'shared'])], 0)}]\n")
        files[SOURCES / "errors.py"] = self.errors()
        return files
