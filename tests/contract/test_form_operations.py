"""What is told by a form: each operation over the sandbox's Datadog, planned, sent once and read back."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.actions import BY_NAME, CATALOGUE
from bot.errors import Conflict, Rejected
from bot.filled import filled, planned
from bot.forms.asked import Hindered, NotValid
from bot.forms.rules import ReplaceRules
from bot.grammar.command import Command
from bot.grammar.parser import parse
from bot.model import Facts, Plan, Proof, Risk, Snapshot
from bot.planner import moved, shown
from bot.resolver import Resolver
from bot.sandbox.datadog.seed import seeded_id
from tests.contract.provider_world import World, organisation_world

EVERYBODY: dict[str, Any] = {"key": "everybody", "name": "Everybody", "variant_weights": "on 100"}
GRADUAL: dict[str, Any] = {
    "key": "gradual",
    "name": "Gradual",
    "type": "CANARY",
    "targeting_rules": "country ONE_OF US, CA\nage GTE 18\nor\nplan EQUALS beta",
    "variant_weights": "on 60\noff 40",
    "rollout_steps": "5% for 1h\n25%\n100%",
    "guardrail_metrics": "checkout.errors PAUSE",
    "control_variant": "off",
    "autostart": True,
}
NEW_FLAG: Facts = {
    "key": "brand-new",
    "name": "Brand new",
    "variants": "on (On) = true\noff = false",
    "default_variant_key": "off",
}
CALLS: list[tuple[str, str, str | None, Facts, int]] = [
    ("flag.create", "", None, NEW_FLAG, 201),
    ("flag.edit", "new-search", None, {"name": "Another name", "description": ""}, 200),
    ("flag.add-rule", "new-search", "prod", GRADUAL, 201),
    ("flag.replace-rules", "new-search", "prod", {"rules": [GRADUAL, EVERYBODY]}, 200),
    ("environment.create", "", None, {"name": "qa", "queries": "qa, test", "require_feature_flag_approval": True}, 201),
    ("environment.edit", "eu-staging", None, {"queries": "eu, eu-stage", "is_production": True}, 200),
]  # fmt: skip


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Give a provider over a fresh organisation."""
    async with organisation_world() as made:
        yield made


async def asked(world: World, action: str, text: str, where: str | None, parameters: Facts) -> tuple[Plan, Snapshot]:
    """Return the plan of a filled form as the core makes it, and what it was made on."""
    command = filled(Command(action=action, target=text, environment=where, parameters=parameters))
    seen = await world.provider.snapshot(await Resolver(world.provider).target(command))
    return planned(BY_NAME[action], seen, command.parameters), seen


def test_every_form_is_above() -> None:
    """The table above has every action of the catalogue that takes a form."""
    assert {call[0] for call in CALLS} == {action.name for action in CATALOGUE if action.form is not None}


@pytest.mark.parametrize(("action", "text", "where", "parameters", "status"), CALLS, ids=[call[0] for call in CALLS])
async def test_one_call_takes_effect_and_is_read_back(
    world: World, action: str, text: str, where: str | None, parameters: Facts, status: int
) -> None:
    """Each operation is one call, accepted, and a fresh read shows all of what the form said."""
    plan, seen = await asked(world, action, text, where, parameters)
    assert plan.already == ""
    assert plan.changes
    assert set(BY_NAME[action].watches) <= set(seen.facts)
    assert not shown(plan, seen.facts)
    assert not moved(BY_NAME[action], plan, await world.provider.snapshot(plan.target))
    receipt = await world.provider.apply(plan)
    assert (receipt.proof, receipt.status) == (Proof.ACCEPTED, status)
    assert (world.api.organisation.calls.written(), world.api.organisation.calls.changed()) == (1, 1)
    after = await world.provider.snapshot(plan.target)
    assert shown(plan, after.facts)
    assert moved(BY_NAME[action], plan, after)


async def test_the_same_once_more_is_already_so_or_taken(world: World) -> None:
    """After it was done, an edit is already so, and what was created is there already."""
    for action, text, where, parameters, _ in CALLS:
        await world.provider.apply((await asked(world, action, text, where, parameters))[0])
        if action == "flag.add-rule":
            with pytest.raises(NotValid, match="There is a rule with the key gradual already"):
                await asked(world, action, text, where, parameters)
        elif action != "flag.replace-rules":
            again, _ = await asked(world, action, text, where, parameters)
            assert "already" in again.already


@pytest.mark.parametrize(
    ("action", "parameters", "words"),
    [
        ("flag.create", {**NEW_FLAG, "key": "new-search"}, "a flag with this key already"),
        ("environment.create", {"name": "prod", "queries": "x"}, "an environment of this name already"),
    ],
)
async def test_a_taken_name_is_told_before_and_by_the_call(
    world: World, action: str, parameters: Facts, words: str
) -> None:
    """A key or name that is taken is told in the plan, and Datadog's refusal is a conflict in plain words."""
    plan, _ = await asked(world, action, "", None, parameters)
    assert "already" in plan.already
    with pytest.raises(Conflict, match=words):
        await world.provider.apply(plan)


