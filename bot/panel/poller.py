"""
The one poller of all panels and watched rollouts.

One process at a time polls. It draws a message only where it would look different, and each at most every three
seconds; after a restart it draws every one once, as it does not know what stands there.
"""

import logging
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from bot.asking import SELF
from bot.errors import CountersignError, NotRecorded
from bot.guards import Guard, Guards
from bot.model import Environment
from bot.panel.boards import PANEL, WATCH, Board, Boards, Watch
from bot.panel.index import Index, Pace
from bot.panel.journal import Journal
from bot.panel.lease import Lease
from bot.panel.progress import OVER
from bot.panel.view import PanelView, RolloutRow, panel_view, rollout_row, rollout_rows
from bot.panel.watching import News, WatchView, ended, news, told_of

log = logging.getLogger(__name__)
BEFORE_MS = 30_000
_MOVING = frozenset({PANEL, WATCH, "binding", "freeze", "lock"})


class Shown(StrEnum):
    """What became of a drawing: it stands, it has to be tried again, or there is no place for it any more."""

    SHOWN = "shown"
    LATER = "later"
    GONE = "gone"


class Screen(Protocol):
    """Where panels are drawn. Never raises for what the other side refuses."""

    async def open(self, channel: str, ts: str) -> Shown:
        """Tell whether a message may go on standing there: GONE where its channel is archived or shared."""
        ...

    async def panel(self, board: Board, view: PanelView) -> Shown:
        """Draw a panel."""
        ...

    async def announce(self, board: Board, row: RolloutRow) -> Shown:
        """Say in a channel that a guardrail acted."""
        ...

    async def watch(self, view: WatchView) -> Shown:
        """Draw a watched rollout."""
        ...

    async def tell(self, view: WatchView, what: News) -> Shown:
        """Say in the thread of a watched rollout what happened."""
        ...


@dataclass(slots=True)
class _Drawn:
    """What one message shows, and when it was edited last."""

    face: str = ""
    at: int = field(default=-(1 << 60))


