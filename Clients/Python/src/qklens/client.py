"""The client for scripts and notebooks: calls block until their result is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Self, TypeVar

from .address import default_path
from .api.namespaces import Namespaces
from .call import AnyObject, Call
from .channel import Channel
from .failures import QKLensError

T = TypeVar("T")


class Client(Namespaces):
    """A connection to the daemon: `with Client() as c: c.attention.explain(text, map="m1", head=2)`.

    Every method of the daemon is here by its name: `pairs.lookup` is `client.pairs.lookup`. One thread at a time is served; give each
    thread a client of its own. The daemon is not started: if it is not there, the error says how to start it.

    Args:
        path: The socket; $QKLENS_SOCKET, $XDG_RUNTIME_DIR/qklens/rpc.sock or /tmp/qklens-UID/rpc.sock unless given.
        timeout: How many seconds to wait for a reply; None for as long as it takes.
        deadline_ms: After how many milliseconds the daemon itself gives a call up (`errors.DeadlineExceeded`).
        reconnect_s: How long to try to reach a daemon that was there and is not any more: while it is restarted, say.

    Raises:
        NotReachable: Nobody listens there.
    """

    def __init__(
        self, path: str | None = None, *, timeout: float | None = None, deadline_ms: int | None = None, reconnect_s: float = 5.0
    ) -> None:
        self.timeout, self.deadline_ms = timeout, deadline_ms
        self._channel = Channel(path or default_path(), reconnect_s)
        self._channel.open()

    @property
    def path(self) -> str:
        """The socket."""
        return self._channel.path

    def within(self, timeout: float | None = None, *, deadline_ms: int | None = None) -> Client:
        """The same connection with other limits: `client.within(2).attention.explain(...)`."""
        other = Client.__new__(Client)
        other.timeout, other.deadline_ms, other._channel = timeout, deadline_ms, self._channel
        return other

    def call(self, call: Call[T]) -> T:
        """Sends a call and waits for its result; `client.pairs.lookup(...)` is `client.call(qklens.api.pairs.lookup(...))`.

        Raises:
            ServiceError: The daemon answered with an error, of one of the classes in `qklens.errors`.
            ConnectionLost: It went away meanwhile.
            TimedOut: No reply came in time; the daemon gives the call up.
        """
        result: T = self._channel.call(self._limited(call), self.timeout)
        return result

    def gather(self, calls: Iterable[Call[T]], *, return_errors: bool = False) -> list[T]:
        """Sends many calls without waiting in between; their results in the order of the calls.

        Args:
            calls: As in `[qklens.api.pairs.lookup("m1", q, k) for q, k in pairs]`.
            return_errors: Whether an error stands in its call's place; otherwise the first one is raised when all are answered.
        """
        outcomes: list[T] = self._channel.gather([self._limited(call) for call in calls], self.timeout)
        if not return_errors:
            for outcome in outcomes:
                if isinstance(outcome, QKLensError):
                    raise outcome
        return outcomes

    def pages(self, call: Call[T]) -> Iterator[T]:
        """A list's pages, one after the other: `for page in client.pages(qklens.api.pairs.top("m1")): page.pairs`."""
        cursor = None
        while True:
            page = self.call(call)
            yield page
            following = getattr(page, "next_cursor", None)
            if following is None or following == cursor:
                return
            cursor = following
            call = Call(call.method, {**call.params, "cursor": cursor}, call.decoder, call.is_repeatable)

    def request(self, method: str, /, **params: Any) -> dict[str, Any]:
        """A call by its name, for methods that are newer than this version; the reply as dictionaries and lists."""
        return self.call(Call(method, params, AnyObject))

    def cancel(self) -> bool:
        """From another thread: gives up the call that is running, which then raises `errors.Cancelled`; whether there is one."""
        return self._channel.interrupt()

    def close(self) -> None:
        """Ends the connection. Jobs go on."""
        with self._channel.lock:
            self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.path!r})"

    def _limited(self, call: Call[T]) -> Call[T]:
        if self.deadline_ms is not None:
            call.params.setdefault("deadline_ms", self.deadline_ms)
        return call
