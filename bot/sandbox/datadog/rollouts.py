"""
The life of a rollout.

What each verb does to it, and how far time has carried it.

Pause keeps the place, resume goes on from there, stop takes all progress back, and a finished rollout cannot
be changed; illegal transitions answer 409 or 400 (Datadog's documentation). What Datadog leaves open is decided
strictly here: a stopped rollout can neither be resumed nor started again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import uuid4

from bot.sandbox.datadog.records import Rollout, RolloutState, Step, Trigger
from bot.sandbox.datadog.refusals import Refused


@dataclass(frozen=True)
class Position:
    """
    Where a rollout stands.

    The share of users exposed, and the step, counted from one.
    """

    ratio: float
    step: int
    steps: int


def settle(rollout: Rollout, now: datetime) -> None:
    """
    Carry a running rollout to where it is at `now`.

    Further on, held by a pause record, or finished.
    """
    if rollout.state is not RolloutState.RUNNING or rollout.since is None:
        return
    before = _index(rollout, rollout.progress_ms)
    elapsed = rollout.progress_ms + _milliseconds(now - rollout.since)
    for index, start in enumerate(_starts(rollout)):
        if start > elapsed:
            break
        if rollout.steps[index].is_pause_record and index not in rollout.held:
            rollout.held.append(index)
            _halt(rollout, RolloutState.PAUSED, start, now)
            return
        if index == len(rollout.steps) - 1:
            _halt(rollout, RolloutState.FINISHED, start, now)
            return
    if _index(rollout, elapsed) > before:
        rollout.progress_ms, rollout.since, rollout.updated_at = elapsed, now, now


def carry_on(rollout: Rollout, span: timedelta, now: datetime) -> None:
    """Let a running rollout have begun earlier by a span, and be where that takes it; others stay where they are."""
    settle(rollout, now)
    if rollout.state is not RolloutState.RUNNING or rollout.since is None or rollout.started_at is None:
        return
    rollout.since -= span
    rollout.started_at -= span
    settle(rollout, now)


def position(rollout: Rollout) -> Position:
    """Return where a settled rollout stands."""
    steps = len(rollout.steps)
    if rollout.state in (RolloutState.NOT_STARTED, RolloutState.STOPPED):
        return Position(0, 0, steps)
    index = _index(rollout, rollout.progress_ms)
    return Position(rollout.steps[index].ratio, index + 1, steps)


def start(rollout: Rollout, now: datetime) -> None:
    """Start a rollout that never ran."""
    _require_steps(rollout)
    if rollout.state is not RolloutState.NOT_STARTED:
        raise _conflict("start", rollout)
    rollout.started_at = now
    _run(rollout, now)


def pause(rollout: Rollout, now: datetime) -> None:
    """Pause a running rollout where it stands."""
    _require_steps(rollout)
    settle(rollout, now)
    if rollout.state is RolloutState.NOT_STARTED:
        raise Refused(400, "the exposure schedule has not been started", shape="texts")
    if rollout.state is not RolloutState.RUNNING:
        raise _conflict("pause", rollout)
    elapsed = rollout.progress_ms + _milliseconds(now - (rollout.since or now))
    _halt(rollout, RolloutState.PAUSED, elapsed, now)


def resume(rollout: Rollout, now: datetime) -> None:
    """Go on with a paused rollout from where it stood."""
    _require_steps(rollout)
    settle(rollout, now)
    if rollout.state is RolloutState.NOT_STARTED:
        raise Refused(400, "the exposure schedule has not been started", shape="texts")
    if rollout.state is not RolloutState.PAUSED:
        raise _conflict("resume", rollout)
    rollout.triggered_action = None
    _run(rollout, now)


def stop(rollout: Rollout, now: datetime) -> None:
    """Abort a rollout and take all its progress back."""
    _require_steps(rollout)
    settle(rollout, now)
    if rollout.state is RolloutState.NOT_STARTED:
        raise Refused(400, "the exposure schedule has not been started", shape="texts")
    if rollout.state not in (RolloutState.RUNNING, RolloutState.PAUSED):
        raise _conflict("stop", rollout)
    _halt(rollout, RolloutState.STOPPED, 0, now)


def trip(rollout: Rollout, metric: str, action: Literal["PAUSE", "ABORT"], variant: str, now: datetime) -> None:
    """Let a guardrail metric pause or abort a running rollout."""
    if action == "PAUSE":
        pause(rollout, now)
    else:
        stop(rollout, now)
    trigger = Trigger(id=str(uuid4()), metric_id=metric, variant_id=variant, action=action, at=now)
    rollout.triggers.append(trigger)
    rollout.triggered_action = action


def _run(rollout: Rollout, now: datetime) -> None:
    rollout.state, rollout.since, rollout.updated_at = RolloutState.RUNNING, now, now


def _halt(rollout: Rollout, state: RolloutState, progress_ms: int, now: datetime) -> None:
    rollout.state, rollout.since, rollout.updated_at = state, None, now
    rollout.progress_ms = progress_ms


def _index(rollout: Rollout, elapsed_ms: int) -> int:
    reached = [index for index, begin in enumerate(_starts(rollout)) if begin <= elapsed_ms]
    return reached[-1] if reached else 0


def _starts(rollout: Rollout) -> list[int]:
    starts, total = [], 0
    for step in rollout.steps:
        starts.append(total)
        total += _length(rollout, step)
    return starts


def _length(rollout: Rollout, step: Step) -> int:
    return rollout.selection_interval_ms if step.interval_ms is None else step.interval_ms


def _milliseconds(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)


def _require_steps(rollout: Rollout) -> None:
    if rollout.strategy == "NO_ROLLOUT":
        raise Refused(400, "the allocation has no progressive rollout", shape="titled")


def _conflict(verb: str, rollout: Rollout) -> Refused:
    word = "aborted" if rollout.state is RolloutState.STOPPED else str(rollout.state)
    return Refused(409, f"cannot {verb} an exposure schedule that is {word}", shape="coded")
