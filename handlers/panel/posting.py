"""Puts panels and watched rollouts into channels: by command, by a card's button, and when the bot is invited."""

import aiohttp
import structlog
from slack_sdk.errors import SlackClientError
from structlog.typing import FilteringBoundLogger

from bot.controls import Said
from bot.errors import AskAgain, CountersignError
from bot.model import Actor, Target
from bot.panel.opening import Openings, Wanted
from handlers.blocks import Message
from handlers.cards.boards import moved_down, panel_stands, watch_stands, watched_already
from handlers.cards.panel import starting
from handlers.cards.watch import begun_message
from handlers.failures import error_name, log_failure
from handlers.payloads import MemberJoined
from handlers.routing import Ack
from handlers.sender import Sender

_log: FilteringBoundLogger = structlog.get_logger("countersign.panel")
_UNSENT = (SlackClientError, aiohttp.ClientError, TimeoutError, OSError)


class Posting:
    """Posts what the poller then keeps alive."""

    def __init__(self, openings: Openings, sender: Sender, bot_user: str) -> None:
        self._openings = openings
        self._sender = sender
        self._bot_user = bot_user

    async def joined(self, event: MemberJoined) -> Ack:
        """Take note of somebody joining a channel; when it is the bot itself, the channel may get a panel."""
        if event.user != self._bot_user:
            return Ack()
        return Ack(later=lambda: self._invited(event))

    async def _invited(self, event: MemberJoined) -> None:
        """Post a panel where the channel and whoever invited the bot allow it, and nothing where they do not."""
        try:
            wanted = await self._openings.invited(event.channel, event.inviter)
            if wanted is not None:
                await self._post_panel(wanted, event.channel)
        except CountersignError as refusal:
            _log.info("panel.not_posted", why=refusal.code)
        except Exception as error:  # noqa: BLE001  the border of a background task
            log_failure("panel.failed", error)

    async def panel(self, said: Said) -> Message:
        """Post a panel where it was asked for; an older one of the channel points to it."""
        await self._post_panel(await self._openings.panel(said), said.channel)
        return panel_stands()

    async def watch(self, said: Said) -> Message:
        """Post a rollout that is watched from now on."""
        actor, target = await self._openings.watched(said)
        return await self.watch_target(actor, target, said.channel)

    async def watch_target(self, actor: Actor, target: Target, channel: str) -> Message:
        """Watch one rollout in a channel, unless it is watched there already."""
        if (known := await self._openings.watching(channel, target)) is not None:
            return watched_already(await self._link(known.channel, known.ts))
        _, ts = await self._posted(channel, begun_message(target, self._openings.now()))
        await self._openings.began_watch(actor, target, channel, ts)
        return watch_stands()

    async def _post_panel(self, wanted: Wanted, channel: str) -> None:
        drawn = starting(wanted.where, wanted.choices, self._openings.now())
        where, ts = await self._posted(channel, drawn)
        before = await self._openings.began_panel(wanted, where, ts)
        if before is not None and before.ts != ts:
            link = await self._link(where, ts)
            try:
                await self._sender.update(where, before.ts, moved_down(link))
            except _UNSENT as failed:
                _log.warning("panel.old_one_left", why=error_name(failed))

    async def _posted(self, channel: str, drawn: Message) -> tuple[str, str]:
        try:
            return await self._sender.post(channel, drawn)
        except _UNSENT as failed:
            _log.warning("panel.not_posted", why=error_name(failed))
            raise AskAgain(
                "Slack did not take the message in this channel.", "Try again; is the bot a member here?"
            ) from failed

    async def _link(self, channel: str, ts: str) -> str:
        try:
            return await self._sender.permalink(channel, ts)
        except _UNSENT:
            return ""
