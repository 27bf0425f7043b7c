"""
How a change stands, in words: one entry per status, and every message about a change draws on it.

The state says it in a few plain words for those who hear it read; fact and next step are mrkdwn sentences.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bot.changes.record import Cause, ChangeRequest, Status, Verdict
from bot.model import Proof, Receipt
from bot.policy import Kind
from handlers.blocks import quoted
from handlers.cards.phrases import (
    asked_from,
    doing,
    done,
    duration,
    may_sign,
    moment,
    person,
    requesters,
    sentence,
    signatures,
    signed_by,
    zoned,
)

_NOTE = 700


@dataclass(frozen=True, slots=True)
class Standing:
    """The state in a few plain words, the fact behind it, and what comes next."""

    state: str
    fact: str
    next_step: str = ""

    @property
    def whole(self) -> str:
        """Fact and next step."""
        return f"{self.fact} {self.next_step}".strip()


def standing(change: ChangeRequest) -> Standing:
    """Say how the change stands."""
    return _STANDINGS[change.status](change)


def awaited(change: ChangeRequest) -> str:
    """Return which press an open request waits for: the name, the requester's confirmation, or signatures."""
    if change.waits_for_name:
        return "name"
    return "signatures" if change.decision.kind is Kind.APPROVE else "confirmation"


def _note(change: ChangeRequest) -> str:
    return zoned(sentence(quoted(change.note, _NOTE))) if change.note.strip() else ""


def _ended(change: ChangeRequest) -> str:
    return moment(change.ended_at) if change.ended_at is not None else "before this"


def _pending(change: ChangeRequest) -> Standing:
    until = f"Open until {moment(change.expires_at)}."
    struck = f" A signature no longer counts: {_note(change)}" if change.note else ""
    asking = person(change.requester)
    if awaited(change) == "confirmation":
        return Standing("waiting for the requester to confirm", f"*Waiting for {asking} to confirm.*", until)
    missing = change.decision.approvals - len(change.approvals)
    if awaited(change) == "name":
        then = f"After that it needs {signatures(missing)}. " if change.decision.kind is Kind.APPROVE else ""
        fact = f"*Waiting for {asking} to type the name.*"
        return Standing("waiting for the requester to type the name", fact, f"{then}{until}")
    wanted = change.decision.approvals
    given = f" Signed {len(change.approvals)} of {wanted}, by {signed_by(change)}." if change.approvals else ""
    fact = f"*Waiting for {_more(change, missing)}.*{given}{struck}"
    who = f"May sign: {may_sign(change)}; never whoever asked. " if may_sign(change) else ""
    return Standing(f"waiting for {_more(change, missing)}", fact, f"{who}{until}")


def _more(change: ChangeRequest, missing: int) -> str:
    return (
        f"{missing} more {'signature' if missing == 1 else 'signatures'}" if change.approvals else signatures(missing)
    )


def _approved(change: ChangeRequest) -> Standing:
    when = f", {moment(change.approved_at)}" if change.approved_at is not None else ""
    if change.approvals:
        fact = f"*Approved* by {signed_by(change)}{when}."
    elif change.broken_glass:
        fact = f"*Break-glass* by {person(change.requester)}{when}: it runs at once, without a signature."
    elif change.confirmed:
        fact = f"*Confirmed* by {person(change.requester)}{when}."
    else:
        fact = f"*Cleared to run*{when}; it needs nobody's signature."
    late = f" If it has not run by {moment(change.run_by)}, it ends without effect." if change.run_by else ""
    waiting = f" {_note(change)}" if change.note else ""
    return Standing("approved, about to run", fact, f"It is next to run.{waiting}{late}")


