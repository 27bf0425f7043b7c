"""Build the web application that is the sandbox's Datadog."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.sandbox.datadog import control, environment_routes, flag_routes, fleet_routes, other_routes
from bot.sandbox.datadog.gate import Gate
from bot.sandbox.datadog.organisation import Organisation
from bot.sandbox.datadog.requests import ORGANISATION


def build_datadog(organisation: Organisation, *, api_key: str, app_key: str) -> web.Application:
    """
    Return the API and the controls of one organisation.

    Stalled requests are let go when the application shuts down.
    """
    app = web.Application(middlewares=[control.guard(), Gate(api_key=api_key, app_key=app_key).middleware()])
    app[ORGANISATION] = organisation
    # environments come before flags, because a flag's path would take their name for an id
    for module in (environment_routes, flag_routes, other_routes, fleet_routes, control):
        app.router.add_routes(module.routes())
    app.on_shutdown.append(_release(organisation))
    return app


def _release(organisation: Organisation) -> Callable[[web.Application], Awaitable[None]]:
    async def release(_app: web.Application) -> None:
        organisation.faults.clear()

    return release
