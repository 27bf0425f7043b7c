"""The workspace: everything visible, and a number that moves with it."""

from __future__ import annotations

import asyncio
import copy
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from bot.sandbox.slack.blocks import with_ids
from bot.sandbox.slack.persistence import dump_workspace, load_workspace
from bot.sandbox.slack.records import (
    SLACKBOT,
    ApiCall,
    Channel,
    JsonObject,
    Message,
    Notice,
    Person,
    Shortcut,
    SlackApp,
    SlashCommand,
    Team,
    UserGroup,
    Version,
    new_id,
)
from bot.sandbox.slack.timers import Now, ResponseUrls, Triggers
from bot.sandbox.slack.views import Views

T = TypeVar("T")

_VERSIONS_KEPT = 500
_CALLS_KEPT = 5000


class Workspace:
    """
    One Slack workspace in memory.

    All changes are synchronous and happen on one event loop; `now` is the wall clock in epoch seconds.
    """

    def __init__(
        self,
        *,
        team: Team,
        app: SlackApp,
        people: Iterable[Person],
        channels: Iterable[Channel],
        groups: Iterable[UserGroup],
        commands: Iterable[SlashCommand],
        shortcuts: Iterable[Shortcut] = (),
        now: Now = time.time,
    ) -> None:
        self.team, self.app, self.now = team, app, now
        self.people = {person.id: person for person in people}
        self.channels = {channel.id: channel for channel in channels}
        self.groups = {group.id: group for group in groups}
        self.commands = {command.command: command for command in commands}
        self.shortcuts = {shortcut.callback_id: shortcut for shortcut in shortcuts}
        self.version = 0
        self.triggers = Triggers(now)
        self.response_urls = ResponseUrls(now)
        self.views = Views(now, self.changed)
        self.calls: Counter[str] = Counter()
        self.call_log: deque[ApiCall] = deque(maxlen=_CALLS_KEPT)
        self._messages: dict[str, dict[str, Message]] = {}
        self._notices: dict[str, deque[Notice]] = {}
        self._notice_ids = 0
        self._last_micros = 0
        self._pulse = asyncio.Event()

    # What changed

    def changed(self) -> None:
        """Tell everybody who waits that something visible moved."""
        self.version += 1
        pulse, self._pulse = self._pulse, asyncio.Event()
        pulse.set()

    async def next_change(self, after: int) -> int:
        """Wait until the version is beyond `after` and return it."""
        while self.version <= after:
            await self._pulse.wait()
        return self.version

    async def wait_for(
        self,
        predicate: Callable[[], T | None],
        timeout: float = 5.0,  # noqa: ASYNC109  a test names its deadline here, in one word
    ) -> T:
        """
        Wait until `predicate` is truthy and return it.

        Raises TimeoutError after `timeout` seconds.
        """
        async with asyncio.timeout(timeout):
            while not (found := predicate()):
                await self._pulse.wait()
            return found

    # People and channels

    def role(self, role: str) -> Person:
        """Return the person who plays a role; raises KeyError."""
        for person in self.people.values():
            if person.role == role:
                return person
        raise KeyError(role)

    def channel_named(self, name: str) -> Channel:
        """Return a channel by name, with or without `#`; raises KeyError."""
        wanted = name.removeprefix("#")
        for channel in self.channels.values():
            if channel.name == wanted and not channel.is_im:
                return channel
        raise KeyError(name)

    def dm(self, user: str) -> Channel:
        """Return the DM between a person and the app, opened on first use."""
        for channel in self.channels.values():
            if channel.with_user == user:
                return channel
        channel = Channel(new_id("D0"), "", [user, self.app.bot_user_id], is_private=True, with_user=user)
        self.channels[channel.id] = channel
        self.changed()
        return channel

    def join(self, channel: Channel, user: str) -> bool:
        """Make somebody a member; False where they were one."""
        if user in channel.members:
            return False
        channel.members.append(user)
        self.changed()
        return True

    # Messages

    def messages(self, channel: str, *, as_user: str | None = None) -> list[Message]:
        """
        Return a channel's present messages, oldest first.

        Ephemerals are those `as_user` sees, or all for None.
        """
        found = self._messages.get(channel, {}).values()
        return [
            message
            for message in sorted(found, key=lambda one: one.ts)
            if not message.deleted and (as_user is None or message.ephemeral_to in (None, as_user))
        ]

    def all_messages(self) -> list[Message]:
        """Return every message ever, deleted ones too, oldest first."""
        found = [message for channel in self._messages.values() for message in channel.values()]
        return sorted(found, key=lambda one: one.ts)

    def message(self, channel: str, ts: str) -> Message | None:
        """Return a message, deleted or not."""
        return self._messages.get(channel, {}).get(ts)

    def post(
        self,
        channel: str,
        user: str,
        text: str,
        *,
        blocks: Sequence[JsonObject] = (),
        thread_ts: str | None = None,
        ephemeral_to: str | None = None,
        command: str | None = None,
        metadata: JsonObject | None = None,
    ) -> Message:
        """Put a message into a channel and return it."""
        bot_id = self.app.bot_id if user == self.app.bot_user_id else None
        message = Message(
            self.new_ts(),
            channel,
            user,
            bot_id,
            text,
            with_ids(blocks),
            thread_ts,
            ephemeral_to,
            None,
            False,
            command,
            metadata,
        )
        self.restore(message)
        self._keep_version(message)
        return message

    def edit(self, message: Message, text: str, blocks: Sequence[JsonObject]) -> None:
        """Replace what a message says."""
        message.text, message.blocks = text, with_ids(blocks)
        message.edited_at = self.now()
        self._keep_version(message)

    def delete(self, message: Message) -> None:
        """Take a message away; its versions stay readable."""
        message.deleted = True
        self._keep_version(message)

    def restore(self, message: Message) -> None:
        """Put a message as it is into its channel, without a new version."""
        self._messages.setdefault(message.channel, {})[message.ts] = message
        self._last_micros = max(self._last_micros, int(message.ts.replace(".", "")))

    def new_ts(self) -> str:
        """Return a Slack timestamp, never the same twice."""
        self._last_micros = max(self._last_micros + 1, int(self.now() * 1_000_000))
        return f"{self._last_micros // 1_000_000}.{self._last_micros % 1_000_000:06d}"

    def slackbot_says(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Message:
        """Show a note by Slackbot that only this person sees."""
        return self.post(channel, SLACKBOT, text, ephemeral_to=user, thread_ts=thread_ts)

    def _keep_version(self, message: Message) -> None:
        snapshot = copy.deepcopy(message.blocks)
        message.versions.append(Version(self.now(), message.text, snapshot, message.deleted))
        del message.versions[:-_VERSIONS_KEPT]
        self.changed()

    # What passes

    def notify(
        self, user: str, text: str, *, channel: str | None = None, ts: str | None = None, view_id: str | None = None
    ) -> None:
        """Show a person a passing toast; the last five are kept."""
        self._notice_ids += 1
        notices = self._notices.setdefault(user, deque(maxlen=5))
        notices.append(Notice(self._notice_ids, self.now(), text, channel, ts, view_id))
        self.changed()

    def notices(self, user: str) -> list[Notice]:
        """Return the toasts a person was shown lately, oldest first."""
        return list(self._notices.get(user, ()))

    def record_call(self, method: str, arguments: JsonObject, error: str | None) -> None:
        """Note a Web API call."""
        self.calls[method] += 1
        self.call_log.append(ApiCall(self.now(), method, arguments, error))

    # A restart

    def dump(self) -> dict[str, Any]:
        """Return what survives a restart as JSON data."""
        return dump_workspace(self)

    def load(self, data: Any) -> None:
        """
        Take over what an earlier `dump` returned.

        Raises ValueError where it is of another form.
        """
        load_workspace(self, data)
