"""
The one table from an action of the catalogue to Datadog's call.

A new verb on a known noun is a line here beside its literal in the catalogue; a test holds the two together.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import quote

from bot.adapters.datadog.refusals import CONFLICT
from bot.adapters.datadog.targeting import all_rules, one_rule
from bot.adapters.http import Request
from bot.errors import Rejected
from bot.model import Plan, Risk


@dataclass(frozen=True, slots=True)
class Operation:
    """
    How an action is called.

    `path` may name {id} (the target's), {flag}, {environment} and {fleet} (which fleet API there is); `body` builds
    what is sent, nothing if None; `conflicts` are the statuses which say that the target's state forbids the action,
    each with what that means here.
    """

    method: str
    path: str
    body: Callable[[Plan], object] | None = None
    conflicts: Mapping[int, str] = field(default_factory=lambda: CONFLICT)

    def request(self, plan: Plan, fleet: str = "v2") -> Request:
        """
        Return the request for a plan.

        Raises Rejected where the plan lacks an id that the path needs.
        """
        target = plan.target
        ids = {
            "id": target.id,
            "flag": target.flag_id or target.id,
            "environment": target.environment.id if target.environment else "",
            "fleet": fleet,
        }
        path = self.path.format_map({name: segment(value) for name, value in ids.items() if f"{{{name}}}" in self.path})
        body = self.body(plan) if self.body else None
        return Request(self.method, path, body=body, urgent=plan.risk is Risk.CONTAIN)


def segment(identity: str) -> str:
    """
    Return an id as one segment of a path.

    Raises Rejected for one that would lead elsewhere.
    """
    if not identity.strip(". "):
        raise Rejected("An id that the call needs is missing.", "Ask for the change again.")
    return quote(identity, safe="")


_FLAGS = "/api/v2/feature-flags"
_FLAG = _FLAGS + "/{flag}"
_ENVIRONMENTS = _FLAGS + "/environments"
_ENVIRONMENT = _ENVIRONMENTS + "/{id}"
_IN_ENVIRONMENT = _FLAG + "/environments/{environment}"
_RULES = _IN_ENVIRONMENT + "/allocations"
_SCHEDULE = "/api/v2/feature-flags/exposure-schedules/{id}"
_TEST_STATUS = "/api/v1/synthetics/tests/{id}/status"
_ILLEGAL = MappingProxyType({400: "", 409: ""})
"""A transition that the state forbids answers either; there is no body that a 400 could be about."""

_KEY_TAKEN = "Another flag has taken its key since it was archived, and two live flags cannot have the same"
_OVER = "The deployment has already ended, so there is nothing left to cancel"
_NO_ENVIRONMENT = "The environment is not there any more"


_KEY_THERE = "There is a flag with this key already, and two live flags cannot have the same"
_NAME_THERE = "There is an environment of this name already"
_RULE_FORBIDDEN = "Datadog says that the flag's rules as they stand forbid this"
_FLAG_FIELDS = ("key", "name", "description", "value_type", "variants", "default_variant_key", "json_schema")
_ENVIRONMENT_FIELDS = ("name", "queries", "is_production", "require_feature_flag_approval")


def _told(kind: str, fields: tuple[str, ...]) -> Callable[[Plan], object]:
    """Return what builds a body of the fields that a form was filled with; an empty text is none where it may be."""

    def build(plan: Plan) -> object:
        given = {name: plan.parameters[name] for name in fields if name in plan.parameters}
        if not given:
            raise Rejected("The plan does not say what to send.", "Ask for the change again.")
        if given.get("json_schema") == "":
            given["json_schema"] = None
        return {"data": {"type": kind, "attributes": given}}

    return build


def _status(status: str) -> Callable[[Plan], object]:
    return lambda _plan: {"new_status": status}


OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "flag.enable": Operation("POST", _IN_ENVIRONMENT + "/enable"),
        "flag.disable": Operation("POST", _IN_ENVIRONMENT + "/disable"),
        "rollout.start": Operation("POST", _SCHEDULE + "/start", conflicts=_ILLEGAL),
        "rollout.pause": Operation("POST", _SCHEDULE + "/pause", conflicts=_ILLEGAL),
        "rollout.resume": Operation("POST", _SCHEDULE + "/resume", conflicts=_ILLEGAL),
        "rollout.stop": Operation("POST", _SCHEDULE + "/stop", conflicts=_ILLEGAL),
        "flag.archive": Operation("POST", _FLAG + "/archive", conflicts=_ILLEGAL),
        "flag.unarchive": Operation("POST", _FLAG + "/unarchive", conflicts={400: "", 409: _KEY_TAKEN}),
        "test.pause": Operation("PUT", _TEST_STATUS, _status("paused")),
        "test.start": Operation("PUT", _TEST_STATUS, _status("live")),
        "deployment.cancel": Operation(
            "POST", "/api/{fleet}/fleet/deployments/{id}/cancel", conflicts={400: _OVER, 409: _OVER}
        ),
        "environment.delete": Operation("DELETE", _ENVIRONMENT, conflicts={404: _NO_ENVIRONMENT, 409: ""}),
        "flag.create": Operation("POST", _FLAGS, _told("feature-flags", _FLAG_FIELDS), conflicts={409: _KEY_THERE}),
        "flag.edit": Operation("PUT", _FLAG, _told("feature-flags", _FLAG_FIELDS)),
        "flag.add-rule": Operation("POST", _RULES, one_rule, conflicts={409: _RULE_FORBIDDEN}),
        "flag.replace-rules": Operation("PUT", _RULES, all_rules, conflicts={409: _RULE_FORBIDDEN}),
        "environment.create": Operation(
            "POST", _ENVIRONMENTS, _told("environments", _ENVIRONMENT_FIELDS), conflicts={409: _NAME_THERE}
        ),
        "environment.edit": Operation(
            "PUT", _ENVIRONMENT, _told("environments", _ENVIRONMENT_FIELDS), conflicts={409: _NAME_THERE}
        ),
    }
)
