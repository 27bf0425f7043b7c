"""
Words to a look at something: nothing is changed by it, so a question asks for it as well as a wish does.

A line is one only where it begins so: with a read's verb, or with a noun and that verb. Whatever has the verb of a
change in it besides is asked about, so that no change is taken for a look, nor a look for a change.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.action import Read
from bot.errors import NotUnderstood
from bot.grammar.command import Look
from bot.grammar.frame import Frame, choices
from bot.grammar.letters import shown
from bot.grammar.lexicon import BULK, PREPOSITIONS, Phrase, longest
from bot.grammar.looked_up import environment_and_target, listed
from bot.grammar.parts import noun_at, placed
from bot.grammar.stopwords import ASIDES, MODALS, QUESTION_STARTS, TWO, is_negation, word_set
from bot.grammar.tokens import DASHES, QUESTION_MARKS, SEPARATORS, Token, plain_token
from bot.model import Noun

_TALK = QUESTION_STARTS | MODALS | ASIDES | word_set("what's what\u2019s who's where's")
_BESIDE = word_set("are is there currently me us")
_PAGE = "page"


@dataclass(frozen=True, slots=True)
class _Head:
    """The verb of a look, the noun beside it, the words after both, and whether it was put as a question."""

    verb: Phrase
    said: Phrase
    rest: Sequence[Token]
    asked: bool


@dataclass(slots=True)
class Arguments:
    """What a look is told besides its verb."""

    free: list[Token] = field(default_factory=list)
    places: list[tuple[str, Token]] = field(default_factory=list)
    nouns: list[Phrase] = field(default_factory=list)
    bulk: bool = False
    page: int = 1


def look_in(content: Sequence[Token], frame: Frame) -> Look | None:
    """Return what a line asks to see; None where it does not begin so. Raises NotUnderstood where it is unclear."""
    head = _head(content, frame)
    return None if head is None else _look(head, frame)


def look_or_none(content: Sequence[Token], frame: Frame) -> Look | None:
    """Return what a line would ask to see, or nothing."""
    try:
        return look_in(content, frame)
    except NotUnderstood:
        return None


def _head(content: Sequence[Token], frame: Frame) -> _Head | None:
    tokens = [token for token in content if token.quoted or token.text not in QUESTION_MARKS]
    begin = 0
    while begin < len(tokens) and (tokens[begin].word in _TALK or (begin and tokens[begin].word == "to")):
        begin += 1
    asked, tokens = begin > 0, tokens[begin:]
    words = [token.word for token in tokens]
    reads = frozenset(frame.lexicon.reads)
    if noun := noun_at(words, frame.lexicon):
        return _after_noun(noun, tokens, frame, asked=asked)
    verb = longest(reads, words)
    if verb is None:
        return None
    at = len(verb)
    if inner := longest(reads, words[at:]):  # `show the rules of …`, `list rules`
        verb, at = inner, at + len(inner)
    return _Head(verb, (), tokens[at:], asked)


def _after_noun(noun: Phrase, tokens: Sequence[Token], frame: Frame, *, asked: bool) -> _Head | None:
    """Return the head of `flag rules …`, of `flag new-search rules …`, and of `flags in prod`."""
    words, at = [token.word for token in tokens], len(noun)
    kind = frame.lexicon.nouns[noun]
    if verb := _verb_of(kind, words[at:], frame):
        return _Head(verb, noun, tokens[at + len(verb) :], asked)
    if _acts(words[at:], frame):
        return None
    name = words[at : at + 1]
    if name and name[0] not in PREPOSITIONS and (verb := _verb_of(kind, words[at + 1 :], frame)):
        return _Head(verb, noun, [tokens[at], *tokens[at + 1 + len(verb) :]], asked)
    listing = _listing(kind, frame)
    if (
        listing
        and _is_plural(noun)
        and (not name or name[0] in (*PREPOSITIONS, *listing.states, *(_BESIDE if asked else ())))
    ):
        return _Head((listing.verb,), noun, tokens[at:], asked)
    return None


def _verb_of(noun: Noun, words: Sequence[str], frame: Frame) -> Phrase | None:
    verb = longest(frozenset(frame.lexicon.reads), words)
    return verb if verb and any(read.noun is noun for read in frame.lexicon.reads[verb]) else None


def _acts(words: Sequence[str], frame: Frame) -> bool:
    return any(longest(frozenset(frame.lexicon.actions), words[at:]) for at in range(len(words)))


def _listing(noun: Noun, frame: Frame) -> Read | None:
    every = (read for reads in frame.lexicon.reads.values() for read in reads)
    return next((read for read in every if read.noun is noun and read.lists), None)


def _is_plural(noun: Phrase) -> bool:
    return noun[-1].endswith("s")


def _look(head: _Head, frame: Frame) -> Look:
    told = _arguments(head, frame)
    nouns = [*([head.said] if head.said else []), *told.nouns]
    kinds = [frame.lexicon.nouns[noun] for noun in nouns]
    if kinds == [Noun.ROLLOUT, Noun.FLAG]:  # `rollouts of flag new-search`
        del nouns[1:]
    if len(nouns) > 1:
        once = len(set(kinds)) == 1
        said = shown(" ".join(nouns[0])) if once else " and ".join(shown(" ".join(noun)) for noun in nouns[:3])
        fact = f"{said} is said twice." if once else f"Read as {said} at once."
        raise NotUnderstood(fact, "Type one; if one of them is a name, put it in quotes.")
    read = _read_of(head, nouns[0] if nouns else (), told, frame)
    return listed(read, told.free, told.places, told.page) if read.lists else _of_one(read, told)


def _of_one(read: Read, told: Arguments) -> Look:
    if told.bulk:
        raise NotUnderstood(f"One {read.noun} is shown at a time.", f"Type “list {read.noun}s” for all of them.")
    return environment_and_target(read, told.free, told.places).model_copy(update={"page": told.page})


def _read_of(head: _Head, noun: Phrase, told: Arguments, frame: Frame) -> Read:
    """Return the one read that verb and noun mean; raise a question where they mean none or several."""
    said = frame.lexicon.nouns[noun] if noun else None
    readings = frame.lexicon.reads[head.verb]
    wanted = said or frame.noun
    fitting = [read for read in readings if read.noun is wanted] or ([] if said else list(readings))
    if said and _is_plural(noun) and not told.free and any(_shows(read) for read in fitting):
        fitting = [read for read in (_listing(said, frame),) if read] or fitting
    if len(fitting) == 1:
        return fitting[0]
    verb = " ".join(head.verb)
    offers = choices(_attempt(read, head, frame) for read in (fitting or readings))
    nouns = " or ".join(dict.fromkeys(read.noun.value for read in readings))
    if said:
        fact = f"“{verb}” is for {nouns}, not for {said}s."
        raise NotUnderstood(fact, f"Type “show {said}” and its name, or “list {said}s”.", offers)
    raise NotUnderstood(f"“{verb}” of what? Say which: {nouns}.", f"For example: {verb} {readings[0].noun} …", offers)


def _shows(read: Read) -> bool:
    return "show" in (read.verb, *read.synonyms)


def _attempt(read: Read, head: _Head, frame: Frame) -> Look | None:
    nouns = {word for phrase in frame.lexicon.nouns for word in phrase}
    words = [plain_token(read.noun.value), *map(plain_token, head.verb)]
    if head.verb not in frame.lexicon.reads or frame.tries:
        return None
    rest = [token for token in head.rest if token.word not in nouns]
    return look_or_none([*words, *rest], Frame(frame.lexicon, tries=1))


def _arguments(head: _Head, frame: Frame) -> Arguments:
    told, tokens, at = Arguments(), head.rest, 0
    words = [token.word for token in tokens]
    while at < len(tokens):
        at = _take(told, tokens, words, at, head, frame)
    return told


def _take(told: Arguments, tokens: Sequence[Token], words: Sequence[str], at: int, head: _Head, frame: Frame) -> int:
    """Take what stands at a place, and return where the words go on."""
    token, word = tokens[at], words[at]
    if token.quoted:
        told.free.append(token)
    elif (verb := longest(frozenset(frame.lexicon.actions), words[at:])) is not None:
        said = f"{shown(' '.join(head.verb))} and {shown(' '.join(verb))}"
        raise NotUnderstood(f"Read as {said} at once. Nothing was done.", "Type one; a name goes in quotes.")
    elif word in TWO or token.text in SEPARATORS or is_negation(word):
        fact = f"Read as a wish to see something, and not clear because of {shown(token.text.strip() or 'line break')}."
        raise NotUnderstood(fact, "Type what is to be seen, one at a time; a name with such a word goes in quotes.")
    elif word in PREPOSITIONS:
        noun = noun_at(words[at + 1 :], frame.lexicon)
        if word != "in" and noun and frame.lexicon.nouns[noun] is not Noun.ENVIRONMENT:
            return at + 1
        part, after = placed(tokens, words, at, frame.lexicon)
        if part.token:
            told.places.append((word, part.token))
        return after
    elif word == _PAGE and words[at + 1 : at + 2] and words[at + 1].isascii() and words[at + 1].isdigit():
        told.page = min(max(int(words[at + 1][:4]), 1), 999)
        return at + 2
    elif noun := noun_at(words[at:], frame.lexicon):
        told.nouns.append(noun)
        return at + len(noun)
    elif word in BULK:
        told.bulk = True
    elif not (word in _BESIDE and (head.asked or not at)):
        told.free.append(_switch(token) if word[0] in DASHES else token)
    return at + 1


def _switch(token: Token) -> Token:
    """Return a word that was typed like a switch without its dashes."""
    return plain_token(token.text.lstrip(DASHES)) if token.word.strip(DASHES) else token
