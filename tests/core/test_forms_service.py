"""What is told by a form, from the command to the proof: one service, one policy, one audit."""

from typing import Any

import pytest
from pydantic import JsonValue

from bot.actions import BY_NAME
from bot.asking import Asking, NothingToDo, Opened
from bot.changes.record import ChangeRequest, Status
from bot.errors import AskAgain, OutcomeUnknown, UnknownTarget
from bot.execution.timeboxes import leg_id
from bot.forms.asked import Hindered, NeedsForm, NotValid, TooLong
from bot.grammar.command import Command
from bot.model import Aspect, Facts, Noun, Proof, Risk, Target
from tests.builders import APPROVER, PRODUCTION, REQUESTER, SECOND_APPROVER, STAGING, a_target
from tests.core.fakes import ORIGIN, House, Outcome

NEW: Facts = {"key": "brand-new", "name": "Brand new", "variants": "on = true\noff = false"}
RULE: Facts = {"key": "extra", "name": "Extra", "variant_weights": "on 100"}
TOO_MUCH: list[JsonValue] = [{"exposure_ratio": 2}]
HELD: dict[str, Any] = {
    "key": "beta",
    "name": "Beta",
    "type": "CANARY",
    "variant_weights": [{"variant": "on", "value": 100}],
    "rollout_steps": [{"exposure_ratio": 0.1, "interval_ms": 90_000_000}, {"exposure_ratio": 1}],
    "schedule_id": "the-schedule",
    "started_at": "2026-10-14T12:00:00.123456789Z",
}
EVERYWHERE: Facts = {"archived": False, "name": "New search", "description": "", "json_schema": "", "enabled_in": []}
RULES: Facts = {
    "variants": [{"id": "v-off", "key": "off"}, {"id": "v-on", "key": "on"}],
    "ruleset": [],
    "rule_order": [],
    "begun": [],
}


@pytest.fixture
def house() -> House:
    """Return the core, with a flag whose rules can be read and that can be edited."""
    made = House()
    made.provider.put(a_target(environment=None), EVERYWHERE)
    made.provider.put(a_target(Noun.ENVIRONMENT), {"approval_required": False})
    for place in (PRODUCTION, STAGING):
        made.provider.put(a_target(environment=place), RULES)
    return made


def command(action: str, parameters: Facts | None = None, target: str = "new-search") -> Command:
    """Return a command in production, where the action acts in an environment."""
    where = "Production" if BY_NAME[action].scope == "environment" else None
    return Command(action=action, target=target, environment=where, reason="why not", parameters=parameters or {})


async def opened(house: House, asked: Command) -> ChangeRequest:
    """Return the change that a command opens."""
    result = await house.service.submit(asked, Asking(person=REQUESTER.id, origin=ORIGIN))
    assert isinstance(result, Opened), result
    return result.change


async def signed(house: House, asked: Command) -> ChangeRequest:
    """Return the change of a command with all it asks for, carried out."""
    change = await opened(house, asked)
    if change.decision.typed_name:
        await house.service.confirm(change.id, REQUESTER.id, "typed", typed=change.plan.target.key)
    for person in (APPROVER, SECOND_APPROVER)[: change.decision.approvals]:
        await house.service.approve(change.id, person.id, person.id)
    await house.drain()
    return await house.get(change.id)


@pytest.mark.parametrize(
    ("action", "parameters", "target", "approvals"),
    [
        ("flag.create", NEW, "", 1),
        ("flag.edit", {"name": "Other"}, "new-search", 1),
        ("flag.add-rule", RULE, "new-search", 1),
        ("flag.replace-rules", {"rules": [RULE]}, "new-search", 1),
        ("environment.create", {"name": "qa", "queries": "qa"}, "", 1),
        ("environment.edit", {"name": "eu"}, "eu-staging", 1),
        ("environment.edit", {"is_production": True}, "eu-staging", 2),
    ],
)
async def test_each_form_is_signed_sent_once_and_proved(
    house: House, action: str, parameters: Facts, target: str, approvals: int
) -> None:
    """A filled form becomes a request that others sign, one call, and a proof by reading back."""
    change = await signed(house, command(action, parameters, target))
    assert change.status is Status.APPLIED
    assert change.receipt is not None
    assert change.receipt.proof is Proof.READ_BACK
    assert (change.decision.approvals, change.decision.typed_name) == (approvals, approvals == 2)
    assert [plan.action for plan in house.provider.calls] == [action]
    assert house.provider.calls[0].parameters == change.plan.parameters != {}


