"""Cards in step with their records, when Slack is full or the store goes away in the middle."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bot.adapters.memory.outbox import MemoryOutbox
from bot.changes.record import SCHEMA, ChangeRequest
from bot.errors import NotRecorded
from bot.sandbox.slack.records import Message
from handlers.background import Background
from handlers.cards.phrases import moment
from handlers.notifier import HOLD_MS, MOST_RETRY_MS, RETRY_MS, STORE_PAUSES, SlackNotifier
from handlers.placement import NEW_AFTER, SAME_AFTER, Copy
from handlers.sender import Sender
from handlers.slack_client import SlackClient
from tests.core.fakes import House
from tests.handlers.hand_time import HandTime
from tests.sandbox.slack.stage import BOT_TOKEN, Stage, staged
from tests.waiting import until

POST, UPDATE = "chat.postMessage", "chat.update"


class Forgetful(MemoryOutbox):
    """An outbox that fails to remember placements so many times; once, something may come before."""

    forgets = 0
    before: Callable[[], Awaitable[None]] | None = None

    async def place(self, id_: str, data: str, keep_ms: int) -> bool:
        """Remember, or be away."""
        if self.forgets:
            self.forgets -= 1
            raise NotRecorded("The store did not take it.")
        before, self.before = self.before, None
        if before:
            await before()
        return await super().place(id_, data, keep_ms)


class Scene:
    """A house whose changes are shown in the sandbox's #approvals."""

    def __init__(self, stage: Stage, slack: SlackClient) -> None:
        self.stage = stage
        self.house = House()
        self.time = HandTime()
        self.outbox = Forgetful(self.house.state)
        self.background = Background()
        self.channel = stage.channel("approvals")
        self.sender = Sender(slack.web, clock=self.time.clock, wait=self.time.wait)
        self.slack = slack
        self.notifier = self.a_notifier()

    def a_notifier(self) -> SlackNotifier:
        """Return the notifier of a process of its own."""
        return SlackNotifier(
            self.house.changes,
            self.outbox,
            self.sender,
            self.house.directory,
            self.background,
            approvals_channel=self.channel,
            wait=self.time.wait,
        )

    def another(self) -> "Scene":
        """Return another process's view of the same house and channel."""
        other = Scene(self.stage, self.slack)
        other.house, other.outbox = self.house, Forgetful(self.house.state)
        other.notifier = other.a_notifier()
        return other

    async def draw(self, change: ChangeRequest) -> None:
        """Draw a change until it is drawn or put off."""
        self.notifier.changed(change.id)
        await self.notifier.placed(change.id)

    async def draw_in_vain(self, change: ChangeRequest) -> None:
        """Draw a change while the store does not take where, until this process gives up."""
        self.outbox.forgets = len(STORE_PAUSES) + 1
        self.notifier.changed(change.id)
        for pause in STORE_PAUSES:
            await self.time.waited_for()
            self.time.advance(pause)
        await self.notifier.placed(change.id)

    async def due(self) -> None:
        """Draw what is due."""
        for id_ in await self.outbox.due(10, HOLD_MS):
            self.notifier.changed(id_, held=True)
            await self.notifier.placed(id_)

    def cards(self) -> list[Message]:
        """What stands in the channel, without threads."""
        return [message for message in self.stage.messages("approvals") if not message.is_reply]

    async def fault(self, method: str, **fault: object) -> None:
        """Make a method of the Web API fail."""
        assert (await self.stage.do("settings", faults={method: fault}))["ok"]


def buttons(card: Message) -> list[str]:
    """Return what a card offers to press."""
    elements = [element for block in card.blocks for element in block.get("elements", ())]
    return [element["action_id"] for element in elements if element.get("type") == "button"]


@asynccontextmanager
async def scene() -> AsyncIterator[Scene]:
    """Give a scene in a fresh workspace."""
    async with staged() as stage:
        slack = SlackClient(BOT_TOKEN, f"{stage.url}/api/")
        made = Scene(stage, slack)
        try:
            yield made
        finally:
            await made.background.drain(5)
            await slack.close()


async def test_a_full_channel_puts_a_card_off_and_is_no_failure() -> None:
    """Where Slack asks for a long pause, the card comes after it, and nothing was counted as failed."""
    async with scene() as here:
        change = await here.house.submit()
        await here.fault(POST, kind="ratelimited", retry_after=20, times=1)
        await here.draw(change)
        assert here.cards() == []
        assert await here.outbox.placement(change.id) is None
        for _ in range(2):
            here.house.clock.advance(10_000)
            here.time.advance(10)
            await here.due()
        here.house.clock.advance(1_000)
        await here.due()
        assert len(here.cards()) == 1


