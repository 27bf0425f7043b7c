"""What there is to tell of a watched rollout: compared with what was told last, so that each thing is told once."""

from enum import StrEnum

from bot.model import Value
from bot.panel.boards import Told, Watch
from bot.panel.progress import HALTED, OVER, Progress, State
from bot.panel.view import RolloutRow

LONGEST = 7 * 86_400_000


class News(StrEnum):
    """Something that happened to a rollout."""

    STEP = "step"
    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    GUARDRAIL = "guardrail"
    FINISHED = "finished"
    STOPPED = "stopped"
    GONE = "gone"
    TOO_LONG = "too long"


_ENDS = {State.FINISHED: News.FINISHED, State.STOPPED: News.STOPPED}


class WatchView(Value):
    """What the message of a watched rollout shows; `row` is None where it was not read yet, or is gone."""

    watch: Watch
    row: RolloutRow | None = None
    end: News | None = None
    trouble: str = ""
    as_of: int = 0

    @property
    def face(self) -> str:
        """What people would see of it, to compare with what they see already."""
        return self.model_dump_json(exclude={"as_of": True, "watch": {"told"}})


def told_of(progress: Progress) -> Told:
    """Return what is told once a rollout's standing has been told."""
    trip = progress.trip.id if progress.trip else ""
    return Told(state=progress.state.value, step=progress.step, trip=trip)


def news(told: Told | None, progress: Progress) -> tuple[News, ...]:
    """Return what happened since the last telling, in its order; nothing at the first look."""
    if told is None or told == told_of(progress):
        return ()
    state, was = progress.state, State(told.state)
    found: list[News] = []
    grew = progress.step > told.step and state not in OVER
    if grew and was is not State.NOT_STARTED:
        found.append(News.STEP)
    if progress.trip is not None and progress.trip.id != told.trip:
        return (*found, News.GUARDRAIL)
    if state is not was:
        found += _turned(was, state)
    return tuple(found)


def _turned(was: State, state: State) -> list[News]:
    if state in _ENDS:
        return [_ENDS[state]]
    if state is State.RUNNING:
        return [News.STARTED if was is State.NOT_STARTED else News.RESUMED] if was not in OVER else []
    return [News.PAUSED] if state in HALTED and was not in HALTED else []


def ended(watch: Watch, row: RolloutRow | None, now: int) -> News | None:
    """Return what ends a watch; None while it goes on."""
    if row is None:
        return News.GONE
    if row.progress.state in OVER:
        return _ENDS.get(row.progress.state, News.GUARDRAIL)
    return News.TOO_LONG if now - watch.begun_at > LONGEST else None
