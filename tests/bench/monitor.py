"""What Redis is asked, command by command, through its own MONITOR."""

import hashlib
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from urllib.parse import unquote

_LINE = re.compile(r"\+(\d+\.\d+) \[\d+ ([^\]]+)\] (.*)")


def script_name(words: str) -> str:
    """Return which of the bot's scripts a command runs, empty for none."""
    return next((name for sha, name in _shas().items() if sha in words), "")


def _shas() -> dict[str, str]:
    folder = resources.files("bot.adapters.redis")
    scripts = (each for each in folder.iterdir() if each.name.endswith(".lua"))
    return {
        hashlib.sha1(each.read_bytes(), usedforsecurity=False).hexdigest(): each.name.removesuffix(".lua")
        for each in scripts
    }


@dataclass(frozen=True, slots=True)
class Command:
    """One command a client sent: when (seconds since the epoch) and its words, quoted."""

    at: float
    words: str


@dataclass(slots=True)
class Monitor:
    """The commands seen so far, those that scripts ran left out."""

    _lines: list[bytes] = field(default_factory=list)
    _passed: int = 0

    def read(self, line: socket.socket) -> None:
        """Take lines until the connection is closed."""
        with line.makefile("rb") as stream:
            for each in stream:
                self._lines.append(each)

    def since(self, moment: float) -> list[Command]:
        """Return the commands since a moment, in seconds since the epoch."""
        found = []
        for line in self._lines[self._passed :]:
            parts = _LINE.match(line.decode(errors="replace"))
            if parts and float(parts[1]) < moment:
                self._passed += 1
            elif parts and parts[2] != "lua":
                found.append(Command(float(parts[1]), parts[3]))
        return found


@contextmanager
def watched(url: str) -> Iterator[Monitor]:
    """Watch the server at a unix socket's URL."""
    monitor = Monitor()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.connect(unquote(url.removeprefix("unix://")))
        line.sendall(b"MONITOR\r\n")
        reader = threading.Thread(target=monitor.read, args=(line,), daemon=True)
        reader.start()
        yield monitor
        line.shutdown(socket.SHUT_RDWR)
        reader.join(5)
