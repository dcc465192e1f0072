"""The blocking connection: one call at a time, or many in flight; deadlines, and a daemon that goes away and comes back.

1. Before a request is written to a connection that has been idle, one look says whether the daemon is still there: what has not been sent
   can go to the next daemon whatever it is.
2. If the connection ends while a reply is outstanding, a call that only reads is sent once more, to a daemon that has answered a ping;
   any other raises `ConnectionLost`.
3. A process that was forked off opens a connection of its own, and leaves its parent's alone.
4. A timeout or Ctrl-C closes the connection, which makes the daemon give up whatever runs for it; the next call opens another.
"""

from __future__ import annotations

import os
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from . import address
from .call import AnyObject, Call
from .failures import ConnectionLost, NotReachable, QKLensError, TimedOut, UnexpectedReply, service_error
from .protocol import Notification, Protocol, Reply

# Bytes of one read; descriptors of one piece (the daemon sends one or two).
READ_BYTES, MOST_DESCRIPTORS = 1 << 18, 8
# Calls in flight of a `gather`: twice the daemon's default, so that it never waits for the next.
IN_FLIGHT = 64
# How long a daemon that accepts a new connection may take to say so.
GREETING_S = 5.0
# Between two attempts to reach a daemon that is being restarted.
RETRY_S = 0.02


class Broken(Exception):
    """The daemon has closed the connection."""


