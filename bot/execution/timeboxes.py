"""
The end of a time box: the change takes itself back, under the signatures it was given for both legs.

The leg back is a change of its own with an id that follows from the first one's, so that it opens once however often
the job comes. Its plan is what was read back when the first leg was applied: if anything it watches has moved since,
execution finds it stale, nothing is done, and an ordinary request opens in its place.
"""

import hashlib
from base64 import b32encode

from bot.actions import BY_NAME
from bot.asking import Asking
from bot.changes import deciding, notes
from bot.changes.record import ChangeRequest, Status
from bot.errors import AlreadyOpen, CountersignError, NotRecorded
from bot.execution.bench import Bench
from bot.execution.claiming import trusted
from bot.model import Snapshot
from bot.planner import plan as make_plan
from bot.policy import Kind, PolicyDecision
from bot.service import Service


def leg_id(id_: str) -> str:
    """Return the id of the one change that takes another back."""
    digest = hashlib.sha256(f"take back {id_}".encode()).digest()
    return "cs-" + b32encode(digest)[:6].decode().lower()


class TimeBoxes:
    """Opens what follows on a time box; both jobs may come any number of times."""

    def __init__(self, bench: Bench, service: Service) -> None:
        self._bench = bench
        self._service = service

    async def take_back(self, id_: str) -> None:
        """Open the leg back of a change whose time is over, ready to run."""
        held = await trusted(self._bench, id_)
        if held is None or held.change.reverts_at is None or self._bench.now() < held.change.reverts_at:
            return
        leg = leg_id(id_)
        if await self._bench.changes.find(leg) is None:
            await self._open(held.change, leg)

    async def _open(self, boxed: ChangeRequest, leg: str) -> None:
        bench = self._bench
        facts = boxed.receipt.facts if boxed.receipt else {}
        then = Snapshot(target=boxed.plan.target, facts=facts, taken_at=boxed.ended_at or 0)
        step = deciding.open_change(
            leg,
            make_plan(BY_NAME[boxed.plan.back], then).model_copy(update={"already": ""}),
            PolicyDecision(kind=Kind.ALLOW, rule=notes.box_signed(boxed)),
            boxed.requester,
            bench.now(),
            bench.changes.terms,
            reason=notes.box_over(boxed),
            origin=boxed.origin,
            parent=boxed.id,
            barred=boxed.barred,
            warrant=boxed.id,
        )
        try:
            await bench.changes.open(step, capped=False)
        except AlreadyOpen:
            await bench.changes.open(step, share=True, capped=False)
        bench.notifier.changed(leg)

    async def ask_instead(self, id_: str) -> None:
        """Where a leg back was refused, open an ordinary request for the same; its card says it otherwise."""
        held = await self._bench.changes.find(id_)
        if held is None or held.change.status is not Status.STALE or not held.change.warrant:
            return
        leg = held.change
        asking = Asking(leg.requester.id, leg.origin, delivery=f"ask_instead:{id_}", reason=leg.reason)
        try:
            await self._service.again(id_, asking)
        except NotRecorded:
            raise
        except CountersignError:
            return  # the stale card says what moved, and offers to ask again
