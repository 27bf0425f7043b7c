"""The whole bot in Socket Mode, before the sandbox's Slack: the same dialogs over web sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.errors import Misconfigured
from bot.sandbox.person import Json, People, says, whispers
from bot.sandbox.slack.ratelimit import RateLimiter
from bot.sandbox.town import POLICY, Town, open_town
from bot.settings import load
from handlers.app import build, run

DEPLOYS = "#deploys"
PATIENCE = 8.0
LINE = "/flag disable new-search in prod because cart errors"
WAITING = "Disable flag new-search in PROD: waiting"
DONE = "Disable flag new-search in PROD: done"


@dataclass(frozen=True, slots=True)
class Scene:
    """A town in Socket Mode, and everybody in it."""

    town: Town
    people: People

    async def ask(self, line: str = LINE, waiting: str = WAITING) -> Json:
        """Let the requester ask, and return the card."""
        said = await self.people.say("Requester", DEPLOYS, line)
        assert said["outcome"] == "acked", said
        return await self.people.see("Requester", DEPLOYS, says(waiting))

    async def approve(self, card: Json, who: str = "Approver") -> Json:
        """Let somebody press [Approve]."""
        return await self.people.press(who, card, "change.approve")

    async def connections(self, number: int) -> None:
        """Wait until so many connections get deliveries."""
        await self.town.workspace.wait_for(lambda: self.town.slack.sockets.open == number, PATIENCE)

    async def anew(self, reason: str) -> None:
        """Let Slack end the connection, and wait until the bot has opened another and hears."""
        sockets = self.town.slack.sockets
        before = sockets.served
        await self.people.act("settings", sockets=reason)
        await self.town.workspace.wait_for(lambda: sockets.served > before and sockets.open == 1, PATIENCE)

    def calls(self) -> tuple[int, int]:
        """Return how many calls that change something reached Datadog, and how many of them did."""
        return self.town.organisation.calls.written(), self.town.organisation.calls.changed()

    def status(self, flag: str, environment: str = "prod") -> str:
        """Return how a flag truly stands."""
        world = self.town.organisation.world
        place = next(one.id for one in world.environments if one.name == environment)
        found = next(one.id for one in world.flags if one.key == flag)
        return str(self.town.organisation.setting(found, place)[2].status)


@asynccontextmanager
async def town_in(folder: Path) -> AsyncIterator[Town]:
    """Open a town that delivers over web sockets, without rate limits."""
    async with open_town(folder, limiter=RateLimiter(limits={}), socket_mode=True) as town:
        yield town


@asynccontextmanager
async def bot_in(town: Town, redis_url: str) -> AsyncIterator[None]:
    """Run a whole bot by the town's own settings."""
    settings = load({**town.environment(), "REDIS_URL": redis_url})
    assert settings.socket_mode
    stop = asyncio.Event()
    async with build(settings, POLICY) as app:
        running = asyncio.create_task(run(app, stop, web_too=True, work_too=True))
        try:
            yield
        finally:
            stop.set()
            await running


@pytest.fixture
async def scene(tmp_path: Path, redis_url: str) -> AsyncIterator[Scene]:
    """A bot that is connected to a town."""
    async with town_in(tmp_path) as town, bot_in(town, redis_url), People(town.slack_url, PATIENCE) as people:
        scene = Scene(town, people)
        await scene.connections(1)
        yield scene


async def test_the_town_gives_settings_for_socket_mode(tmp_path: Path) -> None:
    """In Socket Mode the settings have an app token and no signing secret; else it is the other way round."""
    async with town_in(tmp_path) as town:
        sockets = town.environment()
    async with open_town(tmp_path) as town:
        http = town.environment()
    assert {"SLACK_APP_TOKEN", "SLACK_MODE", "SLACK_SIGNING_SECRET"} & set(sockets) == {"SLACK_APP_TOKEN", "SLACK_MODE"}
    assert {"SLACK_APP_TOKEN", "SLACK_MODE", "SLACK_SIGNING_SECRET"} & set(http) == {"SLACK_SIGNING_SECRET"}
    assert (load(sockets).socket_mode, load(http).socket_mode) == (True, False)


async def test_a_change_is_asked_signed_and_applied(scene: Scene) -> None:
    """The main story: a command, its card, a signature by somebody else, one call, and the card that says done."""
    card = await scene.ask()
    await scene.approve(card, "Requester")
    await scene.people.see("Requester", DEPLOYS, whispers("Whoever asked cannot also sign"))
    assert scene.calls() == (0, 0)

    assert (await scene.approve(card))["outcome"] == "acked"

    done = await scene.people.see("Requester", DEPLOYS, says(DONE))
    assert done["ts"] == card["ts"]
    assert scene.calls() == (1, 1)
    assert scene.status("new-search") == "DISABLED"
    assert scene.town.slack.settings.request_url == ""


async def test_a_form_is_filled_in_and_sent(scene: Scene) -> None:
    """The approver's reason travels in a modal, whose ack closes it."""
    card = await scene.ask()
    await scene.people.press("Approver", card, "change.reject")
    form = await scene.people.see_form("Approver")
    sent = await scene.people.send("Approver", form, {"note": {"value": "not in the freeze"}})
    assert (sent["outcome"], sent["open"]) == ("acked", None)
    await scene.people.see("Requester", DEPLOYS, says("Disable flag new-search in PROD: rejected"))
    assert scene.calls() == (0, 0)


