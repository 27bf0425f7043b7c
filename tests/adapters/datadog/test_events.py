"""What Datadog is told of an applied change, and that it is what Datadog takes."""

import json
from typing import Any

import httpx
import pytest
import yaml
from jsonschema import Draft7Validator

from bot.actions import CATALOGUE
from bot.adapters.datadog.client import DatadogClient
from bot.adapters.datadog.events import DatadogHistory, event
from bot.adapters.http import build_http
from bot.changes.record import ChangeRequest, Status
from bot.errors import OutcomeUnknown, Rejected
from bot.model import Actor
from tests.adapters.datadog.scripted import FakeTime, Script, answer
from tests.builders import APPROVER, PRODUCTION, REQUESTER, a_change, a_plan
from tests.contracts import contract
from tests.sandbox.datadog.serving import calling

LINK = "https://sandbox.slack.com/archives/C0DEPLOYS/p1792000000000100"


async def link(_change: ChangeRequest) -> str:
    """Return the address of a card."""
    return LINK


def history(*replies: httpx.Response | Exception) -> tuple[DatadogHistory, Script]:
    """Return a history over a scripted intake."""
    script, time = Script(replies), FakeTime()
    http = build_http(
        "https://intake.datadog.test", {"DD-API-KEY": "k"}, name="intake", transport=httpx.MockTransport(script)
    )
    return DatadogHistory(DatadogClient(http, wait=time.wait, monotonic=time.monotonic), link), script


def attributes(change: ChangeRequest) -> Any:
    """Return the attributes of the event of a change."""
    body: Any = event(change, LINK)
    return body["data"]["attributes"]


def test_an_event_says_who_asked_and_who_signed() -> None:
    """An event has requester, approvers, request, card, and the value before and after."""
    told = attributes(a_change(Status.APPLIED))
    inner = told["attributes"]
    assert told["title"] == "Disabled flag new-search in Production"
    assert told["aggregation_key"] == "cs-k3f9qa"
    assert "env:prod" in told["tags"]
    assert inner["changed_resource"] == {"name": "new-search", "type": "feature_flag"}
    assert inner["author"] == {"name": REQUESTER.name, "type": "user"}
    assert inner["prev_value"] == {"Flag in Production": "enabled"}
    assert inner["new_value"] == {"Flag in Production": "disabled"}
    metadata = inner["change_metadata"]
    assert metadata["request"] == "cs-k3f9qa"
    assert metadata["permalink"] == LINK
    assert metadata["requester"]["id"] == REQUESTER.id
    assert [each["email"] for each in metadata["approvers"]] == [APPROVER.email]
    for part in (REQUESTER.name, APPROVER.name, "cs-k3f9qa", LINK, "error rate doubled after the release"):
        assert part in told["message"]


def test_a_card_that_is_not_known_is_left_out() -> None:
    """Without the address of a card, none is told."""
    body: Any = event(a_change(Status.APPLIED), "")
    assert "permalink" not in body["data"]["attributes"]["attributes"]["change_metadata"]


@pytest.mark.parametrize("action", [action.name for action in CATALOGUE])
def test_every_action_makes_an_event_that_the_contract_takes(action: str) -> None:
    """The event of each action of the catalogue validates against the published contract."""
    document = json.loads(contract("datadog/openapi-subset.json").read_text())
    schema = document["components"]["schemas"]["EventCreateRequestPayload"]
    validator = Draft7Validator({**schema, "components": document["components"]})
    body = event(a_change(Status.APPLIED, plan=a_plan(action)), LINK)
    assert [error.message for error in validator.iter_errors(body)] == []


def test_long_names_stay_within_the_limits() -> None:
    """Names, tags and sentences are cut to what the contract allows, and none of them is empty."""
    document = json.loads(contract("datadog/openapi-subset.json").read_text())
    schema = document["components"]["schemas"]["EventCreateRequestPayload"]
    validator = Draft7Validator({**schema, "components": document["components"]})
    long = PRODUCTION.model_copy(update={"queries": tuple(f"{'q' * 300}{n}" for n in range(200))})
    change = a_change(Status.APPLIED, plan=a_plan(key="k" * 900, environment=long), reason="r" * 9000)
    change = change.model_copy(update={"requester": Actor(id="U0X", name="n" * 300)})
    assert [error.message for error in validator.iter_errors(event(change, LINK))] == []


def test_an_event_is_built_like_the_recorded_one() -> None:
    """Our event has no part that the recorded one lacks, apart from its time, and the recorded kinds of value."""
    recorded = yaml.safe_load(contract("datadog/recordings/test_post_an_event_returns_ok_response.yaml").read_text())
    theirs = json.loads(recorded["interactions"][0]["request"]["body"])["data"]["attributes"]
    ours = attributes(a_change(Status.APPLIED))
    assert set(ours) - set(theirs) == {"timestamp"}
    assert set(ours["attributes"]) <= set(theirs["attributes"])
    assert ours["attributes"]["changed_resource"]["type"] == theirs["attributes"]["changed_resource"]["type"]


async def test_the_intake_is_told_once_with_the_one_key_it_wants() -> None:
    """An event is one call to the intake, without the application key."""
    told, script = history(answer(202, {"data": {}}))
    await told.applied(a_change(Status.APPLIED))
    (request,) = script.requests
    assert (request.method, request.url.path) == ("POST", "/api/v2/events")
    assert request.headers["DD-API-KEY"] == "k"
    assert "DD-APPLICATION-KEY" not in request.headers


@pytest.mark.parametrize(("status", "error"), [(400, Rejected), (503, OutcomeUnknown)])
async def test_a_refusal_of_the_intake_is_an_error(status: int, error: type[Exception]) -> None:
    """What the intake refuses or loses is told to whoever called."""
    told, _ = history(answer(status, {"errors": ["no"]}))
    with pytest.raises(error):
        await told.applied(a_change(Status.APPLIED))


async def test_the_sandboxes_intake_takes_it() -> None:
    """The sandbox takes the event, and does not count it as a change of the organisation."""
    async with calling() as api:
        status, _ = await api.call("POST", "/api/v2/events", event(a_change(Status.APPLIED), LINK))
        assert status == 202
        (kept,) = api.organisation.world.events
        assert kept.attributes["aggregation_key"] == "cs-k3f9qa"
        assert (api.organisation.calls.written(), api.organisation.calls.changed()) == (0, 0)
