"""
The folder of the embedded server: ours alone, with its locks and its socket.

Nothing in here is trusted because of its name: a folder counts only if it is a real one, belongs to this user
and admits nobody else, and the other end of a socket only if it runs as this user.
"""

import contextlib
import os
import socket
import stat
import struct
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bot.errors import Misconfigured

SET_REDIS_URL = "Set REDIS_URL to a Redis 7.0 or Valkey 7.2 server, or newer."
PAUSE = 0.01
# sockaddr_un.sun_path less its closing zero byte: unix(7) on Linux, sys/un.h on macOS.
_SOCKET_PATH_BYTES = 103 if sys.platform == "darwin" else 107


class EmbeddedError(Misconfigured):
    """The embedded server can not be used here."""


def own_folder(directory: Path) -> None:
    """Create `directory` for ourselves alone, or refuse one that others could reach into."""
    with contextlib.suppress(FileExistsError):
        directory.parent.mkdir(parents=True, exist_ok=True)
        directory.mkdir(mode=0o700)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise EmbeddedError(f"{directory} is not a folder but a link or a file.", "Give the data a folder of its own.")
    if found.st_uid != os.geteuid():
        raise EmbeddedError(
            f"{directory} belongs to another user (uid {found.st_uid}).", "Choose a folder of your own."
        )
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise EmbeddedError(f"Others may enter {directory}.", f"Run: chmod 700 {directory}")


def place_for_socket(directory: Path, recorded: str) -> Path:
    """Return where the socket goes: the folder, or a short one where the path is longer than allowed."""
    near = directory / "redis.sock"
    if len(os.fsencode(near)) <= _SOCKET_PATH_BYTES:
        return near
    earlier = Path(recorded)
    if recorded and earlier.parent != directory:
        with contextlib.suppress(EmbeddedError, OSError):
            own_folder(earlier.parent)
            return earlier
    for base in (tempfile.gettempdir(), "/tmp"):  # noqa: S108 - mkdtemp makes the folder ours, 0700, unguessable
        if len(os.fsencode(base)) + len("/countersign-xxxxxxxx/redis.sock") <= _SOCKET_PATH_BYTES:
            return Path(tempfile.mkdtemp(prefix="countersign-", dir=base)) / "redis.sock"
    raise EmbeddedError("No path short enough for a socket was found.", SET_REDIS_URL)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def locked(descriptor: int) -> bool:
    """Try to take the exclusive lock of `descriptor`'s file, without waiting."""
    import fcntl  # here, so that Windows can import this module and be told about REDIS_URL

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def turn_at_the_door(directory: Path, deadline: float) -> Iterator[None]:
    """Pass one at a time: start, adopt and stop exclude each other."""
    with opened(directory / "door") as door:
        while not locked(door):
            if time.monotonic() >= deadline:
                raise EmbeddedError(f"Another process is still starting or stopping the server in {directory}.")
            time.sleep(PAUSE)
        yield


def peer_uid(connection: socket.socket) -> int:
    """Return the user that runs the other end: unix(7) on Linux, unix(4) on macOS."""
    if sys.platform == "linux":
        form = "3i"  # struct ucred: pid, uid, gid
        raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize(form))
        return int(struct.unpack(form, raw)[1])
    local, peer_credentials, form = 0, 1, "2Ih16I"  # SOL_LOCAL, LOCAL_PEERCRED, struct xucred
    raw = connection.getsockopt(local, peer_credentials, struct.calcsize(form))
    return int(struct.unpack_from("2I", raw)[1])
