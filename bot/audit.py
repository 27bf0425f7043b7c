"""
The audit chain: each entry signs the one before it.

A record's chain starts at `GENESIS`. An entry's MAC covers everything in it, the record as it stands after the
transition (by digest) included, so a record, a vote or an entry that was altered, dropped, swapped or cut off by
somebody without the key does not verify. Whoever owns the store can still cut a whole tail together with its
record; only a copy of the head kept elsewhere proves otherwise.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence

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
    """Signs and verifies entries with a key that never enters the store."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.key_id = hashlib.sha256(b"countersign key id" + key).hexdigest()[:8]

    def sign(
        self, record: str, seq: int, event: AuditEvent, state: str, prev: str, *, closes: bool = False
    ) -> AuditEntry:
        """Return the entry for `event`, after which the record's digest is `state`."""
        entry = AuditEntry(
            record=record, seq=seq, event=event, state=state, prev=prev, key_id=self.key_id, closes=closes
        )
        return entry.model_copy(update={"mac": self.mac(entry)})

    def mac(self, signed: Value) -> str:
        """Return the MAC of a value that carries one in its field `mac`, which is left out."""
        body = signed.model_dump(mode="json", exclude={"mac"}, exclude_defaults=True)
        text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()

    def signed(self, entry: AuditEntry) -> bool:
        """Tell whether an entry is as this key signed it."""
        return _same(entry.mac, self.mac(entry))

    def verify(self, record: str, entries: Sequence[AuditEntry], head: str, state: str) -> None:
        """
        Check a whole chain against the record it belongs to.

        `head` is the MAC stored beside the record and `state` the record's digest. Raises Tampered, naming the
        first thing that is wrong.
        """
        prev = GENESIS
        for seq, entry in enumerate(entries, start=1):
            if entry.record != record or entry.seq != seq or entry.prev != prev:
                raise Tampered(f"The audit entry {seq} of {record} is not in its place.")
            if not self.signed(entry):
                raise Tampered(f"The audit entry {seq} of {record} was not signed with this key.")
            prev = entry.mac
        if not entries or not _same(prev, head):
            raise Tampered(f"The audit chain of {record} was cut off.")
        if not _same(entries[-1].state, state):
            raise Tampered(f"The record {record} is not the one that was signed.")


def _same(one: str, other: str) -> bool:
    """Compare in constant time, also what is not ASCII, as only a forgery is."""
    return hmac.compare_digest(one.encode(), other.encode())
