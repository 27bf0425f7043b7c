"""
The bot's own records (bindings, freezes, aliases, …), over the same generic, audited commit as changes.
"""

from collections.abc import Iterable

from pydantic import JsonValue

from bot.audit import GENESIS, AuditEvent, Signer
from bot.errors import NotRecorded
from bot.model import Actor, Value
from bot.ports import AuditLog, Commit, Records, Stored, Verdict
from bot.store import KEEP_TRAIL, TRIES, TRIM_GRACE, state_digest


class LedgerEntry(Value):
    """One of the bot's own records: what it says, since when, and by whom."""

    kind: str
    id: str
    value: dict[str, JsonValue]
    by: Actor
    at: int
    version: int = 0


class Ledger:
    """The bot's own records (bindings, freezes, aliases, …), audited like changes."""

    def __init__(
        self, records: Records, signer: Signer, sinks: Iterable[AuditLog] = (), *, keep_trail: int = KEEP_TRAIL
    ) -> None:
        """Take the records, the key, where else entries go, and how many milliseconds trails are kept."""
        self._records = records
        self._signer = signer
        self._sinks = tuple(sinks)
        self._keep_trail = keep_trail

    async def get(self, kind: str, id_: str) -> LedgerEntry | None:
        """Return a record, or None when there is none or it was removed."""
        stored = await self._records.read(kind, id_)
        return _entry(stored) if stored else None

    async def all(self, kind: str, limit: int = 1000) -> tuple[LedgerEntry, ...]:
        """Return every record of a kind, oldest first."""
        ids = await self._records.members(f"ledger:{kind}", limit)
        found = [_entry(stored) for stored in await self._records.read_many(kind, ids) if stored]
        return tuple(entry for entry in found if entry)

    async def put(
        self, kind: str, id_: str, value: dict[str, JsonValue], by: Actor, *, dedupe: str = ""
    ) -> LedgerEntry:
        """Write a record, new or over the one there is; raise NotRecorded when others keep writing it too."""
        entry = LedgerEntry(kind=kind, id=id_, value=value, by=by, at=self._records.now())
        return await self._write(entry, "put", dedupe, gone=False)

    async def remove(self, kind: str, id_: str, by: Actor, *, keep: int, dedupe: str = "") -> None:
        """End a record; it and its chain are kept for `keep` milliseconds, and not less than the audit is."""
        entry = LedgerEntry(kind=kind, id=id_, value={}, by=by, at=self._records.now())
        await self._write(entry, "removed", dedupe, gone=True, keep=keep)

    async def _write(
        self, entry: LedgerEntry, name: str, dedupe: str, *, gone: bool, keep: int | None = None
    ) -> LedgerEntry:
        index = f"ledger:{entry.kind}"
        for _ in range(TRIES):
            stored = await self._records.read(entry.kind, entry.id)
            version, head = (stored.version, stored.head) if stored else (0, GENESIS)
            numbered = entry.model_copy(update={"version": version + 1})
            data = numbered.model_dump_json()
            event = AuditEvent(name=name, by=entry.by, at=entry.at, data={"kind": entry.kind, "value": entry.value})
            signed = self._signer.sign(
                f"{entry.kind}:{entry.id}", version + 1, event, state_digest(data), head, closes=gone
            )
            commit = Commit(
                kind=entry.kind,
                id=entry.id,
                expected=version,
                data=data,
                entries=(signed,),
                index=() if gone else ((index, entry.at),),
                unindex=(index,) if gone else (),
                dedupe=dedupe,
                keep=None if keep is None else max(keep, self._keep_trail) + TRIM_GRACE,
            )
            result = await self._records.commit(commit)
            if result.verdict is Verdict.WRITTEN:
                for sink in self._sinks:
                    sink.written(signed)
            if result.verdict in (Verdict.WRITTEN, Verdict.DUPLICATE):
                return numbered
        raise NotRecorded("Too many people changed this at once.", "It was not recorded; try again.")


def _entry(stored: Stored) -> LedgerEntry | None:
    entry = LedgerEntry.model_validate_json(stored.data)
    return entry if entry.value else None
