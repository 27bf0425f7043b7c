"""A people API that says what a test wants it to say, and notes what the page asks of it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from aiohttp import web

import bot.sandbox

PAGE = Path(bot.sandbox.__file__).parent / "page"
REQUESTER, APPROVER, STRANGER, APP = "UREQ", "UAPP", "UOUT", "UBOT"
DEPLOYS, RANDOM, DIRECT = "CDEP", "CRND", "DBOT"
START = 1_760_000_000

Json = dict[str, Any]


def message(ts: str, *, text: str = "", blocks: list[Json] | None = None, **more: Any) -> Json:
    """Return a MESSAGE of the people API, by the app unless said otherwise."""
    return {
        "ts": f"{START}.{ts}",
        "channel": DEPLOYS,
        "user": APP,
        "bot_id": "BBOT",
        "text": text,
        "blocks": [{"block_id": f"b{ts}{at}", **block} for at, block in enumerate(blocks or [])],
        "thread_ts": None,
        "ephemeral": False,
        "edited": False,
        "edited_at": None,
        "versions": 1,
        "in_channel_from_command": None,
        "replies": [],
        **more,
    }


def modal(blocks: list[Json], **more: Any) -> Json:
    """Return a VIEW of the people API."""
    return {
        "id": "V1",
        "type": "modal",
        "callback_id": "form",
        "title": plain("Disable a flag"),
        "submit": plain("Ask"),
        "close": plain("Cancel"),
        "blocks": blocks,
        "hash": "1",
        "values": {},
        "errors": {},
        **more,
    }


def plain(text: str) -> Json:
    """Return a plain text object."""
    return {"type": "plain_text", "text": text, "emoji": True}


def mrkdwn(text: str) -> Json:
    """Return a mrkdwn text object."""
    return {"type": "mrkdwn", "text": text}


class PeopleFake:
    """
    The documented JSON over HTTP.

    `acts` are the POST and DELETE requests in their order; `answers` says what a path answers, with its status.
    """

    def __init__(self) -> None:
        self.messages: dict[str, list[Json]] = {DEPLOYS: [], RANDOM: [], DIRECT: []}
        self.modal: Json | None = None
        self.home: Json | None = None
        self.notices: list[Json] = []
        self.settings: Json = {"deliver_twice": False, "ack_seconds": 3.0, "faults": {}}
        self.datadog: Json | None = None
        self.acts: list[tuple[str, Json]] = []
        self.answers: dict[str, tuple[int, Json]] = {}
        self.workspace = _workspace()
        self.url = ""
        self._version = 1
        self._changed = asyncio.Condition()
        self._is_up = True

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["PeopleFake"]:
        """Serve the page and the API on a loopback port."""
        app = web.Application()
        app.router.add_get("/", self._index)
        app.router.add_get("/sandbox/stream", self._stream)
        app.router.add_get("/sandbox/{what}", self._read)
        app.router.add_route("*", "/sandbox/{what:.+}", self._act)
        app.router.add_static("/", PAGE)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        try:
            yield self
        finally:
            self._is_up = False
            await self.change()
            await runner.cleanup()

    async def change(self) -> None:
        """Tell the page that something visible changed."""
        async with self._changed:
            self._version += 1
            self._changed.notify_all()

    async def act(self, what: str, count: int = 1) -> Json:
        """Wait for the page's nth act of a kind and return its body."""
        async with asyncio.timeout(5), self._changed:
            await self._changed.wait_for(lambda: len(self._of(what)) >= count)
        return self._of(what)[count - 1]

    def _of(self, what: str) -> list[Json]:
        return [body for path, body in self.acts if path == what]

    async def _index(self, request: web.Request) -> web.StreamResponse:
        del request
        return web.FileResponse(PAGE / "index.html")

    async def _read(self, request: web.Request) -> web.Response:
        what = request.match_info["what"]
        if what in self.answers:
            status, body = self.answers[what]
            return web.json_response(body, status=status)
        if what == "state":
            return web.json_response(self._state(request.query["as"]))
        if what == "datadog" and self.datadog is None:
            return web.json_response({"ok": False, "error": "no_datadog", "message": "none"}, status=404)
        return web.json_response({"workspace": self.workspace, "datadog": self.datadog}[what])

    async def _act(self, request: web.Request) -> web.Response:
        what = request.match_info["what"]
        name = what if request.method == "POST" else f"{request.method} {what}"
        status, answer = self.answers.get(name, (200, {"ok": True, "outcome": "acked", "version": self._version}))
        async with self._changed:
            self.acts.append((name, await request.json()))
            self._changed.notify_all()
        return web.json_response(answer, status=status)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        with suppress(ConnectionResetError):
            while self._is_up:
                told = self._version
                await response.write(f"id: {told}\ndata: {json.dumps({'version': told})}\n\n".encode())
                async with self._changed:
                    while self._version == told:
                        await self._changed.wait()
        return response

    def _state(self, user: str) -> Json:
        return {
            "version": self._version,
            "now": START,
            "as": user,
            "channels": [self._channel(one) for one in (DEPLOYS, RANDOM, DIRECT)],
            "modal": self.modal,
            "modal_depth": int(self.modal is not None),
            "home": self.home,
            "notices": self.notices,
            "settings": self.settings,
        }

    def _channel(self, channel_id: str) -> Json:
        known = next((one for one in self.workspace["channels"] if one["id"] == channel_id), None)
        about = known or {"id": channel_id, "name": "", "topic": "", "bot_is_member": True, "is_ext_shared": False}
        is_im = known is None
        return {**about, "is_im": is_im, "with": APP if is_im else None, "messages": self.messages[channel_id]}


def _workspace() -> Json:
    return {
        "team": {"id": "T1", "name": "Sandbox", "domain": "sandbox"},
        "app": {"api_app_id": "A1", "bot_user_id": APP, "bot_id": "BBOT", "name": "Countersign"},
        "people": [
            person(REQUESTER, "Requester"),
            person(APPROVER, "Approver"),
            {**person(STRANGER, "Outsider"), "is_stranger": True},
            {**person(APP, "App"), "real_name": "Countersign", "is_bot": True, "can_act": False},
        ],
        "channels": [_room(DEPLOYS, "deploys", bot=True), _room(RANDOM, "random", bot=False)],
        "groups": [{"id": "SAPP", "handle": "sre-approvers", "name": "SRE approvers", "users": [APPROVER]}],
        "commands": [
            {"command": "/flag", "description": "Feature flags", "usage_hint": "disable …"},
            {"command": "/rollout", "description": "Rollouts", "usage_hint": "pause …"},
        ],
        "shortcuts": [],
    }


def person(user: str, role: str) -> Json:
    return {
        "id": user,
        "role": role,
        "name": role.lower(),
        "real_name": role,
        "can_act": True,
        "is_bot": False,
        "is_stranger": False,
        "is_restricted": False,
        "groups": [],
    }


def _room(channel: str, name: str, *, bot: bool) -> Json:
    return {
        "id": channel,
        "name": name,
        "topic": f"About {name}",
        "is_private": False,
        "is_ext_shared": False,
        "bot_is_member": bot,
        "members": [REQUESTER, APPROVER],
    }
