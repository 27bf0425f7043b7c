"""
A change from the command line: show what it would do, ask, submit, and say what happens next.

The requester is the person the account stands for, so the same rules keep them from signing it in Slack. The answer
given here is the requester's own confirmation; nothing here ever signs.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from bot.asking import Asking, NothingToDo, Rehearsal
from bot.changes.record import ChangeRequest, Origin, Status
from bot.errors import AskAgain, CountersignError, DirectoryUnavailable, NameMismatch, NotPermitted, TooLate
from bot.grammar.command import Command
from bot.model import Job, Plan, Risk
from bot.policy import Kind, PolicyDecision
from bot.terminal.desk import Desk
from bot.terminal.text import decided, handles, listed, moment, plain, planned, standing

GLASS = "break-glass"


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where lines are said, and where a question gets its answer; none is an empty one."""

    say: Callable[[str], object]
    ask: Callable[[str], str]


async def rehearsed(desk: Desk, terminal: Terminal, command: Command) -> Rehearsal:
    """Show what a command would do and what policy says to it; nothing is recorded."""
    rehearsal = await desk.service.rehearse(command, desk.person or desk.account.title)
    for line in planned(rehearsal.plan):
        terminal.say(line)
    if not rehearsal.plan.already:
        signers = await _signers(desk, rehearsal.decision) if rehearsal.decision.kind is Kind.APPROVE else []
        for line in decided(rehearsal, listed(signers)):
            terminal.say(line)
    if not desk.slack:
        terminal.say("Slack does not answer: who you are is taken from the policy file, and nobody can sign.")
    return rehearsal


async def changed(desk: Desk, terminal: Terminal, command: Command, *, yes: bool) -> ChangeRequest | None:
    """
    Ask for a change, after its plan has been shown and agreed to.

    Returns None where there is nothing to do. Raises every CountersignError there is; after any of them nothing is
    recorded, or what was recorded has been cancelled.
    """
    shown = await rehearsed(desk, terminal, command)
    if shown.plan.already:
        return None
    if not desk.slack:
        _possible_without_slack(shown, command)
    if shown.guard is not None:
        raise NotPermitted("It is kept away as said above.", "Nothing was asked for.")
    if shown.lacking:
        raise shown.lacking
    typed = _agreed(terminal, shown, yes=yes)
    again = await desk.service.rehearse(command, desk.person)
    if not _same(again, shown.plan, shown.decision):
        raise _moved("Nothing was asked for.")
    change = await _submitted(desk, command, shown)
    if change is None:
        return None
    change = await _confirmed(desk, change, typed)
    if not desk.slack and change.status is Status.APPROVED:
        await desk.execution.work(Job(kind="run", id=change.id))
        change = await desk.service.get(change.id)
    for line in await _next(desk, change):
        terminal.say(line)
    return change


async def _submitted(desk: Desk, command: Command, shown: Rehearsal) -> ChangeRequest | None:
    origin = Origin(surface="cli", account=desk.account.title)
    asking = Asking(desk.person, origin, delivery=f"cli:{uuid.uuid4().hex}")
    result = await desk.service.submit(command, asking)
    if isinstance(result, NothingToDo):
        return None
    change = result.change
    if not _same(change, shown.plan, shown.decision):
        raise _moved(await _cancelled(desk, change))
    return change


async def _cancelled(desk: Desk, change: ChangeRequest) -> str:
    """Take back what is not what was agreed to, and say so; what needs nobody may have begun already."""
    try:
        await desk.service.cancel(change.id, desk.person, "")
    except TooLate:
        return f"{change.id} had begun by then."
    return f"{change.id} was cancelled."


async def _confirmed(desk: Desk, change: ChangeRequest, typed: str | None) -> ChangeRequest:
    """Record the requester's own confirmation, where one is asked for."""
    if change.status is not Status.PENDING or not (change.decision.typed_name or change.decision.kind is Kind.CONFIRM):
        return change
    seen = change.plan.digest[:12]
    return await desk.service.confirm(change.id, desk.person, f"cli:{change.id}", seen=seen, typed=typed)


