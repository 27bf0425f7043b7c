"""Commands between their acknowledgement and their answer: done once, and apologised for when lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.adapters.memory.intake import MemoryIntake
from bot.adapters.memory.state import State
from bot.errors import NotRecorded
from handlers.intake import CLEAR_PAUSES, GIVE_UP_MS, HOLD_MS, Apologies, Deed, Reception
from handlers.replies import Replies
from handlers.sender import Sender
from handlers.slack_client import SlackClient
from tests.contract.worlds import SetClock
from tests.handlers.hand_time import HandTime
from tests.sandbox.slack.stage import BOT_TOKEN, Stage, staged

GRACE = 15.0
GRACE_MS = int(GRACE * 1000)


def deed(delivery: str = "d1") -> Deed:
    """Return what somebody did, by a delivery."""
    return Deed("U1", "C1", delivery)


class Desk:
    """A store and two processes that take commands from the same Slack."""

    def __init__(self) -> None:
        self.clock = SetClock()
        self.state = State(self.clock)
        self.time = HandTime()
        self.one, self.other = self._reception(), self._reception()
        self.worked = 0
        self.told: list[str] = []
        self.answers = True

    def _reception(self) -> Reception:
        return Reception(MemoryIntake(self.state), GRACE, wait=self.time.wait)

    async def work(self) -> bool:
        """Do what was asked for, and come to an answer or not."""
        self.worked += 1
        return self.answers

    async def tell(self, away: NotRecorded) -> None:
        """Note what the person is told."""
        self.told.append(str(away))

    async def take(self, reception: Reception, delivery: str = "d1") -> None:
        """Take a delivery of somebody's command."""
        await reception.once(deed(delivery), self.work, self.tell)

    async def lost(self) -> int:
        """Return how many commands are taken for lost after a while."""
        self.clock.advance(GRACE_MS)
        return len(await MemoryIntake(self.state).orphans(GRACE_MS, HOLD_MS, 10))


async def test_a_delivery_that_comes_twice_is_answered_once() -> None:
    """The same delivery is worked once, though two processes get it; another delivery is worked too."""
    desk = Desk()
    await desk.take(desk.one)
    await desk.take(desk.one)
    await desk.take(desk.other)
    assert desk.worked == 1
    await desk.take(desk.other, "d2")
    assert desk.worked == 2
    assert await desk.lost() == 0


async def test_deliveries_that_nothing_tells_apart_are_all_worked() -> None:
    """Where Slack gave no token, a command is rather worked twice than not at all."""
    desk = Desk()
    await desk.take(desk.one, "")
    await desk.take(desk.one, "")
    assert desk.worked == 2


async def test_a_command_is_noted_until_it_is_answered() -> None:
    """A process that ends in the middle, and an answer that Slack did not take, leave the note behind."""
    desk = Desk()
    desk.answers = False
    await desk.take(desk.one)
    assert await desk.lost() == 1
    (note,) = desk.state.intake.values()
    assert (note.command.person, note.command.channel) == ("U1", "C1")
    assert "d1" not in note.command.model_dump_json()


async def test_a_killed_command_leaves_its_note() -> None:
    """What was cancelled in the middle is found."""
    desk = Desk()
    begun = asyncio.Event()

    async def hang() -> bool:
        begun.set()
        await asyncio.Event().wait()
        return True

    task = asyncio.create_task(desk.one.once(deed(), hang, desk.tell))
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await desk.lost() == 1


