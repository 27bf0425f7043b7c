"""Web sockets to a stage in Socket Mode: bare ones, and Slack's own client."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.slack.stage import Stage

APP_TOKEN = "xapp-for-tests"
Body = dict[str, Any]
Answering = Callable[[SocketModeRequest], Body | None]


def turn_on(stage: Stage) -> None:
    """Give the app its token and turn Socket Mode on."""
    stage.sandbox.api.app_token = APP_TOKEN
    stage.sandbox.settings.socket_mode = True


async def address(stage: Stage, token: str = APP_TOKEN) -> str:
    """Ask for the address of a web socket."""
    web = AsyncWebClient(base_url=f"{stage.url}/api/", session=stage.http)
    return str((await web.apps_connections_open(app_token=token))["url"])


class Wire:
    """One bare web socket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def next(self) -> Body:
        """Wait for the next message."""
        async with asyncio.timeout(5):
            found: Body = await self.socket.receive_json()
            return found

    async def ack(self, envelope: Body, payload: Any = None) -> None:
        """Acknowledge an envelope."""
        more = {} if payload is None else {"payload": payload}
        await self.socket.send_json({"envelope_id": envelope["envelope_id"], **more})


@asynccontextmanager
async def wired(stage: Stage) -> AsyncIterator[Wire]:
    """Open a web socket; its first message is still to be read."""
    async with stage.http.ws_connect(await address(stage)) as socket:
        yield Wire(socket)


@asynccontextmanager
async def greeted(stage: Stage) -> AsyncIterator[Wire]:
    """Open a web socket that was greeted already."""
    async with wired(stage) as wire:
        assert (await wire.next())["type"] == "hello"
        yield wire


class Sdk:
    """Slack's own client, and what it was given."""

    def __init__(self, client: SocketModeClient, answer: Answering) -> None:
        self.client = client
        self.given: list[SocketModeRequest] = []
        self.arrived, self.gate = asyncio.Event(), asyncio.Event()
        self.gate.set()
        self._greetings: asyncio.Queue[Body] = asyncio.Queue()
        self._answer = answer
        client.message_listeners.append(self.read)
        client.socket_mode_request_listeners.append(self.take)

    async def read(self, client: AsyncBaseSocketModeClient, message: Body, raw: str | None) -> None:
        """Keep what a new connection is greeted with."""
        del client, raw
        if message["type"] == "hello":
            self._greetings.put_nowait(message)

    async def greeted(self) -> None:
        """Wait until the next connection is greeted."""
        async with asyncio.timeout(5):
            await self._greetings.get()

    async def take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Take one delivery in and ack it once the gate is open."""
        self.given.append(request)
        self.arrived.set()
        await self.gate.wait()
        payload = self._answer(request)
        await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload))


@asynccontextmanager
async def connected(stage: Stage, answer: Answering = lambda _: None) -> AsyncIterator[Sdk]:
    """Connect Slack's own client."""
    web = AsyncWebClient(base_url=f"{stage.url}/api/", session=stage.http)
    quiet = logging.Logger("sdk", logging.CRITICAL)
    client = SocketModeClient(APP_TOKEN, web_client=web, logger=quiet, ping_interval=0.05)
    sdk = Sdk(client, answer)
    try:
        await client.connect()  # type: ignore[no-untyped-call]  # the SDK leaves it unannotated
        await sdk.greeted()
        yield sdk
    finally:
        await client.close()  # type: ignore[no-untyped-call]  # the SDK leaves it unannotated


async def say(stage: Stage, text: str = "/flag x") -> Body:
    """Let the requester type."""
    return await stage.do("say", role="Requester", channel="deploys", text=text)
