"""The operations on environments and on rollouts."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

from aiohttp import web

from bot.sandbox.datadog import rollouts
from bot.sandbox.datadog.flag_changes import new_setting
from bot.sandbox.datadog.records import Environment, Rollout
from bot.sandbox.datadog.refusals import Refused
from bot.sandbox.datadog.rendering import environment_data, schedule_data
from bot.sandbox.datadog.requests import MUST_SUGGEST, ORGANISATION, applied, attributes_of, json_api, page

_ENVIRONMENTS = "/api/v2/feature-flags/environments"
_ENVIRONMENT = _ENVIRONMENTS + "/{environment}"
_VERBS: dict[str, Callable[[Rollout, datetime], None]] = {
    "start": rollouts.start,
    "pause": rollouts.pause,
    "resume": rollouts.resume,
    "stop": rollouts.stop,
}


def routes() -> list[web.RouteDef]:
    """Return what environments and rollouts answer to."""
    return [
        web.get(_ENVIRONMENTS, list_environments),
        web.post(_ENVIRONMENTS, create),
        web.get(_ENVIRONMENT, get_environment),
        web.put(_ENVIRONMENT, update),
        web.delete(_ENVIRONMENT, delete),
        web.post("/api/v2/feature-flags/exposure-schedules/{schedule}/{verb:start|pause|resume|stop}", roll),
    ]


async def list_environments(request: web.Request) -> web.Response:
    """List environments; a name or key matches in part."""
    environments = request.app[ORGANISATION].world.environments
    for field in ("name", "key"):
        part = request.query.get(field, "").lower()
        environments = [each for each in environments if part in (getattr(each, field) or "").lower()]
    return json_api(page(request, [environment_data(each) for each in environments]))


async def get_environment(request: web.Request) -> web.Response:
    """Show one environment."""
    environment = request.app[ORGANISATION].environment(request.match_info["environment"])
    return json_api({"data": environment_data(environment)})


async def create(request: web.Request) -> web.Response:
    """Create an environment, in which every flag is disabled."""
    organisation = request.app[ORGANISATION]
    attributes = await attributes_of(request, "environments")
    for field in ("name", "queries"):
        if not attributes.get(field):
            raise Refused(400, f"{field} is required")
    _require_free_name(organisation.world.environments, attributes["name"])
    now = organisation.now()
    environment = Environment(id=str(uuid4()), name=attributes["name"], queries=[], created_at=now, updated_at=now)
    _edit(environment, attributes, now)
    organisation.world.environments.append(environment)
    for flag in organisation.world.flags:
        flag.settings.append(new_setting(environment, flag.variants[0]))
    return applied(request, json_api({"data": environment_data(environment)}, status=201))


async def update(request: web.Request) -> web.Response:
    """Change an environment."""
    organisation = request.app[ORGANISATION]
    environment = organisation.environment(request.match_info["environment"])
    attributes = await attributes_of(request, "environments")
    others = [each for each in organisation.world.environments if each is not environment]
    _require_free_name(others, attributes.get("name"))
    _edit(environment, attributes, organisation.now())
    return applied(request, json_api({"data": environment_data(environment)}))


async def delete(request: web.Request) -> web.Response:
    """Delete an environment, and with it every flag's rules there."""
    organisation = request.app[ORGANISATION]
    environment = organisation.environment(request.match_info["environment"])
    organisation.world.environments.remove(environment)
    for flag in organisation.world.flags:
        flag.settings = [each for each in flag.settings if each.environment_id != environment.id]
    return applied(request, web.Response(status=204))


async def roll(request: web.Request) -> web.Response:
    """
    Start, pause, resume or stop a rollout.

    The answer does not tell its state.
    """
    organisation = request.app[ORGANISATION]
    rollout = organisation.rollout(request.match_info["schedule"])
    if MUST_SUGGEST in request:
        return web.Response(status=202)
    _VERBS[request.match_info["verb"]](rollout, organisation.now())
    rule = next(rule for _, _, rule in organisation.rules() if rule.rollout is rollout)
    return applied(request, json_api({"data": schedule_data(rule, rollout)}))


def _edit(environment: Environment, attributes: dict[str, Any], now: datetime) -> None:
    name = attributes.get("name", environment.name)
    queries = attributes.get("queries", environment.queries)
    if not isinstance(name, str) or not isinstance(queries, list) or not all(isinstance(q, str) for q in queries):
        raise Refused(400, "name must be a text and queries a list of texts")
    environment.name, environment.queries = name, queries
    environment.is_production = bool(attributes.get("is_production", environment.is_production))
    environment.require_approval = bool(attributes.get("require_feature_flag_approval", environment.require_approval))
    environment.updated_at = now


def _require_free_name(environments: list[Environment], name: object) -> None:
    if any(each.name == name for each in environments):
        raise Refused(409, f"an environment with name {name} already exists")
