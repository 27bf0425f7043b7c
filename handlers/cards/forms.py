"""The forms that a card opens, and the offers to open one: a reason, the typed name, an action's form, the guide."""

from bot.changes.record import ChangeRequest
from bot.forms.asked import NeedsForm
from bot.model import Noun
from handlers import ids
from handlers.blocks import (
    MAX_VALUE,
    Block,
    Message,
    actions,
    button,
    message,
    modal,
    plain,
    quoted,
    section,
    text_input,
)
from handlers.cards.buttons import press_value
from handlers.cards.card import plan_blocks
from handlers.cards.phrases import requesters, said
from handlers.forms.draft import Draft


def reject_view(change: ChangeRequest) -> Block:
    """Return the form that asks an approver why they reject."""
    told = "Whoever asked, and everybody in the thread, reads your reason."
    blocks = [
        section(f"*{said(change.plan)}*\nAsked by {requesters(change)}. It ends without effect."),
        text_input(ids.NOTE_BLOCK, ids.INPUT, "Reason", hint=told, multiline=True),
    ]
    return modal(ids.REJECT_VIEW, "Reject this request", "Reject", press_value(change), blocks)


def name_view(change: ChangeRequest) -> Block:
    """Return the form in which the requester types the target's name, below the plan it is about."""
    asked = f"Type the name {plain(change.plan.target.key, 300)} to go on"
    blocks = [
        section(f"*{said(change.plan)}*"),
        *plan_blocks(change.plan),
        text_input(ids.NAME_BLOCK, ids.INPUT, asked, hint="Exactly as it is written, capital letters included."),
    ]
    return modal(ids.NAME_VIEW, "Type the name", "Go on", press_value(change), blocks)


def form_offer(wanted: NeedsForm, draft: Draft) -> Message:
    """Answer a command that wants a form: the button opens it, filled with what is there."""
    line = f"{quoted(wanted.fact, 600)} Its form opens here; nothing is asked for before you send it."
    value = draft.found(wanted.target, {}).metadata(MAX_VALUE)
    return message(line, [section(line), *actions([button("Open the form", ids.OPEN_FORM, value, about=wanted.fact)])])


def guided(told: Message, noun: Noun | None) -> Message:
    """Return an answer with the button that leads through a command, for who will not type it."""
    drawn = button("Guide me", ids.GUIDE, noun or "any", about="a form, step by step", primary=True)
    return message(f"{told.text} Or press Guide me.", [*told.blocks, *actions([drawn])])
