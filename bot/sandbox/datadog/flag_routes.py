"""The operations on flags and on flags in one environment."""

from typing import Any, Literal

from aiohttp import web

from bot.sandbox.datadog import flag_changes
from bot.sandbox.datadog.records import Environment, Flag, Setting
from bot.sandbox.datadog.refusals import Refused
from bot.sandbox.datadog.rendering import allocation_data, flag_data, suggestion_data
from bot.sandbox.datadog.requests import (
    MUST_SUGGEST,
    ORGANISATION,
    applied,
    attributes_in,
    attributes_of,
    json_api,
    json_body,
    page,
)
from bot.sandbox.datadog.rules import add_rule, build_rule, replace_rules

_FLAGS = "/api/v2/feature-flags"
_FLAG = _FLAGS + "/{flag}"
_ALLOCATIONS = _FLAG + "/environments/{environment}/allocations"


def routes() -> list[web.RouteDef]:
    """Return what flags answer to."""
    return [
        web.get(_FLAGS, list_flags),
        web.post(_FLAGS, create),
        web.get(_FLAG, get_flag),
        web.put(_FLAG, update),
        web.post(_FLAG + "/{verb:archive|unarchive}", archive),
        web.post(_FLAG + "/environments/{environment}/{verb:enable|disable}", switch),
        web.post(_ALLOCATIONS, add_allocation),
        web.put(_ALLOCATIONS, replace_allocations),
    ]


async def list_flags(request: web.Request) -> web.Response:
    """
    List flags, the last changed first.

    A key matches in part, and archived ones are among them.
    """
    organisation = request.app[ORGANISATION]
    flags = sorted(organisation.world.flags, key=lambda flag: flag.updated_at, reverse=True)
    if "key" in request.query:
        part = request.query["key"].lower()
        flags = [flag for flag in flags if part in flag.key.lower()]
    if "is_archived" in request.query:
        archived = request.query["is_archived"].lower() == "true"
        flags = [flag for flag in flags if (flag.archived_at is not None) == archived]
    rows = [flag_data(flag, organisation.world.environments, listed=True) for flag in flags]
    return json_api(page(request, rows))


async def get_flag(request: web.Request) -> web.Response:
    """Show one flag with its rules."""
    organisation = request.app[ORGANISATION]
    organisation.settle()
    return _shown(request, organisation.flag(request.match_info["flag"]))


async def create(request: web.Request) -> web.Response:
    """Create a flag."""
    attributes = await attributes_of(request, "feature-flags")
    flag = flag_changes.create_flag(request.app[ORGANISATION], attributes)
    return applied(request, _shown(request, flag, status=201))


async def update(request: web.Request) -> web.Response:
    """Change the name, description or JSON schema of a flag."""
    organisation = request.app[ORGANISATION]
    flag = organisation.flag(request.match_info["flag"])
    flag_changes.update_flag(organisation, flag, await attributes_of(request, "feature-flags"))
    return applied(request, _shown(request, flag))


async def archive(request: web.Request) -> web.Response:
    """
    Archive a flag or bring it back.

    Where the flag wants approval, 200 carries a suggestion instead.
    """
    organisation = request.app[ORGANISATION]
    flag = organisation.flag(request.match_info["flag"])
    archived = request.match_info["verb"] == "archive"
    if flag.require_approval or MUST_SUGGEST in request:
        suggestion = flag_changes.suggest(organisation, flag, None, {"archived": archived})
        return json_api({"data": suggestion_data(suggestion)}, status=202 if MUST_SUGGEST in request else 200)
    flag_changes.set_archived(organisation, flag, archived)
    return applied(request, _shown(request, flag))


async def switch(request: web.Request) -> web.Response:
    """
    Enable or disable a flag in an environment.

    Neither 200 nor 202 has a body.
    """
    flag, environment, setting = _place(request)
    if flag.archived_at is not None:
        raise Refused(400, f"feature flag {flag.key} is archived")
    status: Literal["ENABLED", "DISABLED"] = "ENABLED" if request.match_info["verb"] == "enable" else "DISABLED"
    organisation = request.app[ORGANISATION]
    if _must_suggest(request, flag, environment):
        flag_changes.suggest(organisation, flag, setting, {"status": status})
        return web.Response(status=202)
    flag_changes.set_status(organisation, flag, setting, status)
    return applied(request, web.Response(status=200))


async def add_allocation(request: web.Request) -> web.Response:
    """Add one rule; the answer's data is that rule."""
    flag, environment, setting = _place(request)
    wanted = await attributes_of(request, "allocations")
    organisation = request.app[ORGANISATION]
    if _must_suggest(request, flag, environment):
        build_rule(organisation.now(), flag, setting, wanted)  # what makes no sense is refused at once
        suggestion = flag_changes.suggest(organisation, flag, setting, {"add": wanted})
        return json_api({"data": suggestion_data(suggestion)}, status=202)
    rule = add_rule(organisation.now(), flag, setting, wanted)
    return applied(request, json_api({"data": allocation_data(flag, setting, rule)}, status=201))


async def replace_allocations(request: web.Request) -> web.Response:
    """
    Put a whole set of rules in the place of the old one.

    The answer's data is a list.
    """
    flag, environment, setting = _place(request)
    wanted = _wanted_rules(await json_body(request))
    organisation = request.app[ORGANISATION]
    if _must_suggest(request, flag, environment):
        suggestion = flag_changes.suggest(organisation, flag, setting, {"replace": wanted})
        return json_api({"data": suggestion_data(suggestion)}, status=202)
    rules = replace_rules(organisation.now(), flag, setting, wanted)
    return applied(request, json_api({"data": [allocation_data(flag, setting, rule) for rule in rules]}))


def _wanted_rules(body: Any) -> list[dict[str, Any]]:
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, list):
        raise Refused(400, "data must be a list of allocations")
    return [attributes_in(each, "allocations") for each in data]


def _place(request: web.Request) -> tuple[Flag, Environment, Setting]:
    found = request.match_info
    return request.app[ORGANISATION].setting(found["flag"], found["environment"])


def _must_suggest(request: web.Request, flag: Flag, environment: Environment) -> bool:
    return MUST_SUGGEST in request or flag_changes.needs_approval(flag, environment)


def _shown(request: web.Request, flag: Flag, status: int = 200) -> web.Response:
    environments = request.app[ORGANISATION].world.environments
    return json_api({"data": flag_data(flag, environments)}, status=status)
