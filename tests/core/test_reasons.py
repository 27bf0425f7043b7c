"""The form of a reason, and that no pattern can hold the bot up."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy import Kind as Asks
from bot.policy import PolicyDecision, ReasonForm, both
from bot.reasons import LONGEST_REASON, matches, pattern_problem


@pytest.mark.parametrize(
    "pattern", [r"INC-\d+.*", r"[A-Z]{2,8}-[0-9]{1,7}( .*)?", r"(?:INC|CHG)-[0-9]+.*", "[)]+x", r"\(a\)+"]
)
def test_patterns_of_tickets_are_taken(pattern: str) -> None:
    """What people write for tickets is no problem."""
    assert pattern_problem(pattern) == ""


@pytest.mark.parametrize(
    "pattern",
    [
        *("(a+)+", "(a|a)*b", "(a*){5}", r"(.*)\1", "(?=a)a", "(?i)a", "a*a*a*a*b"),
        *(".{1,400}" * 4, "(a|a)" * 30, "(", "x" * 201, "a?" * 30 + "a" * 30),
    ],
)
def test_patterns_that_could_take_for_ever_are_refused(pattern: str) -> None:
    """Whatever can be tried in too many ways is refused with a sentence."""
    assert pattern_problem(pattern)


@given(st.lists(st.sampled_from(["a", ".", "*", "+", "?", "{2,9}", "[ab]", "(", ")", "|", "b"]), max_size=14))
def test_no_pattern_that_is_taken_is_slow(parts: list[str]) -> None:
    """Any pattern that is let through tells quickly of a reason made to be hard on it."""
    pattern = "".join(parts)
    if pattern_problem(pattern):
        return
    began = time.monotonic()
    matches(pattern, "a" * 120 + "!")
    assert time.monotonic() - began < 3


def test_only_the_whole_reason_counts() -> None:
    """A ticket within other words, and a reason of more than 500 characters, do not match."""
    assert matches("INC-[0-9]+", "INC-412")
    assert not matches("INC-[0-9]+", "see INC-412")
    assert not matches(".*", "x" * (LONGEST_REASON + 1))


def test_a_decision_says_what_a_reason_lacks() -> None:
    """A missing reason and one of another form have a sentence each; a time box asks for what either leg asks."""
    form = ReasonForm(pattern="INC-[0-9]+.*", example="INC-412")
    asks = PolicyDecision(
        kind=Asks.CONFIRM, reason_required=True, reason_pattern=form.pattern, reason_example=form.example
    )
    assert str(asks.lacks(" ")) == "Policy asks for a reason here. Add `because …` to the command."
    assert "such as “INC-412”" in str(asks.lacks("it broke"))
    assert asks.lacks("INC-7 it broke") is None
    assert PolicyDecision(kind=Asks.CONFIRM).lacks("") is None
    assert both(PolicyDecision(kind=Asks.APPROVE, approvals=1), asks).lacks("it broke")