async def test_a_command_that_is_not_understood_is_answered(scene: Scene) -> None:
    """The command is acked in time and the person alone reads what was meant, perhaps."""
    said = await scene.people.say("Requester", DEPLOYS, "/flag disabel new-search in prod")
    assert said["outcome"] == "acked"
    await scene.people.see("Requester", DEPLOYS, whispers("disable"))


async def test_a_mention_is_answered(scene: Scene) -> None:
    """An event reaches the bot too: a change asked for by mention."""
    card = await scene.ask("@countersign disable flag new-search in prod because cart errors")
    await scene.approve(card)
    await scene.people.see("Requester", DEPLOYS, says(DONE))
    assert scene.calls() == (1, 1)


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "too_many_websockets"])
async def test_a_renewed_connection_loses_nothing(scene: Scene, reason: str) -> None:
    """Between the card and the signature Slack renews the connection, and the press arrives on the new one."""
    card = await scene.ask()
    await scene.anew(reason)
    assert (await scene.approve(card))["outcome"] == "acked"
    await scene.people.see("Requester", DEPLOYS, says(DONE))
    assert scene.calls() == (1, 1)


async def test_a_press_under_way_survives_the_renewal(scene: Scene) -> None:
    """A press at the very moment of a renewal is acked or said to have failed; pressed again, one call is made."""
    card = await scene.ask()
    pressed, _ = await asyncio.gather(scene.approve(card), scene.anew("refresh_requested"))
    assert pressed["outcome"] in ("acked", "unreachable", "timeout"), pressed
    if pressed["outcome"] != "acked":
        assert pressed["shown"]
        if any(says(WAITING)(message) for message in await scene.people.messages("Approver", DEPLOYS)):
            await scene.approve(card)
    await scene.people.see("Requester", DEPLOYS, says(DONE))
    assert scene.calls() == (1, 1)


async def test_a_mention_in_the_gap_comes_again(scene: Scene) -> None:
    """A mention that found no connection is sent again to the bot's next one, and asks once."""
    scene.town.slack.settings.retry_delays = (0.05,) * 100
    slow = {"kind": "stall", "seconds": 0.3, "times": 1}
    await scene.people.act("settings", faults={"apps.connections.open": slow}, sockets="refresh_requested")
    line = "@countersign disable flag new-search in prod because cart errors"
    assert (await scene.people.say("Requester", DEPLOYS, line))["outcome"] == "unreachable"
    await scene.people.see("Requester", DEPLOYS, says(WAITING))
    await scene.connections(1)
    assert sum(says(WAITING)(message) for message in await scene.people.messages("Requester", DEPLOYS)) == 1


async def test_duplicate_deliveries_have_one_effect(scene: Scene) -> None:
    """With everything delivered twice, and the press once more, there is one card, one signature and one call."""
    await scene.people.act("settings", deliver_twice=True)
    card = await scene.ask()
    assert (await scene.approve(card))["deliveries"] == 2
    await scene.people.act("redeliver")
    await scene.people.see("Requester", DEPLOYS, says(DONE))
    about = [m for m in await scene.people.messages("Requester", DEPLOYS) if not m["ephemeral"]]
    assert [m["ts"] for m in about] == [card["ts"]]
    assert scene.calls() == (1, 1)


async def test_two_bots_share_the_work(scene: Scene, redis_url: str) -> None:
    """With two processes connected deliveries go to either, and the change is made once."""
    async with bot_in(scene.town, redis_url):
        await scene.connections(2)
        card = await scene.ask()
        for who in ("Approver", "Second approver"):
            assert (await scene.approve(card, who))["outcome"] == "acked"
        await scene.people.see("Requester", DEPLOYS, says(DONE))
    await scene.connections(1)
    assert scene.calls() == (1, 1)


async def test_without_the_bot_people_are_told(tmp_path: Path, redis_url: str) -> None:
    """A press while the bot is away fails visibly; after its restart the same card is signed."""
    async with AsyncExitStack() as closing:
        town = await closing.enter_async_context(town_in(tmp_path))
        scene = Scene(town, await closing.enter_async_context(People(town.slack_url, PATIENCE)))
        async with bot_in(town, redis_url):
            await scene.connections(1)
            card = await scene.ask()
        await scene.connections(0)
        pressed = await scene.approve(card)
        assert pressed["outcome"] == "unreachable"
        assert "Please try again" in pressed["shown"]
        async with bot_in(town, redis_url):
            await scene.connections(1)
            assert (await scene.approve(card))["outcome"] == "acked"
            await scene.people.see("Requester", DEPLOYS, says(DONE))
        assert scene.calls() == (1, 1)


async def test_a_wrong_app_token_ends_the_start(tmp_path: Path, redis_url: str) -> None:
    """A token that opens nothing ends the process with a sentence that says so."""
    async with town_in(tmp_path) as town:
        wrong = {"REDIS_URL": redis_url, "SLACK_APP_TOKEN": "xapp-of-another-app"}
        async with build(load({**town.environment(), **wrong}), POLICY) as app, asyncio.timeout(PATIENCE):
            with pytest.raises(Misconfigured, match="invalid_auth"):
                await run(app, asyncio.Event(), web_too=True, work_too=True)