async def test_edits_put_off_are_never_a_second_card() -> None:
    """However often an edit has to wait for its turn, the card stays where it is and shows the newest state."""
    async with scene() as here:
        change = await here.house.submit()
        await here.draw(change)
        await here.fault(UPDATE, kind="ratelimited", retry_after=20)
        await here.house.service.cancel(change.id, change.requester.id, "d")
        await here.draw(change)
        for _ in range(8):
            here.house.clock.advance(30_000)
            here.time.advance(30)
            await here.due()
        assert len(here.cards()) == 1
        assert "waiting for" in here.cards()[0].text
        await here.stage.do("settings", faults=None)
        here.house.clock.advance(30_000)
        here.time.advance(30)
        await here.due()
        (card,) = here.cards()
        assert "cancelled" in card.text


async def test_a_card_the_store_did_not_note_is_not_posted_again() -> None:
    """Where the store goes away between the post and its note, the card is found again and noted, not posted anew."""
    async with scene() as here:
        change = await here.house.submit()
        here.outbox.forgets = 2
        here.notifier.changed(change.id)
        for pause in STORE_PAUSES[:2]:
            await here.time.waited_for()
            assert len(here.cards()) == 1
            assert await here.outbox.placement(change.id) is None
            here.time.advance(pause)
        placed = await here.notifier.placed(change.id)
        assert placed is not None
        assert [card.ts for card in here.cards()] == [placed.ts]


async def test_a_card_that_only_a_newer_version_can_draw_is_let_go() -> None:
    """A record of a newer version is neither drawn nor held: soon after, a process of that version may draw it."""
    async with scene() as here:
        change = await here.house.submit()
        stored = here.house.state.records["change", change.id]
        stored.data = change.model_copy(update={"schema_version": SCHEMA + 1}).model_dump_json()
        await here.draw(change)
        assert here.cards() == []
        assert here.house.state.holds == {}
        here.house.clock.advance(RETRY_MS)
        assert await MemoryOutbox(here.house.state).due(10, HOLD_MS) == (change.id,)


async def test_a_poster_that_dies_before_its_note_leaves_a_plain_line() -> None:
    """What stands where nobody noted it has no button and says of when it is; another posts the card."""
    async with scene() as here:
        change = await here.house.submit()
        await here.draw_in_vain(change)
        (left,) = here.cards()
        assert left.blocks == []
        assert f"{moment(here.house.changes.now())}: waiting for" in left.text
        here.house.clock.advance(HOLD_MS)
        other = here.another()
        await other.draw(change)
        await here.house.service.cancel(change.id, change.requester.id, "d")
        await other.draw(change)
        line, card = here.cards()
        assert (line.text, line.blocks) == (left.text, [])
        assert "cancelled" in card.text
        await other.background.drain(5)


async def test_who_was_away_while_another_posted_the_card_leaves_it_there() -> None:
    """A notice that the store never heard of stays a notice: the card is the one that another posted meanwhile."""
    async with scene() as here:
        change = await here.house.submit()
        await here.draw_in_vain(change)
        here.house.clock.advance(HOLD_MS)
        other = here.another()
        await other.draw(change)
        await here.house.service.cancel(change.id, change.requester.id, "d")
        await here.draw(change)
        line, card = here.cards()
        assert not line.blocks
        assert "cancelled" in card.text
        await other.background.drain(5)


async def test_who_stood_still_past_the_hold_does_not_take_the_card_away() -> None:
    """Between post and note another may have posted the card and let go: what was posted late stays a notice."""
    async with scene() as here:
        change = await here.house.submit()
        other = here.another()

        async def meanwhile() -> None:
            here.house.clock.advance(HOLD_MS)
            await other.draw(change)

        here.outbox.before = meanwhile
        await here.draw(change)
        line, card = here.cards()
        assert (bool(line.blocks), bool(card.blocks)) == (False, True)
        await here.house.service.cancel(change.id, change.requester.id, "d")
        await here.draw(change)
        assert [bool(one.blocks) for one in here.cards()] == [False, True]
        assert "cancelled" in here.cards()[1].text
        await other.background.drain(5)