async def test_a_slow_command_is_not_taken_for_lost() -> None:
    """While a command is worked on, its note is renewed well before others would find it."""
    desk = Desk()
    over = asyncio.Event()

    async def slow() -> bool:
        return await over.wait()

    task = asyncio.create_task(desk.one.once(deed(), slow, desk.tell))
    for _ in range(6):
        await desk.time.waited_for()
        desk.clock.advance(GRACE_MS // 3)
        desk.time.advance(GRACE / 3)
        await desk.time.waited_for()
        assert await MemoryIntake(desk.state).orphans(GRACE_MS, HOLD_MS, 10) == ()
    over.set()
    await task
    assert desk.state.intake == {}


async def test_without_the_store_a_command_is_told_so_and_nothing_runs() -> None:
    """A store that is away costs one sentence; afterwards the same person's next command works."""
    desk = Desk()
    desk.state.away = True
    task = asyncio.create_task(desk.take(desk.one))
    for pause in CLEAR_PAUSES:
        await desk.time.waited_for()
        desk.time.advance(pause)
    await task
    assert (desk.worked, len(desk.told)) == (0, 1)
    assert desk.told[0].startswith("The store did not take it, so nothing was recorded.")
    desk.state.away = False
    await desk.take(desk.one, "d2")
    assert desk.worked == 1


async def test_an_answered_command_is_cleared_though_the_store_goes_away_meanwhile() -> None:
    """The note of an answered command is taken back as soon as the store is there again."""
    desk = Desk()

    async def work() -> bool:
        desk.state.away = True
        return True

    task = asyncio.create_task(desk.one.once(deed(), work, desk.tell))
    await desk.time.waited_for()
    desk.state.away = False
    desk.time.advance(CLEAR_PAUSES[0])
    await task
    assert await desk.lost() == 0


class Shop(Desk):
    """A store with lost commands, and a worker that apologises in a Slack."""

    def __init__(self, stage: Stage, slack: SlackClient) -> None:
        super().__init__()
        self.stage = stage
        self.intake = MemoryIntake(self.state)
        replies = Replies(slack.web, slack.session, Sender(slack.web))
        self.apologies = Apologies(self.intake, replies, self.clock.now, GRACE)

    async def lose(self, channel: str) -> None:
        """Lose a command of the requester's."""
        await self.intake.take("t1", self.stage.id("Requester"), channel)
        self.clock.advance(GRACE_MS)

    def said(self, channel: str = "deploys") -> list[str]:
        """What the requester reads in a channel."""
        return [message.text for message in self.stage.messages(channel, role="Requester")]

    def direct(self) -> list[str]:
        """What the requester reads in the direct messages with the bot."""
        person = self.stage.id("Requester")
        channels = [one.id for one in self.stage.workspace.channels.values() if one.is_im and person in one.members]
        return [m.text for m in self.stage.workspace.all_messages() if m.channel in channels]


@asynccontextmanager
async def shop() -> AsyncIterator[Shop]:
    """Give a shop in a fresh workspace."""
    async with staged() as stage:
        slack = SlackClient(BOT_TOKEN, f"{stage.url}/api/")
        try:
            yield Shop(stage, slack)
        finally:
            await slack.close()


async def test_a_lost_command_is_apologised_for_once() -> None:
    """Whoever typed reads, where they typed and alone, that the command may be lost, and what to do; once."""
    async with shop() as here:
        await here.lose(here.stage.channel("deploys"))
        for _ in range(3):
            await here.apologies.sweep()
            here.clock.advance(HOLD_MS)
        (said,) = here.said()
        assert "may have been lost" in said
        assert said.endswith("if neither shows it, do it again.")
        assert here.stage.messages("deploys", role="Approver") == []


async def test_where_the_channel_is_closed_the_apology_is_a_direct_message() -> None:
    """Where the bot may not speak in the channel, the person is written to."""
    async with shop() as here:
        await here.lose("C0NOWHERE")
        await here.apologies.sweep()
        (said,) = here.direct()
        assert "may have been lost" in said
        assert here.state.intake == {}


async def test_an_apology_slack_does_not_take_is_made_again() -> None:
    """While Slack is away the note stays; it is given up after an hour."""
    async with shop() as here:
        await here.lose(here.stage.channel("deploys"))
        fault = {"kind": "http", "status": 503}
        await here.stage.do("settings", faults={"chat.postEphemeral": fault, "chat.postMessage": fault})
        await here.apologies.sweep()
        assert len(here.state.intake) == 1
        here.clock.advance(HOLD_MS)
        await here.stage.do("settings", faults=None)
        await here.apologies.sweep()
        assert (len(here.said()), here.state.intake) == (1, {})

        await here.intake.take("t2", here.stage.id("Requester"), "C0NOWHERE")
        await here.stage.do("settings", faults={"chat.postMessage": fault})
        here.clock.advance(GIVE_UP_MS + 1)
        await here.apologies.sweep()
        assert here.state.intake == {}
