"""
Answers a person in the place they acted from, so that only they see it.

Slack's documentation: a `response_url` serves five times within 30 minutes; a press in a view has none, but its
trigger opens a view within three seconds.
"""

from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from structlog.typing import FilteringBoundLogger

from handlers.blocks import Message, section
from handlers.failures import error_name
from handlers.payloads import Press, Slash
from handlers.sender import Sender
from handlers.slack_client import is_safe_url

_log: FilteringBoundLogger = structlog.get_logger("countersign.slack")

Body = dict[str, Any]  # JSON to Slack

_UNSAID = (SlackClientError, aiohttp.ClientError, TimeoutError, OSError)


def spoken(sentence: str) -> Body:
    """Return an ephemeral message of one sentence, in Slack's markup."""
    return {"response_type": "ephemeral", "replace_original": False, "text": sentence}


def sentence_view(sentence: str) -> Body:
    """Return a modal that says one sentence."""
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Countersign"},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": [section(sentence)],
    }


class Replies:
    """Sends ephemeral answers; never raises, and logs what could not be sent."""

    def __init__(self, client: AsyncWebClient, session: aiohttp.ClientSession, sender: Sender) -> None:
        self._client = client
        self._session = session
        self._sender = sender

    async def to_press(self, press: Press, sentence: str) -> bool:
        """
        Answer a press with one sentence: by its response URL, in its channel, or as a view over its view.

        Tells whether Slack took it.
        """
        if press.response_url and await self.send(press.response_url, spoken(sentence)):
            return True
        try:
            if press.channel:
                await self._sender.whisper(press.channel, press.user, sentence, thread_ts=press.thread_ts)
            elif press.trigger:
                await self._as_view(press, sentence)
        except _UNSAID as error:
            _log.warning("slack.reply_failed", error=error_name(error))
            return False
        return True

    async def to_slash(self, slash: Slash, said: Message) -> bool:
        """Answer a command that was acknowledged earlier with an ephemeral message; tell whether Slack took it."""
        body = {**spoken(said.text), "blocks": list(said.blocks)}
        if slash.response_url and await self.send(slash.response_url, body):
            return True
        return await self.whisper(slash.channel, slash.user, said)

    async def to_pick(self, press: Press, said: Message) -> bool:
        """Answer a choice that stands for a command; tell whether Slack took it."""
        body = {**spoken(said.text), "blocks": list(said.blocks)}
        if press.response_url and await self.send(press.response_url, body):
            return True
        return await self.whisper(press.channel, press.user, said, thread_ts=press.thread_ts)

    async def whisper(self, channel: str, user: str, said: Message, *, thread_ts: str = "") -> bool:
        """Say something to one person in a channel; tell whether Slack took it."""
        try:
            await self._sender.whisper(channel, user, said.text, said.blocks, thread_ts=thread_ts)
        except _UNSAID as error:
            _log.warning("slack.reply_failed", error=error_name(error))
            return False
        return True

    async def find(self, channel: str, user: str, said: Message) -> bool:
        """Say something to one person in a channel, or else in a direct message; tell whether Slack took it."""
        if channel and await self.whisper(channel, user, said):
            return True
        try:
            await self._sender.post(user, said)
        except _UNSAID as error:
            _log.warning("slack.reply_failed", error=error_name(error))
            return False
        return True

    async def send(self, response_url: str, body: Body) -> bool:
        """Post a message to a response URL; tell whether Slack took it."""
        if not is_safe_url(response_url):
            return False
        try:
            async with self._session.post(response_url, json=body, allow_redirects=False) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            _log.warning("slack.reply_failed", error=error_name(error))
            return False

    async def _as_view(self, press: Press, sentence: str) -> None:
        view = sentence_view(sentence)
        if press.view_type == "modal":
            await self._client.views_push(trigger_id=press.trigger, view=view)
        else:
            await self._client.views_open(trigger_id=press.trigger, view=view)
