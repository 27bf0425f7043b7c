"""
Dispatch by exact id, as Bolt's last global middleware.

It answers by itself, before Bolt matches listeners. That spares their cost, the polling for an ack every 10 ms and
the race in which an exception erases an ack (all three are Bolt 1.30's). Whatever a handler leaves for later runs as
a tracked task, which begins once the answer has been handed to the transport. What a person did is noted in the store
before that (handlers/intake.py), so that no process can end between answer and deed unseen; where the store is away it
is done before the answer, as far as there is time: then it is Slack who tells of a process that ended.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any

import structlog
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from structlog.typing import FilteringBoundLogger

from bot.errors import NotRecorded
from handlers.background import Background
from handlers.cards.sentences import OUR_SIDE, UNKNOWN_COMMAND, UNKNOWN_FORM, UNKNOWN_PRESS, UNKNOWN_SHORTCUT
from handlers.failures import log_failure
from handlers.intake import Deed, Reception
from handlers.parsing import parse
from handlers.payloads import HomeOpened, MemberJoined, Mention, Payload, Press, Shortcut, Slash, Submit, Suggest
from handlers.replies import Replies, sentence_view, spoken

_log: FilteringBoundLogger = structlog.get_logger("countersign.slack")

UNNOTED_SECONDS = 1.0

Body = dict[str, Any]  # JSON to or from Slack
Later = Callable[[], Awaitable[bool | None]]
Unnoted = Callable[[NotRecorded], Awaitable[bool | None]]


@dataclass(frozen=True, slots=True)
class Ack:
    """
    A handler's answer: the body of the response, and what to do once it is given.

    `later` is done once, however often the delivery comes; it returns False where the person could not be told what
    they should hear. `unnoted`, if given, takes its place where the store is away. For a slash command the body is a
    message, for a form a `response_action`, for a press and an event nothing.
    """

    body: Body | None = None
    later: Later | None = None
    unnoted: Unnoted | None = None


SlashHandler = Callable[[Slash], Awaitable[Ack]]
PressHandler = Callable[[Press], Awaitable[Ack]]
SubmitHandler = Callable[[Submit], Awaitable[Ack]]
SuggestHandler = Callable[[Suggest], Awaitable[Ack]]
ShortcutHandler = Callable[[Shortcut], Awaitable[Ack]]
EventHandler = Callable[[Any], Awaitable[Ack]]  # takes the payload of its own event: Mention, HomeOpened, MemberJoined


def _none() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Routes:
    """
    The one table of what the bot answers to, by exact command, action id, callback id and event type.

    `options` are selects whose choices the bot provides, by action id; `shortcuts` are by callback id.
    """

    commands: Mapping[str, SlashHandler] = field(default_factory=_none)
    actions: Mapping[str, PressHandler] = field(default_factory=_none)
    views: Mapping[str, SubmitHandler] = field(default_factory=_none)
    events: Mapping[str, EventHandler] = field(default_factory=_none)
    options: Mapping[str, SuggestHandler] = field(default_factory=_none)
    shortcuts: Mapping[str, ShortcutHandler] = field(default_factory=_none)

    def also(self, other: "Routes") -> "Routes":
        """Return this table with another room's; where both name the same, the other one answers."""
        return Routes(
            commands={**self.commands, **other.commands},
            actions={**self.actions, **other.actions},
            views={**self.views, **other.views},
            events={**self.events, **other.events},
            options={**self.options, **other.options},
            shortcuts={**self.shortcuts, **other.shortcuts},
        )


