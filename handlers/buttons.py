"""
What people press on a card: committed first, then acknowledged; everything slow comes after.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from slack_sdk.web.async_client import AsyncWebClient

from bot.asking import Asking, NothingToDo, Opened
from bot.changes.record import ChangeRequest, Origin
from bot.errors import CountersignError, NotRecorded, TooLate
from bot.service import Service
from handlers.cards.answers import answer
from handlers.cards.forms import name_view, reject_view
from handlers.cards.lines import late
from handlers.cards.sentences import ELSEWHERE, OUR_SIDE, UNKNOWN_PRESS
from handlers.commands import Commands
from handlers.committing import committed
from handlers.failures import Note, log_failure, log_refusal
from handlers.notifier import SlackNotifier
from handlers.payloads import ButtonValue, Press
from handlers.replies import Replies
from handlers.routing import Ack

Follow = Callable[[str, Asking], Awaitable[Opened | NothingToDo]]


class Buttons:
    """Carries presses to the service and says what stands against them."""

    def __init__(
        self,
        service: Service,
        commands: Commands,
        replies: Replies,
        client: AsyncWebClient,
        notifier: SlackNotifier,
        *,
        refused: Note = log_refusal,
    ) -> None:
        self._service = service
        self._commands = commands
        self._replies = replies
        self._client = client
        self._notifier = notifier
        self._refused = refused

    async def approve(self, press: Press) -> Ack:
        """Count a vote."""
        return await self._commit(press, self._service.approve)

    async def confirm(self, press: Press) -> Ack:
        """Take the requester's own confirmation."""
        return await self._commit(press, self._service.confirm)

    async def cancel(self, press: Press) -> Ack:
        """Take a request back."""
        return await self._commit(press, self._service.cancel)

    async def happened(self, press: Press) -> Ack:
        """Take a person's word that an unknown change took effect."""
        return await self._settle(press, happened=True)

    async def not_happened(self, press: Press) -> Ack:
        """Take a person's word that an unknown change did not take effect."""
        return await self._settle(press, happened=False)

    async def _settle(self, press: Press, *, happened: bool) -> Ack:
        return await self._commit(press, partial(self._service.settle, happened=happened))

    async def reject(self, press: Press) -> Ack:
        """Open the form that asks for the reason, for somebody who may reject."""
        return self._later(press, self._open_reject)

    async def type_name(self, press: Press) -> Ack:
        """Open the form in which the requester types the name."""
        return self._later(press, self._open_name)

    async def again(self, press: Press) -> Ack:
        """Ask once more for what an ended change asked for."""
        return self._following(press, self._service.again)

    async def undo(self, press: Press) -> Ack:
        """Ask for the opposite of an applied change."""
        return self._following(press, self._service.undo)

    async def link(self, press: Press) -> Ack:
        """Take note that somebody followed a link; Slack opens it by itself."""
        del press
        return Ack()

    async def _commit(self, press: Press, act: Callable[[str, str, str, str], Awaitable[ChangeRequest]]) -> Ack:
        button = press.button
        if button is None:
            return self._say(press, UNKNOWN_PRESS)
        if press.user_team != press.team:
            return self._say(press, ELSEWHERE)
        self._notifier.pressed(button.change_id, press.channel, press.message_ts)
        try:
            await committed(
                self._service,
                press.user,
                lambda: act(button.change_id, press.user, press.delivery, button.digest),
            )
        except TooLate as missed:
            return Ack(later=partial(self._tell_late, press, button, missed))
        except CountersignError as refusal:
            self._refused(refusal)
            return self._say(press, answer(refusal).text)
        return Ack()

    def _say(self, press: Press, sentence: str) -> Ack:
        return Ack(later=partial(self._replies.to_press, press, sentence))

    async def _tell_late(self, press: Press, button: ButtonValue, missed: TooLate) -> bool:
        self._refused(missed)
        try:
            sentence = late(await self._service.get(button.change_id))
        except CountersignError:
            sentence = str(missed)
        return await self._replies.to_press(press, sentence)

    def _later(self, press: Press, act: Callable[[Press, ButtonValue], Awaitable[bool | None]]) -> Ack:
        button = press.button
        if button is None:
            return self._say(press, UNKNOWN_PRESS)
        if press.user_team != press.team:
            return self._say(press, ELSEWHERE)
        return Ack(later=partial(self._guarded, press, button, act))

    async def _guarded(
        self, press: Press, button: ButtonValue, act: Callable[[Press, ButtonValue], Awaitable[bool | None]]
    ) -> bool | None:
        """Do what comes after the answer; whatever goes wrong is said to the presser."""
        try:
            return await act(press, button)
        except TooLate as missed:
            return await self._tell_late(press, button, missed)
        except CountersignError as refusal:
            self._refused(refusal)
            return await self._replies.to_press(press, answer(refusal).text)
        except Exception as error:  # noqa: BLE001  the border of a background task: silence would be worse
            log_failure("buttons.failed", error)
            return await self._replies.to_press(press, OUR_SIDE)

    async def _open_reject(self, press: Press, button: ButtonValue) -> None:
        change = await self._service.may_decide(button.change_id, press.user)
        await self._client.views_open(trigger_id=press.trigger, view=reject_view(change))

    async def _open_name(self, press: Press, button: ButtonValue) -> None:
        change = await self._service.may_confirm(button.change_id, press.user)
        await self._client.views_open(trigger_id=press.trigger, view=name_view(change))

    def _following(self, press: Press, follow: Follow) -> Ack:
        """Ask for a further change as if it had been typed; without the store nothing is done, and that is said."""

        async def unnoted(away: NotRecorded) -> bool:
            return await self._replies.to_press(press, answer(away).text)

        return replace(self._later(press, partial(self._follow, follow)), unnoted=unnoted)

    async def _follow(self, follow: Follow, press: Press, button: ButtonValue) -> bool | None:
        origin = Origin(channel=press.channel, surface="button")
        said = await self._commands.outcome(
            await follow(button.change_id, Asking(press.user, origin, press.delivery)), origin
        )
        return await self._replies.to_press(press, said.text) if said is not None else None
