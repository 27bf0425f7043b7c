"""
A person's own page: what waits for them, what is theirs, what runs, what is held, what has changed.

Every row has the buttons that this reader may press, and no other; a channel's card is shared by everybody and keeps
[Approve] for all, with a sentence for whoever may not. What is empty says what would be here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from bot.auditing.history import HistoryRow
from bot.changes import reminding
from bot.changes.record import ChangeRequest, Status
from bot.errors import CountersignError
from bot.guards import Guard
from bot.policy import Kind
from handlers import ids
from handlers.blocks import (
    Block,
    button,
    code,
    context,
    fit,
    header,
    link_button,
    modal,
    paragraphs,
    quoted,
    section,
    text_input,
)
from handlers.cards.afterwards import history_block, undo_button
from handlers.cards.buttons import card_buttons, press_value
from handlers.cards.controls import guard_line
from handlers.cards.inbox import NONE_MINE, NONE_TO_SIGN
from handlers.cards.phrases import moment, requesters, said, sentence, subject, weighty, zoned
from handlers.cards.standing import awaited, standing

MAX_HOME = 100
MOST_TO_SIGN = MOST_MINE = 12
MOST_BOXES = MOST_REVIEWS = 6
MOST_UNKNOWN = 4
MOST_GUARDS = 12
MOST_RECENT = 10
_MOST_TEXT = 1500

Thing = TypeVar("Thing")

NONE_BOXES = "No time box is running. A change made `for 2h` stands here until it takes itself back."
NONE_HELD = (
    "Nothing is frozen or locked. `/ops freeze prod until 18:00 because …` keeps what exposes more users out of "
    "production."
)
NONE_REVIEWS = "No after-review is open. Whoever breaks the glass opens one, which somebody else has to close."
NONE_RECENT = "Nothing took effect in the last 24 hours. What does stands here, with who asked and who signed."


class Try(StrEnum):
    """Something to begin with, for whoever has done nothing here yet."""

    PLAN = "plan"
    TIME_BOX = "time_box"
    POLICY = "policy"
    APPROVALS = "approvals"
    CHANGES = "changes"


_TRIES: Mapping[Try, str] = {
    Try.PLAN: "See what a change would do and who would sign; nothing is done",
    Try.TIME_BOX: "Make a change outside production that takes itself back",
    Try.POLICY: "See what you may do, and what it takes",
    Try.APPROVALS: "See what waits for your signature",
    Try.CHANGES: "See what changed lately, and who signed it",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What one person's page shows, as of `at` (ms); `closable` are the after-reviews that they may close."""

    at: int
    to_sign: Sequence[ChangeRequest] = ()
    mine: Sequence[ChangeRequest] = ()
    unknown: Sequence[ChangeRequest] = ()
    boxes: Sequence[ChangeRequest] = ()
    held: Sequence[Guard] = ()
    reviews: Sequence[ChangeRequest] = ()
    closable: frozenset[str] = frozenset()
    recent: Sequence[HistoryRow] = ()
    tries: Sequence[tuple[Try, str]] = ()
    links: dict[str, str] = field(default_factory=dict)


def home_view(seen: Seen) -> Block:
    """Draw the page."""
    blocks = [
        *_tries(seen.tries),
        *_part("To sign", seen.to_sign, MOST_TO_SIGN, NONE_TO_SIGN, lambda c: _to_sign(c, seen.links)),
        *_part("Your requests", seen.mine, MOST_MINE, NONE_MINE, lambda c: _mine(c, seen)),
        *_unknown(seen),
        *_part("Time boxes running", seen.boxes, MOST_BOXES, NONE_BOXES, _box),
        *_held(seen.held),
        *_part("After-reviews", seen.reviews, MOST_REVIEWS, NONE_REVIEWS, lambda c: _review(c, seen)),
        *_part("Recent changes", seen.recent, MOST_RECENT, NONE_RECENT, lambda row: _recent(row, seen.links)),
        context(
            f"As of {moment(seen.at, seconds=True)}. `/ops history` goes further back; `/ops help` tells the rest."
        ),
    ]
    return _view(blocks)


def sentence_home(error: CountersignError) -> Block:
    """Draw the page of somebody who may see nothing here, or while it cannot be read: why, and what to do."""
    told = zoned(f"{sentence(quoted(error.fact, 800))} {quoted(error.next_step, 800) if error.next_step else ''}")
    return _view([header("Countersign"), section(told.strip())])


def close_view(change: ChangeRequest) -> Block:
    """Return the form that asks for what an after-review found."""
    told = "Everybody in the channel reads it, and it is kept with the change."
    blocks = [
        section(f"*{said(change.plan)}*\nBreak-glass by {requesters(change)}, {moment(change.created_at)}."),
        text_input(ids.NOTE_BLOCK, ids.INPUT, "What you found", hint=told, multiline=True),
    ]
    return modal(ids.CLOSE_VIEW, "Close the review", "Close it", press_value(change), blocks)


def _view(blocks: Sequence[Block]) -> Block:
    return {"type": "home", "blocks": list(blocks[:MAX_HOME])}


def _tries(tries: Sequence[tuple[Try, str]]) -> list[Block]:
    """Offer what to begin with, with names that there are; nothing for whoever has begun."""
    if not tries:
        return []
    lines = [f"{n}. {_TRIES[what]}: {code(line, 300)}" for n, (what, line) in enumerate(tries, start=1)]
    told = "Type these in any channel that the bot is in. None of them can reach production by itself."
    many = {1: "One thing", 2: "Two things", 3: "Three things"}.get(len(tries), "Things")
    return [header(f"{many} to try"), section("\n".join([*lines, told]))]


