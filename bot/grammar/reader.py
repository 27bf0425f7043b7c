"""
Words to a command: exactly one verb, one target, and at most one environment.

Every word has to find its place; one that does not is a question to the person, never skipped.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.actions import Action
from bot.errors import NotUnderstood
from bot.grammar.command import Command
from bot.grammar.frame import Frame, attempt, choices
from bot.grammar.letters import shown
from bot.grammar.lexicon import BULK
from bot.grammar.links import is_link, named_by
from bot.grammar.names import check_name
from bot.grammar.parts import Kind, Part, classify, joined_particles, take_time_box, without_polite
from bot.grammar.spelling import spell, usage
from bot.grammar.tokens import Token, plain_token
from bot.grammar.verbs import action_of
from bot.model import Scope


def read(tokens: Sequence[Token], frame: Frame) -> Command:
    """Return the one command that the words say; raise `NotUnderstood` for anything else."""
    boxed, seconds = take_time_box(without_polite(tokens))
    words = joined_particles(boxed, frame.lexicon)
    parts = classify(words, frame.lexicon)
    action = action_of(parts, words, frame, read)
    target, place = _names(parts, action, words, frame)
    target = _linked(target, action)
    command = Command.model_construct(
        action=action.name,
        target=target.text,
        environment=place.text if place else None,
        reason=frame.reason,
        seconds=seconds,
        switches=frame.switches,
    )
    _check_scope(action, command, target)
    if target.text or not action.makes:
        check_name(target, "target", lambda name: command.model_copy(update={"target": name}))
    if place:
        check_name(place, "environment", lambda name: command.model_copy(update={"environment": name}))
    _check_order(parts, command, target, place)
    return Command.model_validate(command.model_dump())


def _linked(target: Token, action: Action) -> Token:
    """Return the id that a link to Datadog has in place of a target; raise `NotUnderstood` for any other link."""
    return replace(target, text=named_by(target.text, action.noun)) if is_link(target.text) else target


def _names(parts: Sequence[Part], action: Action, words: Sequence[Token], frame: Frame) -> tuple[Token, Token | None]:
    """Return the target and the environment; `on`, `to` and `for` lead to whichever of the two is still missing."""
    free = _tokens(parts, Kind.NAME)
    beside = _tokens(parts, Kind.BESIDE)
    places = _tokens(parts, Kind.IN)
    if len(places) > 1 or (len(free) == 1 and len(beside) + len(places) > 1):
        said = " and ".join(shown(token.text, 40) for token in (*places, *beside)[:3])
        raise NotUnderstood(
            f"Read as two environments: {said}.", "One environment at a time: type one command for each."
        )
    match free, beside, places:
        case [target], [], _:
            return target, (places[0] if places else None)
        case ([target], [place], []) | ([], [target, place], []) | ([], [target], [place]):
            return target, place
        case [], [only], []:
            raise _place_or_target(parts, action, words, frame, only)
        case [], [], _ if action.makes:
            return Token("", "", quoted=True), (places[0] if places else None)
        case [], [], _:
            raise NotUnderstood(f"Which {action.noun}? No target is named.", f"For example: {usage(action)}")
    raise _too_many(free or beside, parts, action, words, frame)


def _tokens(parts: Sequence[Part], kind: Kind) -> list[Token]:
    return [part.token for part in parts if part.kind is kind and part.token]


def _place_or_target(
    parts: Sequence[Part], action: Action, words: Sequence[Token], frame: Frame, only: Token
) -> NotUnderstood:
    """Ask what a lone `on prod` means: the place, without a target, or the target."""
    said = next(part.said for part in parts if part.token is only)
    at = next(index for index, token in enumerate(words) if token is only)
    bare = [token for index, token in enumerate(words) if index != at - 1]
    return NotUnderstood(
        f"{shown(f'{said} {only.text}')} may be the {action.noun} or the environment.",
        f"For example: {usage(action)}",
        choices([attempt(read, bare, frame)]),
    )


def _too_many(
    names: Sequence[Token], parts: Sequence[Part], action: Action, words: Sequence[Token], frame: Frame
) -> NotUnderstood:
    """Ask which of several words is the target, or whether they are one name."""
    said = ", ".join(shown(token.text, 40) for token in names[:4])
    if any(part.token and part.token.comma for part in parts):
        raise NotUnderstood(
            f"Read as a list, because of the comma: {said}.", "One change at a time: type one command for each."
        )
    bulk = next((part.token for part in parts if part.token and part.token.word in BULK), None)
    if bulk:
        check_name(bulk, action.noun, lambda name: Command(action=action.name, target=name))
    begins = next((part for part in parts if part.kind in {Kind.VERB, Kind.NOUN, Kind.NAME}), None)
    tries = _regrouped(words, parts, names) if begins and begins.kind is not Kind.NAME else []
    return NotUnderstood(
        f"One {action.noun} is wanted, and {len(names)} words could be it: {said}.",
        f"Put a name with spaces in quotes. For example: {usage(action)}",
        choices(attempt(read, line, frame) for line in tries),
    )


def _regrouped(words: Sequence[Token], parts: Sequence[Part], names: Sequence[Token]) -> list[list[Token]]:
    """Return the words with neighbours joined to one name, or the last one as the place; none is left out."""
    places = [part.token for part in parts if part.kind is Kind.IN and part.token]
    tries = [_joined(words, [*places, *names])] if places else []
    if not places and len(names) == 2:
        at = next(index for index, token in enumerate(words) if token is names[1])
        tries.append([*words[:at], plain_token("in"), *words[at:]])
    return [line for line in (*tries, _joined(words, names)) if line]


def _joined(words: Sequence[Token], names: Sequence[Token]) -> list[Token] | None:
    """Return the words with the last run of neighbouring names as one name in quotes."""
    places = [index for index, token in enumerate(words) if any(token is name for name in names)]
    runs: list[list[int]] = []
    for place in places:
        if runs and runs[-1][-1] == place - 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    run = next((run for run in reversed(runs) if len(run) > 1), None)
    if run is None or any(words[place].quoted or words[place].comma for place in run):
        return None
    name = replace(words[run[0]], text=" ".join(words[place].text for place in run), word="", quoted=True)
    return [*words[: run[0]], name, *words[run[-1] + 1 :]]


def _check_order(parts: Sequence[Part], command: Command, target: Token, place: Token | None) -> None:
    """Refuse a target before verb and noun, and one right after an environment that may have two words."""
    leading = next((part for part in parts if part.kind not in {Kind.IN, Kind.BESIDE}), None)
    if leading and leading.token:
        raise NotUnderstood(
            f"A command begins with its verb or its noun, not with {shown(leading.token.text)}.",
            f"Type “{spell(command)}” if that is meant.",
            choices([command]),
        )
    if place is None or place.quoted or target.quoted:
        return
    order = [part.token for part in parts]
    after = order[order.index(place) + 1 :]
    if after and after[0] is target:
        raise NotUnderstood(
            f"{shown(f'{place.text} {target.text}')} may be one environment, or an environment and a target.",
            f"Type “{spell(command)}” for the second; put a name with spaces in quotes.",
            choices([command]),
        )


def _check_scope(action: Action, command: Command, target: Token) -> None:
    """Refuse an environment where the action has none; what it means without is offered where the name is sound."""
    if action.scope is not Scope.ORG or command.environment is None:
        return
    everywhere = command.model_copy(update={"environment": None})
    fact = f"{action.words.title} reaches all environments at once, not {shown(command.environment)} alone."
    try:
        if target.text or not action.makes:
            check_name(target, "target", lambda name: everywhere.model_copy(update={"target": name}))
    except NotUnderstood as unsound:
        raise NotUnderstood(fact, f"{unsound.fact} {unsound.next_step}", unsound.choices) from None
    raise NotUnderstood(fact, f"Type “{spell(everywhere)}” if that is meant.", choices([everywhere]))
