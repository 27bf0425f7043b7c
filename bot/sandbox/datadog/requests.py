"""
What handlers share.

The organisation they serve, bodies, pages, and the two kinds of answer.
"""

from typing import Any

from aiohttp import web

from bot.sandbox.datadog.organisation import Organisation
from bot.sandbox.datadog.refusals import Refused

ORGANISATION: web.AppKey[Organisation] = web.AppKey("organisation", Organisation)
APPLIED: web.RequestKey[bool] = web.RequestKey("applied", bool)
MUST_SUGGEST: web.RequestKey[bool] = web.RequestKey("must_suggest", bool)


def json_api(body: object, status: int = 200) -> web.Response:
    """Return an answer of the second version of the API."""
    return web.json_response(body, status=status, content_type="application/vnd.api+json")


def applied(request: web.Request, response: web.Response) -> web.Response:
    """Note for the call log that something changed; return the answer."""
    request[APPLIED] = True
    return response


async def json_body(request: web.Request) -> Any:
    """Return the body of a request as JSON; raises Refused."""
    try:
        return await request.json()
    except ValueError:
        raise Refused(400, "the request body is not valid JSON", shape="texts") from None


async def attributes_of(request: web.Request, kind: str) -> dict[str, Any]:
    """
    Return `data.attributes` of a body whose `data.type` is `kind`.

    Raises Refused.
    """
    body = await json_body(request)
    data = body.get("data") if isinstance(body, dict) else None
    return attributes_in(data, kind)


def attributes_in(data: object, kind: str) -> dict[str, Any]:
    """
    Return the attributes of one JSON:API resource of `kind`.

    Raises Refused.
    """
    if not isinstance(data, dict) or data.get("type") != kind:
        raise Refused(400, f"data.type must be {kind}")
    attributes = data.get("attributes")
    if not isinstance(attributes, dict):
        raise Refused(400, "data.attributes is required")
    return attributes


def page(request: web.Request, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """
    Return one page of `rows`.

    `limit` and `offset` answer without `meta`; `page[limit]` and `page[offset]` answer with `meta.page` and
    `links`, as the running service does.
    """
    modern = any(name in request.query for name in ("page[limit]", "page[offset]"))
    limit = number(request, "page[limit]" if modern else "limit", 100, at_least=1)
    offset = number(request, "page[offset]" if modern else "offset", 0, at_least=0)
    limit = min(limit, 1000)
    body: dict[str, Any] = {"data": rows[offset : offset + limit]}
    if modern:
        following = offset + limit if offset + limit < len(rows) else None
        body["meta"] = {"page": _meta(offset, limit, len(rows), following)}
        body["links"] = {"self": str(request.rel_url), "next": _link(request, limit, following)}
    return body


def number(request: web.Request, name: str, default: int, *, at_least: int) -> int:
    """Return a whole number of the query; raises Refused."""
    text = request.query.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or int(text) < at_least:
        raise Refused(400, f"{name} must be a whole number of {at_least} or more", shape="texts")
    return int(text)


def _meta(offset: int, limit: int, total: int, following: int | None) -> dict[str, Any]:
    return {
        "type": "offset_limit",
        "offset": offset,
        "limit": limit,
        "total": total,
        "first_offset": 0,
        "prev_offset": max(offset - limit, 0) if offset else None,
        "next_offset": following,
        "last_offset": max(total - 1, 0) // limit * limit,
    }


def _link(request: web.Request, limit: int, offset: int | None) -> str | None:
    if offset is None:
        return None
    return str(request.rel_url.update_query({"page[limit]": str(limit), "page[offset]": str(offset)}))
