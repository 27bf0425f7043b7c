"""A press is looked up, then committed, and told the truth where that takes too long."""

import asyncio

import pytest

from bot.errors import DirectoryUnavailable, NotRecorded
from handlers.committing import COMMIT_SECONDS, committed
from handlers.directory import LOOKUP_SECONDS
from tests.builders import APPROVER, GROUP
from tests.core.fakes import House


async def test_a_store_that_hangs_is_said_and_nothing_is_promised() -> None:
    """What is not recorded in time may have been all the same, and is safe to press again."""
    forever = asyncio.Event()
    with pytest.raises(NotRecorded, match=r"may not have been.*try again: it counts once"):
        await committed(House().service, APPROVER.id, forever.wait, within=0.01)


async def test_everything_is_looked_up_before_the_commit_begins() -> None:
    """The person and every group that could matter are asked for first, so that the commit waits for none of it."""
    house = House()
    asked: list[str] = []

    async def act() -> None:
        asked.extend(house.directory.asked)

    await committed(house.service, APPROVER.id, act)
    assert asked == [f"person {APPROVER.id}", f"members {GROUP}"]


async def test_nobody_known_means_nothing_is_committed() -> None:
    """A directory that is away ends the press before the store is asked."""
    house = House()
    house.directory.away = True

    async def act() -> None:
        pytest.fail("it was committed all the same")

    with pytest.raises(DirectoryUnavailable):
        await committed(house.service, APPROVER.id, act)


def test_look_up_and_commit_stay_within_slacks_three_seconds() -> None:
    """The two bounds together leave half a second of Slack's three."""
    assert COMMIT_SECONDS <= 1
    assert LOOKUP_SECONDS + COMMIT_SECONDS <= 2.5
