"""The table of calls and the catalogue of actions cover each other."""

import contextlib
import json

import pytest

from bot.actions import BY_NAME
from bot.adapters.datadog.operations import OPERATIONS, segment
from bot.adapters.datadog.sites import web_url
from bot.errors import Rejected
from bot.model import Risk
from tests.adapters.datadog.scripted import FLAG_ID, PROD, SCHEDULE_ID, Scripted, answer, plan_of

_PLACE = f"/api/v2/feature-flags/{FLAG_ID}/environments/{PROD.id}"
_SCHEDULE = f"/api/v2/feature-flags/exposure-schedules/{SCHEDULE_ID}"


def test_catalogue_and_table_cover_each_other() -> None:
    """Every action of the catalogue has a call, and every call an action."""
    assert set(OPERATIONS) == set(BY_NAME)


@pytest.mark.parametrize("name", list(BY_NAME))
def test_what_contains_is_urgent(name: str) -> None:
    """A call that stops something does not wait while Datadog is spared for its failures; every other does."""
    plan = plan_of(name)
    for risk in Risk:
        asked = plan.model_copy(update={"risk": risk, "parameters": {"name": "x", "rules": []}})
        with contextlib.suppress(Rejected):  # what a form has to fill in is not filled in here
            assert OPERATIONS[name].request(asked).urgent is (risk is Risk.CONTAIN)


def test_supports_what_is_in_the_table() -> None:
    """The provider supports what has a call, and nothing else."""
    provider = Scripted(answer(200)).provider
    assert all(provider.supports(name) for name in BY_NAME)
    assert not provider.supports("flag.explode")


@pytest.mark.parametrize(
    ("action", "call"),
    [
        ("flag.enable", f"POST {_PLACE}/enable"),
        ("flag.disable", f"POST {_PLACE}/disable"),
        ("rollout.start", f"POST {_SCHEDULE}/start"),
        ("rollout.pause", f"POST {_SCHEDULE}/pause"),
        ("rollout.resume", f"POST {_SCHEDULE}/resume"),
        ("rollout.stop", f"POST {_SCHEDULE}/stop"),
        ("flag.archive", f"POST /api/v2/feature-flags/{FLAG_ID}/archive"),
        ("flag.unarchive", f"POST /api/v2/feature-flags/{FLAG_ID}/unarchive"),
        ("deployment.cancel", f"POST /api/v2/fleet/deployments/{SCHEDULE_ID}/cancel"),
        ("environment.delete", f"DELETE /api/v2/feature-flags/environments/{SCHEDULE_ID}"),
    ],
)
async def test_each_action_makes_its_one_call(action: str, call: str) -> None:
    """An action is one call to its own path, without a body."""
    scripted = Scripted(answer(200))
    await scripted.provider.apply(plan_of(action))
    assert scripted.asked == [call]
    assert scripted.script.requests[0].content == b""


@pytest.mark.parametrize(("action", "status"), [("test.pause", "paused"), ("test.start", "live")])
async def test_a_test_is_set_to_a_status(action: str, status: str) -> None:
    """Pausing and starting a test are one call with the status as its body."""
    scripted = Scripted(answer(200, True))
    await scripted.provider.apply(plan_of(action))
    assert scripted.asked == [f"PUT /api/v1/synthetics/tests/{SCHEDULE_ID}/status"]
    assert json.loads(scripted.script.requests[0].content) == {"new_status": status}


async def test_unknown_action_is_never_sent() -> None:
    """An action without a call is refused before anything is sent."""
    scripted = Scripted(answer(200))
    with pytest.raises(Rejected):
        await scripted.provider.apply(plan_of("flag.enable").model_copy(update={"action": "flag.explode"}))
    assert scripted.asked == []


@pytest.mark.parametrize("identity", ["", " ", ".", "..", " .. "])
def test_ids_that_lead_elsewhere_are_refused(identity: str) -> None:
    """An id that is nothing, or a step up the path, is refused."""
    with pytest.raises(Rejected):
        segment(identity)


def test_ids_stay_one_segment() -> None:
    """A slash, a question mark or a space in an id cannot change the path."""
    assert segment("a/../b?c d#e") == "a%2F..%2Fb%3Fc%20d%23e"


@pytest.mark.parametrize(
    ("site", "url"),
    [
        ("datadoghq.com", "https://app.datadoghq.com"),
        ("datadoghq.eu", "https://app.datadoghq.eu"),
        ("us3.datadoghq.com", "https://us3.datadoghq.com"),
    ],
)
def test_pages_of_a_site(site: str, url: str) -> None:
    """Only sites without a region in their name have their pages at app."""
    assert web_url(site) == url
