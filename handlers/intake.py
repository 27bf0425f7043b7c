"""
Commands between their acknowledgement and their answer.

A command is acknowledged before anything is looked up, so it is noted in the store first thing afterwards: a
process that is killed meanwhile leaves a note behind, and whoever typed is told that the command may be lost. The
note says who, where and when, and nothing of what was typed. It also keeps the same delivery, come twice or to two
processes, from being answered twice.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable

import structlog
from structlog.typing import FilteringBoundLogger

from bot.errors import NotRecorded
from bot.model import digest
from bot.ports import Intake, Wait
from handlers.blocks import Message
from handlers.cards.answers import answer
from handlers.cards.answers import lost as lost_message
from handlers.failures import Note, log_refusal
from handlers.replies import Replies

_log: FilteringBoundLogger = structlog.get_logger("countersign.intake")

CLEAR_PAUSES = (0.5, 1.0, 2.0)
HOLD_MS = 60_000
GIVE_UP_MS = 60 * 60_000
AT_ONCE = 20

Tell = Callable[[Message], Awaitable[bool]]


class Reception:
    """Takes each command once, and keeps its note until it is answered."""

    def __init__(
        self, intake: Intake, grace: float, *, wait: Wait = asyncio.sleep, refused: Note = log_refusal
    ) -> None:
        """Take the seconds after which others think that a command without an answer is lost."""
        self._intake = intake
        self._grace = grace
        self._wait = wait
        self._refused = refused

    async def once(
        self, person: str, channel: str, delivery: str, work: Callable[[], Awaitable[bool]], tell: Tell
    ) -> None:
        """
        Do what a delivery asks for, unless that was begun before; `work` says whether it has been answered.

        A store that is away is told to the person, and nothing is done.
        """
        token = digest(delivery)[:24] if delivery else secrets.token_hex(12)
        try:
            new = await self._intake.take(token, person, channel)
        except NotRecorded as away:
            self._refused(away)
            await tell(answer(away))
            await self._clear(token)  # its reply alone may have been lost
            return
        if not new:
            _log.info("intake.repeated")
            return
        if await self._kept(token, work):
            await self._clear(token)

    async def _kept(self, token: str, work: Callable[[], Awaitable[bool]]) -> bool:
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
    """Tells people whose commands were acknowledged and never answered."""

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
