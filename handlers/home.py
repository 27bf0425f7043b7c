"""
Everybody's own page in Slack, drawn when it is opened and after each press there.

It is also drawn again when a change that concerns its owner moves within 15 minutes of its opening, whichever process
moved it: that somebody opened it is noted in the store. Such drawings are gathered, one in three seconds for each
person and process; nobody waits for them, and one that fails is left to the next. A freeze or a lock is seen at the
next drawing.
"""

import asyncio
import contextlib
import json
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import aiohttp
import structlog
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from structlog.typing import FilteringBoundLogger

from bot.changes.record import ChangeRequest
from bot.errors import CountersignError
from bot.ports import Directory, Outbox, Wait
from bot.store import ChangeStore
from handlers.background import Background, Closed
from handlers.blocks import Block
from handlers.cards.home import home_view, sentence_home
from handlers.failures import error_name
from handlers.payloads import HomeOpened, Press, Submit
from handlers.routing import Ack, PressHandler, SubmitHandler
from handlers.seen import Gathering

_log: FilteringBoundLogger = structlog.get_logger("countersign.home")

WATCHED_MS = 15 * 60_000
GAP_SECONDS = 3.0
MOST_OPEN = 1000
_UNDRAWN = (SlackClientError, aiohttp.ClientError, TimeoutError, OSError)


class Home:
    """Draws people's pages; never raises."""

    def __init__(
        self,
        gathering: Gathering,
        changes: ChangeStore,
        outbox: Outbox,
        directory: Directory,
        client: AsyncWebClient,
        background: Background,
        *,
        clock: Callable[[], float] = time.monotonic,
        wait: Wait = asyncio.sleep,
    ) -> None:
        """Take the ports; `clock` is in seconds, `wait` sleeps."""
        self._gathering = gathering
        self._changes = changes
        self._outbox = outbox
        self._directory = directory
        self._client = client
        self._background = background
        self._clock = clock
        self._wait = wait
        self._drawn: OrderedDict[str, float] = OrderedDict()
        self._drawing: dict[str, asyncio.Lock] = {}
        self._waiting: set[str] = set()

    async def opened(self, event: HomeOpened) -> Ack:
        """Draw the page for whoever opened it, and remember that they look at it."""
        return Ack(later=partial(self._open, event.user)) if event.tab == "home" else Ack()

    def then(self, handler: PressHandler) -> PressHandler:
        """Return a handler of presses that draws the page again where it was there that somebody pressed."""

        async def pressed(press: Press) -> Ack:
            ack = await handler(press)
            return replace(ack, later=partial(self._after, ack, press.user)) if press.view_type == "home" else ack

        return pressed

    def after_form(self, handler: SubmitHandler) -> SubmitHandler:
        """Return a handler of forms that draws the sender's page again where they have it open."""

        async def submitted(submit: Submit) -> Ack:
            ack = await handler(submit)
            return ack if ack.body else replace(ack, later=partial(self._after, ack, submit.user))

        return submitted

    def changed(self, id_: str) -> None:
        """Draw again, soon, the pages of those whom a change concerns and who have looked lately; never waits."""
        with contextlib.suppress(Closed):
            self._background.start(self._tell(id_), name=f"home {id_}")

    async def draw(self, person: str) -> None:
        """Draw somebody's page as things are now; one drawing of a page at a time, so that the newest stands."""
        lock = self._drawing.setdefault(person, asyncio.Lock())
        async with lock:
            self._note(person)
            view = await self._view(person)
            try:
                await self._client.views_publish(user_id=person, view=view)
            except _UNDRAWN as failed:
                _log.warning("home.undrawn", error=error_name(failed))

    async def _open(self, person: str) -> None:
        await self.draw(person)
        with contextlib.suppress(CountersignError):  # it is drawn; at worst it is not drawn again by itself
            at = json.dumps({"opened": self._changes.now()})
            await self._outbox.keep(_name(person), at, WATCHED_MS)

    async def _after(self, ack: Ack, person: str) -> bool | None:
        told = await ack.later() if ack.later is not None else None
        await self.draw(person)
        return told

    async def _view(self, person: str) -> Block:
        try:
            return home_view(await self._gathering.seen(person))
        except CountersignError as refused:
            return sentence_home(refused)

    async def _tell(self, id_: str) -> None:
        try:
            held = await self._changes.find(id_)
            people = await self._concerned(held.change) if held else ()
            opened = await self._outbox.placements(tuple(_name(person) for person in people))
        except CountersignError as away:
            _log.info("home.left", why=away.code)
            return
        looking = [person for person, data in zip(people, opened, strict=True) if data and person not in self._waiting]
        await asyncio.gather(*(self._in_turn(person) for person in looking))

    async def _in_turn(self, person: str) -> None:
        """Draw somebody's page once its last drawing is three seconds old; who waits already will see it all."""
        self._waiting.add(person)
        try:
            left = self._drawn.get(person, -GAP_SECONDS) + GAP_SECONDS - self._clock()
            if left > 0:
                await self._wait(left)
            self._note(person)
        finally:
            self._waiting.discard(person)
        await self.draw(person)

    def _note(self, person: str) -> None:
        self._drawn[person] = self._clock()
        self._drawn.move_to_end(person)
        while len(self._drawn) > MOST_OPEN:
            gone, _ = self._drawn.popitem(last=False)
            if gone in self._drawing and not self._drawing[gone].locked():
                del self._drawing[gone]

    async def _concerned(self, change: ChangeRequest) -> tuple[str, ...]:
        """Return who asked, who may sign and who did, by id; without the groups that cannot be read."""
        people = [change.requester.id, *(a.id for a in change.barred), *change.decision.approvers.users]
        people += [vote.by.id for vote in change.reviews]
        for group in change.decision.approvers.groups:
            with contextlib.suppress(CountersignError):
                people += sorted(await self._directory.members(group))
        return tuple(dict.fromkeys(people))


def _name(person: str) -> str:
    """Return the name under which it is remembered that somebody looks at their page."""
    return f"home.{person}"
