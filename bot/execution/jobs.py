"""Jobs: what a record asked for, done whenever it comes, however often, and whatever was done before."""

import contextlib
import logging
from collections.abc import Awaitable, Callable

from bot.asking import SELF
from bot.breakglass import REMIND, REVIEW, AfterReviews
from bot.changes import notes, running
from bot.changes.record import ChangeRequest, Status
from bot.errors import Forbidden, NotFound, ProviderError, Rejected, TooLate
from bot.execution.bench import Bench, Lost
from bot.execution.calling import carry_out
from bot.execution.claiming import claim, trusted
from bot.execution.settling import poll, settle
from bot.execution.timeboxes import TimeBoxes
from bot.model import Due, Job
from bot.ports import History
from bot.service import Service
from bot.store import Held

log = logging.getLogger(__name__)
TELL_AGAIN = 5_000
TELL_FOR = 3_600_000


class Execution:
    """Works the jobs that records ask for."""

    def __init__(self, bench: Bench, service: Service, reviews: AfterReviews, history: History | None = None) -> None:
        """Take a worker's ports, the service, after-reviews, and who outside is told of applied changes (or nobody)."""
        self._bench = bench
        self._history = history
        boxes = TimeBoxes(bench, service)
        self._kinds: dict[str, Callable[[str], Awaitable[None]]] = {
            "run": self._run,
            "settle": self._run,
            "poll": self._poll,
            "expire": service.expire,
            "run_by": service.expire,
            "remind": service.remind_due,
            "tell": self._tell,
            "take_back": boxes.take_back,
            "ask_instead": boxes.ask_instead,
            REVIEW: reviews.open,
            REMIND: reviews.remind,
        }

    async def work(self, job: Job) -> None:
        """
        Do what a job asks for; jobs may come twice, late, or for records that are gone.

        Raises NotRecorded, DirectoryUnavailable (try again later) and Tampered (nothing can be done here).
        """
        try:
            await self._kinds[job.kind](job.id)
        except (TooLate, Lost):
            return

    async def give_up(self, job: Job, why: str) -> None:
        """
        Say what is known of a change whose job goes to the dead letters.

        Before any call that is FAILED, after the mark of one UNKNOWN; what is only approved expires by itself.
        """
        held = await self._bench.changes.find(job.id) if job.kind in ("run", "settle", "poll") else None
        if held is None or held.change.status not in (Status.APPLYING, Status.SUBMITTED):
            return
        change, now = held.change, self._bench.now()
        if change.called_at is not None:
            step = running.unknown(change, SELF, now, notes.given_up_called(why))
        else:
            sure = running.failed(change, SELF, now, notes.given_up_unsent(why))
            step = running.unless_repeated(change, SELF, now, sure, notes.given_up(why))
        with contextlib.suppress(TooLate, Lost):
            await self._bench.commit(held, step)

    async def _tell(self, id_: str) -> None:
        """Tell the history of an applied change; a failure is logged, and never touches the change."""
        held = await self._bench.changes.find(id_)
        if self._history is None or held is None or held.change.status is not Status.APPLIED:
            return
        try:
            await self._history.applied(held.change)
        except (Forbidden, NotFound, Rejected) as refused:
            log.error("history.refused", extra={"change": id_, "why": refused.code})  # noqa: TRY400 - no trace: a fact
        except ProviderError as away:
            await self._tell_later(held.change, away)

    async def _tell_later(self, change: ChangeRequest, away: ProviderError) -> None:
        """Try again at growing intervals, for an hour after the change."""
        now = self._bench.now()
        since = now - (change.ended_at or now)
        if since > TELL_FOR:
            log.error("history.given_up", extra={"change": change.id, "why": away.code})
            return
        log.warning("history.put_off", extra={"change": change.id, "why": away.code})
        pause = min(max(since, TELL_AGAIN), TELL_FOR // 6)
        await self._bench.queue.defer(Due(job=Job(kind="tell", id=change.id), at=now + pause))

    async def _run(self, id_: str) -> None:
        held = await trusted(self._bench, id_)
        if held is None:
            return
        if held.change.status is Status.APPROVED:
            claimed = await claim(self._bench, held)
            if claimed is not None:
                await carry_out(self._bench, claimed)
        elif held.change.status is Status.APPLYING:
            await self._take_over(held)

    async def _take_over(self, held: Held) -> None:
        """Go on with a change another worker began, if that worker can no longer be at it."""
        bench, change, now = self._bench, held.change, self._bench.now()
        if change.called_at is None:
            claimed = await claim(bench, held)
            if claimed is not None:
                await carry_out(bench, claimed)
            return
        rest = change.called_at + max(bench.lease_ms, bench.changes.terms.settle) - now
        if rest > 0:
            await bench.queue.defer(Due(job=Job(kind="settle", id=change.id), at=now + rest))
            return
        await settle(bench, held)

    async def _poll(self, id_: str) -> None:
        held = await trusted(self._bench, id_)
        if held is not None and held.change.status is Status.SUBMITTED:
            await poll(self._bench, held)
