"""
The call: read again, say that it is about to be made, make it once, read back.

Nothing is sent unless the plan still holds on a fresh read and the mark of the call is in the record.
"""

import time

from bot.actions import BY_NAME, Action
from bot.asking import SELF
from bot.changes import notes, running
from bot.changes.record import Cause, ChangeRequest, Step
from bot.errors import (
    Conflict,
    CountersignError,
    Forbidden,
    Malformed,
    NeverSent,
    NotFound,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    Rejected,
)
from bot.execution.bench import Bench, backoff
from bot.model import Proof, Receipt, Snapshot
from bot.planner import moved, shown, shown_before
from bot.store import Held

READ_BACKS = (0.2, 1.0)


async def carry_out(bench: Bench, held: Held) -> None:
    """Read again, call once, read back."""
    until = time.monotonic() + bench.lease_ms / 2000
    action = BY_NAME[held.change.plan.action]
    seen = await _read_again(bench, held, action)
    if seen is None:
        return
    held = await bench.commit(held, running.call_started(held.change, SELF, bench.now()))
    if time.monotonic() > until:
        await _later(bench, held, NeverSent("the worker was held up before it could send."), wait=0)
        return
    await _call(bench, held)


async def _read_again(bench: Bench, held: Held, action: Action) -> Snapshot | None:
    """Return a fresh snapshot on which the plan still holds; end or postpone the change otherwise."""
    change, now = held.change, bench.now()
    try:
        seen = await bench.provider.snapshot(change.plan.target)
    except NotFound as gone:
        await bench.commit(held, _drifted(change, now, gone.fact))
        return None
    except (Forbidden, Rejected, Malformed) as refusal:
        sure = running.failed(change, SELF, now, notes.nothing_sent(str(refusal)))
        await bench.commit(held, running.unless_repeated(change, SELF, now, sure, str(refusal)))
        return None
    except ProviderError as away:
        await _later(bench, held, away, wait=backoff(change))
        return None
    if shown_before(change.plan, seen.facts):
        await bench.commit(held, running.applied(change, SELF, now, _as_found(change, seen)))
        return None
    if what := moved(action, change.plan, seen):
        await bench.commit(held, _drifted(change, now, notes.drifted(what)))
        return None
    return seen


async def _later(bench: Bench, held: Held, why: CountersignError, *, wait: int) -> None:
    """Try again after `wait` ms, as nothing was sent; give up past the time by which it had to run."""
    change, now = held.change, bench.now()
    if change.run_by is not None and now + wait > change.run_by:
        sure = running.failed(change, SELF, now, notes.tried_in_vain(why))
        await bench.commit(held, running.unless_repeated(change, SELF, now, sure, why.fact))
        return
    note = notes.waiting(bench.provider.name, why)
    await bench.commit(held, running.call_not_sent(change, SELF, now, note, wait))


async def _call(bench: Bench, held: Held) -> None:
    change = held.change
    try:
        receipt = await bench.provider.apply(change.plan)
    except RateLimited as limited:
        await _later(bench, held, limited, wait=int(limited.retry_after * 1000))
    except NeverSent as unsent:
        await _later(bench, held, unsent, wait=backoff(change))
    except OutcomeUnknown as silent:
        await bench.commit(held, unanswered(bench, change, silent.fact))
    except Conflict as conflict:
        await _refused(bench, held, conflict)
    except ProviderError as refusal:
        sure = running.failed(change, SELF, bench.now(), str(refusal))
        await bench.commit(held, running.unless_repeated(change, SELF, bench.now(), sure, str(refusal)))
    else:
        await _answered(bench, held, receipt)


def unanswered(bench: Bench, change: ChangeRequest, note: str, receipt: Receipt | None = None) -> Step:
    """Return the step that keeps a call in doubt until a later read-back."""
    return running.call_unanswered(change, SELF, bench.now(), note, bench.changes.terms, receipt)


async def _refused(bench: Bench, held: Held, conflict: Conflict) -> None:
    """A conflict: either it is already so, or something is not as it was planned."""
    change = held.change
    try:
        seen = await bench.provider.snapshot(change.plan.target)
    except ProviderError:
        seen = None
    now = bench.now()
    if seen is not None and shown_before(change.plan, seen.facts):
        await bench.commit(held, running.applied(change, SELF, now, _as_found(change, seen)))
    else:
        await bench.commit(held, _drifted(change, now, conflict.fact))


def _as_found(change: ChangeRequest, seen: Snapshot) -> Receipt:
    """Return the proof that it is so without this call: it was already, or an earlier call brought it about."""
    proof = Proof.READ_BACK if change.repeated else Proof.ALREADY
    return Receipt(proof=proof, facts=seen.facts, at=seen.taken_at)


def _drifted(change: ChangeRequest, now: int, what: str) -> Step:
    """Refuse a plan that no longer holds; after an unanswered call nobody can tell whether that is our doing."""
    sure = running.stale(change, SELF, now, Cause.DRIFT, what)
    return running.unless_repeated(change, SELF, now, sure, what)


async def _answered(bench: Bench, held: Held, receipt: Receipt) -> None:
    """Datadog took the call: read back until it shows, or say what is known."""
    change = held.change
    if receipt.proof is Proof.SUBMITTED:
        await bench.commit(held, _submitted(bench, change, receipt))
        return
    for pause in (0.0, *READ_BACKS):
        await bench.wait(pause)
        if await proved(bench, held, receipt):
            return
    note = notes.taken_not_shown(bench.provider.name)
    await bench.commit(held, unanswered(bench, change, note, receipt))


def _submitted(bench: Bench, change: ChangeRequest, receipt: Receipt) -> Step:
    return running.submitted(change, SELF, bench.now(), receipt, bench.changes.terms)


async def proved(bench: Bench, held: Held, receipt: Receipt) -> bool:
    """Read back once; end the change where that settles it."""
    change = held.change
    try:
        seen = await bench.provider.snapshot(change.plan.target)
    except ProviderError:
        return False
    shows = shown(change.plan, seen.facts)
    if shows is False and seen.facts.get("pending_suggestion"):
        await bench.commit(held, _submitted(bench, change, receipt))
        return True
    if shows is False:
        return False
    proof = Proof.READ_BACK if shows else Proof.ACCEPTED
    known = receipt.model_copy(update={"proof": proof, "facts": seen.facts, "at": seen.taken_at})
    await bench.commit(held, running.applied(change, SELF, bench.now(), known))
    return True
