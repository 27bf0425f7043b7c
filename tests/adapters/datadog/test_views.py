"""What people look at is read as Datadog really answers, and no answer breaks it."""

import asyncio
import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.datadog.directory import ENVIRONMENTS_SECONDS
from bot.adapters.datadog.remembered import Remembered
from bot.adapters.datadog.view_reading import milliseconds
from bot.adapters.datadog.views import DatadogViews
from bot.errors import NotFound, ProviderError
from bot.looking.views import Condition
from handlers.cards.looks.pieces import condition
from tests.adapters.datadog.scripted import FLAG_ID, PROD, Scripted, answer, flag_body, rule_body
from tests.adapters.datadog.test_spoilt import spoilt
from tests.contracts import contract

TEST = {
    "public_id": "abc-def-ghi",
    "name": "checkout",
    "status": "live",
    "type": "api",
    "tags": ["env:prod"],
    "options": {"tick_every": 900},
    "locations": ["aws:eu-central-1"],
    "modified_at": "2026-04-22T20:16:00.32+00:00",
}
DEPLOYMENT = {
    "id": "abc-def-ghi",
    "attributes": {
        "high_level_status": "running",
        "query": "env:prod",
        "target_versions": ["7.70.0"],
        "started_at": 1_790_000_000,
        "total_hosts": 2,
        "succeeded_hosts": 1,
        "hosts": [{"hostname": "a", "status": "succeeded", "error": None}],
    },
}
ENVIRONMENT = {"id": PROD.id, "attributes": {"name": "prod", "queries": ["p"], "is_production": True}}
LISTS: dict[str, dict[str, Any]] = {
    "flags": {"data": [flag_body()["data"]], "meta": {"page": {"next_offset": None}}},
    "environments": {"data": [ENVIRONMENT]},
    "tests": {"tests": [TEST]},
    "deployments": {"data": [DEPLOYMENT]},
}
ONES: dict[str, dict[str, Any]] = {"flag": flag_body(), "test": TEST, "deployment": {"data": DEPLOYMENT}}


def views(*bodies: object) -> DatadogViews:
    """Return the views over a Datadog that answers one body after the other."""
    return Scripted(*(answer(200, body) for body in bodies)).provider.views


async def read_one(name: str, body: object) -> Any:
    """Look at one thing that is answered so."""
    return await getattr(views(body), name)(FLAG_ID)


@pytest.mark.parametrize("allocations", [None, [], {}])
async def test_no_rules_in_any_spelling(allocations: object) -> None:
    """Rules that are null, an empty list or an empty object are none."""
    flag = await views(flag_body(allocations=allocations)).flag(FLAG_ID)
    assert flag.settings[0].rules == ()


async def test_a_rule_and_its_rollout() -> None:
    """Conditions, weights by the variant's key, steps in their order and the guardrail are those of the answer."""
    body = flag_body(
        allocations=[
            rule_body(
                absolute_start_time="2026-04-22T20:16:00.322813054Z",
                guardrail_triggered_action="PAUSE",
                guardrail_triggers=[
                    {"metric_id": "errors", "triggered_action": "PAUSE", "created_at": "2026-04-22T20:20:00Z"}
                ],
            ),
            rule_body("NO_ROLLOUT") | {"order_position": 1, "key": "plain"},
        ]
    )
    body["data"]["attributes"]["variants"] = [{"id": "v", "key": "on", "name": "On", "value": "true"}]
    rolled, plain = (await views(body).flag(FLAG_ID)).settings[0].rules
    assert [(c.attribute, c.operator, c.values) for c in rolled.groups[0]] == [("a", "ONE_OF", ("x", "y"))]
    assert [(w.variant, w.percent) for w in rolled.weights] == [("on", 100)]
    assert rolled.rollout is not None
    assert [step.ratio for step in rolled.rollout.steps] == [0.05, 1]
    assert rolled.rollout.started_at == 1_776_888_960_322
    assert (rolled.rollout.guardrail, rolled.rollout.triggers[0].metric) == ("PAUSE", "errors")
    assert plain.rollout is None


