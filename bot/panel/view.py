"""
What a panel shows, as values: put together from what was seen and what was done, before anything is drawn.

Two views that are equal but for `as_of` and `read_at` look the same to people, so the second is not drawn.
"""

from collections.abc import Sequence

from bot.changes.record import ChangeRequest
from bot.guards import Guard
from bot.model import Actor, Environment, Noun, Target, Value
from bot.panel.index import Index
from bot.panel.journal import Journal
from bot.panel.progress import OVER, Progress, State, infer
from bot.panel.sights import DeploymentSeen, RolloutSeen

HOUR = 3_600_000
DAY = 24 * HOUR
MOST_ACTIONS = 5
_FIRST = (State.GUARDED, State.ABORTED, State.RUNNING, State.PAUSED, State.STOPPED, State.FINISHED, State.NOT_STARTED)
_UNDOABLE = frozenset({"flag.disable", "flag.archive", "flag.unarchive"})


class RolloutRow(Value):
    """A rollout and how it stands; without its flag enabled it has no effect."""

    target: Target
    progress: Progress
    flag_enabled: bool = True


class DoneRow(Value):
    """A change that was made: what, to what, by whom, when; `undo` is what a button that takes it back carries."""

    id: str
    action: str
    target: Target
    by: Actor
    at: int
    undo: str = ""


class FlagRow(Value):
    """A flag that was changed lately; `disable` tells whether it can be disabled from here."""

    last: DoneRow
    disable: bool


class TestRow(Value):
    """A paused test and when it starts again; None where nobody said."""

    __test__ = False  # the name is Datadog's; it is no test of this project

    target: Target
    until: int | None = None


class WaitingRow(Value):
    """A request that waits for signatures; `until` is when it expires (ms)."""

    id: str
    action: str
    target: Target
    by: Actor
    have: int
    need: int
    until: int


class PanelView(Value):
    """Everything a panel shows. Without `where` it is not bound, and `choices` are the environments there are."""

    where: Environment | None = None
    choices: tuple[Environment, ...] = ()
    guards: tuple[Guard, ...] = ()
    rollouts: tuple[RolloutRow, ...] = ()
    flags: tuple[FlagRow, ...] = ()
    deployments: tuple[DeploymentSeen, ...] = ()
    tests: tuple[TestRow, ...] = ()
    waiting: tuple[WaitingRow, ...] = ()
    actions: tuple[DoneRow, ...] = ()
    unread: int = 0
    reading: bool = False
    trouble: str = ""
    trouble_since: int = 0
    broken: int = 0
    as_of: int = 0
    read_at: int = 0

    @property
    def face(self) -> str:
        """What people would see of it, to compare with what they see already."""
        return self.model_dump_json(exclude={"as_of", "read_at"})

    @property
    def frozen(self) -> Guard | None:
        """The freeze of the environment."""
        return next((g for g in self.guards if g.state == "frozen" and self.where and g.what == self.where.name), None)


def panel_view(
    where: Environment | None, index: Index, journal: Journal, guards: Sequence[Guard], now: int
) -> PanelView:
    """Put together what the panel of an environment shows."""
    if where is None:
        return PanelView(choices=index.environments, reading=not index.read_at, as_of=now, read_at=index.read_at)
    here = [change for change in journal.done(now - DAY) if _here(change.plan.target, where)]
    return PanelView(
        where=where,
        guards=tuple(guard for guard in guards if guard.holds(now)),
        rollouts=rollout_rows(index.rollouts(where), journal, now),
        flags=_flags(where, index, journal, now),
        deployments=index.deployments,
        tests=_tests(where, index, journal, now),
        waiting=tuple(_waiting(c) for c in journal.waiting() if _here(c.plan.target, where) and c.expires_at > now),
        actions=tuple(done_row(change) for change in here[:MOST_ACTIONS]),
        unread=max(0, index.flags_listed - index.flags_read),
        reading=not index.read_at,
        trouble=index.trouble,
        trouble_since=index.trouble_since if index.trouble else 0,
        broken=journal.broken,
        as_of=now,
        read_at=index.read_at,
    )


def rollout_rows(seen: Sequence[RolloutSeen], journal: Journal, now: int) -> tuple[RolloutRow, ...]:
    """Return the rollouts that a guardrail holds, that run, are held, or came to an end within the last hour."""
    rows = [rollout_row(one, journal, now) for one in seen]
    shown = [row for row in rows if _lately(row.progress, now)]
    return tuple(sorted(shown, key=lambda row: _FIRST.index(row.progress.state)))


def rollout_row(seen: RolloutSeen, journal: Journal, now: int) -> RolloutRow:
    """Return one rollout with how it stands."""
    progress = infer(seen, journal.acts(seen.target), now)
    return RolloutRow(target=seen.target, progress=progress, flag_enabled=seen.flag_enabled)


def _lately(progress: Progress, now: int) -> bool:
    if progress.state is State.NOT_STARTED:
        return False
    return progress.state not in OVER or now - progress.since < HOUR


def _here(target: Target, where: Environment) -> bool:
    return target.environment is None or target.environment.id == where.id


def done_row(change: ChangeRequest) -> DoneRow:
    """Return a change that was made."""
    return DoneRow(
        id=change.id,
        action=change.plan.action,
        target=change.plan.target,
        by=change.requester,
        at=change.ended_at or change.created_at,
        undo=f"{change.id}.{change.plan.digest[:12]}" if change.plan.action in _UNDOABLE else "",
    )


def _flags(where: Environment, index: Index, journal: Journal, now: int) -> tuple[FlagRow, ...]:
    rows = []
    for change in journal.flags(now - HOUR):
        target = change.plan.target
        if not _here(target, where):
            continue
        seen = index.flag(target.id)
        on = where.id in seen.enabled if seen and seen.read_at >= (change.ended_at or 0) else None
        by_us = change.plan.action not in ("flag.disable", "flag.archive")
        able = target.environment is not None and (by_us if on is None else on)
        rows.append(FlagRow(last=done_row(change), disable=able))
    return tuple(rows)


def _tests(where: Environment, index: Index, journal: Journal, now: int) -> tuple[TestRow, ...]:
    ends = journal.resumes(Noun.TEST)
    shown = []
    for test in index.tests:
        if test.places and not set(test.places) & set(where.queries):
            continue
        end = ends.get(test.target.id)
        shown.append(TestRow(target=test.target, until=end if end and end > now else None))
    return tuple(sorted(shown, key=lambda row: (row.until is None, row.until or 0, row.target.key)))


def _open(where: Environment, journal: Journal, now: int) -> tuple[ChangeRequest, ...]:
    return tuple(c for c in journal.waiting() if _here(c.plan.target, where) and c.expires_at > now)


def _waiting(change: ChangeRequest) -> WaitingRow:
    return WaitingRow(
        id=change.id,
        action=change.plan.action,
        target=change.plan.target,
        by=change.requester,
        have=len(change.approvals),
        need=change.decision.approvals,
        until=change.expires_at,
    )
