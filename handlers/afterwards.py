"""
Looking back and taking back: `history`, `changes` and `undo`, each answered to the asker alone.

What was modified outside is told as far as the provider tells it; where that cannot be read, the answer says so.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from bot.audit import Signer
from bot.auditing.asked import HOUR, asked
from bot.auditing.history import History, Wanted, look_back, undoable
from bot.auditing.outside import Modifications, Modified, unexplained
from bot.changes.record import ChangeRequest
from bot.controls import Said
from bot.errors import AskAgain, ProviderError, TooLate
from bot.grammar.letters import shown
from bot.model import Actor, Environment
from bot.ports import Records
from bot.resolver import Resolver
from bot.rights import Rights
from bot.service import Service
from bot.store import KIND
from handlers.blocks import Message
from handlers.cards.afterwards import (
    ALL_READ,
    MOST_ROWS,
    Sought,
    Unread,
    changes_message,
    history_message,
    undo_question,
)
from handlers.notifier import SlackNotifier

TOLD = frozenset({KIND, "freeze", "lock", "binding", "after_review", "alias"})
MOST_COMPARED = 200


class Afterwards:
    """Answers what people ask about what has been. Raises every CountersignError there is."""

    def __init__(
        self,
        records: Records,
        signer: Signer,
        rights: Rights,
        resolver: Resolver,
        service: Service,
        notifier: SlackNotifier,
        outside: Modifications | None = None,
    ) -> None:
        self._records = records
        self._signer = signer
        self._rights = rights
        self._resolver = resolver
        self._service = service
        self._notifier = notifier
        self._outside = outside

    @property
    def kinds(self) -> Mapping[str, Callable[[Said], Awaitable[Message]]]:
        """The commands that are answered here."""
        return {"history": self.history, "changes": self.changes, "undo": self.undo}

    async def history(self, said: Said) -> Message:
        """List what was asked for, whatever came of it."""
        actor = await self._rights.person(said.person)
        wanted, where = await asked(_words(said), actor, self._records.now(), self._resolver.environment)
        found = await self._look(wanted)
        return history_message(_sought(wanted, where), found, await self._links(found))

    async def changes(self, said: Said) -> Message:
        """List what took effect: in the last hour, unless another time is said."""
        actor = await self._rights.person(said.person)
        now = self._records.now()
        wanted, where = await asked(_words(said), actor, now, self._resolver.environment)
        wanted = replace(wanted, since=wanted.since or now - HOUR, effective=True, limit=MOST_COMPARED)
        found = await self._look(wanted)
        outside, unread = await self._modified(wanted, where, found)
        shown = History(found.rows[:MOST_ROWS], complete=found.complete and len(found.rows) <= MOST_ROWS)
        return changes_message(_sought(wanted, where), shown, outside, await self._links(shown), unread)

    async def recent(self, since: int, limit: int) -> History:
        """Return what took effect lately, for whoever may look."""
        return await self._look(Wanted(since=since, effective=True, limit=limit, chains=500))

    async def newcomer(self, person: str, since: int) -> bool:
        """Tell whether nothing that somebody did is among the latest changes since then."""
        found = await self._look(Wanted(person=person, since=since, limit=1, chains=200))
        return not found.rows

    async def undo(self, said: Said) -> Message:
        """Ask whether a change is to be undone: the one that is named, or the asker's last one in this channel."""
        actor = await self._rights.person(said.person)
        named = said.ask.about.strip()
        change = await self._service.get(named) if named else await self._last(actor, said.channel)
        if not undoable(change):
            raise TooLate(f"{change.id} cannot be undone from here.", "Type the command you want instead.")
        return undo_question(change, await self._notifier.permalink(change))

    async def _last(self, actor: Actor, channel: str) -> ChangeRequest:
        """Return somebody's last applied change in a channel that can be undone; raise AskAgain for want of one."""
        found = await self._look(Wanted(person=actor.id, channel=channel, kinds=frozenset({KIND}), effective=True))
        for row in found.rows:
            if row.undoable and row.change is not None and row.requester.id == actor.id:
                return row.change
        raise AskAgain(
            "You have no change in this channel that can be undone.",
            "Type `/ops history mine` for yours, and `/ops undo <id>` for one of them.",
        )

    async def _look(self, wanted: Wanted) -> History:
        return await look_back(self._records, self._signer, replace(wanted, kinds=wanted.kinds or TOLD))

    async def _modified(
        self, wanted: Wanted, where: Environment | None, found: History
    ) -> tuple[tuple[Modified, ...], Unread]:
        """Return what was modified outside, and what is not known of it; nothing where one person is asked about."""
        if self._outside is None or wanted.person:
            return (), ALL_READ
        try:
            modified, left = await self._outside.since(wanted.since, where)
        except ProviderError as away:
            return (), Unread(away=str(away))
        about = [one for one in modified if wanted.target in ("", one.key, *one.ids)]
        return unexplained(about, found.rows), Unread(flags=left)

    async def _links(self, found: History) -> dict[str, str]:
        return await self._notifier.permalinks(tuple(row.change for row in found.rows if row.change))


def _words(said: Said) -> str:
    """Return what is asked about; raise AskAgain for a reason, which nothing here takes."""
    if said.ask.reason:
        raise AskAgain(
            f"“{said.ask.what}” takes no reason, and {shown(said.ask.reason)} is read as one.",
            "After “since” it wants a time, such as “2h”, “yesterday” or “14:00”.",
        )
    return said.ask.about


def _sought(wanted: Wanted, where: Environment | None) -> Sought:
    return Sought(target=wanted.target, person=wanted.person, where=where, since=wanted.since)
