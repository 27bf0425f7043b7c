"""The parts of Block Kit: cleaning, escaping, cutting, and sizes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.slack.limits.surfaces import message_problems, view_problems
from handlers.blocks import (
    actions,
    button,
    clean,
    code,
    context,
    dialog,
    escape,
    fit,
    header,
    link_button,
    modal,
    paragraphs,
    plain,
    quoted,
    section,
    text_input,
    web_address,
)


@pytest.mark.parametrize(
    ("foreign", "cleaned"),
    [
        ("two\nlines\r\n\tand a tab", "two lines and a tab"),
        ("\u202eevil\u202c", "evil"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("nul\x00esc\x1b[31m", "nulesc[31m"),
        ("\u3164\u2800", ""),
        ("חיפוש new 検索", "חיפוש new 検索"),
        ("lone \ud800 surrogate", "lone surrogate"),
    ],
)
def test_foreign_text_loses_what_cannot_be_seen(foreign: str, cleaned: str) -> None:
    """Direction marks, zero-width, control and blank characters go; letters of every script stay."""
    assert clean(foreign) == cleaned


def test_only_three_characters_are_escaped() -> None:
    """Exactly & < > are escaped, as Slack asks."""
    assert escape("""a & b < c > d " ' * _ `""") == """a &amp; b &lt; c &gt; d " ' * _ `"""


def test_a_mention_in_foreign_text_stays_text() -> None:
    """Nobody is called by the name of a flag."""
    assert quoted("<!channel> <@U123>", 100) == "&lt;!channel&gt; &lt;@U123&gt;"


def test_a_code_span_cannot_be_left() -> None:
    """Backticks in a key do not end the code span around it."""
    assert code("a`b```c") == "`a'b'''c`"
    assert code("") == "`—`"


@given(st.text(alphabet="&<>`x\n", max_size=300), st.integers(2, 100))
def test_a_cut_never_splits_what_was_escaped(foreign: str, limit: int) -> None:
    """Quoted text keeps to its limit and holds no half of an escape."""
    text = quoted(foreign, limit)
    assert 1 <= len(text) <= limit
    assert text.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "").count("&") == 0


def test_a_cut_is_visible() -> None:
    """What was cut ends in an ellipsis, and what fits does not."""
    assert plain("abcdef", 4) == "abc…"
    assert plain("abcd", 4) == "abcd"
    assert quoted("abcdef", 4) == "abc…"


def test_composed_text_is_cut_outside_of_tokens() -> None:
    """A date or a mention is kept whole or left out."""
    assert fit("by <@U0APPROVER> today", 10) == "by…"
    assert fit("by &amp; by", 6) == "by…"


def test_plain_text_is_not_escaped() -> None:
    """Slack does not interpret plain text, so an escape would be read as it stands."""
    assert header("a & b")["text"] == {"type": "plain_text", "text": "a & b", "emoji": False}


def test_mrkdwn_is_sent_verbatim() -> None:
    """Slack looks for no channel names, addresses or mentions of its own accord."""
    assert section("words")["text"] == {"type": "mrkdwn", "text": "words", "verbatim": True}


def test_lines_are_packed_into_as_few_sections_as_hold_them() -> None:
    """Lines share a section up to its limit, and no more sections are drawn than asked for."""
    assert len(paragraphs(["x" * 1000] * 2, most=5)) == 1
    assert len(paragraphs(["x" * 1000] * 6, most=5)) == 3
    assert len(paragraphs(["x" * 9000] * 6, most=5)) == 5
    assert paragraphs([], most=5) == []


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://app.datadoghq.com/x?y=1#z", True),
        ("http://127.0.0.1:8080/flag", True),
        ("", False),
        ("https://", False),
        ("javascript:alert(1)", False),
        ("https://a b", False),
        ("https://a\nb", False),
        ("https://[broken", False),
        ("https://x/" + "y" * 3000, False),
    ],
)
def test_only_web_addresses_become_links(url: str, good: bool) -> None:
    """A link button goes to an http(s) address that Slack can carry, or is not there."""
    assert web_address(url) is good
    assert (link_button("Open", "link.open", url, "it") is not None) is good


def test_every_part_fits_with_the_longest_text() -> None:
    """Each part cut from ten thousand characters is one that Slack takes."""
    long = "x" * 10_000
    ask = dialog(long, long, long, long)
    press = button(long, "a", "v", about=long, primary=True, confirm=ask)
    assert message_problems([header(long), section(long, press), context(long), *actions([press])]) == []
    form = modal("f", long, long, "m", [section(long), text_input("b", "a", long, hint=long, multiline=True)])
    assert view_problems(form, kind="modal") == []


def test_every_part_fits_with_no_text_at_all() -> None:
    """Slack refuses empty text; a dash stands in its place."""
    ask = dialog("", "", "", "")
    press = button("", "a", "v", confirm=ask)
    assert message_problems([header(""), section(""), context(""), *actions([press])]) == []
    assert actions([]) == []
