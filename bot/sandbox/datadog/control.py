"""
The sandbox's own controls, which Datadog does not have.

Look, reset, faults, suggestions, and drift.

They answer on loopback only and to no page of another origin, because whoever reaches them rules the sandbox.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.sandbox.datadog import flag_changes, rollouts
from bot.sandbox.datadog.faults import Fault
from bot.sandbox.datadog.organisation import Organisation
from bot.sandbox.datadog.records import Environment, Flag, Rollout, Setting
from bot.sandbox.datadog.refusals import Refused, missing
from bot.sandbox.datadog.requests import ORGANISATION, json_body
from bot.sandbox.datadog.view import state

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_Model = TypeVar("_Model", bound=BaseModel)
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")
_METRIC = "checkout.error_rate"


class Drift(BaseModel):
    """
    Something that somebody outside did.

    All parts are optional and happen in this order.

    `flag` is a key, `environment` a name, `rollout` the name of a rule (only needed where there are several).
    `guardrail` lets a metric pause or abort the rollout; `advance_seconds` carries running rollouts on.
    """

    model_config = ConfigDict(extra="forbid")

    advance_seconds: float = 0
    environment: str | None = None
    is_production: bool | None = None
    require_approval: bool | None = None
    flag: str | None = None
    archived: bool | None = None
    status: Literal["ENABLED", "DISABLED"] | None = None
    rollout: str | None = None
    verb: Literal["start", "pause", "resume", "stop"] | None = None
    guardrail: Literal["PAUSE", "ABORT"] | None = None
    metric: str = _METRIC
    test: str | None = None
    test_status: Literal["live", "paused"] | None = None
    fleet_api: Literal["v2", "unstable", "both"] | None = None


def routes() -> list[web.RouteDef]:
    """Return the controls."""
    return [
        web.get("/sandbox/state", show_state),
        web.post("/sandbox/reset", reset),
        web.get("/sandbox/faults", list_faults),
        web.post("/sandbox/faults", add_fault),
        web.delete("/sandbox/faults", clear_faults),
        web.post("/sandbox/suggestions/{suggestion}/{verdict:approve|withdraw}", decide),
        web.post("/sandbox/drift", drift),
    ]


def guard() -> Any:
    """Return the middleware that keeps strangers out; its type has no name."""

    @web.middleware
    async def only_from_here(request: web.Request, handler: _Handler) -> web.StreamResponse:
        if not request.path.startswith("/sandbox/"):
            return await handler(request)
        host = request.host.rpartition(":")[0] if request.url.explicit_port else request.host
        if host not in _LOOPBACK or request.headers.get("Origin", _own(request)) != _own(request):
            return Refused(403, "only from this machine and this page", shape="texts").response()
        try:
            return await handler(request)
        except Refused as refused:
            return refused.response()

    return only_from_here


async def show_state(request: web.Request) -> web.Response:
    """Show the true state of everything."""
    return _state(request)


async def reset(request: web.Request) -> web.Response:
    """Begin again with the first day."""
    request.app[ORGANISATION].reset()
    return await _changed(request)


async def list_faults(request: web.Request) -> web.Response:
    """List the faults that wait."""
    faults = request.app[ORGANISATION].faults.listed()
    return web.json_response({"faults": [fault.model_dump(mode="json") for fault in faults]})


async def add_fault(request: web.Request) -> web.Response:
    """Let a fault wait for its requests."""
    request.app[ORGANISATION].faults.add(_read(Fault, await json_body(request)))
    return await list_faults(request)


async def clear_faults(request: web.Request) -> web.Response:
    """Forget all faults."""
    request.app[ORGANISATION].faults.clear()
    return await list_faults(request)


async def decide(request: web.Request) -> web.Response:
    """Approve or withdraw a suggestion, as somebody does in Datadog."""
    organisation = request.app[ORGANISATION]
    suggestion = organisation.suggestion(request.match_info["suggestion"])
    verdict: Literal["approve", "withdraw"] = "approve" if request.match_info["verdict"] == "approve" else "withdraw"
    flag_changes.decide(organisation, suggestion, verdict)
    return await _changed(request)


async def drift(request: web.Request) -> web.Response:
    """Change something directly, as somebody outside does."""
    happen(request.app[ORGANISATION], _read(Drift, await json_body(request)))
    return await _changed(request)


def happen(organisation: Organisation, change: Drift) -> None:
    """Let a drift happen; raises Refused."""
    organisation.advance(timedelta(seconds=change.advance_seconds))
    if change.fleet_api is not None:
        organisation.world.fleet_api = change.fleet_api
    environment = _environment(organisation, change)
    if environment is not None and change.is_production is not None:
        environment.is_production = change.is_production
    if environment is not None and change.require_approval is not None:
        environment.require_approval = change.require_approval
    if change.flag is not None:
        _happen_to_flag(organisation, _flag(organisation, change.flag), environment, change)
    if change.test is not None and change.test_status is not None:
        organisation.test(change.test).status = change.test_status


def _happen_to_flag(organisation: Organisation, flag: Flag, environment: Environment | None, change: Drift) -> None:
    if change.archived is not None:
        flag_changes.set_archived(organisation, flag, change.archived)
    if environment is None:
        return
    _, _, setting = organisation.setting(flag.id, environment.id)
    if change.status is not None:
        flag_changes.set_status(organisation, flag, setting, change.status)
    if change.verb is not None:
        verbs = {"start": rollouts.start, "pause": rollouts.pause, "resume": rollouts.resume, "stop": rollouts.stop}
        verbs[change.verb](_rollout(setting, change), organisation.now())
    if change.guardrail is not None:
        rollout, variant = _rollout(setting, change), flag.variants[-1].id
        rollouts.trip(rollout, change.metric, change.guardrail, variant, organisation.now())


def _environment(organisation: Organisation, change: Drift) -> Environment | None:
    if change.environment is None:
        return None
    for environment in organisation.world.environments:
        if environment.name == change.environment:
            return environment
    raise missing("environment", change.environment)


def _flag(organisation: Organisation, key: str) -> Flag:
    for flag in organisation.world.flags:
        if flag.key == key:
            return flag
    raise missing("flag", key)


def _rollout(setting: Setting, change: Drift) -> Rollout:
    for rule in setting.rules:
        if rule.rollout is None or rule.rollout.strategy == "NO_ROLLOUT":
            continue
        if change.rollout in (None, rule.key, rule.rollout.id):
            return rule.rollout
    raise missing("rollout", str(change.rollout))


def _read(model: type[_Model], body: Any) -> _Model:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Refused(400, f"{where}: {first['msg']}", shape="texts") from None


def _own(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"


def _state(request: web.Request) -> web.Response:
    return web.json_response(state(request.app[ORGANISATION]))


async def _changed(request: web.Request) -> web.Response:
    await request.app[ORGANISATION].on_change()
    return _state(request)
