"""What a workspace is made of: people, channels, messages, versions."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

JsonObject = dict[str, Any]

SLACKBOT = "USLACKBOT"


class SlackError(Exception):
    """A refusal in Slack's words: the `error` code and further fields."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


class Refused(Exception):
    """A person tried what Slack's client does not let them do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def new_id(prefix: str, length: int = 10) -> str:
    """Return an opaque id: a kind letter, then capitals and digits."""
    alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
    return prefix + "".join(secrets.choice(alphabet) for _ in range(length))


@dataclass(frozen=True, slots=True)
class Team:
    """A Slack workspace's name and address."""

    id: str
    name: str
    domain: str


@dataclass(frozen=True, slots=True)
class SlackApp:
    """The installed app and its bot user."""

    api_app_id: str
    bot_user_id: str
    bot_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Person:
    """One account, told by the role it plays in the sandbox."""

    id: str
    role: str
    name: str
    real_name: str
    email: str
    team_id: str
    tz: str = "Europe/Amsterdam"
    tz_label: str = "Central European Time"
    tz_offset: int = 3600
    is_bot: bool = False
    bot_id: str = ""
    deleted: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False

    @property
    def can_act(self) -> bool:
        """Whether somebody can sit at this account."""
        return not (self.deleted or self.is_bot or self.id == SLACKBOT)


@dataclass(frozen=True, slots=True)
class UserGroup:
    """A user group such as `@sre-approvers`."""

    id: str
    handle: str
    name: str
    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """
    A slash command of the app.

    `should_escape` turns typed @names, #channels and links into references, as the manifest's field does.
    """

    command: str
    description: str
    usage_hint: str
    should_escape: bool = True


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A shortcut of the app, global or on a message."""

    callback_id: str
    name: str
    type: str


@dataclass(slots=True)
class Channel:
    """A conversation; a DM with the app has `with_user` set."""

    id: str
    name: str
    members: list[str]
    topic: str = ""
    is_private: bool = False
    is_ext_shared: bool = False
    with_user: str | None = None
    is_archived: bool = False

    @property
    def is_im(self) -> bool:
        """Whether this is a direct message."""
        return self.with_user is not None


@dataclass(frozen=True, slots=True)
class Version:
    """One form of a message, and when people began to see it (epoch s)."""

    at: float
    text: str
    blocks: list[JsonObject]
    deleted: bool = False


@dataclass(slots=True)
class Message:
    """A message, or an ephemeral one that only `ephemeral_to` sees."""

    ts: str
    channel: str
    user: str
    bot_id: str | None
    text: str
    blocks: list[JsonObject]
    thread_ts: str | None = None
    ephemeral_to: str | None = None
    edited_at: float | None = None
    deleted: bool = False
    command: str | None = None
    metadata: JsonObject | None = None
    versions: list[Version] = field(default_factory=list)

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread under another message."""
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass(frozen=True, slots=True)
class Notice:
    """A passing toast Slack shows a person outside any message."""

    id: int
    at: float
    text: str
    channel: str | None = None
    ts: str | None = None
    view_id: str | None = None


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call of the Web API, as the workspace saw it."""

    at: float
    method: str
    arguments: JsonObject
    error: str | None
