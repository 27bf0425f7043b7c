"""Opens a modal within the three seconds that its trigger lives, or says that it could not."""

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from structlog.typing import FilteringBoundLogger

from handlers.blocks import Block
from handlers.cards.sentences import NOT_OPENED
from handlers.failures import error_name
from handlers.payloads import Press
from handlers.replies import Replies
from handlers.slack_client import error_code

_log: FilteringBoundLogger = structlog.get_logger("countersign.forms")

_TWICE = "exchanged_trigger_id"


class Opener:
    """Opens modals."""

    def __init__(self, client: AsyncWebClient, replies: Replies) -> None:
        self._client = client
        self._replies = replies

    async def open(self, press: Press, view: Block) -> str:
        """Open a modal over whatever the presser sees, and return its id; empty where it did not open."""
        try:
            if press.view_type == "modal":
                answer = await self._client.views_push(trigger_id=press.trigger, view=view)
            else:
                answer = await self._client.views_open(trigger_id=press.trigger, view=view)
        except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as late:
            if isinstance(late, SlackApiError) and error_code(late) == _TWICE:
                return ""  # the same delivery came twice, and the first one opened it
            _log.warning("forms.not_opened", error=error_name(late))
            await self._replies.to_press(press, NOT_OPENED)
            return ""
        opened = answer.get("view")
        return str(opened.get("id") or "") if isinstance(opened, dict) else ""
