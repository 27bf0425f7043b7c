"""Shows a change's whole difference in a modal, a page at a time."""

from functools import partial

import structlog
from structlog.typing import FilteringBoundLogger

from bot.errors import CountersignError
from bot.rights import Rights
from bot.service import Service
from handlers.cards.modals.difference_view import READING, difference_view
from handlers.cards.modals.refused import in_words
from handlers.cards.sentences import ELSEWHERE, UNKNOWN_PRESS
from handlers.forms.looking import Looking
from handlers.forms.opening import Opener
from handlers.payloads import ButtonValue, Press
from handlers.replies import Replies, sentence_view
from handlers.routing import Ack

_log: FilteringBoundLogger = structlog.get_logger("countersign.forms")


class Difference:
    """Opens the modal and turns its pages."""

    def __init__(self, service: Service, rights: Rights, replies: Replies, opener: Opener, looking: Looking) -> None:
        self._service = service
        self._rights = rights
        self._replies = replies
        self._opener = opener
        self._looking = looking

    async def whole(self, press: Press) -> Ack:
        """Open the first page for a press on a card."""
        button = press.button
        if button is None:
            return Ack(later=partial(self._replies.to_press, press, UNKNOWN_PRESS))
        if press.user_team != press.team:
            return Ack(later=partial(self._replies.to_press, press, ELSEWHERE))
        return Ack(later=partial(self._open, press, button))

    async def _open(self, press: Press, button: ButtonValue) -> None:
        view_id = await self._opener.open(press, sentence_view(READING))
        if view_id:
            await self._draw(view_id, "", press.user, button, 0)

    async def turn(self, press: Press) -> Ack:
        """Turn to the page that the button names."""
        return Ack(later=partial(self._turn, press))

    async def _turn(self, press: Press) -> None:
        button = ButtonValue.parse(press.metadata)
        if button is None or not press.value.isdigit():
            _log.warning("forms.no_page")
            return
        await self._draw(press.view_id, press.view_hash, press.user, button, int(press.value[:6]))

    async def _draw(self, view_id: str, hash_: str, person: str, button: ButtonValue, page: int) -> None:
        try:
            await self._rights.person(person)
            change = await self._service.get(button.change_id)
            view = difference_view(change.plan, button.encode(), page)
        except CountersignError as refusal:
            view = sentence_view(in_words(refusal))
        await self._looking.update(view_id, view, hash_)
