"""
What the core needs from the world, as protocols.

`Records` is the one door to durable state: a generic, atomic commit that knows no state names. The typed
ChangeStore and Ledger (bot/store.py) stand on it, so that there is one truth about atomicity and one place to
verify it; each implementation of `Records` is thereby an implementation of both.
"""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Protocol

from bot.audit import AuditEntry
from bot.auditing.seals import Seal
from bot.changes.record import ChangeRequest
from bot.model import Actor, Basis, Due, Environment, Job, Noun, Plan, Receipt, Snapshot, Target, Value
from bot.policy import Group


class Clock(Protocol):
    """The time of day, for display and for stores that have no clock of their own."""

    def now(self) -> int:
        """Return milliseconds since the epoch, UTC."""
        ...


class Chain(Value):
    """A chain in the order of last changes; `at` is the store's time then, and no two chains have the same."""

    kind: str
    id: str
    at: int


class Raw(Value):
    """
    A record and its trail exactly as they lie in the store, sound or not.

    `version`, `data` and `head` are None where there is no record, and empty where that part of it is missing.
    """

    version: str | None
    data: str | None
    head: str | None
    entries: tuple[str, ...]


class Commit(Value):
    """
    Everything one transition writes, together or not at all.

    Guards, checked in this order: `dedupe` (a token seen before), `expected` (the stored version; 0 means there
    must be no record, and for entries no trail either; each chain to `drop` must not have changed since), `basis`
    (other records must still be at the version that this was decided upon),
    `before` (the store's clock must be earlier), `take` (each slot must be free or ours) and `caps` (each index must
    have fewer members than that; checked before adding). Then written: the record with version `expected` + 1 and
    head = the last entry's MAC, the entries appended to the record's trail, slots taken and freed, index members
    added (member = id, with a score) and removed, jobs queued, deadlines set and cancelled, the redraw noted. A
    commit with entries makes its chain the one changed last; `drop` removes other records with their trails.
    `keep` (milliseconds) makes the record expire; None makes it persist. `keep_trail` does so for its trail; None
    lets it live as long as the record. A dedupe token is remembered for ten minutes at least.
    """

    kind: str
    id: str
    expected: int
    data: str
    entries: tuple[AuditEntry, ...] = ()
    take: tuple[str, ...] = ()
    free: tuple[str, ...] = ()
    index: tuple[tuple[str, int], ...] = ()
    unindex: tuple[str, ...] = ()
    caps: tuple[tuple[str, int], ...] = ()
    jobs: tuple[Job, ...] = ()
    due: tuple[Due, ...] = ()
    cancel: tuple[Job, ...] = ()
    redraw: bool = False
    before: int | None = None
    basis: tuple[Basis, ...] = ()
    dedupe: str = ""
    keep: int | None = None
    keep_trail: int | None = None
    drop: tuple[Chain, ...] = ()


class Verdict(StrEnum):
    """How a commit ended."""

    WRITTEN = "written"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    MOVED = "moved"
    LATE = "late"
    TAKEN = "taken"
    FULL = "full"


class Committed(Value):
    """
    How a commit ended; only WRITTEN wrote anything.

    `holder` is the id in the slot when TAKEN, and the id of the record the token first went to when DUPLICATE.
    A commit repeated after a lost reply (same id, same version, same last entry MAC) answers WRITTEN again.
    """

    verdict: Verdict
    holder: str = ""
    at: int = 0


class Stored(Value):
    """A record as stored: its version, its JSON, the MAC of its last audit entry, the store's time."""

    version: int
    data: str
    head: str
    at: int


class Records(Protocol):
    """Durable records with guarded, atomic commits. Every method raises NotRecorded when the store is away."""

    def now(self) -> int:
        """Return the store's own time in ms: its last answer's, carried on by the local monotonic clock."""
        ...

    async def ping(self) -> None:
        """Make one round trip, which also sets the time; raise NotRecorded when the store is away."""
        ...

    async def commit(self, commit: Commit) -> Committed:
        """Write everything in `commit`, or nothing and say why. Never repeats itself; one round trip."""
        ...

    async def read(self, kind: str, id_: str) -> Stored | None:
        """Return the record as stored, or None. One round trip."""
        ...

    async def read_many(self, kind: str, ids: tuple[str, ...]) -> tuple[Stored | None, ...]:
        """Return several records in the order asked for. One round trip."""
        ...

    async def trail(self, kind: str, id_: str) -> tuple[AuditEntry, ...]:
        """Return the record's audit entries, oldest first. Raises Tampered when one is none."""
        ...

    async def verified(self, kind: str, id_: str) -> tuple[Stored, tuple[AuditEntry, ...]] | None:
        """Return record and trail as of one moment, for verification. One round trip. Raises Tampered."""
        ...

    async def raw(self, kind: str, id_: str) -> Raw:
        """Return record and trail as of one moment, as they are, even when nothing of them can be understood."""
        ...

    async def chains(
        self, limit: int, *, since: int = 0, until: int | None = None, newest_first: bool = False
    ) -> tuple[Chain, ...]:
        """Return the chains last changed from `since` to `until` (both included), in the order of their changes."""
        ...

    async def members(self, index: str, limit: int, newest_first: bool = False) -> tuple[str, ...]:
        """Return ids in an index by ascending (or descending) score."""
        ...

    async def holder(self, slot: str) -> str | None:
        """Return the id of the record that holds a slot."""
        ...


