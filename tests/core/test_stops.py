"""Whether a rollout was stopped is not asked of people where the bot itself stopped it."""

from typing import Any

import pytest

from bot.asking import Rehearsal
from bot.auditing.stopped import Stops
from bot.forms.asked import Hindered
from bot.model import Facts, Noun, Risk
from bot.service import Service
from tests.builders import REQUESTER, a_target
from tests.core.fakes import SIGNER, House
from tests.core.test_forms_service import HELD, RULES, command

CHANGED: dict[str, Any] = {
    "key": "beta",
    "name": "Beta",
    "variant_weights": [{"variant": "off", "value": 100}],
}


@pytest.fixture
def house() -> House:
    """Return the core with a flag in which a rule has a rollout, over a service that looks back."""
    made = House()
    rollout = a_target(Noun.ROLLOUT).model_copy(update={"key": "new-search"})
    made.provider.put(rollout)
    held = {**HELD, "schedule_id": rollout.id}
    made.provider.put(a_target(), {**RULES, "ruleset": [held], "rule_order": ["beta"], "begun": [rollout.id]})
    made.service = Service(
        made.changes, made.provider, made.resolver, made.rights, made.notifier, Stops(made.records, SIGNER)
    )
    return made


async def edited(house: House, more: Facts | None = None) -> Rehearsal:
    """Rehearse another set of rules, in which the rule with the rollout is another one."""
    form: Facts = {"rules": [CHANGED], **(more or {})}
    return await house.service.rehearse(command("flag.replace-rules", form), REQUESTER.id)


async def test_what_was_not_stopped_has_to_be(house: House) -> None:
    """A rule whose rollout seems to run may not be edited, and stopping it is offered."""
    with pytest.raises(Hindered, match="was stopped elsewhere, say so"):
        await edited(house)


async def test_what_was_stopped_from_here_is_known(house: House) -> None:
    """After an applied stop the rule may be edited without a word; the plan says what it stands on, as signed."""
    await house.approved("rollout.stop", target="new-search")
    await house.drain()
    rehearsed = await edited(house)
    assert rehearsed.plan.parameters["stopped"] == ["beta"]
    assert rehearsed.plan.risk is Risk.IRREVERSIBLE
    assert any("counts as stopped, by what was done from here" in warning for warning in rehearsed.plan.warnings)
    assert (await edited(house, {"stopped": ["beta"]})).plan.digest == rehearsed.plan.digest


async def test_what_began_again_after_the_stop_runs(house: House) -> None:
    """A start after the stop, from here or elsewhere, makes the rollout one that runs."""
    await house.approved("rollout.stop", target="new-search")
    await house.drain()
    rule = house.provider.facts(Noun.FLAG)["ruleset"]
    assert isinstance(rule, list)
    assert isinstance(rule[0], dict)
    rule[0]["started_at"] = "2026-12-01T00:00:00Z"
    with pytest.raises(Hindered):
        await edited(house)


async def test_a_stop_that_was_touched_does_not_count(house: House) -> None:
    """What the chain does not vouch for is no stop."""
    change = await house.approved("rollout.stop", target="new-search")
    await house.drain()
    record = house.state.records["change", change.id]
    first, *others = record.trail
    record.trail = (first.model_copy(update={"mac": "0" * len(first.mac)}), *others)
    with pytest.raises(Hindered):
        await edited(house)
