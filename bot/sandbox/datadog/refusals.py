"""
How the API says no.

Datadog's error bodies come in several shapes: a list of texts, a list of objects with any subset of the keys
that JSON:API names, and rarely a single object. Each kind of refusal here has one of them, so that a client
that reads only one shape is found out.
"""

from typing import Literal

from aiohttp import web

Shape = Literal["texts", "objects", "titled", "coded", "single", "gateway"]


class Refused(Exception):
    """The organisation does not do what was asked; nothing was changed."""

    def __init__(self, status: int, detail: str, *, shape: Shape = "objects") -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.shape = shape

    def response(self, headers: dict[str, str] | None = None) -> web.Response:
        """Return the answer for this refusal."""
        v2 = self.shape not in ("texts", "gateway")
        return web.json_response(
            self.body(),
            status=self.status,
            content_type="application/vnd.api+json" if v2 else "application/json",
            headers=headers,
        )

    def body(self) -> dict[str, object]:
        """Return the error body in the shape of this refusal."""
        title = _TITLES.get(self.status, "Error")
        status = str(self.status)
        bodies: dict[Shape, dict[str, object]] = {
            "texts": {"errors": [self.detail]},
            "objects": {"errors": [{"status": status, "title": title, "detail": self.detail}]},
            "titled": {"errors": [{"title": self.detail, "id": "e7a1c0de"}]},
            "coded": {"errors": [{"code": title.lower().replace(" ", "_"), "detail": self.detail, "meta": {}}]},
            "single": {"error": {"code": title.lower().replace(" ", "_"), "message": self.detail}},
            "gateway": {
                "status": "error",
                "code": self.status,
                "errors": [self.detail],
                "statuspage": "status",
            },
        }
        return bodies[self.shape]


_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    429: "Too many requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


def missing(kind: str, what: str, *, shape: Shape = "objects") -> Refused:
    """Return the refusal for something that does not exist."""
    return Refused(404, f"{kind} {what} not found", shape=shape)
