"""
Freezes and locks: what keeps changes from an environment or from one target, by whom, why, and until when.

A freeze leaves what contains and what disrupts possible, under the usual approvals, and what a rule exempts; a lock
leaves only what contains. Both are records of the ledger, verified on every read, and end by themselves: one whose
time is over is as good as none. What spans environments counts as frozen while any production environment is.
"""

from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime

from pydantic import JsonValue

from bot.actions import CONTROL_BY_VERB
from bot.changes.record import Cause
from bot.errors import Guarded, TooLate
from bot.ledger import Ledger
from bot.model import Actor, Basis, Environment, Plan, Risk, Target, Value, placed
from bot.policy import PolicyDecision

FREEZE, LOCK, ALL = "freeze", "lock", "environments"
ORG = "org"
LONGEST = 30 * 86_400_000
_THAWED = frozenset({Risk.READ, Risk.CONTROL, Risk.CONTAIN, Risk.DISRUPTIVE})
_UNLOCKED = frozenset({Risk.READ, Risk.CONTROL, Risk.CONTAIN})


class Guard(Value):
    """What keeps changes away: `what` it is about, in words, by whom, since when, until when (None: until lifted)."""

    cause: Cause
    what: str
    production: bool = False
    by: Actor
    at: int
    until: int | None = None
    why: str = ""

    def holds(self, now: int) -> bool:
        """Tell whether its time is not over."""
        return self.until is None or now < self.until

    @property
    def called(self) -> str:
        """What is frozen or locked, as it begins a sentence; an environment is called as everywhere else."""
        if self.cause is Cause.FREEZE:
            return placed(self.what, production=self.production)
        return f"{self.what[:1].upper()}{self.what[1:]}"

    @property
    def state(self) -> str:
        """Return `frozen` or `locked`."""
        return "frozen" if self.cause is Cause.FREEZE else "locked"

    @property
    def leaves(self) -> str:
        """What stays possible, in the words of the command that set it."""
        return CONTROL_BY_VERB["freeze" if self.cause is Cause.FREEZE else "lock"].leaves


_Read = Callable[[str, str], Awaitable[dict[str, Guard]]]


