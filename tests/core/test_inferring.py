"""The state of a rollout is inferred from what can be seen of it, and from what was done from here."""

import pytest

from bot.looking.inferring import Done, Inferred, State, infer
from bot.looking.views import RolloutView, Step
from tests.builders import PRODUCTION, START

HOUR = 3_600_000
STEPS = (Step(ratio=0.05, interval=HOUR), Step(ratio=0.5, interval=HOUR), Step(ratio=1))


def a_rollout(**more: object) -> RolloutView:
    """Return a rollout that was started at START, with some of it replaced."""
    whole = RolloutView(
        id="s", flag_id="f", flag="checkout", rule="r", environment=PRODUCTION, started_at=START, steps=STEPS
    )
    return whole.model_copy(update=more)


@pytest.mark.parametrize(
    ("rollout", "after", "done", "expected"),
    [
        (a_rollout(started_at=None), 0, None, Inferred(State.NOT_STARTED)),
        (
            a_rollout(started_at=None, scheduled_at=START + 9),
            0,
            None,
            Inferred(State.SCHEDULED, next_at=START + 9),
        ),
        (a_rollout(), 0, None, Inferred(State.RUNNING, 1, 0.05, START + HOUR, sure=False)),
        (a_rollout(), HOUR, None, Inferred(State.RUNNING, 2, 0.5, START + 2 * HOUR, sure=False)),
        (a_rollout(), 2 * HOUR, None, Inferred(State.FINISHED, 3, 1, sure=False)),
        (a_rollout(guardrail="ABORT"), HOUR, None, Inferred(State.STOPPED_BY_GUARDRAIL)),
        (
            a_rollout(guardrail="PAUSE", updated_at=START + 9),
            5 * HOUR,
            None,
            Inferred(State.PAUSED_BY_GUARDRAIL, 1, 0.05, sure=False),
        ),
        (a_rollout(), 5 * HOUR, Done("pause", START + HOUR), Inferred(State.PAUSED, 2, 0.5, sure=False)),
        (a_rollout(), HOUR, Done("stop", START + 9), Inferred(State.STOPPED)),
        (
            a_rollout(updated_at=START + HOUR),
            HOUR,
            Done("pause", START + 9),
            Inferred(State.RUNNING, 2, 0.5, START + 2 * HOUR, sure=False),
        ),
        (a_rollout(), HOUR, Done("resume", START + 9), Inferred(State.RUNNING, 2, 0.5, START + 2 * HOUR, sure=False)),
        (
            a_rollout(steps=(STEPS[0], Step(ratio=0.5, holds=True), STEPS[2])),
            5 * HOUR,
            None,
            Inferred(State.HOLDING, 2, 0.5, sure=False),
        ),
        (a_rollout(steps=()), HOUR, None, Inferred(State.RUNNING, sure=False)),
    ],
)
def test_inference(rollout: RolloutView, after: int, done: Done | None, expected: Inferred) -> None:
    """A rollout seems to stand as its start, its steps, its guardrail and the last thing done from here say."""
    assert infer(rollout, START + after, done) == expected
