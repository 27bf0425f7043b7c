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

from handlers.failures import error_name
from handlers.payloads import Press, Slash
from handlers.slack_client import is_safe_url

_log: FilteringBoundLogger = structlog.get_logger("countersign.slack")

Body = dict[str, Any]  # JSON to Slack

OUR_SIDE = "Something went wrong on our side; nothing was changed. Try again."


def spoken(sentence: str) -> Body:
    """Return an ephemeral message of one sentence, in Slack's markup."""
    return {"response_type": "ephemeral", "replace_original": False, "text": sentence}


def sentence_view(sentence: str) -> Body:
    """Return a modal that says one sentence."""
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Countersign"},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": sentence}}],
    }


class Replies:
    """Sends ephemeral answers; never raises, and logs what could not be sent."""

    def __init__(self, client: AsyncWebClient, session: aiohttp.ClientSession) -> None:
        self._client = client
        self._session = session

    async def to_press(self, press: Press, sentence: str) -> None:
        """Answer a press with one sentence: by its response URL, in its channel, or as a view over its view."""
        if press.response_url and await self.send(press.response_url, spoken(sentence)):
            return
        try:
            if press.channel:
                await self._in_channel(press.channel, press.user, press.thread_ts, sentence)
            elif press.trigger:
                await self._as_view(press, sentence)
        except (SlackClientError, aiohttp.ClientError, TimeoutError) as error:
            _log.warning("slack.reply_failed", error=error_name(error))

    async def to_slash(self, slash: Slash, message: Body) -> None:
        """Answer a command that was acknowledged earlier with an ephemeral message."""
        body = {**spoken(""), **message}
        if slash.response_url and await self.send(slash.response_url, body):
            return
        try:
            await self._in_channel(slash.channel, slash.user, "", str(body["text"]), body.get("blocks"))
        except (SlackClientError, aiohttp.ClientError, TimeoutError) as error:
            _log.warning("slack.reply_failed", error=error_name(error))

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

    async def _in_channel(
        self, channel: str, user: str, thread_ts: str, sentence: str, blocks: list[Body] | None = None
    ) -> None:
        await self._client.chat_postEphemeral(
            channel=channel, user=user, text=sentence, blocks=blocks, thread_ts=thread_ts or None
        )

    async def _as_view(self, press: Press, sentence: str) -> None:
        view = sentence_view(sentence)
        if press.view_type == "modal":
            await self._client.views_push(trigger_id=press.trigger, view=view)
        else:
            await self._client.views_open(trigger_id=press.trigger, view=view)
