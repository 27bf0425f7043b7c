"""Every operation against every documented answer: the request it sends, and the state and sentence it ends in."""

import json
from typing import Any

import httpx
import pytest

from bot.actions import BY_NAME, CATALOGUE
from bot.adapters.datadog.operations import OPERATIONS
from bot.asking import Asking, Opened
from bot.changes.record import Cause, ChangeRequest, Status
from bot.grammar.command import Command
from bot.model import Plan, Proof, Receipt
from bot.resolver import Resolver
from bot.service import Service
from tests.adapters.datadog.scripted import FLAG_ID, PROD, SCHEDULE_ID, Reply, Scripted, answer
from tests.adapters.datadog.whole import ENVIRONMENT_ID, FORMS, ON, before, whole_plan
from tests.builders import APPROVER, REQUESTER, SECOND_APPROVER
from tests.core.fakes import ORIGIN, FakeClock, FakeProvider, House

_FLAG = f"/api/v2/feature-flags/{FLAG_ID}"
_PLACE = f"{_FLAG}/environments/{PROD.id}"
_SCHEDULE = f"/api/v2/feature-flags/exposure-schedules/{SCHEDULE_ID}"
_ENVIRONMENT = f"/api/v2/feature-flags/environments/{ENVIRONMENT_ID}"
REQUESTS = {
    "flag.enable": f"POST {_PLACE}/enable",
    "flag.disable": f"POST {_PLACE}/disable",
    "flag.archive": f"POST {_FLAG}/archive",
    "flag.unarchive": f"POST {_FLAG}/unarchive",
    "flag.create": "POST /api/v2/feature-flags",
    "flag.edit": f"PUT {_FLAG}",
    "flag.add-rule": f"POST {_PLACE}/allocations",
    "flag.replace-rules": f"PUT {_PLACE}/allocations",
    "rollout.start": f"POST {_SCHEDULE}/start",
    "rollout.pause": f"POST {_SCHEDULE}/pause",
    "rollout.resume": f"POST {_SCHEDULE}/resume",
    "rollout.stop": f"POST {_SCHEDULE}/stop",
    "test.pause": "PUT /api/v1/synthetics/tests/abc-def-ghi/status",
    "test.start": "PUT /api/v1/synthetics/tests/abc-def-ghi/status",
    "deployment.cancel": "POST /api/v2/fleet/deployments/abc-def-ghi/cancel",
    "environment.create": "POST /api/v2/feature-flags/environments",
    "environment.edit": f"PUT {_ENVIRONMENT}",
    "environment.delete": f"DELETE {_ENVIRONMENT}",
}


class Halfway(FakeProvider):
    """Reads from memory and writes through the adapter, to a Datadog that answers by script."""

    def __init__(self, clock: FakeClock, action: str, reply: Reply, *, lands: bool) -> None:
        super().__init__(clock)
        self.places = [PROD]
        seen = before(action)
        self.things = {(seen.target.id, seen.target.environment.id if seen.target.environment else ""): seen}
        if BY_NAME[action].makes:
            self.things = {}
        self._lands = lands
        self.scripted = Scripted(reply)

    async def apply(self, plan: Plan) -> Receipt:
        """Send the call, and let it take effect where it shall."""
        self.calls.append(plan)
        if self._lands:
            self.land(plan, {**BY_NAME[plan.action].effect, **plan.effect, **_begun(plan)})
        return await self.scripted.provider.apply(plan)


def _begun(plan: Plan) -> dict[str, Any]:
    return {"started_at": "2026-10-14T12:00:00Z"} if plan.action == "rollout.start" else {}


class HalfwayHouse(House):
    """The core over such a provider."""

    def __init__(self, action: str, reply: Reply, *, lands: bool) -> None:
        super().__init__()
        self.provider = self.halfway = Halfway(self.clock, action, reply, lands=lands)
        self.resolver = Resolver(self.provider)
        self.service = Service(self.changes, self.provider, self.resolver, self.rights, self.notifier)


