"""
The load: keep-alive connections on raw sockets, requests that were signed beforehand.

A client of a framework would cost more than the servers it measures.
"""

import re
import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.bench.figures import percentile
from tests.bench.processes import HOST, NotUp

_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
_STUCK_S = 40.0


@dataclass(slots=True)
class Load:
    """What became of some requests: their latencies in ms, how long all took, and how many were not 200."""

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0
    refused: int = 0

    def ms(self, share: float) -> float:
        """Return a percentile of the latencies."""
        return percentile(self.latencies, share)

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0


class _Line:
    """One connection with at most one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((HOST, port), timeout=_STUCK_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began = 0.0
        self._got = b""

    def send(self, request: bytes, began: float) -> None:
        self.began = began
        self._got = b""
        self.socket.sendall(request)

    def read(self) -> int:
        """Take what has come; return the status of a whole answer, or 0 while it is not whole."""
        part = self.socket.recv(65536)
        if not part:
            raise NotUp("the server closed the connection")
        self._got += part
        head, end, body = self._got.partition(b"\r\n\r\n")
        if not end:
            return 0
        length = _LENGTH.search(head)
        return int(head[9:12]) if len(body) >= (int(length[1]) if length else 0) else 0


def closed_loop(ports: Sequence[int], requests: Sequence[bytes], connections: int, seconds: float) -> Load:
    """
    Keep `connections` busy, one request each, until all are answered or `seconds` have passed.

    The connections are spread evenly over `ports`.
    """
    load = Load()
    waiting = iter(requests)
    with selectors.DefaultSelector() as ready:
        lines = [_Line(ports[n % len(ports)]) for n in range(connections)]
        began = time.perf_counter()
        busy = 0
        for line in lines:
            ready.register(line.socket, selectors.EVENT_READ, line)
            busy += _next(line, waiting)
        while busy:
            busy -= _collect(ready, load, waiting, began + seconds)
        load.seconds = time.perf_counter() - began
        for line in lines:
            line.socket.close()
    return load


def _next(line: _Line, waiting: Iterator[bytes]) -> bool:
    request = next(waiting, None)
    if request is None:
        return False
    line.send(request, time.perf_counter())
    return True


def _collect(ready: selectors.BaseSelector, load: Load, waiting: Iterator[bytes], ends: float) -> int:
    """Take what answers have come and send on; return how many connections have become idle."""
    events = ready.select(_STUCK_S)
    if not events:
        raise NotUp("no answer came")
    idle = 0
    for key, _ in events:
        line: _Line = key.data
        status = line.read()
        if not status:
            continue
        now = time.perf_counter()
        load.latencies.append((now - line.began) * 1000)
        load.refused += status != 200
        idle += now >= ends or not _next(line, waiting)
    return idle


def open_loop(port: int, requests: Sequence[bytes], per_second: float) -> Load:
    """Send at a fixed pace whatever the answers do; latencies count from when each was due."""
    load = Load()
    began = time.perf_counter()
    idle: list[_Line] = []
    lines: list[_Line] = []
    sent = 0
    with selectors.DefaultSelector() as ready:
        while len(load.latencies) < len(requests):
            due = began + sent / per_second
            if sent < len(requests) and time.perf_counter() >= due:
                if not idle:
                    lines.append(_Line(port))
                    ready.register(lines[-1].socket, selectors.EVENT_READ, lines[-1])
                    idle.append(lines[-1])
                idle.pop().send(requests[sent], due)
                sent += 1
                continue
            left = due - time.perf_counter() if sent < len(requests) else _STUCK_S
            _take(ready, max(0.0, left), load, idle, last=sent == len(requests))
    load.seconds = time.perf_counter() - began
    for line in lines:
        line.socket.close()
    return load


def _take(ready: selectors.BaseSelector, seconds: float, load: Load, idle: list[_Line], *, last: bool) -> None:
    events = ready.select(seconds)
    if last and not events:
        raise NotUp("no answer came")
    for key, _ in events:
        line: _Line = key.data
        status = line.read()
        if status:
            load.latencies.append((time.perf_counter() - line.began) * 1000)
            load.refused += status != 200
            idle.append(line)
