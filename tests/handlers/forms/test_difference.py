"""A long difference: whole over its pages, nothing of it cut, and offered where the card cuts it."""

from typing import Any

import pytest

from bot.forms.pages import pages
from bot.model import FieldChange, Plan
from bot.sandbox.slack.limits.surfaces import view_problems
from handlers import ids
from handlers.cards.modals.difference_view import difference_view, is_long
from tests.builders import a_change


def a_plan(*changes: tuple[str, str, str]) -> Plan:
    """Return a plan with these differences."""
    told = tuple(FieldChange(label=label, before=before, after=after) for label, before, after in changes)
    return a_change().plan.model_copy(update={"changes": told})


LONG = a_plan(*((f"Rule {n} & <!channel> `x`", f"was {n} " * 60, f"becomes {n}\nand more " * 60) for n in range(12)))


@pytest.mark.parametrize(
    ("plan", "long"),
    [
        (a_plan(("Flag", "on", "off")), False),
        (a_plan(("Flag", "a" * 240, "off")), False),
        (a_plan(("Flag", "a" * 241, "off")), True),
        (a_plan(("Flag", "on", "&" * 60)), True),
        (a_plan(*(("Flag", "on", "off") for _ in range(16))), True),
        (LONG, True),
    ],
)
def test_it_is_offered_where_the_card_cuts(plan: Plan, *, long: bool) -> None:
    """As many things and letters as a card shows are not long; one more is."""
    assert is_long(plan) is long


def test_all_of_it_is_on_the_pages() -> None:
    """Every word of the difference is on some page, each page is one that Slack takes, and none is read as markup."""
    count = len(pages(LONG))
    assert count > 2
    shown = ""
    for page in range(count):
        view: Any = difference_view(LONG, "cs-abcdef.0123456789ab", page)
        assert view_problems(view, kind="modal") == []
        text = view["blocks"][1]["text"]
        assert text["type"] == "plain_text"
        shown += f"{text['text']}\n"
    for change in LONG.changes:
        assert change.label in shown
    words = " ".join(f"{c.before} {c.after}" for c in LONG.changes).split()
    assert not set(words) - set(shown.split())
    assert sum(shown.count(f"becomes {n}\n") for n in range(12)) == 12 * 60


@pytest.mark.parametrize(
    ("page", "buttons", "small"),
    [
        (0, [(ids.NEXT_PAGE, "1")], "Page 1 of"),
        (1, [(ids.PREVIOUS_PAGE, "0"), (ids.NEXT_PAGE, "2")], "Page 2 of"),
        (10**6, [(ids.PREVIOUS_PAGE, str(len(pages(LONG)) - 2))], f"Page {len(pages(LONG))} of"),
        (-5, [(ids.NEXT_PAGE, "1")], "Page 1 of"),
    ],
)
def test_pages_turn(page: int, buttons: list[tuple[str, str]], small: str) -> None:
    """There is no way beyond the first and the last page, and the page that is shown says which it is."""
    view = str(difference_view(LONG, "v", page))
    found = [(one, value) for one in (ids.PREVIOUS_PAGE, ids.NEXT_PAGE) for value in _values(view, one)]
    assert found == buttons
    assert small in view


def _values(view: str, action: str) -> list[str]:
    found = view.split(f"'action_id': '{action}', 'value': '")[1:]
    return [part.partition("'")[0] for part in found]