async def ended(action: str, reply: Reply, *, lands: bool = False) -> tuple[ChangeRequest, Halfway]:
    """Ask for an action, sign it, send it, look until it stays as it is; return the change and the provider."""
    house = HalfwayHouse(action, reply, lands=lands)
    plan = whole_plan(action)
    named = "" if BY_NAME[action].makes else plan.target.id
    where = PROD.id if plan.target.environment else None
    command = Command(action=action, target=named, environment=where, reason="x", parameters=FORMS.get(action, {}))
    opened = await house.service.submit(command, Asking(person=REQUESTER.id, origin=ORIGIN))
    assert isinstance(opened, Opened), opened
    change = opened.change
    if change.decision.typed_name or not change.decision.approvals:
        typed = change.plan.target.key if change.decision.typed_name else None
        await house.service.confirm(change.id, REQUESTER.id, "confirm", typed=typed)
    for person in (APPROVER, SECOND_APPROVER)[: change.decision.approvals]:
        await house.service.approve(change.id, person.id, person.id)
    await house.drain()
    for _ in range(4):
        if (await house.service.get(change.id)).ended:
            break
        await house.later(40_000)
    return await house.service.get(change.id), house.halfway


def test_every_operation_is_in_the_table() -> None:
    """The table of requests has every action of the catalogue, and so has the adapter."""
    assert set(REQUESTS) == {action.name for action in CATALOGUE} == set(OPERATIONS)


@pytest.mark.parametrize("action", sorted(REQUESTS))
async def test_each_operation_sends_its_request(action: str) -> None:
    """Each operation is one request to its own path."""
    scripted = Scripted(answer(200))
    await scripted.provider.apply(whole_plan(action))
    assert scripted.asked == [REQUESTS[action]]


async def test_bodies_are_as_recorded() -> None:
    """A rule is sent with the ids of its variants and an interval for each step, as in Datadog's recordings."""
    scripted = Scripted(answer(201))
    await scripted.provider.apply(whole_plan("flag.add-rule"))
    sent = json.loads(scripted.script.requests[0].content)["data"]
    assert sent["type"] == "allocations"
    assert sent["attributes"]["variant_weights"][0] == {"variant_id": ON, "value": 60}
    assert sent["attributes"]["exposure_schedule"]["rollout_steps"][0] == {
        "exposure_ratio": 0.05,
        "interval_ms": 3_600_000,
        "is_pause_record": False,
        "grouped_step_index": 0,
    }
    scripted = Scripted(answer(200))
    await scripted.provider.apply(whole_plan("flag.edit"))
    sent = json.loads(scripted.script.requests[0].content)
    attributes = {"name": "Another", "description": "", "json_schema": None}
    assert sent == {"data": {"type": "feature-flags", "attributes": attributes}}


_SAID = {"errors": [{"detail": "it said so"}]}
_PAGE = b"<html>gateway</html>"
_WAITS = {"data": {"id": "s-1", "type": "flag-suggestions"}}

GOOD: dict[str, Reply] = {
    "200": answer(200, {"data": {}}),
    "200 empty": answer(200),
    "201": answer(201, {"data": {}}),
    "204": answer(204),
}
WAITING: dict[str, Reply] = {"202": answer(202), "202 suggestion": answer(202, _WAITS), "200 s.": answer(200, _WAITS)}
SURE: dict[str, tuple[Reply, str]] = {
    "400": (answer(400, _SAID), "it said so"),
    "401": (answer(401, _SAID), "does not let these keys"),
    "403": (answer(403, _SAID), "does not let these keys"),
    "404": (answer(404, _SAID), "it said so"),
    "409": (answer(409, _SAID), "it said so"),
    "redirect": (answer(302, None, location="https://elsewhere.test"), "redirects"),
    "400 page": (answer(400, _PAGE), "."),
    "409 empty": (answer(409), "."),
}
UNSENT: dict[str, tuple[Reply, str]] = {
    "429": (answer(429, _SAID, x_ratelimit_reset="3600"), "takes no more calls"),
    "no route": (httpx.ConnectError("no route"), "could not be reached"),
    "time-out before": (httpx.ConnectTimeout(""), "could not be reached"),
}
DOUBTFUL: dict[str, Reply] = {
    "500": answer(500, _SAID),
    "502 page": answer(502, _PAGE),
    "503": answer(503),
    "time-out after": httpx.ReadTimeout(""),
    "cut off": httpx.RemoteProtocolError("Server disconnected"),
    "200 page": answer(200, _PAGE),
}
_EVERY = sorted(REQUESTS)


