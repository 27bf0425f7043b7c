"""The pages of a long difference: full, in reading order, and cut between words."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.forms.pages import PAGE, pages
from tests.handlers.forms.test_difference import a_plan


def test_a_long_value_begins_where_there_is_room() -> None:
    """A value goes on over pages, each of which is nearly full, and no word is cut."""
    words = [f"word{n}" for n in range(3000)]
    found = pages(a_plan(("Rule beta", "none", " ".join(words))))
    assert found[0].startswith("Rule beta\nNow: none\nAfter: word0 word1")
    assert all(len(page) > PAGE - 20 for page in found[:-1])
    assert " ".join(found).split() == ["Rule", "beta", "Now:", "none", "After:", *words]


def test_a_word_longer_than_a_page_is_cut_after_a_sign() -> None:
    """Text without blanks, as JSON may be, is cut after a comma or a bracket; one without signs where the page ends."""
    signs = "{" + ",".join(f'"field{n}":"value{n}"' for n in range(400)) + "}"
    found = pages(a_plan(("Schema", "none", signs)))
    assert all(page.endswith(",") for page in found[1:-1])
    assert "".join(page.replace("\n", "") for page in found) == f"SchemaNow: noneAfter: {signs}".replace("\n", "")
    bare = pages(a_plan(("Value", "none", "x" * 10_000)))
    assert "".join(bare).count("x") == 10_000
    assert max(map(len, bare)) == PAGE


@settings(max_examples=60)
@given(st.lists(st.text(alphabet="ab ,}\n", max_size=300), min_size=1, max_size=6), st.integers(20, 60))
def test_nothing_is_left_out_and_nothing_is_too_long(values: list[str], size: int) -> None:
    """Whatever the values and the size, every page fits and the pages together say it all, in order."""
    plan = a_plan(*((f"L{n}", value, value) for n, value in enumerate(values)))
    found = pages(plan, size)
    assert all(len(page) <= size for page in found)
    whole = "".join(f"{c.label}Now: {c.before}After: {c.after}" for c in plan.changes)
    assert re.sub(r"\s", "", "".join(found)) == re.sub(r"\s", "", whole)
