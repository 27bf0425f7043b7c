"""
The buttons of a person's own page that no card has: reminding, and closing an after-review with a note.
"""

from collections.abc import Awaitable, Callable
from functools import partial

from slack_sdk.web.async_client import AsyncWebClient

from bot.breakglass import AfterReviews
from bot.errors import CountersignError
from bot.service import Service
from handlers import ids
from handlers.blocks import message, section
from handlers.cards.answers import answer
from handlers.cards.controls import closed_line
from handlers.cards.home import close_view
from handlers.cards.lines import reminding_line
from handlers.cards.sentences import ELSEWHERE, OUR_SIDE, UNKNOWN_FORM, UNKNOWN_PRESS
from handlers.committing import committed
from handlers.controls import Announcements
from handlers.failures import Note, log_failure, log_refusal
from handlers.payloads import ButtonValue, Press, Submit
from handlers.replies import Replies, sentence_view
from handlers.routing import Ack
from handlers.seen import Gathering

Act = Callable[[Press, ButtonValue], Awaitable[bool | None]]


class OwnButtons:
    """Carries these presses and forms out, and says what stands against them."""

    def __init__(
        self,
        service: Service,
        gathering: Gathering,
        reviews: AfterReviews,
        announcements: Announcements,
        replies: Replies,
        client: AsyncWebClient,
        *,
        refused: Note = log_refusal,
    ) -> None:
        self._service = service
        self._gathering = gathering
        self._reviews = reviews
        self._announcements = announcements
        self._replies = replies
        self._client = client
        self._refused = refused

    async def remind(self, press: Press) -> Ack:
        """Remind those who have not answered, for whoever asked."""
        return self._later(press, self._remind)

    async def close(self, press: Press) -> Ack:
        """Open the form that asks what an after-review found, for somebody who may close it."""
        return self._later(press, self._open_close)

    async def closed(self, submit: Submit) -> Ack:
        """Close an after-review with the note that was typed, and tell the channel of the change."""
        button = ButtonValue.parse(submit.metadata)
        note = submit.value(ids.NOTE_BLOCK, ids.INPUT).strip()
        if button is None:
            return Ack({"response_action": "update", "view": sentence_view(UNKNOWN_FORM)})
        try:
            change = await committed(
                self._service,
                submit.user,
                lambda: self._reviews.close(button.change_id, submit.user, note, submit.delivery),
            )
        except CountersignError as refusal:
            self._refused(refusal)
            return Ack({"response_action": "errors", "errors": {ids.NOTE_BLOCK: str(refusal)}})
        line = closed_line(change, submit.user, note)
        return Ack(later=partial(self._tell, change.origin.channel, line))

    async def _tell(self, channel: str, line: str) -> None:
        await self._announcements.say(channel, message(line, [section(line)]))

    def _later(self, press: Press, act: Act) -> Ack:
        button = press.button
        if button is None or press.user_team != press.team:
            return Ack(later=partial(self._replies.to_press, press, UNKNOWN_PRESS if button is None else ELSEWHERE))
        return Ack(later=partial(self._guarded, press, button, act))

    async def _guarded(self, press: Press, button: ButtonValue, act: Act) -> bool | None:
        try:
            return await act(press, button)
        except CountersignError as refusal:
            self._refused(refusal)
            return await self._replies.to_press(press, answer(refusal).text)
        except Exception as error:  # noqa: BLE001  the border of a background task: silence would be worse
            log_failure("own_buttons.failed", error)
            return await self._replies.to_press(press, OUR_SIDE)

    async def _remind(self, press: Press, button: ButtonValue) -> bool:
        change = await self._service.remind(button.change_id, press.user, press.delivery)
        return await self._replies.to_press(press, reminding_line(change))

    async def _open_close(self, press: Press, button: ButtonValue) -> None:
        change = await self._gathering.may_close(button.change_id, press.user)
        await self._client.views_open(trigger_id=press.trigger, view=close_view(change))
