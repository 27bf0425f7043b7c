"""
Looking back: who asked for what, who signed, what came of it; the latest first.

While a change is on record it tells its target's name; afterwards its trail tells what was written into that.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.audit import AuditEntry, Signer
from bot.auditing.examining import AUDIT, examine
from bot.auditing.walking import newest_first
from bot.changes.record import ChangeRequest
from bot.errors import NotRecorded, Tampered
from bot.model import Actor
from bot.ports import Raw, Records
from bot.store import KIND, parse

LOOKED_AT = 5000
_ENDED_BY = {"requested": "pending", "reject": "rejected", "approve": "approved", "confirm": "approved"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    What to look for; what is empty matches everything.

    `target` is a key, name, id or rule; `person` an id (whoever asked, signed or did anything else there); `where`
    an environment's name or id. With `effective` only what took effect is wanted. `since` is in milliseconds.
    """

    target: str = ""
    person: str = ""
    where: str = ""
    since: int = 0
    effective: bool = False
    limit: int = 20


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """
    One change, or one of the bot's own records (`kind` tells which, and `action` what was done to it last).

    `production` is None where that is no longer on record. `outcome` is the change's status. `signers` are those
    whose approval stands in the chain. `intact` is False when the chain does not verify. Times are milliseconds.
    """

    kind: str
    id: str
    action: str
    key: str
    where: str
    production: bool | None
    outcome: str
    took_effect: bool
    requester: Actor
    signers: tuple[Actor, ...]
    asked_at: int
    changed_at: int
    reason: str
    note: str
    intact: bool


@dataclass(frozen=True, slots=True)
class History:
    """The rows found, the latest first; `complete` is False when there may be more of them further back."""

    rows: tuple[HistoryRow, ...]
    complete: bool


async def look_back(records: Records, signer: Signer, wanted: Wanted) -> History:
    """Return what matches, from the last 5000 chains changed; raise NotRecorded when the store is away."""
    rows: list[HistoryRow] = []
    looked_at = 0
    async for chain in newest_first(records, wanted.since):
        if len(rows) >= wanted.limit or looked_at >= LOOKED_AT:
            return History(tuple(rows), complete=False)
        looked_at += 1
        if chain.kind == AUDIT:
            continue
        raw = await records.raw(chain.kind, chain.id)
        found = examine(signer, chain.kind, chain.id, raw)
        if not found.entries:
            continue
        change = _change(chain.id, raw) if chain.kind == KIND else None
        row = _row(chain.kind, chain.id, found.entries, change, intact=not found.findings)
        if _matches(wanted, row, found.entries, change):
            rows.append(row)
    return History(tuple(rows), complete=True)


def _change(id_: str, raw: Raw) -> ChangeRequest | None:
    if raw.data is None:
        return None
    try:
        return parse(id_, raw.data)
    except (Tampered, NotRecorded):  # a newer version's record; its trail tells enough
        return None


def _row(
    kind: str, id_: str, entries: tuple[AuditEntry, ...], change: ChangeRequest | None, *, intact: bool
) -> HistoryRow:
    first, last = entries[0].event, entries[-1].event
    target = change.plan.target if change else None
    told = {name: value for name, value in first.data.items() if isinstance(value, str)}
    production = first.data.get("production")
    return HistoryRow(
        kind=kind,
        id=id_,
        action=told.get("action", "") if kind == KIND else f"{kind} {last.name}",
        key=target.key if target else told.get("key", told.get("target", id_)),
        where=target.where if target else told.get("where", ""),
        production=target.production if target else production if isinstance(production, bool) else None,
        outcome=change.status.value if change else _ENDED_BY.get(last.name, last.name),
        took_effect=kind != KIND or any(entry.event.name == "applied" for entry in entries),
        requester=first.by,
        signers=tuple(_signers(entries)),
        asked_at=first.at,
        changed_at=last.at,
        reason=told.get("reason", ""),
        note=_note(last.data.get("note")),
        intact=intact,
    )


def _note(said: object) -> str:
    return said if isinstance(said, str) else ""


def _signers(entries: tuple[AuditEntry, ...]) -> Iterator[Actor]:
    """Yield who approved and was not struck afterwards."""
    standing: dict[str, Actor] = {}
    for entry in entries:
        if entry.event.name == "approve":
            standing[entry.event.by.id] = entry.event.by
        elif entry.event.name == "struck":
            votes = entry.event.data.get("votes")
            for gone in votes if isinstance(votes, list) else ():
                standing.pop(str(gone), None)
    yield from standing.values()


def _matches(wanted: Wanted, row: HistoryRow, entries: tuple[AuditEntry, ...], change: ChangeRequest | None) -> bool:
    target = change.plan.target if change else None
    environment = target.environment if target else None
    called = {row.key, row.id, *((target.name, target.id, target.rule) if target else row.key.split(":"))}
    slot = str(entries[0].event.data.get("target", "")) if entries else ""
    places = {row.where, environment.id if environment else "", *(() if target else slot.split(":"))}
    return (
        (not wanted.effective or row.took_effect)
        and _among(wanted.target, called)
        and _among(wanted.where, places)
        and (not wanted.person or any(entry.event.by.id == wanted.person for entry in entries))
    )


def _among(word: str, names: set[str]) -> bool:
    return not word or word.casefold() in {name.casefold() for name in names}
