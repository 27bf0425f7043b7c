"""
The guided way to every command, for who will not type it: a modal that asks for one thing after the other.

Nothing is looked up before the modal opens, as a trigger lives three seconds. What is chosen is drawn into it at
once, and what would come of it as soon as that is known; sent, it is a request like any that was typed.
"""

from collections.abc import Collection, Sequence
from functools import partial

from bot.changes.record import Origin
from bot.errors import (
    AmbiguousTarget,
    AskAgain,
    CountersignError,
    NeedsEnvironment,
    NotUnderstood,
    UnknownEnvironment,
    UnknownTarget,
)
from bot.grammar.command import Command
from bot.grammar.parser import parse
from bot.model import Noun
from handlers.blocks import Block, section
from handlers.cards.modals.guide import READING, Names, guide
from handlers.cards.modals.refused import Beside, sentence_of
from handlers.cards.phrases import place_of
from handlers.cards.sentences import CHOOSE_ACTION, CHOOSE_AGAIN, ELSEWHERE
from handlers.commands import Commands, Heard
from handlers.controls import OwnCommands
from handlers.forms.draft import WHAT, WHERE, WHY, WORDS, Draft
from handlers.forms.filling import Filling
from handlers.forms.looking import Looking
from handlers.forms.opening import Opener
from handlers.forms.sending import Sending, Sent
from handlers.index import TargetIndex
from handlers.payloads import Press, Shortcut, Slash, Submit
from handlers.replies import Replies
from handlers.routing import Ack


class Guided:
    """Opens the guided modal, keeps it up to date, and sends it."""

    def __init__(
        self,
        commands: Commands,
        opener: Opener,
        replies: Replies,
        index: TargetIndex,
        looking: Looking,
        sending: Sending,
        filling: Filling,
        own: OwnCommands | None = None,
    ) -> None:
        self._commands = commands
        self._opener = opener
        self._replies = replies
        self._index = index
        self._looking = looking
        self._sending = sending
        self._filling = filling
        self._own = own

    async def slash(self, slash: Slash) -> Ack:
        """Open it for the command that takes every noun, where it says nothing else; what is typed is read."""
        if slash.text.strip():
            return await self._commands.slash(slash)
        press = Press(
            action_id=slash.command,
            block_id="",
            value="",
            selected="",
            user=slash.user,
            team=slash.team,
            user_team=slash.user_team,
            channel=slash.channel,
            trigger=slash.trigger,
            response_url=slash.response_url,
        )
        return Ack(later=partial(self._open, press, Draft(channel=slash.channel)))

    async def button(self, press: Press) -> Ack:
        """Open it for a press on “Guide me”; the button's value is the kind of thing it is about."""
        noun = Noun(press.value) if press.value in tuple(Noun) else None
        return self._opening(press, Draft(channel=press.channel, thread=press.thread_ts, noun=noun))

    async def anywhere(self, shortcut: Shortcut) -> Ack:
        """Open it for the shortcut that is used anywhere: the card will stand where approvals are asked for."""
        return self._opening(shortcut.press, Draft())

    async def here(self, shortcut: Shortcut) -> Ack:
        """Open it for the shortcut on a message: the card will stand in its channel."""
        thread = shortcut.thread_ts or shortcut.message_ts
        return self._opening(shortcut.press, Draft(channel=shortcut.channel, thread=thread))

    def _opening(self, press: Press, draft: Draft) -> Ack:
        if press.user_team != press.team:
            return Ack(later=partial(self._replies.to_press, press, ELSEWHERE))
        return Ack(later=partial(self._open, press, draft))

    async def _open(self, press: Press, draft: Draft) -> None:
        await self._opener.open(press, guide(draft, Names()))

    async def chosen(self, press: Press) -> Ack:
        """Take a choice made in the modal: what follows from it is drawn after the answer."""
        self._looking.begin(press)
        return Ack(later=partial(self._follow, press))

    async def _follow(self, press: Press) -> None:
        before = Draft.read(press.metadata)
        draft = before.chosen(press.values)
        if draft.action != before.action and draft.placed and not draft.environment:
            draft = await self._placed(draft)
        names = await self._names(draft)

        def draw(plan: Sequence[Block]) -> Block:
            return guide(draft, names, plan)

        action = draft.known
        if action is None or action.form is not None or not draft.complete:
            await self._looking.show(press, draw, (), None)
            return
        find = partial(self._looking.plan, draft.command(), press.user)
        await self._looking.show(press, draw, [section(READING)], find)

    async def _placed(self, draft: Draft) -> Draft:
        """Return the draft with the environment that its channel stands for, if it stands for one."""
        if self._own is None or not draft.channel:
            return draft
        try:
            where = await self._own.bound(draft.channel)
        except CountersignError:
            return draft
        return draft.model_copy(update={"environment": where.id}) if where else draft

    async def _names(self, draft: Draft) -> Names:
        where = await self._index.environment(draft.environment)
        noun = draft.about.noun if draft.about else draft.noun
        return Names(self._index.name(draft.target, noun), place_of(where) if where else draft.environment)

    async def submit(self, submit: Submit) -> Ack:
        """Send what was put together; an action with a form goes on to it."""
        draft = Draft.read(submit.metadata).chosen(submit.values)
        action, present = draft.known, frozenset(submit.values)
        if action is None and draft.look is None and draft.own is None:
            return Ack({"response_action": "errors", "errors": {WHAT: CHOOSE_ACTION}})
        if action is not None and action.form is not None:
            return await self._filling.next_step(submit, draft)
        if not draft.complete:
            return Ack({"response_action": "errors", "errors": {_one_of(present, draft.target_block): CHOOSE_AGAIN}})
        if action is None:
            return self._answered(submit, draft, present)
        origin = Origin(channel=draft.channel, thread=draft.thread, surface="form")
        return await self._sending.send(Sent(submit, draft.command(), origin, partial(_beside, draft, present)))

    def _answered(self, submit: Submit, draft: Draft, present: Collection[str]) -> Ack:
        """Answer a look or a command of the bot's own where it would have been answered if it had been typed."""
        try:
            meant = draft.wish() if draft.look is not None else parse(draft.line)
            if isinstance(meant, Command):
                raise NotUnderstood("This is a change, and has a choice of its own.", "Choose it above.")
        except CountersignError as unclear:
            return Ack({"response_action": "errors", "errors": {_one_of(present, WORDS): sentence_of(unclear)}})
        origin = Origin(channel=draft.channel, thread=draft.thread, surface="form")
        heard = Heard(draft.line, submit.user, origin, submit.delivery)
        tell = partial(self._replies.find, draft.channel, submit.user)
        return self._commands.put_together(meant, heard, tell)


def _one_of(present: Collection[str], block: str) -> str:
    """Return the field something is about, or the first one: Slack takes sentences beside fields that are there."""
    return block if block in present else WHAT


def _beside(draft: Draft, present: Collection[str], refusal: CountersignError) -> Beside:
    """Return a refusal beside the field that it is about."""
    return {_one_of(present, _field_of(draft, refusal)): sentence_of(refusal)}


def _field_of(draft: Draft, refusal: CountersignError) -> str:
    match refusal:
        case NeedsEnvironment() | UnknownEnvironment() if draft.placed:
            return WHERE
        case UnknownTarget() | AmbiguousTarget() if not draft.creates:
            return draft.target_block
        case AskAgain() if type(refusal) is AskAgain and "reason" in refusal.fact.casefold():
            return WHY
    return WHAT
