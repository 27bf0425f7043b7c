"""Records in memory: the guards in their order, then everything, or nothing at all."""

from bot.adapters.memory.state import Drawing, Record, State
from bot.audit import AuditEntry
from bot.ports import Chain, Commit, Committed, Raw, Stored, Verdict

TOKEN_MS = 15 * 60_000
REDRAW_AFTER_MS = 2_000


class MemoryRecords:
    """The port Records, over a state in memory."""

    def __init__(self, state: State) -> None:
        self._state = state

    def now(self) -> int:
        """Return the clock's time."""
        return self._state.clock.now()

    async def ping(self) -> None:
        """Raise NotRecorded while away."""
        self._state.reached()

    async def commit(self, commit: Commit) -> Committed:
        """Write everything in `commit`, or nothing and say why."""
        now = self._state.reached()
        stored = self._live(commit.kind, commit.id, now)
        if stored is not None and _is_repeat(commit, stored):
            return Committed(verdict=Verdict.WRITTEN, at=now)
        refused = self._refusal(commit, stored.version if stored else 0, now)
        if refused is not None:
            return refused
        self._write_record(commit, stored, now)
        self._write_chains(commit, now)
        self._write_places(commit)
        self._write_work(commit, now)
        if commit.dedupe:
            self._state.tokens[commit.dedupe] = (commit.id, now + TOKEN_MS)
        return Committed(verdict=Verdict.WRITTEN, at=now)

    def _refusal(self, commit: Commit, version: int, now: int) -> Committed | None:
        first, ends = self._state.tokens.get(commit.dedupe, ("", 0))
        if commit.dedupe and ends > now:
            return Committed(verdict=Verdict.DUPLICATE, holder=first, at=now)
        if version != commit.expected:
            return Committed(verdict=Verdict.CONFLICT, at=now)
        if commit.entries and version == 0 and self._trail(commit.kind, commit.id, now):
            return Committed(verdict=Verdict.CONFLICT, at=now)
        if any(self._state.chains.get((gone.kind, gone.id)) != gone.at for gone in commit.drop):
            return Committed(verdict=Verdict.CONFLICT, at=now)
        if any(self._version(seen.kind, seen.id, now) != seen.version for seen in commit.basis):
            return Committed(verdict=Verdict.MOVED, at=now)
        if commit.before is not None and now >= commit.before:
            return Committed(verdict=Verdict.LATE, at=now)
        for slot in commit.take:
            holder = self._state.slots.get(slot, commit.id)
            if holder != commit.id:
                return Committed(verdict=Verdict.TAKEN, holder=holder, at=now)
        if any(len(self._state.indexes.get(name, ())) >= cap for name, cap in commit.caps):
            return Committed(verdict=Verdict.FULL, at=now)
        return None

    def _write_record(self, commit: Commit, stored: Record | None, now: int) -> None:
        keep_trail = commit.keep if commit.keep_trail is None else commit.keep_trail
        self._state.records[commit.kind, commit.id] = Record(
            version=commit.expected + 1,
            data=commit.data,
            head=commit.entries[-1].mac if commit.entries else (stored.head if stored else ""),
            trail=self._trail(commit.kind, commit.id, now) + commit.entries,
            ends=None if commit.keep is None else now + commit.keep,
            trail_ends=None if keep_trail is None else now + keep_trail,
        )

    def _write_chains(self, commit: Commit, now: int) -> None:
        """Drop what is to be dropped, and give this change its place in the order."""
        chains = self._state.chains
        for gone in commit.drop:
            self._state.records.pop((gone.kind, gone.id), None)
            chains.pop((gone.kind, gone.id), None)
        if commit.entries:
            chains[commit.kind, commit.id] = max(now, max(chains.values(), default=0) + 1)

    def _write_places(self, commit: Commit) -> None:
        """Write slots and indexes; what goes, goes first."""
        state = self._state
        for slot in commit.free:
            if state.slots.get(slot) == commit.id:
                del state.slots[slot]
        state.slots.update(dict.fromkeys(commit.take, commit.id))
        for name in commit.unindex:
            state.indexes.get(name, {}).pop(commit.id, None)
        for name, score in commit.index:
            state.indexes.setdefault(name, {})[commit.id] = score

    def _write_work(self, commit: Commit, now: int) -> None:
        """Write deadlines, jobs and the redraw; what goes, goes first."""
        state = self._state
        for job in commit.cancel:
            state.deadlines.pop(job, None)
        for due in commit.due:
            state.deadlines[due.job] = due.at
        for job in commit.jobs:
            state.enqueue(job)
        if commit.redraw:
            drawing = state.drawings.setdefault(commit.id, Drawing(version=0, due=now + REDRAW_AFTER_MS))
            drawing.version = commit.expected + 1

    async def read(self, kind: str, id_: str) -> Stored | None:
        """Return the record as stored, or None."""
        return (await self.read_many(kind, (id_,)))[0]

    async def read_many(self, kind: str, ids: tuple[str, ...]) -> tuple[Stored | None, ...]:
        """Return several records in the order asked for."""
        now = self._state.reached()
        found = (self._live(kind, id_, now) for id_ in ids)
        return tuple(_stored(record, now) if record else None for record in found)

    async def trail(self, kind: str, id_: str) -> tuple[AuditEntry, ...]:
        """Return the record's audit entries, oldest first."""
        return self._trail(kind, id_, self._state.reached())

    async def verified(self, kind: str, id_: str) -> tuple[Stored, tuple[AuditEntry, ...]] | None:
        """Return record and trail as of one moment."""
        now = self._state.reached()
        record = self._live(kind, id_, now)
        return (_stored(record, now), self._trail(kind, id_, now)) if record else None

    async def raw(self, kind: str, id_: str) -> Raw:
        """Return record and trail as of one moment, as they are."""
        now = self._state.reached()
        record = self._live(kind, id_, now)
        lines = tuple(entry.model_dump_json(exclude_defaults=True) for entry in self._trail(kind, id_, now))
        if record is None:
            return Raw(version=None, data=None, head=None, entries=lines)
        return Raw(version=str(record.version), data=record.data, head=record.head, entries=lines)

    async def chains(
        self, limit: int, *, since: int = 0, until: int | None = None, newest_first: bool = False
    ) -> tuple[Chain, ...]:
        """Return the chains last changed from `since` to `until`, in the order of their changes."""
        self._state.reached()
        found = [
            Chain(kind=kind, id=id_, at=at)
            for (kind, id_), at in self._state.chains.items()
            if (since <= 0 or at >= since) and (until is None or at <= until)
        ]
        found.sort(key=lambda chain: (chain.at, chain.kind, chain.id), reverse=newest_first)
        return tuple(found[: max(0, limit)])

    async def members(self, index: str, limit: int, newest_first: bool = False) -> tuple[str, ...]:
        """Return ids in an index by ascending (or descending) score."""
        self._state.reached()
        scores = self._state.indexes.get(index, {})
        ordered = sorted(scores, key=lambda id_: (scores[id_], id_), reverse=newest_first)
        return tuple(ordered[: max(0, limit)])

    async def holder(self, slot: str) -> str | None:
        """Return the id of the record that holds a slot."""
        self._state.reached()
        return self._state.slots.get(slot)

    def _version(self, kind: str, id_: str, now: int) -> int:
        record = self._live(kind, id_, now)
        return record.version if record else 0

    def _live(self, kind: str, id_: str, now: int) -> Record | None:
        record = self._state.records.get((kind, id_))
        return None if record is None or _over(record.ends, now) else record

    def _trail(self, kind: str, id_: str, now: int) -> tuple[AuditEntry, ...]:
        record = self._state.records.get((kind, id_))
        return () if record is None or _over(record.trail_ends, now) else record.trail


def _over(ends: int | None, now: int) -> bool:
    return ends is not None and ends <= now


def _is_repeat(commit: Commit, stored: Record) -> bool:
    """Tell whether the reply of this very commit was lost and the caller asks again."""
    if not commit.entries or stored.version != commit.expected + 1:
        return False
    return commit.entries[-1].mac != "" and stored.head == commit.entries[-1].mac


def _stored(record: Record, now: int) -> Stored:
    return Stored(version=record.version, data=record.data, head=record.head, at=now)