class Guards:
    """Sets, lifts and reads freezes and locks. Raises Tampered where their record is not as it was signed."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def freeze(self, where: Environment, by: Actor, why: str, until: int | None, delivery: str = "") -> Guard:
        """Freeze an environment; a freeze that is there is replaced."""
        guard = Guard(
            cause=Cause.FREEZE,
            what=where.name,
            production=where.is_production,
            by=by,
            at=self._ledger.now(),
            until=until,
            why=why,
        )
        await self._set(FREEZE, ALL, where.id, guard, delivery)
        return guard

    async def lock(self, target: Target, by: Actor, why: str, until: int | None, delivery: str = "") -> Guard:
        """Lock a target; a lock that is there is replaced."""
        what = f"{target.noun} {target.key} in {target.where}"
        guard = Guard(cause=Cause.LOCK, what=what, by=by, at=self._ledger.now(), until=until, why=why)
        await self._set(LOCK, _lock_id(target.noun, target.id), _place(target), guard, delivery)
        return guard

    async def unfreeze(self, where: Environment, by: Actor, delivery: str = "") -> Guard:
        """Lift a freeze; raise TooLate when there is none (any more)."""
        return await self._lift(FREEZE, ALL, where.id, by, where.name, delivery)

    async def unlock(self, target: Target, by: Actor, delivery: str = "") -> Guard:
        """Lift a lock; raise TooLate when there is none (any more)."""
        return await self._lift(LOCK, _lock_id(target.noun, target.id), _place(target), by, target.key, delivery)

    async def standing(self) -> tuple[Guard, ...]:
        """Return everything that is frozen or locked, freezes first."""
        freezes = await self._read(FREEZE, ALL)
        locks = [_guards(entry.value, self._ledger.now()) for entry in await self._ledger.all(LOCK)]
        return (*freezes.values(), *(guard for some in locks for guard in some.values()))

    async def against(self, plan: Plan, decision: PolicyDecision, *, broken_glass: bool = False) -> Guard | None:
        """Return what keeps this plan from being asked for, signed or run; break-glass beats a freeze, not a lock."""
        return await self._against(plan, decision, self._read, broken_glass=broken_glass)

    async def _against(
        self, plan: Plan, decision: PolicyDecision, read: _Read, *, broken_glass: bool = False
    ) -> Guard | None:
        if plan.risk not in _UNLOCKED and (lock := await self._lock_of(plan.target, read)):
            return lock
        if broken_glass or decision.freeze_exempt or plan.risk in _THAWED:
            return None
        return await self._freeze_of(plan.target, read)

    async def believed(
        self, plan: Plan, decision: PolicyDecision, *, broken_glass: bool = False
    ) -> tuple[Guard | None, tuple[Basis, ...]]:
        """
        Return what keeps a plan away, or None and what a commit has to be based on for that to be so.

        Usually no round trip: what is believed to keep a plan away is looked up before it is said, and what is
        believed to be away is checked by the commit.
        """
        consulted: dict[tuple[str, str], Basis] = {}

        async def believed(kind: str, id_: str) -> dict[str, Guard]:
            entry, belief = self._ledger.believed(kind, id_)
            consulted[kind, id_] = belief
            return _guards(entry.value, self._ledger.now()) if entry else {}

        if await self._against(plan, decision, believed, broken_glass=broken_glass):
            if guard := await self.against(plan, decision, broken_glass=broken_glass):
                return guard, ()
            consulted.clear()
            await self._against(plan, decision, believed, broken_glass=broken_glass)
        return None, tuple(consulted.values())

    async def basis(self, plan: Plan, decision: PolicyDecision) -> tuple[Basis, ...]:
        """Return what a commit has to be based on; raise Guarded where something keeps the plan away."""
        guard, basis = await self.believed(plan, decision)
        if guard:
            raise guarded(guard)
        return basis

    async def reread(self, beliefs: Iterable[Basis]) -> None:
        """Look again at what a commit was based on and did not find."""
        await self._ledger.reread(beliefs)

    async def check(self, plan: Plan, decision: PolicyDecision, *, broken_glass: bool = False) -> None:
        """Raise Guarded where something keeps the plan away."""
        if guard := await self.against(plan, decision, broken_glass=broken_glass):
            raise guarded(guard)

    async def _freeze_of(self, target: Target, read: _Read) -> Guard | None:
        freezes = await read(FREEZE, ALL)
        if target.environment is not None:
            return freezes.get(target.environment.id)
        if not target.production:
            return None
        return next((guard for guard in freezes.values() if guard.production), None)

    async def _lock_of(self, target: Target, read: _Read) -> Guard | None:
        ids = [_lock_id(target.noun, target.id)]
        if target.flag_id and target.flag_id != target.id:
            ids.append(_lock_id("flag", target.flag_id))
        for id_ in ids:
            locks = await read(LOCK, id_)
            here = locks.values() if target.environment is None else (locks.get(_place(target)), locks.get(ORG))
            if found := next((guard for guard in here if guard), None):
                return found
        return None

    async def _read(self, kind: str, id_: str) -> dict[str, Guard]:
        entry = await self._ledger.get(kind, id_)
        return _guards(entry.value, self._ledger.now()) if entry else {}

    async def _set(self, kind: str, id_: str, place: str, guard: Guard, delivery: str) -> None:
        now, said = self._ledger.now(), guard.model_dump(mode="json")

        def change(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
            kept = {name: value[name] for name in _guards(value, now)}
            return {**kept, place: said}

        await self._ledger.update(kind, id_, change, guard.by, guard.state, _token(kind, id_, place, delivery))

    async def _lift(self, kind: str, id_: str, place: str, by: Actor, what: str, delivery: str) -> Guard:
        now = self._ledger.now()
        lifted = (await self._read(kind, id_)).get(place)
        if lifted is None:
            raise TooLate(f"{what} is not {'frozen' if kind == FREEZE else 'locked'}.", "Nothing was changed.")

        def change(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
            return {name: value[name] for name in _guards(value, now) if name != place}

        await self._ledger.update(kind, id_, change, by, f"un{lifted.state}", _token(kind, id_, place, delivery))
        return lifted


def guarded(guard: Guard) -> Guarded:
    """Say what is frozen or locked, by whom (their name, or their id), why and until when (in UTC), in plain text."""
    until = "until it is lifted" if guard.until is None else f"until {clock(guard.until)}"
    why = f": {guard.why.rstrip('.')}" if guard.why else ""
    fact = f"{guard.called} is {guard.state} by {guard.by.name or guard.by.id} {until}{why}."
    lift = "unlock" if guard.cause is Cause.LOCK else "unfreeze"
    return Guarded(fact, f"{guard.leaves} An operator can {lift} it.")


def clock(at: int) -> str:
    """Return a time as everybody can read it, in UTC."""
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%d %H:%M} UTC"


def _guards(value: dict[str, JsonValue], now: int) -> dict[str, Guard]:
    found = {place: Guard.model_validate(said) for place, said in value.items()}
    return {place: guard for place, guard in found.items() if guard.holds(now)}


def _lock_id(noun: str, id_: str) -> str:
    return f"{noun}.{id_}"


def _place(target: Target) -> str:
    return target.environment.id if target.environment else ORG


def _token(kind: str, id_: str, place: str, delivery: str) -> str:
    return f"{kind}:{id_}:{place}:{delivery}" if delivery else ""
