"""What is done already was done by somebody, at some time: told where the records show it, and only there."""

from functools import partial

from bot.asking import Asking, NothingToDo
from bot.auditing.history import History, Wanted, look_back
from bot.errors import NotRecorded
from bot.grammar.command import Command
from bot.model import Noun, Plan
from handlers.lately import Lately
from tests.builders import REQUESTER, SECOND_APPROVER
from tests.core.fakes import ORIGIN, SIGNER, House


async def nothing(house: House, action: str = "flag.disable") -> Plan:
    """Ask for what is so already, and return its plan."""
    command = Command(action=action, target="new-search", environment="Production", reason="again")
    told = await house.service.submit(command, Asking(person=SECOND_APPROVER.id, origin=ORIGIN))
    assert isinstance(told, NothingToDo)
    return told.plan


async def test_who_did_it_last_and_when() -> None:
    """Somebody who disabled it from here is named with the time; after a change to and fro, whoever did the last."""
    house = House()
    lately = Lately(partial(look_back, house.records, SIGNER))
    await house.approved()
    await house.drain()
    disabled = house.clock.now()
    house.clock.advance(60_000)
    since = await lately.since(await nothing(house))
    assert since is not None
    assert (since[0], since[1].id) == (disabled, REQUESTER.id)
    await house.approved("flag.enable")
    await house.drain()
    house.clock.advance(60_000)
    assert await lately.since(await nothing(house, "flag.enable")) == (disabled + 60_000, since[1])


async def test_what_was_not_done_from_here() -> None:
    """Nobody is named where it was so all along, or where the last done from here was the opposite."""
    house = House()
    lately = Lately(partial(look_back, house.records, SIGNER))
    house.provider.facts(Noun.FLAG)["status"] = "DISABLED"
    assert await lately.since(await nothing(house)) is None
    await house.approved("flag.enable")
    await house.drain()
    house.provider.facts(Noun.FLAG)["status"] = "DISABLED"
    assert await lately.since(await nothing(house)) is None


async def test_what_cannot_be_looked_up_is_left_out() -> None:
    """A store that is away keeps nobody from reading that there is nothing to do."""

    async def away(wanted: Wanted) -> History:
        raise NotRecorded(f"The store did not tell of {wanted.target}.")

    house = House()
    house.provider.facts(Noun.FLAG)["status"] = "DISABLED"
    assert await Lately(away).since(await nothing(house)) is None
