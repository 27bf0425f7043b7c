"""
One chain, looked at from every side: what was altered, is missing, stands in another order, or was cut off.

It takes what lies in the store as it is, so nothing that somebody put there keeps it from telling.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.audit import GENESIS, AuditEntry, Signer
from bot.changes.deciding import check_votes
from bot.errors import NotRecorded, Tampered
from bot.ports import Raw
from bot.store import KIND, parse, state_digest

AUDIT = "audit"


class Fault(StrEnum):
    """What is wrong with a chain."""

    ALTERED = "altered"
    MISSING = "missing"
    REORDERED = "reordered"
    CUT_OFF = "cut off"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: with which chain, of what kind, and what was seen, in one sentence."""

    chain: str
    fault: Fault
    what: str

    def __str__(self) -> str:
        told = f"{self.chain}: {self.fault}: {self.what}"
        return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in told)


@dataclass(frozen=True, slots=True)
class Examined:
    """A chain after it was looked at; `entries` are those that could be read, as they lie."""

    chain: str
    entries: tuple[AuditEntry, ...]
    findings: tuple[Finding, ...]


def number(text: str) -> int | None:
    """Return the version or number that a text spells, or None for what the bot would not write."""
    return int(text) if text.isdecimal() and len(text) < 16 else None


def chain_name(kind: str, id_: str) -> str:
    """Return how people, seals and checkpoints call a chain."""
    return f"{kind}:{id_}"


def examine(signer: Signer, kind: str, id_: str, raw: Raw) -> Examined:
    """Look at one chain with its record."""
    name = chain_name(kind, id_)
    record = id_ if kind == KIND else name
    entries, unread = _read(raw.entries)
    faults = list(unread)
    faults += _badly_signed(signer, record, entries)
    if not faults:
        faults += _misplaced(signer, entries)
    if not faults:
        faults += _unlike_record(kind, id_, raw, entries)
    return Examined(name, tuple(entries), tuple(Finding(name, fault, what) for fault, what in faults))


_Faults = Iterator[tuple[Fault, str]]


def _read(lines: tuple[str, ...]) -> tuple[list[AuditEntry], list[tuple[Fault, str]]]:
    entries, unread = [], []
    for place, line in enumerate(lines, start=1):
        try:
            entry = AuditEntry.model_validate_json(line)
        except ValueError:  # pydantic's error, or that of a character that is none
            unread.append((Fault.ALTERED, f"entry {place} cannot be read."))
            continue
        entries.append(entry)
        if json.loads(line) != entry.model_dump(mode="json", exclude_defaults=True):
            unread.append((Fault.ALTERED, f"entry {place} says more than was signed."))
    return entries, unread


def _badly_signed(signer: Signer, record: str, entries: list[AuditEntry]) -> _Faults:
    for place, entry in enumerate(entries, start=1):
        if not signer.knows(entry.key_id):
            yield Fault.ALTERED, f"entry {place} was signed with another key ({entry.key_id})."
        elif not signer.signed(entry):
            yield Fault.ALTERED, f"entry {place} is not as it was signed."
        elif entry.record != record:
            yield Fault.ALTERED, f"entry {place} belongs to {entry.record}."


def _misplaced(signer: Signer, entries: list[AuditEntry]) -> _Faults:
    """Compare the numbers of entries that are all sound in themselves, then their links."""
    numbers = [entry.seq for entry in entries]
    if len(set(numbers)) < len(numbers):
        yield Fault.ALTERED, "it has an entry more than once."
        return
    gone = sorted(set(range(1, max(numbers, default=0) + 1)) - set(numbers))
    if gone:
        yield Fault.MISSING, f"{_entries_named(gone)} not there."
    if numbers != sorted(numbers):
        first = next(
            n for n, (is_, should) in enumerate(zip(numbers, sorted(numbers), strict=True), 1) if is_ != should
        )
        yield Fault.REORDERED, f"the entries are in another order from the {first}. on."
    if gone or numbers != sorted(numbers):
        return
    yield from _unlinked(signer, entries)


def _unlinked(signer: Signer, entries: list[AuditEntry]) -> _Faults:
    """Compare each entry with the one before it, of entries that are all there and in order."""
    prev, key = GENESIS, ""
    for entry in entries:
        if entry.prev != prev:
            yield Fault.ALTERED, f"entry {entry.seq} does not follow the one before it; one of them was replaced."
        if key and signer.turns_back(key, entry.key_id):
            yield Fault.ALTERED, f"entry {entry.seq} was signed with a key that was out of use ({entry.key_id})."
        prev, key = entry.mac, entry.key_id


def _entries_named(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"entry {numbers[0]} is"
    return f"{len(numbers)} entries between {numbers[0]} and {numbers[-1]} are"


def _unlike_record(kind: str, id_: str, raw: Raw, entries: list[AuditEntry]) -> _Faults:
    """Compare a chain that is sound in itself with the record it ends in."""
    if raw.version is None or raw.data is None:
        yield from _without_record(entries)
        return
    version = number(raw.version)
    if version is None:
        yield Fault.ALTERED, "its record is not as the bot writes them."
        return
    last = entries[-1] if entries else None
    if last is None or version > last.seq:
        ends = f"the chain ends at entry {last.seq}" if last else "there is no entry left"
        yield Fault.CUT_OFF, f"the record is in version {version}, and {ends}."
    elif version < last.seq or raw.head != last.mac:
        yield Fault.ALTERED, f"its record (version {version}) does not go with its last entry ({last.seq})."
    elif state_digest(raw.data) != last.state:
        yield Fault.ALTERED, "the record is not the one that was signed."
    elif kind == KIND:
        yield from _votes(id_, raw.data, tuple(entries))


def _without_record(entries: list[AuditEntry]) -> _Faults:
    if not entries:
        yield Fault.MISSING, "its record and all its entries are gone, and nothing says that they were trimmed."
    elif not entries[-1].closes:
        yield Fault.MISSING, "its record is gone before its end; it, or the end of the chain with it, was removed."


def _votes(id_: str, data: str, entries: tuple[AuditEntry, ...]) -> _Faults:
    try:
        check_votes(parse(id_, data), entries)
    except NotRecorded:
        return  # a newer version wrote it, and knows what its votes are; its signature holds
    except Tampered as broken:
        yield Fault.ALTERED, broken.fact
