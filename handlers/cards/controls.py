"""What the bot's own commands are answered with: freezes, locks, bindings, rehearsals, and who one is."""

from collections.abc import Sequence

from bot.actions import BY_NAME
from bot.asking import Rehearsal
from bot.changes.record import ChangeRequest
from bot.controls import Self
from bot.guards import Guard
from bot.model import Environment
from bot.policy import Kind, PolicyDecision
from bot.policy_reading import Cell, asked_for, or_more
from handlers.blocks import Message, context, header, message, paragraphs, quoted, section
from handlers.cards.card import plan_blocks
from handlers.cards.phrases import (
    approvers_of,
    headline,
    mention,
    moment,
    person,
    place_of,
    said,
    sentence,
    signatures,
    subject,
    with_people,
)

_MOST_LINES = 60


def guard_line(guard: Guard) -> str:
    """Say what is frozen or locked, by whom, until when and why."""
    until = "until an operator lifts it" if guard.until is None else f"until {moment(guard.until)}"
    why = f" Because {quoted(sentence(guard.why), 600)}" if guard.why else ""
    return f"*{quoted(guard.called, 200)} is {guard.state}* by {person(guard.by)}, {until}.{why}"


def set_line(guard: Guard) -> str:
    """Say what has been frozen or locked, and what is still possible."""
    return f"{guard_line(guard)} {guard.leaves}"


def lifted_line(guard: Guard, by: str) -> str:
    """Say what is no longer frozen or locked, and since whose word."""
    gone = f"*{quoted(guard.called, 200)} is no longer {guard.state}*"
    return f"{gone}: {mention(by)} lifted what {person(guard.by)} had set."


def closed_line(change: ChangeRequest, by: str, note: str) -> str:
    """Say that an after-review was closed, by whom, and what they found."""
    return f"*After-review of {change.id} closed* by {mention(by)} ({said(change.plan)}): {quoted(sentence(note), 600)}"


def review_reminder(change: ChangeRequest) -> Message:
    """Remind of an after-review that is still open."""
    line = (
        f"*After-review still open*: {said(change.plan)}, break-glass by {person(change.requester)} "
        f"{moment(change.created_at)}. Somebody else has to close it: `/ops close {change.id} because …`"
    )
    return message(line, [section(line)])


def bound_to(where: Environment, by: str) -> str:
    """Say what a channel is bound to from now on."""
    name = quoted(place_of(where), 100)
    bound = f"*This channel stands for {name}*: {mention(by)} bound it."
    return f"{bound} Commands here that name no environment mean that one."


def taken_from_binding(where: Environment) -> str:
    """Say that an environment was not typed."""
    return f"Environment taken from this channel's binding: {quoted(place_of(where), 100)}."


def allowed(rehearsal: Rehearsal) -> Message:
    """Say whether somebody may do something, and what it would take."""
    line = f"*{_verdict(rehearsal)}* {said(rehearsal.plan)}. {_takes(rehearsal)}"
    return message(line, [section(line), context(_rule(rehearsal.decision))])


def rehearsed(rehearsal: Rehearsal, where: Environment | None) -> Message:
    """Show what a command would do and what it would take; nothing was recorded, and nothing sent."""
    plan = rehearsal.plan
    bound = [taken_from_binding(where)] if where else []
    lines = [f"*{_verdict(rehearsal)}* {_takes(rehearsal)}", *bound]
    blocks = [header(headline(plan)), *plan_blocks(plan), *paragraphs(lines, most=2)]
    tail = f"{_rule(rehearsal.decision)} · dry run: nothing was recorded and nothing was sent"
    spoken = f"Dry run, nothing was done. {quoted(subject(plan), 300)}: {_verdict(rehearsal)} {_takes(rehearsal)}"
    return message(spoken, [*blocks, context(tail)])


def _verdict(rehearsal: Rehearsal) -> str:
    if rehearsal.plan.already:
        return "Nothing to do."
    return "Not now." if rehearsal.guard else "Yes."


def _takes(rehearsal: Rehearsal) -> str:
    if rehearsal.plan.already:
        return sentence(quoted(rehearsal.plan.already, 400))
    if rehearsal.guard:
        return guard_line(rehearsal.guard)
    decision, needs = rehearsal.decision, [f"{_consent(rehearsal.decision)}."]
    if decision.typed_name:
        needs.append("The target's name has to be typed.")
    if rehearsal.lacking:
        needs.append(quoted(rehearsal.lacking.fact, 400))
    return " ".join(needs)


def _consent(decision: PolicyDecision) -> str:
    if decision.kind is Kind.ALLOW:
        return "It runs at once"
    if decision.kind is Kind.CONFIRM:
        return "You confirm it yourself"
    who = approvers_of(decision) or "nobody the policy names"
    return f"It needs {signatures(decision.approvals)} from {who}, never yours"


def _rule(decision: PolicyDecision) -> str:
    return f"rule: {quoted(decision.rule, 200)}"


def who_you_are(me: Self) -> Message:
    """Say who the bot takes somebody for, and what follows from it."""
    lines = [
        f"You are {person(me.actor)} ({quoted(me.actor.id, 40)}), a full member.",
        f"Your time zone is {quoted(me.actor.timezone, 60)}; times that you type are read in it.",
        "You may sign what others ask for." if me.signer else "You are not among those who sign.",
        "You are an operator." if me.operator else "You are not an operator.",
    ]
    return message(" ".join(lines), paragraphs(lines, most=1))


def policy_table(rows: Sequence[tuple[str, list[Cell]]]) -> Message:
    """Show what each action comes to for one person, a line each; environments that ask for the same are together."""
    lines = [f"*{_titled(name)}* — {_cells(cells)}{_more(name)}" for name, cells in rows[:_MOST_LINES]]
    spoken = "What you may do, and what it takes, by action and environment."
    return message(spoken, [header("What you may do"), *paragraphs(lines, most=8)])


def _titled(name: str) -> str:
    action = BY_NAME.get(name)
    return action.words.title if action else quoted(name, 80)


def _more(name: str) -> str:
    more = or_more(name)
    return f" ({more})" if more else ""


def _cells(cells: list[Cell]) -> str:
    by_answer: dict[str, list[str]] = {}
    for where, decision in cells:
        by_answer.setdefault(asked_for(decision), []).append(where)
    if len(by_answer) == 1:
        return with_people(quoted(next(iter(by_answer)), 200))
    return "; ".join(
        f"{quoted(', '.join(places), 120)}: {with_people(quoted(text, 200))}" for text, places in by_answer.items()
    )
