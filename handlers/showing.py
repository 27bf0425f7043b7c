"""
Shows a change where people are: its card, what its thread tells, direct messages, copies left behind.

A card is posted in two steps, as Slack tells the place of a message only to whoever posted it, takes no key by which a
second post would be known again, and shows what stands in a channel only to apps that may read everything there, which
this one does not ask for. First comes a notice in plain words, dated and without a button; once it is on record where
that stands, it is edited into the card. So a process killed in between, or an answer of Slack's that is lost, leaves a
line that stays true, and never a card that nobody redraws. This costs one edit a card.

A copy of a card that nobody knows of can still be there: a store that lost its last writes no longer knows where it
stood, and an older release posted cards in one step. Such a copy is found when somebody presses one of its buttons:
the press counts as on any card, and the copy is drawn with the card from then on. Every copy that is known, however it
came about, is drawn until the end has reached it.
"""

import time
from collections.abc import Callable

import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from structlog.typing import FilteringBoundLogger

from bot.changes.record import ChangeRequest
from bot.errors import DirectoryUnavailable
from handlers.audience import Audience
from handlers.blocks import Message
from handlers.cards.card import card
from handlers.cards.lines import notice
from handlers.cards.standing import standing
from handlers.placement import Placement, Places
from handlers.sender import Delayed, Sender
from handlers.slack_client import error_code
from handlers.tellings import Telling, tellings

_log: FilteringBoundLogger = structlog.get_logger("countersign.notifier")

COPY_SECONDS = 5.0
_CANNOT_POST = frozenset({"not_in_channel", "channel_not_found", "is_archived", "restricted_action"})
_UNREACHABLE = frozenset({"channel_not_found", "user_not_found", "user_disabled", "cannot_dm_bot", "not_in_channel"})
_GONE = frozenset(
    {"message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found", "is_archived"}
)


class Showing:
    """Draws one change as it is, for a drawer that holds it; what has been done is noted at once."""

    def __init__(self, places: Places, sender: Sender, audience: Audience, now: Callable[[], int]) -> None:
        """Take where cards stand, the way to Slack, whom changes are for, and the store's time in ms."""
        self._places = places
        self._sender = sender
        self._audience = audience
        self._now = now

    async def show(self, change: ChangeRequest, placement: Placement, until: float) -> Placement:
        """
        Draw the card and its copies, say what is to be said, and return where it all stands by now.

        Raises Delayed where there is no turn at Slack or the time is over (`until`, of the monotonic clock), what
        Slack and the connection raise, DirectoryUnavailable where no channel takes the card, and what `remember` does.
        """
        drawn = card(change)
        _in_time(until)
        state = standing(change).state
        if not placement.ts or placement.spent(state) or not await self._edited(placement, drawn):
            placement = await self._announce(change, placement, state)
            _in_time(until)
            await self._sender.update(placement.channel, placement.ts, drawn)
        placement = placement.model_copy(update={"shown": state})
        if not placement.permalink:
            placement = await self._linked(change, placement)
        unanswered = await self._audience.unanswered(change) if change.reminded else ()
        for telling in tellings(change, placement, unanswered):
            if telling.name not in placement.told:
                _in_time(until)
                await self._tell(change, telling)
                placement = placement.model_copy(update={"told": (*placement.told, telling.name)})
                await self._places.remember(change, placement)
        return await self._redraw_copies(change, placement, drawn)

    async def _tell(self, change: ChangeRequest, telling: Telling) -> None:
        """Tell people something; whom Slack can never reach is left out, so that the card does not wait for them."""
        try:
            await self._sender.post(telling.channel, telling.message, thread_ts=telling.thread)
        except SlackApiError as failed:
            if reason(failed) not in _UNREACHABLE:
                raise
            what = telling.name.partition(":")[0]
            _log.warning("notifier.untold", change=change.id, what=what, why=reason(failed))

    async def _redraw_copies(self, change: ChangeRequest, placement: Placement, drawn: Message) -> Placement:
        """Draw the messages the card stood in before, too, until the change has ended on them as well."""
        left = []
        for copy in placement.copies:
            try:
                await self._sender.update(copy.channel, copy.ts, drawn)
            except SlackClientError as failed:
                if reason(failed) not in _GONE:
                    raise Delayed(COPY_SECONDS) from failed
                continue
            if not change.ended:
                left.append(copy)
        return placement.model_copy(update={"copies": tuple(left)})

    async def _edited(self, placement: Placement, drawn: Message) -> bool:
        """Bring the card up to date where it stands; tell whether there is still a message to be edited."""
        try:
            await self._sender.update(placement.channel, placement.ts, drawn)
        except SlackClientError as failed:
            if reason(failed) not in _GONE:
                raise
            return False
        return True

    async def _announce(self, change: ChangeRequest, placement: Placement, state: str) -> Placement:
        """Post the notice that becomes the card, and take note of where it stands and which state it tells."""
        said = notice(change, self._now())
        for channel in await self._audience.channels(change):
            try:
                where, ts = await self._sender.post(channel, said)
            except SlackClientError as failed:
                if reason(failed) not in _CANNOT_POST:
                    raise
                continue
            placed = placement.moved(where, ts, state)
            await self._places.remember(change, placed)
            return placed
        raise DirectoryUnavailable("No channel takes the card.", "Invite the bot, or set APPROVALS_CHANNEL.")

    async def _linked(self, change: ChangeRequest, placement: Placement) -> Placement:
        link = await self._sender.permalink(placement.channel, placement.ts)
        linked = placement.model_copy(update={"permalink": link})
        await self._places.remember(change, linked)
        return linked


def _in_time(until: float) -> None:
    """Raise Delayed where a drawing has taken so long that the hold on it may soon end; another goes on with it."""
    if time.monotonic() > until:
        raise Delayed(0)


def reason(failed: Exception) -> str:
    """Return Slack's short name of an error, or the error's type; never its text, which may quote a request."""
    return error_code(failed) if isinstance(failed, SlackApiError) else type(failed).__name__
