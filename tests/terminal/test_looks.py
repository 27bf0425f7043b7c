"""What there is to look at, at a terminal: whole, in columns, without markup, for everybody who sits there."""

import pytest

from bot.errors import AskAgain, NotUnderstood
from bot.grammar.command import Look
from bot.grammar.parser import parse
from bot.look_cli import wanted
from bot.looking.answering import Sight
from bot.looking.views import EnvironmentView, FlagView, SettingView, Variant
from bot.terminal.looks import shown
from bot.terminal.text import columns
from tests.builders import PRODUCTION, STAGING, START, a_target
from tests.core.fakes import House
from tests.handlers.test_card_limits import EVIL
from tests.handlers.test_look_limits import seen
from tests.terminal.scene import Scene
from tests.views_fake import MemoryViews

_ID = a_target().id
VIEWS = MemoryViews(
    flags=[
        FlagView(
            id=_ID,
            key="new-search",
            name="New search",
            kind="BOOLEAN",
            variants=(Variant(id="v-on", key="on", name="On", value="true"),),
            settings=(
                SettingView(environment=PRODUCTION, enabled=True, default="off"),
                SettingView(environment=STAGING, enabled=False, approval=True),
            ),
        )
    ],
    environments=[EnvironmentView(environment=PRODUCTION), EnvironmentView(environment=STAGING, approval=True)],
)


def look(text: str) -> Look:
    """Read a line as a look."""
    read = parse(text)
    assert isinstance(read, Look)
    return read


@pytest.mark.parametrize(("person", "slack"), [("U0REQUESTER", True), ("U0REQUESTER", False), ("", True)])
async def test_everybody_at_a_terminal_may_look(person: str, *, slack: bool) -> None:
    """A mapped person sees a flag whole, so does who is mapped to nobody, and so does everybody while Slack is away."""
    house = House()
    house.directory.away = not slack
    scene = Scene(house, slack=slack, person=person, views=VIEWS)
    sight = await scene.desk.looking.see(look("show flag new-search in Production"), person or scene.desk.account.title)
    assert shown(sight) == [
        "Flag new-search",
        "  Name:  New search",
        "  Type:  BOOLEAN",
        "  ENVIRONMENT              STATE     DEFAULT  RULES  MORE",
        "  Production (production)  enabled   off      0",
        "  staging                  disabled  -        0      Datadog wants its own approval",
        "  VARIANT  VALUE  NAME",
        "  on       true   On",
        "As of 2026-10-14 17:46 UTC.",
    ]


async def test_a_list_stands_in_columns() -> None:
    """Production is said by a word in every cell, and the list says what it leaves out."""
    scene = Scene(House(), views=VIEWS)
    sight = await scene.desk.looking.see(look("list flags in staging"), scene.desk.person)
    assert shown(sight) == [
        "1 flag in staging",
        "FLAG        ENABLED IN               DISABLED IN  NAME",
        "new-search  Production (production)  staging      New search",
        "Archived flags are left out.",
        "As of 2026-10-14 17:46 UTC.",
    ]


@pytest.mark.parametrize("evil", EVIL, ids=range(len(EVIL)))
def test_nothing_there_is_moves_the_cursor(evil: str) -> None:
    """Whatever things are called, each line is one line of visible text."""
    for asked, what in seen(evil):
        lines = shown(Sight(asked, what, START))
        assert lines
        assert all(line.isprintable() for line in lines), asked.what


def test_columns_begin_below_one_another_and_empty_ones_are_left_out() -> None:
    """The widest cell of a column decides where the next begins; a column without anything in it is not drawn."""
    assert columns([("A", "B", "C"), ("one", "", "x"), ("seven", "", "y")]) == ["A      C", "one    x", "seven  y"]
    assert columns([]) == []


@pytest.mark.parametrize(
    ("verb", "about", "read"),
    [
        ("list", ["flags", "in", "prod"], Look(what="flag.list", environment="prod")),
        ("list", ["flags in prod"], Look(what="flag.list", environment="prod")),
        ("show", ["flag", "New search"], Look(what="flag.show", target="New search")),
        ("rules", ["new-search", "in", "prod"], Look(what="flag.rules", target="new-search", environment="prod")),
        ("status", ["rollout", "x", "in", "prod"], Look(what="rollout.status", target="x", environment="prod")),
    ],
)
def test_words_of_a_shell_are_read_as_in_slack(verb: str, about: list[str], read: Look) -> None:
    """The shell has taken the quotes off, so a word with blanks is one name; one word alone is a line."""
    assert wanted(verb, about) == read


@pytest.mark.parametrize("about", [[], ["everything"], ["flag"]])
def test_what_is_no_look_is_said(about: list[str]) -> None:
    """Words that ask for nothing are answered with how to ask."""
    with pytest.raises((NotUnderstood, AskAgain)):
        wanted("show", about)