async def test_the_form_is_part_of_what_is_signed(house: House) -> None:
    """Two forms are two plans, and a plan without a form is digested as it was before there were forms."""
    one = await house.service.rehearse(command("flag.edit", {"name": "One"}), REQUESTER.id)
    other = await house.service.rehearse(command("flag.edit", {"name": "Two"}), REQUESTER.id)
    assert one.plan.digest != other.plan.digest
    plain = (await house.service.rehearse(command("flag.disable"), REQUESTER.id)).plan
    dumped = plain.model_dump(mode="json", exclude_defaults=True)
    assert not {"parameters", "effect"} & set(dumped)
    assert "aspect" not in dumped["target"]


async def test_without_a_form_it_is_asked_for(house: House) -> None:
    """A command whose action has a form raises what opens it, with what stands there now; nothing is recorded."""
    with pytest.raises(NeedsForm) as edit:
        await opened(house, command("flag.edit"))
    assert edit.value.action == "flag.edit"
    assert edit.value.target is not None
    assert edit.value.target.key == "new-search"
    assert edit.value.current["name"] == "New search"
    with pytest.raises(NeedsForm) as create:
        await opened(house, command("flag.create", target="brand-new"))
    assert (create.value.target, create.value.current) == (None, {"key": "brand-new"})
    assert "--json" in str(create.value)
    with pytest.raises(UnknownTarget):
        await opened(house, command("flag.edit", target="no-such-flag"))
    assert house.state.records == {}


