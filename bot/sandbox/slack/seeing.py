"""What one person sees: channels with threads, a modal, the home."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bot.sandbox.slack.records import Channel, JsonObject, Message, Person
from bot.sandbox.slack.views import View
from bot.sandbox.slack.workspace import Workspace

GONE = "This message was deleted."


def workspace_json(workspace: Workspace) -> JsonObject:
    """Return the answer of `GET /sandbox/workspace`."""
    bot = workspace.app.bot_user_id
    return {
        "team": asdict(workspace.team),
        "app": asdict(workspace.app),
        "people": [_person(workspace, person) for person in workspace.people.values()],
        "channels": [
            {
                "id": channel.id,
                "name": channel.name,
                "topic": channel.topic,
                "is_private": channel.is_private,
                "is_ext_shared": channel.is_ext_shared,
                "bot_is_member": bot in channel.members,
                "members": list(channel.members),
            }
            for channel in workspace.channels.values()
            if not channel.is_im
        ],
        "groups": [{**asdict(group), "users": list(group.users)} for group in workspace.groups.values()],
        "commands": [
            {"command": one.command, "description": one.description, "usage_hint": one.usage_hint}
            for one in workspace.commands.values()
        ],
        "shortcuts": [asdict(one) for one in workspace.shortcuts.values()],
    }


def _person(workspace: Workspace, person: Person) -> JsonObject:
    groups = [group.id for group in workspace.groups.values() if person.id in group.users]
    shape = asdict(person)
    for hidden in ("tz_label", "bot_id", "is_ultra_restricted"):
        del shape[hidden]
    return {**shape, "can_act": person.can_act, "groups": groups}


def state_json(workspace: Workspace, person: Person, settings: JsonObject) -> JsonObject:
    """Return the answer of `GET /sandbox/state` for one person."""
    stack = workspace.views.stack(person.id)
    mine = [channel for channel in workspace.channels.values() if person.id in channel.members]
    return {
        "version": workspace.version,
        "now": workspace.now(),
        "as": person.id,
        "channels": [_channel(workspace, person, one) for one in sorted(mine, key=lambda one: one.is_im)],
        "modal": view_json(stack[-1]) if stack else None,
        "modal_depth": len(stack),
        "home": view_json(workspace.views.homes.get(person.id)),
        "notices": [asdict(notice) for notice in workspace.notices(person.id)],
        "settings": settings,
    }


def _channel(workspace: Workspace, person: Person, channel: Channel) -> JsonObject:
    return {
        "id": channel.id,
        "name": channel.name,
        "topic": channel.topic,
        "is_im": channel.is_im,
        "with": workspace.app.bot_user_id if channel.is_im else None,
        "is_private": channel.is_private,
        "is_ext_shared": channel.is_ext_shared,
        "is_archived": channel.is_archived,
        "bot_is_member": workspace.app.bot_user_id in channel.members,
        "messages": _threaded(workspace, workspace.messages(channel.id, as_user=person.id)),
    }


def _threaded(workspace: Workspace, messages: list[Message]) -> list[JsonObject]:
    roots = {one.ts: {**message_json(one), "replies": []} for one in messages if not one.is_reply}
    for message in messages:
        if not message.is_reply:
            continue
        ts = str(message.thread_ts)
        if ts not in roots:
            roots[ts] = _tombstone(workspace.message(message.channel, ts) or message, ts)
        roots[ts]["replies"].append(message_json(message))
    return [roots[ts] for ts in sorted(roots)]


def _tombstone(message: Message, ts: str) -> JsonObject:
    """Return what Slack leaves of a deleted message that has replies."""
    nothing: JsonObject = {"ts": ts, "thread_ts": None, "text": GONE, "blocks": [], "edited": False, "deleted": True}
    return {**message_json(message), **nothing, "replies": []}


def message_json(message: Message) -> JsonObject:
    """Return a MESSAGE of the people API, without its replies."""
    return {
        "ts": message.ts,
        "channel": message.channel,
        "user": message.user,
        "bot_id": message.bot_id,
        "text": message.text,
        "blocks": message.blocks,
        "thread_ts": message.thread_ts,
        "ephemeral": message.ephemeral_to is not None,
        "edited": message.edited_at is not None,
        "edited_at": message.edited_at,
        "versions": len(message.versions),
        "in_channel_from_command": message.command,
        "deleted": False,
    }


def view_json(view: View | None) -> JsonObject | None:
    """Return a VIEW of the people API."""
    if view is None:
        return None
    definition = view.definition
    shape: dict[str, Any] = {key: definition.get(key) for key in ("type", "title", "submit", "close")}
    return {
        "id": view.id,
        **shape,
        "callback_id": definition.get("callback_id", ""),
        "blocks": view.blocks,
        "hash": view.hash,
        "values": view.values,
        "errors": view.errors,
    }
