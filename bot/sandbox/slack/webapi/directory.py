"""Who and what there is: users, groups, conversations, the bot."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import Any

from bot.sandbox.slack.records import Channel, JsonObject, Person, SlackError
from bot.sandbox.slack.shapes import channel_object, group_object, user_object
from bot.sandbox.slack.webapi.calls import Call, Method

_CHANNEL_SCOPES = ("channels:read", "groups:read", "im:read", "mpim:read")


def api_test(call: Call) -> JsonObject:
    """`api.test`: says back what it was told, and fails where asked to."""
    arguments = {key: value for key, value in call.arguments.items() if key != "token"}
    if "error" in arguments:
        raise SlackError(str(arguments["error"]), args=arguments)
    return {"args": arguments}


def auth_test(call: Call) -> JsonObject:
    """`auth.test`: whose token this is."""
    workspace = call.workspace
    return {
        "url": f"{call.base_url}/",
        "team": workspace.team.name,
        "user": workspace.people[workspace.app.bot_user_id].name,
        "team_id": workspace.team.id,
        "user_id": workspace.app.bot_user_id,
        "bot_id": workspace.app.bot_id,
        "is_enterprise_install": False,
    }


def bots_info(call: Call) -> JsonObject:
    """`bots.info`."""
    app = call.workspace.app
    if call.text("bot") != app.bot_id:
        raise SlackError("bot_not_found")
    shape = {"id": app.bot_id, "deleted": False, "name": app.name, "app_id": app.api_app_id, "user_id": app.bot_user_id}
    return {"bot": shape}


def users_info(call: Call) -> JsonObject:
    """`users.info`."""
    person = call.workspace.people.get(call.text("user"))
    if person is None:
        raise SlackError("user_not_found")
    return {"user": _user(call, person)}


def users_list(call: Call) -> JsonObject:
    """`users.list`, page by page."""
    found, cursor = _page(call, [_user(call, person) for person in call.workspace.people.values()])
    return {"members": found, "cache_ts": int(call.workspace.now()), "response_metadata": {"next_cursor": cursor}}


def usergroups_list(call: Call) -> JsonObject:
    """`usergroups.list`."""
    with_users = call.flag("include_users")
    groups = call.workspace.groups.values()
    return {"usergroups": [group_object(call.workspace, group, with_users=with_users) for group in groups]}


def usergroups_users_list(call: Call) -> JsonObject:
    """`usergroups.users.list`."""
    group = call.workspace.groups.get(call.text("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": list(group.users)}


def conversations_info(call: Call) -> JsonObject:
    """`conversations.info`; its scope depends on the kind of channel."""
    channel = call.workspace.channels.get(call.text("channel"))
    if channel is None:
        raise SlackError("channel_not_found")
    call.needs(_scope(channel))
    shape = channel_object(call.workspace, call.known_channel(channel.id))
    if not call.flag("include_num_members"):
        shape.pop("num_members", None)
    return {"channel": shape}


def conversations_list(call: Call) -> JsonObject:
    """`conversations.list` of the types asked for, else of public ones."""
    types = set((call.text("types") or "public_channel").split(","))
    bot = call.workspace.app.bot_user_id
    shown = [
        channel
        for channel in call.workspace.channels.values()
        if _type(channel) in types and (not channel.is_private or bot in channel.members)
    ]
    for channel in shown:
        call.needs(_scope(channel))
    found, cursor = _page(call, [channel_object(call.workspace, channel) for channel in shown])
    return {"channels": found, "response_metadata": {"next_cursor": cursor}}


def conversations_open(call: Call) -> JsonObject:
    """`conversations.open`: the DM with one person."""
    users = call.text("users").split(",")
    if len(users) != 1 or not users[0]:
        raise SlackError("users_list_not_supplied" if not users[0] else "method_not_supported_for_channel_type")
    person = call.workspace.people.get(users[0])
    if person is None:
        raise SlackError("user_not_found")
    if person.deleted:
        raise SlackError("user_disabled")
    channel = call.postable(person.id)
    shape = channel_object(call.workspace, channel) if call.flag("return_im") else {"id": channel.id}
    return {"channel": shape}


def connections_open(call: Call) -> JsonObject:
    """`apps.connections.open`: an address for one web socket of Socket Mode."""
    app = hashlib.sha256(call.workspace.app.api_app_id.encode()).hexdigest()
    base = call.base_url.replace("http", "ws", 1)
    return {"url": f"{base}/link/?ticket={call.tickets.issue()}&app_id={app}"}


def _user(call: Call, person: Person) -> JsonObject:
    return user_object(person, with_email="users:read.email" in call.scopes)


def _type(channel: Channel) -> str:
    if channel.is_im:
        return "im"
    return "private_channel" if channel.is_private else "public_channel"


def _scope(channel: Channel) -> str:
    return {"im": "im:read", "private_channel": "groups:read"}.get(_type(channel), "channels:read")


def _page(call: Call, items: Sequence[Any]) -> tuple[list[Any], str]:
    limit = int(call.text("limit") or 0) if call.text("limit").isdigit() else 0
    if not limit and not call.text("cursor"):
        return list(items), ""
    try:
        start = int(base64.b64decode(call.text("cursor"), validate=True).decode() or 0)
    except (binascii.Error, ValueError):
        raise SlackError("invalid_cursor") from None
    end = start + (limit or 100)
    cursor = base64.b64encode(str(end).encode()).decode() if end < len(items) else ""
    return list(items[start:end]), cursor


METHODS = {
    "api.test": Method(api_test, (), "tier4"),
    "auth.test": Method(auth_test, (), "special"),
    "bots.info": Method(bots_info, ("users:read",), "tier3"),
    "users.info": Method(users_info, ("users:read",), "tier4"),
    "users.list": Method(users_list, ("users:read",), "tier2"),
    "usergroups.list": Method(usergroups_list, ("usergroups:read",), "tier2"),
    "usergroups.users.list": Method(usergroups_users_list, ("usergroups:read",), "tier2"),
    "conversations.info": Method(conversations_info, _CHANNEL_SCOPES, "tier3"),
    "conversations.list": Method(conversations_list, _CHANNEL_SCOPES, "tier2"),
    "conversations.open": Method(conversations_open, ("im:write",), "tier3"),
    "apps.connections.open": Method(connections_open, ("connections:write",), "tier1", app_level=True),
}
