"""What Datadog answers becomes facts, whatever shape it comes in, or a ProviderError."""

import json
from typing import Any

import pytest
import yaml

from bot.actions import CATALOGUE
from bot.adapters.datadog.models import EnvironmentData, FlagData, RuleData, read
from bot.adapters.datadog.reading import environment_of, rules_digest
from bot.errors import Malformed, NotFound
from bot.model import Facts, Noun, Scope
from tests.adapters.datadog.scripted import (
    FLAG,
    FLAG_ID,
    PROD,
    ROLLOUT,
    SCHEDULE_ID,
    Scripted,
    answer,
    flag_body,
    rule_body,
)
from tests.contracts import contract


async def _facts(body: object, target: Any = FLAG) -> Facts:
    return (await Scripted(answer(200, body)).provider.snapshot(target)).facts


async def test_flag_facts() -> None:
    """A flag's facts are those that the catalogue speaks of."""
    facts = await _facts(flag_body())
    assert {name: facts[name] for name in facts if name != "rules"} == {
        "exists": True,
        "flag_id": FLAG_ID,
        "archived": False,
        "status": "ENABLED",
        "approval_required": False,
        "pending_suggestion": None,
    }


async def test_rollout_facts() -> None:
    """A rollout's facts are those that the catalogue speaks of, its steps in their order."""
    trigger = {"metric_id": "errors", "triggered_action": "PAUSE"}
    rule = rule_body(
        absolute_start_time="2026-04-22T20:16:00.322813054Z",
        guardrail_triggered_action="PAUSE",
        guardrail_triggers=[trigger, trigger],
    )
    assert await _facts(flag_body(allocations=[rule]), ROLLOUT) == {
        "flag_id": FLAG_ID,
        "schedule_id": SCHEDULE_ID,
        "rule": "everyone",
        "flag_status": "ENABLED",
        "started_at": "2026-04-22T20:16:00.322813054Z",
        "updated_at": "2026-04-22T20:16:00.322813054Z",
        "steps": [0.05, 1],
        "guardrail": {"action": "PAUSE", "metrics": ["errors"]},
        "approval_required": False,
        "pending_suggestion": None,
    }


async def test_everything_watched_is_a_fact() -> None:
    """No action in an environment watches, or brings about, a fact that is not reported."""
    facts = {Noun.FLAG: await _facts(flag_body()), Noun.ROLLOUT: await _facts(flag_body(), ROLLOUT)}
    for action in CATALOGUE:
        if action.scope is Scope.ENVIRONMENT and action.form is None:
            assert {*action.watches, *action.effect} <= set(facts[action.noun]), action.name


@pytest.mark.parametrize(
    ("flag_wants", "environment_wants", "production", "wanted"),
    [
        (False, False, True, False),
        (True, False, True, True),
        (True, False, False, False),
        (False, True, False, True),
        (True, None, None, True),
    ],
)
async def test_approval_is_wanted_by_environment_or_flag(
    flag_wants: bool, environment_wants: bool | None, production: bool | None, wanted: bool
) -> None:
    """A flag wants Datadog's approval in production only, an environment always."""
    body = flag_body(require_feature_flag_approval=environment_wants, is_production=production)
    body["data"]["attributes"]["require_approval"] = flag_wants
    assert (await _facts(body))["approval_required"] is wanted


@pytest.mark.parametrize("allocations", [None, [], {}])
async def test_absent_rules_are_no_rules(allocations: object) -> None:
    """Null, an empty list and an empty object all mean that there are no rules."""
    assert (await _facts(flag_body(allocations=allocations)))["rules"] == rules_digest([])
    with pytest.raises(NotFound):
        await _facts(flag_body(allocations=allocations), ROLLOUT)


@pytest.mark.parametrize("allocations", ["text", 1, {"a": 1}, [1], [None], [[]], [{"exposure_schedule": {}}]])
async def test_rules_of_another_shape_are_malformed(allocations: object) -> None:
    """Rules that are none of the known shapes are not guessed at."""
    with pytest.raises(Malformed):
        await _facts(flag_body(allocations=allocations))


async def test_rules_elsewhere_do_not_matter() -> None:
    """Rules of an unknown shape in another environment do not hinder reading this one."""
    body = flag_body()
    other = {**body["data"]["attributes"]["feature_flag_environments"][0], "environment_id": "x", "allocations": "?"}
    body["data"]["attributes"]["feature_flag_environments"].append(other)
    assert (await _facts(body))["status"] == "ENABLED"


async def test_progress_does_not_change_the_rules() -> None:
    """The digest of the rules stays while a rollout advances, and when only order and spelling differ."""
    moved = rule_body(
        absolute_start_time="2026-04-22T20:16:00Z",
        updated_at="2026-04-23T20:16:00Z",
        guardrail_triggered_action="PAUSE",
        guardrail_triggers=[{"metric_id": "m"}],
    )
    moved["variant_weights"] = [{"variant_id": "v", "value": 100.0, "updated_at": "later"}]
    moved["targeting_rules"][0]["conditions"][0]["value"] = ["y", "x"]
    moved["status"] = "PAUSED"
    assert (await _facts(flag_body(allocations=[moved])))["rules"] == (await _facts(flag_body()))["rules"]


