"""
The audit chain: each entry signs the one before it.

A record's chain starts at `GENESIS`. An entry's MAC covers everything in it, the record as it stands after the
transition (by digest) included, so a record, a vote or an entry that was altered, dropped, swapped or cut off by
somebody without the key does not verify. Whoever owns the store can still cut a whole tail together with its
record; only a copy of the head kept elsewhere proves otherwise.

A key may be followed by another. What earlier keys signed goes on verifying while they are known, but never behind
anything that a later key has signed: a key that is out of use cannot carry a chain on.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence

from pydantic import JsonValue

from bot.errors import Tampered
from bot.model import Actor, Value

GENESIS = "genesis"


class AuditEvent(Value):
    """What happened to a record, by whom, and what it says beyond that."""

    name: str
    by: Actor
    at: int
    data: dict[str, JsonValue] = {}


class AuditEntry(Value):
    """
    A signed event in its place in the chain of one record.

    `closes` says that the record may be gone after it; a record that is gone after any other entry was taken away.
    """

    record: str
    seq: int
    event: AuditEvent
    state: str
    prev: str
    key_id: str
    closes: bool = False
    mac: str = ""


class Signer:
    """Signs with a key that never enters the store, and verifies with that one and those before it."""

    def __init__(self, key: bytes, previous: Iterable[bytes] = ()) -> None:
        """Take the key to sign with, and the keys that were used before it, the latest first."""
        self._key = key
        self.key_id = _key_id(key)
        self._keys = {_key_id(each): each for each in (key, *previous)}
        self._age = {id_: age for age, id_ in enumerate(self._keys)}

    def sign(
        self, record: str, seq: int, event: AuditEvent, state: str, prev: str, *, closes: bool = False
    ) -> AuditEntry:
        """Return the entry for `event`, after which the record's digest is `state`."""
        entry = AuditEntry(
            record=record, seq=seq, event=event, state=state, prev=prev, key_id=self.key_id, closes=closes
        )
        return entry.model_copy(update={"mac": self.mac(entry)})

    def mac(self, value: Value) -> str:
        """Return the MAC, by the key in use, of a value that carries one in its field `mac`, which is left out."""
        return _mac(self._key, value)

    def sound(self, value: Value, key_id: str, mac: str) -> bool:
        """Tell whether a value is as the key of that id signed it, which is in use or was."""
        key = self._keys.get(key_id)
        return key is not None and _same(mac, _mac(key, value))

    def signed(self, entry: AuditEntry) -> bool:
        """Tell whether an entry is as a known key signed it."""
        return self.sound(entry, entry.key_id, entry.mac)

    def knows(self, key_id: str) -> bool:
        """Tell whether a key is in use or was."""
        return key_id in self._keys

    def turns_back(self, earlier: str, later: str) -> bool:
        """Tell whether the second of two keys was in use before the first, so that it cannot follow it."""
        return self._age.get(later, 0) > self._age.get(earlier, 0)

    def verify(self, record: str, entries: Sequence[AuditEntry], head: str, state: str) -> None:
        """
        Check a whole chain against the record it belongs to.

        `head` is the MAC stored beside the record and `state` the record's digest. Raises Tampered, naming the
        first thing that is wrong.
        """
        prev, key = GENESIS, entries[0].key_id if entries else ""
        for seq, entry in enumerate(entries, start=1):
            if entry.record != record or entry.seq != seq or entry.prev != prev:
                raise Tampered(f"The audit entry {seq} of {record} is not in its place.")
            if not self.signed(entry):
                raise Tampered(f"The audit entry {seq} of {record} was not signed with this key.")
            if self.turns_back(key, entry.key_id):
                raise Tampered(f"The audit entry {seq} of {record} was signed with a key that is out of use.")
            prev, key = entry.mac, entry.key_id
        if not entries or not _same(prev, head):
            raise Tampered(f"The audit chain of {record} was cut off.")
        if not _same(entries[-1].state, state):
            raise Tampered(f"The record {record} is not the one that was signed.")


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"countersign key id" + key).hexdigest()[:8]


def _mac(key: bytes, value: Value) -> str:
    body = value.model_dump(mode="json", exclude={"mac"}, exclude_defaults=True)
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _same(one: str, other: str) -> bool:
    """Compare in constant time, also what is not ASCII, as only a forgery is."""
    return hmac.compare_digest(one.encode(), other.encode())
