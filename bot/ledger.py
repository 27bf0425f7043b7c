"""
The bot's own records (bindings, freezes, aliases, …), over the same generic, audited commit as changes.
"""

from collections.abc import Callable, Iterable

from pydantic import JsonValue

from bot.audit import GENESIS, AuditEvent, Signer
from bot.errors import NotRecorded, Tampered
from bot.model import Actor, Basis, Due, Job, Value
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
        self._seen: dict[tuple[str, str], int] = {}
        self._known: dict[tuple[str, str], LedgerEntry | None] = {}

    def now(self) -> int:
        """Return the store's time in milliseconds."""
        return self._records.now()

    async def get(self, kind: str, id_: str) -> LedgerEntry | None:
        """
        Return a record, or None when there is none or it was removed.

        Raises Tampered where its chain does not hold, or where it is older than this process has seen it.
        """
        stored = await self._verified(kind, id_)
        return _entry(stored) if stored else None

    def believed(self, kind: str, id_: str) -> tuple[LedgerEntry | None, Basis]:
        """
        Return a record as this process read or wrote it last, and the version that was; no round trip.

        A record it never saw is believed not to be there. What is decided upon a belief is committed with it as its
        basis, which fails with MOVED where it does not hold; `reread` then looks.
        """
        return self._known.get((kind, id_)), Basis(kind=kind, id=id_, version=self._seen.get((kind, id_), 0))

    async def reread(self, beliefs: Iterable[Basis]) -> None:
        """Look again at what was believed; raise Tampered as `get` does."""
        for belief in beliefs:
            await self.get(belief.kind, belief.id)

    async def all(self, kind: str, limit: int = 1000) -> tuple[LedgerEntry, ...]:
        """Return every record of a kind, oldest first; raise Tampered as `get` does."""
        ids = await self._records.members(f"ledger:{kind}", limit)
        found = [await self.get(kind, id_) for id_ in ids]
        return tuple(entry for entry in found if entry)

    async def put(
        self,
        kind: str,
        id_: str,
        value: dict[str, JsonValue],
        by: Actor,
        *,
        dedupe: str = "",
        due: tuple[Due, ...] = (),
        cancel: tuple[Job, ...] = (),
    ) -> LedgerEntry:
        """
        Write a record, new or over the one there is, and deadlines with it.

        Raises NotRecorded when others keep writing it too, and Tampered as `get` does.
        """
        entry = LedgerEntry(kind=kind, id=id_, value=value, by=by, at=self._records.now())
        return await self._write(entry, "put", dedupe, gone=False, due=due, cancel=cancel)

    async def update(
        self,
        kind: str,
        id_: str,
        change: Callable[[dict[str, JsonValue]], dict[str, JsonValue]],
        by: Actor,
        name: str,
        dedupe: str = "",
    ) -> LedgerEntry:
        """Write what `change` makes of a record's value (empty where there is none), under an event's name."""
        entry = LedgerEntry(kind=kind, id=id_, value={}, by=by, at=self._records.now())
        return await self._write(entry, name, dedupe, gone=False, change=change)

    async def add(self, kind: str, id_: str, value: dict[str, JsonValue], by: Actor, due: tuple[Due, ...] = ()) -> bool:
        """Write a record that must not exist; False when it does (or did, and its chain is still kept)."""
        entry = LedgerEntry(kind=kind, id=id_, value=value, by=by, at=self._records.now(), version=1)
        commit = self._commit(entry, "put", GENESIS, gone=False).model_copy(update={"due": due})
        written = (await self._records.commit(commit)).verdict is Verdict.WRITTEN
        if written:
            self._told(commit)
        return written

    async def _verified(self, kind: str, id_: str) -> Stored | None:
        found = await self._records.verified(kind, id_)
        known = self._seen.get((kind, id_), 0)
        if found is None and known:
            raise Tampered(f"The record {kind}:{id_} was taken away.", "Tell an administrator.")
        if found is None:
            return None
        stored, entries = found
        self._signer.verify(f"{kind}:{id_}", entries, stored.head, state_digest(stored.data))
        if stored.version < known or stored.version != len(entries):
            raise Tampered(f"The record {kind}:{id_} was set back.", "Tell an administrator.")
        self._seen[kind, id_], self._known[kind, id_] = stored.version, _entry(stored)
        return stored

    async def remove(self, kind: str, id_: str, by: Actor, *, keep: int, dedupe: str = "") -> None:
        """End a record; it and its chain are kept for `keep` milliseconds, and not less than the audit is."""
        entry = LedgerEntry(kind=kind, id=id_, value={}, by=by, at=self._records.now())
        await self._write(entry, "removed", dedupe, gone=True, keep=keep)

    async def _write(
        self,
        entry: LedgerEntry,
        name: str,
        dedupe: str,
        *,
        gone: bool,
        keep: int | None = None,
        due: tuple[Due, ...] = (),
        cancel: tuple[Job, ...] = (),
        change: Callable[[dict[str, JsonValue]], dict[str, JsonValue]] | None = None,
    ) -> LedgerEntry:
        for _ in range(TRIES):
            stored = await self._verified(entry.kind, entry.id)
            version, head = (stored.version, stored.head) if stored else (0, GENESIS)
            numbered = entry.model_copy(update={"version": version + 1})
            if change is not None:
                before = LedgerEntry.model_validate_json(stored.data).value if stored else {}
                numbered = numbered.model_copy(update={"value": change(dict(before))})
            more = {"dedupe": dedupe, "keep": keep, "due": due, "cancel": cancel}
            if keep is not None:
                more["keep"] = max(keep, self._keep_trail) + TRIM_GRACE
            commit = self._commit(numbered, name, head, gone=gone).model_copy(update=more)
            result = await self._records.commit(commit)
            if result.verdict is Verdict.WRITTEN:
                self._told(commit)
            if result.verdict in (Verdict.WRITTEN, Verdict.DUPLICATE):
                return numbered
        raise NotRecorded("Too many people changed this at once.", "It was not recorded; try again.")

    def _commit(self, entry: LedgerEntry, name: str, head: str, *, gone: bool) -> Commit:
        index, data = f"ledger:{entry.kind}", entry.model_dump_json()
        event = AuditEvent(name=name, by=entry.by, at=entry.at, data={"kind": entry.kind, "value": entry.value})
        signed = self._signer.sign(
            f"{entry.kind}:{entry.id}", entry.version, event, state_digest(data), head, closes=gone
        )
        return Commit(
            kind=entry.kind,
            id=entry.id,
            expected=entry.version - 1,
            data=data,
            entries=(signed,),
            index=() if gone else ((index, entry.at),),
            unindex=(index,) if gone else (),
        )

    def _told(self, commit: Commit) -> None:
        told = LedgerEntry.model_validate_json(commit.data)
        key = (commit.kind, commit.id)
        self._seen[key], self._known[key] = commit.expected + 1, told if told.value else None
        for sink in self._sinks:
            sink.written(commit.entries[-1])


def _entry(stored: Stored) -> LedgerEntry | None:
    entry = LedgerEntry.model_validate_json(stored.data)
    return entry if entry.value else None
