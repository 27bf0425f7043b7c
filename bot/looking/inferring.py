"""
The state of a rollout, inferred: the provider tells none.

What can be seen is when it was started, its steps, and what a guardrail metric did. A pause, a resumption and a stop by
a person leave no trace but `updated_at`; so what was last done to it from here counts, where it is newer.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.looking.views import RolloutView


class State(StrEnum):
    """How a rollout seems to stand."""

    NOT_STARTED = "not started"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    HOLDING = "waiting at a step"
    PAUSED = "paused"
    PAUSED_BY_GUARDRAIL = "paused by a guardrail"
    STOPPED = "stopped"
    STOPPED_BY_GUARDRAIL = "stopped by a guardrail"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Done:
    """What was last done to a rollout from here, by the action's verb, and when (epoch ms)."""

    verb: str
    at: int


@dataclass(frozen=True, slots=True)
class Inferred:
    """
    The state, the step (counted from one, 0 for none), and when the next one comes (epoch ms).

    `sure` is False for a place that follows from the clock alone, though a pause may have moved it.
    """

    state: State
    step: int = 0
    ratio: float = 0.0
    next_at: int | None = None
    sure: bool = True


_BY_HAND = {"pause": State.PAUSED, "stop": State.STOPPED}


def infer(rollout: RolloutView, now: int, done: Done | None = None) -> Inferred:
    """Return how a rollout seems to stand at `now` (epoch ms)."""
    if rollout.guardrail == "ABORT":
        return Inferred(State.STOPPED_BY_GUARDRAIL)
    if rollout.started_at is None:
        waits = rollout.scheduled_at is not None and rollout.scheduled_at > now
        return Inferred(
            State.SCHEDULED if waits else State.NOT_STARTED, next_at=rollout.scheduled_at if waits else None
        )
    if rollout.started_at > now:
        return Inferred(State.SCHEDULED, next_at=rollout.started_at)
    if rollout.guardrail == "PAUSE":
        return _halted(State.PAUSED_BY_GUARDRAIL, rollout, rollout.updated_at or now)
    if done is not None and done.verb in _BY_HAND and _still(rollout, done):
        return Inferred(State.STOPPED) if done.verb == "stop" else _halted(State.PAUSED, rollout, done.at)
    return _by_the_clock(rollout, now)


_SLACK_MS = 60_000
"""How much later than what was done from here a rollout may say it was updated by that."""


def _still(rollout: RolloutView, done: Done) -> bool:
    return rollout.updated_at is None or rollout.updated_at <= done.at + _SLACK_MS


def _halted(state: State, rollout: RolloutView, at: int) -> Inferred:
    place = _by_the_clock(rollout, at)
    return Inferred(state, place.step, place.ratio, sure=False)


def _by_the_clock(rollout: RolloutView, now: int) -> Inferred:
    """Return where a rollout is that was started and has run since."""
    at = rollout.started_at or now
    for number, step in enumerate(rollout.steps, start=1):
        last = number == len(rollout.steps)
        if step.holds:
            return Inferred(State.HOLDING, number, step.ratio, sure=False)
        if last:
            return Inferred(State.FINISHED, number, step.ratio, sure=False)
        interval = rollout.interval if step.interval is None else step.interval
        if interval is None:
            return Inferred(State.RUNNING, number, step.ratio, sure=False)
        at += interval
        if at > now:
            return Inferred(State.RUNNING, number, step.ratio, next_at=at, sure=False)
    return Inferred(State.RUNNING, sure=False)
