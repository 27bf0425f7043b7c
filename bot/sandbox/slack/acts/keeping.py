"""What people do to messages and channels themselves, of which the app is told nothing."""

from __future__ import annotations

from bot.sandbox.slack.acts.access import Access
from bot.sandbox.slack.acts.result import Result
from bot.sandbox.slack.deliveries import NOT_DELIVERED
from bot.sandbox.slack.records import Refused
from bot.sandbox.slack.workspace import Workspace


class Keeping:
    """Deleting messages, archiving channels."""

    def __init__(self, workspace: Workspace, access: Access) -> None:
        self._workspace = workspace
        self._access = access

    async def delete(self, user: str, channel_name: str, ts: str) -> Result:
        """Delete one's own message or one of the app's, as an owner may; what one alone sees is dismissed."""
        person = self._access.person(user)
        message = self._access.message(person, self._access.channel(person, channel_name), ts)
        if message.user != person.id and message.bot_id is None and message.ephemeral_to is None:
            raise Refused("cant_delete_message", f"{person.role} cannot delete what somebody else wrote")
        self._workspace.delete(message)
        return Result(NOT_DELIVERED)

    async def archive(self, user: str, channel_name: str, *, archived: bool) -> Result:
        """Archive a channel or open it again; guests and people of other companies cannot."""
        person = self._access.person(user)
        channel = self._access.channel(person, channel_name)
        if channel.is_im or person.is_restricted or person.is_ultra_restricted or person.is_stranger:
            raise Refused("restricted_action", f"{person.role} cannot archive this conversation")
        channel.is_archived = archived
        self._workspace.changed()
        return Result(NOT_DELIVERED)
