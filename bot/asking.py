"""
Asking: from a command, or a change that was there before, to a recorded request.

The target is found, planned afresh and decided upon; what keeps it away is said; then one commit records the request
and takes the target. Everything that people are shown follows from the record afterwards.
"""

import secrets
from dataclasses import dataclass, replace

from bot.actions import BY_NAME, Action
from bot.auditing.stopped import Stops
from bot.breakglass import broken
from bot.changes import deciding, notes, reminding, running
from bot.changes.record import Cause, ChangeRequest, Origin, Status, Step
from bot.errors import AlreadyOpen, AskAgain, TooLate
from bot.filled import blank, filled, planned, unkept
from bot.forms.lines import texts
from bot.grammar.command import Command
from bot.guards import Guard
from bot.model import Actor, Facts, Plan, Risk, Snapshot, Standing, Target
from bot.policy import PolicyDecision, both
from bot.ports import Notifier, Provider
from bot.resolver import Resolver
from bot.rights import Rights
from bot.store import ChangeStore, Held

SELF = Actor(id="countersign", name="Countersign", standing=Standing.BOT)
_GLASS = "break-glass"
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


@dataclass(frozen=True, slots=True)
class Opened:
    """A request was recorded; `new` is False when this very delivery had been recorded before."""

    change: ChangeRequest
    new: bool


