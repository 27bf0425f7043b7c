"""The chat methods: post, update, delete, ephemeral, permalink."""

from __future__ import annotations

from bot.sandbox.slack.records import Channel, JsonObject, Message, SlackError
from bot.sandbox.slack.shapes import NO_FALLBACK, message_object
from bot.sandbox.slack.webapi.calls import Call, Method


def post_message(call: Call) -> JsonObject:
    """`chat.postMessage`."""
    channel = call.postable(call.text("channel"))
    text, blocks = call.content()
    metadata = call.json("metadata", "invalid_metadata_format")
    message = call.workspace.post(
        channel.id,
        call.workspace.app.bot_user_id,
        text or NO_FALLBACK,
        blocks=blocks or (),
        thread_ts=_thread(call, channel),
        metadata=metadata if isinstance(metadata, dict) else None,
    )
    return {"channel": channel.id, "ts": message.ts, "message": message_object(call.workspace, message)}


def post_ephemeral(call: Call) -> JsonObject:
    """`chat.postEphemeral`."""
    channel = call.writable(call.text("channel"))
    if call.workspace.app.bot_user_id not in channel.members:
        raise SlackError("not_in_channel")
    user = call.text("user")
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    text, blocks = call.content()
    message = call.workspace.post(
        channel.id,
        call.workspace.app.bot_user_id,
        text or NO_FALLBACK,
        blocks=blocks or (),
        thread_ts=_thread(call, channel),
        ephemeral_to=user,
    )
    return {"message_ts": message.ts}


def update(call: Call) -> JsonObject:
    """
    `chat.update`.

    Blocks that are not given stay as they are, an empty list removes them.
    """
    message = _own_message(call, "cant_update_message")
    if call.arguments.get("blocks") is None and not call.text("text").strip():
        raise SlackError("no_text")
    text, blocks = call.content()
    call.workspace.edit(message, text or message.text, message.blocks if blocks is None else blocks)
    shape = message_object(call.workspace, message)
    return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": shape}


def delete(call: Call) -> JsonObject:
    """`chat.delete`."""
    message = _own_message(call, "cant_delete_message")
    call.workspace.delete(message)
    return {"channel": message.channel, "ts": message.ts}


def permalink(call: Call) -> JsonObject:
    """`chat.getPermalink`; the link leads to the sandbox's page."""
    channel = call.known_channel(call.text("channel"))
    message = _visible(call, channel, call.text("message_ts"))
    link = f"{call.base_url}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def _thread(call: Call, channel: Channel) -> str | None:
    thread_ts = call.text("thread_ts")
    if not thread_ts:
        return None
    root = call.workspace.message(channel.id, thread_ts)
    if root is None or root.ephemeral_to is not None:
        raise SlackError("thread_not_found")
    return root.thread_ts or root.ts


def _visible(call: Call, channel: Channel, ts: str) -> Message:
    message = call.workspace.message(channel.id, ts)
    if message is None or message.deleted or message.ephemeral_to is not None:
        raise SlackError("message_not_found")
    return message


def _own_message(call: Call, foreign: str) -> Message:
    message = _visible(call, call.writable(call.text("channel")), call.text("ts"))
    if message.user != call.workspace.app.bot_user_id:
        raise SlackError(foreign)
    return message


METHODS = {
    "chat.postMessage": Method(post_message, ("chat:write",), "post"),
    "chat.postEphemeral": Method(post_ephemeral, ("chat:write",), "tier4"),
    "chat.update": Method(update, ("chat:write",), "tier3"),
    "chat.delete": Method(delete, ("chat:write",), "tier3"),
    "chat.getPermalink": Method(permalink, (), "special"),
}
