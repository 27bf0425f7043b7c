"""What a look is about: one target, or the words and states that narrow a list, and where."""

from collections.abc import Sequence

from bot.action import Place, Read
from bot.errors import NotUnderstood
from bot.grammar.command import Look
from bot.grammar.frame import choices
from bot.grammar.letters import shown
from bot.grammar.links import is_link, named_by
from bot.grammar.names import check_name
from bot.grammar.spelling import example_of, spell
from bot.grammar.tokens import Token

Places = Sequence[tuple[str, Token]]


def listed(read: Read, free: Sequence[Token], places: Places, page: int) -> Look:
    """Return a look at a list; what leads on from `for` and `to` is looked for, and `in` and `on` say where."""
    states = [token.word for token in free if not token.quoted and token.word in read.states]
    words = [token for token in free if token.quoted or token.word not in read.states]
    where = [token for said, token in places if said in ("in", "on")]
    words += [token for said, token in places if said not in ("in", "on")]
    if {"enabled", "disabled"} <= set(states):
        raise NotUnderstood("A flag cannot be enabled and disabled in one place.", "Type one of the two.")
    target = " ".join(token.text for token in words)
    if len(words) == 1 and is_link(target):
        target = named_by(target, read.noun)
    look = Look(what=read.name, target=target, states=tuple(dict.fromkeys(states)), page=page)
    if target:
        joined = Token(target, "", quoted=True)
        check_name(joined, "text", lambda name: look.model_copy(update={"target": name}))
    return _somewhere(read, look, where)


def environment_and_target(read: Read, free: Sequence[Token], places: Places) -> Look:
    """Return a look at one target; `on`, `to` and `for` lead to whichever of target and environment is missing."""
    names, where = list(free), [token for said, token in places if said == "in"]
    for said, token in places:
        if said != "in":
            takes_place = names and not where
            (where if takes_place else names).append(token)
    if not names:
        raise NotUnderstood(f"Which {read.noun}? None is named.", f"For example: {example_of(read)}")
    joined = Token(" ".join(token.text for token in names), "", quoted=True)
    target = names[0]
    if len(names) > 1:
        whole = _somewhere(read, Look(what=read.name, target=joined.text), where)
        said = ", ".join(shown(token.text, 40) for token in names[:4])
        fact = f"One {read.noun} is wanted, and {len(names)} words could be it: {said}."
        raise NotUnderstood(fact, "Put a name with spaces in quotes.", choices([whole]))
    if is_link(target.text):
        target = Token(named_by(target.text, read.noun), "", quoted=True)
    look = Look(what=read.name, target=target.text)
    check_name(target, "target", lambda name: look.model_copy(update={"target": name}))
    return _somewhere(read, look, where)


def _somewhere(read: Read, look: Look, where: Sequence[Token]) -> Look:
    if len(where) > 1:
        said = " and ".join(shown(token.text, 40) for token in where[:3])
        raise NotUnderstood(f"Read as two environments: {said}.", "One environment at a time.")
    if not where:
        return look
    if read.place is Place.NEVER:
        fact = f"{read.noun.capitalize()}s are not looked at by environment."
        raise NotUnderstood(fact, f"Type “{spell(look)}” for all.", choices([look]))
    placed = look.model_copy(update={"environment": where[0].text})
    check_name(where[0], "environment", lambda name: look.model_copy(update={"environment": name}))
    return placed
