"""
The janitor: gives records that stand still the job they are waiting for.

The record is the truth and the queue a hint. A job that was lost (a stream deleted by hand, a deadline set and
swallowed) is added again; one too many does no harm, as jobs may come any number of times.
"""

from bot.asking import SELF
from bot.breakglass import DAY, REMIND, REVIEW
from bot.changes import reminding
from bot.changes.record import ChangeRequest, Status
from bot.errors import Tampered
from bot.ledger import Ledger
from bot.model import Job
from bot.ports import Queue
from bot.store import ChangeStore

GRACE = 60_000
FORGOTTEN = 24 * 3_600_000
POLL_AGAIN = 15 * 60_000


class Janitor:
    """Looks at everything that has not ended, at the ends of time boxes, and at after-reviews."""

    def __init__(
        self, changes: ChangeStore, queue: Queue, lease_ms: int, ledger: Ledger, *, grace: int = GRACE
    ) -> None:
        """Take what it looks at and adds to; what is overdue by less than `grace` milliseconds has its job still."""
        self._changes = changes
        self._queue = queue
        self._lease_ms = lease_ms
        self._ledger = ledger
        self._grace = grace
        self._polled: dict[str, int] = {}

    async def sweep(self) -> None:
        """Add the jobs that are missing; raise NotRecorded when the store is away."""
        active = await self._changes.active()
        now = self._changes.now()
        waiting = {change.id for change in active if change.status is Status.SUBMITTED}
        self._polled = {id_: self._polled.get(id_, now) for id_ in waiting}
        for change in active:
            if kind := self._overdue(change, now):
                await self._queue.add(Job(kind=kind, id=change.id))
        for change in await self._changes.time_boxes():
            end = change.reverts_at
            if end is not None and end + self._grace <= now < end + FORGOTTEN:
                await self._queue.add(Job(kind="take_back", id=change.id))
        await self._after_reviews(now)

    async def _after_reviews(self, now: int) -> None:
        """Open the after-reviews that were never opened, and remind of those whose reminder was lost."""
        for change in await self._changes.broken_glass():
            if now < change.created_at + self._grace:
                continue
            try:
                review = await self._ledger.get(REVIEW, change.id)
            except Tampered:
                continue  # whoever lists or closes it is told
            if review is None and now < change.created_at + FORGOTTEN:
                await self._queue.add(Job(kind=REVIEW, id=change.id))
            elif review is not None and review.value.get("open") and now >= review.at + DAY + self._grace:
                await self._queue.add(Job(kind=REMIND, id=change.id))

    def _overdue(self, change: ChangeRequest, now: int) -> str:
        """Return the kind of job this change should have had by now; empty when it is not overdue."""
        if change.status is Status.PENDING:
            return self._overdue_pending(change, now)
        if change.status is Status.APPROVED:
            return self._overdue_approved(change, now)
        if change.status is Status.APPLYING:
            return "settle" if now >= self._quiet_until(change) else ""
        if change.status is Status.SUBMITTED and now - self._polled[change.id] >= POLL_AGAIN:
            self._polled[change.id] = now
            return "poll"
        return ""

    def _overdue_pending(self, change: ChangeRequest, now: int) -> str:
        if now >= change.expires_at:
            return "expire" if now >= change.expires_at + self._grace else ""
        late = reminding.remind_due(change, SELF, now - self._grace, self._changes.terms)
        return "remind" if late is not None else ""

    def _overdue_approved(self, change: ChangeRequest, now: int) -> str:
        if change.run_by is not None and now >= change.run_by:
            return "run_by"
        return "run" if now >= (change.approved_at or 0) + self._grace else ""

    def _quiet_until(self, change: ChangeRequest) -> int:
        """Return when work on a change that is being applied must have come to something."""
        if change.called_at is None:
            return (change.run_by or 0) + self._grace
        return change.called_at + self._lease_ms + 8 * self._changes.terms.settle + self._grace
