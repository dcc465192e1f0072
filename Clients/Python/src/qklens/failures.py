"""What can go wrong, whatever the method; the errors that the daemon names are in `qklens.errors`, one class for each kind."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from typing import Any

START = "start it with 'systemctl --user start qklensd.socket' or 'qklensd &'"


class QKLensError(Exception):
    """Everything that this package raises by itself; it survives being pickled, as from a process of a pool."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self.args, self.__dict__)


def _restored(kind: type[QKLensError], args: tuple[Any, ...], facts: Mapping[str, Any]) -> QKLensError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(facts)
    return error


class NotReachable(QKLensError, ConnectionError):
    """Nobody could be reached at the socket; the message says how to start the daemon."""

    def __init__(self, path: str, code: int) -> None:
        self.path, self.code = path, code
        super().__init__(self._advice(path, code))

    @staticmethod
    def _advice(path: str, code: int) -> str:
        if code == errno.ENOENT:
            return f"qklensd is not running: there is no socket at {path}; {START}"
        if code == errno.ECONNREFUSED:
            return f"qklensd is not running: nobody listens at {path}; {START}"
        if code in (errno.EACCES, errno.EPERM):
            return f"this user may not connect to {path}; its owner or group may"
        if code in (errno.ENOTDIR, errno.ENOTSOCK):
            return f"{path} is not a socket; is QKLENS_SOCKET right?"
        if code == errno.ENAMETOOLONG:
            return f"the socket's name is too long: {path}"
        return f"qklensd cannot be reached at {path} ({errno.errorcode.get(code, code)}); {START}"


class ConnectionLost(QKLensError, ConnectionError):
    """The daemon went away in the middle of a call.

    A call that only reads is sent again by itself to a daemon that is there again in time. For any other one it is not known whether it
    was carried out: ask (`jobs.list`, `maps.list`) before asking again.
    """

    def __init__(self, method: str, is_repeatable: bool, cause: NotReachable | None = None) -> None:
        self.method, self.is_repeatable = method, is_repeatable
        message = f"qklensd closed the connection during '{method}'"
        if cause is not None:
            message += f", and did not come back: {cause}"
        elif is_repeatable:
            message += " twice; its journal says why: journalctl --user -u qklensd"
        else:
            message += "; whether it was carried out is not known, and so it was not sent again"
        super().__init__(message)


class TimedOut(QKLensError, TimeoutError):
    """No reply came within the client's own timeout; the daemon has been told to give the call up."""

    def __init__(self, method: str, seconds: float) -> None:
        self.method, self.seconds = method, seconds
        super().__init__(f"'{method}' was not answered within {seconds:g} s")


class UnexpectedReply(QKLensError):
    """What came back is not what this client knows; another program or another version answers."""


class JobEnded(QKLensError):
    """The job that was waited for ended without a result: it has failed, or somebody has cancelled it."""

    def __init__(self, job: str, state: str, reason: str | None) -> None:
        self.job, self.state, self.reason = job, state, reason
        super().__init__(f"{job} was cancelled" if state == "cancelled" else f"{job} has failed: {reason}")


class Detached(KeyboardInterrupt):
    """Ctrl-C while a job was followed: the job goes on. A KeyboardInterrupt, so that it ends a cell as one does."""

    def __init__(self, job: str) -> None:
        self.job = job
        super().__init__(f"detached from {job}, which goes on; jobs.follow({job!r}) attaches again, jobs.cancel({job!r}) ends it")


class ServiceError(QKLensError):
    """The daemon answered with an error.

    `kind` is the stable name to match, as is the class; `facts` holds the values that the message names.
    """

    kind: str = ""
    code: int = 0

    def __init__(self, message: str, code: int | None = None, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        facts = dict(data or {})
        self.kind = str(facts.pop("kind", type(self).kind))
        self.code = type(self).code if code is None else code
        request = facts.pop("request", None)
        self.request: str | None = None if request is None else str(request)
        """The request's number in the daemon's log, as in c12.7."""
        self.facts: Mapping[str, Any] = facts


def service_error(error: object) -> ServiceError:
    """The error object of a reply as an exception, of its kind's own class where this version knows the kind."""
    if not isinstance(error, dict) or not isinstance(error.get("code"), int):
        return ServiceError(f"an error without a code: {error!r}")
    from .errors import BY_KIND  # Loaded when the first error is there.

    data = error.get("data")
    data = data if isinstance(data, dict) else {}
    return BY_KIND.get(data.get("kind", ""), ServiceError)(str(error.get("message", "")), error["code"], data)
