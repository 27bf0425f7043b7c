"""How a rollout is drawn: its bar, a watched one, and what its thread and its channel are told."""

from bot.model import Target
from bot.panel.progress import HALTED, OVER, Progress, State
from bot.panel.view import RolloutRow
from bot.panel.watching import News, WatchView
from handlers.blocks import (
    Block,
    Message,
    actions,
    button,
    code,
    context,
    dialog,
    header,
    message,
    plain,
    quoted,
    section,
)
from handlers.cards.phrases import mention, moment, place
from handlers.cards.shares import bar, percent
from handlers.panel import names

_ENDED = {
    News.FINISHED: "It has reached its last step; watching ends.",
    News.STOPPED: "All progress was taken back; watching ends.",
    News.GUARDRAIL: "A guardrail took all progress back; watching ends.",
    News.GONE: "Its targeting rule is gone from Datadog; watching ends.",
    News.TOO_LONG: "It was watched for seven days; watching ends. `/rollout watch` begins again.",
}
_STATES = {State.ABORTED: "stopped by a guardrail"}
INFERRED = "inferred from its schedule and from what was done here, as Datadog tells no state"


def named(target: Target) -> str:
    """Return a rollout in words, its rule included, where there is one."""
    rule = f" (rule {quoted(target.rule, 60)})" if target.rule.strip() else ""
    return f"rollout {code(target.key, 80)}{rule}"


def named_first(target: Target) -> str:
    """Return the same at the beginning of a sentence."""
    return f"R{named(target)[1:]}"


def about(target: Target) -> str:
    """Return the same in plain text, for those who hear a button read."""
    rule = f" ({plain(target.rule, 24)})" if target.rule.strip() else ""
    return f"rollout {plain(target.key, 30)}{rule} in {place(target)}"


def standing_lines(row: RolloutRow) -> list[str]:
    """Say how a rollout stands: state, bar, step, when the next comes, and what its guardrail did."""
    progress = row.progress
    parts = [f"{bar(progress.ratio)} {percent(progress.ratio)}", f"step {progress.step} of {progress.steps}"]
    if progress.next_at is not None:
        parts.append(f"next step {moment(progress.next_at)}")
    elif progress.state in HALTED:
        parts.append(f"held since {moment(progress.since)}")
    parts.append(_guardrail(progress))
    if row.target.rule.strip():
        parts.append(f"rule {quoted(row.target.rule, 60)}")
    lines = [f"*Rollout {code(row.target.key, 80)} — {state_of(progress)}*", " · ".join(parts)]
    if not row.flag_enabled:
        lines.append("The flag is disabled here, so the rollout has no effect for users.")
    return lines


def state_of(progress: Progress) -> str:
    """Return a rollout's state in words, and that it is inferred where nothing in Datadog says it."""
    state = _STATES.get(progress.state, progress.state.value)
    return state if progress.trip else f"{state} (inferred)"


def spoken_row(row: RolloutRow) -> str:
    """Say the same without anything to be seen."""
    progress = row.progress
    rule = f" (rule {quoted(row.target.rule, 60)})" if row.target.rule.strip() else ""
    following = f", next step {moment(progress.next_at)}" if progress.next_at is not None else ""
    guardrail = f", guardrail tripped by {_metrics(progress)}" if progress.trip else ""
    step = f"step {progress.step} of {progress.steps}"
    state = f"{state_of(progress)}, {percent(progress.ratio)}, {step}{following}{guardrail}"
    return f"{quoted(row.target.key, 80)}{rule}: {state}"


def _guardrail(progress: Progress) -> str:
    if progress.trip is None:
        return "no guardrail tripped"
    when = f" {moment(progress.trip.at)}" if progress.trip.at is not None else ""
    return f"*guardrail tripped*{when}: {_metrics(progress)}"


def _metrics(progress: Progress) -> str:
    metrics = progress.trip.metrics if progress.trip else ()
    each = ", ".join(quoted(one, 100) for one in metrics)
    return f"{'metric' if len(metrics) == 1 else 'metrics'} {each}" if metrics else "metric not named"


def controls(row: RolloutRow) -> list[Block]:
    """Return the buttons of a rollout; as its state is inferred, none is left out but after it was stopped."""
    if row.progress.state in (State.STOPPED, State.ABORTED, State.NOT_STARTED):
        return []
    pause = dialog(
        "Pause this rollout?",
        f"Pause {about(row.target)}. Growth stops where it is; users already exposed stay exposed. "
        "It runs at once, unless policy wants a signature.",
        "Pause",
    )
    running = row.progress.state is State.RUNNING
    value, spoken = names.value_of(row.target), about(row.target)
    return [
        button("Pause", names.PAUSE, value, about=spoken, primary=running, confirm=pause),
        _resume(row.target),
        button("Stop…", names.STOP, value, about=spoken),
    ]


