"""Rollouts, drawn: the state is always said to be inferred, because Datadog tells none."""

from bot.grammar.command import Look
from bot.looking.answering import RolloutSeen
from bot.looking.inferring import Inferred, State
from bot.looking.views import RolloutView
from handlers.blocks import Block, Message, actions, code, context, escape, header, message, paragraphs, plain, quoted
from handlers.cards.looks.pieces import datadog_button, guards, last_done, look_button, spoken, where
from handlers.cards.phrases import duration, moment, place_of
from handlers.cards.shares import bar, percent

INFERRED = (
    "Datadog tells no state of a rollout. This one follows from its start, its steps, its guardrails and what was done "
    "from here; a pause, a resumption or a stop made elsewhere cannot be seen."
)
_ON = (State.RUNNING, State.HOLDING)
_MOST_STEPS = 40


def state_line(inferred: Inferred, steps: int) -> str:
    """Return the state in one line, with step and share where there are any."""
    at = f", step {inferred.step} of {steps}, {percent(inferred.ratio)}" if inferred.step else ""
    return f"{inferred.state} (inferred){at}"


def status(seen: RolloutSeen, at: int) -> Message:
    """Return one rollout whole."""
    view, inferred = seen.view, seen.inferred
    title = f"{place_of(view.environment)} · Rollout {plain(view.flag, 60)}"
    lines = [
        f"*State* {state_line(inferred, len(view.steps))} {bar(inferred.ratio)}",
        f"*Rule* {quoted(view.rule, 120)}",
        *_times(view, inferred),
        *_guardrails(view),
        *(["The flag is *disabled* here, so the rollout reaches nobody."] if view.enabled is False else []),
        *([last] if (last := last_done(seen.last)) else []),
        "*Steps*",
        *(_step(view, number, inferred) for number in range(1, min(len(view.steps), _MOST_STEPS) + 1)),
    ]
    said = spoken([f"{escape(title)}: {state_line(inferred, len(view.steps))}", *lines[1:], INFERRED])
    here = view.environment.id
    buttons = [
        *look_button(0, "Show flag", Look(what="flag.show", target=view.flag_id, environment=here), view.flag),
        *look_button(1, "Rules", Look(what="flag.rules", target=view.flag_id, environment=here), view.flag),
        *datadog_button(view.url, view.flag),
    ]
    blocks: list[Block] = [
        header(title),
        *paragraphs(lines, most=6),
        context(f"{INFERRED} As of {moment(at, seconds=True)}."),
    ]
    return message(said, [*blocks, *actions(buttons)])


def row(seen: RolloutSeen, *, named: bool = True) -> str:
    """Return one rollout in a list; `named` says where it is and of which flag."""
    view, inferred = seen.view, seen.inferred
    what = f"*{code(view.flag, 80)}* in {where(view.environment)} · " if named else ""
    next_step = f" · next step {moment(inferred.next_at)}" if inferred.next_at else ""
    alarm = f" · guardrail {quoted(_metrics(view), 120)}" if view.guardrail else ""
    idle = " · the flag is disabled there" if view.enabled is False else ""
    place = f"{bar(inferred.ratio)} {state_line(inferred, len(view.steps))}"
    told = f"{place}{next_step}{alarm}{idle}"
    return f"{what}rule {quoted(view.rule, 80)}\n{told}" if named else f"{told} · rule {quoted(view.rule, 80)}"


def _times(view: RolloutView, inferred: Inferred) -> list[str]:
    lines = []
    if view.started_at is not None:
        lines.append(f"*Started* {moment(view.started_at)}")
    if inferred.next_at is not None:
        what = "Starts" if inferred.state is State.SCHEDULED else "Next step"
        lines.append(f"*{what}* {moment(inferred.next_at)}")
    elif inferred.state in _ON:
        lines.append("*Next step* only when it is resumed, or Datadog does not tell")
    return lines


def _guardrails(view: RolloutView) -> list[str]:
    lines = [f"*Guardrails* {guards(view.guards)}"] if view.guards else []
    acted = {"PAUSE": "paused", "ABORT": "stopped"}
    for each in view.triggers[:5]:
        when = f", {moment(each.at)}" if each.at else ""
        lines.append(f"*Guardrail acted* {code(each.metric, 80)} {acted.get(each.action, 'acted on')} it{when}")
    if view.guardrail and not view.triggers:
        lines.append(
            f"*Guardrail acted* a metric {acted.get(view.guardrail, 'acted on')} it; Datadog does not tell which"
        )
    return lines


def _metrics(view: RolloutView) -> str:
    return ", ".join(dict.fromkeys(each.metric for each in view.triggers)) or "not told"


def _step(view: RolloutView, number: int, inferred: Inferred) -> str:
    step = view.steps[number - 1]
    interval = view.interval if step.interval is None else step.interval
    lasts = "then it waits to be resumed" if step.holds else f"for {duration(interval)}" if interval else ""
    if number == len(view.steps) and not step.holds:
        lasts = "and stays there"
    here = " — *here* (inferred)" if number == inferred.step else ""
    return f"{number}. {percent(step.ratio)} {lasts}{here}"
