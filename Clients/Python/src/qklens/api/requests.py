"""`requests.*`: what the daemon's methods take and return.

Written by generate.py from the daemon's OpenRPC document; do not edit."""

from __future__ import annotations

from dataclasses import dataclass

from ..call import Call
from ..namespace import AsyncNamespace, Namespace
from ..record import Record


@dataclass(slots=True, kw_only=True, repr=False)
class RequestsCancel(Record):
    """What `requests.cancel` returns."""

    cancelled: bool
    """Whether such a request was running."""


def cancel(id: str | float, *, deadline_ms: int | None = None) -> Call[RequestsCancel]:
    """Gives up a request that runs on this connection."""
    return Call("requests.cancel", {"id": id, "deadline_ms": deadline_ms}, RequestsCancel)


class Requests(Namespace):
    """`requests.*`, blocking."""

    def cancel(self, id: str | float, *, deadline_ms: int | None = None) -> RequestsCancel:
        """Gives up a request that runs on this connection.

        The request is answered with cancelled at once. What it had begun ends at the next place where that is safe: it
        counts as running until then, and a change that was being made may still be made. Requests end with their
        connection without being asked to. One that has not been read yet, because as many as are allowed are running,
        cannot be named.

        Args:
            id: The id of the request, as it was sent.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)
        """
        return self._client.call(cancel(id, deadline_ms=deadline_ms))


class AsyncRequests(AsyncNamespace):
    """`requests.*` for asyncio; see `Requests`."""

    async def cancel(self, id: str | float, *, deadline_ms: int | None = None) -> RequestsCancel:
        """Gives up a request that runs on this connection."""
        return await self._client.call(cancel(id, deadline_ms=deadline_ms))
