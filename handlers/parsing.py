"""
Reads Slack's JSON into the typed values of handlers/payloads.py, once, at the border.

Names follow Slack's documentation of slash commands, interactions, shortcuts and the Events API.
"""

import hashlib
import re
from collections.abc import Callable, Mapping

from handlers.payloads import HomeOpened, MemberJoined, Mention, Payload, Press, Shortcut, Slash, Submit, Suggest
from handlers.reading import Json, action_value, channel_of, mapping, state_values, team_of, text


def parse(body: Json, bot_user: str = "") -> Payload | None:
    """
    Return what a delivery's body says; None where it is of another kind, or lacks what that kind needs.

    Never raises, whatever the body is.
    """
    kind = text(body, "type")
    if kind == "event_callback":
        event = mapping(body, "event")
        reader = _EVENTS.get(text(event, "type"))
        return reader(body, event, bot_user) if reader else None
    if kind:
        interaction = _INTERACTIONS.get(kind)
        return interaction(body) if interaction else None
    return _slash(body)


def _slash(body: Json) -> Slash | None:
    command, user = text(body, "command"), text(body, "user_id")
    if not command or not user:
        return None
    return Slash(
        command=command,
        text=text(body, "text"),
        user=user,
        team=text(body, "team_id"),
        channel=text(body, "channel_id"),
        channel_name=text(body, "channel_name"),
        enterprise=text(body, "enterprise_id"),
        trigger=text(body, "trigger_id"),
        response_url=text(body, "response_url"),
        delivery=_of_trigger("slash", body),
    )


def _press(body: Json) -> Press | None:
    actions = body.get("actions")
    action = actions[0] if isinstance(actions, list) and actions else None
    user = text(mapping(body, "user"), "id")
    if not isinstance(action, dict) or not user or not text(action, "action_id"):
        return None
    container, message, view = mapping(body, "container"), mapping(body, "message"), mapping(body, "view")
    stamp, action_id = text(action, "action_ts"), text(action, "action_id")
    team, own = _teams(body)
    return Press(
        action_id=action_id,
        block_id=text(action, "block_id"),
        value=text(action, "value"),
        selected=action_value({**action, "value": None}) or "",
        user=user,
        team=team,
        user_team=own,
        enterprise=text(mapping(body, "enterprise"), "id"),
        channel=channel_of(body) or text(container, "channel_id"),
        message_ts=text(container, "message_ts") or text(message, "ts"),
        thread_ts=text(container, "thread_ts") or text(message, "thread_ts"),
        ephemeral=container.get("is_ephemeral") is True,
        view_id=text(view, "id") or text(container, "view_id"),
        view_hash=text(view, "hash"),
        view_type=text(view, "type"),
        callback_id=text(view, "callback_id"),
        metadata=text(view, "private_metadata"),
        values=state_values(view or body),
        trigger=text(body, "trigger_id"),
        response_url=text(body, "response_url"),
        delivery=f"press:{stamp}:{user}:{action_id}" if stamp else _of_trigger("press", body),
    )


def _submit(body: Json) -> Submit | None:
    view, user = mapping(body, "view"), text(mapping(body, "user"), "id")
    if not user or not text(view, "id"):
        return None
    team, own = _teams(body)
    return Submit(
        callback_id=text(view, "callback_id"),
        metadata=text(view, "private_metadata"),
        values=state_values(view),
        user=user,
        team=team,
        user_team=own,
        view_id=text(view, "id"),
        view_hash=text(view, "hash"),
        enterprise=text(mapping(body, "enterprise"), "id"),
        trigger=text(body, "trigger_id"),
        delivery=f"{_of_trigger('submit', body)}:{text(view, 'id')}:{text(view, 'hash')}:{user}",
    )


