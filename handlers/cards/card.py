"""
The card of a change: one renderer draws every state.

From top to bottom: where and what; how it stands, once it is decided; what changes and what comes of it; in small
print what was seen; who asked and why; who must act and until when; the buttons; and in small print what only an
investigation needs.
"""

from bot.changes.record import ChangeRequest, Status
from bot.model import Plan, Proof
from handlers.blocks import Block, Message, actions, context, header, message, paragraphs, quoted, section
from handlers.cards.buttons import card_buttons
from handlers.cards.modals.difference_view import MOST_LETTERS, shown_of
from handlers.cards.phrases import (
    called,
    duration,
    headline,
    lasting,
    may_sign,
    moment,
    requesters,
    sentence,
    signed_by,
    subject,
    weighty,
)
from handlers.cards.standing import awaited, explained, people, standing

_MOST_WARNINGS = 6
_MOST_SPOKEN = 3
_WITHOUT_EFFECT = frozenset({Status.FAILED, Status.STALE, Status.REJECTED, Status.CANCELLED, Status.EXPIRED})
_PROVED = {
    Proof.READ_BACK: ("Before", "now"),
    Proof.ALREADY: ("When asked", "now"),
    Proof.PERSON: ("Before", "now"),
}


def card(change: ChangeRequest) -> Message:
    """Draw the card of a change as it stands."""
    stands = section(standing(change).whole)
    open_ = change.status is Status.PENDING
    blocks = [
        header(headline(change.plan)),
        *([] if open_ else [stands]),
        *_what(change),
        section("\n".join(people(change))),
        *([stands] if open_ else []),
        *actions(card_buttons(change)),
        context(_small_print(change)),
    ]
    return message(spoken(change), blocks)


def spoken(change: ChangeRequest) -> str:
    """Return the card in words alone: verb, target, environment, state and who."""
    plan = change.plan
    parts = [f"{quoted(subject(plan), 300)}: {standing(change).state}."]
    if change.status is Status.PENDING:
        parts += _spoken_changes(plan)
    why = f", because {quoted(change.reason, 600)}" if change.reason.strip() else ""
    parts.append(sentence(f"Asked by {requesters(change)}{why}"))
    if change.approvals:
        parts.append(f"Signed by {signed_by(change)}.")
    if change.status is Status.PENDING:
        parts += [f"May sign: {who}."] if awaited(change) == "signatures" and (who := may_sign(change)) else []
        parts.append(f"Open until {moment(change.expires_at)}.")
        parts += [f"For {duration(plan.seconds * 1000)}."] if plan.seconds else []
    elif explained(change):
        parts.append(explained(change))
    return " ".join(parts)


def _spoken_changes(plan: Plan) -> list[str]:
    """Say what changes and what to mind, and how much of it is left for the eye."""
    several = len(plan.changes) > 1
    parts = [
        f"{f'{quoted(one.label, 80)}, now' if several else 'Now'}: {quoted(one.before, 200)}; "
        f"after: {quoted(one.after, 200)}."
        for one in plan.changes[:_MOST_SPOKEN]
    ]
    left = len(plan.changes) - _MOST_SPOKEN
    parts += [f"And {left} more {'change' if left == 1 else 'changes'}."] if left > 0 else []
    return [*parts, *(f"Mind: {sentence(quoted(warning, 200))}" for warning in plan.warnings[:_MOST_SPOKEN])]


def _what(change: ChangeRequest) -> list[Block]:
    before, after = _tenses(change)
    if change.status in _WITHOUT_EFFECT:
        return paragraphs(_differences(change.plan, before, after), most=4)
    if change.status is Status.APPLIED:
        return paragraphs([*_differences(change.plan, before, after), *_consequence(change.plan)], most=5)
    return plan_blocks(change.plan, before, after)


def _tenses(change: ChangeRequest) -> tuple[str, str]:
    """Name both sides of the arrow, so that neither claims a state that nobody has read."""
    if change.status is Status.APPLIED:
        proof = change.receipt.proof if change.receipt else Proof.ACCEPTED
        return _PROVED.get(proof, ("Before", "now, inferred"))
    if change.status in _WITHOUT_EFFECT:
        return "When asked", "asked for"
    if change.status is Status.SUBMITTED:
        return "Before", "once approved in Datadog"
    return ("Now", "after") if change.called_at is None else ("Before", "asked for")


def plan_blocks(plan: Plan, before: str = "Now", after: str = "after") -> list[Block]:
    """Draw what a plan would change, what comes of it, and what to mind."""
    blocks = paragraphs(_differences(plan, before, after), most=4)
    seen = [context(line) for line in _observed(plan)]
    return [*blocks, *paragraphs([*_consequence(plan), *_warnings(plan)], most=3), *seen]


def _differences(plan: Plan, before: str, after: str) -> list[str]:
    lines = []
    most = shown_of(plan)
    for change in plan.changes[:most]:
        was, becomes = weighty(change.before, MOST_LETTERS), weighty(change.after, MOST_LETTERS)
        lines.append(f"{quoted(change.label, 120)} — {before}: {was} → {after}: {becomes}")
    left = len(plan.changes) - most
    more = [f"…and {left} more {'change' if left == 1 else 'changes'}."] if left > 0 else []
    own = called(plan.target)
    return [*lines, *more, *lasting(plan), *([own] if own else [])]


def _observed(plan: Plan) -> list[str]:
    seen = [f"{quoted(fact.label, 60)} {quoted(fact.before, 160)}" for fact in plan.observed[:6]]
    return [f"Seen {moment(plan.taken_at)}: {'; '.join(seen)}."] if seen else []


def _consequence(plan: Plan) -> list[str]:
    return [sentence(quoted(plan.consequence, 700))] if plan.consequence.strip() else []


def _warnings(plan: Plan) -> list[str]:
    lines = [f"*Mind:* {sentence(quoted(warning, 400))}" for warning in plan.warnings[:_MOST_WARNINGS]]
    left = len(plan.warnings) - _MOST_WARNINGS
    return [*lines, f"…and {left} more warnings; open it in Datadog before you decide."] if left > 0 else lines


def _small_print(change: ChangeRequest) -> str:
    parts = [change.id]
    if change.parent:
        parts.append(f"follows {change.parent}")
    if change.decision.rule:
        parts.append(f"rule: {quoted(change.decision.rule, 200)}")
    if change.receipt and change.receipt.suggestion:
        parts.append(f"in Datadog: {quoted(change.receipt.suggestion, 100)}")
    parts.append(f"read {moment(change.plan.taken_at)}")
    return " · ".join(parts)
