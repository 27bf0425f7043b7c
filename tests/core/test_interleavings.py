"""
Every order of events, within bounds: presses and workers that overlap, and crashes at every step.

A port call is one step; before each, whoever makes it may be overtaken by the other, or be killed. The coroutines are
driven by hand, one step at a time, so that an order is tried exactly as it is written down.
"""

import inspect
from collections.abc import Callable, Coroutine, Generator, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import pytest

from bot.changes.record import ChangeRequest, Status
from bot.errors import CountersignError, OutcomeUnknown
from bot.execution.bench import Bench
from bot.execution.jobs import Execution
from bot.model import Job
from bot.policy import Policy, Rule, Who
from bot.resolver import Resolver
from bot.rights import Rights
from bot.service import Service
from bot.store import ChangeStore
from tests.builders import APPROVER, GROUP, SECOND_APPROVER
from tests.core.fakes import LEASE_MS, SIGNER, House, Outcome

Port = TypeVar("Port")
Actor = Coroutine[Any, Any, object]
SETTLED_MS = LEASE_MS + 1
SINGLE_FLIGHT = ("rollout.resume",)
TIMED_OUT = OutcomeUnknown("Datadog did not answer within 10 seconds.")
OUTCOMES = {
    "answered": Outcome(),
    "timed out and landed": Outcome(lands=True, error=TIMED_OUT),
    "timed out": Outcome(lands=False, error=TIMED_OUT),
}


class Turn:
    """Where somebody else may come between."""

    def __await__(self) -> Generator[None, None, None]:
        yield


class Gate:
    """A port each of whose calls waits for its turn."""

    def __init__(self, port: object) -> None:
        self._port = port

    def __getattr__(self, name: str) -> object:
        member = getattr(self._port, name)
        if not inspect.iscoroutinefunction(member):
            return member

        async def in_turn(*args: object, **named: object) -> object:
            await Turn()
            return await member(*args, **named)

        return in_turn


def gated(port: Port) -> Port:
    """Return the port behind a gate."""
    return cast("Port", Gate(port))


@dataclass
class Process:
    """One process of the bot, whose every port call is a step."""

    house: House
    name: str

    def __post_init__(self) -> None:
        house = self.house
        changes = ChangeStore(gated(house.records), SIGNER, house.terms)
        provider, rights = gated(house.provider), Rights(house.directory, lambda: house.policy, house.guards)
        self.service = Service(changes, provider, Resolver(provider), rights, house.notifier)
        bench = Bench(changes, provider, rights, house.notifier, gated(house.queue), self.name, LEASE_MS, house.wait)
        self.execution = Execution(bench, self.service, house.reviews)


async def quietly(work: Coroutine[Any, Any, object]) -> None:
    """Take a refusal for an answer."""
    try:
        await work
    except CountersignError:
        return


def step(actor: Actor) -> bool:
    """Let an actor go on to its next step; False when it has ended."""
    try:
        actor.send(None)
    except StopIteration:
        return False
    return True


def finish(actor: Actor) -> None:
    """Let an actor go on to its end."""
    while step(actor):
        pass


def now(work: Coroutine[Any, Any, Port]) -> Port:
    """Run a coroutine that meets no gate."""
    try:
        work.send(None)
    except StopIteration as done:
        return cast("Port", done.value)
    raise AssertionError("it waited for something")


def every_order(build: Callable[[], tuple[House, list[Actor]]], most_switches: int) -> Iterator[House]:
    """Run what `build` returns in every order in which a running actor is overtaken at most so many times."""
    prefixes: list[tuple[int, ...]] = [()]
    while prefixes:
        prefix = prefixes.pop()
        house, actors = build()
        taken: tuple[int, ...] = ()
        current, switches = 0, 0
        alive = set(range(len(actors)))
        while alive:
            stay = current if current in alive else min(alive)
            choice = prefix[len(taken)] if len(taken) < len(prefix) else stay
            if len(taken) >= len(prefix) and (current not in alive or switches < most_switches):
                prefixes += [(*taken, other) for other in alive if other != stay]
            switches += choice != current and current in alive
            taken, current = (*taken, choice), choice
            if not step(actors[choice]):
                alive.discard(choice)
        yield house


def a_signed_change(action: str, outcome: str) -> tuple[House, ChangeRequest]:
    """Return a house with an approved change whose call will come to that."""
    house = House()
    house.provider.script.append(OUTCOMES[outcome].__class__(**vars(OUTCOMES[outcome])))
    return house, now(house.approved(action))


