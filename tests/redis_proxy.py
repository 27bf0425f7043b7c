"""A proxy between client and server that can lose replies, swallow everything, or cut connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum
from pathlib import Path


class Fault(Enum):
    """What the proxy does to what passes through it."""

    NONE = "none"
    LOSE_REPLY = "lose the reply: requests arrive, then the connection breaks"
    BLACK_HOLE = "swallow requests and say nothing"
    CUT = "close every connection at its first request"


class Proxy:
    """A unix socket that leads to another one."""

    def __init__(self, behind: str) -> None:
        self.fault = Fault.NONE
        self._behind = behind

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until either side ends it."""
        server_reader, server_writer = await asyncio.open_unix_connection(self._behind)
        replies = asyncio.create_task(self._carry_replies(server_reader, writer))
        with suppress(ConnectionError):
            while (request := await reader.read(65536)) and self.fault is not Fault.CUT:
                if self.fault is not Fault.BLACK_HOLE:
                    server_writer.write(request)
        server_writer.close()
        writer.close()
        await replies

    async def _carry_replies(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while reply := await reader.read(65536):
                if self.fault is Fault.LOSE_REPLY:
                    break
                writer.write(reply)
        writer.close()


@asynccontextmanager
async def proxy(url: str, socket: Path) -> AsyncIterator[tuple[Proxy, str]]:
    """Give a proxy in front of the server at `url`, and its own address."""
    made = Proxy(url.removeprefix("unix://"))
    async with await asyncio.start_unix_server(made.serve, socket):
        yield made, f"unix://{socket}"
