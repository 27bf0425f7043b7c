"""Puts the workspace behind HTTP: Slack's side, the people's, the page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.sandbox.slack.datadog import DatadogWindow
from bot.sandbox.slack.deliveries import Deliverer, DeliverySettings
from bot.sandbox.slack.file import WorkspaceFile
from bot.sandbox.slack.guard import only_local
from bot.sandbox.slack.payloads import Payloads
from bot.sandbox.slack.people import People
from bot.sandbox.slack.ratelimit import RateLimiter
from bot.sandbox.slack.request_url import RequestUrl
from bot.sandbox.slack.responses import Responses
from bot.sandbox.slack.sockets import Sockets
from bot.sandbox.slack.stream import Streams
from bot.sandbox.slack.switches import Switches
from bot.sandbox.slack.tickets import Tickets
from bot.sandbox.slack.webapi.dispatch import DEFAULT_SCOPES, WebApi
from bot.sandbox.slack.webapi.faults import Faults
from bot.sandbox.slack.workspace import Workspace

MAX_BODY_BYTES = 4 * 1024 * 1024


@dataclass(slots=True)
class SlackSandbox:
    """
    The parts of a running sandbox, under `SANDBOX` in the application.

    `settings.request_url`, `datadog.url` and `payloads.base_url` may be set once ports are known;
    where `base_url` is empty, the address of the first request is used.
    """

    workspace: Workspace
    settings: DeliverySettings
    deliverer: Deliverer
    sockets: Sockets
    payloads: Payloads
    api: WebApi
    people: People
    datadog: DatadogWindow


SANDBOX = web.AppKey("slack_sandbox", SlackSandbox)


def build_slack(
    workspace: Workspace,
    *,
    signing_secret: str,
    bot_token: str,
    request_url: str = "",
    static: Path | None = None,
    datadog_url: str | None = None,
    scopes: frozenset[str] = DEFAULT_SCOPES,
    limiter: RateLimiter | None = None,
    keep_in: Path | None = None,
    retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0),
    app_token: str = "",
    socket_mode: bool = False,
) -> web.Application:
    """
    Return the application that serves a workspace.

    Slack's API is below `/api/`, the people API below `/sandbox/`, the page (a folder with an index.html) at `/`.
    `keep_in` is a JSON file the workspace is read from and kept in. Raises ValueError where that file is damaged.
    `app_token` opens web sockets below `/link/`; with `socket_mode` everything is delivered over these.
    """
    settings = DeliverySettings(request_url, signing_secret, retry_delays=retry_delays, socket_mode=socket_mode)
    tickets = Tickets(workspace.now)
    http = RequestUrl(settings, workspace.now)
    sockets = Sockets(workspace.app.api_app_id, settings, tickets, workspace.changed)
    deliverer = Deliverer(settings, http, sockets, workspace.now)
    payloads = Payloads(workspace)
    faults = Faults()
    api = WebApi(workspace, bot_token, app_token, tickets, scopes, limiter or RateLimiter(), faults)
    people = People(workspace, deliverer, payloads, Switches(settings, faults, sockets))
    window = DatadogWindow(datadog_url)
    sandbox = SlackSandbox(workspace, settings, deliverer, sockets, payloads, api, people, window)
    app = web.Application(middlewares=[only_local, _learn_address(payloads)], client_max_size=MAX_BODY_BYTES)
    app[SANDBOX] = sandbox
    _add_routes(app, sandbox, static)
    if keep_in is not None:
        app.cleanup_ctx.append(_kept(WorkspaceFile(workspace, keep_in)))
    app.cleanup_ctx.append(_delivering(deliverer, http))
    return app


def _add_routes(app: web.Application, sandbox: SlackSandbox, static: Path | None) -> None:
    app.router.add_route("*", "/api/{method}", sandbox.api.handle)
    app.router.add_get("/link/", sandbox.sockets.handle)
    app.router.add_post("/response/{token}", Responses(sandbox.workspace).handle)
    streams = Streams(sandbox.workspace)
    app.router.add_get("/sandbox/stream", streams.handle)
    app.on_shutdown.append(streams.close)
    app.on_shutdown.append(sandbox.sockets.close)
    app.on_shutdown.append(sandbox.api.stop)
    sandbox.people.add_routes(app)
    sandbox.datadog.add_routes(app)
    if static is not None:
        _serve_page(app, static)


def _serve_page(app: web.Application, static: Path) -> None:
    async def index(request: web.Request) -> web.StreamResponse:
        del request
        return web.FileResponse(static / "index.html", headers={"Cache-Control": "no-cache"})

    async def message(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(f"/#{request.match_info['channel']}/{request.match_info['ts']}")

    app.router.add_get("/", index)
    app.router.add_get("/archives/{channel}/{ts}", message)
    app.router.add_static("/", static)


def _learn_address(payloads: Payloads) -> Middleware:
    @web.middleware
    async def learn(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not payloads.base_url:
            payloads.base_url = f"http://{request.host}"
        return await handler(request)

    return learn


def _kept(file: WorkspaceFile) -> Callable[[web.Application], AsyncIterator[None]]:
    file.load()

    async def keep(app: web.Application) -> AsyncIterator[None]:
        del app
        file.start()
        yield
        await file.close()

    return keep


def _delivering(deliverer: Deliverer, http: RequestUrl) -> Callable[[web.Application], AsyncIterator[None]]:
    async def deliver(app: web.Application) -> AsyncIterator[None]:
        del app
        await http.start()
        yield
        await deliverer.close()
        await http.close()

    return deliver
