"""Whom a change's card is for: where it may stand, and who has not answered."""

import contextlib

from bot.changes.record import ChangeRequest
from bot.errors import DirectoryUnavailable
from bot.ports import Directory


class Audience:
    """Reads from the directory whom a change is shown to, and where."""

    def __init__(self, directory: Directory, approvals_channel: str) -> None:
        self._directory = directory
        self._approvals_channel = approvals_channel

    async def channels(self, change: ChangeRequest) -> list[str]:
        """Return where the card may stand, the best first: never in a channel shared with another company."""
        channels = []
        if change.origin.channel and not await self._shared(change.origin.channel):
            channels.append(change.origin.channel)
        if self._approvals_channel:
            channels.append(self._approvals_channel)
        return [*dict.fromkeys(channels), change.requester.id]

    async def unanswered(self, change: ChangeRequest) -> tuple[str, ...]:
        """Return who may sign and has not; without the groups that cannot be read."""
        people = list(change.decision.approvers.users)
        for group in change.decision.approvers.groups:
            with contextlib.suppress(DirectoryUnavailable):
                people += sorted(await self._directory.members(group))
        out = {change.requester.id, *(a.id for a in change.barred), *(vote.by.id for vote in change.approvals)}
        return tuple(dict.fromkeys(id_ for id_ in people if id_ not in out))

    async def _shared(self, channel: str) -> bool:
        """Tell whether a channel is shared; one that cannot be read counts as shared."""
        try:
            return (await self._directory.channel(channel)).shared
        except DirectoryUnavailable:
            return True
