"""
`help`: what one person may do, with lines that work as they stand; at first in short.

What policy denies somebody everywhere is left out, and so is what the provider cannot do. Guests get the sentence that
every other command gives them.
"""

from bot.actions import CATALOGUE, CONTROLS, READS, Action, Control, Read
from bot.controls import Controls, Said
from bot.errors import ProviderError
from bot.model import Noun, Risk
from bot.policy import Kind
from bot.policy_reading import Cell, table
from bot.ports import Provider
from bot.rights import Rights
from handlers.blocks import Message
from handlers.cards.help import ALL, OWN, Chapter, Usage, help_message, overview, verb_message
from handlers.examples import Examples

_OPERATORS = "(operators)"
_URGENT = (Risk.CONTAIN, Risk.DISRUPTIVE, Risk.EXPANDING, Risk.IRREVERSIBLE)
_FIRST = ("approvals", "changes", "undo", "panel")


class Helping:
    """Answers `help`. Raises NotPermitted for guests."""

    def __init__(self, rights: Rights, controls: Controls, provider: Provider, examples: Examples) -> None:
        self._rights = rights
        self._controls = controls
        self._provider = provider
        self._examples = examples

    async def help(self, said: Said) -> Message:
        """Return what the asker may say: in short, or what has to do with one word (`all` with each)."""
        actor = await self._rights.person(said.person)
        cells = dict(await self._table(said.person))
        operator = await self._rights.operates(actor)
        own = [c for c in CONTROLS if operator or not c.summary.endswith(_OPERATORS)]
        topic = " ".join(said.ask.about.casefold().split()) or str(said.noun or "")
        if not topic:
            return overview([*await self._chapters(self._offered(cells)), _own_chapter(own)])
        meant = [action for action in self._offered(cells) if topic == ALL or topic in _words_of(action)]
        own = [control for control in own if topic in (ALL, OWN) or _is_about(control, topic)]
        looks = [read for read in READS if topic == ALL or topic in _words_of(read)]
        seen = [(await self._examples.look(read), read.summary) for read in looks]
        if meant and not looks and topic not in tuple(Noun):
            lines = [(await self._examples.line(action), action.words.consequence) for action in meant]
            takes = [(action.words.title, cells.get(action.name, [])) for action in meant]
            return verb_message(said.ask.about, lines, takes, [_own(control) for control in own])
        usages = [(await self._examples.line(action), action.words.consequence) for action in meant]
        return help_message(usages, [_own(control) for control in own], said.ask.about or topic, seen)

    async def _chapters(self, offered: list[Action]) -> list[Chapter]:
        """Return for each kind of thing one line that works, and what else can be done with it and looked at."""
        found = []
        for noun in Noun:
            actions = sorted((one for one in offered if one.noun is noun), key=lambda one: _URGENT.index(one.risk))
            looks = [read for read in READS if read.noun is noun]
            first = [(await self._examples.line(one), one.words.consequence) for one in actions[:1]]
            first = first or [(await self._examples.look(one), one.summary) for one in looks[:1]]
            verbs, seen = [one.verb for one in actions[1:]], [one.verb for one in looks]
            if first:
                found.append(Chapter(noun, tuple(first), tuple(verbs), tuple(seen)))
        return found

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
    return topic in (control.verb, *control.synonyms)


def _own_chapter(own: list[Control]) -> Chapter:
    first = [control for control in own if control.verb in _FIRST]
    rest = tuple(control.verb for control in own if control not in first and control.verb != "help")
    return Chapter(None, tuple(map(_own, first)), rest)


def _own(control: Control) -> Usage:
    return f"/ops {control.verb} {control.argument}".strip(), control.summary
