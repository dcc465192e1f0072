"""The client for asyncio: any number of calls at a time on one connection."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from types import TracebackType
from typing import Any, Self, TypeVar

from . import address
from .api.namespaces import AsyncNamespaces
from .call import AnyObject, Call
from .channel import GREETING_S, MOST_DESCRIPTORS, READ_BYTES, RETRY_S, Broken, deliver, outcome
from .failures import ConnectionLost, NotReachable, QKLensError, TimedOut, service_error
from .protocol import Notification, Protocol, Reply

T = TypeVar("T")


class AsyncClient(AsyncNamespaces):
    """A connection to the daemon: `async with AsyncClient() as c: await c.attention.explain(text, map="m1", head=2)`.

    As `Client`, whose arguments it takes. A call whose task is cancelled is given up by the daemon too. It belongs to the event loop
    in which it was first used; the connection is opened by `async with`, or by the first call.
    """

    def __init__(
        self, path: str | None = None, *, timeout: float | None = None, deadline_ms: int | None = None, reconnect_s: float = 5.0
    ) -> None:
        self.path = path or address.default_path()
        self.timeout, self.deadline_ms, self.reconnect_s = timeout, deadline_ms, reconnect_s
        self._socket: socket.socket | None = None
        self._protocol = Protocol()
        self._pending: dict[int, asyncio.Future[Reply]] = {}
        self._opening, self._writing = asyncio.Lock(), asyncio.Lock()
        self.generation = 0
        self.events: dict[str, deque[Any]] = {}
        self._arrived: dict[str, asyncio.Event] = {}

    async def call(self, call: Call[T]) -> T:
        """Sends a call and waits for its result; see `Client.call` for what it raises."""
        if self.deadline_ms is not None:
            call.params.setdefault("deadline_ms", self.deadline_ms)
        for attempt in (0, 1):
            try:
                async with asyncio.timeout(self.timeout):
                    reply = await self._exchange(await self._reach(call), call)
            except TimedOut:
                raise
            except TimeoutError:
                raise TimedOut(call.method, self.timeout or 0) from None
            except Broken:
                if attempt or not call.is_repeatable:
                    raise ConnectionLost(call.method, call.is_repeatable) from None
                continue
            result: T = outcome(call, reply)
            return result
        raise AssertionError("the second attempt returns or raises")

    async def request(self, method: str, /, **params: Any) -> dict[str, Any]:
        """A call by its name, for methods that are newer than this version."""
        return await self.call(Call(method, params, AnyObject))

    async def event(self, job: str, timeout: float | None) -> Any:
        """The next notification about a job that has been subscribed to; `Broken` if the daemon goes away."""
        while not (queue := self.events.get(job)):
            if queue is None:
                raise Broken
            arrived = self._arrived[job] = asyncio.Event()
            try:
                async with asyncio.timeout(timeout):
                    await arrived.wait()
            except TimeoutError:
                raise TimedOut("jobs.event", timeout or 0) from None
        return queue.popleft()

    def close(self) -> None:
        """Ends the connection. Jobs go on."""
        self._end(Broken())

    async def __aenter__(self) -> Self:
        await self._open(0)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"AsyncClient({self.path!r})"

    async def _open(self, wait_s: float) -> socket.socket:
        async with self._opening:
            if self._socket is not None:
                return self._socket
            loop = asyncio.get_running_loop()
            end = loop.time() + wait_s
            was_connected = self.generation > 0
            while True:
                try:
                    # A Unix socket connects at once or not at all.
                    connection = address.connect(self.path)
                except NotReachable:
                    if loop.time() >= end:
                        raise
                    await asyncio.sleep(RETRY_S)
                    continue
                connection.setblocking(False)
                self._socket, self._protocol = connection, Protocol()
                self.generation += 1
                loop.add_reader(connection.fileno(), self._readable, connection)
                if not was_connected:
                    return connection
                try:
                    # A daemon that is ending may still accept: only an answer says that it lives.
                    async with asyncio.timeout(GREETING_S):
                        await self._exchange(connection, Call("system.ping", {}, AnyObject))
                    return connection
                except TimeoutError:
                    self._end(Broken())
                    raise TimedOut("system.ping", GREETING_S) from None
                except Broken:
                    if loop.time() >= end:
                        raise

    async def _reach(self, call: Call[Any]) -> socket.socket:
        was_connected = self.generation > 0
        try:
            return await self._open(self.reconnect_s if was_connected else 0)
        except NotReachable as error:
            if was_connected:
                raise ConnectionLost(call.method, call.is_repeatable, error) from None
            raise
        except Broken:
            raise ConnectionLost(call.method, call.is_repeatable) from None

    async def _exchange(self, connection: socket.socket, call: Call[Any]) -> Reply:
        loop = asyncio.get_running_loop()
        number, line = self._protocol.request(call.method, call.params)
        future: asyncio.Future[Reply] = loop.create_future()
        self._pending[number] = future
        try:
            await self._write(connection, line)
            return await future
        except asyncio.CancelledError:
            if self._socket is connection:
                cancel = f'{{"jsonrpc":"2.0","method":"requests.cancel","params":{{"id":{number}}}}}\n'
                await asyncio.shield(asyncio.ensure_future(self._write(connection, cancel.encode())))
            raise
        finally:
            self._pending.pop(number, None)

    async def _write(self, connection: socket.socket, line: bytes) -> None:
        """Writes a whole line, even if the task that wants it is cancelled half-way.

        A daemon that has closed may have said why: that, or the end, is what `_readable` finds next.
        """
        async with self._writing:
            if connection.fileno() < 0:
                raise Broken
            try:
                sent = connection.send(line)
            except BlockingIOError:
                sent = 0
            except OSError:
                return
            if sent < len(line):
                rest = asyncio.ensure_future(asyncio.get_running_loop().sock_sendall(connection, line[sent:]))
                try:
                    await asyncio.shield(rest)
                except asyncio.CancelledError:
                    await asyncio.wait([rest])
                    raise
                except OSError:
                    return

    def _readable(self, connection: socket.socket) -> None:
        try:
            data, descriptors, _, _ = socket.recv_fds(connection, READ_BYTES, MOST_DESCRIPTORS, socket.MSG_CMSG_CLOEXEC)
        except BlockingIOError:
            return
        except OSError:
            data, descriptors = b"", []
        if not data:
            self._end(Broken())
            return
        try:
            messages = self._protocol.receive(data, descriptors)
        except QKLensError as error:
            self._end(error)
            return
        for message in messages:
            if isinstance(message, Notification):
                deliver(message, self.events)
                for arrived in self._arrived.values():
                    arrived.set()
            elif message.id is None:
                self._end(service_error(message.error))
                return
            elif (future := self._pending.get(message.id)) is not None and not future.done():
                future.set_result(message)
            else:
                # The late reply to a call that was given up.
                Protocol.discard(message)

    def _end(self, reason: Exception) -> None:
        if self._socket is None:
            return
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()
        self._socket = None
        self._protocol.close()
        self.events.clear()
        for future in self._pending.values():
            if not future.done():
                future.set_exception(reason)
        for arrived in self._arrived.values():
            arrived.set()
        self._arrived.clear()
