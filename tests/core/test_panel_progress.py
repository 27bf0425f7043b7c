"""How far a rollout is, inferred from its schedule and from what was done to it."""

import pytest

from bot.panel.progress import Act, State, infer
from bot.panel.sights import Stage, Trip
from tests.builders import MINUTE, START
from tests.panel_world import STEP, a_rollout

SINCE = START + 10 * MINUTE


def test_one_that_never_started_stands_at_nothing() -> None:
    """Without a beginning there is no step, and nothing to come."""
    progress = infer(a_rollout(None), (), START)
    assert (progress.state, progress.step, progress.steps, progress.next_at) == (State.NOT_STARTED, 0, 4, None)


@pytest.mark.parametrize(
    ("minutes", "step", "ratio", "following"), [(0, 1, 0.1, 30), (29, 1, 0.1, 30), (65, 3, 0.5, 90)]
)
def test_one_that_runs_is_as_far_as_time_carried_it(minutes: int, step: int, ratio: float, following: int) -> None:
    """Each step lasts as long as the schedule says, and the next one comes after it."""
    progress = infer(a_rollout(START), (), START + minutes * MINUTE)
    assert (progress.state, progress.step, progress.ratio) == (State.RUNNING, step, ratio)
    assert progress.next_at == START + following * MINUTE


def test_the_last_step_ends_it() -> None:
    """Once everybody is exposed there is nothing left to come."""
    progress = infer(a_rollout(START), (), START + 4 * STEP)
    assert (progress.state, progress.step, progress.ratio, progress.next_at) == (State.FINISHED, 4, 1, None)
    assert progress.since == START + 3 * STEP


def test_a_pause_of_ours_keeps_the_place_and_a_resume_goes_on_from_there() -> None:
    """Time that was spent paused is not counted."""
    acts = (Act(verb="pause", at=SINCE), Act(verb="resume", at=SINCE + 60 * MINUTE))
    held = infer(a_rollout(START), acts[:1], SINCE + 59 * MINUTE)
    assert (held.state, held.step, held.next_at, held.since) == (State.PAUSED, 1, None, SINCE)
    goes_on = infer(a_rollout(START), acts, SINCE + 61 * MINUTE)
    assert (goes_on.state, goes_on.step) == (State.RUNNING, 1)
    assert goes_on.next_at == START + 90 * MINUTE


def test_a_guardrail_holds_it_until_it_is_resumed() -> None:
    """What a guardrail did names its metric, and is over once somebody resumes."""
    trip = Trip(id="t1", action="PAUSE", metrics=("error_rate",), at=SINCE)
    held = infer(a_rollout(START, trip=trip), (), SINCE + MINUTE)
    assert (held.state, held.trip) == (State.GUARDED, trip)
    resumed = infer(a_rollout(START, trip=trip), (Act(verb="resume", at=SINCE + MINUTE),), SINCE + 2 * MINUTE)
    assert (resumed.state, resumed.trip) == (State.RUNNING, None)


@pytest.mark.parametrize("act", [Act(verb="stop", at=SINCE), None])
def test_what_is_stopped_or_aborted_has_no_users(act: Act | None) -> None:
    """All progress is taken back, and nothing brings it on again."""
    trip = None if act else Trip(id="t1", action="ABORT", at=SINCE)
    acts = (act, Act(verb="pause", at=SINCE + MINUTE)) if act else ()
    progress = infer(a_rollout(START, trip=trip), acts, SINCE + 300 * MINUTE)
    assert progress.state is (State.STOPPED if act else State.ABORTED)
    assert (progress.ratio, progress.step, progress.next_at) == (0, 0, None)


def test_a_step_that_waits_holds_it() -> None:
    """A step that waits for a person is held there until it is resumed."""
    seen = a_rollout(START).model_copy(
        update={"stages": (Stage(ratio=0.1, lasts=STEP), Stage(ratio=0.5, lasts=STEP, waits=True), Stage(ratio=1))}
    )
    held = infer(seen, (), START + 10 * STEP)
    assert (held.state, held.step, held.since) == (State.PAUSED, 2, START + STEP)
    on = infer(seen, (Act(verb="resume", at=START + 10 * STEP),), START + 10 * STEP + MINUTE)
    assert (on.state, on.step, on.next_at) == (State.RUNNING, 2, START + 11 * STEP)


def test_what_was_done_shows_that_an_inferred_end_was_none() -> None:
    """A pause that Datadog took after the schedule's end proves that it had not ended."""
    progress = infer(a_rollout(START), (Act(verb="pause", at=START + 5 * STEP),), START + 6 * STEP)
    assert progress.state is State.PAUSED
