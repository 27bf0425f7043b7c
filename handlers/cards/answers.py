"""Answers to one person: what went wrong and what to do next, what was recorded, and that there is nothing to do."""

import re

from bot.changes.record import ChangeRequest
from bot.errors import AskAgain, CountersignError, Misconfigured, NotASigner, NotPermitted
from bot.model import Actor, Plan
from handlers import ids
from handlers.blocks import MAX_VALUE, Block, Message, actions, button, message, paragraphs, quoted, section
from handlers.cards.buttons import open_in_datadog
from handlers.cards.phrases import mentioned, moment, person, said, sentence, subject, zoned

_MOST_PROBLEMS = 10
_COMMAND = re.compile(r"'(/(?:ops|flag|rollout)\b[^'`]*)'")


def answer(error: CountersignError) -> Message:
    """Return an error as a fact, a next step and, where there are any, choices to press."""
    lines = [zoned(_typed(sentence(quoted(error.fact, 1500))))]
    if error.next_step.strip():
        step = _typed(quoted(error.next_step, 1000))
        lines.append(mentioned(step) if isinstance(error, NotASigner | NotPermitted) else step)
    if isinstance(error, Misconfigured):
        lines += [f"• {sentence(quoted(problem, 250))}" for problem in error.problems[:_MOST_PROBLEMS]]
    choices = _choices(error)
    named = f" Choices: {', '.join(quoted(label, 75) for label, _ in choices)}." if choices else ""
    buttons = [_pick(n, label, command) for n, (label, command) in enumerate(choices)]
    return message(" ".join(lines) + named, [*paragraphs(lines, most=2), *actions(buttons)])


def _typed(text: str) -> str:
    """Return text in which what can be typed stands as code, as it does everywhere else."""
    return _COMMAND.sub(r"`\1`", text)


def _choices(error: CountersignError) -> list[tuple[str, str]]:
    """Return what can be picked whole: a command that Slack would cut is never offered."""
    offered = error.choices if isinstance(error, AskAgain) else ()
    return [(label, command) for label, command in offered if 0 < len(command) <= MAX_VALUE][: len(ids.PICKS)]


def _pick(n: int, label: str, command: str) -> Block:
    return button(label.strip() or command, ids.PICKS[n], command, about=command)


def lost(at: int) -> Message:
    """Say that what somebody did at a moment (ms) was not answered, and how to find out what became of it."""
    fact = f"What you asked for {moment(at)} may have been lost: something ended before it was answered."
    text = f"{fact} Look for its card, or in `/ops approvals`; if neither shows it, do it again."
    return _line(text)


def recorded(change: ChangeRequest) -> Message:
    """Say that a request is on record, whose card is not drawn yet."""
    return _line(f"Recorded as {change.id}; its card is on its way.")


def recorded_here(change: ChangeRequest) -> Message:
    """Say that a request is on record, to whoever still sees the form that it was asked for in."""
    return _line(f"Recorded as {change.id}; its card stands where you asked.")


def recorded_elsewhere(change: ChangeRequest, channel: str, permalink: str) -> Message:
    """Say in which channel the card of a request stands, to whoever asked in another place."""
    link = f"<{permalink}|{change.id}>" if permalink else change.id
    return _line(f"Your request {link} stands in <#{channel}>.")


def _line(text: str) -> Message:
    return message(text, [section(text)])


def nothing_to_do(plan: Plan, since: tuple[int, Actor] | None = None) -> Message:
    """Say that what was asked for is so already, and when that was seen; `since` (ms) whom, where it is known."""
    fact = sentence(quoted(plan.already, 600)) if plan.already.strip() else f"{said(plan)} — it is already so."
    seen = f"Seen {moment(plan.taken_at, seconds=True)}. Nothing was sent to Datadog."
    by = f" So since {moment(since[0])} by {person(since[1])}, unless moved elsewhere meanwhile." if since else ""
    spoken = f"{quoted(plan.already or subject(plan), 600)}{by} Nothing was sent to Datadog."
    link = open_in_datadog(plan.target.url, subject(plan))
    return message(spoken, [*paragraphs([f"*Nothing to do.* {fact}{by}", seen], most=1), *actions(link)])
