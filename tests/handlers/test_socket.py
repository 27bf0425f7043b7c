"""Socket Mode before a small Slack on loopback: deliveries, answers, renewal, and loss."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.errors import Misconfigured
from handlers.background import Background
from handlers.bolt import build_bolt
from handlers.ingress import Dispatcher
from handlers.payloads import Mention, Slash
from handlers.provenance import Installation
from handlers.routing import Ack, Routes
from handlers.slack_client import SlackClient
from handlers.socket import SocketLost, SocketMode
from tests.handlers.slack_stage import (
    APP_ID,
    MARK,
    OTHER_TEAM,
    TEAM,
    TOKEN,
    Body,
    authorization,
    command,
    event,
    press,
    router,
)

APP_TOKEN = "xapp-1-an-app-token"


class Slack:
    """A Slack of two things: `apps.connections.open`, and the web sockets that this hands out."""

    def __init__(self) -> None:
        self.url = ""
        self.error = ""
        self.opened = 0
        self.refusing = False
        self.connections: asyncio.Queue[web.WebSocketResponse] = asyncio.Queue()
        self.acks: asyncio.Queue[Body] = asyncio.Queue()

    async def open(self, request: web.Request) -> web.Response:
        """Answer `apps.connections.open`."""
        self.opened += 1
        wrong = request.headers.get("Authorization") != f"Bearer {APP_TOKEN}"
        if self.error or wrong:
            return web.json_response({"ok": False, "error": self.error or "invalid_auth"})
        return web.json_response({"ok": True, "url": f"{self.url}/link?ticket={MARK}{self.opened}"})

    async def link(self, request: web.Request) -> web.StreamResponse:
        """Serve one web socket: say hello, then collect what comes."""
        if self.refusing:
            return web.Response(status=503)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1})
        self.connections.put_nowait(socket)
        async for message in socket:
            self.acks.put_nowait(message.json())
        return socket

    async def connection(self) -> web.WebSocketResponse:
        """Wait for the next connection."""
        async with asyncio.timeout(5):
            return await self.connections.get()

    async def ack(self) -> Body:
        """Wait for the next acknowledgement."""
        async with asyncio.timeout(5):
            return await self.acks.get()


class Keeping:
    """A handler that keeps what it was given and answers with a message."""

    def __init__(self, body: Body | None) -> None:
        self.body = body
        self.given: list[Any] = []

    async def __call__(self, payload: Any) -> Ack:
        """Answer."""
        self.given.append(payload)
        return Ack(self.body)


class World:
    """A fake Slack and a bot that is connected to it."""

    def __init__(self, slack: Slack, mode: SocketMode) -> None:
        self.slack, self.mode, self.stop = slack, mode, asyncio.Event()
        self.running = asyncio.create_task(mode.run(self.stop))

    async def end(self) -> None:
        """Stop and wait for the end; raises what the run raised."""
        self.stop.set()
        async with asyncio.timeout(5):
            await self.running


@asynccontextmanager
async def world_of(
    routes: Routes, *, error: str = "", token: str = APP_TOKEN, lost: float = 30.0
) -> AsyncIterator[World]:
    """Run a bot in Socket Mode against a fake Slack."""
    slack = Slack()
    slack.error = error
    app = web.Application()
    app.router.add_route("*", "/api/apps.connections.open", slack.open)
    app.router.add_get("/link", slack.link)
    async with TestServer(app, shutdown_timeout=0.1) as server:
        slack.url = str(server.make_url("")).replace("http", "ws").rstrip("/")
        client = SlackClient(TOKEN, str(server.make_url("/api/")))
        background = Background()
        bolt = build_bolt(router(routes, client, background), authorization(), client.web)
        try:
            mode = SocketMode(
                Dispatcher(bolt),
                token,
                client.web,
                lost_seconds=lost,
                check_seconds=0.01,
                ping_seconds=0.05,
                installation=Installation(APP_ID, TEAM),
            )
            async with _running(World(slack, mode)) as world:
                yield world
        finally:
            await background.drain(1)
            await client.close()


@asynccontextmanager
async def _running(world: World) -> AsyncIterator[World]:
    try:
        yield world
    finally:
        world.running.cancel()
        await asyncio.gather(world.running, return_exceptions=True)


def _envelope(id_: str, kind: str, payload: Any) -> Body:
    return {"envelope_id": id_, "type": kind, "payload": payload, "accepts_response_payload": kind != "events_api"}


async def test_acknowledges_a_command_with_its_answer() -> None:
    """A slash command's handler is asked and its message is the payload of the acknowledgement."""
    said = {"response_type": "ephemeral", "text": "hello"}
    handler = Keeping(said)
    async with world_of(Routes(commands={"/ops": handler})) as world:
        socket = await world.slack.connection()
        await socket.send_json(_envelope("e1", "slash_commands", command("pause x")))
        assert await world.slack.ack() == {"envelope_id": "e1", "payload": said}
        await world.end()
    assert [(type(one), one.text) for one in handler.given] == [(Slash, "pause x")]


async def test_acknowledges_an_event_without_a_payload() -> None:
    """An event is acknowledged by its envelope alone."""
    handler = Keeping(None)
    async with world_of(Routes(events={"app_mention": handler})) as world:
        socket = await world.slack.connection()
        await socket.send_json(_envelope("e2", "events_api", event()))
        assert await world.slack.ack() == {"envelope_id": "e2"}
    assert [type(one) for one in handler.given] == [Mention]


