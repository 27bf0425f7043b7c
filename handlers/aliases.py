"""Answers to `alias`, `aliases` and `unalias`: what a word stands for is told in the channel where it was said."""

from bot.aliases import Aliases
from bot.controls import Said
from handlers.blocks import Message, message, section
from handlers.cards.aliases import alias_list, given_line, taken_line
from handlers.cards.sentences import TOLD_TO_CHANNEL
from handlers.controls import Announcements, Answering


class AliasCommands:
    """Carries out and answers the commands about aliases."""

    def __init__(self, aliases: Aliases, announcements: Announcements) -> None:
        self._aliases = aliases
        self._announcements = announcements

    @property
    def answers(self) -> dict[str, Answering]:
        """The commands, each with what answers it."""
        return {"alias": self._give, "unalias": self._take_away, "aliases": self._list}

    async def _give(self, said: Said) -> Message:
        alias = await self._aliases.give(said.ask.about, said.person, said.delivery)
        return await self._told(said, given_line(alias, said.person))

    async def _take_away(self, said: Said) -> Message:
        alias = await self._aliases.take_away(said.ask.about, said.person, said.delivery)
        return await self._told(said, taken_line(alias, said.person))

    async def _list(self, said: Said) -> Message:
        return alias_list(await self._aliases.all(said.person))

    async def _told(self, said: Said, line: str) -> Message:
        """Tell the channel, and whoever gave the command that it is recorded."""
        told = await self._announcements.say(said.channel, message(line, [section(line)]))
        own = TOLD_TO_CHANNEL if told else line
        return message(own, [section(own)])
