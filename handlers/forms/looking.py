"""
What would come of a change that is being put together, drawn into its modal while it is open.

A modal is redrawn twice for each choice: at once with the choice, saying that it is being read, and then with what
was found. Each redrawing names the form of the modal that it is based on, and what comes of an earlier choice is
dropped where a later one was made meanwhile.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from structlog.typing import FilteringBoundLogger

from bot.errors import CountersignError
from bot.grammar.command import Command
from bot.service import Service
from handlers.blocks import Block, section
from handlers.cards.controls import rehearsed
from handlers.cards.modals.refused import in_words
from handlers.cards.sentences import NOT_SHOWN
from handlers.failures import error_name, log_failure
from handlers.payloads import Press
from handlers.slack_client import error_code

_log: FilteringBoundLogger = structlog.get_logger("countersign.forms")

_MOST_VIEWS = 1000
_CONFLICT = "hash_conflict"
_DIVIDER: Block = {"type": "divider"}

Draw = Callable[[Sequence[Block]], Block]
Find = Callable[[], Awaitable[Sequence[Block]]]


class Looking:
    """Draws plans into modals."""

    def __init__(self, service: Service, client: AsyncWebClient) -> None:
        self._service = service
        self._client = client
        self._turns: OrderedDict[str, str] = OrderedDict()

    async def plan(self, command: Command, person: str) -> list[Block]:
        """Return what would come of a command, or what stands against it; never raises."""
        try:
            found = rehearsed(await self._service.rehearse(command, person), None)
        except CountersignError as refusal:
            return [_DIVIDER, section(in_words(refusal))]
        except Exception as error:  # noqa: BLE001  the border of a background task: the modal would go on reading
            log_failure("forms.failed", error)
            return [_DIVIDER, section(NOT_SHOWN)]
        return [_DIVIDER, *found.blocks]

    def begin(self, press: Press) -> None:
        """Take note of a choice as soon as it arrives: what comes of earlier ones in the same modal is dropped."""
        self._turns[press.view_id] = press.delivery
        self._turns.move_to_end(press.view_id)
        while len(self._turns) > _MOST_VIEWS:
            self._turns.popitem(last=False)

    def _is_last(self, press: Press) -> bool:
        return self._turns.get(press.view_id, press.delivery) == press.delivery

    async def show(self, press: Press, draw: Draw, first: Sequence[Block], find: Find | None) -> None:
        """Redraw the pressed modal with `first`, and then with what `find` comes to, if there is something to find."""
        if not self._is_last(press):
            return
        hash_ = await self.update(press.view_id, draw(first), press.view_hash)
        if hash_ == _CONFLICT and self._is_last(press):
            hash_ = await self.update(press.view_id, draw(first), "")
        if find is None or not hash_ or hash_ == _CONFLICT:
            return
        found = await find()
        if self._is_last(press):
            await self.update(press.view_id, draw(found), hash_)

    async def update(self, view_id: str, view: Block, hash_: str) -> str:
        """Redraw a modal; return its new hash, `hash_conflict` where it moved on, and nothing where it is gone."""
        more = {"hash": hash_} if hash_ else {}
        try:
            answer = await self._client.views_update(view_id=view_id, view=view, **more)
        except SlackApiError as refused:
            code = error_code(refused)
            _log.info("forms.not_drawn", why=code)
            return _CONFLICT if code == _CONFLICT else ""
        except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as failed:
            _log.warning("forms.not_drawn", why=error_name(failed))
            return ""
        drawn = answer.get("view")
        return str(drawn.get("hash") or "") if isinstance(drawn, dict) else ""
