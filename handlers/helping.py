"""
`help`: what one person may do, with lines that work as they stand.

What policy denies somebody everywhere is left out, and so is what the provider cannot do. Guests get the sentence that
every other command gives them.
"""

from bot.actions import CATALOGUE, CONTROLS, READS, Action, Control, Read
from bot.controls import Controls, Said
from bot.errors import ProviderError
from bot.model import Noun
from bot.policy import Kind
from bot.policy_reading import Cell, table
from bot.ports import Provider
from bot.rights import Rights
from handlers.blocks import Message
from handlers.cards.help import Usage, help_message, verb_message
from handlers.examples import Examples

_OPERATORS = "(operators)"


class Helping:
    """Answers `help`. Raises NotPermitted for guests."""

    def __init__(self, rights: Rights, controls: Controls, provider: Provider, examples: Examples) -> None:
        self._rights = rights
        self._controls = controls
        self._provider = provider
        self._examples = examples

    async def help(self, said: Said) -> Message:
        """Return what the asker may say: everything, or what has to do with one word."""
        actor = await self._rights.person(said.person)
        cells = dict(await self._table(said.person))
        operator = await self._rights.operates(actor)
        topic = " ".join(said.ask.about.casefold().split())
        meant = [action for action in self._offered(cells) if not topic or topic in _words_of(action)]
        own = [c for c in CONTROLS if _is_about(c, topic) and (operator or not c.summary.endswith(_OPERATORS))]
        looks = [read for read in READS if not topic or topic in _words_of(read)]
        seen = [(await self._examples.look(read), read.summary) for read in looks]
        if meant and topic and not looks and topic not in tuple(Noun):
            lines = [(await self._examples.line(action), action.words.consequence) for action in meant]
            takes = [(action.words.title, cells.get(action.name, [])) for action in meant]
            return verb_message(said.ask.about, lines, takes, [_own(control) for control in own])
        usages = [(await self._examples.line(action), action.words.consequence) for action in meant]
        return help_message(usages, [_own(control) for control in own], said.ask.about, seen)

    def _offered(self, cells: dict[str, list[Cell]]) -> list[Action]:
        return [
            action
            for action in CATALOGUE
            if self._provider.supports(action.name)
            and any(decision.kind is not Kind.DENY for _, decision in cells.get(action.name, ()))
        ]

    async def _table(self, person: str) -> list[tuple[str, list[Cell]]]:
        """Return what each action comes to for somebody; without the environments' names while they cannot be read."""
        try:
            return await self._controls.table(person)
        except ProviderError:
            actor = await self._rights.person(person)
            return table(self._rights.policy, requester=actor, groups=await self._rights.groups_that_ask(person))


def _words_of(one: Action | Read) -> tuple[str, ...]:
    return (one.verb, one.noun, f"{one.noun}s", one.name, f"{one.verb} {one.noun}", *one.synonyms)


def _is_about(control: Control, topic: str) -> bool:
    return not topic or topic in (control.verb, *control.synonyms)


def _own(control: Control) -> Usage:
    return f"/ops {control.verb} {control.argument}".strip(), control.summary
