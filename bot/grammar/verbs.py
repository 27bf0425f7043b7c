"""Which action the verb and the noun of a line name, and the questions where they name none or several."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from bot.actions import Action, Control
from bot.errors import NotUnderstood
from bot.grammar.command import Wish
from bot.grammar.frame import Choices, Frame, Reader, attempt, choices
from bot.grammar.letters import shown
from bot.grammar.lexicon import Phrase
from bot.grammar.looks import look_or_none
from bot.grammar.parts import Kind, Part
from bot.grammar.spelling import example_of, usage
from bot.grammar.tokens import Token, plain_token
from bot.model import Noun, Scope

_NEAR = 0.7


def action_of(parts: Sequence[Part], words: Sequence[Token], frame: Frame, read: Reader) -> Action:
    """Return the one action that is named; raise `NotUnderstood` where there is none or a choice."""
    verbs = [part.phrase for part in parts if part.kind is Kind.VERB]
    nouns = [part for part in parts if part.kind is Kind.NOUN]
    if not verbs:
        raise _no_verb(parts, words, frame, read)
    if len(verbs) > 1 or len(nouns) > 1:
        several = verbs if len(verbs) > 1 else [part.phrase for part in nouns]
        if len(set(several)) == 1:
            said = shown(" ".join(several[0]))
            raise NotUnderstood(f"{said} is said twice.", "Type it once; if one of them is a name, put it in quotes.")
        said = " and ".join(shown(" ".join(phrase)) for phrase in several[:3])
        raise NotUnderstood(f"Read as {said} at once.", "Type one; if one of them is a name, put it in quotes.")
    said_noun = frame.lexicon.nouns[nouns[0].phrase] if nouns else None
    if said_noun and frame.noun and said_noun != frame.noun:
        right = replace(frame, noun=said_noun)
        raise NotUnderstood(
            f"This command is for {frame.noun}s, and the text says {said_noun}.",
            "Pick one, or use /ops, which takes every noun.",
            choices([attempt(read, words, right)]),
        )
    noun = said_noun or frame.noun or _noun_by_place(verbs[0], parts, frame)
    return _for_noun(verbs[0], noun, words, frame, read)


def _noun_by_place(verb: Phrase, parts: Sequence[Part], frame: Frame) -> Noun | None:
    """Return the one noun that a verb can mean where an environment is named, which some nouns never take."""
    kinds = {part.kind for part in parts}
    placed = Kind.IN in kinds or {Kind.BESIDE, Kind.NAME} <= kinds
    readings = frame.lexicon.readings(verb, None)
    within = {action.noun for action in readings if action.scope is Scope.ENVIRONMENT}
    return within.pop() if placed and len(readings) > 1 and len(within) == 1 else None


def _for_noun(verb: Phrase, noun: Noun | None, words: Sequence[Token], frame: Frame, read: Reader) -> Action:
    readings = frame.lexicon.readings(verb, noun)
    if len(readings) == 1 and (noun or not frame.lexicon.needs_noun(verb)):
        return readings[0]
    every = frame.lexicon.actions.get(verb, ())
    said = " ".join(verb)
    if noun and len(readings) > 1:
        verbs = " or ".join(dict.fromkeys(action.verb for action in readings))
        raise NotUnderstood(f"“{said}” of a {noun} may mean more than one thing.", f"Type {verbs} instead.")
    if not every:
        control = frame.lexicon.controls[verb]
        raise NotUnderstood(f"“{said}” is a command by itself and stands first.", _typed(control))
    offers = _with_nouns(every, words, frame, read)
    example = f"For example: {usage(every[0])}"
    if noun:
        only = " and ".join(dict.fromkeys(f"{action.noun}s" for action in every))
        raise NotUnderstood(f"“{said}” is for {only}, not for {noun}s.", _next(offers, example), offers)
    raise NotUnderstood(
        f"“{said}” is said of more than one kind of thing; say which: {_nouns(every)}.", _next(offers, example), offers
    )


def _nouns(actions: Iterable[Action]) -> str:
    return " or ".join(dict.fromkeys(action.noun.value for action in actions))


def _typed(control: Control) -> str:
    return f"Type “{control.verb} {control.argument}”.".replace(" ”", "”")


def _next(offers: Choices, example: str) -> str:
    return f"Type “{offers[0][1]}”." if len(offers) == 1 else example


def _with_nouns(actions: Sequence[Action], words: Sequence[Token], frame: Frame, read: Reader) -> Choices:
    """Return the commands that the words say, were each action's noun the one that was meant."""
    nouns = {word for phrase in frame.lexicon.nouns for word in phrase}
    without = [token for token in words if token.word not in nouns]
    return choices(attempt(read, without, replace(frame, noun=action.noun)) for action in actions)


