"""What the daemon returns, as dataclasses that know their wire names, and tables of them; both show themselves in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any, ClassVar, Self, TypeVar

from .failures import UnexpectedReply

T = TypeVar("T")
R = TypeVar("R", bound="Record")

SHOWN_ROWS = 100
# Members that are a text cut into tokens.
TEXTS = frozenset(["after", "before", "pieces"])
_CELL = "padding:2px 8px;text-align:{};vertical-align:top;font-variant-numeric:tabular-nums;white-space:pre-wrap"


class Record:
    """A dataclass of the OpenRPC document. Members that this version does not know are kept in `extra`."""

    __slots__ = ("_extra", "_image")

    wire_names: ClassVar[Mapping[str, str]] = {}
    """Members whose wire name is a word of Python's own: `from_` is `from`."""
    decoders: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}
    """Members that are records themselves, by their wire names."""

    _extra: Mapping[str, Any]
    _image: Any

    @classmethod
    def from_wire(cls, wire: Any, /) -> Self:
        """The record of a JSON object."""
        decoders, renamed = cls.decoders, cls.wire_names
        try:
            if decoders:
                wire = dict(wire)
                for name, decode in decoders.items():
                    if (value := wire.get(name)) is not None:
                        wire[name] = decode(value)
            if renamed:
                wire = {renamed.get(name, name): value for name, value in wire.items()}
            return cls(**wire)
        except (TypeError, AttributeError, ValueError):
            return cls._from_newer(wire)

    @classmethod
    def _from_newer(cls, wire: Any) -> Self:
        fields: Mapping[str, Any] = getattr(cls, "__dataclass_fields__", {})
        if not isinstance(wire, dict):
            raise UnexpectedReply(f"{cls.__name__} is an object, not {wire!r:.200}")
        try:
            record = cls(**{name: value for name, value in wire.items() if name in fields})
        except TypeError as error:
            raise UnexpectedReply(f"the daemon is of another version: {cls.__name__}: {error}") from None
        record._extra = {name: value for name, value in wire.items() if name not in fields}
        return record

    @property
    def extra(self) -> Mapping[str, Any]:
        """Members that a newer daemon has sent and this version does not know."""
        return getattr(self, "_extra", {})

    def to_wire(self) -> dict[str, Any]:
        """The JSON object, without what is absent."""
        renamed = {python: wire for wire, python in type(self).wire_names.items()}
        return {
            renamed.get(name, name): _plain(value)
            for name in getattr(type(self), "__dataclass_fields__", {})
            if (value := getattr(self, name)) is not None
        } | dict(self.extra)

    def __repr__(self) -> str:
        shown = (f"{name}={value!r}" for name, value in _members(self) if value is not None)
        return f"{type(self).__name__}({', '.join(shown)})"

    def _repr_html_(self) -> str:
        return record_html(self)


class Table(list[T]):
    """A list of records that shows itself as a table in a notebook; `pandas.DataFrame(table)` takes it as it is."""

    __slots__ = ()

    def to_wire(self) -> list[Any]:
        """Plain dictionaries."""
        return [_plain(row) for row in self]

    def _repr_html_(self) -> str:
        return table_html(self)


def table_of(record: type[R]) -> Callable[[Iterable[Any]], Table[R]]:
    """The decoder of a list of records."""
    decode = record.from_wire

    def decoded(wire: Iterable[Any]) -> Table[R]:
        return Table(map(decode, wire))

    return decoded


def list_of(decode: Callable[[Any], T]) -> Callable[[Iterable[Any]], list[T]]:
    """The decoder of a list of what another one decodes."""

    def decoded(wire: Iterable[Any]) -> list[T]:
        return [decode(value) for value in wire]

    return decoded


def dictionary_of(decode: Callable[[Any], T]) -> Callable[[Mapping[str, Any]], dict[str, T]]:
    """The decoder of an object with arbitrary names."""

    def decoded(wire: Mapping[str, Any]) -> dict[str, T]:
        return {name: decode(value) for name, value in wire.items()}

    return decoded


def either_of(decode: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The decoder of what may be an object or list that is decoded, or a plain value."""

    def decoded(wire: Any) -> Any:
        return decode(wire) if isinstance(wire, dict | list) else wire

    return decoded


def _plain(value: Any) -> Any:
    if isinstance(value, Record | Table):
        return value.to_wire()
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], list | dict | Record):
        return [_plain(member) for member in value]
    return value


def cell_text(value: object) -> str:
    """A value as a person reads it in a table."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Record):
        return ", ".join(f"{name} {cell_text(member)}" for name, member in _members(value) if member is not None)
    if isinstance(value, Table):
        return "1 row" if len(value) == 1 else f"{len(value)} rows"
    if isinstance(value, list | tuple):
        shown = [cell_text(element) for element in value[:12]]
        return ", ".join(shown) + (f", … ({len(value)})" if len(value) > len(shown) else "")
    if isinstance(value, dict):
        return ", ".join(f"{name} {cell_text(member)}" for name, member in value.items())
    return str(value)


def _members(record: Record) -> list[tuple[str, Any]]:
    return [(name, getattr(record, name)) for name in getattr(type(record), "__dataclass_fields__", {})]


def cell_html(name: str, value: object, row: Record) -> str:
    """A member of a row: text as it was, with the token that the row is about marked; anything else as `cell_text`."""
    if name in TEXTS and isinstance(value, list):
        return escape("".join(map(str, value)))
    pieces, first = getattr(value, "pieces", None), getattr(value, "first", None)
    if isinstance(pieces, list) and isinstance(first, int):
        marked = {getattr(row, "destination", None), getattr(row, "source", None)}
        return "".join(
            f"<mark>{escape(piece)}</mark>" if first + place in marked else escape(piece) for place, piece in enumerate(pieces))
    return escape(cell_text(value))


def table_html(rows: list[Any]) -> str:
    """A table with a column for each member that any row has."""
    if not rows or not isinstance(rows[0], Record):
        return f"<pre>{escape(repr(list(rows)))}</pre>"
    names = [name for name, _ in _members(rows[0]) if any(getattr(row, name) is not None for row in rows)]
    head = "".join(f"<th style='{_CELL.format('left')}'>{escape(name)}</th>" for name in names)
    body = []
    for row in rows[:SHOWN_ROWS]:
        cells = []
        for name in names:
            value = getattr(row, name)
            side = "right" if isinstance(value, int | float) and not isinstance(value, bool) else "left"
            cells.append(f"<td style='{_CELL.format(side)}'>{cell_html(name, value, row)}</td>")
        body.append(f"<tr>{''.join(cells)}</tr>")
    more = f"<p>{len(rows) - SHOWN_ROWS} more rows</p>" if len(rows) > SHOWN_ROWS else ""
    return f"<table class='qklens'><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>{more}"


def record_html(record: Record) -> str:
    """The facts of a record, then its tables."""
    facts, tables = [], []
    for name, value in _members(record):
        if value is None:
            continue
        if isinstance(value, Table) and value:
            # A single row that holds tables itself is shown as what it is.
            only = value[0] if len(value) == 1 and any(isinstance(member, Table) for _, member in _members(value[0])) else None
            shown = table_html(value) if only is None else record_html(only)
            tables.append(f"<details open><summary>{escape(name)}</summary>{shown}</details>")
        else:
            left = _CELL.format("left")
            facts.append(f"<tr><th style='{left}'>{escape(name)}</th><td style='{left}'>{cell_html(name, value, record)}</td></tr>")
    return f"<table class='qklens'><tbody>{''.join(facts)}</tbody></table>{''.join(tables)}"