class Channel:
    """A connection to one socket, opened again when it has to be."""

    def __init__(self, path: str, reconnect_s: float) -> None:
        self.path, self.reconnect_s = path, reconnect_s
        # One thread at a time speaks; `interrupt` comes from another and only writes.
        self.lock = threading.RLock()
        self._writing = threading.Lock()
        self._socket: socket.socket | None = None
        self._poll = select.poll()
        self._protocol = Protocol()
        self._timeout: float | None = None
        # A process that was forked off needs a connection of its own: replies go to whoever reads first.
        self._owner = os.getpid()
        self.generation = 0
        """Counts connections: a subscription belongs to one."""
        self.running: int | None = None
        self.events: dict[str, deque[Any]] = {}
        """Notifications by job, for whoever follows it."""

    # Connecting

    def open(self, wait_s: float = 0) -> socket.socket:
        """The connection, a new one if there is none; tries for so long to reach a daemon that is not there."""
        if self._socket is not None:
            return self._socket
        end = time.monotonic() + wait_s
        while True:
            try:
                self._socket = address.connect(self.path)
                break
            except NotReachable:
                if time.monotonic() >= end:
                    raise
            time.sleep(RETRY_S)
        self._protocol, self._timeout, self._owner = Protocol(), None, os.getpid()
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)
        self.generation += 1
        return self._socket

    def close(self) -> None:
        """Ends the connection; what runs for it is given up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
            self._protocol.close()
            self.events.clear()

    @contextmanager
    def _closed_on_interruption(self) -> Iterator[None]:
        """Whatever interrupts an exchange leaves half a message; only a whole reply, or an error that was one, leaves the connection."""
        try:
            yield
        except QKLensError as error:
            if isinstance(error, TimedOut | UnexpectedReply):
                self.close()
            raise
        except BaseException:
            self.close()
            raise
        finally:
            self.running = None

    # Calling

    def call(self, call: Call[Any], timeout: float | None) -> Any:
        """Sends a call and waits for its result."""
        with self.lock:
            for attempt in (0, 1):
                self._reach(call, timeout)
                try:
                    with self._closed_on_interruption():
                        return self._exchange(call, timeout)
                except Broken:
                    if attempt or not call.is_repeatable:
                        raise ConnectionLost(call.method, call.is_repeatable) from None
            raise AssertionError("the second attempt returns or raises")

    def gather(self, calls: Sequence[Call[Any]], timeout: float | None) -> list[Any]:
        """Sends many calls without waiting between them; results, or the errors that the daemon gave, in the order of the calls."""
        outcomes: list[Any] = [None] * len(calls)
        if not calls:
            return outcomes
        with self.lock:
            waiting = list(range(len(calls)))
            for attempt in (0, 1):
                self._reach(calls[waiting[0]], timeout)
                try:
                    with self._closed_on_interruption():
                        self._pipeline(calls, waiting, outcomes, timeout)
                    return outcomes
                except Broken:
                    # `waiting` holds what has no answer yet.
                    lost = next((calls[index] for index in waiting if not calls[index].is_repeatable), None)
                    if lost is not None or attempt:
                        raise ConnectionLost((lost or calls[waiting[0]]).method, lost is None) from None
            raise AssertionError("the second attempt returns or raises")

    def interrupt(self) -> bool:
        """From another thread: asks the daemon to give up the call that is running; whether there is one."""
        connection, running = self._socket, self.running
        if connection is None or running is None:
            return False
        # A notification: nobody waits for its reply.
        line = f'{{"jsonrpc":"2.0","method":"requests.cancel","params":{{"id":{running}}}}}\n'
        with self._writing:
            connection.sendall(line.encode())
        return True

    def event(self, job: str, timeout: float | None) -> Any:
        """The next notification about a job that has been subscribed to; `Broken` if the daemon goes away."""
        with self.lock:
            end = None if timeout is None else time.monotonic() + timeout
            while job in self.events and not self.events[job]:
                with self._closed_on_interruption():
                    self._read("jobs.event", end, timeout)
            if job not in self.events:
                raise Broken
            return self.events[job].popleft()

    # Reading and writing

    def _reach(self, call: Call[Any], timeout: float | None) -> None:
        """Makes sure that a daemon was there a moment ago; a first connection is tried once, a lost one for a while."""
        if self._socket is not None and (self._owner != os.getpid() or self._has_ended()):
            self.close()
        if self._socket is not None:
            return
        if self.generation == 0:
            self.open()
            return
        end = time.monotonic() + (self.reconnect_s if timeout is None else min(self.reconnect_s, timeout))
        while True:
            try:
                self.open(end - time.monotonic())
                # A daemon that is ending may still accept, and one that has just begun may be killed: only an answer says that it lives.
                with self._closed_on_interruption():
                    self._exchange(Call("system.ping", {}, AnyObject), GREETING_S if timeout is None else timeout)
                return
            except NotReachable as error:
                raise ConnectionLost(call.method, call.is_repeatable, error) from None
            except TimedOut as error:
                raise TimedOut(call.method, error.seconds) from None
            except Broken:
                if time.monotonic() >= end:
                    raise ConnectionLost(call.method, call.is_repeatable) from None

    def _has_ended(self) -> bool:
        assert self._socket is not None
        if not self._poll.poll(0):
            return False
        try:
            return self._socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except OSError:
            return True

    def _exchange(self, call: Call[Any], timeout: float | None) -> Any:
        end = None if timeout is None else time.monotonic() + timeout
        number, line = self._protocol.request(call.method, call.params)
        self.running = number
        self._write(line, call.method, end, timeout)
        while True:
            for reply in self._read(call.method, end, timeout):
                if reply.id == number:
                    return outcome(call, reply)
                refuse(reply)

    def _pipeline(self, calls: Sequence[Call[Any]], waiting: list[int], outcomes: list[Any], timeout: float | None) -> None:
        end = None if timeout is None else time.monotonic() + timeout
        sent: dict[int, int] = {}
        next_place, order = 0, list(waiting)
        while waiting:
            # Topped up by halves: one write for many requests.
            lines: list[bytes] = []
            while next_place < len(order) and len(sent) < IN_FLIGHT and (lines or len(sent) <= IN_FLIGHT // 2):
                call = calls[order[next_place]]
                number, line = self._protocol.request(call.method, call.params)
                sent[number] = order[next_place]
                lines.append(line)
                next_place += 1
            method = calls[waiting[0]].method
            if lines:
                self._write(b"".join(lines), method, end, timeout)
            for reply in self._read(method, end, timeout):
                index = sent.pop(reply.id, None) if reply.id is not None else None
                if index is None:
                    refuse(reply)
                    continue
                try:
                    outcomes[index] = outcome(calls[index], reply)
                except UnexpectedReply:
                    raise
                except QKLensError as error:
                    outcomes[index] = error
                # Replies come about in the order of the requests, so this is found at once.
                waiting.remove(index)

    def _limit(self, end: float | None, method: str, timeout: float | None) -> None:
        left = None if end is None else end - time.monotonic()
        if left is not None and left <= 0:
            raise TimedOut(method, timeout or 0)
        if left != self._timeout and self._socket is not None:
            self._socket.settimeout(left)
            self._timeout = left

    def _write(self, data: bytes, method: str, end: float | None, timeout: float | None) -> None:
        assert self._socket is not None
        self._limit(end, method, timeout)
        try:
            with self._writing:
                self._socket.sendall(data)
        except TimeoutError:
            raise TimedOut(method, timeout or 0) from None
        except (BrokenPipeError, ConnectionResetError):
            # If it has closed, the daemon may have said why: that is read next.
            pass

    def _read(self, method: str, end: float | None, timeout: float | None) -> list[Reply]:
        """Waits for something and returns the replies in it; notifications go to whoever follows."""
        assert self._socket is not None
        self._limit(end, method, timeout)
        try:
            data, descriptors, _, _ = socket.recv_fds(self._socket, READ_BYTES, MOST_DESCRIPTORS, socket.MSG_CMSG_CLOEXEC)
        except TimeoutError:
            raise TimedOut(method, timeout or 0) from None
        except ConnectionResetError:
            raise Broken from None
        if not data:
            raise Broken
        replies = []
        for message in self._protocol.receive(data, descriptors):
            if isinstance(message, Notification):
                deliver(message, self.events)
            else:
                replies.append(message)
        return replies


def outcome(call: Call[Any], reply: Reply) -> Any:
    """The result, or the daemon's error raised."""
    if reply.error is not None:
        raise service_error(reply.error)
    return call.decode(reply.result, reply.descriptors)


def refuse(reply: Reply) -> None:
    """A reply to no call of ours: without an id it is why the daemon will close the connection."""
    Protocol.discard(reply)
    if reply.id is None and reply.error is not None:
        raise service_error(reply.error)
    raise UnexpectedReply(f"a reply to a request that was not sent: id {reply.id!r}")


def deliver(message: Notification, events: dict[str, deque[Any]]) -> None:
    """Hands a `jobs.event` to whoever follows that job; the newest state is all that matters to one who is slow."""
    job = message.params.get("job")
    if message.method == "jobs.event" and isinstance(job, dict) and (queue := events.get(str(job.get("job")))) is not None:
        queue.append(job)