async def test_leaves_what_was_made_for_another_app_or_installation() -> None:
    """What names another app or workspace reaches no handler and is not acknowledged; what names none goes on."""
    handler = Keeping(None)
    async with world_of(Routes(commands={"/ops": handler}, events={"app_mention": handler})) as world:
        socket = await world.slack.connection()
        await socket.send_json(_envelope("e1", "slash_commands", command(api_app_id="A0OTHER")))
        elsewhere = event() | {"authorizations": [{"team_id": OTHER_TEAM}]}
        await socket.send_json(_envelope("e2", "events_api", elsewhere))
        await socket.send_json(_envelope("e3", "slash_commands", command("pause x", api_app_id="")))
        assert await world.slack.ack() == {"envelope_id": "e3"}
        await world.end()
        assert world.slack.acks.empty()
    assert [one.text for one in handler.given] == ["pause x"]


async def test_acknowledges_what_fails_and_what_is_malformed() -> None:
    """A handler that raises is apologised for; a payload that is no object of Slack's ends no connection."""

    async def fail(payload: object) -> Ack:
        raise ValueError(f"{MARK} {payload}")

    async with world_of(Routes(commands={"/ops": fail})) as world:
        socket = await world.slack.connection()
        await socket.send_json(_envelope("e0", "slash_commands", "text"))
        assert await world.slack.ack() == {"envelope_id": "e0"}
        await socket.send_json(_envelope("e1", "events_api", {"type": "event_callback", "event": [1]}))
        assert await world.slack.ack() == {"envelope_id": "e1"}
        await socket.send_json(_envelope("e2", "slash_commands", command()))
        answer = await world.slack.ack()
    assert answer["envelope_id"] == "e2"
    assert "may not have been recorded" in answer["payload"]["text"]


async def test_connects_anew_when_slack_asks_for_it() -> None:
    """When Slack announces the end of a connection another is opened, and deliveries arrive on it."""
    handler = Keeping(None)
    async with world_of(Routes(actions={"change.approve": handler})) as world:
        first = await world.slack.connection()
        await first.send_json({"type": "disconnect", "reason": "refresh_requested"})
        second = await world.slack.connection()
        await second.send_json(_envelope("e3", "interactive", press()))
        assert await world.slack.ack() == {"envelope_id": "e3"}
        assert world.slack.opened == 2
        assert await world.mode.connected()
        await world.end()


async def test_connects_anew_when_the_connection_drops() -> None:
    """A connection that is closed without notice is replaced."""
    async with world_of(Routes()) as world:
        first = await world.slack.connection()
        await first.close()
        await world.slack.connection()
        await world.end()


async def test_ends_when_no_connection_can_be_had() -> None:
    """When the connection stays away for too long the run ends with an error, and no ticket is logged."""
    with structlog.testing.capture_logs() as entries:
        async with world_of(Routes(), lost=0.2) as world:
            socket = await world.slack.connection()
            world.slack.refusing = True
            await socket.close()
            async with asyncio.timeout(5):
                with pytest.raises(SocketLost):
                    await world.running
    assert "socket.lost" in [entry["event"] for entry in entries]
    assert MARK not in str(entries)


async def test_stops_when_told_to(caplog: pytest.LogCaptureFixture) -> None:
    """The stop event closes the connection and ends the run in peace; nothing secret was logged on the way."""
    async with world_of(Routes(commands={"/ops": Keeping(None)})) as world:
        socket = await world.slack.connection()
        await socket.send_json(_envelope("e1", "slash_commands", command()))
        await world.slack.ack()
        await world.end()
        assert not await world.mode.connected()
    assert MARK not in caplog.text
    assert APP_TOKEN not in caplog.text


async def test_says_nothing_secret_while_it_cannot_connect(caplog: pytest.LogCaptureFixture) -> None:
    """The SDK's own complaint about a connection it cannot make has neither the ticket nor the token in it."""
    async with world_of(Routes(), lost=0.3) as world:
        socket = await world.slack.connection()
        world.slack.refusing = True
        await socket.close()
        await asyncio.wait([world.running], timeout=5)
    assert "Failed to connect" in caplog.text
    assert MARK not in caplog.text


@pytest.mark.parametrize("error", ["invalid_auth", "not_allowed_token_type", "missing_scope"])
async def test_refuses_a_token_slack_does_not_accept(error: str) -> None:
    """A token that Slack refuses ends the start with a sentence instead of being tried for ever."""
    async with world_of(Routes(), error=error) as world:
        async with asyncio.timeout(5):
            with pytest.raises(Misconfigured, match=error):
                await world.running
        assert world.slack.opened == 1


async def test_ends_when_slack_gives_no_connection_at_the_start() -> None:
    """A failure of Slack's at the start ends the run, so that whatever supervises it tries again."""
    async with world_of(Routes(), error="internal_error") as world, asyncio.timeout(5):
        with pytest.raises(SocketLost, match="internal_error"):
            await world.running


async def test_needs_an_app_level_token() -> None:
    """A bot token in its place is refused at once."""
    with pytest.raises(Misconfigured, match="xapp"):
        async with world_of(Routes(), token="xoxb-1"):
            pass
