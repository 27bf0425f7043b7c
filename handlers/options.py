"""
What the selects of the modals suggest while somebody types: what is there, the best match first.

The value of a suggestion is an id, so that it means exactly one thing whatever else has the same name.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import TypeVar

from bot.errors import CountersignError
from bot.model import Target
from bot.rights import Rights
from handlers.cards.modals.elements import MAX_OPTION_VALUE, Option, option
from handlers.cards.phrases import place_of
from handlers.forms.draft import Draft
from handlers.index import TargetIndex
from handlers.payloads import Suggest
from handlers.routing import Ack

MOST = 50
_NEAR = 0.5
_MOST_NEAR = 5

Thing = TypeVar("Thing")


class Options:
    """Answers selects from the index, and only full members of the workspace."""

    def __init__(self, index: TargetIndex, rights: Rights) -> None:
        self._index = index
        self._rights = rights

    async def environments(self, suggest: Suggest) -> Ack:
        """Suggest environments; production says that it is."""
        may, known = await asyncio.gather(self._may(suggest), self._index.environments())
        found = ranked(suggest.query, known, lambda one: (one.name, *one.queries)) if may else []
        return _options(option(place_of(one), one.id) for one in found if len(one.id) <= MAX_OPTION_VALUE)

    async def targets(self, suggest: Suggest) -> Ack:
        """Suggest what the chosen action can be done to, or what there is to look at."""
        may, known = await asyncio.gather(self._may(suggest), self._known(Draft.read(suggest.metadata)))
        found = ranked(suggest.query, known, _words) if may else []
        return _options(
            option(one.key or one.id, one.id, _about(one)) for one in found if len(one.id) <= MAX_OPTION_VALUE
        )

    async def _known(self, draft: Draft) -> tuple[Target, ...]:
        about = draft.about
        if about is None:
            return ()
        where = await self._index.environment(draft.environment)
        return await self._index.targets(about.noun, where, archived=about.on_archived)

    async def _may(self, suggest: Suggest) -> bool:
        if suggest.user_team != suggest.team:
            return False
        try:
            await self._rights.person(suggest.user)
        except CountersignError:
            return False
        return True


def ranked(query: str, things: Sequence[Thing], words: Callable[[Thing], Iterable[str]]) -> list[Thing]:
    """Return what a query means, best first: what is equal, begins with it, has it within, is near it."""
    wanted = query.strip().casefold()
    if not wanted:
        return list(things[:MOST])
    scored = [(min((_rank(wanted, word.casefold()) for word in words(one)), default=3), one) for one in things]
    found = [one for rank in range(3) for scored_as, one in scored if scored_as == rank]
    if found:
        return found[:MOST]
    names = {word.casefold(): one for one in reversed(things) for word in words(one) if word}
    near = (names[name] for name in get_close_matches(wanted, list(names), n=2 * _MOST_NEAR, cutoff=_NEAR))
    return list({id(one): one for one in near}.values())[:_MOST_NEAR]


def _rank(wanted: str, word: str) -> int:
    if word == wanted:
        return 0
    if word.startswith(wanted):
        return 1
    return 2 if wanted in word else 3


def _words(target: Target) -> tuple[str, ...]:
    return (target.key, target.name, target.rule, target.id, *target.also)


def _about(target: Target) -> str:
    named = [text for text in (target.name, target.rule) if text and text != target.key]
    return " · ".join(named)


def _options(found: Iterable[Option]) -> Ack:
    return Ack({"options": list(found)})