def _suggest(body: Json) -> Suggest | None:
    user, view = text(mapping(body, "user"), "id"), mapping(body, "view")
    if not user or not text(body, "action_id"):
        return None
    team, own = _teams(body)
    return Suggest(
        action_id=text(body, "action_id"),
        block_id=text(body, "block_id"),
        query=text(body, "value"),
        user=user,
        team=team,
        user_team=own,
        channel=channel_of(body),
        callback_id=text(view, "callback_id"),
        metadata=text(view, "private_metadata"),
    )


def _shortcut(body: Json) -> Shortcut | None:
    user, message = text(mapping(body, "user"), "id"), mapping(body, "message")
    if not user or not text(body, "callback_id"):
        return None
    team, own = _teams(body)
    return Shortcut(
        callback_id=text(body, "callback_id"),
        user=user,
        team=team,
        user_team=own,
        enterprise=text(mapping(body, "enterprise"), "id"),
        channel=channel_of(body),
        message_ts=text(body, "message_ts") or text(message, "ts"),
        thread_ts=text(message, "thread_ts"),
        trigger=text(body, "trigger_id"),
        response_url=text(body, "response_url"),
        delivery=_of_trigger("shortcut", body),
    )


def _mention(body: Json, event: Json, bot_user: str) -> Mention | None:
    user, channel, stamp = text(event, "user"), channel_of(event), text(event, "ts")
    if not user or not channel or not stamp or text(event, "bot_id"):
        return None
    return Mention(
        text=_without_name(text(event, "text"), bot_user or _installed_bot(body)),
        user=user,
        team=text(body, "team_id"),
        user_team=_event_team(body, event),
        channel=channel,
        ts=stamp,
        thread_ts=text(event, "thread_ts"),
        delivery=_of_event(body),
    )


def _home_opened(body: Json, event: Json, bot_user: str) -> HomeOpened | None:
    del bot_user
    user = text(event, "user")
    if not user:
        return None
    tab = text(event, "tab") or "home"
    return HomeOpened(user, text(body, "team_id"), channel_of(event), tab, _of_event(body))


def _member_joined(body: Json, event: Json, bot_user: str) -> MemberJoined | None:
    del bot_user
    user, channel = text(event, "user"), channel_of(event)
    if not user or not channel:
        return None
    own = _event_team(body, event)
    return MemberJoined(user, text(body, "team_id"), own, channel, text(event, "inviter"), _of_event(body))


_INTERACTIONS: Mapping[str, Callable[[Json], Payload | None]] = {
    "block_actions": _press,
    "view_submission": _submit,
    "block_suggestion": _suggest,
    "shortcut": _shortcut,
    "message_action": _shortcut,
}
_EVENTS: Mapping[str, Callable[[Json, Json, str], Payload | None]] = {
    "app_mention": _mention,
    "app_home_opened": _home_opened,
    "member_joined_channel": _member_joined,
}


def _teams(body: Json) -> tuple[str, str]:
    """Return the workspace's team and the person's own; without a team of their own, the workspace's."""
    own = text(mapping(body, "user"), "team_id")
    team = team_of(body) or own
    return team, own or team


def _event_team(body: Json, event: Json) -> str:
    return text(event, "user_team") or text(event, "team") or text(body, "team_id")


def _of_event(body: Json) -> str:
    id_ = text(body, "event_id")
    return f"event:{id_}" if id_ else ""


def _of_trigger(kind: str, body: Json) -> str:
    """Return a token for a delivery known by its trigger alone, which is a secret while it lives."""
    trigger = text(body, "trigger_id")
    return f"{kind}:{hashlib.sha256(trigger.encode()).hexdigest()[:32]}" if trigger else ""


def _installed_bot(body: Json) -> str:
    authorizations = body.get("authorizations")
    first = authorizations[0] if isinstance(authorizations, list) and authorizations else None
    return text(first, "user_id") if isinstance(first, dict) else ""


def _without_name(words: str, bot_user: str) -> str:
    if bot_user:
        words = re.sub(rf"<@{re.escape(bot_user)}(?:\|[^<>]*)?>", " ", words)
    return words.strip()
