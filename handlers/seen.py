"""Gathers what one person's page shows, from the records and with the rights they have now."""

from collections.abc import Sequence

from bot.auditing.history import History
from bot.breakglass import AfterReviews
from bot.changes.deciding import barred_from_signing
from bot.changes.record import ChangeRequest, Status
from bot.controls import Controls
from bot.errors import NotASigner
from bot.model import Actor
from bot.rights import Rights
from bot.service import Service
from bot.store import ChangeStore
from handlers.afterwards import Afterwards
from handlers.cards.home import MOST_RECENT, Seen, Try
from handlers.examples import Examples
from handlers.notifier import SlackNotifier

DAY = 86_400_000
MONTH = 30 * DAY


class Gathering:
    """Reads for one person. Raises every CountersignError there is; guests are refused with a sentence."""

    def __init__(
        self,
        service: Service,
        changes: ChangeStore,
        rights: Rights,
        controls: Controls,
        reviews: AfterReviews,
        afterwards: Afterwards,
        examples: Examples,
        notifier: SlackNotifier,
    ) -> None:
        self._service = service
        self._changes = changes
        self._rights = rights
        self._controls = controls
        self._reviews = reviews
        self._afterwards = afterwards
        self._examples = examples
        self._notifier = notifier
        self._begun: set[str] = set()

    async def seen(self, person: str) -> Seen:
        """Return what a person's page shows now."""
        actor = await self._rights.person(person)
        to_sign, mine = await self._service.inbox(person)
        now = self._changes.now()
        recent = await self._afterwards.recent(now - DAY, MOST_RECENT)
        reviews = [one.change for one in await self._reviews.standing()]
        unknown = await self._unknown(actor)
        return Seen(
            at=now,
            to_sign=sorted(to_sign, key=lambda change: change.expires_at),
            mine=sorted(mine, key=lambda change: change.created_at, reverse=True),
            unknown=unknown,
            boxes=await self._boxes(now),
            held=await self._controls.standing(),
            reviews=reviews,
            closable=frozenset([change.id for change in reviews if await self._closes(change, actor)]),
            recent=recent.rows,
            tries=await self._tries(person, now, mine, recent),
            links=await self._links((*to_sign, *mine, *unknown, *reviews), recent),
        )

    async def may_close(self, id_: str, person: str) -> ChangeRequest:
        """Return a change whose after-review somebody may close; raise NotASigner otherwise."""
        actor = await self._rights.person(person)
        change = await self._service.get(id_)
        if barred_from_signing(change, actor):
            raise NotASigner("Whoever acted cannot also close the after-review.", "Somebody else has to.")
        await self._rights.require_signer(change.decision, actor)
        return change

    async def _closes(self, change: ChangeRequest, actor: Actor) -> bool:
        """Tell whether somebody may say how a change stands: they may sign it, and did not ask for it."""
        if barred_from_signing(change, actor):
            return False
        try:
            await self._rights.require_signer(change.decision, actor)
        except NotASigner:
            return False
        return True

    async def _unknown(self, actor: Actor) -> list[ChangeRequest]:
        """Return the changes of which nobody can tell what came and which somebody may settle, the oldest first."""
        open_ones = await self._changes.active()
        return [one for one in open_ones if one.status is Status.UNKNOWN and await self._closes(one, actor)]

    async def _boxes(self, now: int) -> list[ChangeRequest]:
        """Return the time boxes that run, the first to end on top."""
        running = [change for change in await self._changes.time_boxes() if (change.reverts_at or 0) > now]
        return sorted(running, key=lambda change: change.reverts_at or 0)

    async def _tries(
        self, person: str, now: int, mine: Sequence[ChangeRequest], recent: History
    ) -> list[tuple[Try, str]]:
        """Return what to begin with, for whoever has not begun."""
        if mine or person in self._begun or any(row.requester.id == person for row in recent.rows):
            self._begun.add(person)
            return []
        if not await self._afterwards.newcomer(person, now - MONTH):
            self._begun.add(person)
            return []
        return await self._examples.first_steps()

    async def _links(
        self,
        listed: Sequence[ChangeRequest],
        recent: History,
    ) -> dict[str, str]:
        latest = [row.change for row in recent.rows if row.change]
        shown = {change.id: change for change in (*listed, *latest)}
        return await self._notifier.permalinks(tuple(shown.values()))
