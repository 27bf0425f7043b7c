"""
Slack and Datadog for the measurements, in a process of their own: `python -m tests.bench.world <ports> <flags>`.

Every request is noted with when it came, when its answer was ready, and on which connection; that is what tells the
bot's own time from theirs. A third port is for the bench: it asks for the notes, and sets how long Datadog takes.
The clock is the machine's monotonic one, which all processes share.
"""

import asyncio
import json
import signal
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field, replace
from urllib.parse import parse_qs

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.sandbox.datadog.app import build_datadog
from bot.sandbox.datadog.organisation import Organisation
from bot.sandbox.datadog.seed import seeded_id
from bot.sandbox.slack.ratelimit import RateLimiter
from bot.sandbox.slack.seed import DEPLOYS_ID, REQUESTER_ID, new_workspace
from bot.sandbox.slack.server import build_slack
from bot.sandbox.slack.workspace import Workspace
from bot.sandbox.town import API_KEY, APP_KEY, BOT_TOKEN, SIGNING_SECRET
from tests.bench.processes import HOST

LIKE = "payments-kill-switch"
KEY = "bench-{:04d}"  # not a part of any other key, as Datadog's search finds parts too
PERSON = "U08BENCH{:04d}"


@dataclass(frozen=True, slots=True)
class Note:
    """One request to Slack or Datadog: when it came and was answered (seconds), and on which connection."""

    to: str
    method: str
    path: str
    began: float
    ended: float
    peer: int
    text: str = ""


@dataclass(slots=True)
class Tape:
    """Everything asked so far, and how many seconds Datadog takes beyond its own work."""

    notes: list[Note] = field(default_factory=list)
    delay: float = 0.0

    def noting(self, name: str) -> Middleware:
        """Return the middleware that notes every request to `name`."""

        @web.middleware
        async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
            began = time.monotonic()
            text = _text(await request.read()) if name == "slack" and request.can_read_body else ""
            try:
                if name == "datadog" and self.delay:
                    await asyncio.sleep(self.delay)
                return await handler(request)
            finally:
                where = request.transport.get_extra_info("peername") if request.transport else None
                peer = where[1] if where else 0
                self.notes.append(Note(name, request.method, request.path, began, time.monotonic(), peer, text))

        return note


def _text(raw: bytes) -> str:
    if raw.startswith(b"{"):
        return str(json.loads(raw).get("text", ""))[:120]
    return parse_qs(raw.decode()).get("text", [""])[0][:120]


def _control(tape: Tape) -> web.Application:
    async def take(_: web.Request) -> web.Response:
        notes, tape.notes = tape.notes, []
        return web.json_response([asdict(note) for note in notes])

    async def delay(request: web.Request) -> web.Response:
        tape.delay = float(await request.text())
        return web.json_response({})

    app = web.Application()
    app.router.add_get("/notes", take)
    app.router.add_post("/delay", delay)
    return app


def peopled(flags: int) -> tuple[Workspace, Organisation]:
    """Return a workspace with a requester for every ten of the `flags` that the organisation has besides its own."""
    workspace, organisation = new_workspace(), Organisation()
    like = next(flag for flag in organisation.world.flags if flag.key == LIKE)
    for number in range(flags):
        key = KEY.format(number)
        organisation.world.flags.append(
            like.model_copy(deep=True, update={"id": seeded_id("flag", key), "key": key, "name": key})
        )
    someone = workspace.people[REQUESTER_ID]
    for number in range(flags // 10 + 1):
        id_ = PERSON.format(number)
        workspace.people[id_] = replace(someone, id=id_, name=id_.lower(), email=f"{id_.lower()}@sandbox.example")
        workspace.channels[DEPLOYS_ID].members.append(id_)
    return workspace, organisation


async def main(ports: list[int], flags: int) -> None:
    """Serve Slack, Datadog and the control until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    workspace, organisation = peopled(flags)
    tape = Tape()
    datadog = build_datadog(organisation, api_key=API_KEY, app_key=APP_KEY)
    limiter = RateLimiter(limits={})
    slack = build_slack(workspace, signing_secret=SIGNING_SECRET, bot_token=BOT_TOKEN, limiter=limiter)
    slack.middlewares.insert(0, tape.noting("slack"))
    datadog.middlewares.insert(0, tape.noting("datadog"))
    async with AsyncExitStack() as closing:
        for app, port in zip((slack, datadog, _control(tape)), ports, strict=True):
            # connections are kept for longer than any idle time that is measured, as Slack and Datadog keep theirs
            runner = web.AppRunner(app, access_log=None, keepalive_timeout=120, shutdown_timeout=1)
            await runner.setup()
            closing.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, HOST, port).start()
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main([int(word) for word in sys.argv[1].split(",")], int(sys.argv[2])))
