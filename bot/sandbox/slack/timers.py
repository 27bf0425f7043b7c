"""What Slack lends an app for a while: triggers and response URLs."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.slack.records import SlackError

TRIGGER_SECONDS = 3.0
RESPONSE_SECONDS = 30 * 60.0
RESPONSE_USES = 5
_KEPT_SECONDS = 3600.0
"""How long something that expired is remembered, to say so instead of not knowing it."""

Now = Callable[[], float]


@dataclass(slots=True)
class Trigger:
    """Permission to open one modal for one person, once, within three seconds."""

    id: str
    user: str
    expires_at: float
    view_id: str | None
    used: bool = False


class Triggers:
    """Issues and spends trigger ids."""

    def __init__(self, now: Now) -> None:
        self._now = now
        self._issued: dict[str, Trigger] = {}

    def issue(self, user: str, *, view_id: str | None = None) -> str:
        """
        Return a fresh trigger for what this person just did.

        `view_id` is the view they did it in, if any.
        """
        self._issued = {key: one for key, one in self._issued.items() if one.expires_at > self._now() - _KEPT_SECONDS}
        number = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._issued[number] = Trigger(number, user, self._now() + TRIGGER_SECONDS, view_id)
        return number

    def spend(self, trigger_id: str) -> Trigger:
        """Use a trigger up; raises SlackError as Slack answers."""
        trigger = self._issued.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self._now() > trigger.expires_at:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger


@dataclass(slots=True)
class ResponseUrl:
    """Permission to answer one interaction, five times within thirty minutes."""

    token: str
    user: str
    channel: str
    expires_at: float
    message_ts: str | None
    command: str | None
    uses_left: int = RESPONSE_USES


class ResponseUrls:
    """Issues and spends response URLs, told by their token."""

    def __init__(self, now: Now) -> None:
        self._now = now
        self._issued: dict[str, ResponseUrl] = {}

    def issue(
        self, user: str, channel: str, *, message_ts: str | None = None, command: str | None = None
    ) -> ResponseUrl:
        """Return a fresh one for an interaction in `channel`."""
        self._issued = {key: one for key, one in self._issued.items() if one.expires_at > self._now() - _KEPT_SECONDS}
        token = secrets.token_urlsafe(18)
        self._issued[token] = ResponseUrl(token, user, channel, self._now() + RESPONSE_SECONDS, message_ts, command)
        return self._issued[token]

    def spend(self, token: str) -> ResponseUrl:
        """Count one use; raises SlackError where it is unknown, spent or too old."""
        found = self._issued.get(token)
        if found is None:
            raise SlackError("invalid_url")
        if self._now() > found.expires_at:
            raise SlackError("expired_url")
        if found.uses_left <= 0:
            raise SlackError("used_url")
        found.uses_left -= 1
        return found
