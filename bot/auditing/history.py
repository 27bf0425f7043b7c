"""
Looking back: who asked for what, who signed, what came of it; the latest first.

While a change is on record it tells its target's name; afterwards its trail tells what was written into that. Of the
bot's own records each entry is a row: bot/auditing/own_records.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.actions import BY_NAME
from bot.audit import AuditEntry, Signer
from bot.auditing.examining import AUDIT, examine
from bot.auditing.own_records import told
from bot.auditing.walking import newest_first
from bot.changes.record import ChangeRequest, Status
from bot.errors import NotRecorded, Tampered
from bot.model import Actor, Proof
from bot.ports import Chain, Raw, Records
from bot.store import KIND, parse

LOOKED_AT = 5000
_ENDED_BY = {"requested": "pending", "reject": "rejected", "approve": "approved", "confirm": "approved"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    What to look for; what is empty matches everything.

    `target` is a key, name, id or rule; `person` an id (whoever asked, signed or did anything else there); `where`
    an environment's name or id; `channel` where a change was asked for; `kinds` are those of the records. With
    `effective` only what took effect is wanted. `since` is in milliseconds. No more than `chains` are looked at.
    """

    target: str = ""
    person: str = ""
    where: str = ""
    channel: str = ""
    kinds: frozenset[str] = frozenset()
    since: int = 0
    effective: bool = False
    limit: int = 20
    chains: int = LOOKED_AT


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """
    One change, or something done to one of the bot's own records (`kind` tells which, and `action` what was done).

    `production` is None where that is no longer on record. `outcome` is the change's status. `signers` are those
    whose approval stands in the chain. `intact` is False when the chain does not verify. `change` is the record
    while it is kept; nobody may rely on it where the row is not intact. Times are milliseconds.
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
    change: ChangeRequest | None = None

    @property
    def undoable(self) -> bool:
        """Whether the opposite of this change can be asked for."""
        return self.intact and self.change is not None and undoable(self.change)


def undoable(change: ChangeRequest) -> bool:
    """Tell whether a change was made by us and has an opposite."""
    action = BY_NAME.get(change.plan.action)
    ours = change.receipt is None or change.receipt.proof is not Proof.ALREADY
    return change.status is Status.APPLIED and action is not None and bool(action.inverse) and ours


@dataclass(frozen=True, slots=True)
class History:
    """The rows found, the latest first; `complete` is False when there may be more of them further back."""

    rows: tuple[HistoryRow, ...]
    complete: bool


async def look_back(records: Records, signer: Signer, wanted: Wanted) -> History:
    """Return what matches, from the chains changed last; raise NotRecorded when the store is away."""
    rows: list[HistoryRow] = []
    looked_at = 0
    complete = True
    async for chain in newest_first(records, wanted.since):
        if len(rows) >= wanted.limit or looked_at >= wanted.chains:
            complete = False
            break
        looked_at += 1
        if chain.kind != AUDIT and (not wanted.kinds or chain.kind in wanted.kinds):
            rows += _rows(wanted, chain, await records.raw(chain.kind, chain.id), signer)
    latest = sorted(rows, key=lambda row: row.changed_at, reverse=True)
    return History(tuple(latest[: wanted.limit]), complete=complete and len(latest) <= wanted.limit)


def _rows(wanted: Wanted, chain: Chain, raw: Raw, signer: Signer) -> list[HistoryRow]:
    """Return what matches of one chain: a change as a whole, of one of the bot's own records each entry."""
    found = examine(signer, chain.kind, chain.id, raw)
    if not found.entries:
        return []
    intact = not found.findings
    if chain.kind != KIND:
        return _own_rows(wanted, chain, found.entries, intact=intact)
    change = _change(chain.id, raw)
    row = _row(chain.id, found.entries, change, intact=intact)
    return [row] if _matches(wanted, row, found.entries, change) else []


def _change(id_: str, raw: Raw) -> ChangeRequest | None:
    if raw.data is None:
        return None
    try:
        return parse(id_, raw.data)
    except (Tampered, NotRecorded):  # a newer version's record; its trail tells enough
        return None


def _row(id_: str, entries: tuple[AuditEntry, ...], change: ChangeRequest | None, *, intact: bool) -> HistoryRow:
    first, last = entries[0].event, entries[-1].event
    target = change.plan.target if change else None
    told = {name: value for name, value in first.data.items() if isinstance(value, str)}
    production = first.data.get("production")
    return HistoryRow(
        kind=KIND,
        id=id_,
        action=told.get("action", ""),
        key=target.key if target else told.get("key", told.get("target", id_)),
        where=target.where if target else told.get("where", ""),
        production=target.production if target else production if isinstance(production, bool) else None,
        outcome=change.status.value if change else _ENDED_BY.get(last.name, last.name),
        took_effect=any(entry.event.name == "applied" for entry in entries),
        requester=first.by,
        signers=tuple(_signers(entries)),
        asked_at=first.at,
        changed_at=last.at,
        reason=told.get("reason", ""),
        note=_note(last.data.get("note")),
        intact=intact,
        change=change,
    )


def _own_rows(wanted: Wanted, chain: Chain, entries: tuple[AuditEntry, ...], *, intact: bool) -> list[HistoryRow]:
    """Return a row for each thing that was done to one of the bot's own records and is wanted, the latest first."""
    rows = []
    for before, entry in zip((None, *entries), entries, strict=False):
        said, event = told(chain.kind, chain.id, before.event if before else None, entry.event), entry.event
        fits = (
            event.at >= wanted.since
            and not wanted.channel
            and _among(wanted.target, {said.what, chain.id, *said.called})
            and _among(wanted.where, set(said.places))
            and wanted.person in ("", event.by.id)
        )
        if fits:
            row = HistoryRow(
                kind=chain.kind,
                id=chain.id,
                action=f"{chain.kind} {event.name}",
                key=said.what,
                where=said.where,
                production=said.production,
                outcome=said.outcome,
                took_effect=True,
                requester=event.by,
                signers=(),
                asked_at=event.at,
                changed_at=event.at,
                reason=said.why,
                note="",
                intact=intact,
            )
            rows.append(row)
    return rows[::-1]


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
        and wanted.channel in ("", change.origin.channel if change else None)
        and (not wanted.person or any(entry.event.by.id == wanted.person for entry in entries))
    )


def _among(word: str, names: set[str]) -> bool:
    return not word or word.casefold() in {name.casefold() for name in names}
