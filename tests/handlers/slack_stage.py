"""Deliveries as Slack makes and signs them, and a bot on a loopback port to send them to."""

import asyncio
import hashlib
import hmac
import io
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.adapters.clock import SystemClock
from bot.adapters.memory.intake import MemoryIntake
from bot.adapters.memory.state import State
from handlers.background import Background
from handlers.bolt import build_bolt
from handlers.ingress import Dispatcher, Ingress
from handlers.intake import Reception
from handlers.replies import Replies
from handlers.routing import Ack, Router, Routes
from handlers.sender import Sender
from handlers.slack_client import SlackClient

SECRET = "a-signing-secret"
NEXT_SECRET = "the-secret-that-replaces-it"
TOKEN = "xoxb-a-bot-token"
APP_ID = "A0APP"
TEAM = "T0HOME"
OTHER_TEAM = "T0AWAY"
BOT_USER = "U0BOT"
PERSON = "U0PERSON"
CHANNEL = "C0CHANNEL"
MARK = "mark-that-must-not-be-logged"
NOW = 1_792_000_000
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

Body = dict[str, Any]  # JSON of Slack's


def sign(raw: bytes, *, at: str = str(NOW), secret: str = SECRET) -> dict[str, str]:
    """Return the headers of a delivery signed as Slack's documentation says."""
    mac = hmac.new(secret.encode(), b"v0:" + at.encode() + b":" + raw, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={mac}"}


def command(text: str = MARK, **more: str) -> Body:
    """Return the fields of a slash command."""
    return {
        "token": "t",
        "team_id": TEAM,
        "channel_id": CHANNEL,
        "channel_name": "deploys",
        "user_id": PERSON,
        "command": "/ops",
        "text": text,
        "api_app_id": APP_ID,
        "response_url": f"https://hooks.slack.invalid/{MARK}",
        "trigger_id": f"1.2.{MARK}",
        **more,
    }


def press(action_id: str = "change.approve", **more: object) -> Body:
    """Return `block_actions` for a button in a thread of a channel."""
    action = {
        "action_id": action_id,
        "block_id": "b",
        "type": "button",
        "value": MARK,
        "action_ts": "1792000000.000100",
    }
    return {
        "type": "block_actions",
        "user": {"id": PERSON, "username": "person", "team_id": TEAM},
        "team": {"id": TEAM, "domain": "home"},
        "enterprise": None,
        "api_app_id": APP_ID,
        "container": {"type": "message", "message_ts": "1.1", "channel_id": CHANNEL, "thread_ts": "1.0"},
        "channel": {"id": CHANNEL, "name": "deploys"},
        "message": {"ts": "1.1", "text": MARK},
        "trigger_id": f"1.2.{MARK}",
        "response_url": f"https://hooks.slack.invalid/{MARK}",
        "actions": [action],
        **more,
    }


def submit(callback_id: str = "reject", **more: object) -> Body:
    """Return `view_submission` of a form with one input and one select of several."""
    values = {
        "note": {"value": {"type": "plain_text_input", "value": MARK}},
        "tests": {"pick": {"type": "multi_static_select", "selected_options": [{"value": "a"}, {"value": "b"}]}},
        "empty": {"value": {"type": "plain_text_input", "value": None}},
    }
    view = {
        "id": "V0VIEW",
        "hash": "156.abc",
        "callback_id": callback_id,
        "private_metadata": "cs-abcdef",
        "state": {"values": values},
        "app_installed_team_id": TEAM,
    }
    return {
        "type": "view_submission",
        "user": {"id": PERSON, "team_id": TEAM},
        "team": {"id": TEAM},
        "api_app_id": APP_ID,
        "trigger_id": f"1.2.{MARK}",
        "view": view,
        **more,
    }


def event(kind: str = "app_mention", **more: object) -> Body:
    """Return the envelope of an event."""
    return {
        "type": "event_callback",
        "team_id": TEAM,
        "api_app_id": APP_ID,
        "event_id": "Ev0EVENT",
        "authorizations": [{"team_id": TEAM, "user_id": BOT_USER, "is_bot": True}],
        "event": {"type": kind, "user": PERSON, "channel": CHANNEL, "team": TEAM, "ts": "2.1", "text": MARK, **more},
    }


def as_form(body: Body) -> bytes:
    """Return an interaction as Slack sends it: JSON within a form."""
    return urlencode({"payload": json.dumps(body)}).encode()


def raw_of(body: Body) -> tuple[bytes, str]:
    """Return a body's bytes and content type, by its kind."""
    if body.get("type") == "event_callback":
        return json.dumps(body).encode(), JSON
    return (as_form(body) if "type" in body else urlencode(body).encode()), FORM


@dataclass(slots=True)
class Answer:
    """What came back for a delivery."""

    status: int
    text: str

    @property
    def json(self) -> Body:
        """The answer's JSON object."""
        found: Body = json.loads(self.text)
        return found


@dataclass(slots=True)
class Stage:
    """
    A running front with Bolt behind it; `hook` is a response URL.

    `said` has what was posted there and to the Web API.
    """

    url: str
    hook: str
    http: aiohttp.ClientSession
    app: AsyncApp
    background: Background
    said: asyncio.Queue[Body]
    store: State

    async def send(self, body: Body, *, secret: str = SECRET, at: int = NOW) -> Answer:
        """Deliver a body of any kind, signed."""
        raw, kind = raw_of(body)
        return await self.post(raw, {"Content-Type": kind, **sign(raw, at=str(at), secret=secret)})

    async def post(self, raw: bytes | io.BytesIO, headers: dict[str, str]) -> Answer:
        """Deliver bytes under headers."""
        async with self.http.post(f"{self.url}/slack/events", data=raw, headers=headers) as answer:
            return Answer(answer.status, await answer.text())

    async def next_said(self) -> Body:
        """Wait for what is said next by response URL or Web API."""
        async with asyncio.timeout(5):
            return await self.said.get()


class Clock:
    """A time of day that moves only when told to."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def authorization() -> AuthorizeResult:
    """Return what `auth.test` would have said at start-up."""
    return AuthorizeResult(enterprise_id=None, team_id=TEAM, bot_user_id=BOT_USER, bot_id="B0BOT", bot_token=TOKEN)


def router(routes: Routes, slack: SlackClient, background: Background, store: State | None = None) -> Router:
    """Return a router over a store in memory."""
    replies = Replies(slack.web, slack.session, Sender(slack.web))
    reception = Reception(MemoryIntake(store or State(SystemClock())), 15.0)
    return Router(routes, background, replies, reception, BOT_USER)


@asynccontextmanager
async def staged(routes: Routes, *, clock: Callable[[], float] | None = None) -> AsyncIterator[Stage]:
    """Run the front, Bolt and a Slack that only listens, all on one ephemeral port."""
    said: asyncio.Queue[Body] = asyncio.Queue()

    async def listen(request: web.Request) -> web.Response:
        posted = await request.json()
        said.put_nowait({"path": request.path, **posted})
        return web.json_response({"ok": True})

    slack_site = web.Application()
    slack_site.router.add_post("/{path:.*}", listen)
    async with TestServer(slack_site) as listener:
        slack = SlackClient(TOKEN, str(listener.make_url("/api/")))
        background, store = Background(), State(SystemClock())
        try:
            bolt = build_bolt(router(routes, slack, background, store), authorization(), slack.web)
            front = Ingress(Dispatcher(bolt), (SECRET, NEXT_SECRET), app_id=APP_ID, team=TEAM, now=clock or Clock())
            site = web.Application()
            site.router.add_route("*", "/slack/events", front.handle)
            async with TestServer(site) as server, aiohttp.ClientSession() as http:
                hook = str(listener.make_url("/hook"))
                yield Stage(str(server.make_url("")).rstrip("/"), hook, http, bolt, background, said, store)
        finally:
            await background.drain(5)
            await slack.close()


async def ok(payload: object) -> Ack:
    """Answer with nothing."""
    del payload
    return Ack()
