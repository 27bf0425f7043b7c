"""Whatever is typed, reading never crashes, never guesses, and never writes against the words."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.actions import CATALOGUE
from bot.errors import AskAgain
from bot.grammar.command import Command, Look
from bot.grammar.lexicon import LEXICON
from bot.grammar.parser import parse
from bot.grammar.spelling import spell
from bot.model import Noun
from tests.grammar_corpus import CORPUS

WORDS = """
in on to for of the env environment because since and then ; && - -- \u2014 \u2013break-glass --break-glass new-search
checkout-v2 prod staging EU 2h 90 minutes 1h30m an hour at 18:00 tomorrow don't not never ? should " ' ` \u201c \u201d
\u00ab \u00bb , . ! \u2026 <@U1> <http://a.b|a.b> &lt; &amp; <https://x/?y> \u200b \u202e n\u0435w \x00 \ud800 2fa was
paused pausing it everything next half a please I want i'd https://a/b? a&b a,b a\u2014b Ana's 2 0h 9d = * |
"""
PIECES = ("\n", *(" ".join(phrase) for phrase in (*LEXICON.verbs, *LEXICON.nouns)), *WORDS.split())
NOUNS = st.sampled_from((None, *Noun))
LINES = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join),
    st.lists(st.sampled_from((*PIECES, " ", " ")), max_size=20).map("".join),
    st.sampled_from([text for text, _, _ in CORPUS]),
)
VISIBLE = st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"))
NAMES = st.one_of(
    st.from_regex(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,12}", fullmatch=True),
    st.sampled_from(PIECES),
    st.text(VISIBLE, min_size=1, max_size=12),
)
COMMANDS = list({spell(reading): reading for _, _, reading in CORPUS if isinstance(reading, Command)}.values())
REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def read_or_none(text: str, noun: Noun | None = None) -> Command | None:
    """Return the change that the text means, if it means one."""
    try:
        reading = parse(text, noun)
    except AskAgain:
        return None
    return reading if isinstance(reading, Command) else None


def plainly_spaced(name: str) -> str:
    """Return a name with wide and unbreakable spaces as plain ones, which is how it is read."""
    return "".join(" " if unicodedata.category(c) == "Zs" else c for c in name).strip()


def question_about(text: str, noun: Noun | None) -> AskAgain | None:
    """Return the question that the text raises, if it raises one."""
    try:
        parse(text, noun)
    except AskAgain as question:
        return question
    return None


@settings(max_examples=250)
@given(LINES, NOUNS)
def test_any_text_is_read_or_asked_about(text: str, noun: Noun | None) -> None:
    """No text raises anything but a question, and what is read is spelled so that it reads the same."""
    command = read_or_none(text, noun)
    if command:
        assert parse(spell(command)) == command
        assert parse(spell(command), Noun(command.action.partition(".")[0])) == command


@settings(max_examples=120)
@given(LINES, NOUNS)
def test_questions_are_fit_to_show(text: str, noun: Noun | None) -> None:
    """A question's sentences hold no control or reordering character, and its offers are exact commands."""
    question = question_about(text, noun)
    if question:
        said = question.fact + question.next_step
        assert not [c for c in said if unicodedata.category(c) in {"Cc", "Cs"} or c in REORDERING]
        for _, offer in question.choices:
            read = parse(offer)
            assert isinstance(read, Command | Look)
            assert spell(read) == offer


@settings(max_examples=120)
@given(st.sampled_from(CATALOGUE), NAMES, st.none() | NAMES, st.none() | st.integers(1, 7 * 86400), st.booleans())
def test_quoted_names_are_kept(
    action: object, target: str, place: str | None, seconds: int | None, switched: bool
) -> None:
    """A name in quotes is either kept exactly as typed or asked about, whatever words it has."""
    assert action in CATALOGUE
    name = next(known.name for known in CATALOGUE if known is action)
    wanted = Command(
        action=name,
        target=plainly_spaced(target),
        environment=plainly_spaced(place) if place is not None else None,
        seconds=seconds,
        switches=frozenset({"break-glass"} if switched else ()),
    )
    assert read_or_none(spell(wanted)) in (None, wanted)


@settings(max_examples=120)
@given(st.sampled_from(COMMANDS), st.text(max_size=80))
def test_reason_changes_nothing_else(command: Command, reason: str) -> None:
    """Whatever follows `because` leaves action, target, environment, time box and switches as they are."""
    bare = command.model_copy(update={"reason": ""})
    read = read_or_none(f"{spell(bare)} because {reason}")
    assert read is None or read.model_copy(update={"reason": ""}) == bare


@pytest.mark.parametrize(
    "negation", ["don't", "Don\u2019t", "dont", "do not", "never", "please do not", "not", "no,", "cannot"]
)
def test_negation_never_writes(negation: str) -> None:
    """No command runs with a negation before it."""
    for command in COMMANDS:
        assert read_or_none(f"{negation} {spell(command)}") is None


@pytest.mark.parametrize("mark", ["?", " ?", "??", "?!", "\uff1f", ", right?", " ok?"])
def test_question_never_writes(mark: str) -> None:
    """No command runs with a question mark before its reason."""
    for command in COMMANDS:
        bare = spell(command.model_copy(update={"reason": ""}))
        assert read_or_none(bare + mark) is None
        assert read_or_none(f"{bare}{mark} because {command.reason or 'x'}") is None


@pytest.mark.parametrize("lead", ["should I", "can you", "could we please", "shall we", "is it time to", "did you"])
def test_asking_never_writes(lead: str) -> None:
    """No command runs behind the first words of a question."""
    for command in COMMANDS:
        assert read_or_none(f"{lead} {spell(command)}") is None


@pytest.mark.parametrize("link", [" and ", "; ", ";", " && ", " then ", "\n", " & ", ", "])
def test_two_commands_never_write(link: str) -> None:
    """No line with two commands runs, not even one of them."""
    for first in COMMANDS:
        bare = spell(first.model_copy(update={"reason": ""}))
        assert read_or_none(f"{bare}{link}{spell(COMMANDS[0])}") is None


@pytest.mark.parametrize(
    "time", ["in 2h", "in 5 minutes", "at 18:00", "tomorrow", "after lunch", "later", "at 6pm", "on friday"]
)
def test_wish_for_later_never_writes(time: str) -> None:
    """No command runs that is wanted at another time."""
    for command in COMMANDS:
        bare = spell(command.model_copy(update={"reason": ""}))
        assert read_or_none(f"{bare} {time} because x") is None
        assert read_or_none(f"{time} {bare}") is None
