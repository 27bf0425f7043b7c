"""
Beginning panels and watches: who may, where, and about what.

A panel is for full members and for channels of this company alone. Showing an environment is reading; each press on
it is asked about anew. Binding a channel, which also moves what commands mean there, is the binding's own matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from bot.actions import BY_NAME
from bot.controls import Controls, Said
from bot.errors import AskAgain, NeedsEnvironment, NotPermitted, NotUnderstood
from bot.grammar.command import Command
from bot.grammar.lexicon import PREPOSITIONS
from bot.grammar.parser import parse
from bot.model import Actor, Environment, Target
from bot.panel.boards import Board, Boards, Watch
from bot.ports import Channel, Directory, Provider
from bot.resolver import Resolver
from bot.rights import Rights

_PAUSE = BY_NAME["rollout.pause"]
_LIKE = f"{_PAUSE.verb} {_PAUSE.noun} "


@dataclass(frozen=True, slots=True)
class Wanted:
    """A panel that somebody wants: what it is about (None: nothing yet), whether it was named, and the choices."""

    by: Actor
    where: Environment | None
    named: bool
    choices: tuple[Environment, ...] = ()


class Openings:
    """Answers who may have a panel or watch a rollout, and records where each stands."""

    def __init__(
        self,
        rights: Rights,
        resolver: Resolver,
        provider: Provider,
        controls: Controls,
        boards: Boards,
        directory: Directory,
        channels: Sequence[str],
    ) -> None:
        """Take the ports, and the patterns of channels that get a panel by themselves."""
        self._rights = rights
        self._resolver = resolver
        self._provider = provider
        self._controls = controls
        self._boards = boards
        self._directory = directory
        self._channels = tuple(channels)

    async def invited(self, channel: str, inviter: str) -> Wanted | None:
        """Return the panel that an invitation of the bot brings about; None where it brings none."""
        if not inviter:
            return None
        known = await self._directory.channel(channel)
        if known.shared or known.archived or not any(fnmatchcase(known.name, one) for one in self._channels):
            return None
        actor = await self._rights.person(inviter)
        where = await self._controls.bound(channel)
        return Wanted(actor, where, named=False, choices=() if where else await self._provider.environments())

    async def panel(self, said: Said) -> Wanted:
        """Return the panel that was asked for; raise what stands against it."""
        actor = await self._rights.person(said.person)
        await self.place(said.channel)
        words = said.ask.about.split()
        if words and words[0].casefold() in PREPOSITIONS:
            words = words[1:]
        if words:
            return Wanted(actor, await self._resolver.environment(" ".join(words)), named=True)
        where = await self._controls.bound(said.channel)
        return Wanted(actor, where, named=False, choices=() if where else await self._provider.environments())

    async def watched(self, said: Said) -> tuple[Actor, Target]:
        """Return the rollout that shall be watched; raise what stands against it."""
        actor = await self._rights.person(said.person)
        await self.place(said.channel)
        try:
            return actor, await self._target(said)
        except AskAgain as asked:
            asked.choices = to_watch(asked.choices)
            raise

    async def _target(self, said: Said) -> Target:
        """Find the rollout as a command to pause it would, as it has to be exactly one."""
        command = parse(f"{_LIKE}{_without_noun(said.ask.about)}")
        if not isinstance(command, Command):
            raise NotUnderstood(f"“{said.ask.about}” is no rollout.", "Type `/rollout watch checkout-v2 in prod`.")
        if command.environment is None:
            where = await self._controls.bound(said.channel)
            if where is None:
                raise NeedsEnvironment("Which environment?", f"Type `/rollout watch {said.ask.about} in prod`.")
            command = command.model_copy(update={"environment": where.name})
        return await self._resolver.target(command)

    async def place(self, channel: str) -> Channel:
        """Return a channel that may have a panel; raise NotPermitted and AskAgain for any other."""
        if not channel:
            raise AskAgain("This has no channel to stand in.", "Type the command in a channel I am in.")
        known = await self._directory.channel(channel)
        if known.shared:
            raise NotPermitted("This channel is shared with another company.", "Type it in a channel of your own.")
        if not known.member:
            raise AskAgain("I am not in this channel, so nothing can stand here.", "Type `/invite @countersign` first.")
        return known

    async def began_panel(self, wanted: Wanted, channel: str, ts: str) -> Board | None:
        """Record where a panel stands; return the one that the channel had, whose message is of no use any more."""
        before = await self._boards.panel(channel)
        board = Board(channel=channel, ts=ts, environment=wanted.where if wanted.named else None)
        await self._boards.post(board, wanted.by)
        return before

    async def began_watch(self, actor: Actor, target: Target, channel: str, ts: str) -> None:
        """Record where a watched rollout stands."""
        watch = Watch(channel=channel, ts=ts, target=target, begun_at=self._boards.now())
        await self._boards.begin(watch, actor)

    async def watching(self, channel: str, target: Target) -> Watch | None:
        """Return the watch that a rollout has in a channel already."""
        return await self._boards.watch(channel, target)

    def now(self) -> int:
        """Return the store's time in milliseconds."""
        return self._boards.now()


def _without_noun(text: str) -> str:
    first, _, rest = text.strip().partition(" ")
    return rest if first.casefold() in ("rollout", "rollouts") and rest else text


def to_watch(choices: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Return choices that watch what others would pause; what is anything else is no choice here."""
    return tuple(
        (label.removeprefix(f"{_PAUSE.words.title} "), f"watch {command.removeprefix(_LIKE)}")
        for label, command in choices
        if command.startswith(_LIKE)
    )
