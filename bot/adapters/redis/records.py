"""Records on Redis: one commit is one script, one read is one script."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from bot.adapters.redis import keys
from bot.adapters.redis.link import Link
from bot.audit import AuditEntry
from bot.errors import Tampered
from bot.model import Job
from bot.ports import Chain, Commit, Committed, Raw, Stored, Verdict

TOKEN_MS = 15 * 60_000
REDRAW_AFTER_MS = 2_000
_FAR = 2**53


def job_word(job: Job) -> str:
    """Return how a job is spelled in the set of deadlines."""
    return f"{job.kind} {job.id}"


def chain_word(kind: str, id_: str) -> str:
    """Return how a chain is spelled in the order of last changes."""
    return f"{kind} {id_}"


class RedisRecords:
    """The port Records, over a link."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def now(self) -> int:
        """Return the store's own time in ms."""
        return self._link.now()

    async def ping(self) -> None:
        """Make one round trip, which also sets the time."""
        await self._link.run("read", [keys.record("ping", "ping")])

    async def commit(self, commit: Commit) -> Committed:
        """Write everything in `commit`, or nothing and say why."""
        places, plan = _planned(commit)
        args = [json.dumps(plan, separators=(",", ":")), commit.data]
        entries = [entry.model_dump_json(exclude_defaults=True) for entry in commit.entries]
        verdict, holder = await self._link.run_confirmed("commit", places, args + entries)
        return Committed(verdict=Verdict(verdict), holder=holder, at=self._link.now())

    async def read(self, kind: str, id_: str) -> Stored | None:
        """Return the record as stored, or None."""
        return (await self.read_many(kind, (id_,)))[0]

    async def read_many(self, kind: str, ids: tuple[str, ...]) -> tuple[Stored | None, ...]:
        """Return several records in the order asked for."""
        if not ids:
            return ()
        answer = await self._link.run("read", [keys.record(kind, id_) for id_ in ids])
        return tuple(self._stored(stored) for stored in answer)

    async def trail(self, kind: str, id_: str) -> tuple[AuditEntry, ...]:
        """Return the record's audit entries, oldest first."""
        return _entries(await self._link.call("LRANGE", keys.trail(kind, id_), 0, -1))

    async def verified(self, kind: str, id_: str) -> tuple[Stored, tuple[AuditEntry, ...]] | None:
        """Return record and trail as of one moment."""
        raw, entries = await self._link.run("verified", [keys.record(kind, id_), keys.trail(kind, id_)])
        stored = self._stored(raw)
        return None if stored is None else (stored, _entries(entries))

    async def raw(self, kind: str, id_: str) -> Raw:
        """Return record and trail as of one moment, as they are."""
        stored, entries = await self._link.run("raw", [keys.record(kind, id_), keys.trail(kind, id_)])
        version, data, head = stored or (None, None, None)
        return Raw(version=version, data=data, head=head, entries=tuple(entries))

    async def chains(
        self, limit: int, *, since: int = 0, until: int | None = None, newest_first: bool = False
    ) -> tuple[Chain, ...]:
        """Return the chains last changed from `since` to `until`, in the order of their changes."""
        first = since if since > 0 else "-inf"
        last = "+inf" if until is None or until >= _FAR else until
        args: list[str | int] = [max(0, limit), first, last, "newest" if newest_first else "oldest"]
        found = await self._link.run("chains", [keys.CHAINS], args)
        return tuple(_chain(word, score) for word, score in zip(found[::2], found[1::2], strict=True))

    async def members(self, index: str, limit: int, newest_first: bool = False) -> tuple[str, ...]:
        """Return ids in an index by ascending (or descending) score."""
        if limit < 1:
            return ()
        order = ("REV",) if newest_first else ()
        return tuple(await self._link.call("ZRANGE", keys.index(index), 0, limit - 1, *order))

    async def holder(self, slot: str) -> str | None:
        """Return the id of the record that holds a slot."""
        found: str | None = await self._link.call("GET", keys.slot(slot))
        return found

    def _stored(self, raw: Sequence[str] | None) -> Stored | None:
        if raw is None:
            return None
        version, data, head = raw
        if not version.isdecimal() or len(version) > 15 or data is None:
            raise Tampered("A record is not as the bot writes them.")
        return Stored(version=int(version), data=data, head=head or "", at=self._link.now())


def _entries(lines: Iterable[str]) -> tuple[AuditEntry, ...]:
    try:
        return tuple(AuditEntry.model_validate_json(line) for line in lines)
    except ValueError as broken:  # pydantic's error, or that of a character that is none
        raise Tampered("An audit entry cannot be read.") from broken


def _chain(word: str, score: str) -> Chain:
    kind, _, id_ = word.partition(" ")
    return Chain(kind=kind, id=id_, at=int(max(-_FAR, min(float(score), _FAR))))


def _planned(commit: Commit) -> tuple[list[str], dict[str, Any]]:
    """Return all keys the commit touches, and the plan, which names keys by their place among them."""
    places = [
        keys.record(commit.kind, commit.id),
        keys.trail(commit.kind, commit.id),
        keys.JOBS,
        keys.DEADLINES,
        keys.WAITING,
        keys.VERSIONS,
        keys.CHAINS,
    ]

    def place(key: str) -> int:
        places.append(key)
        return len(places)

    plan: dict[str, Any] = {
        "id": commit.id,
        "expected": commit.expected,
        "head": commit.entries[-1].mac if commit.entries else "",
        "basis": [[place(keys.record(seen.kind, seen.id)), seen.version] for seen in commit.basis],
        "take": [place(keys.slot(slot)) for slot in commit.take],
        "free": [place(keys.slot(slot)) for slot in commit.free],
        "index": [[place(keys.index(name)), score] for name, score in commit.index],
        "unindex": [place(keys.index(name)) for name in commit.unindex],
        "caps": [[place(keys.index(name)), cap] for name, cap in commit.caps],
        "jobs": [[job.kind, job.id] for job in commit.jobs],
        "due": [[due.at, job_word(due.job)] for due in commit.due],
        "cancel": [job_word(job) for job in commit.cancel],
        "redraw": REDRAW_AFTER_MS if commit.redraw else False,
        "chain": chain_word(commit.kind, commit.id),
        "drop": [
            [place(keys.record(c.kind, c.id)), place(keys.trail(c.kind, c.id)), chain_word(c.kind, c.id), c.at]
            for c in commit.drop
        ],
    }
    keep_trail = commit.keep if commit.keep_trail is None else commit.keep_trail
    optional = {"before": commit.before, "keep": commit.keep, "keep_trail": keep_trail}
    plan.update({name: value for name, value in optional.items() if value is not None})
    if commit.dedupe:
        plan.update(token=place(keys.token(commit.dedupe)), remember=TOKEN_MS)
    return places, plan
