"""
What people send from a form: committed first, then acknowledged; what is wrong stands beside the field.
"""

from collections.abc import Awaitable, Callable

from bot.changes.record import ChangeRequest
from bot.errors import CountersignError, TooLate
from bot.service import Service
from handlers import ids
from handlers.cards.lines import late
from handlers.cards.sentences import REASON_NEEDED, UNKNOWN_FORM
from handlers.committing import committed
from handlers.failures import Note, log_refusal
from handlers.payloads import ButtonValue, Submit
from handlers.replies import sentence_view
from handlers.routing import Ack


class Modals:
    """Carries forms to the service."""

    def __init__(self, service: Service, *, refused: Note = log_refusal) -> None:
        self._service = service
        self._refused = refused

    async def reject(self, submit: Submit) -> Ack:
        """Reject with the reason that was typed."""
        note = submit.value(ids.NOTE_BLOCK, ids.INPUT).strip()
        if not note:
            return _beside(ids.NOTE_BLOCK, REASON_NEEDED)

        def act(button: ButtonValue) -> Awaitable[ChangeRequest]:
            return self._service.reject(button.change_id, submit.user, submit.delivery, note, button.digest)

        return await self._commit(submit, ids.NOTE_BLOCK, act)

    async def name(self, submit: Submit) -> Ack:
        """Confirm with the name that was typed."""
        typed = submit.value(ids.NAME_BLOCK, ids.INPUT)

        def act(button: ButtonValue) -> Awaitable[ChangeRequest]:
            return self._service.confirm(button.change_id, submit.user, submit.delivery, button.digest, typed)

        return await self._commit(submit, ids.NAME_BLOCK, act)

    async def _commit(self, submit: Submit, block: str, act: Callable[[ButtonValue], Awaitable[ChangeRequest]]) -> Ack:
        button = ButtonValue.parse(submit.metadata)
        if button is None:
            return _instead(UNKNOWN_FORM)
        try:
            await committed(self._service, submit.user, lambda: act(button))
        except TooLate as missed:
            self._refused(missed)
            return _instead(await self._what_happened(button, missed))
        except CountersignError as refusal:
            self._refused(refusal)
            return _beside(block, str(refusal))
        return Ack()

    async def _what_happened(self, button: ButtonValue, missed: TooLate) -> str:
        try:
            return late(await self._service.get(button.change_id))
        except CountersignError:
            return str(missed)


def _beside(block: str, sentence: str) -> Ack:
    return Ack({"response_action": "errors", "errors": {block: sentence}})


def _instead(sentence: str) -> Ack:
    return Ack({"response_action": "update", "view": sentence_view(sentence)})
