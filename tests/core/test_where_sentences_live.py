"""What a person reads lives in the catalogue, the errors and the cards, and nowhere else: here, not in the core."""

import pytest

from tests.core.test_import_ranks import CORE, of_rank
from tests.prose import ROOT, Source

DECIDING = ("planner", "filled", "changes", "audit")
"""Of the pure rank, what decides; the rest of it is the catalogue, what is typed, and a policy read out in words."""

NOTES = "bot.changes.notes"
"""The errors that are kept in a record, because there is nobody to whom they could be raised."""

ON_THE_TERMINAL = frozenset({"bot.auditing.examining", "bot.auditing.verifying"})
"""What `audit verify` finds is printed, and comes before nobody in Slack."""

NAMES = frozenset({"Countersign"})
"""Proper names are no sentences."""

MODULES = [name for name in of_rank((*CORE, *DECIDING)) if (ROOT / f"{name.replace('.', '/')}.py").exists()]


def said_by(name: str) -> dict[str, int]:
    """Return what a module says to people other than by an error, each text with its line."""
    source = Source(ROOT / f"{name.replace('.', '/')}.py")
    return {said.text: said.line for said in source.spoken() if not source.is_beside_an_error(said)}


@pytest.mark.parametrize("name", [name for name in MODULES if name not in {NOTES, *ON_THE_TERMINAL}])
def test_the_core_speaks_by_errors_alone(name: str) -> None:
    """Orchestration tells facts, or raises an error that has words; how things stand is put into words by a card."""
    found = [f"{name}:{line}: {text!r}" for text, line in said_by(name).items() if text not in NAMES]
    assert not found, "these belong to an error, to the catalogue or to a card:\n" + "\n".join(found)


def test_nothing_is_allowed_that_is_not_there() -> None:
    """Every exception is one: what it lets through would be found without it."""
    assert all(said_by(name) for name in {NOTES, *ON_THE_TERMINAL})
    assert set.union(*(set(said_by(name)) for name in MODULES)) >= NAMES
