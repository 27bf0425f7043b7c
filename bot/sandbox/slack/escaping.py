"""Turns what a person types into the text Slack keeps and delivers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.sandbox.slack.workspace import Workspace

_URL = re.compile(r"(https?://[^\s<>|]*[^\s<>|.,;:!?)\]'\"])")
_AT_NAME = re.compile(r"(?<![\w<@])@([a-z0-9][a-z0-9._-]*)", re.IGNORECASE)
_HASH_NAME = re.compile(r"(?<![\w<#&])#([a-z0-9][a-z0-9_-]*)", re.IGNORECASE)


def escape(text: str) -> str:
    """Escape exactly the three characters Slack escapes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def resolve(workspace: Workspace, escaped: str, *, labels: bool) -> str:
    """
    Replace names, channels and web addresses by Slack's references.

    Slash commands with `should_escape` label people (`<@U…|name>`), messages do not.
    """
    parts = _URL.split(escaped)
    for index, part in enumerate(parts):
        if index % 2:
            parts[index] = f"<{part}>"
        else:
            named = _AT_NAME.sub(lambda match: _at(workspace, match, labels=labels), part)
            parts[index] = _HASH_NAME.sub(lambda match: _channel(workspace, match), named)
    return "".join(parts)


def _at(workspace: Workspace, match: re.Match[str], *, labels: bool) -> str:
    name = match[1].rstrip(".-_").lower()
    rest = match[1][len(name) :]
    for person in workspace.people.values():
        if person.name == name:
            return (f"<@{person.id}|{name}>" if labels else f"<@{person.id}>") + rest
    for group in workspace.groups.values():
        if group.handle == name:
            return (f"<!subteam^{group.id}|@{name}>" if labels else f"<!subteam^{group.id}>") + rest
    return match[0]


def _channel(workspace: Workspace, match: re.Match[str]) -> str:
    for channel in workspace.channels.values():
        if channel.name == match[1].lower() and not channel.is_im:
            return f"<#{channel.id}|{channel.name}>"
    return match[0]
