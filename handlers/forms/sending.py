"""
A modal that asks for a change: recorded by the one door, and said to whoever sent it.

The delivery is noted in the store before anything else. What is recorded, or refused, within a second is the answer
to the form: it closes, or says what is wrong beside the field. Otherwise the form says that it is at work, and then
what came of it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import aiohttp
import structlog
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from structlog.typing import FilteringBoundLogger

from bot.asking import Asking, NothingToDo, Opened
from bot.changes.record import Origin
from bot.errors import CountersignError, NotRecorded
from bot.grammar.command import Command
from bot.service import Service
from handlers.background import Background
from handlers.blocks import Block, Message, message, section
from handlers.cards.answers import answer, recorded, recorded_here
from handlers.cards.modals.refused import Beside
from handlers.cards.sentences import AT_WORK, OUR_SIDE, TAKEN
from handlers.commands import Commands
from handlers.controls import OwnCommands
from handlers.failures import Note, error_name, log_failure, log_refusal
from handlers.intake import Deed, Reception
from handlers.payloads import Submit
from handlers.replies import Replies, sentence_view
from handlers.routing import Ack

_log: FilteringBoundLogger = structlog.get_logger("countersign.forms")

ANSWER_SECONDS = 1.0

Place = Callable[[CountersignError], Beside]
Again = Callable[[CountersignError], Awaitable[Block]]


@dataclass(frozen=True, slots=True)
class Sent:
    """
    A change that somebody asks for by a form, and beside which fields a refusal belongs.

    `again` draws the form once more as it was filled in, for a refusal that comes when it no longer stands there.
    """

    submit: Submit
    command: Command
    origin: Origin
    beside: Place
    again: Again | None = None


@dataclass(frozen=True, slots=True)
class _Said:
    """What came of it: a request, nothing to do, or what stands against it."""

    result: Opened | NothingToDo | None = None
    refusal: CountersignError | None = None
    sentence: str = ""


class Sending:
    """Sends forms through the service."""

    def __init__(
        self,
        service: Service,
        commands: Commands,
        reception: Reception,
        replies: Replies,
        client: AsyncWebClient,
        background: Background,
        own: OwnCommands | None = None,
        *,
        seconds: float = ANSWER_SECONDS,
        refused: Note = log_refusal,
    ) -> None:
        self._service = service
        self._commands = commands
        self._reception = reception
        self._replies = replies
        self._client = client
        self._background = background
        self._own = own
        self._seconds = seconds
        self._refused = refused

    async def send(self, sent: Sent) -> Ack:
        """Record a request, and answer the form."""
        said: asyncio.Future[_Said] = asyncio.get_running_loop().create_future()
        self._background.start(self._once(sent, said), "form")
        try:
            async with asyncio.timeout(self._seconds):
                found = await asyncio.shield(said)
        except TimeoutError:
            view = sentence_view(AT_WORK)
            return Ack({"response_action": "update", "view": view}, later=partial(self._afterwards, sent, said))
        return await self._answered(sent, found)

    async def _once(self, sent: Sent, said: "asyncio.Future[_Said]") -> None:
        """Do it once, whatever comes twice; `said` is told in any case."""

        async def work() -> None:
            said.set_result(await self._asked(sent))

        async def tell(away: NotRecorded) -> None:
            said.set_result(_Said(refusal=away))

        try:
            deed = Deed(sent.submit.user, sent.origin.channel, sent.submit.delivery)
            await self._reception.once(deed, work, tell)
        finally:
            if not said.done():
                said.set_result(_Said(sentence=TAKEN))

    async def _asked(self, sent: Sent) -> _Said:
        try:
            command = sent.command
            if self._own is not None:
                command, _ = await self._own.placed(command, sent.origin)
            return _Said(
                await self._service.submit(command, Asking(sent.submit.user, sent.origin, sent.submit.delivery))
            )
        except CountersignError as refusal:
            self._refused(refusal)
            return _Said(refusal=refusal)
        except Exception as error:  # noqa: BLE001  the border of a background task: silence would be worse
            log_failure("forms.failed", error)
            return _Said(sentence=OUR_SIDE)

    async def _answered(self, sent: Sent, said: _Said) -> Ack:
        """Answer the form while it is open."""
        if said.refusal is not None:
            return _errors(sent.beside(said.refusal))
        if isinstance(said.result, NothingToDo):
            return Ack({"response_action": "update", "view": _view(await self._commands.nothing(said.result.plan))})
        if said.result is None:
            return Ack({"response_action": "update", "view": sentence_view(said.sentence)})
        if sent.origin.channel:
            return Ack({"response_action": "clear"}, later=partial(self._elsewhere, sent, said.result))
        view = _view(recorded(said.result.change))
        return Ack({"response_action": "update", "view": view}, later=partial(self._afterwards, sent, _done(said)))

    async def _elsewhere(self, sent: Sent, result: Opened) -> None:
        """Say where the card stands, unless it stands where the form was opened."""
        told = await self._commands.outcome(result, sent.origin)
        if told is not None:
            await self._replies.find(sent.origin.channel, sent.submit.user, told)

    async def _afterwards(self, sent: Sent, said: "asyncio.Future[_Said]") -> None:
        """Say what came of it in the form where it is still open, else as a message to whoever sent it."""
        found = await said
        told = await self._told(sent, found)
        refused = found.refusal if sent.again is not None else None
        view = await sent.again(refused) if sent.again and refused else _view(told)
        try:
            await self._client.views_update(view_id=sent.submit.view_id, view=view)
        except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as closed:
            _log.info("forms.view_gone", error=error_name(closed))
            await self._replies.find(sent.origin.channel, sent.submit.user, told)

    async def _told(self, sent: Sent, said: _Said) -> Message:
        if said.refusal is not None:
            return answer(said.refusal)
        if isinstance(said.result, NothingToDo):
            return await self._commands.nothing(said.result.plan)
        if said.result is None:
            return message(said.sentence, [section(said.sentence)])
        return await self._commands.outcome(said.result, sent.origin) or recorded_here(said.result.change)


def _done(said: _Said) -> "asyncio.Future[_Said]":
    future: asyncio.Future[_Said] = asyncio.get_running_loop().create_future()
    future.set_result(said)
    return future


def _view(told: Message) -> dict[str, object]:
    """Return a message as a modal that has nothing to send; what can be pressed in it stays out."""
    kept = [block for block in told.blocks if block["type"] != "actions"]
    return {**sentence_view(told.text), "blocks": kept}


def _errors(beside: Beside) -> Ack:
    return Ack({"response_action": "errors", "errors": beside})
