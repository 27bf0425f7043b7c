"""
The changes, typed, over the one generic commit.

Each commit writes exactly one audit entry, so a record's version is the number of its last entry. A transition is
a pure closure over the record as read; when somebody else was faster, it is read again and decided again.
"""

import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from pydantic import ValidationError

from bot.audit import GENESIS, AuditEntry, Signer
from bot.changes.deciding import check_votes
from bot.changes.record import ENDED, SCHEMA, ChangeRequest, Status, Step, Terms
from bot.errors import AlreadyOpen, CountersignError, NotRecorded, Tampered, TooLate, TooManyOpen, WrittenByNewer
from bot.model import Basis, Value
from bot.packing import packed, unpacked
from bot.ports import AuditLog, Commit, Committed, Records, Stored, Verdict

log = logging.getLogger(__name__)
KIND = "change"
PENDING = "pending"
ACTIVE = "active"
BOXES = "time_boxes"
UNKNOWNS = "unknown"
GLASS = "broken_glass"
TRIES = 8
KEEP_TRAIL = 400 * 86_400_000
TRIM_GRACE = 90 * 86_400_000


@dataclass(frozen=True, slots=True)
class Held:
    """A change as read, with what the next commit needs to know of it."""

    change: ChangeRequest
    version: int
    head: str


class Moved(Exception):
    """What a step was based on is no longer as it was; `basis` is what has to be looked at again."""

    def __init__(self, basis: tuple[Basis, ...]) -> None:
        super().__init__(basis)
        self.basis = basis


def state_digest(data: str) -> str:
    """Return the digest that an audit entry carries of the record it leaves behind."""
    return hashlib.sha256(data.encode()).hexdigest()


class _Version(Value):
    """What is read of a record whatever version of the bot wrote it."""

    schema_version: int = 0


def parse(id_: str, data: str) -> ChangeRequest:
    """
    Read a stored change, of this version of the bot or any before it, in either spelling.

    Raises WrittenByNewer for one of a later version, which would be written back by halves, and Tampered when it is
    none.
    """
    try:
        data = unpacked(data)
        change = ChangeRequest.model_validate_json(data)
    except ValueError as broken:  # pydantic's error, or that of a packed record which is none
        if _written_by_newer(data):
            raise _newer(id_) from broken
        raise Tampered(f"The record of {id_} cannot be read.") from broken
    if change.schema_version > SCHEMA:
        raise _newer(id_)
    if change.id != id_:
        raise Tampered(f"The record of {id_} is that of another change.")
    return change


def _written_by_newer(data: str) -> bool:
    """Tell whether what cannot be read is of a later version, which may have words that this one does not know."""
    try:
        return _Version.model_validate_json(data).schema_version > SCHEMA
    except ValidationError:
        return False


def _newer(id_: str) -> WrittenByNewer:
    return WrittenByNewer(
        f"{id_} was written by a newer version of the bot, and this process is still an older one.",
        "Nothing was done; try again once all of it has been updated.",
    )


def _indexes(change: ChangeRequest) -> dict[str, int]:
    glass = {GLASS: change.created_at} if change.broken_glass else {}
    return {**_indexes_of_status(change), **glass}


def _indexes_of_status(change: ChangeRequest) -> dict[str, int]:
    mine = f"by:{change.requester.id}"
    if change.reverts_at is not None:
        return {BOXES: change.reverts_at}
    if change.ended:
        return {}
    if change.status is Status.UNKNOWN:
        return {ACTIVE: change.created_at, UNKNOWNS: change.created_at}
    if change.status is Status.PENDING:
        return {PENDING: change.expires_at, ACTIVE: change.created_at, mine: change.created_at}
    return {ACTIVE: change.created_at, mine: change.created_at}


