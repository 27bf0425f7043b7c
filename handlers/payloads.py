"""
What Slack delivers, as typed values.

Fields that Slack left out are empty. `delivery` tells one delivery from another and is the same when Slack sends it
again; it is empty where Slack gave nothing to tell by.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

Values = Mapping[str, Mapping[str, str | None]]

_BUTTON_VALUE = re.compile(r"(cs-[a-z2-7]{6})\.([0-9a-f]{12})", re.ASCII)


@dataclass(frozen=True, slots=True)
class ButtonValue:
    """What a button on a card carries: the change's id and the first 12 digits of its plan's digest."""

    change_id: str
    digest: str

    def encode(self) -> str:
        """Return `cs-xxxxxx.<12 hex>`."""
        return f"{self.change_id}.{self.digest[:12]}"

    @classmethod
    def parse(cls, value: str | None) -> "ButtonValue | None":
        """Read a button's value; None unless it is exactly of that form."""
        found = _BUTTON_VALUE.fullmatch(value or "")
        return cls(found[1], found[2]) if found else None


@dataclass(frozen=True, slots=True)
class Slash:
    """
    A slash command; `text` is as Slack escapes it.

    Slack tells the team it was typed in, which is the only one it tells of the person too.
    """

    command: str
    text: str
    user: str
    team: str
    channel: str
    channel_name: str = ""
    enterprise: str = ""
    trigger: str = field(default="", repr=False)
    response_url: str = field(default="", repr=False)
    delivery: str = ""

    @property
    def user_team(self) -> str:
        """The person's own team, as far as Slack tells it."""
        return self.team


@dataclass(frozen=True, slots=True)
class Press:
    """
    A button pressed or an option chosen, in a message or in a view.

    `team` is the workspace it happened in and `user_team` the presser's own: they differ in a channel shared with
    another organisation. `view_*`, `callback_id`, `metadata` and `values` are those of a view and empty elsewhere.
    """

    action_id: str
    block_id: str
    value: str
    selected: str
    user: str
    team: str
    user_team: str
    enterprise: str = ""
    channel: str = ""
    message_ts: str = ""
    thread_ts: str = ""
    ephemeral: bool = False
    view_id: str = ""
    view_hash: str = ""
    view_type: str = ""
    callback_id: str = ""
    metadata: str = field(default="", repr=False)
    values: Values = field(default_factory=dict, repr=False)
    trigger: str = field(default="", repr=False)
    response_url: str = field(default="", repr=False)
    delivery: str = ""

    @property
    def button(self) -> ButtonValue | None:
        """The change a card's button is about; None where the value is something else."""
        return ButtonValue.parse(self.value)


@dataclass(frozen=True, slots=True)
class Submit:
    """A form sent; `values` has what was entered by block and action, several values joined by commas."""

    callback_id: str
    metadata: str = field(repr=False)
    values: Values = field(repr=False)
    user: str
    team: str
    user_team: str
    view_id: str
    view_hash: str
    enterprise: str = ""
    trigger: str = field(default="", repr=False)
    delivery: str = ""

    def value(self, block: str, action: str) -> str:
        """Return what was entered, empty where nothing was."""
        return self.values.get(block, {}).get(action) or ""


@dataclass(frozen=True, slots=True)
class Suggest:
    """Text typed into a select whose options the bot provides."""

    action_id: str
    block_id: str
    query: str
    user: str
    team: str
    user_team: str
    channel: str = ""
    callback_id: str = ""
    metadata: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A shortcut of the app, used anywhere or, with a channel and a message, on that message."""

    callback_id: str
    user: str
    team: str
    user_team: str
    enterprise: str = ""
    channel: str = ""
    message_ts: str = ""
    thread_ts: str = ""
    trigger: str = field(default="", repr=False)
    response_url: str = field(default="", repr=False)
    delivery: str = ""

    @property
    def press(self) -> Press:
        """The same as a press, for answers: they go to the message, or over whatever the person sees."""
        return Press(
            action_id=self.callback_id,
            block_id="",
            value="",
            selected="",
            user=self.user,
            team=self.team,
            user_team=self.user_team,
            channel=self.channel,
            message_ts=self.message_ts,
            thread_ts=self.thread_ts,
            trigger=self.trigger,
            response_url=self.response_url,
            delivery=self.delivery,
        )


@dataclass(frozen=True, slots=True)
class Mention:
    """A message that names the bot; `text` is without that name and as Slack escapes it."""

    text: str
    user: str
    team: str
    user_team: str
    channel: str
    ts: str
    thread_ts: str = ""
    delivery: str = ""


@dataclass(frozen=True, slots=True)
class HomeOpened:
    """A person opened the bot's own page; `tab` is `home` or `messages`."""

    user: str
    team: str
    channel: str
    tab: str
    delivery: str = ""


@dataclass(frozen=True, slots=True)
class MemberJoined:
    """Somebody, or the bot itself, joined a channel; `inviter` is empty where nobody invited them."""

    user: str
    team: str
    user_team: str
    channel: str
    inviter: str = ""
    delivery: str = ""


Payload = Slash | Press | Submit | Suggest | Shortcut | Mention | HomeOpened | MemberJoined
