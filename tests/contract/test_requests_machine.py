"""
Requests from the asking to the end, over both stores at once: the same answers, and what must hold always.

People ask, sign, confirm, reject and cancel, time and workers do their part, all in any order; some requests are old,
so that their time is over by the store's own clock when somebody comes to them.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from bot.adapters.embedded import EmbeddedServer
from bot.changes import deciding, running
from bot.changes.record import ENDED, TRANSITIONS, Cause, ChangeRequest, Status, Step
from bot.errors import CountersignError
from bot.model import Actor, Proof, Receipt
from bot.ports import Records
from bot.store import ChangeStore
from tests.builders import APPROVER, REQUESTER, SECOND_APPROVER, TERMS, a_decision, a_plan, needing_nobody
from tests.contract.worlds import SIGNER, World, world_of

SECOND_ACCOUNT = Actor(id="U0OTHER", name="Requester again", email=(REQUESTER.email or "").upper())
PEOPLE = (REQUESTER, SECOND_ACCOUNT, APPROVER, SECOND_APPROVER)
WORKER = Actor(id="countersign", name="Countersign")
IDS = tuple(f"cs-{letter * 6}" for letter in "abcdef")
PLACES = ("one", "two")
Decide = Callable[[ChangeRequest, int], Step | None]

people, picks, places = st.sampled_from(PEOPLE), st.integers(0, len(IDS) - 1), st.sampled_from(PLACES)


class Town:
    """One store and what is done in it."""

    def __init__(self, world: World) -> None:
        self.records: Records = world.records
        self.changes = ChangeStore(world.records, SIGNER, TERMS)

    async def open(self, id_: str, place: str, needs: int, *, old: bool) -> str:
        """Ask for a change; an old one was asked for so long ago that its time is over."""
        now = self.changes.now() - (TERMS.expiry_production + 60_000 if old else 0)
        plan = a_plan("flag.disable")
        plan = plan.model_copy(update={"target": plan.target.model_copy(update={"id": place})})
        decision = a_decision(plan, approvals=needs) if needs >= 0 else needing_nobody(plan)
        step = deciding.open_change(id_, plan, decision, REQUESTER, now, TERMS)
        return await answered(self._open(step))

    async def _open(self, step: Step) -> str:
        held, new = await self.changes.open(step)
        return f"{held.change.status} {new}"

    async def do(self, id_: str, decide: Decide, delivery: str = "") -> str:
        """Make a transition and say what came of it."""

        async def step(change: ChangeRequest) -> Step | None:
            return decide(change, self.changes.now())

        async def transact() -> str:
            change, wrote = await self.changes.transact(id_, step, delivery)
            return f"{change.status} {wrote}"

        return await answered(transact())

    async def seen(self) -> dict[str, object]:
        """Return everything that must be alike, each chain verified."""
        held = {id_: await self.changes.verified(id_) for id_ in IDS}
        return {
            "changes": {id_: _face(one.change) for id_, one in held.items() if one},
            "holders": [await self.records.holder(_slot(place)) for place in PLACES],
            "active": sorted(change.id for change in await self.changes.active()),
            "pending": sorted(change.id for change in await self.changes.pending()),
            "events": {id_: [e.event.name for e in await self.records.trail("change", id_)] for id_ in IDS},
        }


async def answered(doing: Coroutine[Any, Any, str]) -> str:
    """Return what came of something, or how it was refused."""
    try:
        return await doing
    except CountersignError as refusal:
        return f"{refusal.code}: {refusal.fact}"


def _slot(place: str) -> str:
    plan = a_plan("flag.disable")
    return plan.target.model_copy(update={"id": place}).slot


def _face(change: ChangeRequest) -> tuple[object, ...]:
    votes = [(review.verdict, review.by.id) for review in change.reviews]
    return change.status, votes, change.attempt, change.cause, change.note


class Requests(RuleBasedStateMachine):
    """Plays the same in memory and on Redis."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        with redis.Redis.from_url(self.url) as client:
            client.flushall()
        self.runner = asyncio.Runner()
        self.closing = AsyncExitStack()
        worlds = [self.run(self.closing.enter_async_context(world_of(k, self.url))) for k in KINDS]
        self.in_memory = worlds[0]
        self.towns = [Town(world) for world in worlds]
        for town in self.towns:
            self.run(town.records.ping())
        self.before: dict[str, Status] = {}

    def run(self, doing: Coroutine[Any, Any, Any]) -> Any:
        """Wait for something."""
        return self.runner.run(doing)

    def teardown(self) -> None:
        """Close both."""
        self.run(self.closing.aclose())
        self.runner.close()

    def both(self, do: Callable[[Town], Coroutine[Any, Any, str]]) -> None:
        """Do the same in both stores, at a moment of its own; both answer the same."""
        self.run(self.in_memory.pass_time(1))
        in_memory, on_redis = (self.run(do(town)) for town in self.towns)
        assert in_memory == on_redis

    def on(self, id_: str, decide: Decide, delivery: str = "") -> None:
        """Make the same transition in both stores."""
        self.both(lambda town: town.do(id_, decide, delivery))

    @initialize(needs=st.integers(-1, 2))
    def first(self, needs: int) -> None:
        """Somebody asks for the first."""
        self.ask(0, PLACES[0], needs, old=False)

    @rule(pick=picks, place=places, needs=st.integers(-1, 2), old=st.sampled_from((False, False, False, True)))
    def ask(self, pick: int, place: str, needs: int, *, old: bool) -> None:
        """Somebody asks, under an id that may be taken."""
        self.both(lambda town: town.open(IDS[pick], place, needs, old=old))

    def picked(self, pick: int) -> str:
        """Return one of the ids that are in use."""
        return sorted(self.before)[pick % len(self.before)]

    @rule(pick=picks, who=people, delivery=st.sampled_from(("", "press 1", "press 2")))
    def approve(self, pick: int, who: Actor, delivery: str) -> None:
        """Somebody signs, perhaps by a delivery that came before."""
        self.on(self.picked(pick), lambda change, now: deciding.approve(change, who, now, TERMS), delivery)

    @rule(pick=picks, who=people)
    def confirm(self, pick: int, who: Actor) -> None:
        """Somebody confirms."""
        self.on(
            self.picked(pick), lambda change, now: deciding.confirm(change, who, now, TERMS, change.plan.target.key)
        )

    @rule(pick=picks, who=people)
    def reject(self, pick: int, who: Actor) -> None:
        """Somebody rejects."""
        self.on(self.picked(pick), lambda change, now: deciding.reject(change, who, now, "not now"))

    @rule(pick=picks, who=people)
    def cancel(self, pick: int, who: Actor) -> None:
        """Somebody takes it back."""
        self.on(self.picked(pick), lambda change, now: deciding.cancel(change, who, now))

    @rule(pick=picks)
    def expire(self, pick: int) -> None:
        """Its time is looked at."""
        self.on(self.picked(pick), lambda change, now: deciding.expire(change, WORKER, now))

    @rule(pick=picks)
    def strike(self, pick: int) -> None:
        """A vote is struck."""
        self.on(
            self.picked(pick), lambda change, now: running.strike(change, WORKER, now, (APPROVER.id,), "lost", TERMS)
        )

    @rule(pick=picks)
    def stale(self, pick: int) -> None:
        """What it stands on has moved."""
        self.on(self.picked(pick), lambda change, now: running.stale(change, WORKER, now, Cause.DRIFT, "moved"))

    @rule(pick=picks)
    def claim(self, pick: int) -> None:
        """A worker takes it."""
        self.on(self.picked(pick), lambda change, now: running.claim(change, WORKER, now, "worker-1"))

    @rule(pick=picks)
    def call(self, pick: int) -> None:
        """A worker says that it is about to call."""
        self.on(self.picked(pick), lambda change, now: running.call_started(change, WORKER, now))

    @rule(pick=picks, end=st.sampled_from(("applied", "failed", "unknown", "submitted")))
    def record(self, pick: int, end: str) -> None:
        """A worker records what came of it."""
        proof = Receipt(proof=Proof.SUBMITTED if end == "submitted" else Proof.READ_BACK, status=200, at=1)
        ends: dict[str, Decide] = {
            "applied": lambda change, now: running.applied(change, WORKER, now, proof),
            "failed": lambda change, now: running.failed(change, WORKER, now, "refused"),
            "unknown": lambda change, now: running.unknown(change, WORKER, now, "no answer"),
            "submitted": lambda change, now: running.submitted(change, WORKER, now, proof, TERMS),
        }
        self.on(self.picked(pick), ends[end])

    @rule(pick=picks, who=people, happened=st.booleans())
    def settle(self, pick: int, who: Actor, *, happened: bool) -> None:
        """Somebody says what came of it."""
        self.on(self.picked(pick), lambda change, now: running.settle(change, who, now, happened))

    @rule(pick=picks, far=st.integers(1, 4))
    def carry_on(self, pick: int, far: int) -> None:
        """What comes next is done, so that stories have an end."""
        open_ones = [id_ for id_ in sorted(self.before) if self.before[id_] not in ENDED]
        for _ in range(far if open_ones else 0):
            id_ = open_ones[pick % len(open_ones)]
            self.next_step(sorted(self.before).index(id_), self.before[id_], "unknown" if pick % 3 == 2 else "applied")
            self.both_look_alike_and_hold()

    def next_step(self, number: int, status: Status, end: str) -> None:
        """Do what comes next in the life of one request."""
        match status:
            case Status.PENDING:
                self.confirm(number, REQUESTER)
                self.approve(number, APPROVER, "")
                self.approve(number, SECOND_APPROVER, "")
            case Status.APPROVED:
                self.claim(number)
            case Status.APPLYING:
                self.call(number)
                self.record(number, end)
            case Status.UNKNOWN | Status.SUBMITTED:
                self.settle(number, APPROVER, happened=True)
                self.record(number, "applied")

    @invariant()
    def both_look_alike_and_hold(self) -> None:
        """Both stores show the same, chains verify, and no change came further than its signatures allow."""
        in_memory, on_redis = (self.run(town.seen()) for town in self.towns)
        assert in_memory == on_redis
        for id_ in IDS:
            held = self.run(self.towns[0].changes.find(id_))
            if held is not None:
                self.holds(held.change)

    def holds(self, change: ChangeRequest) -> None:
        """Check one change against its table of transitions, its quorum, and who asked."""
        was = self.before.get(change.id, change.status)
        assert change.status is was or change.status in TRANSITIONS[was]
        self.before[change.id] = change.status
        signers = {vote.by.id for vote in change.approvals}
        assert len(signers) == len(change.approvals)
        assert not signers & {REQUESTER.id, SECOND_ACCOUNT.id}
        begun = (Status.APPROVED, Status.APPLYING, Status.SUBMITTED, Status.APPLIED, Status.FAILED, Status.UNKNOWN)
        if change.status in begun:
            assert len(signers) >= change.decision.approvals
            assert change.approvals or change.confirmed or change.decision.kind == "allow"
        holder = self.run(self.towns[0].records.holder(change.plan.target.slot))
        assert change.status not in ENDED or holder != change.id


KINDS = ("memory", "redis")


def play(server: EmbeddedServer, examples: int, steps: int) -> None:
    """Play so many stories of so many steps."""
    machine = type("Requests", (Requests,), {"url": server.url})
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=examples, stateful_step_count=steps, suppress_health_check=slow),
    )


def test_requests_live_alike_in_both_stores(redis_server: EmbeddedServer) -> None:
    """Whatever people, time and workers do in whatever order, both stores agree and nothing runs unsigned."""
    play(redis_server, 8, 20)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_requests_live_alike_for_long(redis_server: EmbeddedServer) -> None:
    """The same, for many long stories."""
    play(redis_server, 300, 60)
