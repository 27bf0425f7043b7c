"""Verifying the audit: whatever is altered, missing, moved or cut off is told, and what cannot be proven too."""

import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.memory.records import MemoryRecords
from bot.adapters.memory.state import State
from bot.audit import GENESIS, AuditEntry, AuditEvent, Signer
from bot.auditing.examining import Fault, Finding, examine
from bot.auditing.verifying import Verification
from bot.ports import Chain, Raw
from bot.store import state_digest
from tests.builders import REQUESTER, START
from tests.core.audit_stage import DAY, AuditedHouse
from tests.core.fakes import SIGNER, FakeClock


def a_raw(length: int = 4, id_: str = "C1", *, closes: bool = False, signer: Signer = SIGNER) -> Raw:
    """Return a sound record of the bot's own with its trail, as it lies in the store."""
    entries: list[AuditEntry] = []
    prev = GENESIS
    for seq in range(1, length + 1):
        event = AuditEvent(name="put", by=REQUESTER, at=START + seq, data={"n": seq, "note": "für später"})
        last = closes and seq == length
        entries.append(signer.sign(f"binding:{id_}", seq, event, state_digest(f"state {seq}"), prev, closes=last))
        prev = entries[-1].mac
    lines = tuple(entry.model_dump_json(exclude_defaults=True) for entry in entries)
    return Raw(version=str(length), data=f"state {length}", head=prev, entries=lines)


def faults(raw: Raw) -> list[str]:
    """Return what is wrong with the record."""
    return [finding.fault.value for finding in examine(SIGNER, "binding", "C1", raw).findings]


SOUND = a_raw()


def test_a_sound_chain_has_no_findings() -> None:
    """What nobody touched is sound, and its entries are given."""
    found = examine(SIGNER, "binding", "C1", SOUND)
    assert found.findings == ()
    assert [entry.seq for entry in found.entries] == [1, 2, 3, 4]


