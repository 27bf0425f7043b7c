"""Turns what a person types into the form in which Slack keeps and delivers text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.sandbox.slack.workspace import Workspace

_AT_NAME = re.compile(r"(?<![\w<@])@([a-z0-9][a-z0-9._-]*)", re.IGNORECASE)
_HASH_NAME = re.compile(r"(?<![\w<#&])#([a-z0-9][a-z0-9_-]*)", re.IGNORECASE)


def escape(text: str) -> str:
    """Escape exactly the three characters Slack escapes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def resolve(workspace: Workspace, escaped: str, *, labels: bool) -> str:
    """
    Replace @names, @groups and #channels by Slack's references.

    Slash commands with `should_escape` carry a label (`<@U…|name>`), messages do not for people.
    """

    def at(match: re.Match[str]) -> str:
        name = match[1].rstrip(".-_").lower()
        rest = match[1][len(name) :]
        for person in workspace.people.values():
            if person.name == name:
                return f"<@{person.id}|{name}>{rest}" if labels else f"<@{person.id}>{rest}"
        for group in workspace.groups.values():
            if group.handle == name:
                return f"<!subteam^{group.id}|@{name}>{rest}" if labels else f"<!subteam^{group.id}>{rest}"
        return match[0]

    def channel(match: re.Match[str]) -> str:
        for found in workspace.channels.values():
            if found.name == match[1].lower() and not found.is_im:
                return f"<#{found.id}|{found.name}>"
        return match[0]

    return _HASH_NAME.sub(channel, _AT_NAME.sub(at, escaped))
