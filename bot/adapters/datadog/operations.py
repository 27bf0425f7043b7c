"""
The one table from an action of the catalogue to Datadog's call.

A new verb on a known noun is a line here beside its literal in the catalogue; a test holds the two together.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import quote

from bot.adapters.http import Request
from bot.errors import Rejected
from bot.model import Plan


@dataclass(frozen=True, slots=True)
class Operation:
    """
    How an action is called.

    `path` may name {id} (the target's), {flag} and {environment}; `body` builds what is sent, nothing if None;
    `conflicts` are the statuses which say that the target's state forbids the action.
    """

    method: str
    path: str
    body: Callable[[Plan], object] | None = None
    conflicts: tuple[int, ...] = (409,)

    def request(self, plan: Plan) -> Request:
        """
        Return the request for a plan.

        Raises Rejected where the plan lacks an id that the path needs.
        """
        target = plan.target
        ids = {
            "id": target.id,
            "flag": target.flag_id or target.id,
            "environment": target.environment.id if target.environment else "",
        }
        path = self.path.format_map({name: segment(value) for name, value in ids.items() if f"{{{name}}}" in self.path})
        return Request(self.method, path, body=self.body(plan) if self.body else None)


def segment(identity: str) -> str:
    """
    Return an id as one segment of a path.

    Raises Rejected for one that would lead elsewhere.
    """
    if not identity.strip(". "):
        raise Rejected("An id that the call needs is missing.", "Ask for the change again.")
    return quote(identity, safe="")


_IN_ENVIRONMENT = "/api/v2/feature-flags/{flag}/environments/{environment}"
_SCHEDULE = "/api/v2/feature-flags/exposure-schedules/{id}"
_ILLEGAL = (400, 409)
"""A transition that a rollout's state forbids answers either; there is no body that a 400 could be about."""

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "flag.enable": Operation("POST", _IN_ENVIRONMENT + "/enable"),
        "flag.disable": Operation("POST", _IN_ENVIRONMENT + "/disable"),
        "rollout.start": Operation("POST", _SCHEDULE + "/start", conflicts=_ILLEGAL),
        "rollout.pause": Operation("POST", _SCHEDULE + "/pause", conflicts=_ILLEGAL),
        "rollout.resume": Operation("POST", _SCHEDULE + "/resume", conflicts=_ILLEGAL),
        "rollout.stop": Operation("POST", _SCHEDULE + "/stop", conflicts=_ILLEGAL),
    }
)
