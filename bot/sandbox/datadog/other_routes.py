"""The operations on synthetic tests, key validation, and events."""

from typing import Any
from uuid import uuid4

from aiohttp import web

from bot.sandbox.datadog.records import Event, SyntheticTest
from bot.sandbox.datadog.refusals import Refused
from bot.sandbox.datadog.requests import ORGANISATION, applied, attributes_of, json_body, number

_TESTS = "/api/v1/synthetics/tests"
_CATEGORIES = ("alert", "change")


def routes() -> list[web.RouteDef]:
    """Return what tests, the key check and the event intake answer to."""
    return [
        web.get(_TESTS, list_tests),
        web.get(_TESTS + "/search", search_tests),
        web.get(_TESTS + "/{test}", get_test),
        web.put(_TESTS + "/{test}/status", set_status),
        web.get("/api/v1/validate", validate),
        web.post("/api/v2/events", post_event),
    ]


async def list_tests(request: web.Request) -> web.Response:
    """List tests by pages counted from zero."""
    tests = request.app[ORGANISATION].world.tests
    size = number(request, "page_size", 100, at_least=1)
    start = number(request, "page_number", 0, at_least=0) * size
    shown = [_shown(test) for test in tests[start : start + size]]
    return web.json_response({"tests": shown, "total": len(tests)})


async def search_tests(request: web.Request) -> web.Response:
    """Find tests whose name, id or a tag contains the text."""
    part = request.query.get("text", "").lower()
    start = number(request, "start", 0, at_least=0)
    size = number(request, "count", 50, at_least=1)
    found = [
        test
        for test in request.app[ORGANISATION].world.tests
        if any(part in text.lower() for text in (test.name, test.public_id, *test.tags))
    ]
    shown = [_shown(test) for test in found[start : start + size]]
    return web.json_response({"tests": shown, "total": len(found)})


async def get_test(request: web.Request) -> web.Response:
    """Show one test."""
    return web.json_response(_shown(request.app[ORGANISATION].test(request.match_info["test"])))


async def set_status(request: web.Request) -> web.Response:
    """Pause a test or set it live; the answer is the bare JSON `true`."""
    organisation = request.app[ORGANISATION]
    test = organisation.test(request.match_info["test"])
    body = await json_body(request)
    status = body.get("new_status") if isinstance(body, dict) else None
    if status not in ("live", "paused"):
        raise Refused(400, "new_status must be one of live, paused", shape="texts")
    test.status = status
    test.modified_at = organisation.now()
    return applied(request, web.json_response(True))


async def validate(_request: web.Request) -> web.Response:
    """Say that the API key is right, which is all that this proves."""
    return web.json_response({"valid": True})


async def post_event(request: web.Request) -> web.Response:
    """Take an event."""
    organisation = request.app[ORGANISATION]
    attributes = await attributes_of(request, "event")
    if attributes.get("category") not in _CATEGORIES:
        detail = 'JSON validation failed at $.data.attributes.category: value must be one of: ["alert", "change"].'
        raise Refused(400, detail)
    event = Event(id=str(uuid4().int)[:19], uid=uuid4().hex, at=organisation.now(), attributes=attributes)
    organisation.world.events.append(event)
    body = {
        "data": {"attributes": {"attributes": {"evt": {"id": event.id, "uid": event.uid}}}, "id": "_", "type": "event"},
        "links": {"self": f"https://app.datadoghq.com/event/event?uid={event.uid}"},
    }
    return applied(request, web.json_response(body, status=202))


def _shown(test: SyntheticTest) -> dict[str, Any]:
    return {
        "public_id": test.public_id,
        "name": test.name,
        "status": test.status,
        "type": test.type,
        "tags": test.tags,
        "created_at": test.created_at.isoformat(),
        "modified_at": test.modified_at.isoformat(),
        "config": {
            "assertions": [],
            "configVariables": [],
            "request": {"method": "GET", "timeout": 60, "url": test.url},
            "variables": [],
        },
        "message": test.message,
        "options": {"min_location_failed": 1, "tick_every": 900},
        "locations": ["aws:eu-central-1"],
        "monitor_id": test.monitor_id,
        "creator": {"name": None, "handle": "release-engineer@shop.test", "email": "release-engineer@shop.test"},
    } | ({"subtype": "http"} if test.type == "api" else {})
