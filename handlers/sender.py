"""
Everything the bot says in a channel, at the pace that Slack takes it.

Slack's documentation: about one message a second in each channel, with short bursts; `chat.update` 50 times and
`chat.postEphemeral` 100 times a minute, whatever the channel; who is refused comes back after `Retry-After`. A
channel that is full or refused keeps no other waiting. Nothing waits here for longer than a few seconds: what has
no turn by then is given back as Delayed, and is kept by whoever has a place for it (a card's is the outbox).
"""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.ports import Wait
from handlers.blocks import Block, Message

PATIENCE = 6.0
MOST_LANES = 1000
_UNSTATED = 1.0
_LONGEST = 300.0

Answer = TypeVar("Answer")


class Delayed(SlackClientError):
    """Nothing was sent: Slack takes no more here for `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no turn for {seconds:.0f} s")
        self.seconds = seconds


@dataclass(slots=True)
class _Lane:
    """Turns at a steady pace: `burst` at once, then one every `gap` seconds; none while it is closed."""

    gap: float
    burst: int
    _due: float = -math.inf
    _opens: float = -math.inf

    def turn(self, now: float, until: float) -> float:
        """Take the next turn and return when it comes; raise Delayed where that is after `until`."""
        at = max(now, self._opens, self._due - (self.burst - 1) * self.gap)
        if at > until:
            raise Delayed(at - now)
        self._due = max(self._due, at) + self.gap
        return at

    def close(self, until: float) -> None:
        """Give no turn before `until`, and then one at a time."""
        self._opens = max(self._opens, until)
        self._due = max(self._due, self._opens + (self.burst - 1) * self.gap)

    def closed(self, now: float) -> bool:
        """Tell whether it was closed after a turn had been taken."""
        return self._opens > now

    def idle(self, now: float) -> bool:
        """Tell whether there is nothing to remember of it."""
        return self._due <= now and self._opens <= now


@dataclass(slots=True)
class _Edit:
    """What one message is to show: the newest state, its number, and the number that is shown."""

    newest: Message
    number: int = 0
    shown: int = 0
    waiting: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Sender:
    """
    Posts, edits and whispers for one workspace.

    Every method raises SlackClientError, Delayed among them, and what the connection raises; none sends a message
    again unless Slack refused it. `clock` is in seconds, `wait` sleeps; `gap` is between posts in one channel, and what
    Slack allows of edits and whispers is scaled with it (0 where there are no limits, as in a sandbox without them).
    """

    def __init__(
        self,
        client: AsyncWebClient,
        *,
        clock: Callable[[], float] = time.monotonic,
        wait: Wait = asyncio.sleep,
        patience: float = PATIENCE,
        gap: float = 1.0,
    ) -> None:
        self._client = client
        self._gap = gap
        self._clock = clock
        self._wait = wait
        self._patience = patience
        self._posting: OrderedDict[str, _Lane] = OrderedDict()
        self._editing = _Lane(gap=gap * 60 / 50, burst=25)
        self._whispering = _Lane(gap=gap * 60 / 100, burst=50)
        self._edits: dict[tuple[str, str], _Edit] = {}

    async def post(self, channel: str, said: Message, *, thread_ts: str = "") -> tuple[str, str]:
        """Post a message and return the channel and the time stamp it got."""

        async def call() -> tuple[str, str]:
            posted = await self._client.chat_postMessage(
                channel=channel,
                text=said.text,
                blocks=list(said.blocks) or None,
                thread_ts=thread_ts or None,
                unfurl_links=False,
            )
            return str(posted["channel"]), str(posted["ts"])

        return await self._in_turn(self._lane(channel), call)

    async def update(self, channel: str, ts: str, said: Message) -> None:
        """Bring a message to this state, or to a newer one that was asked for meanwhile; never back to an older."""
        edit = self._edits.setdefault((channel, ts), _Edit(said))
        edit.number += 1
        edit.newest, mine = said, edit.number
        edit.waiting += 1
        try:
            async with edit.lock:
                if edit.shown < mine:
                    await self._in_turn(self._editing, lambda: self._show(channel, ts, edit))
        finally:
            edit.waiting -= 1
            if not edit.waiting:
                del self._edits[channel, ts]

    async def _show(self, channel: str, ts: str, edit: _Edit) -> None:
        number, said = edit.number, edit.newest
        await self._client.chat_update(channel=channel, ts=ts, text=said.text, blocks=list(said.blocks))
        edit.shown = number

    async def whisper(
        self, channel: str, user: str, text: str, blocks: Sequence[Block] | None = None, *, thread_ts: str = ""
    ) -> None:
        """Say something in a channel that one person alone sees."""

        async def call() -> object:
            return await self._client.chat_postEphemeral(
                channel=channel,
                user=user,
                text=text,
                blocks=list(blocks) if blocks else None,
                thread_ts=thread_ts or None,
            )

        await self._in_turn(self._whispering, call)

    async def permalink(self, channel: str, ts: str) -> str:
        """Return the link to a message."""
        link = await self._client.api_call("chat.getPermalink", data={"channel": channel, "message_ts": ts})
        return str(link["permalink"])

    async def _in_turn(self, lane: _Lane, call: Callable[[], Awaitable[Answer]]) -> Answer:
        """Call when it is time, and again where Slack refused for pace, as far as patience goes."""
        until = self._clock() + self._patience
        while True:
            now = self._clock()
            at = lane.turn(now, until)
            if at > now:
                await self._wait(at - now)
            if lane.closed(self._clock()):
                continue
            try:
                return await call()
            except SlackApiError as refused:
                seconds = retry_after(refused)
                if seconds is None:
                    raise
                lane.close(self._clock() + seconds)

    def _lane(self, channel: str) -> _Lane:
        lane = self._posting.setdefault(channel, _Lane(gap=self._gap, burst=4))
        self._posting.move_to_end(channel)
        if len(self._posting) > MOST_LANES:
            now = self._clock()
            for name in [name for name, one in self._posting.items() if one.idle(now)]:
                del self._posting[name]
        return lane


def retry_after(refused: SlackApiError) -> float | None:
    """Return the seconds Slack asks to wait; None where it refused for another reason than pace."""
    response: Any = refused.response
    if getattr(response, "status_code", None) != 429:
        return None
    headers: Mapping[str, str] = getattr(response, "headers", None) or {}
    told = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    try:
        seconds = float(told)
    except ValueError:
        return _UNSTATED
    return min(max(seconds, 0.0), _LONGEST) if math.isfinite(seconds) else _UNSTATED
