"""One call of the Web API: its arguments and what it may do."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.sandbox.slack.limits.surfaces import MAX_TEXT, message_problems
from bot.sandbox.slack.records import Channel, JsonObject, SlackError
from bot.sandbox.slack.tickets import Tickets
from bot.sandbox.slack.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Call:
    """The arguments of one call, the scopes its token was granted, and the tickets for web sockets."""

    workspace: Workspace
    arguments: JsonObject
    scopes: frozenset[str]
    base_url: str
    tickets: Tickets

    def text(self, name: str) -> str:
        """Return a text argument, empty where it is absent."""
        found = self.arguments.get(name)
        return "" if found is None else str(found)

    def flag(self, name: str) -> bool:
        """Return a boolean argument, also as forms write it."""
        return self.arguments.get(name) in (True, "true", "True", "1", 1)

    def needs(self, *scopes: str) -> None:
        """Refuse with `missing_scope` unless one of the scopes is granted."""
        if scopes and not self.scopes.intersection(scopes):
            raise SlackError("missing_scope", needed=",".join(scopes), provided=",".join(sorted(self.scopes)))

    def json(self, name: str, broken: str) -> Any:
        """
        Return an argument that is JSON, or JSON in a string.

        Raises SlackError(broken).
        """
        found = self.arguments.get(name)
        if not isinstance(found, str):
            return found
        try:
            return json.loads(found)
        except ValueError:
            raise SlackError(broken) from None

    def content(self) -> tuple[str, list[JsonObject] | None]:
        """
        Return a message's text and blocks within Slack's limits.

        Blocks are None where they are not given.
        """
        text = self.text("text")
        blocks = self.json("blocks", "invalid_blocks_format")
        if blocks is not None and not isinstance(blocks, list):
            raise SlackError("invalid_blocks_format")
        if not text.strip() and not blocks:
            raise SlackError("no_text")
        if len(text) > MAX_TEXT:
            raise SlackError("msg_too_long")
        problems = message_problems(blocks) if blocks else []
        if problems:
            raise SlackError("invalid_blocks", errors=problems, response_metadata={"messages": problems})
        return text, blocks

    def postable(self, named: str) -> Channel:
        """Return the channel to post to, by id, name or a person's id."""
        workspace = self.workspace
        person = workspace.people.get(named)
        if person is not None:
            if person.is_bot:
                raise SlackError("cannot_dm_bot")
            if not person.can_act or person.is_stranger:
                raise SlackError("channel_not_found")
            return workspace.dm(person.id)
        channel = self.writable(named)
        if workspace.app.bot_user_id not in channel.members:
            raise SlackError("not_in_channel")
        return channel

    def writable(self, named: str) -> Channel:
        """
        Return a channel the app can see, by id or name, in which messages may change.

        Raises SlackError(channel_not_found or is_archived).
        """
        channel = self.known_channel(named)
        if channel.is_archived:
            raise SlackError("is_archived")
        return channel

    def known_channel(self, named: str) -> Channel:
        """
        Return a channel the app can see, by id or name.

        Raises SlackError(channel_not_found).
        """
        workspace = self.workspace
        channel = workspace.channels.get(named)
        if channel is None and named.startswith("#"):
            channel = next((one for one in workspace.channels.values() if one.name == named[1:]), None)
        if channel is None or (channel.is_private and workspace.app.bot_user_id not in channel.members):
            raise SlackError("channel_not_found")
        return channel


@dataclass(frozen=True, slots=True)
class Method:
    """
    A method of the Web API: what answers it, its scopes and its tier.

    One of the scopes is enough. `app_level` is for those that take the app's own token instead of the bot's.
    """

    answer: Callable[[Call], JsonObject]
    scopes: tuple[str, ...] = ()
    tier: str = "tier3"
    app_level: bool = False
