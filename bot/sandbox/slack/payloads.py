"""Builds the bodies Slack delivers, as its documentation shows them."""

from __future__ import annotations

from typing import Any

from bot.sandbox.slack.records import Channel, JsonObject, Message, Person, Shortcut, new_id
from bot.sandbox.slack.shapes import message_object, view_object
from bot.sandbox.slack.views import View
from bot.sandbox.slack.workspace import Workspace

VERIFICATION_TOKEN = "sandbox-verification-token"  # noqa: S105  the deprecated field every payload carries, checked by nobody


class Payloads:
    """
    Builds payloads for one workspace.

    `base_url` is where its own endpoints are reached.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.base_url = ""

    def command(self, person: Person, channel: Channel, command: str, text: str) -> dict[str, str]:
        """Return the form of a slash command; `text` is escaped already."""
        workspace = self._workspace
        response = workspace.response_urls.issue(person.id, channel.id, command=f"{command} {text}".rstrip())
        return {
            "token": VERIFICATION_TOKEN,
            "team_id": person.team_id,
            "team_domain": workspace.team.domain,
            "channel_id": channel.id,
            "channel_name": "directmessage" if channel.is_im else channel.name,
            "user_id": person.id,
            "user_name": person.name,
            "command": command,
            "text": text,
            "api_app_id": workspace.app.api_app_id,
            "is_enterprise_install": "false",
            "response_url": self._response_url(response.token),
            "trigger_id": workspace.triggers.issue(person.id),
        }

    def message_action_press(
        self, person: Person, message: Message, action: JsonObject, values: dict[str, Any]
    ) -> JsonObject:
        """Return `block_actions` for an element pressed in a message."""
        workspace = self._workspace
        channel = workspace.channels[message.channel]
        response = workspace.response_urls.issue(person.id, channel.id, message_ts=message.ts)
        container: JsonObject = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": message.ephemeral_to is not None,
        }
        if message.thread_ts:
            container["thread_ts"] = message.thread_ts
        return {
            **self._common("block_actions", person),
            "container": container,
            "trigger_id": workspace.triggers.issue(person.id),
            "channel": _channel(channel),
            "message": message_object(workspace, message),
            "state": {"values": values},
            "response_url": self._response_url(response.token),
            "actions": [action],
        }

    def view_press(self, person: Person, view: View, action: JsonObject, values: dict[str, Any]) -> JsonObject:
        """Return `block_actions` for an element pressed in a modal or home."""
        workspace = self._workspace
        return {
            **self._common("block_actions", person),
            "container": {"type": "view", "view_id": view.id},
            "trigger_id": workspace.triggers.issue(person.id, view_id=view.id),
            "view": view_object(workspace, view, values),
            "actions": [action],
        }

    def submission(self, person: Person, view: View, values: dict[str, Any]) -> JsonObject:
        """Return `view_submission`."""
        workspace = self._workspace
        return {
            **self._common("view_submission", person),
            "trigger_id": workspace.triggers.issue(person.id, view_id=view.id),
            "view": view_object(workspace, view, values),
            "response_urls": [],
        }

    def closed(self, person: Person, view: View, *, is_cleared: bool) -> JsonObject:
        """Return `view_closed`."""
        return {
            **self._common("view_closed", person),
            "view": view_object(self._workspace, view),
            "is_cleared": is_cleared,
        }

    def suggestion(
        self, person: Person, place: Message | View, element: JsonObject, block_id: str, query: str
    ) -> JsonObject:
        """Return `block_suggestion` for what was typed into an external select."""
        shape = {
            **self._common("block_suggestion", person),
            "action_id": element["action_id"],
            "block_id": block_id,
            "value": query,
        }
        if isinstance(place, View):
            container: JsonObject = {"type": "view", "view_id": place.id}
            return {**shape, "container": container, "view": view_object(self._workspace, place)}
        channel = self._workspace.channels[place.channel]
        container = {"type": "message", "message_ts": place.ts, "channel_id": channel.id, "is_ephemeral": False}
        message = message_object(self._workspace, place)
        return {**shape, "container": container, "channel": _channel(channel), "message": message}

    def shortcut(self, person: Person, shortcut: Shortcut, message: Message | None) -> JsonObject:
        """Return `shortcut`, or `message_action` where it was used on a message."""
        workspace = self._workspace
        kind = "shortcut" if message is None else "message_action"
        shape = {
            **self._common(kind, person),
            "callback_id": shortcut.callback_id,
            "trigger_id": workspace.triggers.issue(person.id),
            "action_ts": workspace.new_ts(),
        }
        if message is None:
            return shape
        channel = workspace.channels[message.channel]
        response = workspace.response_urls.issue(person.id, channel.id, message_ts=message.ts)
        return {
            **shape,
            "channel": _channel(channel),
            "message": message_object(workspace, message),
            "message_ts": message.ts,
            "response_url": self._response_url(response.token),
        }

    def event(self, event: JsonObject, *, channel: Channel | None) -> JsonObject:
        """Return the envelope of an event."""
        workspace = self._workspace
        authorization = {
            "enterprise_id": None,
            "team_id": workspace.team.id,
            "user_id": workspace.app.bot_user_id,
            "is_bot": True,
            "is_enterprise_install": False,
        }
        return {
            "token": VERIFICATION_TOKEN,
            "team_id": workspace.team.id,
            "api_app_id": workspace.app.api_app_id,
            "event": event,
            "type": "event_callback",
            "event_id": new_id("Ev0"),
            "event_time": int(workspace.now()),
            "authorizations": [authorization],
            "is_ext_shared_channel": channel is not None and channel.is_ext_shared,
            "event_context": f"4-{new_id('', 20)}",
        }

    def mention(self, person: Person, message: Message) -> JsonObject:
        """Return `app_mention` for a message that names the bot."""
        channel = self._workspace.channels[message.channel]
        event: JsonObject = {
            "type": "app_mention",
            "user": person.id,
            "text": message.text,
            "ts": message.ts,
            "client_msg_id": new_id("", 20).lower(),
            "team": person.team_id,
            "channel": channel.id,
            "event_ts": message.ts,
        }
        if message.thread_ts:
            event["thread_ts"] = message.thread_ts
        return self.event(event, channel=channel)

    def home_opened(self, person: Person, channel: Channel) -> JsonObject:
        """Return `app_home_opened`; it carries the view where one was published."""
        home = self._workspace.views.homes.get(person.id)
        event: JsonObject = {
            "type": "app_home_opened",
            "user": person.id,
            "channel": channel.id,
            "tab": "home",
            "event_ts": self._workspace.new_ts(),
        }
        if home is not None:
            event["view"] = view_object(self._workspace, home)
        return self.event(event, channel=None)

    def member_joined(self, user: str, channel: Channel, inviter: str) -> JsonObject:
        """Return `member_joined_channel`."""
        event: JsonObject = {
            "type": "member_joined_channel",
            "user": user,
            "channel": channel.id,
            "channel_type": "G" if channel.is_private else "C",
            "team": self._workspace.team.id,
            "inviter": inviter,
            "event_ts": self._workspace.new_ts(),
        }
        return self.event(event, channel=channel)

    def action(self, block: JsonObject, element: JsonObject, shape: JsonObject) -> JsonObject:
        """Return the entry of `actions` for an element and its new state."""
        found: JsonObject = {"action_id": element["action_id"], "block_id": block["block_id"], "type": element["type"]}
        if element["type"] == "button":
            text = element["text"]
            found["text"] = {**text, "emoji": text.get("emoji", True)}
            found |= {key: element[key] for key in ("value", "url", "style") if key in element}
        else:
            found |= {key: value for key, value in shape.items() if key != "type"}
            found |= {key: element[key] for key in ("placeholder",) if key in element}
        return {**found, "action_ts": self._workspace.new_ts()}

    def _common(self, kind: str, person: Person) -> JsonObject:
        workspace = self._workspace
        team: JsonObject = {"id": workspace.team.id, "domain": workspace.team.domain}
        return {
            "type": kind,
            "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team_id},
            "api_app_id": workspace.app.api_app_id,
            "token": VERIFICATION_TOKEN,
            "team": team,
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _response_url(self, token: str) -> str:
        return f"{self.base_url}/response/{token}"


def _channel(channel: Channel) -> JsonObject:
    return {"id": channel.id, "name": "directmessage" if channel.is_im else channel.name}