def settled(house: House, id_: str) -> ChangeRequest:
    """Let time pass and others work until nothing more happens, and return the change."""
    for _ in range(9):
        now(house.later(SETTLED_MS, "worker-3"))
    return now(house.get(id_))


def check(house: House, done: ChangeRequest, action: str, outcome: str) -> None:
    """Check that it happened once at most, that it is told truly, and that nothing was lost."""
    provider = house.provider
    assert provider.moves <= 1
    if action in SINGLE_FLIGHT:
        assert len(provider.calls) <= 1
    assert done.status in (Status.APPLIED, Status.UNKNOWN)
    if done.status is Status.APPLIED:
        assert provider.effects
    if action not in SINGLE_FLIGHT:
        assert done.status is Status.APPLIED
    if action in SINGLE_FLIGHT and outcome != "answered":
        assert done.status is Status.UNKNOWN
    assert now(house.changes.verified(done.id)) is not None


@pytest.mark.parametrize("outcome", list(OUTCOMES))
@pytest.mark.parametrize("action", ["flag.disable", "rollout.pause", *SINGLE_FLIGHT])
def test_crashes_at_every_step_of_two_workers(action: str, outcome: str) -> None:
    """A worker is killed at any step, and the one that takes over at any step of its own: once, and never lost."""
    first = 0
    while crash_both(action, outcome, first):
        first += 1
    assert first >= 6


def crash_both(action: str, outcome: str, first: int) -> bool:
    """Kill the first worker at one step and the second at each; False when the first ends before it."""
    second = 0
    while True:
        house, change = a_signed_change(action, outcome)
        reached = worked_for(house, "worker-1", change, first)
        house.clock.advance(SETTLED_MS)
        more = worked_for(house, "worker-2", change, second)
        check(house, settled(house, change.id), action, outcome)
        if not more:
            return reached
        second += 1


def worked_for(house: House, name: str, change: ChangeRequest, steps: int) -> bool:
    """Let a worker take what there is and go so many steps before it is killed; False when it needed fewer."""
    now(house.queue.promote(100))
    deliveries = now(house.queue.take(name, 1, 0)) or now(house.queue.reclaim(name, 1))
    if not deliveries:
        return False
    assert deliveries[0].job.id == change.id

    async def work() -> None:
        await quietly(Process(house, name).execution.work(deliveries[0].job))
        await house.queue.finish(name, deliveries[0])

    actor = work()
    for _ in range(steps + 1):
        if not step(actor):
            return False
    actor.close()
    return True


@pytest.mark.parametrize("outcome", list(OUTCOMES))
@pytest.mark.parametrize("action", ["flag.disable", "rollout.resume"])
def test_two_workers_in_every_order(action: str, outcome: str) -> None:
    """Two workers have the same job, and the second sees the lease run out, wherever the first just is."""

    def build() -> tuple[House, list[Actor]]:
        house, change = a_signed_change(action, outcome)

        async def second() -> None:
            execution = Process(house, "worker-2").execution
            await quietly(execution.work(Job(kind="run", id=change.id)))
            house.clock.advance(SETTLED_MS)
            await quietly(execution.work(Job(kind="settle", id=change.id)))

        first = Process(house, "worker-1").execution.work(Job(kind="run", id=change.id))
        return house, [quietly(first), second()]

    orders = 0
    for house in every_order(build, most_switches=2):
        orders += 1
        (id_,) = (id_ for kind, id_ in house.state.records if kind == "change")
        check(house, settled(house, id_), action, outcome)
    assert orders > 30


@pytest.mark.parametrize("approvals", [1, 2])
@pytest.mark.parametrize("same", [True, False], ids=["a double click", "two people"])
def test_two_presses_in_every_order(approvals: int, *, same: bool) -> None:
    """Two presses that overlap in any way are counted as what they are, and bring one job."""
    rule = Rule(name="some", actions=("*",), approvals=approvals)
    policy = Policy(approvers=Who(groups=(GROUP,)), rules=(rule,))
    other = APPROVER if same else SECOND_APPROVER

    def build() -> tuple[House, list[Actor]]:
        house = House(policy=policy)
        change = now(house.submit("rollout.resume"))
        presses = [
            Process(house, f"web-{n}").service.approve(change.id, person.id, f"press {n}")
            for n, person in enumerate((APPROVER, other))
        ]
        return house, [quietly(press) for press in presses]

    orders = 0
    for house in every_order(build, most_switches=20):
        orders += 1
        (id_,) = (id_ for kind, id_ in house.state.records if kind == "change")
        change = now(house.get(id_))
        enough = approvals == 1 or not same
        assert change.status is (Status.APPROVED if enough else Status.PENDING)
        assert len(change.approvals) == (approvals if enough else 1)
        assert [entry.job.kind for entry in house.state.entries.values()] == (["run"] if enough else [])
    assert orders > 5


