"""The JSON in which Slack shows people, channels, messages and views."""

from __future__ import annotations

from typing import Any

from bot.sandbox.slack.records import Channel, JsonObject, Message, Person, UserGroup
from bot.sandbox.slack.values import state_of
from bot.sandbox.slack.views import View
from bot.sandbox.slack.workspace import Workspace

NO_FALLBACK = "This content can't be displayed."
"""What Slack puts into `text` where a message has blocks alone."""


def user_object(person: Person, *, with_email: bool) -> JsonObject:
    """
    Return a user as `users.info` does.

    `with_email` is for tokens with `users:read.email`.
    """
    profile: JsonObject = {"real_name": person.real_name, "display_name": person.name, "team": person.team_id}
    if person.is_bot:
        profile["bot_id"] = person.bot_id
    elif with_email and person.email:
        profile["email"] = person.email
    shape: JsonObject = {
        "id": person.id,
        "team_id": person.team_id,
        "name": person.name,
        "deleted": person.deleted,
        "profile": profile,
        "is_bot": person.is_bot,
        "is_app_user": False,
        "updated": 1_760_000_000,
    }
    if person.deleted:
        return shape
    return {**shape, **_living(person)}


def _living(person: Person) -> JsonObject:
    flags: JsonObject = {"is_stranger": True} if person.is_stranger else {}
    return {
        "real_name": person.real_name,
        "tz": person.tz,
        "tz_label": person.tz_label,
        "tz_offset": person.tz_offset,
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": person.is_restricted or person.is_ultra_restricted,
        "is_ultra_restricted": person.is_ultra_restricted,
        "is_email_confirmed": True,
        **flags,
    }


def channel_object(workspace: Workspace, channel: Channel) -> JsonObject:
    """Return a conversation as `conversations.info` does."""
    shape: JsonObject = {
        "id": channel.id,
        "created": 1_760_000_000,
        "is_im": channel.is_im,
        "is_archived": channel.is_archived,
        "is_org_shared": False,
        "context_team_id": workspace.team.id,
    }
    if channel.is_im:
        return {**shape, "user": channel.with_user, "is_user_deleted": False, "priority": 0}
    teams = sorted({workspace.people[user].team_id for user in channel.members if user in workspace.people})
    return {
        **shape,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_general": False,
        "is_shared": channel.is_ext_shared,
        "is_ext_shared": channel.is_ext_shared,
        "is_pending_ext_shared": False,
        "shared_team_ids": teams if channel.is_ext_shared else [workspace.team.id],
        "is_member": workspace.app.bot_user_id in channel.members,
        "num_members": len(channel.members),
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def group_object(workspace: Workspace, group: UserGroup, *, with_users: bool) -> JsonObject:
    """Return a user group as `usergroups.list` does."""
    shape: JsonObject = {
        "id": group.id,
        "team_id": workspace.team.id,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "description": "",
        "is_external": False,
        "date_delete": 0,
        "user_count": len(group.users),
    }
    return {**shape, "users": list(group.users)} if with_users else shape


def message_object(workspace: Workspace, message: Message) -> JsonObject:
    """Return a message as it stands in answers and payloads."""
    shape: JsonObject = {
        "type": "message",
        "user": message.user,
        "ts": message.ts,
        "text": message.text,
        "team": workspace.team.id,
        "blocks": message.blocks,
    }
    if message.bot_id:
        shape |= {"bot_id": message.bot_id, "app_id": workspace.app.api_app_id}
    if message.thread_ts:
        shape["thread_ts"] = message.thread_ts
    if message.edited_at is not None:
        shape["edited"] = {"user": message.user, "ts": f"{message.edited_at:.6f}"}
    if message.metadata is not None:
        shape["metadata"] = message.metadata
    return shape


def view_object(workspace: Workspace, view: View, values: dict[str, Any] | None = None) -> JsonObject:
    """
    Return a view as it stands in answers and payloads.

    `values` is its state where it is known.
    """
    definition = view.definition
    shape: JsonObject = {
        "id": view.id,
        "team_id": workspace.team.id,
        "type": definition["type"],
        "blocks": view.blocks,
        "private_metadata": definition.get("private_metadata", ""),
        "callback_id": definition.get("callback_id", ""),
        "state": {"values": values if values is not None else state_of(view.blocks, {}, {})},
        "hash": view.hash,
        "title": definition.get("title"),
        "clear_on_close": definition.get("clear_on_close", False),
        "notify_on_close": definition.get("notify_on_close", False),
        "close": definition.get("close"),
        "submit": definition.get("submit"),
        "previous_view_id": view.previous_id,
        "root_view_id": view.root_id,
        "app_id": workspace.app.api_app_id,
        "external_id": definition.get("external_id", ""),
        "app_installed_team_id": workspace.team.id,
        "bot_id": workspace.app.bot_id,
    }
    return shape
