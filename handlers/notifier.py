"""
Keeps what people see in step with the records.

A change has one card, redrawn in place; its thread tells of the request, each signature and the end; the requester
gets a direct message at the end, individually named approvers one at the start. One drawer at a time holds a
change; what fails stays in the outbox and is drawn again. Telling is at least once: a process killed between
Slack's answer and our note of it may say a line twice, and never draws an older state over a newer one.

Whoever loses the hold cannot say any more where the card stands, and what they may have drawn since is drawn over.
"""

import asyncio
import contextlib
import time

import aiohttp
import structlog
from slack_sdk.errors import SlackClientError
from structlog.typing import FilteringBoundLogger

from bot.changes.record import ChangeRequest
from bot.errors import CountersignError, DirectoryUnavailable, NotRecorded, WrittenByNewer
from bot.ports import Directory, Outbox, Wait
from bot.store import ChangeStore
from handlers.audience import Audience
from handlers.background import Background, Closed
from handlers.placement import Copy, Overtaken, Placement, Places
from handlers.sender import Delayed, Sender
from handlers.showing import Showing, reason

_log: FilteringBoundLogger = structlog.get_logger("countersign.notifier")

HOLD_MS = 12_000
DRAW_SECONDS = 6.0
DELAY_MS = 250
STORE_PAUSES = (0.25, 0.5, 1.0, 2.0, 4.0)  # together well below the hold
RETRY_MS = 2_000
MOST_RETRY_MS = 60_000
MERGE_SECONDS = 0.1


