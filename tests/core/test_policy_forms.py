"""Policy about actions with a form: what is shown is the least, and the form itself says what it comes to."""

import argparse
from pathlib import Path

import pytest

from bot.actions import BY_NAME, CATALOGUE
from bot.errors import AskAgain, NeedsEnvironment
from bot.filled import unkept
from bot.grammar.command import Command
from bot.model import Risk
from bot.policy_cli import PolicyCommands, nothing
from bot.policy_reading import PRODUCTION, as_text, explained, or_more, specimen, table
from handlers.cards.controls import policy_table
from tests.builders import POLICY, REQUESTER, a_target
from tests.core.fakes import House
from tests.core.test_forms_service import HELD, RULES, command

FILE = Path(__file__).parents[2] / "policy.yaml"
GRAVER = {"flag.replace-rules", "environment.edit"}
MORE = "or more, by what the form says"


def test_tables_say_where_a_form_may_ask_for_more() -> None:
    """The line of an action whose form decides on its class says so, in the text and in Slack; no other line does."""
    assert {action.name for action in CATALOGUE if or_more(action.name)} == GRAVER
    lines = as_text(table(POLICY))
    assert {line.split()[0] for line in lines if MORE in line} == GRAVER
    drawn = str(policy_table(table(POLICY)).blocks)
    assert drawn.count(MORE) == len(GRAVER)


async def test_only_those_forms_come_to_a_graver_class() -> None:
    """Replacing rules under a running rollout cannot be undone, which is the gravest that the form foresees."""
    house = House()
    house.provider.put(a_target(), {**RULES, "ruleset": [HELD], "rule_order": ["beta"], "begun": ["the-schedule"]})
    gone = await house.service.rehearse(command("flag.replace-rules", {"rules": []}), REQUESTER.id)
    form = BY_NAME["flag.replace-rules"].form
    assert form is not None
    assert gone.plan.risk is form.gravest is Risk.IRREVERSIBLE
    assert not [line for line in explained(POLICY, gone.plan, REQUESTER, frozenset()) if MORE in line]


def test_an_explanation_without_the_form_says_that_it_is_the_least() -> None:
    """Only where the form may make it graver."""
    for name in ("environment.edit", "environment.create"):
        lines = explained(POLICY, specimen(BY_NAME[name], PRODUCTION, "x"), REQUESTER, frozenset())
        assert any(MORE in line for line in lines) is (name in GRAVER)


def test_explain_takes_a_form(capsys: pytest.CaptureFixture[str]) -> None:
    """With a form and no Datadog it is taken for the gravest; a form that cannot be is refused with a sentence."""
    commands = PolicyCommands(nothing, nothing, {})

    def explain(form: str) -> str:
        told = argparse.Namespace(file=FILE, text="replace-rules flag x in prod", json=form, person="")
        assert commands.explain(told) == 0
        return capsys.readouterr().out

    assert MORE in explain("")
    with_form = explain('{"rules": []}')
    assert MORE not in with_form
    assert "it is taken for irreversible" in with_form
    with pytest.raises(AskAgain, match="no field called"):
        explain('{"rulez": []}')


def test_a_question_that_would_lose_what_was_filled_in_says_so() -> None:
    """Choices cannot carry a form, so the question says to give it again; without a form nothing is added."""
    asked = NeedsEnvironment("Which environment?", "There are: prod.", choices=(("prod", "add-rule flag x in prod"),))
    filled = Command(action="flag.add-rule", target="x", parameters={"key": "k"})
    told = unkept(asked, filled)
    assert isinstance(told, NeedsEnvironment)
    assert told.choices == asked.choices
    assert "give it again with the choice" in told.next_step
    assert unkept(asked, filled.model_copy(update={"parameters": {}})) is asked


async def test_the_service_asks_so() -> None:
    """A form for a flag that there is not, and one without its environment, are asked about in that way."""
    house = House()
    form = {"key": "k", "name": "K", "variant_weights": "on 100"}
    for wrong in ({"environment": None}, {"target": "new-serch"}):
        with pytest.raises(AskAgain, match="give it again with the choice"):
            await house.service.rehearse(command("flag.add-rule", {**form}).model_copy(update=wrong), REQUESTER.id)
