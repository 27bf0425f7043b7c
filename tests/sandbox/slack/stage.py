"""A sandbox workspace on a loopback port, a bot beside it, and hands to act with."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.ratelimit import RateLimiter
from bot.sandbox.slack.records import Message, Shortcut
from bot.sandbox.slack.seed import new_workspace
from bot.sandbox.slack.server import SANDBOX, SlackSandbox, build_slack
from bot.sandbox.slack.webapi.dispatch import DEFAULT_SCOPES
from bot.sandbox.slack.workspace import Workspace

SIGNING_SECRET = "a-signing-secret-for-tests"
BOT_TOKEN = "xoxb-for-tests"
SHORTCUTS = (Shortcut("look", "Look at this", "message"), Shortcut("start", "Start something", "global"))


@dataclass(slots=True)
class Clock:
    """A wall clock that moves only when told to."""

    time: float = 1_760_000_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.time


@dataclass(slots=True)
class Stage:
    """A running sandbox and what tests reach it with."""

    sandbox: SlackSandbox
    url: str
    client: AsyncWebClient
    http: aiohttp.ClientSession

    @property
    def workspace(self) -> Workspace:
        """The workspace itself."""
        return self.sandbox.workspace

    def id(self, role: str) -> str:
        """The account of the person with this role."""
        return self.workspace.role(role).id

    def channel(self, name: str) -> str:
        """The id of a channel."""
        return self.workspace.channel_named(name).id

    def messages(self, name: str, *, role: str | None = None) -> list[Message]:
        """A channel's messages, with the ephemerals of one person or of all."""
        return self.workspace.messages(self.channel(name), as_user=self.id(role) if role else None)

    async def do(self, act: str, **body: Any) -> dict[str, Any]:
        """Act through the people API and return its answer; `role` stands for `as`."""
        if "role" in body:
            body["as"] = self.id(body.pop("role"))
        async with self.http.post(f"{self.url}/sandbox/{act}", json=body) as answer:
            found: dict[str, Any] = await answer.json()
            return found

    async def look(self, what: str, **query: str) -> dict[str, Any]:
        """Read from the people API."""
        if "role" in query:
            query["as"] = self.id(query.pop("role"))
        async with self.http.get(f"{self.url}/sandbox/{what}", params=query) as answer:
            found: dict[str, Any] = await answer.json()
            return found


@asynccontextmanager
async def staged(
    *,
    clock: Clock | None = None,
    scopes: frozenset[str] = DEFAULT_SCOPES,
    limiter: RateLimiter | None = None,
    keep_in: Path | None = None,
    static: Path | None = None,
    datadog_url: str | None = None,
) -> AsyncIterator[Stage]:
    """Run a sandbox on an ephemeral port."""
    workspace = new_workspace(shortcuts=SHORTCUTS, now=clock or time.time)
    app = build_slack(
        workspace,
        signing_secret=SIGNING_SECRET,
        bot_token=BOT_TOKEN,
        scopes=scopes,
        limiter=limiter or RateLimiter(limits={}),
        keep_in=keep_in,
        static=static,
        datadog_url=datadog_url,
        retry_delays=(0.0, 0.0, 0.0),
    )
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        url = str(server.make_url("")).rstrip("/")
        client = AsyncWebClient(BOT_TOKEN, base_url=f"{url}/api/", session=http)
        yield Stage(app[SANDBOX], url, client, http)


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """Run any aiohttp application on an ephemeral port and give its address."""
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


@asynccontextmanager
async def bolted(stage: Stage, listen: Callable[[AsyncApp], None]) -> AsyncIterator[AsyncApp]:
    """Run a real Bolt app against the stage, with the listeners `listen` adds."""
    app = AsyncApp(signing_secret=SIGNING_SECRET, client=stage.client)
    listen(app)
    async with serving(app.web_app(path="/slack/events")) as url:
        stage.sandbox.settings.request_url = f"{url}/slack/events"
        yield app


@dataclass(frozen=True, slots=True)
class Received:
    """A delivery as it arrived."""

    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form."""
        return {key: values[0] for key, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}


@dataclass(slots=True)
class Receiver:
    """A bot that notes what arrives and answers as `answer` says."""

    answer: Callable[[Received], Awaitable[web.StreamResponse]]
    received: list[Received] = field(default_factory=list)
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Take one delivery in."""
        found = Received({key.lower(): value for key, value in request.headers.items()}, await request.read())
        async with self.arrived:
            self.received.append(found)
            self.arrived.notify_all()
        return await self.answer(found)

    async def count(self, number: int) -> list[Received]:
        """Wait until so many deliveries arrived."""
        async with asyncio.timeout(5), self.arrived:
            await self.arrived.wait_for(lambda: len(self.received) >= number)
        return self.received


@asynccontextmanager
async def receiving(
    stage: Stage, answer: Callable[[Received], Awaitable[web.StreamResponse]] | None = None
) -> AsyncIterator[Receiver]:
    """Let a receiver be the stage's bot."""
    receiver = Receiver(answer or _fine)
    app = web.Application()
    app.router.add_post("/", receiver.handle)
    async with serving(app) as url:
        stage.sandbox.settings.request_url = f"{url}/"
        yield receiver


async def _fine(received: Received) -> web.StreamResponse:
    del received
    return web.Response()


def answering(status: int = 200, body: Any = None) -> Callable[[Received], Awaitable[web.StreamResponse]]:
    """Return an answer that is always the same."""

    async def answer(received: Received) -> web.StreamResponse:
        del received
        return web.Response(status=status) if body is None else web.json_response(body, status=status)

    return answer


def button(action_id: str = "go", **more: Any) -> dict[str, Any]:
    """Return a button."""
    return {"type": "button", "action_id": action_id, "text": {"type": "plain_text", "text": "Go"}, **more}


def actions(*elements: dict[str, Any], block_id: str = "row") -> dict[str, Any]:
    """Return an actions block."""
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def section(text: str = "Words", **more: Any) -> dict[str, Any]:
    """Return a section block."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def text_input(block_id: str = "reason", **element: Any) -> dict[str, Any]:
    """Return an input block with a text field."""
    return {
        "type": "input",
        "block_id": block_id,
        "label": {"type": "plain_text", "text": "Reason"},
        "element": {"type": "plain_text_input", "action_id": "text", **element},
    }


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a modal that can be submitted."""
    return {
        "type": "modal",
        "callback_id": "form",
        "title": {"type": "plain_text", "text": "A form"},
        "submit": {"type": "plain_text", "text": "Send"},
        "blocks": list(blocks) or [text_input()],
        **more,
    }
