"""Why did this attention head look there? A client of the QKLens daemon.

    from qklens import Client
    with Client() as c:
        c.attention.explain("When John and Mary went to the store, John gave a drink to", map="m1", head=2)

`Client` blocks, `AsyncClient` is for asyncio; both have every method of the daemon by its name, and `qklens.errors` a class for each kind
of error. `qklens.export` writes what Neuronpedia and SAELens read, `qklens.report` pages for people.
"""

from typing import TYPE_CHECKING, Any

from .client import Client
from .failures import ConnectionLost, Detached, JobEnded, NotReachable, QKLensError, ServiceError, TimedOut, UnexpectedReply

if TYPE_CHECKING:
    from .aio import AsyncClient

__version__ = "0.1.0"
__all__ = [
    "AsyncClient", "Client", "ConnectionLost", "Detached", "JobEnded", "NotReachable", "QKLensError", "ServiceError", "TimedOut",
    "UnexpectedReply",
]


def __getattr__(name: str) -> Any:
    # asyncio alone takes longer to import than all of this package.
    if name == "AsyncClient":
        from .aio import AsyncClient

        return AsyncClient
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