@pytest.mark.parametrize(
    "change",
    [
        {"key": "other"},
        {"variant_weights": [{"variant_id": "v", "value": 50}]},
        {"targeting_rules": []},
        {"targeting_rules": [{"conditions": [{"attribute": "a", "operator": "ONE_OF", "value": ["x"]}]}]},
        {"guardrail_metrics": [{"metric_id": "m", "trigger_action": "ABORT"}]},
        {"experiment_id": "e"},
        {"exposure_schedule": None},
        {"exposure_schedule": {"id": SCHEDULE_ID}},
    ],
)
async def test_a_changed_rule_changes_the_digest(change: dict[str, Any]) -> None:
    """Whatever changes who gets what changes the digest of the rules."""
    before = (await _facts(flag_body()))["rules"]
    assert (await _facts(flag_body(allocations=[rule_body() | change])))["rules"] != before


async def test_snapshot_refreshes_the_environment() -> None:
    """Whether the environment is production, and its name, are taken from the fresh answer."""
    body = flag_body(is_production=False, environment_name="renamed")
    seen = await Scripted(answer(200, body)).provider.snapshot(FLAG)
    assert seen.target.environment is not None
    assert (seen.target.environment.is_production, seen.target.environment.name) == (False, "renamed")
    assert seen.target.id == FLAG.id


@pytest.mark.parametrize("mark", [None, ...])
async def test_unknown_production_mark_counts_as_production(mark: object) -> None:
    """An environment that does not say whether it is production is taken for production."""
    attributes: dict[str, Any] = {"name": "somewhere"} | ({} if mark is ... else {"is_production": mark})
    rows = {"data": [{"id": PROD.id, "type": "environments", "attributes": attributes}]}
    found = await Scripted(answer(200, rows)).provider.environments()
    assert found[0].is_production is True


@pytest.mark.parametrize("target", [FLAG, ROLLOUT])
async def test_gone_is_not_found(target: Any) -> None:
    """A flag that is not in the environment any more, or a schedule that is not in the flag, is not found."""
    with pytest.raises(NotFound):
        await _facts(flag_body(environment_id="another"), target)
    if target is ROLLOUT:
        with pytest.raises(NotFound):
            await _facts(flag_body(allocations=[rule_body(id="another")]), target)


@pytest.mark.parametrize("status", [None, "", "ON", "enabled"])
async def test_unknown_status_is_malformed(status: object) -> None:
    """A flag that does not say whether it is enabled is not guessed at."""
    for target in (FLAG, ROLLOUT):
        with pytest.raises(Malformed):
            await _facts(flag_body(status=status), target)


def _recorded(name: str) -> list[Any]:
    interactions = yaml.safe_load(contract(f"datadog/recordings/{name}").read_text())["interactions"]
    bodies = [each["response"]["body"]["string"] for each in interactions]
    return [json.loads(body)["data"] for body in bodies if body]


@pytest.mark.parametrize(
    "name",
    [
        "test_archive_a_feature_flag_returns_ok_response.yaml",
        "test_create_a_feature_flag_returns_created_response.yaml",
        "test_get_a_feature_flag_returns_ok_response.yaml",
        "test_list_feature_flags_returns_ok_response.yaml",
        "test_update_a_feature_flag_returns_ok_response.yaml",
    ],
)
def test_recorded_flags_are_understood(name: str) -> None:
    """Every recorded flag is read, with its settings."""
    flags = [flag for data in _recorded(name) for flag in (data if isinstance(data, list) else [data])]
    assert flags
    for flag in flags:
        found = read(FlagData, flag)
        assert found.attributes.key == flag["attributes"]["key"]
        assert found.attributes.feature_flag_environments
        assert {setting.status for setting in found.attributes.feature_flag_environments} == {"DISABLED"}
        assert all(setting.rules() == [] for setting in found.attributes.feature_flag_environments)


@pytest.mark.parametrize(("name", "marked"), [("Development", True), ("prod", False), ("production", False)])
async def test_production_is_what_datadog_marks(name: str, marked: bool) -> None:
    """An environment is production by Datadog's mark, whatever it and its queries are called."""
    attributes = {"name": name, "queries": [name], "is_production": marked}
    data = read(EnvironmentData, {"id": "e", "attributes": attributes})
    assert environment_of(data).is_production is marked
    body = flag_body(environment_name=name, environment_queries=[name], is_production=marked)
    for target in (FLAG, ROLLOUT):
        assert (await Scripted(answer(200, body)).provider.snapshot(target)).target.production is marked


def test_recorded_environments_are_understood() -> None:
    """A recorded environment is read although it has no key."""
    for data in _recorded("test_create_an_environment_returns_created_response.yaml"):
        assert read(EnvironmentData, data).attributes.is_production is False


async def test_recorded_rules_are_understood() -> None:
    """Recorded rules, laid flat as they lie inside a flag, are read with and without a schedule."""
    added = _recorded("test_create_allocation_for_a_flag_in_an_environment_returns_created_response.yaml")[2]
    replaced = _recorded("test_update_targeting_rules_for_a_flag_in_an_environment_returns_ok_response.yaml")[2]
    rules = [{"id": each["id"], **each["attributes"]} for each in (added, *replaced)]
    assert [read(RuleData, rule).exposure_schedule is None for rule in rules] == [True, False]
    schedule = rules[1]["exposure_schedule"]
    target = ROLLOUT.model_copy(update={"id": schedule["id"]})
    facts = await _facts(flag_body(allocations=rules), target)
    assert (facts["steps"], facts["started_at"], facts["guardrail"]) == ([0.05, 0.25, 1], None, None)


async def test_empty_and_foreign_bodies_are_malformed() -> None:
    """An answer that is empty, a page, or not what was asked for is malformed."""
    for body in (b"", b"<html>", b"true", b"[]", b'{"data": []}', b"[" * 100_000, b'{"data": {"id": 1}}'):
        with pytest.raises(Malformed):
            await Scripted(answer(200, body)).provider.snapshot(FLAG)
