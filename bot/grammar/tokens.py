"""
From a line to its words and its reason.

Everything after the reason's marker is kept as it is and never looked at again, so it cannot change what is done.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.errors import NotUnderstood
from bot.grammar.durations import starts_with_time
from bot.grammar.letters import shown, tidy_reason, without_invisible

LONGEST_COMMAND = 1000
LONGEST_REASON = 500
QUESTION_MARKS = frozenset("?\uff1f\u061f\u2048\u2047\u2049\u203d")
SEPARATORS = frozenset({";", "\uff1b", "&&", "||", "\n"})

DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_SAME_AS_HYPHEN = str.maketrans(dict.fromkeys("\u2010\u2011\u2212\ufe63\uff0d", "-"))
QUOTES = (
    '"\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033',
    "'\u2018\u2019\u201a\u201b\u2039\u203a\u2032",
    "`",
)
_MARKS = re.escape("".join(sorted(QUESTION_MARKS)) + ";\uff1b")
_END_MARKS = ".,!:\u2026\uff01\uff0c\u3002\u00a1\u00bf"
_COMMA = frozenset(",\uff0c")
_PIECE = re.compile(rf"&&|\|\||[{_MARKS}]|(?:(?!&&|\|\|)[^{_MARKS}])+")
_BOUNDARY = rf"(?=$|\s|[{_MARKS}{re.escape(_END_MARKS)}])"
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_LINE_END = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_SPACE = re.compile(r"\s*")
_RUN = re.compile(r"\S+")
_WIDE_SPACE = re.compile(r"[^\S\n\r\t\v\f\x1c-\x1f\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Token:
    """
    One word: as typed, how it is compared ("" for what was quoted), and where it stands in the line.

    `comma` tells that a comma followed it.
    """

    text: str
    word: str
    quoted: bool = False
    start: int = 0
    end: int = 0
    comma: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """What was typed, taken apart: the words of the command, and the reason."""

    text: str
    tokens: tuple[Token, ...]
    reason: str = ""


def plain_token(text: str) -> Token:
    """Return a word that was not quoted."""
    return Token(text.translate(_SAME_AS_HYPHEN), without_invisible(text).translate(_SAME_AS_HYPHEN).casefold())


def take_apart(text: str) -> Line:
    """Return the words and the reason of a line; raise `NotUnderstood` for open quotes and what is too long."""
    tokens: list[Token] = []
    for token in _tokens(text):
        if token.end > LONGEST_COMMAND:
            raise NotUnderstood(
                f"The command before its reason is longer than {LONGEST_COMMAND} characters.",
                "Put what explains it after “because”.",
            )
        if _marks_reason(token, text):
            return Line(text, _trimmed(tokens), _reason(text[token.end :], token))
        tokens.append(token)
    return Line(text, _trimmed(tokens))


def _marks_reason(token: Token, text: str) -> bool:
    if token.quoted or not token.text:
        return False
    rest = text[token.end : token.end + 200]
    if token.word == "since":
        words = [piece.strip(_END_MARKS).casefold() for piece in rest.split()[:4]]
        return not starts_with_time(words)
    if token.word.strip(DASHES) == "" and token.word:
        return bool(rest) and rest[0].isspace() and (token.start == 0 or text[token.start - 1].isspace())
    return token.word == "because"


def _reason(text: str, marker: Token) -> str:
    reason = tidy_reason(text)
    if not without_invisible(reason).strip():
        raise NotUnderstood(f"Nothing follows {shown(marker.text)}.", "Say why after it, or leave it out.")
    if len(reason) > LONGEST_REASON:
        raise NotUnderstood(
            f"The reason has {len(reason)} characters, and {LONGEST_REASON} are kept.",
            "Shorten it, or give the link to the incident instead.",
        )
    return reason


def _trimmed(tokens: list[Token]) -> tuple[Token, ...]:
    """Return the tokens without line ends at either end, and without words that nobody can see."""
    kept = [token for token in tokens if token.quoted or token.word]
    while kept and kept[-1].text == "\n":
        kept.pop()
    return tuple(kept)


def _tokens(text: str) -> Iterator[Token]:
    at, begun = 0, False
    while True:
        space = _SPACE.match(text, at)
        start = space.end() if space else at
        if begun and _LINE_END.search(text, at, start):
            yield Token("\n", "\n", start=at, end=start)
        if start >= len(text):
            return
        begun = True
        if family := next((quotes for quotes in QUOTES if text[start] in quotes), None):
            token = _quoted(text, start, family)
            yield token
            at = token.end
        else:
            run = _RUN.match(text, start)
            at = run.end() if run else len(text)
            yield from _pieces(text[start:at], start)


def _quoted(text: str, start: int, family: str) -> Token:
    close = re.compile(f"[{re.escape(family)}]{_BOUNDARY}").search(text, start + 1)
    if close is None:
        raise NotUnderstood(
            f"The quote before {shown(text[start + 1 :], 30)} is not closed.", "Close it, or leave quotes out."
        )
    inner = _WIDE_SPACE.sub(" ", text[start + 1 : close.start()]).strip()
    return Token(inner, "", quoted=True, start=start, end=close.end())


def _pieces(run: str, start: int) -> Iterator[Token]:
    """Yield the words of a run without spaces; question marks and separators stand for themselves."""
    if _ADDRESS.match(run):
        body = run.rstrip("".join(QUESTION_MARKS) + ";" + _END_MARKS)
        yield replace(plain_token(body), start=start, end=start + len(body))
        run, start = run[len(body) :], start + len(body)
    for match in _PIECE.finditer(run):
        body = match[0].rstrip(_END_MARKS)
        if body:
            begin, comma = start + match.start(), bool(_COMMA.intersection(match[0][len(body) :]))
            yield replace(plain_token(body), start=begin, end=begin + len(body), comma=comma)
