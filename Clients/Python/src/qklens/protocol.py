"""JSON-RPC 2.0 as bytes, without a socket: what both clients share.

1. `request` numbers a call and returns the line to send.
2. `receive` takes whatever bytes and descriptors have come and returns the replies and notifications that are whole.
3. The kernel ends a piece with the byte that carries descriptors, and the daemon sends them with a reply's first byte: a descriptor
   belongs to the line in which the piece that brought it ends.

*Source:* JSON-RPC 2.0, sections 4 to 6; unix(7), SCM_RIGHTS.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .failures import UnexpectedReply

# The daemon's own limit on a message is a setting; a line without an end is refused here.
LONGEST_LINE = 1 << 30
SHOWN = 200


class Reply(NamedTuple):
    """The answer to one request: a result, or an error; the caller closes the descriptors."""

    id: int | None
    result: Any
    error: Any
    descriptors: list[int]


class Notification(NamedTuple):
    """What the daemon sends unasked after a subscription."""

    method: str
    params: Mapping[str, Any]


def to_wire(value: Any) -> Any:
    """What json cannot write by itself: records, paths (made absolute here, where they mean something), numpy's numbers and arrays."""
    if hasattr(value, "to_wire"):
        return value.to_wire()
    if isinstance(value, os.PathLike):
        return os.path.abspath(os.path.expanduser(os.fspath(value)))
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "__index__"):
        return value.__index__()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Iterable):
        return list(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON: {value!r:.{SHOWN}}")


_write = json.JSONEncoder(default=to_wire, allow_nan=False, separators=(",", ":")).encode
_read = json.JSONDecoder().decode


class Protocol:
    """One connection's state."""

    def __init__(self) -> None:
        self._last_id = 0
        self._buffer = bytearray()
        self._searched = 0
        self._descriptors: deque[tuple[int, int]] = deque()

    def request(self, method: str, params: Mapping[str, Any]) -> tuple[int, bytes]:
        """A number, and the line to send."""
        self._last_id += 1
        return self._last_id, f'{{"jsonrpc":"2.0","id":{self._last_id},"method":"{method}","params":{_write(params)}}}\n'.encode()

    def receive(self, data: bytes, descriptors: Iterable[int] = ()) -> list[Reply | Notification]:
        """The messages that are whole now."""
        for descriptor in descriptors:
            self._descriptors.append((len(self._buffer) + len(data) - 1, descriptor))
        if not self._buffer and data.endswith(b"\n") and data.count(b"\n") == 1:
            return [self._message(data, self._claimed(len(data)))]
        self._buffer += data
        messages: list[Reply | Notification] = []
        start = 0
        while (newline := self._buffer.find(b"\n", max(start, self._searched))) >= 0:
            line = self._buffer[start:newline]
            if line:
                messages.append(self._message(line, self._claimed(newline + 1)))
            start = newline + 1
        if start:
            del self._buffer[:start]
            self._descriptors = deque((place - start, descriptor) for place, descriptor in self._descriptors)
        self._searched = len(self._buffer)
        if self._searched > LONGEST_LINE:
            raise UnexpectedReply(f"a line of more than {LONGEST_LINE} bytes")
        return messages

    def close(self) -> None:
        """Closes descriptors that nobody has claimed."""
        while self._descriptors:
            os.close(self._descriptors.popleft()[1])

    @staticmethod
    def discard(reply: Reply) -> None:
        """Closes what came with a reply that nobody waits for."""
        for descriptor in reply.descriptors:
            os.close(descriptor)

    def _claimed(self, end: int) -> list[int]:
        claimed = []
        while self._descriptors and self._descriptors[0][0] < end:
            claimed.append(self._descriptors.popleft()[1])
        return claimed

    @staticmethod
    def _message(line: bytes | bytearray, descriptors: list[int]) -> Reply | Notification:
        try:
            message = _read(line.decode())
        except ValueError as error:
            raise UnexpectedReply(f"what answered is not qklensd: {error}: {bytes(line[:SHOWN])!r}") from None
        if isinstance(message, dict):
            if "result" in message:
                return Reply(message.get("id"), message["result"], None, descriptors)
            if "error" in message:
                return Reply(message.get("id"), None, message["error"], descriptors)
            if "method" in message and "id" not in message:
                return Notification(message["method"], message.get("params") or {})
        raise UnexpectedReply(f"neither a reply nor a notification: {bytes(line[:SHOWN])!r}")
