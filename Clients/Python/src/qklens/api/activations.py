"""`activations.*`: what the daemon's methods take and return.

Written by generate.py from the daemon's OpenRPC document; do not edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any, List, Literal

from ..call import Call
from ..tensors import CapturedArrays, delivery
from ..namespace import AsyncNamespace, Namespace
from ..record import Record, Table, table_of
from .shared import TensorFile


@dataclass(slots=True, kw_only=True, repr=False)
class Activation(Record):
    """One activation with its shape."""

    name: str
    """Its name."""
    axes: List[str]
    """What each axis counts: position, head, d_model and so on."""
    shape: List[int]
    """The length of each axis."""
    values: Any = None
    """The numbers, as lists nested in the order of the axes; absent if they are elsewhere."""


@dataclass(slots=True, kw_only=True, repr=False)
class ActivationsCapture(CapturedArrays):
    """What `activations.capture` returns."""

    tokens: List[int]
    """The tokens as the model read them, BOS included."""
    pieces: List[str]
    """The text of each token."""
    activations: Table[Activation]
    """The activations, in the order asked for."""
    tensors: TensorFile | None = None
    """Where the arrays are that the reply does not hold itself."""

    decoders = {"activations": table_of(Activation), "tensors": TensorFile.from_wire}


def capture(
    text: str | None = None, *, names: Sequence[str], model: str | None = None, tokens: Sequence[int] | None = None,
    prepend_bos: bool | None = None, tensors: Literal["json", "file", "memfd"] | None = None,
    path: str | PathLike[str] | None = None, format: Literal["safetensors", "npy"] | None = None,
    deadline_ms: int | None = None,
) -> Call[ActivationsCapture]:
    """Returns activations of a text by name."""
    return Call("activations.capture", {
        "names": names, "model": model, "text": text, "tokens": tokens, "prepend_bos": prepend_bos,
        "tensors": delivery(tensors, path), "path": path, "format": format, "deadline_ms": deadline_ms,
    }, ActivationsCapture, is_repeatable=True)


class Activations(Namespace):
    """`activations.*`, blocking."""

    def capture(
        self, text: str | None = None, *, names: Sequence[str], model: str | None = None, tokens: Sequence[int] | None = None,
        prepend_bos: bool | None = None, tensors: Literal["json", "file", "memfd"] | None = None,
        path: str | PathLike[str] | None = None, format: Literal["safetensors", "npy"] | None = None,
        deadline_ms: int | None = None,
    ) -> ActivationsCapture:
        """Returns activations of a text by name.

        Names are TransformerLens's, as in blocks.0.attn.hook_pattern; in a file or in memory the arrays have the same
        names, and float32 where a list has null for what is not finite, such as a masked score. At most 4,194,304
        numbers are returned as lists, 1 GiB otherwise; one forward pass, which ends at the last layer that is needed.

        Args:
            text: The text; exactly one of text and tokens is given.
            names: Which activations.
            model: A resident model's name; the embedded model, or that of the dictionary or map, if absent.
            tokens: The tokens themselves.
            prepend_bos: Whether a BOS token is put in front; it stands at position 0. (default: true)
            tensors: How the arrays reach the caller: json, as lists in the reply; file, in the file that path names;
                memfd, in memory sealed against change, whose descriptor comes with the reply (SCM_RIGHTS). File and
                memfd hold the same bytes, float32 little-endian, where a list has null as well. (default: "json")
            path: With file: an absolute path that is not there yet. The file belongs to the service's user, with the
                rights that its umask leaves, and appears when it is whole.
            format: How file and memfd are laid out; npy for a single array. By the ending of path if absent, else
                safetensors.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, TextEmpty, TextTooLong, TokenOutOfRange, UnknownActivation, LayerOutOfRange, PathRefused,
            FileExists, FileUnwritable, ModelUnreadable, ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(capture(
            text, names=names, model=model, tokens=tokens, prepend_bos=prepend_bos, tensors=tensors, path=path, format=format,
            deadline_ms=deadline_ms,
        ))


class AsyncActivations(AsyncNamespace):
    """`activations.*` for asyncio; see `Activations`."""

    async def capture(
        self, text: str | None = None, *, names: Sequence[str], model: str | None = None, tokens: Sequence[int] | None = None,
        prepend_bos: bool | None = None, tensors: Literal["json", "file", "memfd"] | None = None,
        path: str | PathLike[str] | None = None, format: Literal["safetensors", "npy"] | None = None,
        deadline_ms: int | None = None,
    ) -> ActivationsCapture:
        """Returns activations of a text by name."""
        return await self._client.call(capture(
            text, names=names, model=model, tokens=tokens, prepend_bos=prepend_bos, tensors=tensors, path=path, format=format,
            deadline_ms=deadline_ms,
        ))
