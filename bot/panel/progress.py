"""
How far a rollout is, inferred from its schedule, from what the bot itself did to it, and from what a guardrail did.

Nothing outside tells running from paused, so a pause that somebody made in Datadog is not seen here: whoever shows
any of this says that it is inferred.
"""

from collections.abc import Sequence
from enum import StrEnum
from itertools import accumulate

from bot.model import Value
from bot.panel.sights import RolloutSeen, Stage, Trip


class State(StrEnum):
    """How a rollout stands, as far as can be told."""

    NOT_STARTED = "not started"
    RUNNING = "running"
    PAUSED = "paused"
    GUARDED = "paused by a guardrail"
    STOPPED = "stopped"
    ABORTED = "aborted by a guardrail"
    FINISHED = "finished"


OVER = frozenset({State.STOPPED, State.ABORTED, State.FINISHED})
HALTED = frozenset({State.PAUSED, State.GUARDED})
_VERBS = {"pause": State.PAUSED, "stop": State.STOPPED, "resume": State.RUNNING, "start": State.RUNNING}


class Act(Value):
    """Something that the bot did to a rollout, and when it took effect."""

    verb: str
    at: int


class Progress(Value):
    """
    Where a rollout stands: step `step` of `steps`, that share of users exposed, when the next step comes.

    `since` is when it came into its state; `trip` is the guardrail's act where that is what holds it.
    """

    state: State
    step: int = 0
    steps: int = 0
    ratio: float = 0
    next_at: int | None = None
    since: int = 0
    trip: Trip | None = None


def infer(seen: RolloutSeen, acts: Sequence[Act], now: int) -> Progress:
    """Return how a rollout stands at `now`."""
    begun = seen.started_at
    if begun is None:
        begun = next((act.at for act in reversed(acts) if act.verb == "start"), None)
    if begun is None or not seen.stages:
        return Progress(state=State.NOT_STARTED, steps=len(seen.stages))
    course = _Course(seen.stages, begun)
    for at, state in _turns(seen, acts, begun):
        course.carry(min(at, now))
        course.turn(state, at)
    course.carry(now)
    return course.told(now, seen.trip)


def _turns(seen: RolloutSeen, acts: Sequence[Act], begun: int) -> list[tuple[int, State]]:
    """Return what changed the course of a rollout, in the order of time."""
    turns = [(act.at, _VERBS[act.verb]) for act in acts if act.verb in _VERBS and act.at >= begun]
    if seen.trip is not None:
        state = State.ABORTED if seen.trip.action == "ABORT" else State.GUARDED
        turns.append((seen.trip.at if seen.trip.at is not None else seen.read_at, state))
    return sorted(turns, key=lambda turn: turn[0])


class _Course:
    """Carries a rollout through time."""

    def __init__(self, stages: Sequence[Stage], begun: int) -> None:
        self._stages = stages
        self._starts = [0, *accumulate(stage.lasts or 0 for stage in stages[:-1])]
        self._done = 0
        self._at = begun
        self._since = begun
        self._state = State.RUNNING
        self._held: set[int] = set()

    def carry(self, at: int) -> None:
        """Let it run on until a moment, a step that waits, or its end."""
        if self._state is State.RUNNING and at > self._at:
            elapsed = self._done + at - self._at
            for n, start in enumerate(self._starts):
                if start > elapsed:
                    break
                if self._stages[n].waits and n not in self._held:
                    self._held.add(n)
                    self._halt(State.PAUSED, start)
                    break
                if n == len(self._starts) - 1:
                    self._halt(State.FINISHED, start)
                    break
            if self._state is State.RUNNING:
                self._done = elapsed
        self._at = max(self._at, at)

    def _halt(self, state: State, done: int) -> None:
        self._since = self._at + max(0, done - self._done)
        self._state, self._done = state, done

    def turn(self, state: State, at: int) -> None:
        """Take another course from a moment on; what was stopped stays so; an inferred end need not."""
        if self._state in (State.STOPPED, State.ABORTED, state):
            return
        if state in (State.STOPPED, State.ABORTED):
            self._done = 0
        self._state, self._since = state, at

    def told(self, now: int, trip: Trip | None) -> Progress:
        """Return where it stands now."""
        step = max((n for n, start in enumerate(self._starts) if start <= self._done), default=0)
        taken_back = self._state in (State.STOPPED, State.ABORTED)
        following = self._starts[step + 1] if step + 1 < len(self._starts) else None
        running = self._state is State.RUNNING and following is not None
        return Progress(
            state=self._state,
            step=0 if taken_back else step + 1,
            steps=len(self._stages),
            ratio=0 if taken_back else self._stages[step].ratio,
            next_at=now + following - self._done if running and following is not None else None,
            since=self._since,
            trip=trip if self._state in (State.GUARDED, State.ABORTED) else None,
        )
