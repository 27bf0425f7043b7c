"""A change that is being put together: what is carried from step to step, and what a later choice undoes."""

import pytest

from bot.actions import CATALOGUE
from bot.grammar.command import Command
from bot.model import Noun
from bot.sandbox.slack.limits.surfaces import view_problems
from handlers import ids
from handlers.cards.modals.guide import Names, guide
from handlers.forms.draft import HOW_LONG, WHAT, WHERE, WHY, Draft

Values = dict[str, dict[str, str | None]]


def chose(**values: str) -> Values:
    """Return a modal's values."""
    actions = {WHAT: ids.GUIDE_WHAT, WHERE: ids.GUIDE_WHERE, WHY: ids.INPUT, HOW_LONG: ids.GUIDE_HOW_LONG}
    return {block: {actions.get(block, ids.GUIDE_TARGET): value} for block, value in values.items()}


def test_it_becomes_the_command() -> None:
    """What was chosen and typed is the command that would have been typed."""
    values = chose(what="flag.disable", where="e-1", why=" errors ", how_long="900") | chose(**{"target.flag": "f-1"})
    draft = Draft(channel="C1").chosen(values)
    assert draft.complete
    wanted = Command(action="flag.disable", target="f-1", environment="e-1", reason="errors", seconds=900)
    assert draft.command() == wanted
    again = Draft.read(draft.metadata())
    assert again == draft


@pytest.mark.parametrize(
    ("later", "kept"),
    [
        (chose(what="flag.enable"), True),
        (chose(what="flag.unarchive"), False),
        (chose(what="rollout.pause"), False),
        (chose(what="rollout.pause", where="e-2"), False),
    ],
)
def test_a_target_does_not_outlive_its_list(later: Values, kept: bool) -> None:
    """Another verb of the same kind keeps the target; another kind, or archived ones, begin anew."""
    draft = Draft(action="flag.disable", environment="e-1", target="f-1").chosen(later)
    assert bool(draft.target) is kept


def test_rollouts_of_another_environment_are_others() -> None:
    """A rollout was chosen in one environment; in another one it has to be chosen again."""
    draft = Draft(action="rollout.pause", environment="e-1", target="r-1")
    assert draft.chosen(chose(where="e-1")).target == "r-1"
    assert draft.chosen(chose(where="e-2")).target == ""
    assert draft.target_block != draft.chosen(chose(where="e-2")).target_block


@pytest.mark.parametrize("action", [None, *CATALOGUE], ids=lambda one: one.name if one else "none")
@pytest.mark.parametrize("text", ["", "x" * 4000, "<!channel>`&" * 30, "مرحبا" * 50])
def test_slack_takes_it_whatever_is_in_it(action: object, text: str) -> None:
    """Every step of every action is a modal within Slack's sizes, however long and hostile names and reasons are."""
    name = getattr(action, "name", "")
    draft = Draft(action=name, target=text[:150], environment=text[:150], reason=text, noun=None)
    view = guide(draft, Names(text, text))
    assert view_problems(view, kind="modal") == []
    assert len(draft.model_copy(update={"target": text}).metadata(2000)) <= 2000


def test_a_kind_narrows_what_can_be_asked_for() -> None:
    """Guided from a command of one kind, only that kind's verbs are offered."""
    for noun in Noun:
        titles = {action.words.title for action in CATALOGUE if action.noun is not noun}
        assert not [title for title in titles if f"'{title}'" in str(guide(Draft(noun=noun), Names())["blocks"])]


def test_strange_metadata_is_an_empty_draft() -> None:
    """What this version did not write is not read."""
    for strange in ("", "{", "[]", '{"noun": "planet"}', "cs-abcdef.012345678901"):
        assert Draft.read(strange) == Draft()
    assert Draft(action="flag.fly").known is None
    assert not Draft(action="flag.fly", target="x").complete
