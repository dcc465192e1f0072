"""One call, before it is sent: its method, its parameters, and what its result will be."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Generic, Protocol, TypeVar

from .failures import UnexpectedReply

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Decoder(Protocol[T_co]):
    """Makes a result of what is on the wire."""

    def from_wire(self, wire: Any, /) -> T_co: ...


class Call(Generic[T]):
    """A call that can be sent: by `client.call(...)`, or many of them by `client.gather(...)`.

    A parameter that is None is left out: the daemon's own default holds.
    """

    __slots__ = ("decoder", "is_repeatable", "method", "params")

    def __init__(self, method: str, params: Mapping[str, Any], decoder: Decoder[T], is_repeatable: bool = False) -> None:
        self.method = method
        self.params = {name: value for name, value in params.items() if value is not None}
        self.decoder = decoder
        # What writes a file would find it there the second time.
        self.is_repeatable = is_repeatable and "path" not in self.params

    def decode(self, wire: Any, descriptors: list[int]) -> T:
        """The result; descriptors are mapped or closed."""
        image = None
        try:
            if descriptors:
                image = _image(wire, descriptors)
            if not isinstance(wire, dict):
                raise UnexpectedReply(f"'{self.method}' returned no object: {wire!r:.200}")
            result = self.decoder.from_wire(wire)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        if image is not None:
            result._image = image  # type: ignore[attr-defined]
        return result

    def __repr__(self) -> str:
        return f"Call({self.method!r}, {self.params!r})"


def _image(wire: Any, descriptors: list[int]) -> Any:
    """The sealed memory of which a reply speaks."""
    from .tensors import TensorImage

    described = wire.get("tensors") if isinstance(wire, dict) else None
    if not isinstance(described, dict) or not isinstance(place := described.get("descriptor"), int) or place >= len(descriptors):
        raise UnexpectedReply("descriptors came with a reply that does not speak of them")
    return TensorImage.of_descriptor(descriptors[place], described["format"], described["names"])


class AnyObject:
    """The decoder of what this version has no class for: the reply as dictionaries and lists."""

    @staticmethod
    def from_wire(wire: Any, /) -> dict[str, Any]:
        return dict(wire)
