"""Whether a process is alive, whether it can do its part, and what it has measured; over HTTP."""

import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.adapters.metrics import Metrics
from bot.errors import CountersignError, Misconfigured, NotRecorded
from bot.ports import Pulse, Standing
from handlers.cards.sentences import NO_SOCKET, NO_WORKER, SILENT

SLACK_SECONDS = 60.0
_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Health:
    """
    What keeps a process from doing its part, as sentences.

    `ask_slack` asks Slack whose token this is, once a minute at most; in Socket Mode, where `socket` is set, it is
    the connection that counts.
    """

    def __init__(
        self,
        pulse: Pulse,
        ask_slack: Callable[[], Awaitable[object]],
        metrics: Metrics,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pulse = pulse
        self._ask_slack = ask_slack
        self._metrics = metrics
        self._monotonic = monotonic
        self._asked = monotonic()  # Slack was asked when the process started
        self._said = ""
        self.socket: Callable[[], Awaitable[bool]] | None = None

    async def reasons(self) -> tuple[str, ...]:
        """Return a sentence for each thing that is wrong; none means ready."""
        found = [await self._store(), await self._slack()]
        return tuple(reason for reason in found if reason)

    async def _store(self) -> str:
        try:
            standing = await self._pulse.standing()
        except NotRecorded as away:
            return str(away)
        if standing.alive:
            return ""
        return SILENT if standing.beats else NO_WORKER  # one that ends in good order takes its name off the record

    async def _slack(self) -> str:
        if self.socket is not None:
            return "" if await self.socket() else NO_SOCKET
        if self._monotonic() - self._asked >= SLACK_SECONDS:
            self._asked = self._monotonic()
            try:
                await self._ask_slack()
                self._said = ""
            except (CountersignError, Misconfigured) as wrong:
                self._said = str(wrong)
        return self._said

    def add_to(self, app: web.Application) -> None:
        """Serve `/healthz` and `/readyz`."""
        app.router.add_get("/healthz", self._alive)
        app.router.add_get("/readyz", self._ready)

    def own_app(self) -> web.Application:
        """Return the application for a port of its own: metrics beside health."""
        app = web.Application()
        self.add_to(app)
        app.router.add_get("/metrics", self._page)
        return app

    async def _alive(self, request: web.Request) -> web.Response:
        del request
        return web.json_response({"alive": True})

    async def _ready(self, request: web.Request) -> web.Response:
        del request
        reasons = await self.reasons()
        if reasons:
            return web.json_response({"ready": False, "why": list(reasons)}, status=503)
        return web.json_response({"ready": True})

    async def _page(self, request: web.Request) -> web.Response:
        del request
        standing: Standing | None
        try:
            standing = await self._pulse.standing()
        except NotRecorded:
            standing = None
        return web.Response(body=self._metrics.text(standing), headers={"Content-Type": _METRICS_TYPE})