def _applying(change: ChangeRequest) -> Standing:
    verb = doing(change.plan)
    if change.called_at is None:
        if change.note:
            fact = f"*Waiting to run.* {_note(change)}"
            so_far = "Nothing was sent so far; it" if _untouched(change) else "It"
            return Standing("waiting to run", fact, f"{so_far} is tried again by itself.")
        return Standing("running", f"*{verb} now.*", "Datadog is read once more before anything is sent.")
    sent = moment(change.called_at, seconds=True)
    if not change.note:
        return Standing("running, sent to Datadog", f"*{verb} now.*", f"Sent to Datadog {sent}; next it is read back.")
    fact = f"*Sent, not yet proved.* Sent to Datadog {sent}. {_note(change)}"
    return Standing(
        "sent to Datadog, not yet proved",
        fact,
        f"Datadog is read to see whether it took effect{_next_read(change)}. It is not sent again unless that shows it "
        "is safe.",
    )


def _next_read(change: ChangeRequest) -> str:
    return "" if change.settles_at is None else f"; the next read is at about {moment(change.settles_at, seconds=True)}"


def _submitted(change: ChangeRequest) -> Standing:
    since = f" since {moment(change.submitted_at)}" if change.submitted_at is not None else ""
    return Standing(
        "waiting in Datadog for its own approval, not yet in effect",
        f"*Waiting in Datadog*{since}: it takes effect only once it is approved there. {_note(change)}".strip(),
        "Datadog is looked at again from time to time, for a day at most.",
    )


def _applied(change: ChangeRequest) -> Standing:
    receipt = change.receipt or Receipt(proof=Proof.ACCEPTED)
    at = moment(receipt.at or change.ended_at or change.created_at, seconds=True)
    more = f" {sentence(quoted(receipt.note, _NOTE))}" if receipt.note else ""
    if change.reverts_at is not None:
        more += f" Taken back by itself {moment(change.reverts_at)}, unless something moves."
    verb = done(change.plan)
    if receipt.proof is Proof.READ_BACK:
        return Standing("done, read back", f"*{verb}.* Read back {at}.{more}")
    if receipt.proof is Proof.ALREADY:
        return Standing("was already so, nothing was sent", f"*It was already so; nothing was sent.* Read {at}.{more}")
    if receipt.proof is Proof.PERSON:
        return Standing(
            f"done, settled by {_settler(change)}",
            f"*{verb}, settled by a person.* {_settler(change)} looked in Datadog, and it had happened, {at}.{more}",
        )
    return Standing(
        "accepted by Datadog, state inferred",
        f"*{verb}: Datadog accepted; state inferred.* Accepted {at}; Datadog does not show this state.{more}",
    )


_CAUSES = {
    Cause.DRIFT: "What it was based on has moved",
    Cause.POLICY: "The policy asks for more now",
    Cause.FREEZE: "The environment is frozen",
    Cause.LOCK: "The target is locked",
    Cause.SUPERSEDED: "Another change took its place",
    Cause.INTEGRITY: "The record does not match its signed history",
    Cause.WITHDRAWN: "It was withdrawn or turned down in Datadog",
}


_HELD = frozenset({Cause.FREEZE, Cause.LOCK})
"""Causes whose note names what holds, by whom and until when."""


def _why(change: ChangeRequest) -> str:
    cause = _CAUSES.get(change.cause) if change.cause else None
    if change.cause in _HELD and change.note:
        return f"{(note := _note(change))[:1].upper()}{note[1:]}"
    if cause is None:
        return _note(change) or "No reason was recorded."
    return f"{cause}: {_note(change)}" if change.note else f"{cause}."


def explained(change: ChangeRequest) -> str:
    """Return why it stands so, as a sentence that stands alone; empty where nothing was said."""
    if change.status in (Status.FAILED, Status.STALE):
        return _why(change)
    note = _note(change)
    return note[:1].upper() + note[1:]


def safe_to_repeat(change: ChangeRequest) -> bool:
    """Tell whether asking for the same again is sensible, now that this one ended without effect."""
    return change.cause is not Cause.INTEGRITY


def _again(change: ChangeRequest) -> str:
    if not safe_to_repeat(change):
        return "Tell an administrator before anybody asks for this again."
    if change.cause in _HELD:
        return "Ask again once that has been lifted."
    return "It is safe to ask again."


def _untouched(change: ChangeRequest) -> bool:
    return change.called_at is None and not change.repeated


