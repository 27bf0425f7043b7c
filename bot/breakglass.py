"""
Break-glass: one person acts at once where policy foresees it, everybody is told, and somebody else looks afterwards.

It is for those a rule names, wants a reason, never serves what cannot be undone, and beats a freeze but no lock. Its
after-review is a record of the ledger, opened by a job written with the request, and reminds daily until it is closed
by somebody who could have signed and did not ask.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pydantic import JsonValue

from bot.changes.record import ChangeRequest
from bot.errors import AskAgain, NotASigner, NotPermitted, TooLate
from bot.ledger import Ledger, LedgerEntry
from bot.model import Actor, Due, Job, Plan, Risk
from bot.policy import Kind, PolicyDecision, Who
from bot.rights import Rights
from bot.store import ChangeStore

REVIEW, REMIND = "after_review", "after_review_due"
DAY = 86_400_000
Tell = Callable[[ChangeRequest], Awaitable[None]]


async def obstacle(
    rights: Rights, plan: Plan, decision: PolicyDecision, by: Actor, *, fresh: bool = False
) -> NotPermitted | None:
    """Return why somebody may not break the glass for a plan; None where they may."""
    if decision.kind is Kind.DENY:
        return _barred(f"Policy does not permit this ({decision.rule}).")
    if plan.risk is Risk.IRREVERSIBLE:
        return _barred("Break-glass never serves what cannot be undone.")
    if decision.break_glass == Who():
        return _barred(f"Policy foresees no break-glass here ({decision.rule}).")
    if not await rights.among(decision.break_glass, by.id, fresh=fresh):
        return _barred(f"You are not among those who may break the glass here ({decision.rule}).")
    return None


def _barred(fact: str) -> NotPermitted:
    return NotPermitted(fact, "Ask for a signature instead: leave the switch out.")


async def broken(rights: Rights, plan: Plan, decision: PolicyDecision, by: Actor, reason: str) -> PolicyDecision:
    """Return the decision under which a plan runs at once; raise NotPermitted, or AskAgain for want of a reason."""
    if problem := await obstacle(rights, plan, decision, by):
        raise problem
    if not reason.strip():
        raise AskAgain("Break-glass wants a reason, for everybody who is told.", "Add `because …`.")
    rule = f"{decision.rule} (break-glass)"
    return decision.model_copy(update={"kind": Kind.ALLOW, "approvals": 0, "typed_name": False, "rule": rule})


@dataclass(frozen=True, slots=True)
class Open:
    """An after-review that nobody has closed, and the change it is about."""

    change: ChangeRequest
    since: int


class AfterReviews:
    """Opens, lists, reminds of and closes after-reviews. Raises Tampered as the ledger does."""

    def __init__(self, ledger: Ledger, changes: ChangeStore, rights: Rights, tell: Tell) -> None:
        self._ledger = ledger
        self._changes = changes
        self._rights = rights
        self._tell = tell

    async def open(self, id_: str) -> None:
        """Open the after-review of a change, once however often the job comes."""
        held = await self._changes.find(id_)
        if held is None or not held.change.broken_glass:
            return
        due = Due(job=Job(kind=REMIND, id=id_), at=self._ledger.now() + DAY)
        await self._ledger.add(REVIEW, id_, {"open": True}, held.change.requester, (due,))

    async def remind(self, id_: str) -> None:
        """Tell of an after-review that is still open, and again a day later."""
        entry = await self._entry(id_)
        held = await self._changes.find(id_) if entry else None
        if entry is None or held is None:
            return
        again = Due(job=Job(kind=REMIND, id=id_), at=self._ledger.now() + DAY)
        await self._ledger.put(REVIEW, id_, entry.value, entry.by, due=(again,))
        await self._tell(held.change)

    async def standing(self) -> tuple[Open, ...]:
        """Return every after-review that is open, the oldest first."""
        found = []
        for entry in await self._ledger.all(REVIEW):
            held = await self._changes.find(entry.id) if entry.value.get("open") else None
            if held is not None:
                found.append(Open(held.change, held.change.created_at))
        return tuple(sorted(found, key=lambda one: one.since))

    async def close(self, id_: str, person: str, note: str, delivery: str = "") -> ChangeRequest:
        """Close an after-review with a note, by somebody who could have signed and did not ask."""
        actor = await self._rights.person(person)
        if await self._entry(id_) is None:
            raise TooLate(f"There is no open after-review of {id_}.", "`/ops approvals` lists those that are open.")
        change = (await self._changes.get(id_)).change
        if await self._rights.asked(change, actor):
            raise NotASigner("Whoever acted cannot also close the after-review.", "Somebody else has to.")
        await self._rights.require_signer(change.decision, actor)
        if not note.strip():
            raise AskAgain("Closing an after-review wants a note on what was found.", "Add `because …`.")
        gone = (Job(kind=REMIND, id=id_),)
        token = f"close:{delivery}" if delivery else ""
        value: dict[str, JsonValue] = {"open": False, "note": note, "closed_by": actor.id}
        await self._ledger.put(REVIEW, id_, value, actor, dedupe=token, cancel=gone)
        return change

    async def _entry(self, id_: str) -> LedgerEntry | None:
        entry = await self._ledger.get(REVIEW, id_)
        return entry if entry is not None and entry.value.get("open") else None
