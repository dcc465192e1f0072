"""The protocol's state machine, byte by byte, without a socket."""

from __future__ import annotations

import json
import os
import pathlib

import pytest

from qklens import UnexpectedReply
from qklens.protocol import Notification, Protocol, Reply, to_wire

REPLY = b'{"jsonrpc":"2.0","id":1,"result":{"ok":true}}\n'
ERROR = b'{"jsonrpc":"2.0","error":{"code":-32600,"message":"no"},"id":null}\r\n'
EVENT = b'{"jsonrpc":"2.0","method":"jobs.event","params":{"job":{"job":"j1"}}}\n'


def test_requests_are_numbered_and_are_one_line() -> None:
    protocol = Protocol()
    number, line = protocol.request("tokens.encode", {"text": "a\nb\u2028"})
    assert (number, line.count(b"\n"), line[-1:]) == (1, 1, b"\n")
    assert json.loads(line) == {"jsonrpc": "2.0", "id": 1, "method": "tokens.encode", "params": {"text": "a\nb\u2028"}}
    assert protocol.request("system.ping", {})[0] == 2


@pytest.mark.parametrize("at", range(1, len(REPLY + ERROR + EVENT)))
def test_messages_cut_anywhere_are_the_same(at: int) -> None:
    protocol, data = Protocol(), REPLY + ERROR + EVENT
    found = protocol.receive(data[:at]) + protocol.receive(data[at:])
    assert found == [
        Reply(1, {"ok": True}, None, []), Reply(None, None, {"code": -32600, "message": "no"}, []),
        Notification("jobs.event", {"job": {"job": "j1"}}),
    ]


def test_one_byte_at_a_time_is_the_same() -> None:
    protocol, found = Protocol(), []
    for byte in REPLY * 3:
        found += protocol.receive(bytes([byte]))
    assert len(found) == 3


def test_descriptors_belong_to_the_line_in_which_their_piece_ends() -> None:
    protocol = Protocol()
    # The kernel ends a piece with the byte that carries descriptors, which is a reply's first.
    assert [message.descriptors for message in protocol.receive(REPLY + REPLY[:1], [100]) if isinstance(message, Reply)] == [[]]
    assert protocol.receive(REPLY[1:-1]) == []
    assert [message.descriptors for message in protocol.receive(REPLY[-1:] + REPLY) if isinstance(message, Reply)] == [[100], []]


def test_descriptors_that_nobody_claims_are_closed() -> None:
    read, write = os.pipe()
    protocol = Protocol()
    protocol.receive(b"{", [read])
    protocol.close()
    with pytest.raises(OSError):
        os.fstat(read)
    os.close(write)


@pytest.mark.parametrize("line", [b"hello\n", b"[]\n", b"{}\n", b'"x"\n', b"\xff\n", b'{"id":1,"method":"f"}\n'])
def test_what_is_no_reply_is_refused(line: bytes) -> None:
    with pytest.raises(UnexpectedReply):
        Protocol().receive(line)


def test_values_of_other_libraries_are_written(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    numpy = pytest.importorskip("numpy")
    monkeypatch.chdir(tmp_path)
    _, line = Protocol().request("f", {
        "tokens": numpy.arange(3), "layer": numpy.int64(2), "x": numpy.float32(0.5), "path": pathlib.Path("a.npy"), "heads": range(2)})
    assert json.loads(line)["params"] == {"tokens": [0, 1, 2], "layer": 2, "x": 0.5, "path": str(tmp_path / "a.npy"), "heads": [0, 1]}


def test_what_is_no_json_is_refused_before_it_is_sent() -> None:
    with pytest.raises(ValueError, match="JSON"):
        Protocol().request("f", {"x": float("nan")})
    with pytest.raises(TypeError, match="object"):
        to_wire(object())
