"""The world as the core sees it, in memory: a provider, a directory, a clock, and everything wired together."""

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.adapters.memory.outbox import MemoryOutbox
from bot.adapters.memory.queue import MemoryQueue
from bot.adapters.memory.records import MemoryRecords
from bot.adapters.memory.state import State
from bot.asking import Asking, Opened
from bot.audit import AuditEntry, Signer
from bot.breakglass import AfterReviews
from bot.changes.record import ChangeRequest, Origin, Terms
from bot.errors import CountersignError, DirectoryUnavailable, NotFound
from bot.execution.bench import Bench
from bot.execution.jobs import Execution
from bot.grammar.command import Command
from bot.guards import Guards
from bot.ledger import Ledger
from bot.model import Actor, Aspect, Environment, Facts, Job, Noun, Plan, Proof, Receipt, Snapshot, Standing, Target
from bot.policy import Group, Policy
from bot.ports import Channel, Commit, Committed, Stored
from bot.resolver import Resolver
from bot.rights import Rights
from bot.service import Service
from bot.store import ChangeStore
from tests.builders import (
    APPROVER,
    GROUP,
    POLICY,
    PRODUCTION,
    REQUESTER,
    SECOND_APPROVER,
    STAGING,
    START,
    a_snapshot,
    a_target,
)

LEASE_MS = 25_000
ORIGIN = Origin(channel="C0DEPLOYS")
SIGNER = Signer(b"a key of the tests, long enough to be one")


def nothing() -> None:
    """Do nothing."""


async def nobody() -> None:
    """Let nobody come between."""


class FakeClock:
    """A clock that stands until it is moved."""

    def __init__(self, now: int = START) -> None:
        self._now = now

    def now(self) -> int:
        """Return the set time."""
        return self._now

    def advance(self, ms: int) -> None:
        """Move on."""
        self._now += ms


class FakeNotifier:
    """Remembers what it was told to bring up to date."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def changed(self, id_: str, *, held: bool = False) -> None:  # noqa: ARG002 - the port's signature
        """Note the id."""
        self.told.append(id_)


class WatchedRecords(MemoryRecords):
    """The records in memory, with something before or after each commit, and a fence that can be taken away."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.before: Callable[[], None] = nothing
        self.after: Callable[[], None] = nothing
        self.fenced = True
        self.trips: list[str] = []
        self._under = state

    async def commit(self, commit: Commit) -> Committed:
        """Commit, between what was put before and after."""
        self.trips.append(f"commit {commit.kind}")
        self.before()
        stored = self._under.records.get((commit.kind, commit.id))
        if stored and not self.fenced:
            commit = commit.model_copy(update={"expected": stored.version})
        result = await super().commit(commit)
        self.after()
        return result

    async def read_many(self, kind: str, ids: tuple[str, ...]) -> tuple[Stored | None, ...]:
        """Read, and note the trip."""
        self.trips.append(f"read {kind}")
        return await super().read_many(kind, ids)

    async def verified(self, kind: str, id_: str) -> tuple[Stored, tuple[AuditEntry, ...]] | None:
        """Read record and trail, and note the trip."""
        self.trips.append(f"verify {kind}")
        return await super().verified(kind, id_)


class FakeDirectory:
    """People and groups that tests move about; `stale` answers are given where `fresh` was not asked for."""

    def __init__(self) -> None:
        self.people = {actor.id: actor for actor in (REQUESTER, APPROVER, SECOND_APPROVER)}
        self.groups = {GROUP: {APPROVER.id, SECOND_APPROVER.id}}
        self.away = False
        self.asked: list[str] = []

    def add(self, id_: str, *, email: str | None = None, standing: Standing = Standing.MEMBER) -> Actor:
        """Let a person exist."""
        self.people[id_] = Actor(id=id_, team="T0SANDBOX", name=id_, email=email, standing=standing)
        return self.people[id_]

    async def person(self, id_: str, *, fresh: bool = False) -> Actor:
        """Return a person by id."""
        self._answer(f"person {id_}", fresh=fresh)
        if id_ not in self.people:
            raise DirectoryUnavailable(f"Slack does not know {id_}.")
        return self.people[id_]

    async def members(self, group: str, *, fresh: bool = False) -> frozenset[str]:
        """Return the ids of the people in a group."""
        self._answer(f"members {group}", fresh=fresh)
        return frozenset(self.groups.get(group, ()))

    async def groups_there_are(self) -> tuple[Group, ...]:
        """Return every group, called by a handle of its own."""
        self._answer("groups", fresh=False)
        return tuple(Group(id=id_, handle=f"handle-of-{id_.lower()}") for id_ in self.groups)

    async def channel(self, id_: str) -> Channel:
        """Return a plain channel."""
        return Channel(id=id_)

    def _answer(self, question: str, *, fresh: bool) -> None:
        if self.away:
            raise DirectoryUnavailable("Slack's directory did not answer.", "Try again.")
        self.asked.append(question + (" fresh" if fresh else ""))


