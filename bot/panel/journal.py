"""
What the bot itself did lately: every change, read once and again whenever its chain has moved.

One round trip tells that nothing has happened. Each change is verified as it is read; one that does not verify is
left out and counted.
"""

import logging

from bot.actions import BY_NAME
from bot.auditing.walking import newest_first, oldest_first
from bot.changes.record import ChangeRequest, Status
from bot.errors import NotRecorded, Tampered
from bot.model import Noun, Proof, Target
from bot.panel.progress import Act
from bot.ports import Chain, Records
from bot.store import KIND, ChangeStore

log = logging.getLogger(__name__)
BACK = 7 * 86_400_000
MOST = 2000


class Journal:
    """The changes of the last seven days, in memory."""

    def __init__(self, records: Records, changes: ChangeStore) -> None:
        self._records = records
        self._changes = changes
        self._read: dict[str, ChangeRequest] = {}
        self._broken: set[str] = set()
        self._head: Chain | None = None
        self._stirred: Chain | None = None

    async def stirred(self) -> bool:
        """Tell whether anything at all has happened since the last time, without reading it."""
        newest = await self._records.chains(1, newest_first=True)
        before, self._stirred = self._stirred, newest[0] if newest else None
        return self._stirred != before

    async def catch_up(self) -> frozenset[str]:
        """Read what is new and return the kinds of record that moved; raise NotRecorded when the store is away."""
        newest = await self._records.chains(1, newest_first=True)
        if not newest or newest[0] == self._head:
            return frozenset()
        moved = await self._new()
        for chain in moved:
            if chain.kind == KIND:
                await self._take(chain.id)
        self._head = newest[0]
        self._forget()
        return frozenset(chain.kind for chain in moved)

    async def _new(self) -> list[Chain]:
        if self._head is not None:
            return [chain async for chain in oldest_first(self._records, self._head.at) if chain != self._head]
        found = []
        async for chain in newest_first(self._records, max(0, self._records.now() - BACK)):
            found.append(chain)
            if len(found) >= MOST:
                break
        return found

    async def _take(self, id_: str) -> None:
        try:
            held = await self._changes.verified(id_)
        except Tampered:
            log.warning("panel.not_intact", extra={"change": id_})
            self._read.pop(id_, None)
            self._broken.add(id_)
            return
        except NotRecorded:  # a newer version's record, unless the store is away: then the next look will say so
            return
        self._broken.discard(id_)
        if held is not None:
            self._read[id_] = held.change

    def _forget(self) -> None:
        if len(self._read) <= 2 * MOST:
            return
        oldest = sorted((one for one in self._read.values() if one.ended), key=lambda one: one.ended_at or 0)
        for change in oldest[:MOST]:
            del self._read[change.id]

    @property
    def broken(self) -> int:
        """How many changes could not be verified."""
        return len(self._broken)

    def waiting(self) -> tuple[ChangeRequest, ...]:
        """Return what waits for a signature, the most urgent first."""
        found = [c for c in self._read.values() if c.status is Status.PENDING and c.decision.approvals]
        return tuple(sorted(found, key=lambda change: change.expires_at))

    def done(self, since: int = 0) -> tuple[ChangeRequest, ...]:
        """Return what was applied, the latest first."""
        found = [c for c in self._read.values() if _ours(c) and (c.ended_at or 0) >= since]
        return tuple(sorted(found, key=lambda change: change.ended_at or 0, reverse=True))

    def acts(self, target: Target) -> tuple[Act, ...]:
        """Return what the bot did to a rollout, in the order of time."""
        found = [
            Act(verb=BY_NAME[c.plan.action].verb, at=c.called_at or c.ended_at or c.created_at)
            for c in self._read.values()
            if c.plan.target.id == target.id and _ours(c) and c.plan.action in BY_NAME
        ]
        return tuple(sorted(found, key=lambda act: act.at))

    def flags(self, since: int) -> tuple[ChangeRequest, ...]:
        """Return the last change of each flag and environment, the latest first."""
        last: dict[str, ChangeRequest] = {}
        for change in self.done(since):
            if change.plan.target.noun is Noun.FLAG:
                last.setdefault(change.plan.target.slot, change)
        return tuple(last.values())

    def resumes(self, noun: Noun) -> dict[str, int]:
        """Return when time boxes on a kind of target end, by the target's id."""
        boxed = [c for c in self.done() if c.plan.target.noun is noun and c.reverts_at is not None]
        return {c.plan.target.id: c.reverts_at for c in reversed(boxed) if c.reverts_at is not None}


def _ours(change: ChangeRequest) -> bool:
    already = change.receipt is not None and change.receipt.proof is Proof.ALREADY
    return change.status is Status.APPLIED and not already
