"""
What the command line works with: the same service as in Slack, and whether Slack can be asked who people are.

With Slack away nobody's standing can be read. What is trusted then is two things alone: the machine's word on who sits
here, and the policy file's word on which person that is. That person counts as a member; of nobody else anything
is known, nor who is in a group, so that a rule which speaks of groups cannot be decided and refuses. What is left is
what contains, and break-glass for people whom the policy names one by one, and this process carries it out itself,
as a worker could not read the rights it has to read. Everything else waits for Slack.
"""

from dataclasses import dataclass

from bot.breakglass import AfterReviews
from bot.errors import DirectoryUnavailable
from bot.execution.jobs import Execution
from bot.looking.answering import Looking
from bot.model import Actor, Standing
from bot.policy import Group
from bot.ports import Channel, Directory
from bot.service import Service
from bot.store import ChangeStore
from bot.terminal.account import Account


@dataclass(frozen=True, slots=True)
class Desk:
    """
    The bot's core for one person at a terminal.

    `person` is a Slack id, empty for those who only look. `slack` tells whether Slack answers; where it does not,
    `execution` carries out what may be done without it. `channel` is where cards of requests without a channel go.
    """

    service: Service
    changes: ChangeStore
    reviews: AfterReviews
    directory: Directory
    execution: Execution
    looking: Looking
    account: Account
    person: str
    slack: bool
    channel: str = ""


class Vouched:
    """A directory that knows one person, by the policy file's word, and refuses every other question."""

    def __init__(self, person: str, name: str) -> None:
        self._actor = Actor(id=person, name=name, standing=Standing.MEMBER)

    async def person(self, id_: str, *, fresh: bool = False) -> Actor:
        """Return the one person."""
        del fresh
        if id_ != self._actor.id:
            raise _away(id_)
        return self._actor

    async def members(self, group: str, *, fresh: bool = False) -> frozenset[str]:
        """Refuse: who is in a group, only Slack knows."""
        del fresh
        raise _away(f"who is in {group}")

    async def groups_there_are(self) -> tuple[Group, ...]:
        """Refuse."""
        raise _away("which groups there are")

    async def channel(self, id_: str) -> Channel:
        """Refuse."""
        raise _away(id_)


class Anybody:
    """A directory for those who only look: they are nobody in particular, and in no group."""

    def __init__(self, name: str) -> None:
        self._name = name

    async def person(self, id_: str, *, fresh: bool = False) -> Actor:
        """Return nobody in particular."""
        del fresh
        return Actor(id=id_, name=self._name)

    async def members(self, group: str, *, fresh: bool = False) -> frozenset[str]:
        """Return nobody."""
        del group, fresh
        return frozenset()

    async def groups_there_are(self) -> tuple[Group, ...]:
        """Return none."""
        return ()

    async def channel(self, id_: str) -> Channel:
        """Return one of which nothing is known."""
        return Channel(id=id_)


def _away(what: str) -> DirectoryUnavailable:
    return DirectoryUnavailable(f"Slack does not answer, so {what} cannot be read.", "Try again when it does.")
