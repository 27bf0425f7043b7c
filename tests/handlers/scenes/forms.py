"""Modals that are filled in: the guide, the forms of actions, the whole of a long difference."""

from bot.actions import BY_NAME
from bot.forms.form import Form
from bot.model import Facts, Noun, Plan
from handlers.blocks import Block, section
from handlers.cards.controls import rehearsed
from handlers.cards.sentences import OUR_SIDE
from handlers.forms.difference_view import difference_view
from handlers.forms.draft import Draft
from handlers.forms.form_view import form_view, reading_view
from handlers.forms.guide import READING, Names, guide
from handlers.replies import sentence_view
from tests.builders import PRODUCTION, a_plan, many_changes
from tests.handlers.scenes.own import rehearsal
from tests.handlers.scenes.shown import Scene

NAMES = Names(target="new-search", environment="PRODUCTION")
DISABLE = Draft(action="flag.disable", environment=PRODUCTION.id, target="f1", reason="it times out")
RULE: Facts = {"key": "beta", "name": "Beta testers", "variant_weights": [{"variant": "on", "value": 100}]}


def form_of(action: str, values: Facts | None = None, **draft: object) -> Block:
    """Return the modal of an action's form."""
    form = BY_NAME[action].form
    assert form is not None
    assert issubclass(form, Form)
    draft = {"environment": PRODUCTION.id, "target": "f1", **draft}
    return form_view(Draft(action=action).model_copy(update=draft), form, values or {}, NAMES)


def long_plan() -> Plan:
    """Return a plan with more differences than a card shows."""
    return a_plan().model_copy(update={"changes": many_changes(40, "value " * 60)})


SCENES: dict[str, Scene] = {
    "guide": lambda: guide(Draft(), Names()),
    "guide-rollouts": lambda: guide(Draft(noun=Noun.ROLLOUT), Names()),
    "guide-reading": lambda: guide(DISABLE, NAMES, [section(READING)]),
    "guide-planned": lambda: guide(DISABLE, NAMES, rehearsed(rehearsal(), None).blocks),
    "guide-before-a-form": lambda: guide(Draft(action="flag.edit", target="f1"), NAMES),
    "form-create-flag": lambda: form_of("flag.create", {"key": "beta-cart"}, target="", environment=""),
    "form-edit-flag": lambda: form_of("flag.edit", {"name": "New search"}, environment=""),
    "form-add-rule": lambda: form_of("flag.add-rule", RULE),
    "form-replace-rules": lambda: form_of("flag.replace-rules"),
    "form-create-environment": lambda: form_of("environment.create", target="", environment=""),
    "form-reading": lambda: reading_view(DISABLE),
    "form-sentence": lambda: sentence_view(OUR_SIDE),
    "difference-first": lambda: difference_view(long_plan(), "cs-k3f9qa.0123456789ab", 0),
    "difference-next": lambda: difference_view(long_plan(), "cs-k3f9qa.0123456789ab", 1),
}
