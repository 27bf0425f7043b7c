"""
Applied changes, told to Datadog as change events.

Datadog's own history knows only the owner of the application key; these events say who asked and who signed, and
they overlay dashboards. Lengths and names are those of Datadog's documentation; a change may be told twice, which
the aggregation key (the request's id) makes harmless.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from pydantic import JsonValue

from bot.actions import BY_NAME
from bot.adapters.datadog.client import DatadogClient
from bot.adapters.http import Request
from bot.changes.record import ChangeRequest
from bot.model import Actor, Noun, Plan, Target

_PATH = "/api/v2/events"
_NAME = 128
_TITLE = 500
_MESSAGE = 4000
_TAG = 200
_MOST_TAGS = 100


class DatadogHistory:
    """
    Posts each applied change; implements the port History.

    `link` returns the address of a change's card, empty where there is none (any more).
    """

    def __init__(self, client: DatadogClient, link: Callable[[ChangeRequest], Awaitable[str]]) -> None:
        self._client = client
        self._link = link

    async def applied(self, change: ChangeRequest) -> None:
        """Post one change; raises the errors under ProviderError."""
        await self._client.write(Request("POST", _PATH, body=event(change, await self._link(change))))


def event(change: ChangeRequest, link: str) -> dict[str, JsonValue]:
    """Return the body of the event for a change that was applied."""
    plan = change.plan
    attributes: dict[str, JsonValue] = {
        "title": _title(plan)[:_TITLE],
        "message": _message(change, link)[:_MESSAGE],
        "category": "change",
        "aggregation_key": change.id,
        "tags": _tags(change),
        "timestamp": datetime.fromtimestamp((change.ended_at or change.created_at) / 1000, tz=UTC).isoformat(),
        "attributes": {
            "changed_resource": {"name": plan.target.key[:_NAME].strip() or plan.target.id, "type": _kind(plan.target)},
            "author": {"name": _name(change.requester)[:_NAME], "type": "user"},
            "prev_value": {each.label: each.before for each in plan.changes},
            "new_value": {each.label: each.after for each in plan.changes},
            "change_metadata": _metadata(change, link),
        },
    }
    return {"data": {"type": "event", "attributes": attributes}}


def _kind(target: Target) -> str:
    """Return one of the two kinds of resource that Datadog knows of."""
    return "feature_flag" if target.noun in (Noun.FLAG, Noun.ROLLOUT) else "configuration"


def _title(plan: Plan) -> str:
    action = BY_NAME.get(plan.action)
    done = action.words.done if action else plan.action
    return f"{done} {plan.target.noun} {plan.target.key} in {plan.target.where}"


def _message(change: ChangeRequest, link: str) -> str:
    signed = ", ".join(_name(vote.by) for vote in change.approvals)
    parts = [
        f"{_title(change.plan)}. Asked by {_name(change.requester)} through Countersign ({change.id}).",
        f"Signed by {signed}." if signed else "",
        f"Because {change.reason}" if change.reason else "",
        link,
    ]
    return "\n".join(part for part in parts if part)


def _metadata(change: ChangeRequest, link: str) -> dict[str, JsonValue]:
    told: dict[str, JsonValue] = {
        "request": change.id,
        "action": change.plan.action,
        "target_id": change.plan.target.id,
        "requester": _person(change.requester),
        "approvers": [_person(vote.by) for vote in change.approvals],
        "reason": change.reason,
        "rule": change.decision.rule,
        "proof": change.receipt.proof.value if change.receipt else "",
    }
    return told | ({"permalink": link} if link else {})


def _person(actor: Actor) -> dict[str, JsonValue]:
    return {"id": actor.id, "name": _name(actor), **({"email": actor.email} if actor.email else {})}


def _name(actor: Actor) -> str:
    return actor.name.strip() or actor.id


def _tags(change: ChangeRequest) -> list[JsonValue]:
    """Return what the event is found by: the environment's `env:` above all."""
    target = change.plan.target
    places = (target.environment.queries or (target.environment.name,)) if target.environment else ()
    tags = [
        *(f"env:{place}" for place in places),
        *(tag for tag in target.also if tag.startswith(("env:", "service:", "team:"))),
        "source:countersign",
        f"action:{change.plan.action}",
        f"{target.noun}:{target.key}",
    ]
    kept: list[JsonValue] = [*dict.fromkeys(tag[:_TAG] for tag in tags)]
    return kept[:_MOST_TAGS]