@dataclass
class Outcome:
    """What one call shall come to: whether it takes effect, and what is answered or raised."""

    lands: bool = True
    error: CountersignError | None = None
    receipt: Receipt | None = None
    facts: Facts | None = None


class FakeProvider:
    """A small stateful API: facts per target and environment, scripted outcomes, every call counted."""

    name = "Datadog"

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.places: list[Environment] = [PRODUCTION, STAGING]
        self.things: dict[tuple[str, str], Snapshot] = {}
        self.script: deque[Outcome] = deque()
        self.reads: deque[CountersignError | None] = deque()
        self.calls: list[Plan] = []
        self.effects: list[str] = []
        self.moves = 0
        self.lacks: set[str] = set()
        self.on_apply: Callable[[], None] = nothing
        self.on_read: Callable[[], None] = nothing
        self.between: Callable[[], Awaitable[None]] = nobody
        for place in self.places:
            for noun in (Noun.FLAG, Noun.ROLLOUT):
                self.put(a_target(noun, environment=place))

    def put(self, target: Target, facts: Facts | None = None) -> None:
        """Let a target exist, with facts that replace some of the usual ones."""
        self.things[target.id, _where(target)] = a_snapshot(target, facts=facts)

    def facts(self, noun: Noun, environment: Environment = PRODUCTION) -> Facts:
        """Return the facts of the usual target, to be moved under the bot."""
        return self.things[a_target(noun).id, environment.id].facts

    def supports(self, action: str) -> bool:
        """Tell whether the action can be carried out here."""
        return action not in self.lacks

    async def environments(self) -> tuple[Environment, ...]:
        """Return all environments."""
        return tuple(self.places)

    async def find(
        self,
        noun: Noun,
        text: str,  # noqa: ARG002 - the port's signature
        environment: Environment | None,
        *,
        archived: bool = False,  # noqa: ARG002 - the port's signature
    ) -> tuple[Target, ...]:
        """Return everything of the noun in the environment; the resolver decides."""
        where = environment.id if environment else ""
        return tuple(
            seen.target.model_copy(update={"environment": environment})
            for (_, place), seen in self.things.items()
            if place == where and seen.target.noun is noun
        )

    async def snapshot(self, target: Target) -> Snapshot:
        """Read afresh, or fail as scripted."""
        self.on_read()
        between, self.between = self.between, nobody
        await between()
        if self.reads and (error := self.reads.popleft()) is not None:
            raise error
        seen = self.things.get((target.id, _where(target)))
        if seen is None and target.aspect is Aspect.NEW:
            return Snapshot(target=target, facts={"exists": False}, taken_at=self._clock.now())
        if seen is None:
            raise NotFound("Datadog does not have it any more.")
        where = next((place for place in self.places if place.id == _where(target)), target.environment)
        now = target.model_copy(update={"environment": where})
        return Snapshot(target=now, facts=dict(seen.facts), taken_at=self._clock.now())

    async def apply(self, plan: Plan) -> Receipt:
        """Make the call, and come to what was scripted."""
        self.calls.append(plan)
        self.on_apply()
        outcome = self.script.popleft() if self.script else Outcome()
        if outcome.lands:
            self.land(plan, outcome.facts)
        if outcome.error is not None:
            raise outcome.error
        return outcome.receipt or Receipt(proof=Proof.ACCEPTED, status=200, at=self._clock.now())

    def land(self, plan: Plan, facts: Facts | None = None) -> None:
        """Let a call take effect."""
        self.effects.append(plan.action)
        if plan.target.aspect is Aspect.NEW:
            self.things.setdefault(
                (plan.target.id, ""), Snapshot(target=plan.target, facts={"exists": False}, taken_at=0)
            )
        seen = self.things[plan.target.id, _where(plan.target)]
        brought: dict[str, Facts] = {
            "flag.enable": {"status": "ENABLED"},
            "flag.disable": {"status": "DISABLED"},
            "rollout.start": {"started_at": f"start {len(self.effects)}"},
        }
        wanted = brought.get(plan.action, plan.effect) if facts is None else facts
        self.moves += any(seen.facts.get(name) != value for name, value in wanted.items())
        seen.facts.update(wanted)

    async def check(self) -> tuple[tuple[str, bool, str], ...]:
        """Say that all is well."""
        return (("keys", True, "They work."),)


