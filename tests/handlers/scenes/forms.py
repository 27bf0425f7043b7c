"""Modals that are filled in: the guide, the forms of actions, the whole of a long difference."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, ValidationError

from bot.actions import BY_NAME
from bot.forms.form import Form, problems
from bot.forms.rules import AddRule
from bot.model import Facts, Noun, Plan
from handlers.blocks import Block, section
from handlers.cards.controls import rehearsed
from handlers.cards.modals.difference_view import READING as READING_IT
from handlers.cards.modals.difference_view import difference_view
from handlers.cards.modals.drawing import DoesNotFit
from handlers.cards.modals.form_view import form_view, reading_view
from handlers.cards.modals.guide import READING, Names, guide
from handlers.cards.modals.refused import beside, in_words, not_yet
from handlers.cards.sentences import OUR_SIDE
from handlers.forms.draft import Draft
from handlers.replies import sentence_view
from tests.builders import PRODUCTION, a_plan, many_changes
from tests.handlers.scenes.own import rehearsal
from tests.handlers.scenes.shown import Scene

NAMES = Names(target="new-search", environment="PRODUCTION")
DISABLE = Draft(action="flag.disable", environment=PRODUCTION.id, target="f1", reason="it times out")
RULE: Facts = {"key": "beta", "name": "Beta testers", "variant_weights": [{"variant": "on", "value": 100}]}


class Share(Form):
    """A form with a number in it, which no action of the catalogue has so far."""

    share: Annotated[float, Field(title="Share", description="Of all users, in per cent", le=100)]
    steps: Annotated[list[float], Field(title="Steps", description="One after the other")]


def form_of(action: str, values: Facts | None = None, plan: Sequence[Block] = (), **draft: object) -> Block:
    """Return the modal of an action's form."""
    form = BY_NAME[action].form
    assert form is not None
    draft = {"environment": PRODUCTION.id, "target": "f1", **draft}
    return form_view(Draft(action=action).model_copy(update=draft), form, values or {}, NAMES, plan)


def not_yet_sent() -> Block:
    """Return a form that was filled in wrongly, and the plan of which somebody wanted to see."""
    wrong: Facts = {"key": "beta", "name": "", "variant_weights": [{"variant": "on", "value": 101}]}
    try:
        AddRule.read(wrong)
    except ValidationError as error:
        return form_of("flag.add-rule", wrong, [section(not_yet(AddRule, beside(AddRule, problems(error))))])
    raise AssertionError("a form that is wrong was taken")


def too_long() -> Block:
    """Return what is shown in place of a form that holds more than a modal can."""
    try:
        return form_of("flag.edit", {"description": "long " * 1000})
    except DoesNotFit as refusal:
        return sentence_view(in_words(refusal))


def long_plan() -> Plan:
    """Return a plan with more differences than a card shows."""
    return a_plan().model_copy(update={"changes": many_changes(40, "value " * 60)})


SCENES: dict[str, Scene] = {
    "guide": lambda: guide(Draft(), Names()),
    "guide-rollouts": lambda: guide(Draft(noun=Noun.ROLLOUT), Names()),
    "guide-reading": lambda: guide(DISABLE, NAMES, [section(READING)]),
    "guide-planned": lambda: guide(DISABLE, NAMES, rehearsed(rehearsal(), None).blocks),
    "guide-before-a-form": lambda: guide(Draft(action="flag.edit", target="f1"), NAMES),
    "guide-look": lambda: guide(Draft(action="flag.rules", target="f1", environment=PRODUCTION.id), NAMES),
    "guide-own": lambda: guide(Draft(action="freeze"), Names()),
    "form-create-flag": lambda: form_of("flag.create", {"key": "beta-cart"}, target="", environment=""),
    "form-edit-flag": lambda: form_of("flag.edit", {"name": "New search"}, environment=""),
    "form-add-rule": lambda: form_of("flag.add-rule", RULE),
    "form-replace-rules": lambda: form_of("flag.replace-rules"),
    "form-create-environment": lambda: form_of("environment.create", target="", environment=""),
    "form-with-a-number": lambda: form_view(DISABLE, Share, {"share": 12.5, "steps": [1, 10]}, NAMES),
    "form-not-yet": not_yet_sent,
    "form-too-long": too_long,
    "form-reading": lambda: reading_view(DISABLE),
    "form-sentence": lambda: sentence_view(OUR_SIDE),
    "difference-reading": lambda: sentence_view(READING_IT),
    "difference-first": lambda: difference_view(long_plan(), "cs-k3f9qa.0123456789ab", 0),
    "difference-next": lambda: difference_view(long_plan(), "cs-k3f9qa.0123456789ab", 1),
}
