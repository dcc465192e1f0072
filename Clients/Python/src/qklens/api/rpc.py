"""`rpc.*`: what the daemon's methods take and return.

Written by generate.py from the daemon's OpenRPC document; do not edit."""

from __future__ import annotations

from typing import Any, Dict

from ..call import AnyObject, Call
from ..namespace import AsyncNamespace, Namespace


def discover(*, deadline_ms: int | None = None) -> Call[Dict[str, Any]]:
    """Describes every method: parameters, result, errors, an example."""
    return Call("rpc.discover", {"deadline_ms": deadline_ms}, AnyObject, is_repeatable=True)


class Rpc(Namespace):
    """`rpc.*`, blocking."""

    def discover(self, *, deadline_ms: int | None = None) -> Dict[str, Any]:
        """Describes every method: parameters, result, errors, an example.

        An OpenRPC document, generated from the very schemas against which calls are checked.

        Args:
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)
        """
        return self._client.call(discover(deadline_ms=deadline_ms))


class AsyncRpc(AsyncNamespace):
    """`rpc.*` for asyncio; see `Rpc`."""

    async def discover(self, *, deadline_ms: int | None = None) -> Dict[str, Any]:
        """Describes every method: parameters, result, errors, an example."""
        return await self._client.call(discover(deadline_ms=deadline_ms))
