"""
A door between two programs: everything passes until it is told to cut, stall, reset, limit, or lose replies.

In front it is a unix socket or a loopback port; behind it are one or more addresses, taken in turn by connection.
"""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from urllib.parse import urlsplit

HOST = "127.0.0.1"
_CHUNK = 65536
_LIMITED = (
    b"HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
    b"X-RateLimit-Reset: 1\r\nRetry-After: 1\r\nConnection: close\r\n\r\n{}"
)


class Trouble(Enum):
    """What happens to a request that a rule meets."""

    CUT = "the connection is closed and the request goes nowhere"
    RESET = "the connection is reset and the request goes nowhere"
    STALL = "the request is held until the trouble is lifted"
    LOSE_REPLY = "the request arrives and its reply does not"
    LIMIT = "an HTTP request is refused with 429"


@dataclass(slots=True)
class Rule:
    """
    One trouble, for requests with `needle` in them, `times` times (None: until it is lifted).

    What is stalled arrives in the end even if whoever sent it is gone by then, unless it is not to be `late`.
    """

    trouble: Trouble
    needle: bytes = b""
    times: int | None = None
    late: bool = True
    met: int = 0

    def meets(self, request: bytes) -> bool:
        """Tell whether this rule is for the request, and count it."""
        if self.needle not in request or (self.times is not None and self.met >= self.times):
            return False
        self.met += 1
        return True


class Door:
    """One way from here to there, and the rules that hold on it."""

    def __init__(self, *behind: str) -> None:
        """Take the addresses behind: `unix://path` or `http://host:port` or `host:port`."""
        self.behind = list(behind)
        self.rules: list[Rule] = []
        self.url = ""
        self._turn = 0
        self._lifted = asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()
        self._carrying: set[asyncio.Task[None]] = set()

    def trouble(self, trouble: Trouble, needle: bytes = b"", times: int | None = None, *, late: bool = True) -> Rule:
        """Begin a trouble and return its rule, which counts the requests it met."""
        rule = Rule(trouble, needle, times, late)
        self.rules.append(rule)
        return rule

    def cut(self) -> Rule:
        """Cut everything that passes now, and whatever comes until it is lifted."""
        rule = self.trouble(Trouble.CUT)
        for writer in tuple(self._open):
            writer.transport.abort()
        return rule

    def lift(self) -> None:
        """End all troubles; what was stalled goes on."""
        self.rules.clear()
        self._lifted.set()
        self._lifted = asyncio.Event()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until either side ends it."""
        task = asyncio.current_task()
        assert task is not None
        self._carrying.add(task)
        try:
            await self._carry(reader, writer)
        except (OSError, asyncio.CancelledError):  # cancelled: the test ends, and asyncio would log it as a fault
            pass
        finally:
            writer.transport.abort()
            self._carrying.discard(task)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await self._beyond()
        ends = {writer, far_writer}
        self._open |= ends
        lost = asyncio.Event()
        replies = asyncio.create_task(self._carry_back(far_reader, writer, lost))
        try:
            await self._carry_on(reader, writer, far_writer, lost)
        finally:
            far_writer.close()
            self._open -= ends
            replies.cancel()
            await asyncio.gather(replies, return_exceptions=True)

    async def end(self) -> None:
        """Break every connection, and return once nothing of them is left."""
        self.cut()
        left = tuple(self._carrying)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _beyond(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to the next address that answers, as a balancer does."""
        failed: OSError = ConnectionRefusedError("nothing is behind this door")
        for _ in range(len(self.behind)):
            self._turn += 1
            try:
                return await _connect(self.behind[self._turn % len(self.behind)])
            except OSError as error:
                failed = error
        raise failed

    async def _carry_on(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        far: asyncio.StreamWriter,
        lost: asyncio.Event,
    ) -> None:
        while request := await reader.read(_CHUNK):
            rule = next((rule for rule in self.rules if rule.meets(request)), None)
            trouble = rule.trouble if rule else None
            if trouble in (Trouble.CUT, Trouble.RESET):
                _break(writer, reset=trouble is Trouble.RESET)
                return
            if trouble is Trouble.LIMIT:
                writer.write(_LIMITED)
                await writer.drain()
                return
            if trouble is Trouble.STALL:
                await self._lifted.wait()
                if rule is not None and not rule.late and reader.at_eof():
                    return
            if trouble is Trouble.LOSE_REPLY:
                lost.set()
            far.write(request)
            await far.drain()

    async def _carry_back(self, far: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: asyncio.Event) -> None:
        with suppress(OSError):
            while reply := await far.read(_CHUNK):
                if lost.is_set():
                    break
                writer.write(reply)
                await writer.drain()
        writer.transport.abort()


def _break(writer: asyncio.StreamWriter, *, reset: bool) -> None:
    known: socket.socket | None = writer.get_extra_info("socket")
    if reset and known is not None:
        known.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _connect(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if address.startswith("unix://"):
        return await asyncio.open_unix_connection(address.removeprefix("unix://"))
    parts = urlsplit(address if "//" in address else f"//{address}")
    return await asyncio.open_connection(parts.hostname, parts.port)


@asynccontextmanager
async def unix_door(behind: str, front: Path) -> AsyncIterator[Door]:
    """Give a door on a unix socket."""
    door = Door(behind)
    door.url = f"unix://{front}"
    async with _closing(await asyncio.start_unix_server(door.carry, front), door):
        yield door


@asynccontextmanager
async def http_door(*behind: str) -> AsyncIterator[Door]:
    """Give a door on a loopback port."""
    door = Door(*behind)
    server = await asyncio.start_server(door.carry, HOST, 0)
    door.url = f"http://{HOST}:{server.sockets[0].getsockname()[1]}"
    async with _closing(server, door):
        yield door


@asynccontextmanager
async def _closing(server: asyncio.Server, door: Door) -> AsyncIterator[None]:
    try:
        yield
    finally:
        server.close()
        await door.end()
        await server.wait_closed()
