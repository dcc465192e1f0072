"""Where the daemon listens."""

from __future__ import annotations

import errno
import os
import socket

from .failures import NotReachable

# sockaddr_un.sun_path without its final NUL: the longest name that connect(2) takes, in bytes.
LONGEST_DIRECT = 107


def default_path() -> str:
    """$QKLENS_SOCKET, else $XDG_RUNTIME_DIR/qklens/rpc.sock, else /tmp/qklens-UID/rpc.sock."""
    if path := os.environ.get("QKLENS_SOCKET"):
        return path
    if folder := os.environ.get("XDG_RUNTIME_DIR"):
        return f"{folder}/qklens/rpc.sock"
    return f"/tmp/qklens-{os.getuid()}/rpc.sock"


def connect(path: str) -> socket.socket:
    """A connected stream socket; a name too long for an address is reached through its folder's descriptor."""
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if len(os.fsencode(path)) <= LONGEST_DIRECT:
            found.connect(path)
        else:
            folder, name = os.path.split(path)
            descriptor = os.open(folder or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                short = f"/proc/self/fd/{descriptor}/{name}"
                if len(os.fsencode(short)) > LONGEST_DIRECT:
                    raise OSError(errno.ENAMETOOLONG, "socket name too long")
                found.connect(short)
            finally:
                os.close(descriptor)
    except OSError as error:
        found.close()
        raise NotReachable(path, error.errno or 0) from None
    return found