@pytest.mark.parametrize("action", _EVERY)
async def test_what_was_taken_is_proved(action: str) -> None:
    """Taken and shown by a read is applied; where no fact tells, the proof is that Datadog accepted it."""
    for reply in GOOD:
        change, provider = await ended(action, GOOD[reply], lands=True)
        literal = BY_NAME[action]
        assert change.status is Status.APPLIED, reply
        assert change.receipt is not None
        tells = bool(literal.effect) or literal.form is not None
        assert change.receipt.proof is (Proof.READ_BACK if tells else Proof.ACCEPTED)
        assert len(provider.calls) == 1, reply


@pytest.mark.parametrize("action", _EVERY)
async def test_what_was_taken_and_does_not_show_is_not_called_done(action: str) -> None:
    """A 200 that no read bears out ends unknown for a person to settle, unless no fact could ever tell."""
    change, provider = await ended(action, answer(200, {"data": {}}))
    tells = bool(BY_NAME[action].effect) or BY_NAME[action].form is not None
    assert change.status is (Status.UNKNOWN if tells else Status.APPLIED)
    assert len(provider.calls) == 1


@pytest.mark.parametrize("action", _EVERY)
async def test_what_waits_in_datadog_is_not_done(action: str) -> None:
    """Any other 2xx and every suggestion wait in Datadog: first submitted, and never applied without a proof."""
    for reply in WAITING:
        change, provider = await ended(action, WAITING[reply])
        assert change.submitted_at is not None
        assert change.status in (Status.SUBMITTED, Status.FAILED, Status.UNKNOWN), reply
        assert len(provider.calls) == 1, reply


@pytest.mark.parametrize("action", _EVERY)
async def test_a_refusal_ends_without_effect_in_a_sentence(action: str) -> None:
    """A refusal is failed, or stale where the state forbids it, with what Datadog said; nothing is sent again."""
    for reply in SURE:
        scripted, words = SURE[reply]
        change, provider = await ended(action, scripted)
        assert change.status in (Status.FAILED, Status.STALE), (reply, change.note)
        if change.status is Status.STALE:
            assert change.cause is Cause.DRIFT
            assert int(reply.split()[0]) in OPERATIONS[action].conflicts
        assert words in change.note
        assert len(provider.calls) == 1, reply


@pytest.mark.parametrize("action", _EVERY)
async def test_what_was_not_sent_is_tried_until_its_time_is_over(action: str) -> None:
    """What never took effect is tried again while there is time, and says what it waits for."""
    for reply in UNSENT:
        scripted, words = UNSENT[reply]
        change, _ = await ended(action, scripted)
        assert change.status in (Status.APPLYING, Status.FAILED), reply
        assert words in change.note


@pytest.mark.parametrize("action", _EVERY)
async def test_a_doubtful_call_that_took_effect_is_found_out(action: str) -> None:
    """Where the answer was lost and a read shows the effect, it is applied after one call."""
    for reply in DOUBTFUL:
        change, provider = await ended(action, DOUBTFUL[reply], lands=True)
        tells = bool(BY_NAME[action].effect) or BY_NAME[action].form is not None
        if tells:
            assert change.status is Status.APPLIED
            assert len(provider.calls) == 1, reply
        else:
            assert change.status in (Status.APPLYING, Status.UNKNOWN), reply


@pytest.mark.parametrize("action", _EVERY)
async def test_a_doubtful_call_that_does_not_show_is_unknown(action: str) -> None:
    """Where no read shows the effect, a single-flight verb is not sent again and a person is asked."""
    for reply in DOUBTFUL:
        change, provider = await ended(action, DOUBTFUL[reply])
        assert change.status in (Status.APPLYING, Status.UNKNOWN), reply
        if BY_NAME[action].repeat == "single_flight":
            assert change.status is Status.UNKNOWN
            assert len(provider.calls) == 1, reply
