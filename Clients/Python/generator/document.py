"""The document's objects as dataclasses to be: each named once, and put where its users find it."""

from __future__ import annotations

import json
from typing import Any

from .names import PATHS, READING, RECORDS, pascal, singular

Schema = dict[str, Any]


class Record:
    """A dataclass to be."""

    def __init__(self, name: str, schema: Schema, home: str) -> None:
        self.name, self.schema, self.home = name, schema, home
        self.users: set[str] = {home}


class Document:
    """The methods, and every object in them by its name."""

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

    def type(self, schema: Schema, is_parameter: bool = False, name: str = "") -> str:
        """The annotation of a value."""
        if self.is_ambiguous(schema) and not is_parameter:
            return "Any"
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
        if isinstance(items := schema.get("items"), dict):
            if items.get("properties"):
                return f"table_of({self.record(items).name})"
            inner = self.decoder(items)
            return inner and f"list_of({inner})"
        if isinstance(values := schema.get("additionalProperties"), dict):
            inner = self.decoder(values)
            return inner and f"dictionary_of({inner})"
        decoded = [inner for choice in self.choices(schema) if (inner := self.decoder(choice)) is not None]
        return f"either_of({decoded[0]})" if len(decoded) == 1 else None

    def is_ambiguous(self, schema: Schema) -> bool:
        """Whether a value may be one of several objects, which nothing on the wire tells apart."""
        return sum(self.decoder(choice) is not None for choice in self.choices(schema)) > 1

    def is_reading(self, method: Schema) -> bool:
        members = method["result"]["schema"].get("properties", {})
        return self.verb(method) in READING and not {"job", "estimate"} <= set(members)