def _part(
    title: str, things: Sequence[Thing], most: int, none: str, draw: Callable[[Thing], list[Block]]
) -> list[Block]:
    """Draw a part of the page: its title with a number, its rows, and how many there are besides."""
    if not things:
        return [header(title), section(none)]
    rows = [block for thing in things[:most] for block in draw(thing)]
    left = len(things) - most
    more = [context(f"…and {left} more; `/ops approvals` and `/ops history` list them.")] if left > 0 else []
    return [header(f"{title} ({len(things)})"), *rows, *more]


def _to_sign(change: ChangeRequest, links: Mapping[str, str]) -> list[Block]:
    now = "; ".join(
        f"{quoted(c.label, 60)} — Now: {weighty(c.before, 100)} → after: {weighty(c.after, 100)}"
        for c in change.plan.changes[:2]
    )
    why = f", because {quoted(change.reason, 300)}" if change.reason.strip() else ""
    state = standing(change).state
    lines = [
        f"*{said(change.plan)}*",
        *([now] if now else []),
        sentence(f"Asked by {requesters(change)}{why}"),
        f"{state[:1].upper()}{state[1:]}; until {moment(change.expires_at)}",
    ]
    return [_text(lines), _row("sign", change, [*_of_card(change, ids.APPROVE, ids.REJECT), *_link(change, links)])]


def _mine(change: ChangeRequest, seen: Seen) -> list[Block]:
    state = standing(change).state
    until = f"; until {moment(change.expires_at)}" if change.status is Status.PENDING else ""
    buttons = [
        *_of_card(change, ids.TYPE_NAME, ids.CONFIRM),
        *([_remind(change)] if _remindable(change) else []),
        *_of_card(change, ids.CANCEL),
        *_link(change, seen.links),
    ]
    lines = [f"*{said(change.plan)}*", f"{state[:1].upper()}{state[1:]}{until}"]
    return [_text(lines), *([_row("mine", change, buttons)] if buttons else [])]


def _remindable(change: ChangeRequest) -> bool:
    waits = change.status is Status.PENDING and awaited(change) == "signatures"
    return waits and change.decision.kind is Kind.APPROVE and len(change.reminded) < reminding.MOST


def _remind(change: ChangeRequest) -> Block:
    return button("Remind", ids.REMIND, press_value(change), about=subject(change.plan))


def _unknown(seen: Seen) -> list[Block]:
    """Draw what its reader may settle; nothing where there is nothing, which is as it should be."""
    if not seen.unknown:
        return []
    return _part("Outcome unknown", seen.unknown, MOST_UNKNOWN, "", lambda c: _to_settle(c, seen.links))


def _to_settle(change: ChangeRequest, links: Mapping[str, str]) -> list[Block]:
    state = standing(change).state
    lines = [
        f"*{said(change.plan)}*",
        f"Asked by {requesters(change)}, {moment(change.created_at)}.",
        sentence(f"{state[:1].upper()}{state[1:]}"),
    ]
    buttons = [*_of_card(change, ids.HAPPENED, ids.AGAIN), *_link(change, links)]
    return [_text(lines), _row("settle", change, buttons)]


def _box(change: ChangeRequest) -> list[Block]:
    ends = f"Takes itself back {moment(change.reverts_at)}." if change.reverts_at is not None else ""
    lines = [f"*{said(change.plan)}*", f"Asked by {requesters(change)}. {ends}"]
    return [section(_fitted(lines), undo_button(change))]


def _held(held: Sequence[Guard]) -> list[Block]:
    if not held:
        return [header("Freezes and locks"), section(NONE_HELD)]
    lines = [guard_line(guard) for guard in held[:MOST_GUARDS]]
    left = len(held) - MOST_GUARDS
    lines += [f"…and {left} more."] if left > 0 else []
    return [header(f"Freezes and locks ({len(held)})"), *paragraphs(lines, most=4)]


def _review(change: ChangeRequest, seen: Seen) -> list[Block]:
    lines = [f"*{said(change.plan)}*", f"Break-glass by {requesters(change)}, {moment(change.created_at)}."]
    if change.id in seen.closable:
        close = button("Close…", ids.CLOSE, press_value(change), about=subject(change.plan))
        return [section(_fitted(lines), close)]
    lines.append("Somebody who may sign and did not ask has to close it.")
    return [section(_fitted(lines), next(iter(_link(change, seen.links)), None))]


def _recent(row: HistoryRow, links: Mapping[str, str]) -> list[Block]:
    return [history_block(row, links.get(row.id, ""))]


def _of_card(change: ChangeRequest, *wanted: str) -> list[Block]:
    """Return those buttons of the card that are meant for this reader."""
    return [one for one in card_buttons(change) if one.get("action_id") in wanted]


def _link(change: ChangeRequest, links: Mapping[str, str]) -> list[Block]:
    link = link_button("Open", ids.OPEN, links.get(change.id, ""), subject(change.plan))
    return [link] if link else []


def _row(part: str, change: ChangeRequest, buttons: Sequence[Block]) -> Block:
    return {"type": "actions", "block_id": f"{part}.{change.id}", "elements": list(buttons)}


def _text(lines: Sequence[str]) -> Block:
    return section(_fitted(lines))


def _fitted(lines: Sequence[str]) -> str:
    return fit("\n".join(lines), _MOST_TEXT)
