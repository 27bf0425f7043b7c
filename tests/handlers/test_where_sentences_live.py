"""What a person reads lives in the catalogue, the errors and the cards, and nowhere else: here, not in handlers."""

from pathlib import Path

import pytest

from tests.prose import ROOT, Source, is_prose

CARDS = ROOT / "handlers" / "cards"

ON_THE_TERMINAL = frozenset({"handlers/checks.py", "handlers/status.py"})
"""These print lines on the terminal of whoever installs the bot; no card could draw them, and nobody in Slack does."""

NAMES = frozenset({"Countersign", "Datadog", "Datadog's event intake"})
"""Proper names, of the bot and of what errors say was called, are no sentences."""

EVERY_VIEW = {"handlers/replies.py": frozenset({"Close"})}
"""A view that says one sentence has to have a button by which it is closed."""

OUTSIDE = sorted(path for path in (ROOT / "handlers").rglob("*.py") if CARDS not in path.parents)


def _named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def said_by(path: Path) -> dict[str, int]:
    """Return what a module says to people, each text with its line."""
    return {said.text: said.line for said in Source(path).spoken()} if path.name != "__init__.py" else {}


@pytest.mark.parametrize("path", [path for path in OUTSIDE if _named(path) not in ON_THE_TERMINAL], ids=_named)
def test_a_handler_composes_no_sentence(path: Path) -> None:
    """What handlers say is drawn by a card, or is an error's own fact and next step."""
    allowed = NAMES | EVERY_VIEW.get(_named(path), frozenset())
    found = [f"{_named(path)}:{line}: {text!r}" for text, line in said_by(path).items() if text not in allowed]
    assert not found, "these belong into handlers/cards:\n" + "\n".join(found)


def test_nothing_is_allowed_that_is_not_there() -> None:
    """Every exception is one: what it lets through would be found without it."""
    every = {_named(path): said_by(path) for path in OUTSIDE}
    assert all(every[path] for path in ON_THE_TERMINAL)
    assert all(texts <= set(every[path]) for path, texts in EVERY_VIEW.items())
    assert set.union(*(set(found) for found in every.values())) >= NAMES


@pytest.mark.parametrize(
    "text",
    [
        "There is no connection to Slack.",
        "… more flags were not looked into.",
        "<…|look there>",
        "For example …",
        "*Not yet.*",
        "15 minutes",
        "Go back",
        "Close",
    ],
)
def test_what_people_read_is_known(text: str) -> None:
    """Sentences, parts of them, headings and labels are found."""
    assert is_prose(text)


@pytest.mark.parametrize(
    "text",
    [
        "notifier.put_off",
        "home …",
        "text/plain; version=0.0.4",
        "… from …",
        "users:read.email",
        "/ops approvals",
        "Cc",
        "",
    ],
)
def test_what_machines_read_is_known(text: str) -> None:
    """Events, names of tasks, types, scopes and what people type are left alone."""
    assert not is_prose(text)


MODULE = '''
"""A module that says things."""
from bot.errors import TooLate
from handlers.blocks import button

def gone(then: str) -> TooLate:
    """Say that it is gone."""
    return TooLate("It is no longer there.", then)

def draw(name: str) -> object:
    """Draw what is said."""
    if not name:
        raise gone("Nothing was changed by this.")
    return button("OK", "an.id", "a value", about=f"the flag called {name}")
'''


def test_errors_are_told_from_what_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes into an error, by whatever function, is no business of the cards; the words on a button are."""
    monkeypatch.syspath_prepend(str(tmp_path))
    path = tmp_path / "a_module_that_says_things.py"
    path.write_text(MODULE, encoding="utf-8")
    assert [said.text for said in Source(path, tmp_path).spoken()] == ["OK", "a value", "the flag called …"]