def _resume(target: Target) -> Block:
    sure = dialog(
        "Resume this rollout?",
        f"Resume {about(target)}. More users are exposed again, from the step where it was paused. "
        "Policy may want somebody else to sign first.",
        "Resume",
    )
    return button("Resume…", names.RESUME, names.value_of(target), about=about(target), confirm=sure)


def watch_message(view: WatchView) -> Message:
    """Draw a watched rollout as it stands."""
    target = view.row.target if view.row else view.watch.target
    title = f"{place(target)} · Watching rollout {plain(target.key, 60)}"
    where, end = quoted(place(target), 100), _ENDED[view.end] if view.end else ""
    told = spoken_row(view.row) if view.row else f"{quoted(target.key, 80)}: gone"
    text = f"Watching rollout {told}, in {where}. {end}".strip()
    lines = standing_lines(view.row) if view.row else [f"*{named_first(target)} — gone*"]
    blocks = [header(title), section("\n".join([*lines, *([end] if end else [])]))]
    if view.row and not view.end:
        blocks += actions(controls(view.row))
    tail = [f"State is {INFERRED}."] if view.row else []
    if view.trouble:
        tail.append(f"*Datadog could not be read:* {quoted(view.trouble, 200)}")
    tail.append(f"As of {moment(view.as_of, seconds=True)}; drawn anew only when something changes.")
    return message(text, [*blocks, context(" ".join(tail))])


def begun_message(target: Target, as_of: int) -> Message:
    """Draw the message of a rollout whose watching has just begun."""
    title = f"{place(target)} · Watching rollout {plain(target.key, 60)}"
    line = f"*{named_first(target)} — being read*"
    text = f"Watching rollout {quoted(target.key, 80)} in {quoted(place(target), 100)}: being read."
    return message(text, [header(title), section(line), context(f"As of {moment(as_of, seconds=True)}.")])


def news_line(view: WatchView, what: News) -> str:
    """Say in the thread what happened."""
    row = view.row
    if row is None:
        return f"{named_first(view.watch.target)} is gone: its targeting rule is no longer in Datadog."
    progress, which = row.progress, named_first(row.target)
    at = f"{percent(progress.ratio)}, step {progress.step} of {progress.steps}"
    said = {
        News.STEP: f"{which} went on to its next step: {at} (inferred).",
        News.STARTED: f"{which} has started: {at} (inferred).",
        News.PAUSED: f"{which} is paused at {at} (inferred).",
        News.RESUMED: f"{which} runs again from {at} (inferred).",
        News.GUARDRAIL: _tripped(progress, which),
        News.FINISHED: f"{which} has finished: {at} (inferred).",
        News.STOPPED: f"{which} was stopped; all progress is taken back.",
    }
    return said.get(what, f"{which} is {state_of(progress)}.")


def _tripped(progress: Progress, which: str) -> str:
    aborted = progress.trip is not None and progress.trip.action == "ABORT"
    did = "stopped it and took all progress back" if aborted else "paused it"
    held = "" if aborted else f" at {percent(progress.ratio)}, step {progress.step} of {progress.steps}"
    return f"{which}: a *guardrail {did}*{held}. Tripped by {_metrics(progress)}."


def trip_message(row: RolloutRow, *, kept: tuple[str, int] | None = None) -> Message:
    """Announce that a guardrail acted; `kept` is who keeps the rollout paused, and since when."""
    progress, target = row.progress, row.target
    aborted = progress.trip is not None and progress.trip.action == "ABORT"
    title = f"{place(target)} · Guardrail {'stopped' if aborted else 'paused'} rollout {plain(target.key, 60)}"
    lines = [_tripped(progress, f"{named_first(target)} in {quoted(place(target), 100)}")]
    if kept is not None:
        lines.append(f"{mention(kept[0])} keeps it paused, {moment(kept[1])}.")
    value, spoken = names.value_of(target), about(target)
    keep = [] if kept else [button("Keep paused", names.KEEP, value, about=spoken, primary=True)]
    buttons = [*keep, _resume(target), button("Stop…", names.STOP, value, about=spoken)]
    row_of_buttons = [] if aborted or progress.state in OVER else actions(buttons)
    blocks = [header(title), section("\n".join(lines)), *row_of_buttons]
    return message(" ".join(lines), blocks)