class Delivery(Value):
    """A job handed to a consumer; `times` counts how often it was handed out, this time included."""

    entry: str
    job: Job
    times: int


class Queue(Protocol):
    """
    Jobs at least once, under leases. Raises NotRecorded when the store is away.

    A job taken and neither finished nor renewed within the lease is handed to another consumer.
    """

    async def take(self, consumer: str, count: int, wait_ms: int) -> tuple[Delivery, ...]:
        """Hand out new jobs to `consumer`, waiting up to `wait_ms` for the first."""
        ...

    async def reclaim(self, consumer: str, count: int) -> tuple[Delivery, ...]:
        """Hand over jobs whose lease has run out."""
        ...

    async def renew(self, consumer: str, delivery: Delivery) -> bool:
        """Extend the lease; False when the job has gone to somebody else."""
        ...

    async def finish(self, consumer: str, delivery: Delivery) -> bool:
        """Take the job off the queue; False when it has gone to somebody else."""
        ...

    async def hand_back(self, consumer: str, delivery: Delivery) -> None:
        """Give the job up at once, so that another consumer need not wait for the lease."""
        ...

    async def bury(self, consumer: str, delivery: Delivery, why: str) -> None:
        """Move a job that cannot be worked to the dead letters."""
        ...

    async def promote(self, limit: int) -> int:
        """Queue every job whose deadline has come, each once; return how many."""
        ...

    async def add(self, job: Job) -> None:
        """Queue a job outside a commit (for the janitor, which re-adds what the records say is due)."""
        ...

    async def defer(self, due: Due) -> None:
        """Set a deadline outside a commit (for retries of a job)."""
        ...


class Outbox(Protocol):
    """
    Which records must be drawn again, and where they were drawn.

    A commit with `redraw` notes the record's new version here. One drawer at a time holds a record.
    """

    async def due(self, limit: int, hold_ms: int) -> tuple[str, ...]:
        """Return and hold records that wait for a drawing since over two seconds, or were postponed until now."""
        ...

    async def hold(self, id_: str, hold_ms: int) -> bool:
        """Take the drawing of one record; False while another drawer has it."""
        ...

    async def settle(self, id_: str, version: int) -> bool:
        """
        Say that `version` is drawn and let go; False when a newer one waits (the hold is kept then).

        Drawn after the hold was over it is noted to be drawn once more, as it may stand over something newer; whoever
        draws it at that moment is told False for it, once.
        """
        ...

    async def postpone(self, id_: str, delay_ms: int) -> None:
        """Let go and try again after a delay."""
        ...

    async def placement(self, id_: str) -> str | None:
        """Return what was remembered of where the record was drawn (JSON)."""
        ...

    async def placements(self, ids: tuple[str, ...]) -> tuple[str | None, ...]:
        """Return what was remembered of several records, in the order asked for. One round trip."""
        ...

    async def place(self, id_: str, data: str, keep_ms: int) -> bool:
        """Remember where the record was drawn, for at least `keep_ms`; False when it is not ours to draw any more."""
        ...

    async def keep(self, name: str, data: str, keep_ms: int) -> None:
        """Remember something of what nobody takes turns to draw, for at least `keep_ms`; `placement` returns it."""
        ...


class Unanswered(Value):
    """A command that was acknowledged and not answered: who gave it, where, and when; never what it said."""

    token: str
    person: str
    channel: str
    at: int


class Intake(Protocol):
    """Commands between their acknowledgement and their answer. Raises NotRecorded when the store is away."""

    async def take(self, token: str, person: str, channel: str) -> bool:
        """Note a command before anything is done for it; False when it was taken before, ten minutes ago at most."""
        ...

    async def renew(self, token: str) -> None:
        """Say that somebody is at a command: its waiting begins anew."""
        ...

    async def answered(self, token: str) -> None:
        """Say that a command has its answer."""
        ...

    async def orphans(self, older_ms: int, hold_ms: int, limit: int) -> tuple[Unanswered, ...]:
        """
        Return commands that have waited for `older_ms`, the oldest first.

        Each is given to nobody else for `hold_ms`, and comes again after that unless it was answered.
        """
        ...


class Beat(Value):
    """When a worker was last heard of, by the store's clock."""

    worker: str
    at: int


