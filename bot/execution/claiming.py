"""Taking a change: only when its record holds, rights still stand, and policy has not become stricter."""

from bot.changes import running
from bot.changes.record import Cause, ChangeRequest
from bot.errors import Tampered
from bot.execution.bench import Bench
from bot.policy import Kind
from bot.service import SELF
from bot.store import Held

_NO_WARRANT = "the change it was to take back does not vouch for it"
_STRUCK = "a vote was struck because its giver may no longer sign"


async def trusted(bench: Bench, id_: str) -> Held | None:
    """Return the change when chain, votes and plan hold; end it when they do not."""
    try:
        return await bench.changes.verified(id_)
    except Tampered as broken:
        held = await bench.changes.find(id_)
        if held is None or held.change.ended:
            raise
        note = f"{broken.fact} Nothing was sent."
        if held.change.called_at is not None:
            await bench.commit(held, running.unknown(held.change, SELF, bench.now(), broken.fact))
        else:
            await bench.commit(held, running.stale(held.change, SELF, bench.now(), Cause.INTEGRITY, note))
        return None


async def claim_approved(bench: Bench, held: Held) -> Held | None:
    """Read rights and policy afresh and take the change; None when it may not run (any more)."""
    change = held.change
    signed = await _signed(bench, change)
    if signed is None:
        await bench.commit(held, running.stale(change, SELF, bench.now(), Cause.INTEGRITY, _NO_WARRANT))
        return None
    refused, lost = await _read_rights(bench, change, signed)
    short = len(signed.approvals) - len(lost) < signed.decision.approvals
    if refused or (short and change.warrant):
        await bench.commit(held, running.stale(change, SELF, bench.now(), Cause.POLICY, refused or _STRUCK))
        return None
    if short:
        await bench.commit(held, running.strike(change, SELF, bench.now(), lost, _STRUCK, bench.changes.terms))
        return None
    return await bench.commit(held, running.claim(change, SELF, bench.now(), bench.worker))


async def claim_again(bench: Bench, held: Held) -> Held | None:
    """Take over a change whose call has not been started, under the conditions of the first claim."""
    change, now = held.change, bench.now()
    if change.run_by is not None and now >= change.run_by:
        sure = running.failed(change, SELF, now, "Its time ran out before it could be sent; nothing was sent.")
        await bench.commit(held, running.unless_repeated(change, SELF, now, sure, "Its time ran out."))
        return None
    signed = await _signed(bench, change)
    refused, lost = await _read_rights(bench, change, signed) if signed else (_NO_WARRANT, ())
    if not refused and signed and len(signed.approvals) - len(lost) < signed.decision.approvals:
        refused = _STRUCK
    if refused:
        sure = running.stale(change, SELF, now, Cause.POLICY, refused)
        await bench.commit(held, running.unless_repeated(change, SELF, now, sure, f"It was stopped: {refused}."))
        return None
    return await bench.commit(held, running.claim(change, SELF, now, bench.worker))


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


async def _read_rights(bench: Bench, change: ChangeRequest, signed: ChangeRequest) -> tuple[str, tuple[str, ...]]:
    """Read rights and policy afresh: return what forbids the change (or nothing), and whose votes are lost."""
    decision = await bench.rights.decide(change.plan, change.requester, fresh=True)
    if decision.stricter_than(signed.decision):
        return f"policy has become stricter since it was approved ({decision.rule})", ()
    if not await bench.rights.still_member(change.requester):
        return "whoever asked is no longer a full member", ()
    signs_by = decision if decision.kind is Kind.APPROVE else signed.decision
    return "", await bench.rights.lost(signed, signs_by)
