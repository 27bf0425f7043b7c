"""Seals: what is put outside, by whom, and that each is missed when it is taken away."""

import json

import pytest

from bot.audit import GENESIS, Signer
from bot.auditing.sealing import AT_ONCE, Sealed, Sealer
from bot.auditing.seals import Seal, find_seal, is_sound, signed
from bot.errors import NotRecorded
from tests.builders import REQUESTER
from tests.core.audit_stage import MINUTE, AuditedHouse, bound
from tests.core.fakes import SIGNER


async def test_a_seal_has_the_heads_of_what_changed() -> None:
    """Each chain that changed since the last seal is in it with its head, and each seal names the one before."""
    house = AuditedHouse()
    change = await house.submit()
    await house.seal()
    await house.service.cancel(change.id, REQUESTER.id, "c1")
    await bound(house, 1)
    await house.seal()
    first, second = house.outside.seals
    trail = await house.changes.trail(change.id)
    assert first.heads == {f"change:{change.id}": f"1 {trail[0].mac}"}
    assert second.heads[f"change:{change.id}"] == f"2 {trail[1].mac}"
    assert set(second.heads) == {f"change:{change.id}", "binding:C0"}
    assert (first.n, first.prev, second.n, second.prev) == (1, GENESIS, 2, first.mac)
    assert is_sound(first, SIGNER)
    assert not is_sound(first, Signer(b"another key, made up by somebody"))


async def test_without_a_change_there_is_no_seal() -> None:
    """A quiet minute puts nothing outside."""
    house = AuditedHouse()
    await house.seal()
    assert house.outside.seals == []
    await bound(house, 1)
    await house.seal()
    await house.seal()
    assert len(house.outside.seals) == 1


async def test_many_changes_make_several_lines() -> None:
    """A seal is a line of bounded length; what does not fit is in the next one, at once."""
    house = AuditedHouse()
    await bound(house, 2 * AT_ONCE + 3)
    await house.seal()
    assert [len(seal.heads) for seal in house.outside.seals] == [AT_ONCE, AT_ONCE, 3]
    assert await house.faults(house.outside.lines()) == []