@pytest.mark.parametrize(
    ("asked", "paths"),
    [
        (command("flag.create", {**NEW, "variants": "on = true\non = false"}, ""), ["variants"]),
        (command("flag.create", {**NEW, "surprise": 1}, ""), ["surprise"]),
        (command("flag.create", NEW, "another-name"), ["key"]),
        (command("flag.add-rule", {**RULE, "variant_weights": "on 40\noff 50"}), ["variant_weights"]),
        (command("flag.add-rule", {**RULE, "variant_weights": "blue 100"}), ["variant_weights"]),
        (command("flag.add-rule", {**RULE, "rollout_steps": "50%\n20%"}), ["rollout_steps"]),
        (command("flag.add-rule", {**RULE, "rollout_steps": TOO_MUCH}), ["rollout_steps.0.exposure_ratio"]),
        (command("flag.replace-rules", {"rules": [RULE, RULE]}), ["rules"]),
        (command("flag.edit", {"json_schema": "{"}), ["json_schema"]),
        (command("flag.disable", {"name": "x"}), [""]),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_told_before_anything_is_sent(house: House, asked: Command, paths: list[str]) -> None:
    """What is wrong with a form is told with its field in a sentence; nothing is recorded or sent."""
    with pytest.raises(NotValid) as wrong:
        await opened(house, asked)
    assert [path for path, _ in wrong.value.problems] == paths
    assert all(sentence.endswith(".") for _, sentence in wrong.value.problems)
    assert house.state.records == {}
    assert house.provider.calls == []


async def test_a_name_may_stand_in_the_command_or_in_the_form(house: House) -> None:
    """The name of what is created is the same wherever it is said, and only one request may be open for it."""
    bare = {name: value for name, value in NEW.items() if name != "key"}
    change = await opened(house, command("flag.create", bare, "brand-new"))
    assert (change.plan.target.key, change.plan.target.aspect) == ("brand-new", Aspect.NEW)
    assert change.plan.target.slot == "flag:brand-new:org"
    assert change.plan.target.production


@pytest.mark.parametrize(("lands", "status"), [(True, Status.APPLIED), (False, Status.UNKNOWN)])
@pytest.mark.parametrize(
    ("action", "parameters", "target"),
    [("flag.create", NEW, ""), ("flag.add-rule", RULE, "new-search"), ("flag.replace-rules", {"rules": []}, "")],
)
async def test_a_call_without_an_answer_is_settled_by_reading_not_by_calling_again(
    house: House, action: str, parameters: Facts, target: str, lands: bool, status: Status
) -> None:
    """What was created or replaced without an answer is looked for; it is never sent a second time."""
    if action == "flag.replace-rules":
        target = "new-search"
        gone: Facts = {"ruleset": [{**HELD, "started_at": None}], "rule_order": ["beta"], "rule beta": "something"}
        house.provider.put(a_target(), RULES | gone)
    house.provider.script.append(Outcome(lands=lands, error=OutcomeUnknown("Datadog did not answer.")))
    change = await signed(house, command(action, parameters, target))
    assert change.status is Status.APPLYING
    for _ in range(10):
        await house.later(60_000)
    assert (await house.get(change.id)).status is status
    assert len(house.provider.calls) == 1


async def test_a_set_of_rules_that_moved_is_stale(house: House) -> None:
    """Whoever signed a set of rules signed against the rules there were: a rule or a start in between is told."""
    change = await opened(house, command("flag.replace-rules", {"rules": [RULE]}))
    await house.service.approve(change.id, APPROVER.id, "one")
    house.provider.facts(Noun.FLAG)["begun"] = ["the-schedule"]
    await house.drain()
    stale = await house.get(change.id)
    assert stale.status is Status.STALE
    assert "which rollouts have begun" in stale.note
    assert house.provider.calls == []
    again = await house.service.again(change.id, Asking(person=REQUESTER.id, origin=ORIGIN))
    assert isinstance(again, Opened)
    assert again.change.plan.parameters == change.plan.parameters


async def test_a_rule_with_a_running_rollout(house: House) -> None:
    """Editing it offers to stop the rollout first; removing it needs two and the typed name."""
    held: Facts = {"ruleset": [HELD], "rule_order": ["beta"], "rule beta": "something", "begun": ["the-schedule"]}
    house.provider.put(a_target(), RULES | held)
    with pytest.raises(Hindered) as hindered:
        await opened(house, command("flag.replace-rules", {"rules": [{**RULE, "key": "beta"}]}))
    assert [text for _, text in hindered.value.choices] == ["stop rollout the-schedule in Production"]
    change = await opened(house, command("flag.replace-rules", {"rules": []}))
    assert change.plan.risk is Risk.IRREVERSIBLE
    assert (change.decision.approvals, change.decision.typed_name) == (2, True)


async def test_nothing_different_is_nothing_to_do(house: House) -> None:
    """An edit that changes nothing is answered at once."""
    asked = command("flag.edit", {"name": "New search"})
    result = await house.service.submit(asked, Asking(person=REQUESTER.id, origin=ORIGIN))
    assert isinstance(result, NothingToDo)
    assert "already as asked for" in result.plan.already


async def test_what_cannot_be_shown_whole_is_not_offered(house: House) -> None:
    """A difference longer than anybody is shown is refused, and nothing is recorded."""
    many: list[JsonValue] = [
        {**RULE, "key": f"rule-{n}", "targeting_rules": f"user ONE_OF {'x' * 2000}"} for n in range(150)
    ]
    with pytest.raises(TooLong, match="pages"):
        await opened(house, command("flag.replace-rules", {"rules": many}))
    assert house.state.records == {}


async def test_a_test_is_paused_for_half_an_hour_unless_said(house: House) -> None:
    """A pause without a time lasts half an hour; then the test is started by itself, under the same signatures."""
    test = a_target(Noun.TEST)
    house.provider.put(test)
    change = await opened(house, command("test.pause", target=test.key))
    assert (change.plan.seconds, change.plan.back) == (1800, "test.start")
    longer = await house.service.rehearse(
        command("test.pause", target=test.key).model_copy(update={"seconds": 7200}), REQUESTER.id
    )
    assert longer.plan.seconds == 7200
    house.provider.script.extend([Outcome(facts={"status": "paused"}), Outcome(facts={"status": "live"})])
    await house.service.approve(change.id, APPROVER.id, "one")
    await house.drain()
    assert (await house.get(change.id)).status is Status.APPLIED
    await house.later(29 * 60_000)
    assert len(house.provider.calls) == 1
    await house.later(2 * 60_000)
    assert [plan.action for plan in house.provider.calls] == ["test.pause", "test.start"]
    assert (await house.get(leg_id(change.id))).status is Status.APPLIED


async def test_what_is_not_offered_here_is_said_before_the_form(house: House) -> None:
    """Where the provider cannot do it, nobody is asked to fill in a form for it."""
    house.provider.lacks.add("flag.create")
    with pytest.raises(AskAgain, match="cannot do this") as refused:
        await opened(house, command("flag.create"))
    assert not isinstance(refused.value, NeedsForm)


def test_a_new_target_counts_as_production() -> None:
    """What spans the organisation counts as production, also what is not there yet."""
    assert Target(noun=Noun.FLAG, id="x", key="x", aspect=Aspect.NEW).production