async def test_a_rule_that_stays_keeps_its_id_and_its_rollout(world: World) -> None:
    """Replacing the other rules leaves a rule's id and its running rollout as they were."""
    plan, seen = await asked(world, "flag.replace-rules", "checkout-v2", "prod", {"rules": []})
    rules = ReplaceRules.current(seen.facts)["rules"]
    assert isinstance(rules, list)
    kept: Facts = {"rules": [*rules[:1], {**EVERYBODY}]}
    plan, _ = await asked(world, "flag.replace-rules", "checkout-v2", "prod", kept)
    assert [change.label for change in plan.changes] == ["Rule everybody (new)", "Rule employees (removed)"]
    assert plan.risk is Risk.EXPANDING
    await world.provider.apply(plan)
    rollout = world.api.organisation.rollout(seeded_id("rollout", "checkout-v2", "prod", "checkout-v2-gradual"))
    assert str(rollout.state) == "running"


async def test_removing_a_running_rollout_cannot_be_undone(world: World) -> None:
    """A set without a rule whose rollout runs names every rule that goes, and is irreversible; others are not."""
    plan, _ = await asked(world, "flag.replace-rules", "checkout-v2", "prod", {"rules": [EVERYBODY]})
    assert plan.risk is Risk.IRREVERSIBLE
    gone = [change.label for change in plan.changes if change.after == "goes away"]
    assert gone == ["Rule checkout-v2-gradual (removed)", "Rule employees (removed)"]
    assert any("checkout-v2-gradual runs" in warning for warning in plan.warnings)
    calm, _ = await asked(world, "flag.replace-rules", "checkout-v2-eu", "prod", {"rules": [EVERYBODY]})
    assert calm.risk is Risk.EXPANDING


async def test_a_rule_is_not_edited_while_its_rollout_runs(world: World) -> None:
    """Editing a rule whose rollout runs says so and offers to stop it, and Datadog would refuse it too."""
    edited = {**EVERYBODY, "key": "checkout-v2-gradual"}
    with pytest.raises(Hindered, match="may not be edited while its rollout runs") as hindered:
        await asked(world, "flag.replace-rules", "checkout-v2", "prod", {"rules": [edited]})
    ((label, text),) = hindered.value.choices
    assert label.startswith("Stop rollout")
    stop = parse(text)
    assert isinstance(stop, Command)
    assert (await Resolver(world.provider).target(stop)).rule == "checkout-v2-gradual"
    parameters: Facts = {"rules": [edited], "stopped": "checkout-v2-gradual"}
    plan, _ = await asked(world, "flag.replace-rules", "checkout-v2", "prod", parameters)
    assert plan.risk is Risk.IRREVERSIBLE
    assert any("counts as stopped" in warning for warning in plan.warnings)
    with pytest.raises(Conflict, match="as they stand forbid this"):
        await world.provider.apply(plan)
    await world.do("rollout.stop", "checkout-v2")
    plan, _ = await asked(world, "flag.replace-rules", "checkout-v2", "prod", parameters)
    await world.provider.apply(plan)
    assert shown(plan, (await world.provider.snapshot(plan.target)).facts)


async def test_variants_are_held_against_the_flag(world: World) -> None:
    """A variant that the flag does not have is told with its field, and nothing is sent."""
    wrong = {**GRADUAL, "variant_weights": "blue 100", "control_variant": "grey"}
    with pytest.raises(NotValid) as one:
        await asked(world, "flag.add-rule", "new-search", "prod", wrong)
    assert [path for path, _ in one.value.problems] == ["variant_weights", "control_variant"]
    assert "It has off, on." in one.value.problems[0][1]
    with pytest.raises(NotValid) as many:
        await asked(world, "flag.replace-rules", "new-search", "prod", {"rules": [EVERYBODY, wrong]})
    assert [path for path, _ in many.value.problems] == ["rules.1.variant_weights", "rules.1.control_variant"]
    assert world.api.organisation.calls.written() == 0


@pytest.mark.parametrize("action", ["flag.add-rule", "flag.replace-rules"])
async def test_rules_may_wait_in_datadog(world: World, action: str) -> None:
    """Where Datadog wants its own approval a change of rules is a suggestion, and shows once it is approved there."""
    parameters: Facts = EVERYBODY if action == "flag.add-rule" else {"rules": [EVERYBODY]}
    plan, _ = await asked(world, action, "eu-pricing", "prod", parameters)
    assert any("asks for its own approval" in warning for warning in plan.warnings)
    receipt = await world.provider.apply(plan)
    assert (receipt.proof, receipt.status) == (Proof.SUBMITTED, 202)
    assert not shown(plan, (await world.provider.snapshot(plan.target)).facts)
    await world.api.call("POST", f"/sandbox/suggestions/{receipt.suggestion}/approve")
    assert shown(plan, (await world.provider.snapshot(plan.target)).facts)


async def test_a_plan_without_its_form_is_never_sent(world: World) -> None:
    """A plan that lost what it was asked with cannot become a call."""
    for action, text, where, parameters, _ in CALLS:
        plan, _ = await asked(world, action, text, where, parameters)
        with pytest.raises(Rejected):
            await world.provider.apply(plan.model_copy(update={"parameters": {}}))
    assert world.api.organisation.calls.written() == 0


async def test_the_current_rules_fill_their_own_form(world: World) -> None:
    """The rules as they were read, put back as they are, are no change at all."""
    for key, where in (("checkout-v2", "prod"), ("search-ranking", "prod"), ("new-search", "prod")):
        target = await Resolver(world.provider).target(
            Command(action="flag.replace-rules", target=key, environment=where)
        )
        facts = (await world.provider.snapshot(target)).facts
        plan, _ = await asked(world, "flag.replace-rules", key, where, ReplaceRules.current(facts))
        assert plan.changes == ()
        assert "already as asked for" in plan.already