@settings(max_examples=300)
@given(part=st.integers(0, 6), at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_any_flipped_bit_is_found(part: int, at: int, bit: int) -> None:
    """Whatever bit of a record or of its entries is turned, it is told, whatever it turns into."""
    parts = [SOUND.version or "", SOUND.data or "", SOUND.head or "", *SOUND.entries]
    spoilt = bytearray(parts[part].encode())
    spoilt[at % len(spoilt)] ^= 1 << bit
    parts[part] = spoilt.decode(errors="backslashreplace")
    version, data, head, *entries = parts
    assert faults(Raw(version=version, data=data, head=head, entries=tuple(entries)))


@pytest.mark.parametrize(
    ("order", "fault"),
    [
        ((0, 2, 3), Fault.MISSING),
        ((1, 2, 3), Fault.MISSING),
        ((3,), Fault.MISSING),
        ((0, 2, 1, 3), Fault.REORDERED),
        ((3, 2, 1, 0), Fault.REORDERED),
        ((0, 1, 2), Fault.CUT_OFF),
        ((), Fault.CUT_OFF),
        ((0, 1, 1, 2, 3), Fault.ALTERED),
    ],
)
def test_each_kind_of_fault_is_called_by_its_name(order: tuple[int, ...], fault: Fault) -> None:
    """Missing, reordered, cut off and doubled entries are told apart."""
    spoilt = SOUND.model_copy(update={"entries": tuple(SOUND.entries[place] for place in order)})
    assert faults(spoilt) == [fault]


def test_a_field_beside_the_signed_ones_is_found() -> None:
    """An entry that was given more to say than was signed is told."""
    more = json.dumps(json.loads(SOUND.entries[1]) | {"remark": "seen and approved"})
    spoilt = SOUND.model_copy(update={"entries": (SOUND.entries[0], more, *SOUND.entries[2:])})
    assert faults(spoilt) == [Fault.ALTERED]


def test_the_chain_of_another_record_or_key_is_found() -> None:
    """A sound chain in the wrong place, or signed with another key, is told."""
    assert set(faults(a_raw(id_="C2"))) == {Fault.ALTERED}
    found = examine(SIGNER, "binding", "C1", a_raw(signer=Signer(b"another key, made up by somebody"))).findings
    assert "another key" in found[0].what


def test_a_record_may_be_gone_after_the_entry_that_says_so() -> None:
    """A trail without its record is sound when its last entry closed the record, and only then."""
    gone = {"version": None, "data": None, "head": None}
    assert faults(a_raw(closes=True).model_copy(update=gone)) == []
    assert faults(SOUND.model_copy(update=gone)) == [Fault.MISSING]
    cut = a_raw(closes=True)
    assert faults(cut.model_copy(update={**gone, "entries": cut.entries[:-1]})) == [Fault.MISSING]


def test_a_version_that_is_none_is_found() -> None:
    """Nothing that stands for a version keeps the verification from going on."""
    for version in ("", "x", "-1", "9" * 5000):
        assert faults(SOUND.model_copy(update={"version": version})) == [Fault.ALTERED]


def test_a_finding_cannot_speak_to_the_terminal() -> None:
    """Control characters that somebody left in a name are not printed."""
    assert "\x1b" not in str(Finding("change:\x1b[2Jcs", Fault.ALTERED, "x\ny"))
    assert "\n" not in str(Finding("change:cs", Fault.ALTERED, "x\ny"))


async def a_house() -> tuple[AuditedHouse, str, str]:
    """Return a house with an applied change, one that waits, and a binding."""
    house = AuditedHouse()
    done = await house.approved("flag.disable")
    await house.drain()
    waiting = await house.submit("rollout.resume")
    await house.ledger.put("binding", "C1", {"environment": "prod"}, REQUESTER)
    return house, done.id, waiting.id


async def test_a_sound_store_verifies() -> None:
    """Everything is counted, nothing is found, and what cannot be proven without seals is said."""
    house, done, waiting = await a_house()
    findings, verification = await house.verify()
    assert findings == []
    assert verification.chains == 3
    expected = [*await house.changes.trail(done), *await house.changes.trail(waiting)]
    assert verification.entries == len(expected) + 1
    assert "Without seals it cannot be proven" in verification.unproven[0]


async def test_only_what_changed_since_is_verified() -> None:
    """With a time, older chains are left out."""
    house, _, waiting = await a_house()
    house.clock.advance(DAY)
    later = house.clock.now()
    await house.service.cancel(waiting, REQUESTER.id, "c1")
    _, verification = await house.verify(since=later)
    assert verification.chains == 1


async def test_a_chain_that_is_gone_from_its_place_is_missing() -> None:
    """A chain whose record and entries were removed is told by its place in the order."""
    house, done, _ = await a_house()
    house.remove(done, with_its_place=False)
    assert await house.faults() == [(f"change:{done}", "missing")]


async def test_a_vote_that_is_not_in_the_chain_is_found() -> None:
    """A record signed by the bot whose votes do not go with its chain is told too."""
    house, done, _ = await a_house()
    held = await house.changes.get(done)
    record = house.state.records["change", done]
    forged = held.change.model_copy(update={"reviews": (*held.change.reviews, *held.change.reviews)})
    vote = forged.reviews[0].model_copy(update={"by": REQUESTER})
    forged = forged.model_copy(update={"reviews": (vote,)})
    record.data = forged.model_dump_json(exclude_defaults=True)
    last = record.trail[-1]
    again = SIGNER.sign(done, last.seq, last.event, state_digest(record.data), last.prev, closes=last.closes)
    record.trail, record.head = (*record.trail[:-1], again), again.mac
    assert await house.faults() == [(f"change:{done}", "altered")]


async def test_a_tail_cut_with_its_record_needs_a_seal() -> None:
    """A chain set back to an earlier, sound state is unprovable by itself, and cut off for whoever kept a seal."""
    house, _, waiting = await a_house()
    earlier = house.state.records["change", waiting]
    await house.service.cancel(waiting, REQUESTER.id, "c1")
    await house.seal()
    house.state.records["change", waiting] = earlier
    findings, verification = await house.verify()
    assert findings == []
    assert "set back to an earlier state" in verification.unproven[0]
    assert await house.faults(house.outside.lines()) == [(f"change:{waiting}", "cut off")]


async def test_a_chain_removed_with_its_place_needs_a_seal() -> None:
    """A chain of which nothing is left is unprovable by itself, and missing for whoever kept a seal."""
    house, done, _ = await a_house()
    await house.seal()
    house.remove(done)
    findings, verification = await house.verify()
    assert findings == []
    assert "removed together with its place" in verification.unproven[0]
    assert await house.faults(house.outside.lines()) == [(f"change:{done}", "missing")]


async def test_a_chain_taken_out_of_the_order_is_found_by_its_seal() -> None:
    """A chain that is there and no longer listed is looked at all the same."""
    house, done, _ = await a_house()
    await house.seal()
    del house.state.chains["change", done]
    assert await house.faults(house.outside.lines()) == [(f"change:{done}", "missing")]
    assert await house.faults(house.outside.lines(), since=house.clock.now()) == []


async def test_a_chain_grown_since_its_seal_is_sound() -> None:
    """What was written after the last seal is told as not sealed, and not as wrong."""
    house, _, waiting = await a_house()
    await house.seal()
    assert await house.faults(house.outside.lines()) == []
    await house.service.cancel(waiting, REQUESTER.id, "c1")
    findings, verification = await house.verify(house.outside.lines())
    assert findings == []
    assert verification.unproven[0].endswith("is not sealed: 1 chains.")


class ManyRecords(MemoryRecords):
    """Thousands of chains that are made as they are looked at."""

    def __init__(self, count: int) -> None:
        super().__init__(State(FakeClock()))
        self.count = count
        self.each = a_raw(2)

    async def chains(
        self, limit: int, *, since: int = 0, until: int | None = None, newest_first: bool = False
    ) -> tuple[Chain, ...]:
        """Return chains that are numbered by their places."""
        assert (until, newest_first) == (None, False)
        first = max(1, since)
        last = min(self.count, first + limit - 1)
        return tuple(Chain(kind="binding", id="C1", at=at) for at in range(first, last + 1))

    async def raw(self, kind: str, id_: str) -> Raw:
        """Return a chain, in a copy of its own."""
        del kind, id_
        return self.each.model_copy()


async def test_thousands_of_chains_are_verified_a_page_at_a_time() -> None:
    """However many chains there are, memory holds a page of them."""
    verification = Verification(ManyRecords(1500), SIGNER)
    tracemalloc.start()
    try:
        findings = [finding async for finding in verification.run()]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (findings, verification.chains, verification.entries) == ([], 1500, 3000)
    assert peak < 2_000_000