def _sent(change: ChangeRequest) -> str:
    return "Nothing was sent to Datadog." if _untouched(change) else "It did not take effect."


def _settler(change: ChangeRequest) -> str:
    """Return who said what came of a change that nobody could tell of."""
    return person(change.settled_by) if change.settled_by else "somebody"


def _failed(change: ChangeRequest) -> Standing:
    if change.settled_by is not None:
        found = f"*Failed, settled by a person.* {_settler(change)} looked in Datadog, and it had not happened"
        state = f"failed, settled by {_settler(change)}, not in effect"
        return Standing(state, f"{found}, {_ended(change)}.", _again(change))
    fact = f"*Failed* {_ended(change)}. {_why(change)}"
    return Standing("failed, not in effect", fact, f"{_sent(change)} {_again(change)}")


def _unknown(change: ChangeRequest) -> Standing:
    sent = f" It was sent {moment(change.called_at, seconds=True)}." if change.called_at is not None else ""
    return Standing(
        "outcome unknown, a person has to look",
        f"*Nobody can tell yet whether this happened.*{sent} {_note(change)}".strip(),
        "Look in Datadog, then say here what you found. An approver who did not ask has to.",
    )


def _stale(change: ChangeRequest) -> Standing:
    fact = f"*No longer valid* since {_ended(change)}. {_why(change)}"
    return Standing("no longer valid, not in effect", fact, f"{_sent(change)} {_again(change)}")


def _rejected(change: ChangeRequest) -> Standing:
    by = next((person(vote.by) for vote in reversed(change.reviews) if vote.verdict is Verdict.REJECT), "an approver")
    why = f" Their reason: {_note(change)}" if change.note else ""
    return Standing(
        f"rejected by {by}, not in effect",
        f"*Rejected* by {by}, {_ended(change)}.{why}",
        "Nothing was sent to Datadog.",
    )


def _cancelled(change: ChangeRequest) -> Standing:
    fact = f"*Cancelled* by {person(change.requester)}, {_ended(change)}."
    return Standing("cancelled, not in effect", fact, "Nothing was sent to Datadog.")


def _expired(change: ChangeRequest) -> Standing:
    why = f": {_note(change)}" if change.note else "."
    return Standing("expired, not in effect", f"*Expired* {_ended(change)}{why}", "Nothing was sent to Datadog.")


def people(change: ChangeRequest) -> list[str]:
    """Return who asked and why, who confirmed or signed, and how long it took: a line each."""
    asked = f"*Asked by* {requesters(change)}{asked_from(change)}, {moment(change.created_at)}"
    if change.reason.strip():
        lines = [asked, f"*Because* {quoted(change.reason, 1000)}"]
    else:
        lines = [f"{asked}, without a reason"]
    if change.status is not Status.PENDING:
        lines += _consent(change)
    elif change.confirmed:
        lines.append("*Name typed* by whoever asked")
    if change.status is Status.APPLIED and change.ended_at is not None:
        lines.append(f"*Took* {duration(change.ended_at - change.created_at)} from the request to the end")
    return lines


def _consent(change: ChangeRequest) -> list[str]:
    if change.broken_glass:
        close = f"Somebody else closes the after-review: `/ops close {change.id} because …`"
        return [f"*Break-glass*, without a signature. {close}"]
    if change.status is Status.APPROVED:
        return []
    if change.approvals:
        return [f"*Signed by* {signed_by(change)}, {moment(change.approvals[-1].at)}"]
    return [f"*Confirmed by* {person(change.requester)}"] if change.confirmed else []


_STANDINGS: dict[Status, Callable[[ChangeRequest], Standing]] = {
    Status.PENDING: _pending,
    Status.APPROVED: _approved,
    Status.APPLYING: _applying,
    Status.SUBMITTED: _submitted,
    Status.APPLIED: _applied,
    Status.FAILED: _failed,
    Status.UNKNOWN: _unknown,
    Status.STALE: _stale,
    Status.REJECTED: _rejected,
    Status.CANCELLED: _cancelled,
    Status.EXPIRED: _expired,
}
