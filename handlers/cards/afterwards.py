"""
Looking back, for one reader: a row tells who asked, who signed, when, what, where, why and what came of it.

[Undo…] stands beside what can be undone; it asks, and runs nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.actions import BY_NAME
from bot.auditing.history import History, HistoryRow, undoable
from bot.auditing.outside import Modified
from bot.changes.record import ChangeRequest
from bot.model import Environment
from bot.store import KIND
from handlers import ids
from handlers.blocks import (
    Block,
    Message,
    actions,
    button,
    code,
    context,
    link_button,
    message,
    paragraphs,
    quoted,
    section,
    web_address,
)
from handlers.cards.buttons import press_value
from handlers.cards.phrases import (
    and_so_on,
    mention,
    moment,
    person,
    place_of,
    requesters,
    said,
    sentence,
    signed_by,
    subject,
    to_do,
)

MOST_ROWS = 20
MOST_OUTSIDE = 10
_SPOKEN = 5
_OUTCOMES: Mapping[str, str] = {
    "pending": "waiting for somebody",
    "approved": "approved, about to run",
    "applying": "running",
    "submitted": "waiting in Datadog, not yet in effect",
    "applied": "done",
    "failed": "failed, not in effect",
    "unknown": "outcome unknown, a person has to look",
    "stale": "no longer valid, not in effect",
    "rejected": "rejected, not in effect",
    "cancelled": "cancelled, not in effect",
    "expired": "expired, not in effect",
}
_OWN_OUTCOMES: Mapping[str, str] = {"unfrozen": "no longer frozen", "unlocked": "no longer locked"}
_BY_ITSELF = "A rollout also moves by itself, from step to step; the time stamp does not tell which it was."
NOT_INTACT = "its record does not match its signed history; tell an administrator"


@dataclass(frozen=True, slots=True)
class Sought:
    """What was looked for, in words for the title: what, by whom, where, and since when (ms, 0: ever)."""

    target: str = ""
    person: str = ""
    where: Environment | None = None
    since: int = 0

    @property
    def words(self) -> str:
        """Return it as mrkdwn that follows a title."""
        parts = [
            f"for {code(self.target, 100)}" if self.target else "",
            f"by {mention(self.person)}" if self.person else "",
            f"in {quoted(place_of(self.where), 100)}" if self.where else "",
            f"since {moment(self.since)}" if self.since else "",
        ]
        return " ".join(filter(None, parts))


@dataclass(frozen=True, slots=True)
class Unread:
    """What is not known of what was modified outside: why all of it (empty: it was read), and how many flags."""

    away: str = ""
    flags: int = 0

    @property
    def words(self) -> str:
        """Return it as a sentence in plain text; empty where all of it is known."""
        if self.away:
            return f"What was modified outside Countersign could not be read: {self.away}"
        return f"{self.flags} more flags were not looked into." if self.flags else ""


ALL_READ = Unread()


def history_message(sought: Sought, found: History, links: Mapping[str, str]) -> Message:
    """List what was asked for and what came of it, the latest first."""
    none = "Nothing is on record. Whatever people ask for from now on is listed here, with who signed it."
    return _listed("History", sought, found, (), links, none)


def changes_message(
    sought: Sought, found: History, outside: Sequence[Modified], links: Mapping[str, str], unread: Unread = ALL_READ
) -> Message:
    """List what took effect, the latest first, and what was modified outside; `unread` says what of it is not known."""
    none = "Nothing took effect through Countersign. Widen it with an earlier time, such as `since 24h`."
    return _listed("What changed", sought, found, outside, links, none, unread)


def _listed(
    title: str,
    sought: Sought,
    found: History,
    outside: Sequence[Modified],
    links: Mapping[str, str],
    none: str,
    unread: Unread = ALL_READ,
) -> Message:
    rows = found.rows[:MOST_ROWS]
    head = f"*{title}* {sought.words}".strip()
    blocks = [section(head), *(history_block(row, links.get(row.id, "")) for row in rows)]
    if not rows:
        blocks.append(section(none))
    if not found.complete:
        blocks.append(context("There is more further back; narrow it by a target, a person, “in …” or “since …”."))
    blocks += _outside(outside, unread)
    told = "; ".join(_spoken(row) for row in rows[:_SPOKEN]) or none
    beside = f" Modified outside, by whom is unknown: {', '.join(quoted(m.key, 80) for m in outside[:5])}."
    spoken = f"{f'{title} {sought.words}'.strip()}: {sentence(told)}{beside if outside else ''}"
    return message(spoken, blocks)


def history_block(row: HistoryRow, link: str) -> Block:
    """Return a row as a block, with [Undo…] where there is one, else a link to the card."""
    if row.undoable and row.change is not None:
        return section(_row(row), undo_button(row.change))
    return section(_row(row), link_button("Open", ids.OPEN, link, what_of(row)))


def undo_button(change: ChangeRequest, label: str = "Undo…") -> Block:
    """Return the button that asks for the opposite of a change."""
    return button(label, ids.UNDO, press_value(change), about=subject(change.plan))


def _row(row: HistoryRow) -> str:
    why = f" Because {quoted(sentence(row.reason), 300)}" if row.reason.strip() else ""
    lines = [f"*{what_of(row)}* — {_outcome(row)}", f"{_people(row)}, {moment(row.changed_at)}.{why}"]
    return "\n".join(lines[:1] + [line[:1].upper() + line[1:] for line in lines[1:]])


def _spoken(row: HistoryRow) -> str:
    return f"{what_of(row)}: {_outcome(row)}, {_people(row)}, {moment(row.changed_at)}"


def what_of(row: HistoryRow) -> str:
    """Return what a row is about, in mrkdwn."""
    if row.kind == KIND:
        return said(row.change.plan) if row.change else _beyond_the_record(row)
    if row.kind == "binding":
        return f"<#{quoted(row.id, 40)}> stands for {_where(row)}"
    if row.kind == "after_review":
        return f"After-review of {quoted(row.id, 40)}"
    if row.kind == "freeze":
        return _where(row, row.key)
    if row.kind == "lock":
        return quoted(row.key[:1].upper() + row.key[1:], 200)
    return quoted(row.key, 200)


def _where(row: HistoryRow, name: str = "") -> str:
    return quoted(place_of(Environment(id="", name=name or row.where, is_production=bool(row.production))), 200)


def _beyond_the_record(row: HistoryRow) -> str:
    action = BY_NAME.get(row.action)
    title = action.words.title if action else quoted(row.action, 60)
    return f"{title} {code(row.key, 100)}{f' in {_where(row)}' if row.where else ''}"


def _outcome(row: HistoryRow) -> str:
    words = _OUTCOMES if row.kind == KIND else _OWN_OUTCOMES
    outcome = words.get(row.outcome, quoted(row.outcome, 60))
    return outcome if row.intact else f"{outcome}; {NOT_INTACT}"


def _people(row: HistoryRow) -> str:
    if row.kind != KIND:
        return f"by {person(row.requester)}"
    asked = requesters(row.change) if row.change else person(row.requester)
    if row.change is not None and row.change.broken_glass:
        return f"break-glass by {asked}"
    signed = f", signed by {and_so_on([person(one) for one in row.signers])}" if row.signers else ""
    return f"asked by {asked}{signed}"


def _outside(outside: Sequence[Modified], unread: Unread) -> list[Block]:
    """List what was modified outside, a line each; what is to be said of all of it once, in small print."""
    lines = [f"• {quoted(one.noun, 40)} {_linked(one)}{_in(one)}, {moment(one.at)}" for one in outside[:MOST_OUTSIDE]]
    left = len(outside) - MOST_OUTSIDE
    lines += [f"…and {left} more."] if left > 0 else []
    head = ["*Modified outside Countersign, actor unknown*, by Datadog's time stamps"] if lines else []
    steps = [_BY_ITSELF] if any(one.steps for one in outside) else []
    small = [quoted(note, 300) for note in (*steps, unread.words) if note]
    return [*paragraphs([*head, *lines], most=2), *(context(line) for line in small)]


def _linked(one: Modified) -> str:
    key = quoted(one.key, 100).replace("|", "/")
    return f"<{one.url}|{key}>" if web_address(one.url) and not set("<>|") & set(one.url) else code(one.key, 100)


def _in(one: Modified) -> str:
    return f" in {quoted(one.where, 100)}" if one.where else ""


def undo_question(change: ChangeRequest, link: str) -> Message:
    """Ask whether a change is to be undone; the button asks for the opposite, under the opposite's own policy."""
    action = BY_NAME.get(change.plan.action)
    inverse = BY_NAME.get(action.inverse) if action and undoable(change) else None
    back = to_do(change.plan.model_copy(update={"action": inverse.name})) if inverse else "take it back"
    at = moment(change.ended_at or change.created_at)
    people = f"asked by {requesters(change)}" + (f", signed by {signed_by(change)}" if change.approvals else "")
    line = f"*Undo?* {said(change.plan)}, done {at}, {people}."
    then = f"[Undo] asks to {back}, as a request of its own under its own policy; nothing has been done yet."
    opened = link_button("Open", ids.OPEN, link, subject(change.plan))
    row = [undo_button(change, "Undo"), *([opened] if opened else [])]
    return message(f"{line} {then}", [section(f"{line}\n{then}"), *actions(row)])
