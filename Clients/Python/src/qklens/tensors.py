"""Arrays that do not come as lists: safetensors or .npy in sealed memory or in a file, mapped and never copied.

1. The descriptor (or the file) is mapped read-only.
2. The header says where each array lies; an array is a view of the mapping, which lives as long as any of its views.
3. With numpy the views are `numpy.ndarray`s, not writeable; without it they are `memoryview`s of the same shape.

*Source:* the safetensors format (u64 length, JSON header, bytes); NumPy's NEP 1 (.npy).
"""

from __future__ import annotations

import ast
import importlib.util
import json
import mmap
import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from math import prod
from typing import TYPE_CHECKING, Any

from .failures import QKLensError, UnexpectedReply
from .record import Record

if TYPE_CHECKING:
    import numpy

# safetensors' names of element types and struct's; bfloat16 has none of the latter, and the daemon never sends it.
_FORMATS = {"F64": "d", "F32": "f", "I64": "q", "I32": "i", "I16": "h", "I8": "b", "U8": "B", "BOOL": "?"}
_NPY_FORMATS = {"<f8": "d", "<f4": "f", "<i8": "q", "<i4": "i"}
_NPY_MAGIC = b"\x93NUMPY"


@cache
def has_numpy() -> bool:
    """Whether numpy is installed; it is imported when the first array is there."""
    return importlib.util.find_spec("numpy") is not None


class TensorImage(Mapping[str, memoryview]):
    """The arrays of one reply by their names, as memoryviews of mapped memory."""

    def __init__(self, memory: mmap.mmap, format: str, names: Sequence[str]) -> None:
        self._bytes = memoryview(memory)
        self._views = self._npy(names) if format == "npy" else self._safetensors()

    @classmethod
    def of_descriptor(cls, descriptor: int, format: str, names: Sequence[str]) -> TensorImage:
        """Maps what a descriptor holds; the descriptor may be closed afterwards."""
        return cls(mmap.mmap(descriptor, 0, prot=mmap.PROT_READ), format, names)

    @classmethod
    def of_file(cls, path: str | os.PathLike[str], format: str = "safetensors", names: Sequence[str] = ("array",)) -> TensorImage:
        """Maps a file that the daemon has written."""
        with open(path, "rb") as opened:
            return cls.of_descriptor(opened.fileno(), format, names)

    def _safetensors(self) -> dict[str, memoryview]:
        length = int.from_bytes(self._bytes[:8], "little")
        header = json.loads(bytes(self._bytes[8 : 8 + length]))
        data = self._bytes[8 + length :]
        views = {}
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            begin, end = entry["data_offsets"]
            if entry["dtype"] not in _FORMATS:
                raise UnexpectedReply(f"array '{name}' is of type {entry['dtype']}; known are {', '.join(_FORMATS)}")
            views[name] = _shaped(data[begin:end], _FORMATS[entry["dtype"]], entry["shape"])
        return views

    def _npy(self, names: Sequence[str]) -> dict[str, memoryview]:
        if self._bytes[:6] != _NPY_MAGIC or self._bytes[6] not in (1, 2):
            raise UnexpectedReply("the array is not in NumPy's format 1 or 2")
        width = 2 if self._bytes[6] == 1 else 4
        begin = 8 + width + int.from_bytes(self._bytes[8 : 8 + width], "little")
        header = ast.literal_eval(bytes(self._bytes[8 + width : begin]).decode("latin1"))
        if header["fortran_order"] or header["descr"] not in _NPY_FORMATS:
            raise UnexpectedReply(f"an array of {header['descr']}, fortran_order {header['fortran_order']}")
        return {names[0]: _shaped(self._bytes[begin:], _NPY_FORMATS[header["descr"]], header["shape"])}

    def __getitem__(self, name: str) -> memoryview:
        return self._views[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._views)

    def __len__(self) -> int:
        return len(self._views)


def _shaped(view: memoryview, format: str, shape: Sequence[int]) -> memoryview:
    """A view with its shape; memoryview has no axes of length 0 and none for a scalar, which stay flat."""
    bytes: Any = view
    if 0 not in shape:
        bytes = bytes[: prod(shape) * struct.calcsize(format)]
    shaped: memoryview = bytes.cast(format, tuple(shape)) if shape and 0 not in shape else bytes.cast(format)
    return shaped


def rows(values: Any) -> Any:
    """Nested lists of whatever holds numbers in rows: lists themselves, memoryviews, numpy's arrays."""
    return values.tolist() if hasattr(values, "tolist") else values


class WithArrays(Record):
    """A result whose arrays come as lists, in memory or in a file: `arrays` is the same in all three cases."""

    __slots__ = ()

    if TYPE_CHECKING:
        tensors: Any

    def _listed(self) -> dict[str, Any]:
        """The arrays that the reply itself holds, by the names that they would have in a file."""
        raise QKLensError("the arrays came as lists, which are members of the result; ask with tensors='memfd' for arrays")

    def _raw(self) -> Mapping[str, Any]:
        image: TensorImage | None = getattr(self, "_image", None)
        if image is None and self.tensors is not None and self.tensors.path is not None:
            image = self._image = TensorImage.of_file(self.tensors.path, self.tensors.format, self.tensors.names)
        return self._listed() if image is None else image

    @property
    def arrays(self) -> dict[str, numpy.ndarray[Any, numpy.dtype[Any]]]:
        """The arrays under TransformerLens's names: views of the daemon's own memory where they came that way.

        They cannot be written to; copy one to change it. A masked score is -inf, and NaN where the arrays came as lists.
        """
        if not has_numpy():
            raise QKLensError("numpy is not installed: `pip install numpy`, or ask with tensors='json' and read the lists")
        import numpy

        found = {}
        for name, values in self._raw().items():
            if isinstance(values, memoryview):
                found[name] = numpy.asarray(values)
            else:
                found[name] = numpy.array(values, dtype=numpy.float32)
                found[name].flags.writeable = False
        return found


class CapturedArrays(WithArrays):
    """Of `activations.capture`."""

    __slots__ = ()

    if TYPE_CHECKING:
        activations: Any

    def _listed(self) -> dict[str, Any]:
        return {activation.name: activation.values for activation in self.activations if activation.values is not None}

    @property
    def cache(self) -> Any:
        """The arrays as TransformerLens's ActivationCache names them: `cache["pattern", 0]`, `cache["blocks.0.hook_resid_pre"]`."""
        from .transformer_lens import ActivationCache

        return ActivationCache(self.arrays)


def delivery(tensors: str | None, path: object) -> str | None:
    """How arrays are asked for unless told: as a file where one is named, as memory where numpy can read it, else as lists."""
    if tensors is not None:
        return tensors
    if path is not None:
        return "file"
    return "memfd" if has_numpy() else None
