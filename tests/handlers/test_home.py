"""A person's page over time: drawn when opened, then every three seconds at most, and only while it is looked at."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.memory.outbox import MemoryOutbox
from bot.changes.record import ChangeRequest
from bot.errors import NotPermitted
from handlers.background import Background
from handlers.cards.home import Seen
from handlers.heralds import Heralds
from handlers.home import WATCHED_MS, Home
from handlers.payloads import HomeOpened, Press
from handlers.routing import Ack
from handlers.seen import Gathering
from handlers.sender import Delayed
from tests.builders import APPROVER, REQUESTER, SECOND_APPROVER
from tests.core.fakes import FakeNotifier, House
from tests.handlers.hand_time import HandTime
from tests.waiting import until


class Pages(AsyncWebClient):
    """Slack's side: remembers whose page was drawn, and what it said."""

    def __init__(self) -> None:
        super().__init__(token="xoxb-a-bot-token")
        self.drawn: list[tuple[str, str]] = []
        self.refuses = False

    async def views_publish(self, *, user_id: str, view: Any, **_: Any) -> Any:
        """Take a page."""
        self.drawn.append((user_id, str(view)))
        if self.refuses:
            raise Delayed(1.0)

    def of(self, person: str) -> int:
        """Return how often somebody's page was drawn."""
        return sum(1 for who, _ in self.drawn if who == person)


class Reading(Gathering):
    """Reads a page from the records alone."""

    def __init__(self, house: House) -> None:
        self.house = house

    async def seen(self, person: str) -> Seen:
        """Return what somebody's page shows."""
        if person == "U0GUEST":
            raise NotPermitted("Guests cannot act here.", "Ask a full member.")
        mine = await self.house.changes.of(person)
        return Seen(at=self.house.clock.now(), mine=mine)


class Scene:
    """A house, pages, and a time that a test moves."""

    def __init__(self) -> None:
        self.house, self.pages, self.time = House(), Pages(), HandTime()
        self.background = Background()
        self.home = Home(
            Reading(self.house),
            self.house.changes,
            MemoryOutbox(self.house.state),
            self.house.directory,
            self.pages,
            self.background,
            clock=self.time.clock,
            wait=self.time.wait,
        )

    async def open(self, person: str) -> None:
        """Somebody opens their page."""
        ack = await self.home.opened(HomeOpened(person, "T0SANDBOX", "D0", "home"))
        assert ack.later is not None
        await ack.later()

    async def asked(self) -> ChangeRequest:
        """Somebody asks for a change, and the news goes round."""
        change = await self.house.submit()
        self.home.changed(change.id)
        return change

    async def settled(self) -> None:
        """Let everything run that waits for no time."""
        await until(lambda: not len(self.background))


@pytest.fixture
def scene() -> Scene:
    """Give a scene."""
    return Scene()


async def test_an_open_page_follows_and_is_gathered(scene: Scene) -> None:
    """Ten moves within three seconds are one drawing more, and it shows the last of them."""
    await scene.open(REQUESTER.id)
    change = await scene.asked()
    await scene.time.waited_for()
    for _ in range(9):
        scene.home.changed(change.id)
    assert scene.pages.of(REQUESTER.id) == 1
    scene.time.advance(2.9)
    assert scene.pages.of(REQUESTER.id) == 1
    scene.time.advance(0.2)
    await scene.settled()
    assert scene.pages.of(REQUESTER.id) == 2
    assert change.id in scene.pages.drawn[-1][1]


async def test_only_those_whom_it_concerns_and_who_look(scene: Scene) -> None:
    """Approvers and the requester are drawn for while they look; strangers, and those of long ago, are not."""
    await scene.open(APPROVER.id)
    await scene.open("U0STRANGER")
    scene.time.advance(10)
    await scene.asked()
    await scene.settled()
    assert (scene.pages.of(APPROVER.id), scene.pages.of("U0STRANGER"), scene.pages.of(REQUESTER.id)) == (2, 1, 0)
    assert scene.pages.of(SECOND_APPROVER.id) == 0


async def test_a_page_of_long_ago_is_left_alone(scene: Scene) -> None:
    """Fifteen minutes after it was opened a page is drawn no more."""
    await scene.open(REQUESTER.id)
    scene.house.clock.advance(WATCHED_MS + 1)
    await scene.asked()
    await scene.settled()
    assert scene.pages.of(REQUESTER.id) == 1


async def test_a_press_on_the_page_draws_it_again(scene: Scene) -> None:
    """After what a press does, its page is drawn at once; a press on a card draws no page."""
    done: list[str] = []

    async def later() -> None:
        done.append("later")

    async def handler(press: Press) -> Ack:
        done.append(press.action_id)
        return Ack(later=later)

    press = Press("change.cancel", "b", "v", "", REQUESTER.id, "T", "T", view_type="home")
    ack = await scene.home.then(handler)(press)
    assert ack.later is not None
    await ack.later()
    assert done == ["change.cancel", "later"]
    assert scene.pages.of(REQUESTER.id) == 1
    on_a_card = Press("change.cancel", "b", "v", "", REQUESTER.id, "T", "T", channel="C0")
    assert (await scene.home.then(handler)(on_a_card)).later is later


async def test_what_cannot_be_drawn_is_left(scene: Scene) -> None:
    """A refusal by Slack ends nothing; a guest reads why there is nothing; the other tab draws no page."""
    scene.pages.refuses = True
    await scene.open(REQUESTER.id)
    scene.pages.refuses = False
    await scene.open("U0GUEST")
    assert "Guests cannot act here." in scene.pages.drawn[-1][1]
    assert await scene.home.opened(HomeOpened(REQUESTER.id, "T", "D0", "messages")) == Ack()


async def test_news_that_cannot_be_read_is_dropped(scene: Scene) -> None:
    """A change that is no longer on record concerns nobody, and nothing is raised."""
    await scene.open(REQUESTER.id)
    scene.home.changed("cs-aaaaaa")
    await scene.settled()
    assert scene.pages.of(REQUESTER.id) == 1


def test_everybody_who_wants_to_hear_does() -> None:
    """The notifier hears each change, with what it holds, and so does every listener."""
    notices, heard = FakeNotifier(), list[str]()
    heralds = Heralds(notices)
    heralds.also(heard.append)
    heralds.changed("cs-aaaaaa", held=True)
    assert heard == ["cs-aaaaaa"]
    assert notices.told == ["cs-aaaaaa"]
