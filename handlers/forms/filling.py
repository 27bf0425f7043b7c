"""
The modal of an action's form: opened from a button or as the next step, filled with what is there, checked, sent.
"""

from collections.abc import Sequence
from functools import partial

from bot.changes.record import Origin
from bot.errors import CountersignError, NotUnderstood
from bot.forms.asked import NeedsForm, NotValid
from bot.forms.form import Form
from bot.model import Facts, Target
from bot.service import Service
from handlers.blocks import Block, section
from handlers.cards.modals.form_view import form_view, reading_view
from handlers.cards.modals.guide import READING, Names
from handlers.cards.modals.refused import Beside, beside, in_words, not_yet, sentence_of
from handlers.cards.phrases import place_of
from handlers.cards.sentences import ELSEWHERE, NOT_SHOWN, UNKNOWN_FORM
from handlers.controls import OwnCommands
from handlers.failures import log_failure
from handlers.forms.draft import WHY, Draft, Values
from handlers.forms.entered import Entered, named, read
from handlers.forms.looking import Looking
from handlers.forms.opening import Opener
from handlers.forms.sending import Sending, Sent
from handlers.index import TargetIndex
from handlers.payloads import Press, Submit
from handlers.replies import Replies, sentence_view
from handlers.routing import Ack


class Filling:
    """Opens forms, reads what is there into them, and sends them."""

    def __init__(
        self,
        opener: Opener,
        replies: Replies,
        service: Service,
        index: TargetIndex,
        looking: Looking,
        sending: Sending,
        own: OwnCommands | None = None,
    ) -> None:
        self._opener = opener
        self._replies = replies
        self._service = service
        self._index = index
        self._looking = looking
        self._sending = sending
        self._own = own

    async def button(self, press: Press) -> Ack:
        """Open the form of a command that wants one; the button's value is its draft."""
        if press.user_team != press.team:
            return Ack(later=partial(self._replies.to_press, press, ELSEWHERE))
        return Ack(later=partial(self._open, press, Draft.read(press.value)))

    async def _open(self, press: Press, draft: Draft) -> None:
        """Open at once, saying that it is being read; then fill it."""
        form = _form(draft)
        if form is None:
            await self._replies.to_press(press, UNKNOWN_FORM)
            return
        view_id = await self._opener.open(press, _first(draft, form))
        if view_id and not draft.creates:
            await self._fill(view_id, draft, form, press.user)

    async def next_step(self, submit: Submit, draft: Draft) -> Ack:
        """Go on from the guided modal to the form."""
        form = _form(draft)
        if form is None:
            return Ack({"response_action": "update", "view": sentence_view(UNKNOWN_FORM)})
        fill = None if draft.creates else partial(self._fill, submit.view_id, draft, form, submit.user)
        return Ack({"response_action": "update", "view": _first(draft, form)}, later=fill)

    async def _fill(self, view_id: str, draft: Draft, form: type[Form], person: str) -> None:
        """Read what is there, and draw the form with it; what keeps it away is said in its place."""
        try:
            await self._looking.update(view_id, await self._filled(draft, form, person), "")
        except CountersignError as refusal:
            await self._looking.update(view_id, sentence_view(in_words(refusal)), "")
        except Exception as error:  # noqa: BLE001  the border of a background task: silence would be worse
            log_failure("forms.failed", error)
            await self._looking.update(view_id, sentence_view(NOT_SHOWN), "")

    async def _filled(self, draft: Draft, form: type[Form], person: str) -> Block:
        command = draft.command()
        if self._own is not None:
            command, _ = await self._own.placed(command, Origin(channel=draft.channel))
        try:
            await self._service.rehearse(command, person)
        except NeedsForm as wanted:
            draft = draft.found(wanted.target, wanted.current)
            return form_view(draft, form, wanted.current, _called(wanted.target))
        raise NotUnderstood("There is nothing to fill in here.", "Type the command instead.")

    async def plan(self, press: Press) -> Ack:
        """Show what would come of the form as it is filled in now."""
        self._looking.begin(press)
        return Ack(later=partial(self._plan, press))

    async def _plan(self, press: Press) -> None:
        draft, entered = _entered(press.metadata, press.values)
        form = _form(draft)
        if form is None:
            return
        names = await self._names(draft)
        draft = draft.model_copy(update={"reason": _reason(press.values)})

        def draw(plan: Sequence[Block]) -> Block:
            return form_view(draft, form, entered.parameters, names, plan)

        if entered.wrong:
            await self._looking.show(press, draw, [section(not_yet(form, entered.wrong))], None)
            return
        command = _named(draft, form, entered.parameters).command(entered.parameters)
        await self._looking.show(press, draw, [section(READING)], partial(self._looking.plan, command, press.user))

    async def _names(self, draft: Draft) -> Names:
        where = await self._index.environment(draft.environment)
        noun = draft.known.noun if draft.known else draft.noun
        return Names(self._index.name(draft.target, noun), place_of(where) if where else draft.environment)

    async def submit(self, submit: Submit) -> Ack:
        """Send a form; what is wrong with it is said beside the field, in the model's own words."""
        draft, entered = _entered(submit.metadata, submit.values)
        form = _form(draft)
        if form is None:
            return Ack({"response_action": "update", "view": sentence_view(UNKNOWN_FORM)})
        if entered.wrong:
            return Ack({"response_action": "errors", "errors": entered.wrong})
        draft = _named(draft, form, entered.parameters).model_copy(update={"reason": _reason(submit.values)})
        origin = Origin(channel=draft.channel, thread=draft.thread, surface="form")
        place = partial(_beside, form)
        again = partial(self._again, draft, form, entered.parameters)
        return await self._sending.send(Sent(submit, draft.command(entered.parameters), origin, place, again))

    async def _again(self, draft: Draft, form: type[Form], parameters: Facts, refusal: CountersignError) -> Block:
        """Draw a form as it was filled in, with what stands against it."""
        names = await self._names(draft)
        return form_view(draft, form, parameters, names, [section(in_words(refusal))])


def _called(target: Target | None) -> Names:
    if target is None:
        return Names()
    return Names(target.key, place_of(target.environment) if target.environment else "")


def _form(draft: Draft) -> type[Form] | None:
    return draft.known.form if draft.known is not None else None


def _first(draft: Draft, form: type[Form]) -> Block:
    """Return what a form's modal shows before anything was read: all of it, where there is nothing to read."""
    if not draft.creates:
        return reading_view(draft)
    return form_view(draft, form, {form.names: draft.target} if draft.target else {}, Names())


def _entered(metadata: str, values: Values) -> tuple[Draft, Entered]:
    draft = Draft.read(metadata)
    form = _form(draft)
    return draft, read(form, values, draft.filled) if form is not None else Entered({}, {})


def _named(draft: Draft, form: type[Form], parameters: Facts) -> Draft:
    name = named(form, parameters)
    return draft.model_copy(update={"target": name}) if name else draft


def _reason(values: Values) -> str:
    return ((values.get(WHY) or {}).get("value") or "").strip()


def _beside(form: type[Form], refusal: CountersignError) -> Beside:
    """Return a refusal beside the fields that it is about: the reason, or else the last one of the form."""
    if isinstance(refusal, NotValid):
        return beside(form, refusal.problems)
    if "reason" in refusal.fact.casefold():
        return {WHY: sentence_of(refusal)}
    return beside(form, [("", sentence_of(refusal))])
