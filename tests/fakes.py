"""The ports' test doubles that hold what they know in plain sight."""

from bot.errors import DirectoryUnavailable
from bot.model import Actor
from bot.policy import Group
from bot.ports import Channel


class FakeDirectory:
    """
    A directory of what a test puts into it.

    `failure`, while set, is raised by every look-up; `asked` has each look-up with whether it had to be fresh.
    """

    def __init__(
        self,
        people: dict[str, Actor] | None = None,
        groups: dict[str, frozenset[str]] | None = None,
        channels: dict[str, Channel] | None = None,
    ) -> None:
        self.people = people if people is not None else {}
        self.groups = groups if groups is not None else {}
        self.channels = channels if channels is not None else {}
        self.failure: DirectoryUnavailable | None = None
        self.asked: list[tuple[str, str, bool]] = []

    async def person(self, id_: str, *, fresh: bool = False) -> Actor:
        """Return a person by id; raise DirectoryUnavailable for nobody."""
        self._note("person", id_, fresh)
        if id_ not in self.people:
            raise DirectoryUnavailable(f"Slack knows nobody with the id {id_}.")
        return self.people[id_]

    async def groups_there_are(self) -> tuple[Group, ...]:
        """Return no group."""
        return ()

    async def members(self, group: str, *, fresh: bool = False) -> frozenset[str]:
        """Return the people of a group; raise DirectoryUnavailable for none."""
        self._note("members", group, fresh)
        found = self.groups.get(group.removeprefix("@"))
        if found is None:
            raise DirectoryUnavailable(f"There is no user group {group}.")
        return found

    async def channel(self, id_: str) -> Channel:
        """Return a channel; raise DirectoryUnavailable for none."""
        self._note("channel", id_, False)
        if id_ not in self.channels:
            raise DirectoryUnavailable("I cannot see that channel.")
        return self.channels[id_]

    def _note(self, what: str, key: str, fresh: bool) -> None:
        self.asked.append((what, key, fresh))
        if self.failure is not None:
            raise self.failure