async def test_repeated_ids_are_dropped() -> None:
    """A flag and a test that two pages have are listed once, and a full page without a next one is followed."""
    rows = [flag_body()["data"] | {"id": f"flag-{n}"} for n in range(100)]
    flags = await views({"data": rows}, {"data": rows[:1]}).flags()
    assert len(flags) == 100
    tests = [TEST | {"public_id": f"t-{n}"} for n in range(100)]
    assert len(await views({"tests": tests}, {"tests": tests}).tests()) == 100


async def test_status_of_a_deployment_in_both_places() -> None:
    """A deployment's status is read from `status` in the list and from `high_level_status` elsewhere."""
    listed = {"id": "x", "attributes": {"status": "cancelled"}}
    assert (await views({"data": [listed, DEPLOYMENT]}).deployments())[1].status == "canceled"
    assert (await views({"data": DEPLOYMENT}).deployment("abc-def-ghi")).status == "running"


async def test_an_odd_row_is_left_out() -> None:
    """Of a list of tests and deployments, a row without an id is left out, and the others are kept."""
    assert [each.id for each in await views({"tests": [{"name": "x"}, TEST]}).tests()] == ["abc-def-ghi"]
    assert [each.id for each in await views({"data": [{}, DEPLOYMENT]}).deployments()] == ["abc-def-ghi"]


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01T00:00:00Z", "\ud800", "9" * 5000])
def test_no_time(text: str) -> None:
    """What is no time is none."""
    assert milliseconds(text) is None


@settings(max_examples=60)
@given(st.sampled_from(sorted(LISTS)), st.sampled_from(sorted(ONES)), st.data())
async def test_spoilt_answers_end_in_a_view_or_a_provider_error(many: str, one: str, data: st.DataObject) -> None:
    """No missing, null, surplus or nonsensical part of an answer breaks a look with another error."""
    listed = data.draw(spoilt(LISTS[many]))
    single = data.draw(spoilt(ONES[one]))
    with contextlib.suppress(ProviderError):
        rows = await getattr(views(listed), many)()
        assert all(each.model_dump_json() for each in rows)
    with contextlib.suppress(ProviderError):
        assert (await read_one(one, single)).model_dump_json()
    with contextlib.suppress(ProviderError):
        assert (await views(listed, single, single).rollouts(None, (FLAG_ID,))).model_dump_json()


async def test_names_are_resolved_from_memory_and_snapshots_are_not() -> None:
    """Environments are listed with one request for many askers at once, and read afresh where it matters."""
    scripted = Scripted(answer(200, LISTS["environments"]))
    found = await asyncio.gather(*(scripted.provider.environments() for _ in range(5)))
    assert [each[0].name for each in found] == ["prod"] * 5
    assert len(scripted.asked) == 1
    await scripted.provider.views.environments()
    assert len(scripted.asked) == 2


async def test_memory_is_short() -> None:
    """What is remembered is read again after its time, and at once after it was forgotten."""
    now, reads = [0.0], list[int]()

    async def read() -> int:
        reads.append(1)
        return len(reads)

    memory = Remembered(read, ENVIRONMENTS_SECONDS, lambda: now[0])
    assert [await memory.get(), await memory.get()] == [1, 1]
    now[0] = ENVIRONMENTS_SECONDS
    assert await memory.get() == 2
    memory.forget()
    assert await memory.get() == 3


async def test_errors_are_not_remembered() -> None:
    """All who wait for one reading get its error, and the next asker reads anew."""
    reads = list[int]()

    async def read() -> str:
        reads.append(1)
        await asyncio.sleep(0)
        if len(reads) == 1:
            raise NotFound("Gone.")
        return "there"

    memory = Remembered(read, 10, lambda: 0.0)
    failed = await asyncio.gather(memory.get(), memory.get(), return_exceptions=True)
    assert [type(each) for each in failed] == [NotFound, NotFound]
    assert (await memory.get(), len(reads)) == ("there", 2)


def test_every_operator_has_words() -> None:
    """Each operator of the published contract is said in words where rules are read."""
    schemas = json.loads(contract("datadog/openapi-subset.json").read_text("utf-8"))["components"]["schemas"]
    for operator in schemas["ConditionOperator"]["enum"]:
        said = condition(Condition(attribute="country", operator=operator, values=("de",)))
        assert said.startswith("`country` ")
        assert operator not in said


def test_bodies_are_json() -> None:
    """The bodies that are spoilt are such as a server can send."""
    assert json.loads(json.dumps([LISTS, ONES])) == [LISTS, ONES]