def _possible_without_slack(shown: Rehearsal, command: Command) -> None:
    """
    Raise DirectoryUnavailable unless it contains, or the glass is broken, and nobody else is needed.

    A time box is no obstacle: its end is in the store, and a worker takes it back when it can read people's rights.
    """
    urgent = shown.plan.risk is Risk.CONTAIN or GLASS in command.switches
    if urgent and shown.decision.kind in (Kind.ALLOW, Kind.CONFIRM):
        return
    then = "Nothing was asked for."
    if shown.plan.risk is Risk.CONTAIN and command.seconds is not None:
        then = f"{then} Its time box asks for more than the change itself; leave the time out."
    raise DirectoryUnavailable("Until Slack answers, only what contains, and break-glass, is possible.", then)


def _agreed(terminal: Terminal, shown: Rehearsal, *, yes: bool) -> str | None:
    """Return the typed name where one is wanted; raise NotPermitted where the answer is no."""
    key = shown.plan.target.key
    if shown.decision.typed_name:
        typed = terminal.ask(f"Type the name, {plain(key)}, to ask for it: ").strip()
        if typed != key:
            raise NameMismatch("That is not the name.", "Nothing was asked for.")
        return typed
    if not yes and terminal.ask("Ask for it? [y/N] ").strip().lower() not in ("y", "yes"):
        raise NotPermitted("You did not agree.", "Nothing was asked for.")
    return None


def _same(now: Rehearsal | ChangeRequest, plan: Plan, decision: PolicyDecision) -> bool:
    """Tell whether it would still do what was shown, and take no more than was shown."""
    mine, theirs = now.plan, plan
    does = (mine.action, mine.target.slot, mine.fingerprint, mine.changes, mine.risk)
    return does == (theirs.action, theirs.target.slot, theirs.fingerprint, theirs.changes, theirs.risk) and not (
        now.decision.stricter_than(decision)
    )


def _moved(then: str) -> CountersignError:
    return AskAgain("What it would do, or what it takes, has changed since it was shown.", f"{then} Look again.")


async def _signers(desk: Desk, decision: PolicyDecision) -> list[str]:
    """Return who may sign: groups by handle with the names in them, and people by name, as far as they can be read."""
    named = []
    for group, handle in zip(decision.approvers.groups, handles(decision.approvers, decision), strict=True):
        try:
            members = sorted(await desk.directory.members(group))
        except DirectoryUnavailable:
            members = []
        names = [await _name(desk, id_) for id_ in members if id_ != desk.person]
        named.append(f"{handle} ({listed(names)})" if names else handle)
    return [*named, *[await _name(desk, id_) for id_ in decision.approvers.users if id_ != desk.person]]


async def _channel(desk: Desk) -> str:
    try:
        name = plain((await desk.directory.channel(desk.channel)).name)
    except DirectoryUnavailable:
        name = ""
    return f"#{name}" if name else f"the channel {desk.channel}"


async def _name(desk: Desk, id_: str) -> str:
    try:
        return plain((await desk.directory.person(id_)).name) or id_
    except DirectoryUnavailable:
        return id_


async def _next(desk: Desk, change: ChangeRequest) -> list[str]:
    """Return what was recorded, and what happens next."""
    where = f"in {await _channel(desk)}" if desk.channel else "as a direct message to you"
    card = f"Its card appears in Slack, {where}." if desk.slack else "Its card appears in Slack once Slack answers."
    lines = [f"Recorded as {change.id}. {standing(change)}", card]
    if not desk.slack and change.reverts_at is not None:
        lines.append(f"A worker takes it back at {moment(change.reverts_at)}, or later, once Slack answers.")
    if change.broken_glass:
        lines.append(f"Somebody else has to close the after-review: /ops close {change.id} because …")
    if change.status in (Status.PENDING, Status.APPROVED):
        lines.append(f"Take it back with: python -m bot cancel {change.id}")
    return lines
