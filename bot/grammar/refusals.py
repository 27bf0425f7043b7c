"""
Lines that must never run, however clear they seem.

A negation, a question, something told, a wish for later, two commands in one: each is answered with how it was read,
and with the command that could be typed instead.
"""

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from itertools import pairwise

from bot.errors import NotUnderstood
from bot.grammar.command import Command
from bot.grammar.durations import is_clock, read_duration
from bot.grammar.frame import Choices, choices
from bot.grammar.letters import shown
from bot.grammar.lexicon import POLITE, Lexicon, longest
from bot.grammar.parts import without_polite
from bot.grammar.spelling import spell
from bot.grammar.stopwords import ASIDES, LATER, MODALS, QUESTION_STARTS, TOLD, TWO, is_negation, word_set
from bot.grammar.tokens import QUESTION_MARKS, SEPARATORS, Token, plain_token

Attempt = Callable[[Sequence[Token]], Command | None]

_CONDITIONS = word_set("after before once when whenever while if unless")
_ENDS = frozenset({"until", "till"})
_VAGUE = word_set("a an few couple some half")
_MOST_COMMANDS = 4


def check(tokens: Sequence[Token], lexicon: Lexicon, attempt: Attempt) -> None:
    """Raise `NotUnderstood` if the words are not a plain wish for one thing now."""
    words = [token.word for token in tokens]
    _check_negation(tokens, attempt)
    _check_question(tokens, attempt)
    _check_since(words)
    _check_told(tokens, lexicon, attempt)
    _check_later(tokens, words, attempt)
    _check_two(tokens, words, attempt)
    _check_aside(tokens, lexicon, attempt)


def _check_negation(tokens: Sequence[Token], attempt: Attempt) -> None:
    found = next((token for token in tokens if is_negation(token.word)), None)
    if not found:
        return
    rest = [token for token in tokens if not is_negation(token.word) and token.word not in {"do", "does", "did"}]
    wish = attempt(rest)
    raise NotUnderstood(
        f"Read as a no, because of {shown(found.text)}. Nothing was done.",
        f"To do it all the same, type “{spell(wish)}”." if wish else "Type what should be done.",
    )


def _check_question(tokens: Sequence[Token], attempt: Attempt) -> None:
    first = next(iter(without_polite(tokens)), None)
    asked = first is not None and first.word in QUESTION_STARTS
    marked = any(token.text in QUESTION_MARKS and not token.quoted for token in tokens)
    modal = next((token for token in tokens if token.word in MODALS), None)
    if not asked and not marked and not modal:
        return
    talk = QUESTION_STARTS | ASIDES | MODALS
    rest = [token for token in tokens if token.word not in talk and (token.quoted or token.text not in QUESTION_MARKS)]
    why = (
        shown(first.text) if asked and first else "the question mark" if marked else shown(modal.text if modal else "")
    )
    _refuse("a question", why, "To do it, type", [attempt(rest)] if len(rest) < len(tokens) else [])


def _check_since(words: Sequence[str]) -> None:
    if "since" in words:
        said = shown(" ".join(words[words.index("since") :][:3]))
        raise NotUnderstood(
            f"{said} is read as a time, not as a reason. Nothing was done.", "Put the reason after “because”."
        )


def _check_told(tokens: Sequence[Token], lexicon: Lexicon, attempt: Attempt) -> None:
    found = next((token for token in tokens if token.word in lexicon.told | TOLD), None)
    if found:
        _refuse("something that happened", shown(found.text), "To do it, type", [attempt(_as_wish(tokens, lexicon))])


def _as_wish(tokens: Sequence[Token], lexicon: Lexicon) -> list[Token]:
    """Return the words with `paused` as `pause`, and without `was` and its like."""
    verbs = sorted({verb[0] for verb in lexicon.actions})
    wish: list[Token] = []
    for token in tokens:
        if token.word in lexicon.told:
            wish += [plain_token(near) for near in get_close_matches(token.word, verbs, n=1)]
        elif token.word not in TOLD:
            wish.append(token)
    return wish


