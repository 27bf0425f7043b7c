"""Finding out what came of a call that was not answered, not proved, or that waits inside the provider."""

from bot.actions import BY_NAME, Action, Repeat
from bot.asking import SELF
from bot.changes import notes, running
from bot.changes.record import Cause, ChangeRequest
from bot.errors import ProviderError
from bot.execution.bench import Bench
from bot.execution.calling import carry_out, proved, unanswered
from bot.model import Due, Job, Proof, Receipt, Snapshot
from bot.planner import moved, shown
from bot.store import Held

MOST_ATTEMPTS = 5


async def settle(bench: Bench, held: Held) -> None:
    """Find out what came of a call that was not answered or not proved, without making another by itself."""
    change = held.change
    action = BY_NAME[change.plan.action]
    if change.receipt is not None and await proved(bench, held, change.receipt):
        return
    try:
        seen = await bench.provider.snapshot(change.plan.target)
    except ProviderError as away:
        await _unsettled(bench, held, notes.unread(bench.provider.name, away))
        return
    if shown(change.plan, seen.facts):
        receipt = Receipt(proof=Proof.READ_BACK, facts=seen.facts, at=seen.taken_at)
        await bench.commit(held, running.applied(change, SELF, bench.now(), receipt))
    elif change.receipt is None and _may_repeat(bench, action, change, seen):
        await carry_out(bench, await bench.commit(held, running.claim(change, SELF, bench.now(), bench.worker)))
    else:
        await _unsettled(bench, held, notes.NOT_SHOWN, final=True)


def _may_repeat(bench: Bench, action: Action, change: ChangeRequest, seen: Snapshot) -> bool:
    """Tell whether a call that did not show may be made again: it sets a state, and soon enough after the first."""
    called = change.called_at or bench.now()
    sets_state = action.repeat is Repeat.SETS_STATE and change.attempt < MOST_ATTEMPTS
    return sets_state and bench.now() - called < bench.changes.terms.run_by and not moved(action, change.plan, seen)


async def _unsettled(bench: Bench, held: Held, why: str, *, final: bool = False) -> None:
    """Look again later, or say that a person must find out."""
    change, now = held.change, bench.now()
    called = change.called_at or now
    if final or now - called > 6 * bench.changes.terms.settle:
        note = notes.unsettled(why)
        await bench.commit(held, running.unknown(change, SELF, now, note))
    else:
        await bench.commit(held, unanswered(bench, change, why))


async def poll(bench: Bench, held: Held) -> None:
    """Look whether what waits inside the provider was approved there, or withdrawn."""
    change, now = held.change, bench.now()
    receipt = change.receipt or Receipt(proof=Proof.SUBMITTED)
    try:
        seen = await bench.provider.snapshot(change.plan.target)
    except ProviderError:
        await _poll_again(bench, held)
        return
    if seen.facts.get("pending_suggestion"):
        await _poll_again(bench, held)
        return
    shows = shown(change.plan, seen.facts)
    if shows:
        known = receipt.model_copy(update={"proof": Proof.READ_BACK, "facts": seen.facts, "at": seen.taken_at})
        await bench.commit(held, running.applied(change, SELF, now, known))
    elif shows is None:
        note = notes.no_longer_waits(bench.provider.name)
        await bench.commit(held, running.unknown(change, SELF, now, note))
    else:
        note = notes.withdrawn(bench.provider.name)
        await bench.commit(held, running.failed(change, SELF, now, note, Cause.WITHDRAWN))


async def _poll_again(bench: Bench, held: Held) -> None:
    change, now = held.change, bench.now()
    since = change.submitted_at or now
    if now - since < bench.changes.terms.submitted_limit:
        pause = min(max(bench.changes.terms.poll, (now - since) // 4), 600_000)
        await bench.queue.defer(Due(job=Job(kind="poll", id=change.id), at=now + pause))
        return
    note = notes.followed_no_longer(bench.provider.name)
    await bench.commit(held, running.unknown(change, SELF, now, note))
