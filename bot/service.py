"""
One door for every change: asking (bot/asking.py), and here reviewing, cancelling, reminding, expiring, settling.

Each method takes who and what, decides with pure functions, commits once, and says what came of it. Everything
that people are shown follows from the record afterwards.
"""

from collections.abc import Callable

from bot.actions import BY_NAME
from bot.asking import SELF, Asking, NothingToDo, Opened, Requests
from bot.changes import deciding, notes, reminding, running
from bot.changes.record import Cause, ChangeRequest, Status, Step
from bot.errors import NotASigner, TooLate
from bot.model import Actor, Basis, digest
from bot.policy import Kind, PolicyDecision


class Service(Requests):
    """The only orchestration of requests and reviews."""

    async def ready(self, person: str) -> None:
        """Look up what a press of somebody will ask for; raise DirectoryUnavailable where nothing is known of them."""
        await self._rights.ready(person)

    async def confirm(
        self, id_: str, person: str, delivery: str, seen: str = "", typed: str | None = None
    ) -> ChangeRequest:
        """Record the requester's own confirmation."""
        actor = await self._rights.person(person)

        def step(change: ChangeRequest, now: int) -> Step:
            return deciding.confirm(change, actor, now, self._changes.terms, typed)

        return await self._review(id_, step, delivery, seen)

    async def approve(self, id_: str, person: str, delivery: str, seen: str = "") -> ChangeRequest:
        """Count one approving vote of somebody who may sign."""
        actor = await self._rights.person(person)

        def step(change: ChangeRequest, now: int) -> Step:
            return deciding.approve(change, actor, now, self._changes.terms)

        return await self._review(id_, step, delivery, seen, signer=actor)

    async def reject(self, id_: str, person: str, delivery: str, note: str, seen: str = "") -> ChangeRequest:
        """End a request with a reason, by somebody who may sign."""
        actor = await self._rights.person(person)

        def step(change: ChangeRequest, now: int) -> Step:
            return deciding.reject(change, actor, now, note)

        return await self._review(id_, step, delivery, seen, signer=actor)

    async def settle(self, id_: str, person: str, delivery: str, seen: str = "", *, happened: bool) -> ChangeRequest:
        """Record what a person found out about a change nobody could tell of."""
        actor = await self._rights.person(person)

        def step(change: ChangeRequest, now: int) -> Step:
            return running.settle(change, actor, now, happened)

        return await self._review(id_, step, delivery, seen, signer=actor)

    async def again(self, id_: str, asking: Asking) -> Opened | NothingToDo:
        """
        Ask for an ended change once more; one of which nobody can tell is settled first, as not having happened.

        That is said by somebody who may say it, and only where a fresh look does not show it in effect.
        """
        change = await self.get(id_)
        if change.status is Status.UNKNOWN:
            plan = await self._planned(BY_NAME[change.plan.action], change.plan.target, change.plan.parameters)
            if plan.already:
                return NothingToDo(plan)
            await self.settle(id_, asking.person, f"{asking.delivery}:settle", happened=False)
        return await super().again(id_, asking)

    async def cancel(self, id_: str, person: str, delivery: str, seen: str = "") -> ChangeRequest:
        """Take a request back, by its requester."""
        actor = await self._rights.person(person)
        return await self._review(id_, lambda c, now: deciding.cancel(c, actor, now), delivery, seen)

    async def remind(self, id_: str, person: str, delivery: str) -> ChangeRequest:
        """Remind whoever has not answered, by whoever asked."""
        actor = await self._rights.person(person)
        terms = self._changes.terms

        async def decide(change: ChangeRequest) -> Step | None:
            return reminding.remind(change, actor, self._changes.now(), terms)

        change, _ = await self._changes.transact(id_, decide, delivery)
        self._notifier.changed(id_)
        return change

    async def remind_due(self, id_: str) -> None:
        """Remind whoever has not answered, where it is time."""

        async def decide(change: ChangeRequest) -> Step | None:
            return reminding.remind_due(change, SELF, self._changes.now(), self._changes.terms)

        _, wrote = await self._changes.transact(id_, decide)
        if wrote:
            self._notifier.changed(id_)

    async def expire(self, id_: str) -> None:
        """End a request whose time has come."""

        async def decide(change: ChangeRequest) -> Step | None:
            return deciding.expire(change, SELF, self._changes.now())

        _, wrote = await self._changes.transact(id_, decide)
        if wrote:
            self._notifier.changed(id_)

    async def _review(
        self,
        id_: str,
        step: Callable[[ChangeRequest, int], Step],
        delivery: str,
        seen: str,
        *,
        signer: Actor | None = None,
    ) -> ChangeRequest:
        """
        Commit one person's word; `signer`, where given, must be among those who may sign.

        `seen` is the beginning of the digest of the plan the person saw. A delivery recorded before changes nothing.
        """
        token = digest(delivery)[:12] if delivery else ""

        async def decide(change: ChangeRequest) -> Step | None:
            if token and token in change.deliveries:
                return None
            if not change.plan.digest.startswith(seen):
                raise TooLate("This button belongs to another plan than the one on record.", "Nothing was done.")
            taken = step(change, self._changes.now())
            signs_by = change.decision
            basis: tuple[Basis, ...] = ()
            if taken.change.status in (Status.PENDING, Status.APPROVED):
                signs_by = await self._rights.decide(change.plan, change.requester)
                if signs_by.stricter_than(change.decision):
                    note = notes.stricter(signs_by, approved=False)
                    return _with_delivery(running.stale(change, SELF, self._changes.now(), Cause.POLICY, note), token)
                basis = await self._rights.basis(change.plan, signs_by)
            if signer is not None:
                await self._require_signer(change, signs_by, signer)
            return _with_delivery(taken.model_copy(update={"basis": basis}), token)

        change, _ = await self._changes.transact(id_, decide, delivery, self._rights.reread)
        self._notifier.changed(id_)
        return change

    async def _require_signer(self, change: ChangeRequest, now: PolicyDecision, signer: Actor) -> None:
        """
        Raise NotASigner unless somebody may sign under the policy in force.

        A time-boxed change is signed for its way back too, which may be what asks for the signature: there it is
        also, or only, those whom its decision names.
        """
        if change.plan.back:
            await self._rights.require_signer(change.decision, signer)
        if not change.plan.back or now.kind is Kind.APPROVE:
            await self._rights.require_signer(now, signer)

    async def get(self, id_: str) -> ChangeRequest:
        """Return a request; raise TooLate when there is none (any more)."""
        return (await self._changes.get(id_)).change

    async def may_decide(self, id_: str, person: str) -> ChangeRequest:
        """Return a pending request if this person may sign or reject it; raise what stands against it."""
        actor = await self._rights.person(person)
        change = await self.get(id_)
        deciding.reject(change, actor, self._changes.now(), "")
        await self._rights.require_signer(change.decision, actor)
        return change

    async def may_confirm(self, id_: str, person: str) -> ChangeRequest:
        """Return a pending request if this person may confirm it, which is its requester alone."""
        actor = await self._rights.person(person)
        change = await self.get(id_)
        deciding.confirm(change, actor, self._changes.now(), self._changes.terms, change.plan.target.key)
        return change

    async def inbox(self, person: str) -> tuple[tuple[ChangeRequest, ...], tuple[ChangeRequest, ...]]:
        """Return what waits for this person's signature, and this person's own open requests."""
        actor = await self._rights.person(person)
        waiting = [c for c in await self._changes.pending() if await self._could_sign(c, actor)]
        return tuple(waiting), await self._changes.of(person)

    async def _could_sign(self, change: ChangeRequest, actor: Actor) -> bool:
        if deciding.barred_from_signing(change, actor) or change.waits_for_name or not change.decision.approvals:
            return False
        if any(actor.same_person(vote.by) for vote in change.approvals):
            return False
        try:
            await self._rights.require_signer(change.decision, actor)
        except NotASigner:
            return False
        return True


def _with_delivery(step: Step, token: str) -> Step:
    if not token:
        return step
    change = step.change.model_copy(update={"deliveries": (*step.change.deliveries, token)})
    return step.model_copy(update={"change": change})
