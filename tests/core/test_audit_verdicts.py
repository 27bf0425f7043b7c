"""What a verification says in each case, word for word, and what only seals or checkpoints of long ago can tell."""

import pytest

from bot.audit import GENESIS, AuditEntry
from bot.auditing.examining import examine
from bot.auditing.seals import Seal, signed
from bot.auditing.verifying import Seals
from tests.builders import REQUESTER, START
from tests.core.audit_stage import DAY, AuditedHouse, bound
from tests.core.fakes import SIGNER
from tests.core.test_auditing import SOUND

AT = "2026-10-14 17:46:40 UTC"


def a_seal(n: int, heads: dict[str, str], prev: str = GENESIS, at: int = START) -> Seal:
    """Return a sound seal."""
    return signed(Seal(n=n, at=at, upto=at, heads=heads, prev=prev, key_id=""), SIGNER)


def series(*seals: Seal) -> list[str]:
    """Return what is found in a series of seals."""
    return [str(finding) for finding in Seals(SIGNER).read([seal.model_dump_json() for seal in seals])]


async def said(house: AuditedHouse, *seals: Seal) -> list[str]:
    """Return what a verification says, against seals where there are any."""
    findings, _ = await house.verify([seal.model_dump_json() for seal in seals] or None)
    return [str(finding) for finding in findings]


def test_a_series_is_told_by_its_numbers() -> None:
    """A seal that follows another one than that before it, numbers left out, and a line that cannot be read."""
    one, other = a_seal(1, {}), a_seal(1, {"binding:C1": "1 ab"})
    two = a_seal(2, {}, one.mac)
    five = a_seal(5, {}, two.mac)
    assert series(one, two) == []
    assert series(other, two) == [f"seals: altered: seal 2 of {AT} follows another seal 1."]
    assert series(one, two, five) == ["seals: missing: seals 3 to 4 are not in the lines."]
    assert series(one, two, other) == [f"seals: altered: they begin again at {AT}: the store was replaced or set back."]
    later = a_seal(1, {}, two.mac)
    assert series(one, two, later) == [f"seals: reordered: seal 1 of {AT} comes after 2: set back, or moved."]
    lines = ["nothing", '{"heads": 1}', two.model_dump_json(), '{"heads": 2}']
    found = [str(finding) for finding in Seals(SIGNER).read(lines)]
    assert found == [f"seals: altered: line {n} is a seal that cannot be read." for n in (2, 4)]
    forged = two.model_copy(update={"mac": "0" * 64})
    assert series(one, forged) == ["seals: altered: seal 2 was not signed with this key as it stands."]


@pytest.mark.parametrize(
    ("kept", "told"),
    [((0, 1, 3), "entry 3 is not there."), ((0, 3), "2 entries between 2 and 3 are not there.")],
)
def test_what_is_missing_is_counted(kept: tuple[int, ...], told: str) -> None:
    """One entry is named, several by the first and the last of them."""
    spoilt = SOUND.model_copy(update={"entries": tuple(SOUND.entries[place] for place in kept)})
    assert [str(one) for one in examine(SIGNER, "binding", "C1", spoilt).findings] == [f"binding:C1: missing: {told}"]


async def test_a_chain_written_anew_with_the_key_is_told_by_a_seal() -> None:
    """Who has key and store can write a sound chain of the same length; a seal from before knows better."""
    house = AuditedHouse()
    await bound(house, 1)
    await bound(house, 1)
    await house.seal()
    record = house.state.records["binding", "C0"]
    anew: list[AuditEntry] = []
    for entry in record.trail:
        event = entry.event.model_copy(update={"at": entry.event.at + 1})
        prev = anew[-1].mac if anew else GENESIS
        anew.append(SIGNER.sign(entry.record, entry.seq, event, entry.state, prev))
    record.trail, record.head = tuple(anew), anew[-1].mac
    assert await said(house) == []
    (seal,) = house.outside.seals
    (told,) = await said(house, seal)
    assert told.startswith("binding:C0: altered: its entry 2 is not the one in seal 1 of 2026-10-14 17:47:40 UTC")


async def test_what_was_trimmed_long_ago_is_told_by_its_checkpoint() -> None:
    """A chain sealed, grown, trimmed and gone since months is no fault; one that a checkpoint does not cover is."""
    house = AuditedHouse()
    change = await house.submit()
    await house.seal()
    await house.service.cancel(change.id, REQUESTER.id, "c1")
    ends = (await house.changes.trail(change.id))[-1].mac
    house.clock.advance(2 * DAY)
    assert await house.retention(1).trim() == 1
    house.clock.advance(95 * DAY)
    name = f"change:{change.id}"
    (seal,) = house.outside.seals
    assert await said(house, seal) == []
    assert await said(house, a_seal(1, {name: f"2 {ends}"})) == []
    gone = f"{name}: missing: seal 1 of {AT} has its entry"
    assert await said(house, a_seal(1, {name: f"3 {ends}"})) == [f"{gone} 3; all of it is gone."]
    assert await said(house, a_seal(1, {name: f"2 {'0' * 64}"})) == [f"{gone} 2; all of it is gone."]


async def test_many_are_trimmed_and_counted() -> None:
    """More than one commit takes are all trimmed, and all of them are no fault for whoever kept the seals."""
    house = AuditedHouse()
    await bound(house, 53)
    for n in range(53):
        await house.ledger.put("binding", f"C{n}", {"environment": "staging"}, REQUESTER)
        await house.ledger.remove("binding", f"C{n}", REQUESTER, keep=0)
    await house.seal()
    house.clock.advance(2 * DAY)
    assert await house.retention(1).trim() == 53
    assert await house.retention(1).trim() == 0
    assert await said(house, *house.outside.seals) == []


async def test_a_place_in_the_order_that_is_gone_is_told() -> None:
    """A chain that is sound and stands in no order was hidden from whoever walks it."""
    house = AuditedHouse()
    await bound(house, 2)
    await house.seal()
    del house.state.chains["binding", "C0"]
    assert await said(house, *house.outside.seals) == [
        "binding:C0: missing: its place in the order of changes is gone."
    ]