async def test_any_number_of_workers_make_one_series() -> None:
    """Workers that look within the same minute make one seal between them."""
    house = AuditedHouse()
    await bound(house, 1)
    for _ in range(3):
        await house.sealer().sweep()
        await bound(house, 1, first=7)
        house.clock.advance(MINUTE // 6)
    assert [seal.n for seal in house.outside.seals] == [1]
    house.clock.advance(MINUTE)
    for _ in range(3):
        await house.sealer().sweep()
    assert [seal.n for seal in house.outside.seals] == [1, 2]


async def test_a_seal_recorded_and_not_put_outside_is_put_there() -> None:
    """A worker killed between recording a seal and putting it outside leaves it to the next one."""
    house = AuditedHouse()
    await bound(house, 1)
    await Sealer(house.records, SIGNER, ()).sweep()
    record = house.state.records["audit", "seal"]
    made = Sealed.model_validate_json(record.data).seal
    record.data = Sealed(seal=made).model_dump_json()
    await house.sealer().sweep()
    assert house.outside.seals == [], "whoever recorded it may just be putting it outside"
    await bound(house, 1, first=1)
    await house.seal()
    assert house.outside.seals[0] == made
    assert [seal.n for seal in house.outside.seals] == [1, 2]


async def test_the_same_line_twice_is_no_harm() -> None:
    """A seal that was put outside again to be sure is not taken for a fault."""
    house = AuditedHouse()
    for n in range(3):
        await bound(house, 1, first=n)
        await house.seal()
    one, two, three = house.outside.lines()
    assert await house.faults([one, two, two, three, one]) == []


async def test_a_broken_chain_is_named_and_not_sealed() -> None:
    """A seal never vouches for what does not verify; it says so, and so does a verification with it."""
    house = AuditedHouse()
    await bound(house, 2)
    house.state.records["binding", "C0"].data += " "
    await house.seal()
    (seal,) = house.outside.seals
    assert (set(seal.heads), seal.broken) == ({"binding:C1"}, ("binding:C0",))
    house.state.records["binding", "C0"].data = house.state.records["binding", "C0"].data.strip()
    assert await house.faults(house.outside.lines()) == [("binding:C0", "altered")]


async def test_what_is_missing_from_the_lines_is_told() -> None:
    """A seal left out, moved, altered, or signed by somebody else is a fault of the series."""
    house = AuditedHouse()
    for n in range(4):
        await bound(house, 1, first=n)
        await house.seal()
    one, two, three, four = house.outside.lines()
    assert await house.faults([one, two, four]) == [("seals", "missing")]
    assert ("seals", "reordered") in await house.faults([one, three, two, four])
    assert await house.faults([one, two.replace('"n":2', '"n":9'), three, four]) == [
        ("seals", "altered"),
        ("seals", "missing"),
    ]
    forged = signed(house.outside.seals[1], Signer(b"another key, made up by somebody")).model_dump_json()
    assert ("seals", "altered") in await house.faults([one, forged, three, four])
    assert ("seals", "altered") in await house.faults([one, two, '{"heads": {"binding', three, four])


async def test_lines_may_begin_later_and_it_is_said() -> None:
    """A log that was rotated away at its begin is no fault; what it cannot tell is said."""
    house = AuditedHouse()
    for n in range(2):
        await bound(house, 1, first=n)
        await house.seal()
    findings, verification = await house.verify(house.outside.lines()[1:])
    assert findings == []
    assert any("begin with number 2" in sentence for sentence in verification.unproven)


async def test_a_store_set_back_shows_in_the_series() -> None:
    """When the record of the last seal is lost or set back, the series begins again or repeats a number."""
    house = AuditedHouse()
    await bound(house, 1)
    await house.seal()
    after_one = house.state.records["audit", "seal"]
    await bound(house, 1, first=1)
    await house.seal()
    house.state.records["audit", "seal"] = after_one
    await bound(house, 1, first=2)
    await house.seal()
    assert ("seals", "reordered") in await house.faults(house.outside.lines())
    house.remove("seal", kind="audit", with_its_place=False)
    await bound(house, 1, first=3)
    await house.seal()
    findings, _ = await house.verify(house.outside.lines())
    assert any("begin again" in finding.what for finding in findings)


@pytest.mark.parametrize("spoilt", ["{}", "no json", '{"seal": 1}'])
async def test_a_spoilt_record_of_the_last_seal_does_not_stop_sealing(spoilt: str) -> None:
    """Whatever stands in its place, everything is sealed anew."""
    house = AuditedHouse()
    await bound(house, 1)
    await house.seal()
    house.state.records["audit", "seal"].data = spoilt
    await house.seal()
    assert [seal.n for seal in house.outside.seals] == [1, 1]
    assert house.outside.seals[1].heads == house.outside.seals[0].heads


async def test_an_order_moved_into_the_future_does_not_stop_sealing() -> None:
    """When somebody sets the places of chains far ahead, what changes is sealed all the same."""
    house = AuditedHouse()
    await bound(house, 1)
    place = house.state.chains["binding", "C0"]
    house.state.chains["binding", "C0"] = 2**52
    await house.seal()
    await house.ledger.put("binding", "C0", {"environment": "dev"}, REQUESTER)
    await house.seal()
    assert house.outside.seals[-1].heads["binding:C0"].startswith("2 ")
    house.state.chains["binding", "C0"] = place
    house.clock.advance(MINUTE)
    await bound(house, 1, first=1)
    await house.seal()
    assert "binding:C1" in house.outside.seals[-1].heads


async def test_sealing_says_when_the_store_is_away() -> None:
    """The worker is told, and tries again."""
    house = AuditedHouse()
    house.state.away = True
    with pytest.raises(NotRecorded):
        await house.sealer().sweep()


@pytest.mark.parametrize("before", ["", "web.1 | ", "2026-11-20T10:00:00Z stdout F "])
async def test_a_seal_is_found_in_a_line_of_a_log(before: str) -> None:
    """A seal is read from a seal file and from a JSON log, as text or object, behind whatever a collector puts."""
    house = AuditedHouse()
    await bound(house, 1)
    await house.seal()
    (seal,) = house.outside.seals
    as_text = json.dumps({"event": "audit.seal", "seal": seal.model_dump_json(), "level": "info"})
    as_object = json.dumps({"event": "audit.seal", "seal": seal.model_dump(mode="json")})
    for line in (seal.model_dump_json(), as_text, as_object):
        assert find_seal(before + line) == seal
    assert find_seal(before + '{"event": "web.listening"}') is None
    assert find_seal("") is None


def test_a_seal_is_not_a_signature_of_anything_else() -> None:
    """A seal's fields are covered by its MAC, each of them."""
    seal = signed(Seal(n=1, at=5, upto=5, heads={"change:cs": "1 ab"}, key_id=""), SIGNER)
    assert is_sound(seal, SIGNER)
    changes = {"n": 2, "at": 6, "upto": 6, "heads": {}, "broken": ("change:cs",), "prev": "x", "key_id": "x"}
    for name, value in changes.items():
        assert not is_sound(seal.model_copy(update={name: value}), SIGNER), name
