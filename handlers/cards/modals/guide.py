"""
The guided modal: verb, environment, target, reason, time box, and below them what would come of it.

It grows with what is chosen: an environment is asked for where the action has one, a time box where something takes
the action back. An action with a form of its own goes on to that form. A look asks for what is looked at, and a
command of the bot's own for the words that are typed after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.action import Place
from bot.actions import CATALOGUE, CONTROLS, READS, Action, Control, Read
from bot.model import Noun
from handlers import ids
from handlers.blocks import Block, code, modal, section
from handlers.cards.modals.elements import asked, grouped, option, search, select, typed
from handlers.forms.draft import HOW_LONG, WHAT, WHERE, WHY, WORDS, Draft

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
    blocks = [_what(draft), *_fields(draft, names), *(list(plan) or [section(_follows(draft))])]
    title, submit = _headed(draft)
    return modal(ids.GUIDE_VIEW, title, submit, draft.metadata(), blocks)


def _fields(draft: Draft, names: Names) -> list[Block]:
    """Return the fields that what was chosen wants."""
    blocks = [_where(draft, names)] if draft.placed else []
    blocks += [_target(draft, draft.about, names)] if draft.about is not None and draft.aims else []
    if (action := draft.known) is not None and not action.form:
        blocks += [_why(), *([_how_long()] if action.inverse else [])]
    if (own := draft.own) is not None and own.argument:
        blocks += [_words(draft, own)]
    return blocks


def _headed(draft: Draft) -> tuple[str, str]:
    """Return the title, and what the button that sends it says."""
    if draft.look is not None:
        return "Look at something", "Show"
    if draft.own is not None:
        return "Countersign's own", "Send"
    return "Ask for a change", "Next" if draft.known is not None and draft.known.form else "Ask"


def _follows(draft: Draft) -> str:
    """Return what stands below the fields where no plan does."""
    if draft.known is not None and draft.known.form:
        return f"{draft.known.words.consequence} The next step is its form."
    if draft.look is not None:
        return f"{_sentence(draft.look.summary)} You alone see it, where you asked."
    if draft.own is not None:
        return f"{_sentence(draft.own.summary)} As it is typed: {code(f'/ops {draft.own.verb} {draft.own.argument}')}."
    return _CHOOSE


def _sentence(summary: str) -> str:
    return f"{summary[:1].upper()}{summary[1:]}."


def _what(draft: Draft) -> Block:
    of = [noun for noun in Noun if draft.noun in (None, noun)]
    groups = {
        _HEADINGS[noun]: [option(one.words.title, one.name) for one in CATALOGUE if one.noun is noun] for noun in of
    }
    groups["To look at"] = [option(one.title, one.name) for one in READS if one.noun in of]
    groups["Countersign's own"] = [option(one.verb, one.verb, one.summary) for one in CONTROLS if draft.noun is None]
    groups = {heading: options for heading, options in groups.items() if options}
    element = grouped(ids.GUIDE_WHAT, groups, draft.action, "Disable flag, pause rollout, …")
    return asked(WHAT, "What should happen", element, at_once=True)


def _where(draft: Draft, names: Names) -> Block:
    chosen = option(names.environment or draft.environment, draft.environment) if draft.environment else None
    element = search(ids.GUIDE_WHERE, "An environment", chosen)
    left = draft.about is not None and draft.about.place is Place.OPTIONAL
    return asked(WHERE, "In which environment", element, optional=left, at_once=True)


def _target(draft: Draft, about: Action | Read, names: Names) -> Block:
    chosen = option(names.target or draft.target, draft.target) if draft.target else None
    element = search(ids.GUIDE_TARGET, "Type a part of its name", chosen)
    return asked(draft.target_block, f"Which {about.noun}", element, at_once=True)


def _words(draft: Draft, own: Control) -> Block:
    wanted = own.argument.startswith("<")
    return asked(WORDS, "With these words", typed(ids.INPUT, draft.words, example=own.argument), optional=not wanted)


def _why() -> Block:
    hint = "Everybody who reads the card sees it; the policy may ask for one."
    return asked(WHY, "Why", typed(ids.INPUT, example="Cart errors since 14:02"), hint=hint, optional=True)


def _how_long() -> Block:
    lengths = [option(label, str(seconds)) for label, seconds in _LENGTHS]
    hint = "After that it is taken back by itself, unless something moved meanwhile."
    element = select(ids.GUIDE_HOW_LONG, lengths)
    return asked(HOW_LONG, "For how long", element, hint=hint, optional=True, at_once=True)
