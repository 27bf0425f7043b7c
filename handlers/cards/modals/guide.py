"""
The guided modal: verb, environment, target, reason, time box, and below them what would come of it.

It grows with what is chosen: an environment is asked for where the action has one, a time box where something takes
the action back. An action with a form of its own goes on to that form.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.actions import CATALOGUE, Action
from bot.model import Noun
from handlers import ids
from handlers.blocks import Block, modal, section
from handlers.cards.modals.elements import asked, grouped, option, search, select, typed
from handlers.forms.draft import HOW_LONG, WHAT, WHERE, WHY, Draft

_LENGTHS = (
    ("15 minutes", 900),
    ("30 minutes", 1800),
    ("1 hour", 3600),
    ("2 hours", 7200),
    ("4 hours", 14_400),
    ("8 hours", 28_800),
    ("1 day", 86_400),
    ("7 days", 604_800),
)
_HEADINGS = {
    Noun.FLAG: "Feature flags",
    Noun.ROLLOUT: "Progressive rollouts",
    Noun.TEST: "Synthetic tests",
    Noun.DEPLOYMENT: "Fleet deployments",
    Noun.ENVIRONMENT: "Environments",
}
READING = "*Reading…* What would come of it appears here."
_CHOOSE = "Choose what should happen, and to what; what would come of it appears here before anything is asked."


@dataclass(frozen=True, slots=True)
class Names:
    """How people call what was chosen by its id."""

    target: str = ""
    environment: str = ""


def guide(draft: Draft, names: Names, plan: Sequence[Block] = ()) -> Block:
    """Return the modal for what is known so far, with what would come of it."""
    action = draft.known
    blocks = [_what(draft)]
    if action is not None:
        blocks += [_where(draft, names)] if draft.placed else []
        blocks += [] if draft.creates else [_target(draft, action, names)]
        blocks += [] if action.form else [_why()]
        blocks += [_how_long()] if action.inverse and not action.form else []
    blocks += list(plan) or [section(_form_follows(action) if action is not None and action.form else _CHOOSE)]
    submit = "Next" if action is not None and action.form else "Ask"
    return modal(ids.GUIDE_VIEW, "Ask for a change", submit, draft.metadata(), blocks)


def _what(draft: Draft) -> Block:
    groups = {
        _HEADINGS[noun]: [option(one.words.title, one.name) for one in CATALOGUE if one.noun is noun]
        for noun in Noun
        if draft.noun in (None, noun)
    }
    groups = {heading: options for heading, options in groups.items() if options}
    element = grouped(ids.GUIDE_WHAT, groups, draft.action, "Disable flag, pause rollout, …")
    return asked(WHAT, "What should happen", element, at_once=True)


def _where(draft: Draft, names: Names) -> Block:
    chosen = option(names.environment or draft.environment, draft.environment) if draft.environment else None
    element = search(ids.GUIDE_WHERE, "An environment", chosen)
    return asked(WHERE, "In which environment", element, at_once=True)


def _target(draft: Draft, action: Action, names: Names) -> Block:
    chosen = option(names.target or draft.target, draft.target) if draft.target else None
    element = search(ids.GUIDE_TARGET, "Type a part of its name", chosen)
    return asked(draft.target_block, f"Which {action.noun}", element, at_once=True)


def _why() -> Block:
    hint = "Everybody who reads the card sees it; the policy may ask for one."
    return asked(WHY, "Why", typed(ids.INPUT, example="Cart errors since 14:02"), hint=hint, optional=True)


def _how_long() -> Block:
    lengths = [option(label, str(seconds)) for label, seconds in _LENGTHS]
    hint = "After that it is taken back by itself, unless something moved meanwhile."
    element = select(ids.GUIDE_HOW_LONG, lengths)
    return asked(HOW_LONG, "For how long", element, hint=hint, optional=True, at_once=True)


def _form_follows(action: Action) -> str:
    return f"{action.words.consequence} The next step is its form."