class SlackNotifier:
    """Shows changes in Slack; implements the port Notifier."""

    def __init__(
        self,
        changes: ChangeStore,
        outbox: Outbox,
        sender: Sender,
        directory: Directory,
        background: Background,
        *,
        approvals_channel: str,
        wait: Wait = asyncio.sleep,
        merge: float = 0,
        hold_ms: int = HOLD_MS,
    ) -> None:
        """
        Take the ports, and for how long a drawing is its drawer's alone.

        A card that stands is redrawn `merge` seconds late, to make one edit of several steps.
        """
        self._changes = changes
        self._outbox = outbox
        self._places = Places(outbox, changes)
        self._showing = Showing(self._places, sender, Audience(directory, approvals_channel), changes.now)
        self._background = background
        self._wait = wait
        self._merge = merge
        self._hold_ms = hold_ms
        self._drawing: dict[str, asyncio.Task[None]] = {}
        self._missed: set[str] = set()

    def changed(self, id_: str, *, held: bool = False) -> None:
        """Draw a change soon; a drawing that is under way here will see the newest record by itself."""
        if id_ in self._drawing and not held:
            self._missed.add(id_)
            return
        drawing = self._draw(id_, held=held, after=self._drawing.get(id_))
        try:
            task = self._background.start(drawing, name=f"draw {id_}")
        except Closed:
            return
        self._drawing[id_] = task
        task.add_done_callback(lambda done: self._forget(id_, done))

    def _forget(self, id_: str, task: asyncio.Task[None]) -> None:
        if self._drawing.get(id_) is task:
            del self._drawing[id_]
        if id_ in self._missed:
            self._missed.discard(id_)
            self.changed(id_)

    def pressed(self, id_: str, channel: str, ts: str) -> None:
        """Take note of a message somebody pressed a button of: one that is not the card is brought up to date, too."""
        if channel and ts:
            with contextlib.suppress(Closed):
                self._background.start(self._adopt(id_, Copy(channel=channel, ts=ts)), name=f"adopt {id_}")

    async def _adopt(self, id_: str, copy: Copy) -> None:
        """Count a stray message among the card's copies: its poster died before noting where it stands."""
        for pause in (*STORE_PAUSES, None):
            with contextlib.suppress(CountersignError, Overtaken):
                if await self._adopted(id_, copy):
                    return
            if pause is None:
                _log.warning("notifier.not_adopted", change=id_)
                return
            await self._wait(pause)

    async def _adopted(self, id_: str, copy: Copy) -> bool:
        """Take note of a message and let it be drawn; False while somebody else draws the change."""
        placement = await self._places.of(id_)
        if (placement.channel, placement.ts) == (copy.channel, copy.ts):
            return True
        if not await self._outbox.hold(id_, self._hold_ms):
            return False
        placement = await self._places.of(id_)  # whoever drew until now may have altered it
        if copy not in placement.copies:
            change = (await self._changes.get(id_)).change
            await self._places.remember(change, placement.model_copy(update={"copies": (*placement.copies, copy)}))
        self.changed(id_, held=True)  # one that is known may not have been drawn: its adopter can have died before
        return True

    async def placed(self, id_: str, seconds: float = 5) -> Placement | None:
        """Return where a change's card stands once this process has drawn it; None when that cannot be told."""
        task = self._drawing.get(id_)
        if task is not None:
            await asyncio.wait([task], timeout=seconds)
        return await self._places.last_of(id_)

    async def permalinks(self, changes: tuple[ChangeRequest, ...]) -> dict[str, str]:
        """Return the links to the cards of several changes."""
        found = await self._places.of_all(tuple(change.id for change in changes))
        return {id_: placement.permalink for id_, placement in found.items()}

    async def permalink(self, change: ChangeRequest) -> str:
        """Return the link to a change's card; empty where it has not been drawn."""
        return (await self.permalinks((change,))).get(change.id, "")

    async def _draw(self, id_: str, *, held: bool, after: asyncio.Task[None] | None) -> None:
        """
        Draw until the newest version is drawn; a store that goes away is waited for, as far as the hold goes.

        A drawing of the same change that is under way here, past its hold perhaps, comes to its end first.
        """
        if after is not None:
            await asyncio.wait([after])
        for pause in (*STORE_PAUSES, None):
            try:
                held = held or await self._outbox.hold(id_, self._hold_ms)
                while held and not await self._draw_once(id_):
                    pass
            except WrittenByNewer:
                await self._leave_to_newer(id_)
                return
            except NotRecorded as away:
                if pause is None:
                    _log.warning("notifier.put_off", change=id_, why=away.code)
                    return
                await self._wait(pause)
            except CountersignError as broken:
                _log.warning("notifier.put_off", change=id_, why=broken.code)
                return
            except asyncio.CancelledError:  # this process ends: another need not wait for the hold
                with contextlib.suppress(CountersignError):
                    await self._outbox.postpone(id_, 0)
                raise
            else:
                return

    async def _leave_to_newer(self, id_: str) -> None:
        """Let go of a card that only a newer version of the bot can draw, so that one of its processes may."""
        _log.info("notifier.left_to_newer", change=id_)
        with contextlib.suppress(CountersignError):
            await self._outbox.postpone(id_, RETRY_MS)

    async def _draw_once(self, id_: str) -> bool:
        """Draw the record as it is now; tell whether this drawer is done with it."""
        try:
            return await self._drawn(id_)
        except Overtaken:
            _log.info("notifier.overtaken", change=id_)
            return await self._outbox.settle(id_, 0)

    async def _drawn(self, id_: str) -> bool:
        until = time.monotonic() + DRAW_SECONDS
        placement = await self._places.of(id_)
        if placement.ts and self._merge:
            await self._wait(self._merge)
        held = await self._changes.find(id_)
        if held is None:
            return await self._outbox.settle(id_, 1 << 52)
        if self._places.unsaved(id_):  # nothing is drawn where only this process knows of it
            await self._places.remember(held.change, placement)
        try:
            placement = await self._showing.show(held.change, placement, until)
        except Delayed as busy:
            await self._outbox.postpone(id_, int(busy.seconds * 1000) + DELAY_MS)
            return True
        except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, DirectoryUnavailable) as failed:
            await self._failed(held.change, failed)
            return True
        await self._places.remember(held.change, placement.model_copy(update={"failures": 0}))
        return await self._outbox.settle(id_, held.version)

    async def _failed(self, change: ChangeRequest, failed: Exception) -> None:
        kept = (await self._places.of(change.id)).failed(self._changes.now(), RETRY_MS // 2)
        _log.warning("notifier.failed", change=change.id, why=reason(failed), failures=kept.failures)
        await self._places.remember(change, kept)
        await self._outbox.postpone(change.id, min(RETRY_MS * 2 ** max(0, kept.failures - 1), MOST_RETRY_MS))
