"""A change that is being put together: what is carried from step to step, and what a later choice undoes."""

from typing import Any

import pytest

from bot.actions import CATALOGUE, CONTROLS, READS
from bot.grammar.command import Ask, Command, Look
from bot.grammar.parser import parse
from bot.model import Noun
from bot.sandbox.slack.limits.surfaces import view_problems
from handlers import ids
from handlers.cards.modals.guide import Names, guide
from handlers.forms.draft import HOW_LONG, WHAT, WHERE, WHY, WORDS, Draft

Values = dict[str, dict[str, str | None]]


def chose(**values: str) -> Values:
    """Return a modal's values."""
    actions = {WHAT: ids.GUIDE_WHAT, WHERE: ids.GUIDE_WHERE, WHY: ids.INPUT, HOW_LONG: ids.GUIDE_HOW_LONG}
    actions |= {WORDS: ids.INPUT}
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


def test_it_becomes_the_look() -> None:
    """What was chosen to be looked at is the look that would have been typed; a list needs no target."""
    draft = Draft(channel="C1").chosen(chose(what="flag.rules", where="e-1") | chose(**{"target.flag": "f-1"}))
    assert (draft.complete, draft.wish()) == (True, Look(what="flag.rules", target="f-1", environment="e-1"))
    assert not Draft().chosen(chose(what="flag.rules") | chose(**{"target.flag": "f-1"})).complete
    listed = Draft().chosen(chose(what="flag.list"))
    assert (listed.complete, listed.wish()) == (True, Look(what="flag.list"))


def test_it_becomes_the_line() -> None:
    """A command of the bot's own is the line that would have been typed, and wants the words that it cannot miss."""
    draft = Draft().chosen(chose(what="freeze", words="prod for 2h because launch"))
    meant = parse(draft.line)
    assert draft.complete
    assert isinstance(meant, Ask)
    assert (meant.what, meant.reason) == ("freeze", "launch")
    assert not Draft().chosen(chose(what="freeze")).complete
    assert Draft().chosen(chose(what="approvals")).complete


@pytest.mark.parametrize("command", [*CATALOGUE, *READS, *CONTROLS], ids=lambda one: getattr(one, "name", one.verb))
def test_every_command_there_is_can_be_chosen(command: object) -> None:
    """Each change, look and command of the bot's own stands in the guided modal, and is known when it was chosen."""
    name = getattr(command, "name", None) or getattr(command, "verb", "")
    offered = [one["value"] for group in _groups(guide(Draft(), Names())) for one in group["options"]]
    assert name in offered
    draft = Draft(action=name)
    assert (draft.known or draft.look or draft.own) is command


def _groups(view: Any) -> list[dict[str, Any]]:
    return list(view["blocks"][0]["element"]["option_groups"])


EVERY = [None, *CATALOGUE, *READS, *CONTROLS]


@pytest.mark.parametrize("action", EVERY, ids=lambda one: getattr(one, "name", getattr(one, "verb", "none")))
@pytest.mark.parametrize("text", ["", "x" * 4000, "<!channel>`&" * 30, "مرحبا" * 50])
def test_slack_takes_it_whatever_is_in_it(action: object, text: str) -> None:
    """Every step of every action is a modal within Slack's sizes, however long and hostile names and reasons are."""
    name = getattr(action, "name", getattr(action, "verb", ""))
    draft = Draft(action=name, target=text[:150], environment=text[:150], reason=text, words=text[:3000], noun=None)
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
