"""A long difference, whole, a page at a time."""

from bot.forms.pages import pages
from bot.model import Plan
from handlers import ids
from handlers.blocks import NOTHING, Block, actions, button, clean, context, escape, modal, section
from handlers.cards.modals.elements import words
from handlers.cards.phrases import said, subject

READING = "*Reading…* The whole difference follows."
MOST_CHANGES = 15
MOST_LETTERS = 240
MOST_ALTOGETHER = 1500
"""What a card shows of a difference: so many things, so many letters of each value, and so many in all."""


def is_long(plan: Plan) -> bool:
    """Tell whether a card shows less of a plan's difference than there is."""
    if shown_of(plan) < len(plan.changes):
        return True
    return any(_is_cut(text) for one in plan.changes for text in (one.before, one.after))


def shown_of(plan: Plan) -> int:
    """Return how many of a plan's changes a card shows, so that its buttons are not far below: at least the first."""
    letters = 0
    for count, one in enumerate(plan.changes[:MOST_CHANGES]):
        letters += sum(min(_letters(text), MOST_LETTERS) for text in (one.label, one.before, one.after))
        if letters > MOST_ALTOGETHER and count:
            return count
    return min(len(plan.changes), MOST_CHANGES)


def _is_cut(text: str) -> bool:
    return _letters(text) > MOST_LETTERS


def _letters(text: str) -> int:
    return len(escape(clean(text).replace("`", "'")))


def whole_button(plan: Plan, value: str) -> Block:
    """Return the button that opens the whole difference; `value` is that of the card's other buttons."""
    return button("Show all of it", ids.WHOLE, value, about=subject(plan))


def difference_view(plan: Plan, value: str, page: int) -> Block:
    """Return a page of a plan's difference, from 0; beyond the last one it is the last."""
    every = pages(plan) or ("There is no difference.",)
    at = min(max(page, 0), len(every) - 1)
    turn = [button("Back", ids.PREVIOUS_PAGE, str(at - 1), about=f"page {at}")] if at else []
    turn += [button("Next", ids.NEXT_PAGE, str(at + 1), about=f"page {at + 2}")] if at + 1 < len(every) else []
    blocks = [
        section(f"*{said(plan)}*"),
        _text(every[at]),
        *actions(turn),
        context(f"Page {at + 1} of {len(every)}. This is what was on the card's plan; nothing of it is left out."),
    ]
    view = modal(ids.WHOLE, "What changes", "Ask", value, blocks)
    del view["submit"]
    return {**view, "close": words("Close", 24)}


def _text(page: str) -> Block:
    """Return a page in plain text, in which nothing is read as markup."""
    text = "\n".join(clean(line) for line in page.split("\n"))
    return {"type": "section", "text": {"type": "plain_text", "text": text or NOTHING, "emoji": False}}
