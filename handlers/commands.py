"""
What people type: slash commands, mentions, and the buttons that stand for typed text.

All are acknowledged before anything is looked up; the answer comes by the response URL or in the thread, and the card
of a request is the notifier's.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial

import structlog
from structlog.typing import FilteringBoundLogger

from bot.actions import CATALOGUE, CONTROLS
from bot.aliases import Aliases
from bot.asking import Asking, NothingToDo, Opened
from bot.changes.record import Origin
from bot.controls import Said
from bot.errors import CountersignError, NotRecorded, NotUnderstood
from bot.forms.asked import NeedsForm
from bot.grammar.command import Ask, Command, Look
from bot.grammar.lexicon import SLASH
from bot.grammar.parser import parse
from bot.grammar.spelling import usage
from bot.model import Environment, Plan
from bot.service import Service
from handlers.blocks import Message, message, section
from handlers.cards.aliases import used_line
from handlers.cards.answers import answer, nothing_to_do, recorded, recorded_elsewhere
from handlers.cards.controls import taken_from_binding
from handlers.cards.forms import form_offer, guided
from handlers.cards.help import help_message
from handlers.cards.inbox import inbox
from handlers.cards.lines import reminding_line, thread_line
from handlers.cards.sentences import OUR_SIDE
from handlers.controls import OwnCommands
from handlers.failures import Note, log_failure, log_refusal
from handlers.forms.draft import Draft
from handlers.lately import Lately
from handlers.looking import Looks
from handlers.notifier import SlackNotifier
from handlers.payloads import Mention, Press, Slash
from handlers.replies import Replies
from handlers.routing import Ack

_log: FilteringBoundLogger = structlog.get_logger("countersign.commands")

Tell = Callable[[Message], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Heard:
    """Typed text: who typed it, where, and by which delivery."""

    text: str
    person: str
    origin: Origin
    delivery: str
    command: str = ""


class Commands:
    """Reads typed text and answers it."""

    def __init__(
        self,
        service: Service,
        notifier: SlackNotifier,
        replies: Replies,
        own: OwnCommands | None = None,
        aliases: Aliases | None = None,
        *,
        looks: Looks | None = None,
        lately: Lately | None = None,
        refused: Note = log_refusal,
    ) -> None:
        self._service = service
        self._notifier = notifier
        self._replies = replies
        self._own = own
        self._aliases = aliases
        self._looks = looks
        self._lately = lately
        self._refused = refused

    async def slash(self, slash: Slash) -> Ack:
        """Take a slash command."""
        heard = Heard(slash.text, slash.user, Origin(channel=slash.channel), slash.delivery, slash.command)
        return self._later(heard, partial(self._replies.to_slash, slash))

    async def mention(self, mention: Mention) -> Ack:
        """Take a mention; what it asks for is answered in its thread."""
        thread = mention.thread_ts or mention.ts
        heard = Heard(mention.text, mention.user, Origin(channel=mention.channel, thread=thread), mention.delivery)
        tell = partial(self._replies.whisper, mention.channel, mention.user, thread_ts=mention.thread_ts)
        return self._later(heard, tell)

    async def pick(self, press: Press) -> Ack:
        """Take a choice offered before: its value is the whole command."""
        heard = Heard(press.value, press.user, Origin(channel=press.channel, thread=press.thread_ts), press.delivery)
        return self._later(heard, partial(self._replies.to_pick, press))

    def _later(self, heard: Heard, tell: Tell, meant: Look | Ask | None = None) -> Ack:
        """Answer after the acknowledgement; without the store nothing is done for it, and that is said."""

        async def unnoted(away: NotRecorded) -> bool:
            return await tell(answer(away))

        return Ack(later=partial(self._answer, heard, tell, meant), unnoted=unnoted)

    def put_together(self, meant: Look | Ask, heard: Heard, tell: Tell) -> Ack:
        """Answer what was put together in a modal, as if it had been typed where that was opened; the modal closes."""
        return replace(self._later(heard, tell, meant), body={"response_action": "clear"})

    async def _answer(self, heard: Heard, tell: Tell, meant: Look | Ask | None) -> bool:
        """Answer a delivery, and tell whether that has reached whoever waits for it."""
        said = await self._say(heard, meant)
        return said is None or await tell(said)

    async def _say(self, heard: Heard, meant: Look | Ask | None) -> Message | None:
        """Return what only this person is to read; None where the card says it all. Nothing is answered by silence."""
        try:
            return await self._do(heard, meant)
        except CountersignError as refusal:
            self._refused(refusal)
            return answer(refusal)
        except Exception as error:  # noqa: BLE001  the border of a background task: silence would be worse
            log_failure("commands.failed", error)
            return message(OUR_SIDE, [section(OUR_SIDE)])

    async def _do(self, heard: Heard, meant: Look | Ask | None) -> Message | None:
        read = meant or parse(heard.text, SLASH.get(heard.command))
        if isinstance(read, Command):
            return await self._change(read, heard)
        if isinstance(read, Look):
            return await self._look(read, heard)
        told = await self._control(read, heard)
        return guided(told, SLASH.get(heard.command)) if heard.command and not heard.text.strip() else told

    async def _look(self, look: Look, heard: Heard) -> Message:
        if self._looks is None:
            raise NotUnderstood("Nothing can be looked at here.", "Try `/ops help`.")
        return await self._looks.answer(look, heard.person, heard.origin.channel)

    async def _change(self, command: Command, heard: Heard) -> Message | None:
        where = None
        if self._own is not None:
            command, where = await self._own.placed(command, heard.origin)
        try:
            result = await self._service.submit(command, Asking(heard.person, heard.origin, heard.delivery))
        except NeedsForm as wanted:
            return form_offer(wanted, Draft.of(command, heard.origin.channel, heard.origin.thread))
        told = await self.outcome(result, heard.origin)
        for line in await self._read_as(command, where, result):
            told = _beside(line, told)
        return told

    async def _read_as(
        self, command: Command, where: Environment | None, result: Opened | NothingToDo
    ) -> tuple[str, ...]:
        """Say what was not typed as it is: an environment that the channel stands for, an alias."""
        plan = result.plan if isinstance(result, NothingToDo) else result.change.plan
        try:
            alias = await self._aliases.used(command.target, plan.target) if self._aliases else None
        except CountersignError:  # what was asked for is recorded, and must not be told as if it were not
            alias = None
        lines = (taken_from_binding(where) if where else "", used_line(alias) if alias else "")
        return tuple(line for line in lines if line)

    async def outcome(self, result: Opened | NothingToDo, origin: Origin) -> Message | None:
        """Return what is to be said beside the card: that there was nothing to do, or where else the card stands."""
        if isinstance(result, NothingToDo):
            return await self.nothing(result.plan)
        if not result.new:
            return None
        placement = await self._notifier.placed(result.change.id)
        if placement is None or not placement.ts:
            return recorded(result.change)
        if placement.channel != origin.channel or origin.thread:
            return recorded_elsewhere(result.change, placement.channel, placement.permalink)
        return None

    async def nothing(self, plan: Plan) -> Message:
        """Return that there is nothing to do, with since when and by whom where it was done from here."""
        return nothing_to_do(plan, await self._lately.since(plan) if self._lately else None)

    async def _control(self, ask: Ask, heard: Heard) -> Message:
        if self._own is not None and self._own.takes(ask.what):
            noun = SLASH.get(heard.command)
            return await self._own.answer(Said(ask, heard.person, heard.origin.channel, heard.delivery, noun))
        controls = {"help": self._help, "approvals": self._approvals, "cancel": self._cancel, "remind": self._remind}
        handle = controls.get(ask.what)
        if handle is None:
            raise NotUnderstood(f"“{ask.what}” is not offered here.", "Try `/ops help`.")
        answering: Awaitable[Message] = handle(ask, heard)
        return await answering

    async def _help(self, ask: Ask, heard: Heard) -> Message:
        del heard
        topic = ask.about.casefold()
        usages = [(usage(a), a.words.consequence) for a in CATALOGUE if not topic or topic in (a.verb, a.noun, a.name)]
        controls = [
            (f"/ops {c.verb} {c.argument}".strip(), c.summary) for c in CONTROLS if not topic or topic == c.verb
        ]
        return help_message(usages, controls, ask.about)

    async def _approvals(self, ask: Ask, heard: Heard) -> Message:
        del ask
        to_sign, mine = await self._service.inbox(heard.person)
        reviews = await self._own.reviews() if self._own else ()
        links = await self._notifier.permalinks((*to_sign, *mine, *reviews))
        return inbox(to_sign, mine, links, reviews)

    async def _cancel(self, ask: Ask, heard: Heard) -> Message:
        change = await self._service.cancel(ask.about.strip(), heard.person, heard.delivery)
        line = thread_line(change, "ended")
        return message(line, [section(line)])

    async def _remind(self, ask: Ask, heard: Heard) -> Message:
        change = await self._service.remind(ask.about.strip(), heard.person, heard.delivery)
        line = reminding_line(change)
        return message(line, [section(line)])


def _beside(line: str, told: Message | None) -> Message:
    """Return a line above what is to be said, if anything is."""
    return message(f"{line} {told.text if told else ''}".strip(), [section(line), *(told.blocks if told else ())])