def _check_later(tokens: Sequence[Token], words: Sequence[str], attempt: Attempt) -> None:
    timed = _timed(words)
    found = sorted(timed | {at for at, word in enumerate(words) if word in _CONDITIONS})
    if not found:
        return
    said = shown(" ".join(tokens[at].text for at in found[:3]))
    if any(words[at] in _ENDS for at in found):
        raise NotUnderstood(
            f"Read as a change with an end, because of {said}. Nothing was done.",
            "An end is given as a length of time, such as “for 2h”.",
        )
    now = [token for at, token in enumerate(tokens) if at not in timed]
    droppable = len(timed) == len(found)
    lead = "Nothing is kept for later. To do it now, type"
    _refuse("a wish for later", said, lead, [attempt(now)] if droppable else [])


def _timed(words: Sequence[str]) -> set[int]:
    """Return where the words speak of a time to come: `in 2h`, `at 18:00`, `tomorrow`."""
    found = {at for at, word in enumerate(words) if word in LATER - _CONDITIONS and not _begins_box(words, at)}
    for at, word in enumerate(words):
        following = words[at + 1 : at + 1 + 8]
        length = read_duration(following)
        if word in {"in", "within"} and length:
            found |= set(range(at, at + 1 + length[1]))
        elif word == "in" and following[:1] and following[0] in _VAGUE:
            found |= {at, at + 1}
        elif is_clock(words[at : at + 2]) and (at == 0 or words[at - 1] != "for"):
            found |= {at, at + 1} if words[at].isdigit() else {at}
        elif word == "on" and following[:1] and following[0] in LATER:
            found.add(at)
    return found


def _begins_box(words: Sequence[str], at: int) -> bool:
    """Tell whether this is the `next` of `for the next 2h`."""
    before = [word for word in words[max(0, at - 2) : at] if word not in POLITE]
    return words[at] == "next" and before[-1:] == ["for"] and read_duration(words[at + 1 : at + 4]) is not None


def _check_two(tokens: Sequence[Token], words: Sequence[str], attempt: Attempt) -> None:
    cuts = [at for at, token in enumerate(tokens) if _separates(token, words, at)]
    if not cuts:
        return
    edges = [-1, *cuts, len(tokens)]
    lines = [tokens[start + 1 : end] for start, end in pairwise(edges)]
    commands = [attempt(line) for line in lines if line] if len(lines) <= _MOST_COMMANDS else []
    complete = len({command is None or command.environment is None for command in commands}) == 1 and all(commands)
    offers: Choices = choices(commands) if complete else ()
    said = "the line break" if words[cuts[0]] == "\n" else shown(tokens[cuts[0]].text)
    raise NotUnderstood(
        f"Read as more than one command or target, because of {said}.",
        "One change at a time: type one command for each; a name with such a word in it goes in quotes.",
        offers,
    )


def _separates(token: Token, words: Sequence[str], at: int) -> bool:
    if token.quoted or (token.word not in TWO and token.text not in SEPARATORS):
        return False
    before = read_duration(words[max(0, at - 2) : at]) or read_duration(words[max(0, at - 1) : at])
    return not (token.word == "and" and before and read_duration(words[at + 1 : at + 4]))


def _check_aside(tokens: Sequence[Token], lexicon: Lexicon, attempt: Attempt) -> None:
    found = next((token for token in tokens if token.word in ASIDES), None)
    if not found:
        return
    words = [token.word for token in tokens]
    rest = [
        token
        for at, token in enumerate(tokens)
        if token.word not in ASIDES and not (token.word == "to" and longest(lexicon.verbs, words[at + 1 :]))
    ]
    _refuse("talk about a change", shown(found.text), "To do it, type", [attempt(rest)])


def _refuse(kind: str, why: str, lead: str, wishes: Sequence[Command | None]) -> None:
    """Raise the answer to a line of that kind, with the command that the rest of its words would be."""
    wish = next((command for command in wishes if command), None)
    then = f"{lead} “{spell(wish)}”." if wish else "Type the command by itself, or “help”."
    raise NotUnderstood(f"Read as {kind}, because of {why}. Nothing was done.", then, choices([wish]))
