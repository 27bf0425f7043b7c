"""The forms that a card opens: a reason for rejecting, and the typed name."""

from bot.changes.record import ChangeRequest
from handlers import ids
from handlers.blocks import Block, modal, plain, section, text_input
from handlers.cards.buttons import press_value
from handlers.cards.card import plan_blocks
from handlers.cards.phrases import requesters, said


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
