"""The modal of an action that has a form: its fields, the reason, and a button that shows what would come of it."""

from collections.abc import Sequence

from bot.forms.form import Form
from bot.model import Facts
from handlers import ids
from handlers.blocks import Block, actions, button, code, escape, modal, section
from handlers.cards.modals.drawing import fields
from handlers.cards.modals.elements import asked, typed
from handlers.cards.modals.guide import Names
from handlers.forms.draft import WHY, Draft


def form_view(draft: Draft, form: type[Form], values: Facts, names: Names, plan: Sequence[Block] = ()) -> Block:
    """
    Return the modal for a form that holds `values`.

    Raises DoesNotFit where a modal cannot hold them.
    """
    title = draft.known.words.title if draft.known is not None else "Form"
    blocks = [
        section(_about(draft, title, names)),
        *fields(form, values),
        asked(WHY, "Why", typed(ids.INPUT, draft.reason), hint="Everybody who reads the card sees it.", optional=True),
        *actions([button("Show what would come of it", ids.SHOW_PLAN, "plan", about=title)]),
        *plan,
    ]
    return modal(ids.FORM_VIEW, title, "Ask", draft.metadata(), blocks)


def _about(draft: Draft, title: str, names: Names) -> str:
    target = names.target or draft.target
    of = f" {code(target)}" if target and not draft.creates else ""
    where = f" in {escape(names.environment or draft.environment)}" if draft.environment else ""
    return f"*{escape(title)}*{of}{where}. Nothing is asked for before you send this."


def reading_view(draft: Draft) -> Block:
    """Return the modal that stands while what is there is read."""
    title = draft.known.words.title if draft.known is not None else "Form"
    view = modal(ids.FORM_VIEW, title, "Ask", draft.metadata(), [section("*Reading what is there…* The form follows.")])
    del view["submit"]
    return view