async def test_a_copy_nobody_knew_of_loses_its_buttons_when_one_is_pressed() -> None:
    """A card whose place the store has lost again is drawn with the new one from the first press of it on."""
    async with scene() as here:
        change = await here.house.submit()
        await here.draw(change)
        (stray,) = here.cards()
        here.house.state.placements.clear()
        here.house.clock.advance(HOLD_MS)
        await here.house.service.cancel(change.id, change.requester.id, "d")
        other = here.another()
        await other.draw(change)
        assert [len(buttons(card)) > 1 for card in here.cards()] == [True, False]
        other.notifier.pressed(change.id, stray.channel, stray.ts)
        await until(lambda: not any(len(buttons(card)) > 1 for card in here.cards()))
        await other.background.drain(5)


async def test_a_copy_whose_adopter_was_killed_is_drawn_at_the_next_press() -> None:
    """Known is not drawn: whoever took note of a copy may have died before its drawing, and nobody else waits."""
    async with scene() as here:
        change = await here.house.submit()
        await here.draw(change)
        (card,) = here.cards()
        here.stage.workspace.post(here.channel, card.user, card.text, blocks=card.blocks)
        await here.house.service.cancel(change.id, change.requester.id, "d")
        await here.draw(change)
        stray = next(one for one in here.cards() if len(buttons(one)) > 1)
        placed = await here.notifier.placed(change.id)
        assert placed is not None
        known = placed.model_copy(update={"copies": (Copy(channel=stray.channel, ts=stray.ts),)})
        await here.outbox.keep(change.id, known.model_dump_json(), HOLD_MS)
        here.notifier.pressed(change.id, stray.channel, stray.ts)
        await until(lambda: not any(len(buttons(one)) > 1 for one in here.cards()))


async def test_a_lost_connection_is_a_failure_that_is_tried_again() -> None:
    """A drawing whose connection broke is put off like any other, and drawn soon after."""
    async with scene() as here:
        change = await here.house.submit()
        await here.draw(change)
        await here.fault(UPDATE, kind="lost", times=1)
        await here.house.service.cancel(change.id, change.requester.id, "d")
        await here.draw(change)
        assert '"failures":1' in (await here.outbox.placement(change.id) or "")
        here.house.clock.advance(5_000)
        await here.due()
        assert "failures" not in (await here.outbox.placement(change.id) or "")
        assert "cancelled" in here.cards()[0].text


async def test_where_no_edit_is_taken_the_same_is_not_said_again_and_again() -> None:
    """After five failures a new line tells the new state; while edits go on failing it is not repeated soon."""
    async with scene() as here:
        change = await here.house.submit()
        await here.draw(change)
        await here.fault(UPDATE, kind="error", error="internal_error")
        await here.house.service.cancel(change.id, change.requester.id, "d")
        told = []
        for _ in range(SAME_AFTER + NEW_AFTER):
            await here.draw(change)
            told.append(len(here.cards()))
            here.house.clock.advance(MOST_RETRY_MS)
            here.time.advance(MOST_RETRY_MS / 1000)
        assert told == [1] * NEW_AFTER + [2] * SAME_AFTER
        assert "cancelled" in here.cards()[-1].text
        await here.draw(change)
        assert len(here.cards()) == 3
        await here.stage.do("settings", faults=None)
        here.house.clock.advance(MOST_RETRY_MS)
        here.time.advance(MOST_RETRY_MS / 1000)
        await here.draw(change)
        assert all("cancelled" in one.text for one in here.cards() if one.blocks)
        assert [bool(one.blocks) for one in here.cards()] == [True] * 3


async def test_what_a_message_tells_is_what_was_drawn_last() -> None:
    """A state that the message told before, and tells no more, is a new one: it does not wait for 20 failures."""
    async with scene() as here:
        change = await here.house.submit()
        await here.draw(change)
        before = await here.notifier.placed(change.id)
        await here.house.service.cancel(change.id, change.requester.id, "d")
        await here.draw(change)
        after = await here.notifier.placed(change.id)
        assert before is not None
        assert after is not None
        failing = after.model_copy(update={"failures": NEW_AFTER})
        assert failing.spent(before.shown)
        assert not failing.spent(after.shown)


async def test_a_message_that_takes_no_edit_any_more_is_replaced_at_once() -> None:
    """What Slack says of this message alone needs no five failures."""
    async with scene() as here:
        change = await here.house.submit()
        await here.draw(change)
        await here.fault(UPDATE, kind="error", error="edit_window_closed", times=1)
        await here.house.service.cancel(change.id, change.requester.id, "d")
        await here.draw(change)
        assert "cancelled" in here.cards()[1].text
