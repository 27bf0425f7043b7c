"""Typing into the composer: a slash command, a mention, or just a message."""

from __future__ import annotations

from typing import Any

from bot.sandbox.slack.acts.access import Access
from bot.sandbox.slack.acts.result import Result
from bot.sandbox.slack.deliveries import NOT_DELIVERED, Ack, Deliverer, Delivery
from bot.sandbox.slack.escaping import escape, resolve
from bot.sandbox.slack.limits.surfaces import message_problems
from bot.sandbox.slack.payloads import Payloads
from bot.sandbox.slack.records import Channel, Message, Person
from bot.sandbox.slack.workspace import Workspace

_NOT_A_COMMAND = (
    "`{0}` is not a valid command. "
    "In Slack, all messages that start with the “/” character are interpreted as commands."
)


class Saying:
    """The composer of every channel and thread."""

    def __init__(self, workspace: Workspace, access: Access, payloads: Payloads, deliverer: Deliverer) -> None:
        self._workspace = workspace
        self._access = access
        self._payloads = payloads
        self._deliverer = deliverer

    async def say(self, user: str, channel_name: str, text: str, thread_ts: str | None = None) -> Result:
        """Send what was typed, and return once the app acked its part."""
        person = self._access.person(user)
        channel = self._access.open_channel(person, channel_name)
        if thread_ts is not None:
            thread_ts = self._root(person, channel, thread_ts)
        if text.startswith("/"):
            return await self._slash(person, channel, text, thread_ts)
        return await self._message(person, channel, text, thread_ts)

    def _root(self, person: Person, channel: Channel, thread_ts: str) -> str:
        message = self._access.message(person, channel, thread_ts)
        return message.thread_ts or message.ts

    async def _slash(self, person: Person, channel: Channel, text: str, thread_ts: str | None) -> Result:
        command, rest = (*text.split(maxsplit=1), "")[:2]
        if thread_ts is not None:
            return self._slackbot(person, channel, f"{command} is not supported in threads. Sorry!", thread_ts)
        if command == "/invite":
            return await self._invite(person, channel, rest)
        known = self._workspace.commands.get(command.lower())
        if known is None:
            return self._slackbot(person, channel, _NOT_A_COMMAND.format(escape(command)))
        argument = escape(rest.strip())
        if known.should_escape:
            argument = resolve(self._workspace, argument, labels=True)
        form = self._payloads.command(person, channel, known.command, argument)
        ack = await self._deliverer.send(Delivery.of_command(form))
        return self.finish_command(person, channel, ack, form)

    def finish_command(self, person: Person, channel: Channel, ack: Ack, form: dict[str, str]) -> Result:
        """Show what the ack of a slash command says, or that it failed."""
        command = form["command"]
        if not ack.ok:
            return self._slackbot(person, channel, f'{command} failed with the error "{ack.code}"', ack=ack)
        said = f"{command} {form['text']}".rstrip()
        shown = [self._show(person, channel, one.body, said) for one in (ack, *ack.again) if one.ok]
        return Result(ack, next((text for text in shown if text), None), {"ts": None})

    def _show(self, person: Person, channel: Channel, body: Any, said: str) -> str | None:
        if isinstance(body, str):
            body = {"text": body}
        if not isinstance(body, dict) or not (body.get("text") or body.get("blocks")):
            return None
        blocks = body.get("blocks") or []
        if message_problems(blocks):
            failed = f'{said.split()[0]} failed with the error "invalid_blocks"'
            self._workspace.slackbot_says(person.id, channel.id, failed)
            return failed
        everyone = body.get("response_type") == "in_channel"
        message = self._workspace.post(
            channel.id,
            self._workspace.app.bot_user_id,
            str(body.get("text") or ""),
            blocks=blocks,
            ephemeral_to=None if everyone else person.id,
            command=said if everyone else None,
        )
        return message.text

    async def _invite(self, person: Person, channel: Channel, rest: str) -> Result:
        name = rest.strip().removeprefix("@").lower()
        found = next((one for one in self._workspace.people.values() if one.name == name and not one.deleted), None)
        if found is None or channel.is_im:
            return self._slackbot(person, channel, f"We couldn't find anybody named “{escape(name)}” to invite.")
        if not self._workspace.join(channel, found.id):
            return self._slackbot(person, channel, f"@{name} is already in this channel.")
        joined = self._workspace.post(channel.id, found.id, f"was added to #{channel.name} by <@{person.id}>.")
        envelope = self._payloads.member_joined(found.id, channel, person.id)
        if self._workspace.app.bot_user_id not in channel.members:
            return Result(NOT_DELIVERED, None, {"ts": joined.ts})
        return Result(await self._deliverer.send(Delivery.of_event(envelope)), None, {"ts": joined.ts})

    async def _message(self, person: Person, channel: Channel, text: str, thread_ts: str | None) -> Result:
        resolved = resolve(self._workspace, escape(text), labels=False)
        message = self._workspace.post(channel.id, person.id, resolved, thread_ts=thread_ts)
        bot = self._workspace.app.bot_user_id
        if f"<@{bot}>" not in resolved or channel.is_im:
            return Result(NOT_DELIVERED, None, {"ts": message.ts})
        if bot not in channel.members:
            return self._bot_is_absent(person, channel, message)
        ack = await self._deliverer.send(Delivery.of_event(self._payloads.mention(person, message)))
        return Result(ack, None, {"ts": message.ts})

    def _bot_is_absent(self, person: Person, channel: Channel, message: Message) -> Result:
        name = self._workspace.people[self._workspace.app.bot_user_id].name
        text = f"You mentioned @{name}, but they're not in this channel. Type `/invite @{name}` to bring them in."
        self._workspace.slackbot_says(person.id, channel.id, text, message.thread_ts)
        return Result(NOT_DELIVERED, text, {"ts": message.ts})

    def _slackbot(
        self, person: Person, channel: Channel, text: str, thread_ts: str | None = None, *, ack: Ack = NOT_DELIVERED
    ) -> Result:
        self._workspace.slackbot_says(person.id, channel.id, text, thread_ts)
        return Result(ack, text, {"ts": None})
