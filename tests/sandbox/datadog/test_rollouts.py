"""Rollouts move with the clock and follow their verbs."""

import pytest

from bot.sandbox.datadog.seed import seeded_id
from tests.sandbox.datadog.serving import CHECKOUT, CHECKOUT_ROLLOUT, PROD, Api

_SCHEDULES = "/api/v2/feature-flags/exposure-schedules"
_NEW = seeded_id("rollout", "dark-mode", "prod", "dark-mode-gradual")
_PAUSED = seeded_id("rollout", "new-checkout", "prod", "new-checkout-gradual")
_FINISHED = seeded_id("rollout", "button-colour", "prod", "button-colour-gradual")
_GUARDED = seeded_id("rollout", "resume-upload", "prod", "resume-upload-gradual")
_PLAIN = seeded_id("rollout", "new-search", "prod", "beta-testers")


async def _verb(api: Api, verb: str, rollout: str = CHECKOUT_ROLLOUT) -> int:
    status, _ = await api.call("POST", f"{_SCHEDULES}/{rollout}/{verb}")
    return status


async def test_running_rollout_advances_to_its_end(api: Api) -> None:
    """A running rollout takes its steps as time passes and then is finished."""
    assert (await api.truth("checkout-v2"))["rollout"]["ratio"] == 0.25
    api.clock.advance(minutes=25)
    assert (await api.truth("checkout-v2"))["rollout"]["ratio"] == 0.5
    api.clock.advance(minutes=60)
    after = (await api.truth("checkout-v2"))["rollout"]
    assert (after["state"], after["ratio"]) == ("finished", 1)
    assert await _verb(api, "pause") == 409


async def test_pause_keeps_the_place(api: Api) -> None:
    """A paused rollout stays where it is, and goes on from there when resumed."""
    assert await _verb(api, "pause") == 200
    api.clock.advance(hours=5)
    paused = (await api.truth("checkout-v2"))["rollout"]
    assert (paused["state"], paused["ratio"]) == ("paused", 0.25)
    assert await _verb(api, "pause") == 409
    assert await _verb(api, "resume") == 200
    api.clock.advance(minutes=19)
    assert (await api.truth("checkout-v2"))["rollout"]["step"] == 2
    api.clock.advance(minutes=2)
    assert (await api.truth("checkout-v2"))["rollout"]["step"] == 3


async def test_stop_takes_all_progress_back(api: Api) -> None:
    """A stopped rollout exposes nobody, and cannot be resumed or started."""
    assert await _verb(api, "stop") == 200
    stopped = (await api.truth("checkout-v2"))["rollout"]
    assert (stopped["state"], stopped["ratio"]) == ("stopped", 0)
    assert [await _verb(api, verb) for verb in ("resume", "start", "pause", "stop")] == [409] * 4


@pytest.mark.parametrize(
    ("rollout", "statuses"),
    [
        (_NEW, {"pause": 400, "resume": 400, "stop": 400, "start": 200}),
        (_PAUSED, {"start": 409, "pause": 409, "resume": 200}),
        (_FINISHED, {"start": 409, "pause": 409, "resume": 409, "stop": 409}),
        (CHECKOUT_ROLLOUT, {"start": 409, "resume": 409, "pause": 200}),
        (_PLAIN, {"start": 400, "pause": 400, "resume": 400, "stop": 400}),
        (seeded_id("nobody"), {"start": 404, "pause": 404}),
    ],
)
async def test_transitions(api: Api, rollout: str, statuses: dict[str, int]) -> None:
    """Each state allows its own verbs and answers 409 or 400 to the others."""
    assert {verb: await _verb(api, verb, rollout) for verb in statuses} == statuses


async def test_answers_do_not_tell_the_state(api: Api) -> None:
    """Neither the answer to a verb nor the flag has a field for the state of a rollout."""
    _, body = await api.call("POST", f"{_SCHEDULES}/{CHECKOUT_ROLLOUT}/pause")
    attributes = body["data"]["attributes"]
    assert body["data"]["type"] == "allocation_exposure_schedules"
    assert not {"status", "state"} & set(attributes)
    assert attributes["absolute_start_time"] is not None
    assert (await api.place(CHECKOUT, PROD))["allocations"][0]["status"] == "ACTIVE"


async def test_never_started_has_no_start_time(api: Api) -> None:
    """A rollout that never ran has null where its start time would be."""
    _, body = await api.call("POST", f"{_SCHEDULES}/{_NEW}/start")
    assert body["data"]["attributes"]["absolute_start_time"] is not None
    place = await api.place(seeded_id("flag", "checkout-v2-eu"), PROD)
    assert place["allocations"][0]["exposure_schedule"]["absolute_start_time"] is None


async def test_guardrail_leaves_its_trigger(api: Api) -> None:
    """A rollout paused by a guardrail shows the action and the metric until it is resumed."""
    place = await api.place(seeded_id("flag", "resume-upload"), PROD)
    schedule = place["allocations"][0]["exposure_schedule"]
    assert schedule["guardrail_triggered_action"] == "PAUSE"
    assert [each["metric_id"] for each in schedule["guardrail_triggers"]] == ["checkout.error_rate"]
    assert (await api.truth("resume-upload"))["rollout"]["state"] == "paused"
    assert await _verb(api, "resume", _GUARDED) == 200
    assert (await api.truth("resume-upload"))["rollout"]["guardrail"] is None


async def test_pause_record_holds_the_rollout(api: Api) -> None:
    """A step marked as a pause holds the rollout until somebody resumes it."""
    api.organisation.rollout(CHECKOUT_ROLLOUT).steps[2].is_pause_record = True
    api.clock.advance(hours=3)
    held = (await api.truth("checkout-v2"))["rollout"]
    assert (held["state"], held["step"]) == ("paused", 3)
    assert await _verb(api, "resume") == 200
    api.clock.advance(minutes=31)
    assert (await api.truth("checkout-v2"))["rollout"]["state"] == "finished"
