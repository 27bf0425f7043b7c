"""What the command line says of a plan and of a change: plain text, without anything a terminal would obey."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import zip_longest

from bot.actions import BY_NAME
from bot.asking import Rehearsal
from bot.changes.record import ChangeRequest, Status
from bot.guards import guarded
from bot.model import FieldChange, Plan, Proof
from bot.policy import Kind, PolicyDecision, Who

MOST = 8
_SAID = {
    Status.APPROVED: "Approved; it is about to run.",
    Status.APPLYING: "It is being carried out.",
    Status.SUBMITTED: "Handed to Datadog, where it waits for an approval.",
    Status.APPLIED: "Applied.",
    Status.FAILED: "Failed.",
    Status.UNKNOWN: "Unknown: nobody can tell whether it happened; a person has to settle it in Slack.",
    Status.STALE: "Stale; nothing was sent.",
    Status.CANCELLED: "Cancelled.",
    Status.EXPIRED: "Expired.",
}
_PROOF = {
    Proof.READ_BACK: "read back from Datadog",
    Proof.ACCEPTED: "Datadog accepted; state inferred",
    Proof.ALREADY: "it was so already",
    Proof.PERSON: "by somebody's word",
    Proof.SUBMITTED: "after an approval in Datadog",
}


def plain(text: str) -> str:
    """Return text on one line, with nothing in it that moves a cursor or cannot be seen."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def subject(plan: Plan) -> str:
    """Return verb, target and environment; production is always said by a word."""
    where = plain(plan.target.where)
    mark = "production" if plan.target.production else "not production"
    return f"{BY_NAME[plan.action].words.title} {plain(plan.target.key)} in {where} ({mark})"


def planned(plan: Plan) -> list[str]:
    """Return what a plan would do, a line each."""
    more = " · ".join(filter(None, (plain(plan.target.name), plain(plan.target.rule))))
    lines = [subject(plan), *([f"  {more}"] if more and more != plan.target.key else [])]
    if plan.already:
        return [*lines, f"  Nothing to do: {plain(plan.already)}"]
    lines += [_difference(one) for one in plan.changes]
    lines += [f"  {plain(one.label)}: {plain(one.after or one.before)}" for one in plan.observed]
    if plan.seconds is not None:
        after = BY_NAME[plan.back].words.after if plan.back in BY_NAME else "taken back"
        lines.append(f"  For {length(plan.seconds * 1000)} from then on; after that {after} by itself.")
    return [*lines, f"  {plain(plan.consequence)}", *(f"  Mind: {plain(warning)}" for warning in plan.warnings)]


def _difference(one: FieldChange) -> str:
    before, after = plain(one.before) or "nothing", plain(one.after) or "nothing"
    return f"  {plain(one.label)}: {before} -> {after}"


def decided(rehearsal: Rehearsal, signers: str) -> list[str]:
    """Return what policy says to a rehearsed plan, who may sign, and what keeps it away."""
    decision = rehearsal.decision
    lines = [f"Policy: {asked_for(decision)} (rule “{plain(decision.rule)}”)."]
    if decision.kind is Kind.APPROVE:
        lines.append(f"May sign: {signers}; never whoever asked.")
    if decision.typed_name:
        lines.append("The target's name has to be typed.")
    if rehearsal.guard is not None:
        lines.append(f"Not now: {plain(guarded(rehearsal.guard).fact)}")
    return [*lines, *([plain(rehearsal.lacking.fact)] if rehearsal.lacking else [])]


def asked_for(decision: PolicyDecision) -> str:
    """Return what a decision asks of people, in words."""
    one = decision.approvals == 1
    return {
        Kind.ALLOW: "it runs at once",
        Kind.CONFIRM: "whoever asks confirms it",
        Kind.APPROVE: f"{signatures(decision.approvals)} of {'another person' if one else 'other people'}",
        Kind.DENY: "it is denied",
    }[decision.kind]


def signatures(count: int) -> str:
    """Return a number of signatures in words."""
    return "1 signature" if count == 1 else f"{count} signatures"


def listed(names: list[str]) -> str:
    """Return names as a list, the rest of a long one as a number."""
    shown = [*names[:MOST], *([f"{len(names) - MOST} more"] if len(names) > MOST else [])]
    return ", ".join(shown) or "nobody the policy names"


def handles(who: Who, decision: PolicyDecision) -> list[str]:
    """Return groups by the handle that Slack has for them, as far as it was read."""
    known = {word: group.handle for word, group in decision.groups.items()}
    return [f"@{plain(known.get(word, word)).lstrip('@')}" for word in who.groups]


def standing(change: ChangeRequest) -> str:
    """Return how a change stands, in a sentence."""
    said = _SAID.get(change.status, "")
    if change.status is Status.PENDING:
        said = _pending(change)
    elif change.status is Status.APPLIED and change.receipt is not None:
        said = f"Applied: {_PROOF[change.receipt.proof]}."
    elif change.status is Status.REJECTED:
        said = f"Rejected by {plain(change.reviews[-1].by.name)}."
    elif change.status is Status.STALE and change.cause is not None:
        said = f"Stale ({change.cause}); nothing was sent."
    note = plain(change.note)
    return f"{said} {note}" if note else said


def _pending(change: ChangeRequest) -> str:
    until = f"until {moment(change.expires_at)}"
    if change.waits_for_name:
        return f"It waits for its name to be typed, {until}."
    if change.decision.kind is Kind.CONFIRM:
        return f"It waits for the confirmation of whoever asked, {until}."
    return f"It waits for signatures ({len(change.approvals)} of {change.decision.approvals}), {until}."


def row(change: ChangeRequest) -> str:
    """Return a change in a list: id, what, by whom, how it stands."""
    return f"{change.id}  {subject(change.plan)}, asked for by {plain(change.requester.name)}: {standing(change)}"


def moment(at: int) -> str:
    """Return a time (epoch milliseconds) in UTC."""
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%d %H:%M} UTC"


def length(milliseconds: int) -> str:
    """Return a length of time in its two largest units."""
    seconds = max(milliseconds, 0) // 1000
    parts = [(seconds // 86_400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "no time"


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines whose cells stand below one another; an empty column is left out."""
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    empty = [not any(cells) for cells in zip_longest(*rows[1:], fillvalue="")] if len(rows) > 1 else []
    kept = [n for n in range(len(widths)) if not (n < len(empty) and empty[n])]
    return ["  ".join(row[n].ljust(widths[n]) for n in kept if n < len(row)).rstrip() for row in rows]
