"""
The way in: typed text to a command, to a look at something, or to one of the bot's own.

The text is taken apart in this order: Slack's escaping, words and reason, the bot's own commands, looks, switches,
lines that must never run, time box, verb and noun, environment and target. What is not certain raises `NotUnderstood`.
"""

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches

from bot.actions import Control
from bot.errors import NotUnderstood
from bot.grammar.command import Ask, Command, Look
from bot.grammar.frame import Frame, attempt, choices
from bot.grammar.letters import shown, tidy_reason, without_invisible
from bot.grammar.lexicon import ANY_SLASH, LEXICON, SLASH, SWITCHES, Lexicon, longest
from bot.grammar.looks import look_in
from bot.grammar.parts import without_polite
from bot.grammar.reader import read
from bot.grammar.refusals import check
from bot.grammar.slack_text import plain_text, with_labels
from bot.grammar.stopwords import TWO, is_negation
from bot.grammar.tokens import DASHES, QUESTION_MARKS, SEPARATORS, Line, Token, take_apart
from bot.model import Noun

HELP = "help"


def parse(text: str, noun: Noun | None = None, lexicon: Lexicon = LEXICON) -> Command | Look | Ask:
    """
    Return what the text asks for; raise `NotUnderstood` where it is not certain.

    `noun` is the one that a slash command implies. The text is as Slack delivers it; text of a terminal reads the same.
    """
    line = take_apart(plain_text(text))
    line = replace(line, reason=tidy_reason(with_labels(line.reason, text)))
    tokens, noun = _without_slash(line.tokens, noun)
    content = without_polite(tokens)
    if not line.reason and all(_is_mark(token) for token in content):
        return Ask(what=HELP)
    if control := _control(content, noun, lexicon):
        return _ask(control, content, line, lexicon)
    if len(content) == 1 and content[0].quoted:
        raise _all_in_quotes(content[0], Frame(lexicon, noun, line.reason))
    if look := look_in(content, Frame(lexicon, noun)):
        return look
    words, switches = _take_switches(tokens)
    return _checked(words, Frame(lexicon, noun, line.reason, switches))


def _checked(tokens: Sequence[Token], frame: Frame) -> Command:
    check(tokens, frame.lexicon, lambda rest: attempt(_checked, rest, frame))
    return read(tokens, frame)


def _all_in_quotes(token: Token, frame: Frame) -> NotUnderstood:
    """Ask about a line that is one name, because quotes are around all of it."""
    try:
        inner = take_apart(token.text)
    except NotUnderstood:
        inner = Line(token.text, ())
    meant = choices([attempt(_checked, inner.tokens, replace(frame, reason=inner.reason or frame.reason))])
    return NotUnderstood(
        f"{shown(token.text)} is in quotes, so it is read as a name.", "Type it without the quotes.", meant
    )


def _is_mark(token: Token) -> bool:
    return not token.quoted and (token.text in QUESTION_MARKS or token.text in SEPARATORS)


def _without_slash(tokens: Sequence[Token], noun: Noun | None) -> tuple[Sequence[Token], Noun | None]:
    """Return the words without a slash command copied along with them, and the noun it implies."""
    if not tokens or tokens[0].quoted or tokens[0].word not in (*SLASH, ANY_SLASH):
        return tokens, noun
    return tokens[1:], SLASH.get(tokens[0].word, noun)


def _control(content: Sequence[Token], noun: Noun | None, lexicon: Lexicon) -> Control | None:
    """Return the bot's own command that the words begin with; with a noun it fits, the verb is an action's."""
    words = [token.word for token in content]
    phrase = longest(frozenset(lexicon.controls), words)
    if phrase is None:
        return None
    nouns = [
        lexicon.nouns[found] for at in range(len(words)) if (found := longest(frozenset(lexicon.nouns), words[at:]))
    ]
    meant = nouns[0] if nouns else noun
    taken = meant and (
        lexicon.readings(phrase, meant) or any(read.noun is meant for read in lexicon.reads.get(phrase, ()))
    )
    return None if taken else lexicon.controls[phrase]


def _ask(control: Control, content: Sequence[Token], line: Line, lexicon: Lexicon) -> Ask:
    phrase = longest(frozenset(lexicon.controls), [token.word for token in content]) or ()
    rest = content[len(phrase) :]
    if control.verb == HELP:
        rest = [token for token in rest if not _is_mark(token)]
    else:
        _check_plain(control, rest)
    if not _fits(control.argument, len(rest)):
        wanted = f"wants {control.argument}" if control.argument else "stands alone"
        raise NotUnderstood(f"“{control.verb}” {wanted}.", f"Type “{f'{control.verb} {control.argument}'.strip()}”.")
    about = rest[0].text if len(rest) == 1 else line.text[rest[0].start : rest[-1].end] if rest else ""
    return Ask(what=control.verb, about=tidy_reason(without_invisible(about)), reason=line.reason)


def _check_plain(control: Control, rest: Sequence[Token]) -> None:
    """Refuse a question, a negation and two commands in one."""
    if any(_is_mark(token) or token.word in TWO or is_negation(token.word) for token in rest):
        said = " ".join(token.text for token in rest)
        raise NotUnderstood(
            f"Read as “{control.verb}”, and not clear with {shown(said)} after it.",
            f"Type “{f'{control.verb} {control.argument}'.strip()}” by itself.",
        )


def _fits(argument: str, count: int) -> bool:
    """Tell whether so many words fit: each `<…>` is one, and `[…]` stands for any number."""
    wanted = argument.count("<")
    return count >= wanted if "[" in argument else count == wanted


def _take_switches(tokens: Sequence[Token]) -> tuple[list[Token], frozenset[str]]:
    """Return the words without switches, and the switches; raise `NotUnderstood` for one that does not exist."""
    kept = [token for token in tokens if token.quoted or token.word[0] not in DASHES]
    found = [token for token in tokens if not token.quoted and token.word[0] in DASHES]
    names = [token.word.lstrip(DASHES).translate(dict.fromkeys(map(ord, DASHES + "_"), "-")) for token in found]
    for token, name in zip(found, names, strict=True):
        if name not in SWITCHES:
            raise _no_switch(token, name)
    return kept, frozenset(names)


def _no_switch(token: Token, name: str) -> NotUnderstood:
    if not name:
        then = "A reason follows “because”, or a dash with spaces on both sides."
        return NotUnderstood(f"Nothing follows {shown(token.text)}.", then)
    near = get_close_matches(name[:40], sorted(SWITCHES), n=1, cutoff=0.5) or sorted(SWITCHES)
    return NotUnderstood(
        f"{shown(token.text)} is not a switch, so nothing was done.",
        f"Did you mean “--{near[0]}”? A reason follows “because”.",
    )
