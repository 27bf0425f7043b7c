"""
What people do, between its acknowledgement and its answer.

A delivery whose answer comes later is noted in the store before it is acknowledged: a process that is killed
meanwhile leaves a note behind, and whoever typed or pressed is told that it may have gone unanswered. The note says
who, where and when, and nothing of what was said. It also keeps the same delivery, come twice or to two processes,
from being answered twice.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import structlog
from structlog.typing import FilteringBoundLogger

from bot.errors import NotRecorded
from bot.model import digest
from bot.ports import Intake, Wait
from handlers.cards.answers import lost as lost_message
from handlers.committing import in_time
from handlers.failures import Note, log_refusal
from handlers.replies import Replies

_log: FilteringBoundLogger = structlog.get_logger("countersign.intake")

CLEAR_PAUSES = (0.5, 1.0, 2.0)
HOLD_MS = 60_000
GIVE_UP_MS = 60 * 60_000
AT_ONCE = 20
NOTE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did: who, where (empty where in no channel), and by which delivery (empty where unknown)."""

    person: str
    channel: str
    delivery: str


@dataclass(frozen=True, slots=True)
class Noted:
    """A note of a deed: its token, whether the delivery came for the first time, and what kept the store away."""

    token: str
    new: bool = True
    away: NotRecorded | None = None


class Reception:
    """Takes each delivery once, and keeps its note until it is answered."""

    def __init__(
        self, intake: Intake, grace: float, *, wait: Wait = asyncio.sleep, refused: Note = log_refusal
    ) -> None:
        """Take the seconds after which others think that what has no answer is lost."""
        self._intake = intake
        self._grace = grace
        self._wait = wait
        self._refused = refused

    async def note(self, deed: Deed, within: float = NOTE_SECONDS) -> Noted:
        """Note a delivery before anything is done for it, within so many seconds; the rest is for `keep`."""
        token = digest(deed.delivery)[:24] if deed.delivery else secrets.token_hex(12)
        try:
            new = await in_time(lambda: self._intake.take(token, deed.person, deed.channel), within)
        except NotRecorded as away:
            self._refused(away)
            return Noted(token, away=away)
        if not new:
            _log.info("intake.repeated")
        return Noted(token, new)

    async def keep(self, noted: Noted, work: Callable[[], Awaitable[bool | None]]) -> None:
        """
        Do what a delivery asks for, and take its note away unless `work` says that nobody could be answered (False).

        Where the store was away the note may be there all the same: its reply alone may have been lost.
        """
        if await self._kept(noted.token, work) is not False:
            await self._clear(noted.token)

    async def once(
        self,
        deed: Deed,
        work: Callable[[], Awaitable[bool | None]],
        away: Callable[[NotRecorded], Awaitable[bool | None]],
    ) -> None:
        """Do what a delivery asks for unless that was begun before; where the store is away, do that instead."""
        noted = await self.note(deed)
        if noted.away is not None:
            await self.keep(noted, partial(away, noted.away))
        elif noted.new:
            await self.keep(noted, work)

    async def _kept(self, token: str, work: Callable[[], Awaitable[bool | None]]) -> bool | None:
        """Work, and say from time to time that somebody is at it."""
        renewing = asyncio.create_task(self._renew(token), name="intake")
        try:
            return await work()
        finally:
            renewing.cancel()

    async def _renew(self, token: str) -> None:
        while True:
            await self._wait(self._grace / 3)
            with contextlib.suppress(NotRecorded):
                await self._intake.renew(token)

    async def _clear(self, token: str) -> None:
        for pause in (*CLEAR_PAUSES, None):
            try:
                await self._intake.answered(token)
            except NotRecorded:
                if pause is None:
                    _log.warning("intake.kept")
                    return
                await self._wait(pause)
            else:
                return


class Apologies:
    """Tells people whose commands and presses were acknowledged and never answered."""

    def __init__(self, intake: Intake, replies: Replies, now: Callable[[], int], grace: float) -> None:
        self._intake = intake
        self._replies = replies
        self._now = now
        self._grace_ms = int(grace * 1000)

    async def sweep(self) -> None:
        """Apologise for what is lost, once for each; raise NotRecorded when the store is away."""
        for lost in await self._intake.orphans(self._grace_ms, HOLD_MS, AT_ONCE):
            told = await self._replies.find(lost.channel, lost.person, lost_message(lost.at))
            _log.warning("intake.orphan", told=told)
            if told or self._now() - lost.at > GIVE_UP_MS:
                await self._intake.answered(lost.token)