def _where(target: Target) -> str:
    return target.environment.id if target.environment else ""


@dataclass
class House:
    """The core on ports in memory, wired as the composition root does it."""

    policy: Policy = POLICY
    terms: Terms = field(default_factory=Terms)
    clock: FakeClock = field(default_factory=FakeClock)
    notifier: FakeNotifier = field(default_factory=FakeNotifier)
    directory: FakeDirectory = field(default_factory=FakeDirectory)

    def __post_init__(self) -> None:
        self.state = State(self.clock)
        self.provider = FakeProvider(self.clock)
        self.queue = MemoryQueue(self.state, LEASE_MS)
        self.outbox = MemoryOutbox(self.state)
        self.records = WatchedRecords(self.state)
        self.on_wait: Callable[[], None] = nothing
        self.changes = ChangeStore(self.records, SIGNER, self.terms)
        self.ledger = Ledger(self.records, SIGNER)
        self.guards = Guards(self.ledger)
        self.rights = Rights(self.directory, lambda: self.policy, self.guards)
        self.resolver = Resolver(self.provider)
        self.reminded: list[str] = []
        self.reviews = AfterReviews(self.ledger, self.changes, self.rights, self._reminded)
        self.service = Service(self.changes, self.provider, self.resolver, self.rights, self.notifier)

    async def _reminded(self, change: ChangeRequest) -> None:
        self.reminded.append(change.id)

    async def wait(self, seconds: float) -> None:
        """Let the time pass instead of waiting for it."""
        self.clock.advance(int(seconds * 1000))
        self.on_wait()

    def execution(self, worker: str = "worker-1") -> Execution:
        """Return the execution of one worker."""
        return Execution(self.bench(worker), self.service, self.reviews)

    def bench(self, worker: str = "worker-1") -> Bench:
        """Return what one worker works with."""
        return Bench(
            changes=self.changes,
            provider=self.provider,
            rights=self.rights,
            notifier=self.notifier,
            queue=self.queue,
            worker=worker,
            lease_ms=LEASE_MS,
            wait=self.wait,
        )

    async def drain(self, worker: str = "worker-1") -> list[Job]:
        """Work every job there is now, and return them; a job that raises stays under its lease."""
        execution, done = self.execution(worker), []
        while deliveries := await self.queue.take(worker, 10, 0):
            for delivery in deliveries:
                await execution.work(delivery.job)
                await self.queue.finish(worker, delivery)
                done.append(delivery.job)
        return done

    async def later(self, ms: int, worker: str = "worker-1") -> list[Job]:
        """Let time pass, then work what has become due or was left behind."""
        self.clock.advance(ms)
        await self.queue.promote(100)
        for delivery in await self.queue.reclaim("the reclaimer", 100):
            await self.queue.hand_back("the reclaimer", delivery)
        return await self.drain(worker)

    async def submit(
        self,
        action: str = "flag.disable",
        *,
        environment: str = "Production",
        person: str = REQUESTER.id,
        delivery: str = "",
        reason: str = "error rate doubled",
        target: str = "",
        seconds: int | None = None,
    ) -> ChangeRequest:
        """Submit a command on the usual target, and return the change it opened."""
        noun = Noun(action.partition(".")[0])
        named = target or a_target(noun).key
        command = Command(action=action, target=named, environment=environment, reason=reason, seconds=seconds)
        opened = await self.service.submit(command, Asking(person=person, origin=ORIGIN, delivery=delivery))
        assert isinstance(opened, Opened), opened
        return opened.change

    async def approved(
        self, action: str = "flag.disable", *, seconds: int | None = None, **where: str
    ) -> ChangeRequest:
        """Submit and sign with whatever the change asks for."""
        change = await self.submit(action, seconds=seconds, **where)
        if change.decision.typed_name or not change.decision.approvals:
            typed = change.plan.target.key if change.decision.typed_name else None
            change = await self.service.confirm(change.id, change.requester.id, f"confirm {change.id}", typed=typed)
        for person in (APPROVER, SECOND_APPROVER)[: change.decision.approvals]:
            change = await self.service.approve(change.id, person.id, f"{person.id} {change.id}")
        return change

    async def get(self, id_: str) -> ChangeRequest:
        """Return a change as it stands."""
        return await self.service.get(id_)