class Standing(Value):
    """
    How things stand in the store at `at`; every count is of everything, whichever process asks.

    `jobs` wait or are being worked, `oldest_ms` is how long the oldest of them has been there, `dead` were given up;
    `behind` are cards whose newest state is not shown yet.
    """

    at: int
    jobs: int = 0
    oldest_ms: int = 0
    dead: int = 0
    behind: int = 0
    pending: int = 0
    active: int = 0
    unknown: int = 0
    beats: tuple[Beat, ...] = ()

    @property
    def alive(self) -> tuple[Beat, ...]:
        """The workers that were heard of a short while ago."""
        return tuple(beat for beat in self.beats if self.at - beat.at < ALIVE_MS)


ALIVE_MS = 30_000
FORGOTTEN_MS = 10 * 60_000


class Pulse(Protocol):
    """Who is at work, and how much there is to do. One round trip each; raises NotRecorded when the store is away."""

    async def beat(self, worker: str) -> None:
        """Say that a worker is at work; it is forgotten ten minutes after the last time."""
        ...

    async def leave(self, worker: str) -> None:
        """Say that a worker has ended in good order."""
        ...

    async def standing(self) -> Standing:
        """Return how things stand."""
        ...


class Provider(Protocol):
    """
    The outside API that changes are made in. Raises the errors under ProviderError, and no others.

    Reads may be retried inside; `apply` sends at most one call that may take effect.
    """

    @property
    def name(self) -> str:
        """How people call it."""
        ...

    def supports(self, action: str) -> bool:
        """Tell whether an action of the catalogue can be carried out."""
        ...

    async def environments(self) -> tuple[Environment, ...]:
        """Return all environments."""
        ...

    async def find(
        self, noun: Noun, text: str, environment: Environment | None, *, archived: bool = False
    ) -> tuple[Target, ...]:
        """
        Return every live target that `text` could mean, exact or near; the resolver decides.

        Targets whose id, key, name, rule or a further word equals `text` are always among them; when there are none,
        near ones (or all) are. Archived flags are left out unless `archived`, when they come instead of live ones
        where they are meant. Rollouts are those of `environment`, plain rules left out.
        """
        ...

    async def snapshot(self, target: Target) -> Snapshot:
        """
        Read the target afresh (never from a cache); raise NotFound when it is gone and no fact can say so.

        The snapshot's target carries the environment as it is now, its production mark included; one that belongs
        to no environment carries anew where it acts.
        """
        ...

    async def apply(self, plan: Plan) -> Receipt:
        """
        Make the plan's one call.

        Returns a receipt with proof ACCEPTED (200, 201, 204) or SUBMITTED (any other 2xx, or a suggestion).
        Raises NeverSent, RateLimited, Forbidden, NotFound, Conflict or Rejected when nothing took effect, and
        OutcomeUnknown for a time-out or break after sending and for every 5xx.
        """
        ...

    async def check(self) -> tuple[tuple[str, bool, str], ...]:
        """Prove the keys: (what, is it right, one sentence) for each."""
        ...


class Channel(Value):
    """What must be known of a channel before anything is said in it."""

    id: str
    name: str = ""
    shared: bool = False
    archived: bool = False
    member: bool = True


class Directory(Protocol):
    """
    Who people are and who belongs to which group. Raises DirectoryUnavailable, never guesses.

    Without `fresh` an answer may be up to 60 s old and a look-up is bounded to 1.5 s.
    """

    async def person(self, id_: str, *, fresh: bool = False) -> Actor:
        """Return a person by id; the team in it is the account's own."""
        ...

    async def members(self, group: str, *, fresh: bool = False) -> frozenset[str]:
        """Return the ids of the people in a user group (by id or handle)."""
        ...

    async def groups_there_are(self) -> tuple[Group, ...]:
        """Return every user group there is."""
        ...

    async def channel(self, id_: str) -> Channel:
        """Return what is known of a channel."""
        ...


class Notifier(Protocol):
    """Shows people what the records say. Never raises nor blocks; what could not be shown stays in the outbox."""

    def changed(self, id_: str, *, held: bool = False) -> None:
        """
        Bring everything people see of a change up to date with its record, soon and without waiting for it.

        `held` says that the drawing has been taken from the outbox already.
        """
        ...


class History(Protocol):
    """A place outside that is told of each change that was applied."""

    async def applied(self, change: ChangeRequest) -> None:
        """Tell of one change, perhaps not for the first time; raise the errors under ProviderError."""
        ...


class AuditLog(Protocol):
    """A further place for audit entries, beside the store that gates calls."""

    def written(self, entry: AuditEntry) -> None:
        """Take an entry that has been committed. Never raises."""
        ...


class SealLog(Protocol):
    """A place outside the store for seals: what the owner of the store cannot take back."""

    async def sealed(self, seal: Seal) -> None:
        """Put a seal there; the same one may come again. Never raises; what fails is logged (and tried again)."""
        ...


Wait = Callable[[float], Awaitable[None]]