class ChangeStore:
    """Changes, each with its chain."""

    def __init__(
        self,
        records: Records,
        signer: Signer,
        terms: Terms,
        sinks: Iterable[AuditLog] = (),
        *,
        keep_trail: int = KEEP_TRAIL,
    ) -> None:
        """
        Take the records, the key, the numbers, and where else entries go.

        `keep_trail` is how many milliseconds the trail of an ended change is kept. After that it is trimmed with a
        signed checkpoint; the store's own limit, for when nobody comes to trim it, is 90 days longer.
        """
        self._records = records
        self._signer = signer
        self._sinks = tuple(sinks)
        self._keep_trail = max(keep_trail, terms.keep) + TRIM_GRACE
        self.terms = terms

    def now(self) -> int:
        """Return the store's time in milliseconds."""
        return self._records.now()

    async def find(self, id_: str) -> Held | None:
        """Return a change, or None when there is no such id (or no longer)."""
        stored = await self._records.read(KIND, id_)
        return _held(id_, stored) if stored else None

    async def get(self, id_: str) -> Held:
        """Return a change; raise TooLate when there is none (or no longer)."""
        held = await self.find(id_)
        if held is None:
            raise TooLate(f"There is no request {id_} (any more).", "Ended requests are kept for a while only.")
        return held

    async def verified(self, id_: str) -> Held | None:
        """Return a change whose chain, votes and plan have been checked; raise Tampered when they do not hold."""
        found = await self._records.verified(KIND, id_)
        if found is None:
            return None
        stored, entries = found
        held = _held(id_, stored)  # first: what a newer version wrote, this one cannot judge
        self._signer.verify(id_, entries, stored.head, state_digest(stored.data))
        check_votes(held.change, entries)
        return held

    async def trail(self, id_: str) -> tuple[AuditEntry, ...]:
        """Return the audit entries of a change, oldest first."""
        return await self._records.trail(KIND, id_)

    async def open(
        self, step: Step, dedupe: str = "", *, share: bool = False, capped: bool = True
    ) -> tuple[Held, bool]:
        """
        Record a new change; tell whether it is new (False: this very request was recorded before).

        With `share` it does not insist on its target's slot, and unless `capped` not on the requester's number of
        open requests. Raises AlreadyOpen and TooManyOpen.
        """
        change = step.change
        commit = self._commit(None, step, dedupe)
        caps = ((f"by:{change.requester.id}", self.terms.open_per_person),) if capped else ()
        slots = () if share else (change.plan.target.slot,)
        result = await self._write(commit.model_copy(update={"take": slots, "caps": caps}))
        if result.verdict is Verdict.WRITTEN:
            return Held(change, 1, commit.entries[-1].mac), True
        if result.verdict is Verdict.DUPLICATE:
            return await self.get(result.holder), False
        raise _refusal(change, result)

    async def advance(self, held: Held, step: Step, dedupe: str = "") -> Held | None:
        """
        Write one transition of a change as read; None when it is no longer as read.

        Raises Moved where what the step is based on is not as it was.
        """
        commit = self._commit(held, step, dedupe)
        result = await self._write(commit)
        if result.verdict is Verdict.MOVED:
            raise Moved(step.basis)
        if result.verdict is Verdict.WRITTEN:
            return Held(step.change, held.version + 1, commit.entries[-1].mac)
        if result.verdict is Verdict.LATE:
            raise TooLate("The time for this has run out.", "Nothing was done.")
        return None

    async def transact(
        self,
        id_: str,
        decide: Callable[[ChangeRequest], Awaitable[Step | None]],
        dedupe: str = "",
        moved: Callable[[Iterable[Basis]], Awaitable[None]] | None = None,
    ) -> tuple[ChangeRequest, bool]:
        """
        Read, decide and write, again when somebody else was faster; tell whether anything was written.

        `decide` returns None to leave the change alone; `moved` looks again at what it based its step on. A token
        seen before writes nothing.
        """
        for _ in range(TRIES):
            held = await self.get(id_)
            step = await decide(held.change)
            if step is None:
                return held.change, False
            commit = self._commit(held, step, dedupe)
            result = await self._write(commit)
            if result.verdict is Verdict.WRITTEN:
                return step.change, True
            if result.verdict is Verdict.DUPLICATE:
                return (await self.get(id_)).change, False
            if result.verdict is Verdict.LATE:
                raise TooLate("The time for this has run out.", "Nothing was done.")
            if result.verdict is Verdict.MOVED and moved is not None:
                await moved(step.basis)
        raise NotRecorded("Too many people acted on this at once.", "It was not recorded; try again.")

    async def pending(self, limit: int = 100) -> tuple[ChangeRequest, ...]:
        """Return what waits for a signature, the most urgent first."""
        return await self._listed(PENDING, limit)

    async def active(self, limit: int = 1000) -> tuple[ChangeRequest, ...]:
        """Return everything that has not ended, oldest first."""
        return await self._listed(ACTIVE, limit)

    async def time_boxes(self, limit: int = 200) -> tuple[ChangeRequest, ...]:
        """Return changes with a time box, those that end last first; their ends may be over."""
        return await self._listed(BOXES, limit, newest_first=True)

    async def broken_glass(self, limit: int = 200) -> tuple[ChangeRequest, ...]:
        """Return changes for which the glass was broken, newest first, also when they have ended."""
        return await self._listed(GLASS, limit, newest_first=True)

    async def of(self, person: str, limit: int = 20) -> tuple[ChangeRequest, ...]:
        """Return a person's own open requests, newest first."""
        return await self._listed(f"by:{person}", limit, newest_first=True)

    async def _listed(self, index: str, limit: int, *, newest_first: bool = False) -> tuple[ChangeRequest, ...]:
        ids = await self._records.members(index, limit, newest_first)
        stored = await self._records.read_many(KIND, ids)
        found = (_listable(id_, one.data) for id_, one in zip(ids, stored, strict=True) if one)
        return tuple(change for change in found if change)

    def _commit(self, held: Held | None, step: Step, dedupe: str) -> Commit:
        change = step.change
        version = held.version if held else 0
        text = change.model_dump_json(exclude_defaults=True)
        data = packed(text) if change.ended else text
        head = held.head if held else GENESIS
        entry = self._signer.sign(change.id, version + 1, step.event, state_digest(data), head, closes=change.ended)
        wanted = _indexes(change)
        before = _indexes(held.change) if held else {}
        frees = change.status in ENDED or change.status is Status.UNKNOWN
        return Commit(
            kind=KIND,
            id=change.id,
            expected=version,
            data=data,
            entries=(entry,),
            free=(change.plan.target.slot,) if frees else (),
            index=tuple(wanted.items()),
            unindex=tuple(name for name in before if name not in wanted),
            jobs=step.jobs,
            due=step.due,
            cancel=step.cancel,
            redraw=True,
            before=step.before,
            basis=step.basis,
            dedupe=dedupe,
            keep=self.terms.keep if change.ended else None,
            keep_trail=self._keep_trail if change.ended else None,
        )

    async def _write(self, commit: Commit) -> Committed:
        result = await self._committed(commit)
        if result.verdict is Verdict.WRITTEN:
            for sink in self._sinks:
                sink.written(commit.entries[-1])
        return result

    async def _committed(self, commit: Commit) -> Committed:
        """Commit, once more after a lost reply: the store knows the same commit again, and writes it once."""
        try:
            return await self._records.commit(commit)
        except NotRecorded:
            return await self._records.commit(commit)


def _listable(id_: str, data: str) -> ChangeRequest | None:
    """Read a change for a list; one that cannot be read here keeps nobody from seeing, or tending, the others."""
    try:
        return parse(id_, data)
    except (Tampered, WrittenByNewer) as unreadable:
        log.warning("store.unlisted", extra={"change": id_, "why": unreadable.code})
        return None


def _held(id_: str, stored: Stored) -> Held:
    return Held(parse(id_, stored.data), stored.version, stored.head)


def _refusal(change: ChangeRequest, result: Committed) -> CountersignError:
    if result.verdict is Verdict.TAKEN:
        return AlreadyOpen(
            f"{change.plan.target.key} in {change.plan.target.where} already has an open request: {result.holder}.",
            "It has to end first; whoever asked can cancel it.",
            holder=result.holder,
        )
    if result.verdict is Verdict.FULL:
        return TooManyOpen("You have as many open requests as one person may have.", "Cancel one first.")
    return NotRecorded("The request was not recorded.", "Try again.")