def test_a_press_against_a_cancellation_in_every_order() -> None:
    """Of a last signature and a cancellation that overlap, what is recorded last decides, and nothing runs after it."""

    def build() -> tuple[House, list[Actor]]:
        house = House()
        change = now(house.submit("rollout.resume"))
        service = Process(house, "web").service
        worker = Process(house, "worker").execution
        approve = service.approve(change.id, APPROVER.id, "p1")
        cancel = service.cancel(change.id, change.requester.id, "p2")
        work = worker.work(Job(kind="run", id=change.id))
        return house, [quietly(approve), quietly(cancel), quietly(work)]

    seen = set()
    for house in every_order(build, most_switches=2):
        (id_,) = (id_ for kind, id_ in house.state.records if kind == "change")
        done = settled(house, id_)
        seen.add(done.status)
        assert len(house.provider.calls) == (1 if done.status is Status.APPLIED else 0)
    assert seen == {Status.APPLIED, Status.CANCELLED}


@pytest.mark.parametrize("action", ["flag.disable", "rollout.resume"])
def test_two_presses_two_workers_and_a_crash_at_every_step(action: str) -> None:
    """Two people sign as two workers look for work and one is killed at any step: once, truly told, never lost."""
    crash = 0
    while presses_and_crash(action, crash):
        crash += 1
    assert crash >= 6


def presses_and_crash(action: str, crash: int) -> bool:
    """Kill the first worker at a step, in every order of the others; False when it ends before that."""
    reached = False

    def build() -> tuple[House, list[Actor]]:
        house = House()
        change = now(house.submit(action))
        presses = [
            Process(house, f"web-{n}").service.approve(change.id, person.id, f"press {n}")
            for n, person in enumerate((APPROVER, SECOND_APPROVER))
        ]

        async def killed() -> None:
            nonlocal reached
            work = quietly(Process(house, "worker-1").execution.work(Job(kind="run", id=change.id)))
            for _ in range(crash + 1):
                if not step(work):
                    return
                await Turn()
            reached = True
            work.close()

        second = quietly(Process(house, "worker-2").execution.work(Job(kind="run", id=change.id)))
        return house, [*(quietly(press) for press in presses), killed(), second]

    for house in every_order(build, most_switches=0):
        (id_,) = (id_ for kind, id_ in house.state.records if kind == "change")
        done = settled(house, id_)
        check(house, done, action, "answered" if done.status is Status.APPLIED else "timed out")
        assert len(done.approvals) == 1
    return reached


@pytest.mark.parametrize("action", ["flag.disable", "rollout.resume"])
def test_something_moves_at_every_step(action: str) -> None:
    """What was approved is what runs: a move before the last look keeps the call from being made, at any step."""
    ends = set()

    def build() -> tuple[House, list[Actor]]:
        house, change = a_signed_change(action, "answered")
        seen: list[bool] = []
        house.provider.on_read = lambda: seen.append(house.provider.facts(change.plan.target.noun).get("moved") is True)
        house.provider.on_apply = lambda: ends.add(("called after a look at", "moved" if seen[-1] else "as planned"))

        async def move() -> None:
            await Turn()
            house.provider.facts(change.plan.target.noun).update(moved=True, archived=True, guardrail="tripped")

        work = Process(house, "worker-1").execution.work(Job(kind="run", id=change.id))
        return house, [quietly(work), move()]

    for house in every_order(build, most_switches=2):
        (id_,) = (id_ for kind, id_ in house.state.records if kind == "change")
        ends.add(("end", settled(house, id_).status))
        assert len(house.provider.calls) <= 1
    assert ("called after a look at", "moved") not in ends
    assert {("end", Status.STALE), ("end", Status.APPLIED)} <= ends


def test_the_explorer_finds_a_missing_fence() -> None:
    """Where commits do not compare versions, the explorer finds an order with two calls."""

    def build() -> tuple[House, list[Actor]]:
        house, change = a_signed_change("rollout.resume", "answered")
        house.records.fenced = False
        jobs = [Process(house, f"worker-{n}").execution.work(Job(kind="run", id=change.id)) for n in (1, 2)]
        return house, [quietly(job) for job in jobs]

    assert any(len(house.provider.calls) > 1 for house in every_order(build, most_switches=2))