def _no_verb(parts: Sequence[Part], words: Sequence[Token], frame: Frame, read: Reader) -> NotUnderstood:
    names = [part.token for part in parts if part.kind is Kind.NAME and part.token]
    nouns = [frame.lexicon.nouns[part.phrase] for part in parts if part.kind is Kind.NOUN]
    noun = nouns[0] if nouns else frame.noun
    if near := _nearest(names, noun, frame):
        return _mistyped(*near, words, frame, read)
    if noun and frame.lexicon.of_noun(noun):
        return _what_to_do(noun, names, words, frame, read)
    first = f"{shown(names[0].text)} is not a verb." if names else "There is no verb."
    known = ", ".join(dict.fromkeys(a.verb for actions in frame.lexicon.actions.values() for a in actions))
    return NotUnderstood(f"{first} Known are {known}.", f"{_example(frame)} Or type “help”.")


def _example(frame: Frame) -> str:
    first = next((actions[0] for actions in frame.lexicon.actions.values()), None)
    return f"For example: {usage(first)}." if first else ""


def _what_to_do(
    noun: Noun, names: Sequence[Token], words: Sequence[Token], frame: Frame, read: Reader
) -> NotUnderstood:
    """Ask what should happen to a target that is named without a verb."""
    actions = frame.lexicon.of_noun(noun)
    right = replace(frame, noun=noun)
    offers = choices(attempt(read, [plain_token(action.verb), *words], right) for action in actions)
    what = f"{noun} {shown(names[0].text)}" if len(names) == 1 else f"the {noun}"
    verbs = ", ".join(action.verb for action in actions)
    return NotUnderstood(
        f"No verb says what should happen to {what}.", f"Type one of {verbs}. For example: {usage(actions[0])}", offers
    )


def _nearest(names: Sequence[Token], noun: Noun | None, frame: Frame) -> tuple[Token, list[Phrase]] | None:
    """Return the word most like a verb, and the verbs it is like; `on` and `off` are like `turn on` and `turn off`."""
    lexicon = frame.lexicon
    known = dict.fromkeys((*lexicon.actions, *lexicon.controls, *lexicon.reads))
    verbs = [verb for verb in known if verb not in lexicon.actions or lexicon.readings(verb, noun)]
    scored = [
        (max(_likeness(token.word, verb) for verb in verbs), -place, token)
        for place, token in enumerate(names[:6])
        if verbs and not token.quoted
    ]
    best, _, token = max(scored, key=lambda entry: entry[:2], default=(0.0, 0, None))
    if token is None or best < _NEAR:
        return None
    ranked = sorted(verbs, key=lambda verb: -_likeness(token.word, verb))
    return token, [verb for verb in ranked[:3] if _likeness(token.word, verb) >= _NEAR]


def _likeness(word: str, verb: Phrase) -> float:
    if len(verb) > 1 and word == verb[-1]:
        return 0.9
    return SequenceMatcher(None, word[:40], " ".join(verb)).ratio()


def _mistyped(
    token: Token, near: Sequence[Phrase], words: Sequence[Token], frame: Frame, read: Reader
) -> NotUnderstood:
    """Ask about a verb that nobody knows, with the nearest ones put in its place."""

    def corrected(verb: Phrase) -> list[Token]:
        return [*map(plain_token, verb), *(word for word in words if word is not token)]

    def meant(verb: Phrase) -> Wish | None:
        look = verb in frame.lexicon.reads
        return look_or_none(corrected(verb), frame) if look else attempt(read, corrected(verb), frame)

    offers = choices(meant(verb) for verb in near)
    actions = frame.lexicon.actions.get(near[0], ())
    control = frame.lexicon.controls.get(near[0])
    reads = frame.lexicon.reads.get(near[0], ())
    example = f"For example: {usage(actions[0])}" if actions else _typed(control) if control else ""
    example = example or (f"For example: {example_of(reads[0])}" if reads else "")
    question = f"Did you mean “{' '.join(near[0])}”?"
    return NotUnderstood(f"{shown(token.text)} is not a verb. {question}", _next(offers, example), offers)