class Router(AsyncMiddleware):
    """Answers every request, and lets no exception out of a handler."""

    def __init__(
        self, routes: Routes, background: Background, replies: Replies, reception: Reception, bot_user: str = ""
    ) -> None:
        self._routes = routes
        self._background = background
        self._replies = replies
        self._reception = reception
        self._bot_user = bot_user

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],
    ) -> BoltResponse:
        """Answer; `next` is never called, so Bolt looks no further."""
        del resp, next
        return await self.answer(req.body)

    async def answer(self, body: Body) -> BoltResponse:
        """Return the response to a delivery and start what its handler leaves for later."""
        payload = parse(body, self._bot_user)
        if payload is None:
            _log.info("slack.not_handled", kind=_named(body.get("type")))
            return _response(None)
        try:
            ack = await self._handle(payload)
            if ack.later is not None:
                await self._begin(payload, ack.later, ack.unnoted)
            return _response(ack.body)
        except Exception as error:  # noqa: BLE001  the border: an exception here would be silence in Slack
            log_failure("slack.handler_failed", error, kind=type(payload).__name__, route=_route(payload))
            return self._apologise(payload, OUR_SIDE)

    async def _begin(self, payload: Payload, later: Later, unnoted: Unnoted | None) -> None:
        """Start what a handler leaves for later, noted before the answer if a person waits for it."""
        deed = _deed(payload)
        if deed is None:
            self._background.start(_run(later), _name(payload))
            return
        noted = await self._reception.note(deed)
        if not noted.new:
            return
        if noted.away is not None and unnoted is not None:
            later = partial(unnoted, noted.away)
        task = self._background.start(self._reception.keep(noted, later), _name(payload))
        if noted.away is not None:
            await asyncio.wait({task}, timeout=UNNOTED_SECONDS)

    async def _handle(self, payload: Payload) -> Ack:
        match payload:
            case Slash():
                command = self._routes.commands.get(payload.command)
                return await command(payload) if command else self._unknown(payload, UNKNOWN_COMMAND)
            case Press():
                action = self._routes.actions.get(payload.action_id)
                return await action(payload) if action else self._unknown(payload, UNKNOWN_PRESS)
            case Submit():
                view = self._routes.views.get(payload.callback_id)
                return await view(payload) if view else self._unknown(payload, UNKNOWN_FORM)
            case Suggest():
                options = self._routes.options.get(payload.action_id)
                return await options(payload) if options else self._unknown(payload, "")
            case Shortcut():
                shortcut = self._routes.shortcuts.get(payload.callback_id)
                return await shortcut(payload) if shortcut else self._unknown(payload, UNKNOWN_SHORTCUT)
            case Mention() | HomeOpened() | MemberJoined():
                event = self._routes.events.get(_route(payload))
                return await event(payload) if event else Ack()

    def _unknown(self, payload: Payload, sentence: str) -> Ack:
        _log.warning("slack.no_route", kind=type(payload).__name__)
        return self._say(payload, sentence)

    def _apologise(self, payload: Payload, sentence: str) -> BoltResponse:
        try:
            ack = self._say(payload, sentence)
            if ack.later is not None:
                self._background.start(_run(ack.later), "apology")
            return _response(ack.body)
        except Exception as error:  # noqa: BLE001  the border, once more: what is left is an empty 200
            log_failure("slack.apology_failed", error)
            return _response(None)

    def _say(self, payload: Payload, sentence: str) -> Ack:
        match payload:
            case Slash():
                return Ack(spoken(sentence))
            case Press():
                return Ack(later=lambda: self._replies.to_press(payload, sentence))
            case Submit():
                return Ack({"response_action": "update", "view": sentence_view(sentence)})
            case Shortcut():
                return Ack(later=lambda: self._replies.to_press(payload.press, sentence))
            case Suggest():
                return Ack({"options": []})
            case _:
                return Ack()


def _deed(payload: Payload) -> Deed | None:
    """Return what of a delivery is noted until it is answered; None for what nobody waits for an answer to."""
    match payload:
        case HomeOpened() | MemberJoined() | Suggest():
            return None
        case Submit():
            return Deed(payload.user, "", f"{payload.delivery}:later" if payload.delivery else "")
        case _:
            return Deed(payload.user, payload.channel, payload.delivery)


def _response(body: Body | None) -> BoltResponse:
    if body is None:
        return BoltResponse(status=200, body="")
    content = json.dumps(body, separators=(",", ":"))
    return BoltResponse(status=200, body=content, headers={"content-type": "application/json"})


async def _run(later: Later) -> None:
    """Be the coroutine that a task wants."""
    await later()


def _route(payload: Payload) -> str:
    match payload:
        case Slash():
            return _named(payload.command)
        case Press() | Suggest():
            return _named(payload.action_id)
        case Submit() | Shortcut():
            return _named(payload.callback_id)
        case Mention():
            return "app_mention"
        case HomeOpened():
            return "app_home_opened"
        case MemberJoined():
            return "member_joined_channel"


def _name(payload: Payload) -> str:
    return f"{type(payload).__name__}:{_route(payload)}"


def _named(id_: object) -> str:
    """Return an id of ours for the log, cut so that nothing longer than a name gets there."""
    return id_[:40] if isinstance(id_, str) else ""
