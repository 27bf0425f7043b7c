"""Ended records in their small spelling: what is read back, how small it is, and what is not believed."""

import pytest

from bot.changes.record import Status
from bot.errors import Tampered
from bot.packing import packed, unpacked
from bot.store import parse
from tests.builders import APPROVER
from tests.core.fakes import House

TEXT = '{"schema_version":1,"id":"cs-aaaaaa","status":"rejected","reason":"döner €"}'
# TEXT as the first release that packed wrote it: it is never written anew, as stored records are not either.
EARLIER = "z1:!&|H*f&p@>ElSNwO@<U&@WhsKcw1g-k;0><HA=Mr"


def test_what_earlier_releases_packed_is_read() -> None:
    """The spelling stands still: neither its dictionary nor its mark may change."""
    assert unpacked(EARLIER) == TEXT
    assert packed(TEXT) == EARLIER


async def test_a_record_is_packed_when_it_ends_and_verifies() -> None:
    """While it is open a record is JSON; ended, it takes less than half, is read as before and its chain holds."""
    house = House()
    change = await house.submit("flag.disable")
    stored = house.state.records
    before = stored["change", change.id].data
    assert before.startswith("{")
    await house.service.reject(change.id, APPROVER.id, "press", "not now")
    after = stored["change", change.id].data
    assert len(after) * 2 < len(unpacked(after))
    held = await house.changes.verified(change.id)
    assert held is not None
    assert (held.change.status, held.change.note) == (Status.REJECTED, "not now")


async def test_an_ended_record_in_plain_json_is_read() -> None:
    """What was stored before records were packed is read as it is."""
    house = House()
    change = await house.submit("flag.disable")
    await house.service.reject(change.id, APPROVER.id, "press", "not now")
    plain = unpacked(house.state.records["change", change.id].data)
    assert parse(change.id, plain).status is Status.REJECTED


@pytest.mark.parametrize(
    "forged",
    [
        EARLIER[:-5],
        EARLIER + "00000",
        "z1:",
        "z1:\N{SNOWMAN}",
        "z1:" + "0" * 20,
        packed("no record"),
        "z2:" + EARLIER[3:],
    ],
)
def test_what_is_no_packed_record_is_not_believed(forged: str) -> None:
    """A spelling that is broken, cut off, longer than it should be or of another kind is told as tampered with."""
    with pytest.raises(Tampered):
        parse("cs-aaaaaa", forged)


def test_a_bomb_does_not_go_off() -> None:
    """What would grow far beyond any record is refused before it is whole."""
    with pytest.raises(ValueError, match="cut off"):
        unpacked(packed(" " * 50_000_000))