class Poller:
    """Looks, compares and draws; every process has one, and one at a time works."""

    def __init__(
        self,
        lease: Lease,
        boards: Boards,
        index: Index,
        journal: Journal,
        guards: Guards,
        screen: Screen,
        pace: Pace,
    ) -> None:
        self._lease = lease
        self._boards = boards
        self._index = index
        self._journal = journal
        self._guards = guards
        self._screen = screen
        self._pace = pace
        self._drawn: dict[str, _Drawn] = {}
        self._panels: tuple[Board, ...] = ()
        self._watches: tuple[Watch, ...] = ()
        self._standing: tuple[Guard, ...] = ()
        self._bound: dict[str, Environment | None] = {}
        self._loaded = False
        self._opened_at = 0

    async def sweep(self) -> None:
        """Take one turn; raise NotRecorded when the store is away. Nothing else leaves it."""
        try:
            if await self._lease.mine():
                await self._turn()
            else:
                self._loaded = False
                self._drawn.clear()
        except NotRecorded:
            self._loaded = False
            raise
        except CountersignError as broken:
            log.warning("panel.turn_failed", extra={"why": broken.code})
        except Exception:  # the border: a fault in drawing a panel must not end the worker beside it
            log.exception("panel.fault")

    async def release(self) -> None:
        """Let another process poll at once."""
        await self._lease.release()

    async def _turn(self) -> None:
        idle = self._loaded and not self._panels and not self._watches
        if idle and not await self._journal.stirred():
            return
        if idle or not self._loaded:
            await self._load()
        if not self._panels and not self._watches:
            return
        if await self._journal.catch_up() & _MOVING:
            await self._load()
        await self._index.refresh(self._urgent(), everything=bool(self._panels))
        if self._boards.now() - self._opened_at >= self._pace.index:
            await self._still_open()
        for board in self._panels:
            await self._panel(board)
        for watch in self._watches:
            await self._watch(watch)

    async def _load(self) -> None:
        self._panels = await self._boards.panels()
        self._watches = await self._boards.watches()
        self._loaded = True
        if not self._panels:
            return
        self._standing = await self._guards.standing()
        self._bound = {board.channel: await self._boards.bound(board.channel) for board in self._panels}

    def _urgent(self) -> list[str]:
        """Return the flags whose rollouts run where somebody looks, or are watched."""
        ids = [watch.target.flag_id for watch in self._watches]
        now = self._boards.now()
        for where in {one.id: one for one in map(self._place, self._panels) if one}.values():
            rows = rollout_rows(self._index.rollouts(where), self._journal, now)
            ids += [row.target.flag_id for row in rows if row.progress.state not in OVER]
        return ids

    def _place(self, board: Board) -> Environment | None:
        """Return the environment of a panel as it is now; None where there is none, or it exists no more."""
        said = board.environment or self._bound.get(board.channel)
        if said is None or not self._index.read_at:
            return said
        return next((one for one in self._index.environments if one.id == said.id), None)

    async def _still_open(self) -> None:
        """Look whether the channels still take panels, as often as everything else is looked at."""
        self._opened_at = self._boards.now()
        for board in self._panels:
            if await self._screen.open(board.channel, board.ts) is Shown.GONE:
                await self._boards.end_panel(board, SELF)
                self._loaded = False
        for watch in self._watches:
            if await self._screen.open(watch.channel, watch.ts) is Shown.GONE:
                await self._boards.end_watch(watch, SELF)
                self._loaded = False

    async def _panel(self, board: Board) -> None:
        now = self._boards.now()
        view = panel_view(self._place(board), self._index, self._journal, self._standing, now)
        board = await self._announced(board, view)
        drawn = self._drawn.setdefault(f"{board.channel}/{board.ts}", _Drawn())
        if drawn.face == view.face or now - drawn.at < self._pace.every:
            return
        drawn.at = now
        outcome = await self._screen.panel(board, view)
        if outcome is Shown.SHOWN:
            drawn.face = view.face
        elif outcome is Shown.GONE:
            await self._boards.end_panel(board, SELF)
            self._loaded = False

    async def _announced(self, board: Board, view: PanelView) -> Board:
        """Say once of each guardrail's act since the channel has a panel that it happened."""
        for row in view.rollouts:
            seen = self._index.rollout(row.target)
            trip = seen.trip if seen else None
            if trip is None or trip.id in board.trips or (trip.at or board.since) < board.since - BEFORE_MS:
                continue
            held = row.model_copy(update={"progress": row.progress.model_copy(update={"trip": trip})})
            if await self._screen.announce(board, held) is Shown.SHOWN:
                board = await self._boards.known(board, (*board.trips, trip.id), SELF)
                self._panels = tuple(board if one.channel == board.channel else one for one in self._panels)
        return board

    async def _watch(self, watch: Watch) -> None:
        """Tell what happened to a watched rollout, draw it, and end the watch where it is over."""
        now = self._boards.now()
        flag, seen = self._index.flag(watch.target.flag_id), self._index.rollout(watch.target)
        if flag is None or flag.read_at < watch.begun_at:
            self._index.doubt(watch.target.flag_id)  # whoever has just asked is not kept waiting for the next reading
            return
        row = rollout_row(seen, self._journal, now) if seen else None
        end = ended(watch, row, now)
        view = WatchView(watch=watch, row=row, end=end, trouble=self._index.trouble, as_of=now)
        if not await self._told(view):
            return
        key = f"{watch.channel}/{watch.ts}"
        drawn = self._drawn.setdefault(key, _Drawn())
        if drawn.face == view.face or now - drawn.at < self._pace.every:
            return
        drawn.at = now
        outcome = await self._screen.watch(view)
        if outcome is Shown.SHOWN:
            drawn.face = view.face
        if outcome is Shown.GONE or (outcome is Shown.SHOWN and end is not None):
            await self._boards.end_watch(watch, SELF)
            self._loaded = False

    async def _told(self, view: WatchView) -> bool:
        """Tell the thread what is new, and remember it; False where that has to be tried again."""
        watch, row = view.watch, view.row
        whats = news(watch.told, row.progress) if row else (News.GONE,)
        for what in whats:
            if await self._screen.tell(view, what) is Shown.LATER:
                return False
        now_told = told_of(row.progress) if row else None
        if now_told is not None and now_told != watch.told:
            told = watch.model_copy(update={"told": now_told})
            await self._boards.told(told, SELF)
            self._watches = tuple(told if one.id == watch.id else one for one in self._watches)
        return True
