"""
Panels and watched rollouts in Slack: implements the core's Screen.

Nothing is drawn in a channel that is shared with another company, and what stood there before it was shared is
taken away. What Slack does not take for the moment is tried again; a message or channel that is gone is the end.
"""

from collections.abc import Awaitable

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from structlog.typing import FilteringBoundLogger

from bot.errors import CountersignError, DirectoryUnavailable
from bot.panel.boards import Board
from bot.panel.poller import Shown
from bot.panel.view import PanelView, RolloutRow
from bot.panel.watching import News, WatchView
from bot.ports import Directory, Outbox
from handlers.blocks import Message, message
from handlers.cards.boards import in_shared
from handlers.cards.panel import Links, panel
from handlers.cards.watch import news_line, trip_message, watch_message
from handlers.failures import error_name
from handlers.placement import read
from handlers.sender import Sender
from handlers.slack_client import error_code

_log: FilteringBoundLogger = structlog.get_logger("countersign.panel")

_GONE = frozenset(
    {
        "message_not_found",
        "channel_not_found",
        "is_archived",
        "cant_update_message",
        "not_in_channel",
        "thread_not_found",
    }
)


class PanelScreen:
    """Draws panels and watched rollouts; never raises for what Slack refuses."""

    def __init__(self, sender: Sender, directory: Directory, outbox: Outbox) -> None:
        self._sender = sender
        self._directory = directory
        self._outbox = outbox

    async def open(self, channel: str, ts: str) -> Shown:
        """Tell whether a message may go on standing there; one in a channel that became shared is emptied."""
        try:
            known = await self._directory.channel(channel)
        except DirectoryUnavailable:
            return Shown.LATER
        if known.shared:
            outcome = await self._sent(self._sender.update(channel, ts, in_shared()))
            return Shown.LATER if outcome is Shown.LATER else Shown.GONE
        return Shown.GONE if known.archived else Shown.SHOWN

    async def panel(self, board: Board, view: PanelView) -> Shown:
        """Draw a panel."""
        drawn = panel(view, await self._links(view))
        return await self._edited(board.channel, board.ts, drawn)

    async def announce(self, board: Board, row: RolloutRow) -> Shown:
        """Say in a channel that a guardrail acted."""
        if (place := await self.open(board.channel, board.ts)) is not Shown.SHOWN:
            return place
        return await self._sent(self._sender.post(board.channel, trip_message(row)))

    async def watch(self, view: WatchView) -> Shown:
        """Draw a watched rollout."""
        return await self._edited(view.watch.channel, view.watch.ts, watch_message(view))

    async def tell(self, view: WatchView, what: News) -> Shown:
        """Say in the thread of a watched rollout what happened."""
        watch = view.watch
        if (place := await self.open(watch.channel, watch.ts)) is not Shown.SHOWN:
            return place
        said = message(news_line(view, what), ())
        return await self._sent(self._sender.post(watch.channel, said, thread_ts=watch.ts))

    async def _edited(self, channel: str, ts: str, drawn: Message) -> Shown:
        if (place := await self.open(channel, ts)) is not Shown.SHOWN:
            return place
        return await self._sent(self._sender.update(channel, ts, drawn))

    async def _sent(self, sending: Awaitable[object]) -> Shown:
        try:
            await sending
        except SlackApiError as refused:
            code = error_code(refused)
            _log.warning("panel.refused", why=code)
            return Shown.GONE if code in _GONE else Shown.LATER
        except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as failed:
            _log.warning("panel.not_shown", why=error_name(failed))
            return Shown.LATER
        return Shown.SHOWN

    async def _links(self, view: PanelView) -> Links:
        """Return the links to the cards of what the panel names; none where they cannot be read."""
        ids = tuple(dict.fromkeys([*(row.id for row in view.waiting), *(row.id for row in view.actions)]))
        try:
            found = zip(ids, await self._outbox.placements(ids), strict=True) if ids else ()
            return {id_: placed.permalink for id_, data in found if (placed := read(data)) and placed.permalink}
        except CountersignError:
            return {}
