"""Turns a workspace into JSON data and back, for a restart."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.records import Channel, Message, Version
from bot.sandbox.slack.views import View

if TYPE_CHECKING:
    from bot.sandbox.slack.workspace import Workspace

FORM = 1
"""The form of the dump; another number is refused."""

_VERSIONS_KEPT = 20


def dump_workspace(workspace: Workspace) -> dict[str, Any]:
    """
    Return channels, messages with their versions, and homes.

    Ephemerals, modals and triggers do not survive.
    """
    return {
        "form": FORM,
        "team_id": workspace.team.id,
        "channels": [asdict(channel) for channel in workspace.channels.values()],
        "messages": [_message(one) for one in workspace.all_messages() if one.ephemeral_to is None],
        "homes": [_home(view) for view in workspace.views.homes.values()],
    }


def _message(message: Message) -> dict[str, Any]:
    """Return a message as it stands, its blocks not copied: they are written at once, and nobody alters them."""
    data = {one.name: getattr(message, one.name) for one in fields(Message)}
    return {**data, "versions": [_version(one) for one in message.versions[-_VERSIONS_KEPT:]]}


def _version(version: Version) -> dict[str, Any]:
    return {one.name: getattr(version, one.name) for one in fields(Version)}


def _home(view: View) -> dict[str, Any]:
    return {"id": view.id, "user": view.user, "definition": view.definition, "hash": view.hash}


def load_workspace(workspace: Workspace, data: Any) -> None:
    """
    Put a dump back.

    Raises ValueError for another form or another workspace.
    """
    if not isinstance(data, dict) or data.get("form") != FORM or data.get("team_id") != workspace.team.id:
        raise ValueError("this is not a dump of this sandbox workspace")
    try:
        for item in data["channels"]:
            channel = Channel(**item)
            workspace.channels[channel.id] = channel
        for item in data["messages"]:
            versions = [Version(**version) for version in item["versions"]]
            workspace.restore(Message(**{**item, "versions": versions}))
        for item in data["homes"]:
            workspace.views.homes[item["user"]] = View(root_id=item["id"], **item)
    except (KeyError, TypeError) as error:
        raise ValueError("this dump is damaged") from error
    workspace.changed()
