"""Answers to the bot's own commands: what was done is told in the channel, what was asked to the asker alone."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

import aiohttp
import structlog
from slack_sdk.errors import SlackClientError
from structlog.typing import FilteringBoundLogger

from bot.actions import BY_NAME
from bot.breakglass import AfterReviews
from bot.changes.record import ChangeRequest, Origin
from bot.controls import Controls, Said
from bot.errors import DirectoryUnavailable, NotUnderstood
from bot.grammar.command import Command
from bot.grammar.parser import parse
from bot.model import Environment, Scope
from bot.ports import Directory
from bot.service import Service
from handlers.blocks import Message, message, section
from handlers.cards.controls import (
    allowed,
    bound_to,
    closed_line,
    lifted_line,
    policy_table,
    rehearsed,
    set_line,
    who_you_are,
)
from handlers.cards.sentences import TOLD_TO_CHANNEL
from handlers.failures import error_name
from handlers.sender import Sender

_log: FilteringBoundLogger = structlog.get_logger("countersign.controls")

Answering = Callable[[Said], Awaitable[Message]]


class Announcements:
    """Says in a channel what everybody there should know; never raises, and never where strangers read."""

    def __init__(self, sender: Sender, directory: Directory) -> None:
        self._sender = sender
        self._directory = directory

    async def say(self, channel: str, said: Message) -> bool:
        """Post a message; tell whether it stands there."""
        try:
            if not channel or (await self._directory.channel(channel)).shared:
                return False
            await self._sender.post(channel, said)
        except (DirectoryUnavailable, SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as failed:
            _log.warning("controls.untold", error=error_name(failed))
            return False
        return True


class OwnCommands:
    """Carries out and answers what is not about one request."""

    def __init__(
        self,
        controls: Controls,
        service: Service,
        announcements: Announcements,
        reviews: AfterReviews,
        further: Mapping[str, Answering] = MappingProxyType({}),
    ) -> None:
        """Take the ports, and what answers further commands of the bot's own."""
        self._controls = controls
        self._service = service
        self._announcements = announcements
        self._reviews = reviews
        self._kinds: dict[str, Answering] = {
            "freeze": self._freeze,
            "unfreeze": self._unfreeze,
            "lock": self._lock,
            "unlock": self._unlock,
            "bind": self._bind,
            "can-i": self._can_i,
            "plan": self._plan,
            "whoami": self._whoami,
            "policy": self._policy,
            "close": self._close,
            **further,
        }

    def takes(self, what: str) -> bool:
        """Tell whether a command is one of these."""
        return what in self._kinds

    async def answer(self, said: Said) -> Message:
        """Carry a command out and return what whoever gave it is told."""
        return await self._kinds[said.ask.what](said)

    async def placed(self, command: Command, origin: Origin) -> tuple[Command, Environment | None]:
        """Return a command with the channel's environment where it wants one and names none, and that environment."""
        if command.environment is not None or BY_NAME[command.action].scope is not Scope.ENVIRONMENT:
            return command, None
        where = await self.bound(origin.channel)
        return (command.model_copy(update={"environment": where.name}), where) if where else (command, None)

    async def bound(self, channel: str) -> Environment | None:
        """Return the environment that a channel stands for."""
        return await self._controls.bound(channel)

    async def _freeze(self, said: Said) -> Message:
        return await self._told(said, set_line(await self._controls.freeze(said)))

    async def _lock(self, said: Said) -> Message:
        return await self._told(said, set_line(await self._controls.lock(said)))

    async def _unfreeze(self, said: Said) -> Message:
        return await self._told(said, lifted_line(await self._controls.unfreeze(said), said.person))

    async def _unlock(self, said: Said) -> Message:
        return await self._told(said, lifted_line(await self._controls.unlock(said), said.person))

    async def _bind(self, said: Said) -> Message:
        return await self._told(said, bound_to(await self._controls.bind(said), said.person))

    async def _told(self, said: Said, line: str) -> Message:
        """Tell the channel, and whoever gave the command that it is recorded."""
        told = await self._announcements.say(said.channel, message(line, [section(line)]))
        own = TOLD_TO_CHANNEL if told else line
        return message(own, [section(own)])

    async def reviews(self) -> tuple[ChangeRequest, ...]:
        """Return the changes whose after-review is open, the oldest first."""
        return tuple(one.change for one in await self._reviews.standing())

    async def _close(self, said: Said) -> Message:
        id_ = said.ask.about.strip()
        change = await self._reviews.close(id_, said.person, said.ask.reason, said.delivery)
        return await self._told(said, closed_line(change, said.person, said.ask.reason))

    async def _can_i(self, said: Said) -> Message:
        command, _ = await self._command(said)
        return allowed(await self._service.rehearse(command, said.person))

    async def _plan(self, said: Said) -> Message:
        command, where = await self._command(said)
        return rehearsed(await self._service.rehearse(command, said.person), where)

    async def _command(self, said: Said) -> tuple[Command, Environment | None]:
        read = parse(said.ask.about, said.noun)
        if not isinstance(read, Command):
            raise NotUnderstood("This is one of the bot's own commands, not a change.", "Type `/ops help` for both.")
        command = read.model_copy(update={"reason": said.ask.reason or read.reason})
        return await self.placed(command, Origin(channel=said.channel))

    async def _whoami(self, said: Said) -> Message:
        return who_you_are(await self._controls.whoami(said.person))

    async def _policy(self, said: Said) -> Message:
        return policy_table(await self._controls.table(said.person))
