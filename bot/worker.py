"""
The worker: takes jobs under a lease, keeps the lease while it works, and brings deadlines into the queue.

Nothing here knows what a job does. A job that fails for want of the directory is put off, as is one whose record only
a newer version of the bot can carry on; one that fails for want of the store or by a fault comes again when its lease
has run out, which the queue counts; after five times it goes to the dead letters, and whoever knows what it was for is
told.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.changes import notes
from bot.errors import CountersignError, DirectoryUnavailable, NotRecorded, WrittenByNewer
from bot.model import Due, Job
from bot.ports import Delivery, Notifier, Outbox, Queue

log = logging.getLogger(__name__)
PUT_OFF_MS = 2_000


async def _nothing() -> None:
    """Stand in for any of the sweeps below where there is none."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How many jobs at once, and how often things are looked at, and how long a drawing may take; milliseconds."""

    lease: int = 25_000
    at_once: int = 8
    block: int = 250
    sweep: int = 250
    redraw: int = 1_000
    draw: int = 12_000
    most_times: int = 5
    janitor: int = 60_000
    orphans: int = 5_000
    seal: int = 60_000
    trim: int = 3_600_000
    beat: int = 5_000
    panels: int = 1_000


class Worker:
    """Works jobs until it is stopped."""

    def __init__(
        self,
        name: str,
        queue: Queue,
        outbox: Outbox,
        work: Callable[[Job], Awaitable[None]],
        notifier: Notifier,
        now: Callable[[], int],
        pace: Pace,
        *,
        given_up: Callable[[Job, str], Awaitable[None]] | None = None,
        janitor: Callable[[], Awaitable[None]] = _nothing,
        orphans: Callable[[], Awaitable[None]] = _nothing,
        seal: Callable[[], Awaitable[None]] = _nothing,
        trim: Callable[[], Awaitable[None]] = _nothing,
        beat: Callable[[], Awaitable[None]] = _nothing,
        panels: Callable[[], Awaitable[None]] = _nothing,
        leaving: Callable[[], Awaitable[None]] = _nothing,
    ) -> None:
        self.name = name
        self._queue = queue
        self._outbox = outbox
        self._work = work
        self._notifier = notifier
        self._now = now
        self._pace = pace
        self._given_up = given_up
        self._janitor = janitor
        self._orphans = orphans
        self._seal = seal
        self._trim = trim
        self._beat = beat
        self._panels = panels
        self._leaving = leaving
        self._running: dict[asyncio.Task[None], Delivery] = {}
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Work until `stop`; a store that is away is waited for."""
        sweeps = (
            self._again(self._take, 0),
            self._again(self._promote, self._pace.sweep),
            self._again(self._redraw, self._pace.redraw),
            self._again(self._renew, self._pace.lease // 3),
            self._again(self._reclaim, self._pace.lease // 4),
            self._again(self._janitor, self._pace.janitor),
            self._again(self._orphans, self._pace.orphans),
            self._again(self._seal, self._pace.seal),
            self._again(self._trim, self._pace.trim),
            self._again(self._beat, self._pace.beat),
            self._again(self._panels, self._pace.panels),
        )
        async with asyncio.TaskGroup() as group:
            for sweep in sweeps:
                group.create_task(sweep)

    async def stop(self, seconds: float) -> None:
        """Take no more, finish what is begun for at most `seconds`, and hand the rest on."""
        self._stopping.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._drain()
        with contextlib.suppress(CountersignError):
            await self._leaving()
        left = dict(self._running)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        for delivery in left.values():
            with contextlib.suppress(CountersignError):
                await self._queue.hand_back(self.name, delivery)

    async def _drain(self) -> None:
        """Wait for what is begun, and keep its leases meanwhile."""
        while self._running:
            await asyncio.wait(list(self._running), timeout=self._pace.lease / 3000)
            with contextlib.suppress(NotRecorded):
                await self._renew()

    async def _again(self, sweep: Callable[[], Awaitable[None]], pause_ms: int) -> None:
        while not self._stopping.is_set():
            try:
                await sweep()
                pause = pause_ms / 1000
            except NotRecorded:
                log.warning("worker.store_away")
                pause = 1.0
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause or 0.001)

    async def _take(self) -> None:
        room = self._pace.at_once - len(self._running)
        if room <= 0:
            await asyncio.wait(list(self._running), return_when=asyncio.FIRST_COMPLETED)
            return
        await self._begin_all(await self._queue.take(self.name, room, self._pace.block))

    async def _reclaim(self) -> None:
        room = self._pace.at_once - len(self._running)
        if room > 0:
            await self._begin_all(await self._queue.reclaim(self.name, room))

    async def _promote(self) -> None:
        await self._queue.promote(100)

    async def _renew(self) -> None:
        for delivery in list(self._running.values()):
            await self._queue.renew(self.name, delivery)

    async def _redraw(self) -> None:
        for id_ in await self._outbox.due(20, self._pace.draw):
            self._notifier.changed(id_, held=True)

    async def _begin_all(self, deliveries: tuple[Delivery, ...]) -> None:
        """Begin what was handed out; what came in the moment of stopping is for the next worker."""
        for delivery in deliveries:
            if self._stopping.is_set():
                await self._queue.hand_back(self.name, delivery)
            else:
                self._begin(delivery)

    def _begin(self, delivery: Delivery) -> None:
        task = asyncio.create_task(self._one(delivery), name=f"job {delivery.job.kind} {delivery.job.id}")
        self._running[task] = delivery
        task.add_done_callback(lambda done: self._running.pop(done, None))

    async def _one(self, delivery: Delivery) -> None:
        if delivery.times > self._pace.most_times:
            await self._bury(delivery, notes.TOO_OFTEN)
            return
        try:
            await self._work(delivery.job)
            await self._queue.finish(self.name, delivery)
        except (DirectoryUnavailable, WrittenByNewer):
            await self._put_off(delivery)
        except NotRecorded:
            log.warning("worker.store_away", extra=_about(delivery))
        except CountersignError as error:
            await self._failed(delivery, error.code)
        except Exception:  # the border: a fault in one job must not end the worker; it is logged and retried
            log.exception("worker.fault", extra=_about(delivery))
            await self._failed(delivery, "fault")

    async def _put_off(self, delivery: Delivery) -> None:
        """Try again a little later, for as long as the record itself allows."""
        log.warning("worker.put_off", extra=_about(delivery))
        with contextlib.suppress(NotRecorded):
            await self._queue.defer(Due(job=delivery.job, at=self._now() + PUT_OFF_MS))
            await self._queue.finish(self.name, delivery)

    async def _failed(self, delivery: Delivery, why: str) -> None:
        """Leave the job to its lease, after which it comes again and is counted; bury it after the last time."""
        log.warning("worker.job_failed", extra={**_about(delivery), "why": why, "times": delivery.times})
        if delivery.times >= self._pace.most_times:
            await self._bury(delivery, why)

    async def _bury(self, delivery: Delivery, why: str) -> None:
        """Tell whoever knows what the job was for, then take it off the queue; what fails here comes again."""
        log.error("worker.buried", extra={**_about(delivery), "why": why})
        with contextlib.suppress(NotRecorded):
            await self._tell(delivery.job, why)
            await self._queue.bury(self.name, delivery, why)

    async def _tell(self, job: Job, why: str) -> None:
        if self._given_up is None:
            return
        try:
            await self._given_up(job, why)
        except NotRecorded:
            raise
        except Exception:  # the border: what cannot be told must not keep the job from being buried
            log.exception("worker.given_up_untold", extra={"job": job.kind, "change": job.id})


def _about(delivery: Delivery) -> dict[str, str]:
    return {"job": delivery.job.kind, "change": delivery.job.id}
