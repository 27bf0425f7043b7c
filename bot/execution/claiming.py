"""Taking a change: only when its record holds, rights still stand, and policy has not become stricter."""

from typing import NamedTuple

from bot.asking import SELF
from bot.breakglass import obstacle
from bot.changes import notes, reminding, running
from bot.changes.record import Cause, ChangeRequest, Status
from bot.errors import NotPermitted, NotRecorded, Tampered
from bot.execution.bench import Bench
from bot.guards import guarded
from bot.model import Basis
from bot.policy import Kind, PolicyDecision
from bot.store import TRIES, Held, Moved


class Refusal(NamedTuple):
    """What forbids a change to run, and why."""

    cause: Cause
    why: str


class Rights(NamedTuple):
    """What was read of the rights to run a change: what forbids it, whose votes are lost, what that is based on."""

    refused: Refusal | None
    lost: tuple[str, ...] = ()
    basis: tuple[Basis, ...] = ()


async def trusted(bench: Bench, id_: str) -> Held | None:
    """Return the change when chain, votes and plan hold; end it when they do not."""
    try:
        return await bench.changes.verified(id_)
    except Tampered as broken:
        held = await bench.changes.find(id_)
        if held is None or held.change.ended:
            raise
        note = notes.nothing_sent(broken.fact)
        if held.change.called_at is not None:
            await bench.commit(held, running.unknown(held.change, SELF, bench.now(), broken.fact))
        else:
            await bench.commit(held, running.stale(held.change, SELF, bench.now(), Cause.INTEGRITY, note))
        return None


async def claim(bench: Bench, held: Held) -> Held | None:
    """
    Take a change that is approved, or one whose call has not been started; None when it may not run (any more).

    Freezes and locks are what the claim is based on: one that comes at the last moment is looked at, and holds.
    """
    take = _claim_approved if held.change.status is Status.APPROVED else _claim_again
    for _ in range(TRIES):
        try:
            return await take(bench, held)
        except Moved as moved:
            await bench.rights.reread(moved.basis)
    raise NotRecorded("Freezes and locks kept changing.", "It is tried again.")


async def _claim_approved(bench: Bench, held: Held) -> Held | None:
    """Read rights, policy, freezes and locks afresh and take the change; None when it may not run (any more)."""
    change = held.change
    signed = await _signed(bench, change)
    if signed is None:
        await bench.commit(held, running.stale(change, SELF, bench.now(), Cause.INTEGRITY, notes.NO_WARRANT))
        return None
    refused, lost, basis = await _read_rights(bench, change, signed)
    short = len(signed.approvals) - len(lost) < signed.decision.approvals
    if refused is None and short and change.warrant:
        refused = Refusal(Cause.POLICY, notes.STRUCK)
    if refused:
        await bench.commit(held, running.stale(change, SELF, bench.now(), refused.cause, refused.why))
        return None
    if short:
        terms, now = bench.changes.terms, bench.now()
        step = running.strike(change, SELF, now, lost, notes.STRUCK, terms)
        await bench.commit(held, reminding.with_reminder(step, now, terms))
        return None
    return await _taken(bench, held, basis)


async def _claim_again(bench: Bench, held: Held) -> Held | None:
    """Take over a change whose call has not been started, under the conditions of the first claim."""
    change, now = held.change, bench.now()
    if change.run_by is not None and now >= change.run_by:
        sure = running.failed(change, SELF, now, notes.UNSENT_IN_TIME)
        await bench.commit(held, running.unless_repeated(change, SELF, now, sure, notes.OUT_OF_TIME))
        return None
    signed = await _signed(bench, change)
    no_warrant = Refusal(Cause.POLICY, notes.NO_WARRANT)
    refused, lost, basis = await _read_rights(bench, change, signed) if signed else Rights(no_warrant)
    if not refused and signed and len(signed.approvals) - len(lost) < signed.decision.approvals:
        refused = Refusal(Cause.POLICY, notes.STRUCK)
    if refused:
        sure = running.stale(change, SELF, now, refused.cause, refused.why)
        await bench.commit(held, running.unless_repeated(change, SELF, now, sure, notes.stopped(refused.why)))
        return None
    return await _taken(bench, held, basis)


async def _taken(bench: Bench, held: Held, basis: tuple[Basis, ...]) -> Held:
    step = running.claim(held.change, SELF, bench.now(), bench.worker)
    return await bench.commit(held, step.model_copy(update={"basis": basis}))


async def _signed(bench: Bench, change: ChangeRequest) -> ChangeRequest | None:
    """Return the change whose signatures count: itself, or the time-boxed one that it takes back."""
    if not change.warrant:
        return change
    try:
        held = await bench.changes.verified(change.warrant)
    except Tampered:
        return None
    if held is None or held.change.reverts_at is None:
        return None
    boxed, mine = held.change.plan, change.plan
    return held.change if (boxed.back, boxed.target.slot) == (mine.action, mine.target.slot) else None


async def _read_rights(bench: Bench, change: ChangeRequest, signed: ChangeRequest) -> Rights:
    """Read everything afresh: what forbids the change (or nothing), whose votes are lost, what that is based on."""
    decision = await bench.rights.decide(change.plan, change.requester, fresh=True)
    if not signed.broken_glass and decision.stricter_than(signed.decision):
        return Rights(Refusal(Cause.POLICY, notes.stricter(decision, approved=True)))
    if problem := _unvouched(bench, change):
        return Rights(Refusal(Cause.POLICY, problem))
    if not await bench.rights.still_member(change.requester):
        return Rights(Refusal(Cause.POLICY, notes.NO_MEMBER))
    if signed.broken_glass and (barred := await _unbroken(bench, change, decision)):
        return Rights(Refusal(Cause.POLICY, barred.fact))
    refused, basis = await _guarded(bench, change, decision)
    if refused or change.broken_glass:
        return Rights(refused, basis=basis)
    signs_by = decision if decision.kind is Kind.APPROVE else signed.decision
    return Rights(None, await bench.rights.lost(signed, signs_by), basis)


def _unvouched(bench: Bench, change: ChangeRequest) -> str:
    """
    Say so where the policy no longer maps the account that a request came from to whoever asked.

    The leg back of a time box is not asked for from anywhere: what it stands on was vouched for when it ran.
    """
    account = change.origin.account
    if not account or change.warrant:
        return ""
    people, name = bench.rights.policy.people, account.rpartition("@")[0]
    if change.requester.id in (people.get(name), people.get(account)):
        return ""
    return notes.unmapped(account)


async def _unbroken(bench: Bench, change: ChangeRequest, decision: PolicyDecision) -> NotPermitted | None:
    """
    Return what forbids a change for which the glass was broken: nobody signed, so its own terms must still hold.

    For the leg back of such a time box they are those of the leg itself.
    """
    return await obstacle(bench.rights, change.plan, decision, change.requester, fresh=True)


async def _guarded(
    bench: Bench, change: ChangeRequest, decision: PolicyDecision
) -> tuple[Refusal | None, tuple[Basis, ...]]:
    """
    Return the freeze or lock that keeps the change from running, or what the claim is based on where none does.

    A record that was forged keeps everything from running.
    """
    try:
        guard, basis = await bench.rights.believed(change.plan, decision, broken_glass=change.broken_glass)
    except Tampered as broken:
        return Refusal(Cause.INTEGRITY, broken.fact), ()
    return (Refusal(guard.cause, guarded(guard).fact) if guard else None), basis