@dataclass(frozen=True, slots=True)
class NothingToDo:
    """The target is already as wanted; no request was made."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What would come of a command: the plan, what policy asks for, what keeps it away, what its reason lacks."""

    plan: Plan
    decision: PolicyDecision
    guard: Guard | None
    lacking: AskAgain | None


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for a change, where, and by which delivery; `called` is the word they used for the target."""

    person: str
    origin: Origin
    delivery: str = ""
    reason: str = ""
    seconds: int | None = None
    parent: str = ""
    barred: tuple[Actor, ...] = ()
    break_glass: bool = False
    called: str = ""


def new_id() -> str:
    """Return `cs-` and six base32 characters."""
    return "cs-" + "".join(secrets.choice(_ALPHABET) for _ in range(6))


class Requests:
    """Opens requests: for a command, for an ended change once more, for an applied one in the other direction."""

    def __init__(
        self,
        changes: ChangeStore,
        provider: Provider,
        resolver: Resolver,
        rights: Rights,
        notifier: Notifier,
        stops: Stops | None = None,
    ) -> None:
        self._changes = changes
        self._provider = provider
        self._resolver = resolver
        self._rights = rights
        self._notifier = notifier
        self._stops = stops

    async def submit(self, command: Command, asking: Asking) -> Opened | NothingToDo:
        """Find the target, plan, decide, and record a request. Raises every CountersignError there is."""
        requester = await self._rights.person(asking.person)
        command = filled(command)
        action, target = await self._meant(command)
        asking = replace(asking, reason=command.reason, seconds=command.seconds, called=command.target)
        asking = replace(asking, break_glass=_GLASS in command.switches)
        return await self._ask(action, target, requester, asking, command.parameters)

    async def _meant(self, command: Command) -> tuple[Action, Target]:
        """Return what is to be done to what; raise NeedsForm where more has to be told."""
        action = BY_NAME[command.action]
        self._require_supported(action)
        if action.form is None or command.parameters:
            try:
                return action, await self._resolver.target(command)
            except AskAgain as asked:
                raise unkept(asked, command) from None
        if action.makes:
            raise blank(action, None, {}, command.target)
        target = await self._resolver.target(command)
        raise blank(action, target, (await self._provider.snapshot(target)).facts)

    async def ask(self, action: Action, target: Target, asking: Asking) -> Opened | NothingToDo:
        """Ask for something to be done to a target that is known already, as that of a panel's button is."""
        requester = await self._rights.person(asking.person)
        return await self._ask(action, target, requester, asking, {})

    async def rehearse(self, command: Command, person: str) -> Rehearsal:
        """Plan and decide as `submit` does, and record nothing."""
        requester = await self._rights.person(person)
        command = filled(command)
        action, target = await self._meant(command)
        plan = await self._planned(action, target, command.parameters)
        await self._resolver.check(command.target, plan)
        plan = plan if plan.already else _boxed(plan, action, command.seconds)
        decision = await self._decide(plan, requester)
        glass = _GLASS in command.switches
        if glass:
            decision = await broken(self._rights, plan, decision, requester, command.reason)
        guard = await self._rights.guard(plan, decision, broken_glass=glass)
        return Rehearsal(plan, decision, guard, decision.lacks(command.reason))

    async def again(self, id_: str, asking: Asking) -> Opened | NothingToDo:
        """Ask for an ended change once more, on a fresh plan; whoever asked before may not sign either."""
        earlier = (await self._changes.get(id_)).change
        if not earlier.ended:
            raise TooLate(f"This change is still {earlier.status}.", "It can be asked for again after its end.")
        return await self._follow(earlier, BY_NAME[earlier.plan.action], asking)

    async def undo(self, id_: str, asking: Asking) -> Opened | NothingToDo:
        """Ask for the opposite of an applied change, under the opposite's own policy."""
        earlier = (await self._changes.get(id_)).change
        inverse = BY_NAME[earlier.plan.action].inverse
        if earlier.status is not Status.APPLIED or not inverse:
            raise TooLate("This change cannot be undone from here.", "Type the command you want instead.")
        return await self._follow(earlier, BY_NAME[inverse], asking)

    async def _follow(self, earlier: ChangeRequest, action: Action, asking: Asking) -> Opened | NothingToDo:
        requester = await self._rights.person(asking.person)
        joined = tuple(a for a in (earlier.requester, *earlier.barred) if a.id != requester.id)
        following = replace(asking, reason=asking.reason or earlier.reason, parent=earlier.id, barred=joined)
        parameters = earlier.plan.parameters if action.name == earlier.plan.action else {}
        return await self._ask(action, earlier.plan.target, requester, following, parameters)

    async def _ask(
        self, action: Action, target: Target, requester: Actor, asking: Asking, parameters: Facts
    ) -> Opened | NothingToDo:
        plan = await self._planned(action, target, parameters)
        if plan.already:
            return NothingToDo(plan)
        await self._resolver.check(asking.called, plan)
        plan = _boxed(plan, action, asking.seconds)
        decision = await self._decide(plan, requester)
        if lacking := decision.lacks(asking.reason):
            raise lacking
        if asking.break_glass:
            decision = await broken(self._rights, plan, decision, requester, asking.reason)
        await self._rights.unguarded(plan, decision, broken_glass=asking.break_glass)
        held, new = await self._open(plan, decision, requester, asking)
        self._notifier.changed(held.change.id)
        return Opened(held.change, new)

    async def _planned(self, action: Action, target: Target, parameters: Facts) -> Plan:
        self._require_supported(action)
        snapshot = await self._provider.snapshot(target)
        return planned(action, snapshot, await self._with_stops(action, snapshot, parameters))

    async def _with_stops(self, action: Action, snapshot: Snapshot, parameters: Facts) -> Facts:
        """Add to a form what the bot itself stopped, where the form asks for it: people are not asked for that."""
        field = action.form.stops if action.form is not None else ""
        if not field or self._stops is None:
            return parameters
        told = texts(parameters.get(field))
        known = [key for key in await self._stops.among(snapshot) if key not in told]
        return {**parameters, field: [*told, *known]} if known else parameters

    def _require_supported(self, action: Action) -> None:
        if not self._provider.supports(action.name):
            raise AskAgain(
                f"{self._provider.name} cannot do this from here: {action.words.title.lower()}.", "Try `help`."
            )

    async def _decide(self, plan: Plan, requester: Actor) -> PolicyDecision:
        """Return what policy asks for; for a time box, what either of its legs asks for."""
        decision = await self._rights.permit(plan, requester)
        if not plan.back:
            return decision
        back = plan.model_copy(update={"action": plan.back, "risk": BY_NAME[plan.back].risk})
        return both(decision, await self._rights.permit(back, requester))

    async def _open(self, plan: Plan, decision: PolicyDecision, requester: Actor, asking: Asking) -> tuple[Held, bool]:
        step = deciding.open_change(
            new_id(),
            plan,
            decision,
            requester,
            self._changes.now(),
            self._changes.terms,
            reason=asking.reason,
            origin=asking.origin,
            parent=asking.parent,
            barred=asking.barred,
            broken_glass=asking.break_glass,
        )
        step = reminding.with_reminder(step, step.change.created_at, self._changes.terms)
        contains = plan.risk is Risk.CONTAIN or asking.break_glass
        try:
            return await self._changes.open(step, asking.delivery, capped=not contains)
        except AlreadyOpen as taken:
            if not contains:
                raise
            freed = await self._supersede(taken.holder, step.change)
        try:
            return await self._changes.open(step, asking.delivery, share=not freed, capped=False)
        except AlreadyOpen:  # somebody else took the place meanwhile
            return await self._changes.open(step, asking.delivery, share=True, capped=False)

    async def _supersede(self, holder: str, by: ChangeRequest) -> bool:
        """Make way for a change that contains; False when what holds the target runs, contains too, or is gone."""
        note = notes.superseded(by)

        async def decide(change: ChangeRequest) -> Step | None:
            if change.status is not Status.PENDING:
                return None
            return running.stale(change, by.requester, self._changes.now(), Cause.SUPERSEDED, note)

        try:
            _, freed = await self._changes.transact(holder, decide)
        except TooLate:  # whoever held it is no longer on record
            return False
        self._notifier.changed(holder)
        return freed


def _boxed(plan: Plan, action: Action, seconds: int | None) -> Plan:
    """Put the plan into its time box, or the action's own; raise AskAgain where nothing takes the action back."""
    seconds = action.seconds if seconds is None else seconds
    if seconds is None:
        return plan
    if not action.inverse:
        raise AskAgain(
            f"Nothing takes “{action.words.title.lower()}” back, so it has no time box.", "Leave the time out."
        )
    return plan.model_copy(update={"seconds": seconds, "back": action.inverse})
