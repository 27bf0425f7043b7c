"""
A stage for dialogs: the whole bot between a Slack and a Datadog, and the words to play on it.

People act over HTTP as in the page; what they see is what Slack keeps. The store is a real server. Slack delivers
over HTTP, unless `COUNTERSIGN_DIALOGS` in the environment, or a test, names another way: `socket` for Socket Mode,
`renewed` for Socket Mode in which Slack renews the connection all the time.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, TypeVar

from redis.asyncio import Redis

from bot.adapters.redis import keys
from bot.audit import Signer
from bot.changes.record import ChangeRequest, Status
from bot.policy import Policy
from bot.sandbox.person import Json, People, says, whispers
from bot.sandbox.slack.deliveries import Ack, Delivery
from bot.sandbox.slack.ratelimit import RateLimiter
from bot.sandbox.town import POLICY, Town, open_town
from bot.settings import Settings, load
from bot.store import ChangeStore
from handlers.app import App, build, run
from handlers.wrapping import Wrap
from tests.dialogs.messages import action_of, buttons, change_id, is_card, is_notice, is_open, labels, shows
from tests.waiting import passed

DEPLOYS: Final = "#deploys"
REQUESTER, SECOND_ACCOUNT = "Requester", "Requester's second account"
APPROVER, SECOND_APPROVER = "Approver", "Second approver"
GUEST, OUTSIDER, DEACTIVATED = "Guest", "Outsider", "Deactivated"
NUMBERS: Final = {"SUBMITTED_POLL": "0.1", "SETTLE": "0.3", "LEASE": "4", "DATADOG_TIMEOUT": "1.9"}
PATIENCE: Final = 15.0
NOT_RECORDED: Final = "nothing was recorded"
PATIENT: Final = Wrap(lookup=PATIENCE)  # a busy machine must not decide who may do what
Way = Literal["http", "socket", "renewed"]
WAYS: Final[tuple[Way, ...]] = ("http", "socket", "renewed")
WAY: Final[Way] = next((way for way in WAYS if way == os.environ.get("COUNTERSIGN_DIALOGS")), "http")
RENEWED_EVERY: Final = 1.0
Found = TypeVar("Found")

__all__ = [
    "APPROVER",
    "DEACTIVATED",
    "DEPLOYS",
    "GUEST",
    "NUMBERS",
    "OUTSIDER",
    "PATIENCE",
    "REQUESTER",
    "SECOND_ACCOUNT",
    "SECOND_APPROVER",
    "Stage",
    "change_id",
    "is_card",
    "is_open",
    "labels",
    "open_stage",
    "shows",
]


@dataclass(frozen=True, slots=True)
class Stage:
    """A running bot and everybody around it."""

    town: Town
    settings: Settings
    store: ChangeStore
    people: People
    redis: Redis
    way: Way = "http"

    async def say(self, who: str, text: str, channel: str = DEPLOYS, thread: str | None = None) -> None:
        """Somebody types, and the bot takes it."""
        outcome = await self._done(lambda: self.people.say(who, channel, text, thread))
        assert outcome["outcome"] == "acked", outcome

    async def press(self, who: str, message: Json, label: str) -> None:
        """Somebody presses the button with this label, and the bot takes it."""
        outcome = await self._done(lambda: self.people.press(who, message, action_of(message, label)))
        assert outcome["outcome"] == "acked", outcome

    async def _done(self, act: Callable[[], Awaitable[Json]]) -> Json:
        """Act; who is told that it did not get through, as a connection was just renewed, does it once more."""
        outcome = await act()
        if self.way == "renewed" and outcome["outcome"] in ("unreachable", "timeout"):
            if outcome["delivery"] == "event":  # Slack sends it again by itself
                return {**outcome, "outcome": "acked"}
            outcome = await act()
        return outcome

    async def late_press(self, who: str, message: Json, label: str) -> None:
        """Somebody presses a button of a message as it was, on a screen that has not caught up."""
        workspace = self.town.workspace
        kept = workspace.message(message["channel"], message["ts"])
        assert kept is not None
        button = next(one for one in buttons(message) if one["text"]["text"] == label)
        block = next(one for one in message["blocks"] if button in one.get("elements", ()))
        payloads = self.town.slack.payloads
        action = payloads.action(block, button, {"type": "button", "value": button["value"]})
        payload = payloads.message_action_press(workspace.role(who), kept, action, {})
        ack = await self.town.slack.deliverer.send(Delivery.of_payload(payload))
        assert ack.ok, ack

    async def see(self, who: str, fragment: str, channel: str = DEPLOYS) -> Json:
        """Somebody sees a message that says something, once its card is drawn; `@` is their direct messages."""
        said = says(fragment)
        return await self.people.see(who, channel, lambda m: said(m) and not is_notice(m))

    async def hear(self, who: str, fragment: str, channel: str = DEPLOYS) -> Json:
        """Somebody alone is told something."""
        return await self.people.see(who, channel, whispers(fragment))

    async def ask(self, who: str, text: str, channel: str = DEPLOYS) -> Json:
        """
        Somebody asks for a change, and its card appears where they asked.

        On a machine too busy for the store they are told that nothing was recorded, and ask again, as people do.
        """
        seen = {message["ts"] for message in await self.people.messages(who, channel)}

        def answers(message: Json) -> bool:
            card = not message["ephemeral"] and is_card(message) and is_open(message)
            return message["ts"] not in seen and (card or (message["ephemeral"] and NOT_RECORDED in message["text"]))

        for _ in range(3):
            await self.say(who, text, channel)
            found = await self.people.see(who, channel, answers)
            if not found["ephemeral"]:
                break
            seen.add(found["ts"])
        return found

    async def fill(self, who: str, text: str) -> Json:
        """Somebody types into the one field of the form before them and sends it."""
        view = await self.people.see_form(who)
        field = next(block for block in view["blocks"] if block["type"] == "input")
        return await self.people.send(who, view, {field["block_id"]: {field["element"]["action_id"]: text}})

    async def heard(self, who: str, channel: str = DEPLOYS) -> list[Json]:
        """Return what somebody alone has been told."""
        return [message for message in await self.people.messages(who, channel) if message["ephemeral"]]

    async def answered(self, who: str, count: int, channel: str = DEPLOYS) -> list[str]:
        """Wait until somebody alone has been told so many things in all, and return them."""

        async def look() -> list[str] | None:
            told = await self.heard(who, channel)
            return [message["text"] for message in told] if len(told) >= count else None

        return await self.until(look, self.nothing)

    async def record(self, message: Json) -> ChangeRequest:
        """Return the record that a card is about, its chain verified."""
        held = await self.store.verified(change_id(message))
        assert held is not None
        return held.change

    async def ends(self, message: Json, status: Status, channel: str = DEPLOYS, who: str = REQUESTER) -> ChangeRequest:
        """
        Wait until a change stands so, and its card shows exactly the record.

        The card that counts is the newest one about the change, as a card deleted by hand is posted again.
        """

        async def stands() -> ChangeRequest | None:
            change = await self.record(message)
            if change.status is not status:
                return None
            cards = [m for m in await self.people.messages(who, channel) if is_card(m, change.id)]
            return change if cards and shows(cards[-1], change) else None

        return await self.until(stands, lambda: self._instead(message, channel, who))

    async def becomes(self, message: Json, status: Status) -> ChangeRequest:
        """Wait until the record says so, whatever its card shows."""

        async def stands() -> ChangeRequest | None:
            change = await self.record(message)
            return change if change.status is status else None

        return await self.until(stands, lambda: self._instead(message, DEPLOYS, APPROVER))

    async def remove(self, message: Json) -> None:
        """Somebody deletes a message by hand."""
        kept = self.town.workspace.message(message["channel"], message["ts"])
        assert kept is not None
        self.town.workspace.delete(kept)

    async def _instead(self, message: Json, channel: str, who: str) -> str:
        change = await self.record(message)
        shown = [m["text"] for m in await self.people.messages(who, channel) if is_card(m, change.id)]
        return f"{change.status} ({change.note}); the card says {shown}"

    async def thread(self, message: Json, count: int, channel: str = DEPLOYS) -> list[str]:
        """Wait until a message's thread has so many lines and return them."""
        found = await self.people.see(
            REQUESTER, channel, lambda m: bool(m["ts"] == message["ts"] and len(m["replies"]) >= count)
        )
        return [reply["text"] for reply in found["replies"]]

    async def until(self, look: Callable[[], Awaitable[Found | None]], instead: Callable[[], Awaitable[str]]) -> Found:
        """Look until there is something, and return it."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while asyncio.get_running_loop().time() < deadline:
            found = await look()
            if found is not None:
                return found
            await passed(0.02)
        raise AssertionError(f"it did not come about; instead: {await instead()}")

    async def hurry(self) -> None:
        """Let the time come for every drawing that was put off."""
        for name in await self.redis.zrange(keys.WAITING, 0, -1):
            await self.redis.zadd(keys.WAITING, {str(name): 0}, xx=True)

    async def caught_up(self) -> None:
        """Let every drawing that was put off have its time, until there is nothing left to draw."""

        async def look() -> bool | None:
            await self.hurry()
            return None if await self.redis.zcard(keys.WAITING) else True

        async def instead() -> str:
            return f"{await self.redis.zrange(keys.WAITING, 0, -1)} still wait to be drawn"

        await self.until(look, instead)

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[None]:
        """Run a worker beside the bot, for a stage that was opened without."""
        async with build(self.settings, POLICY, PATIENT) as app, _running(app, None):
            yield

    async def slack(self, **settings: object) -> None:
        """Change how Slack behaves: `deliver_twice`, `faults`, …"""
        await self.people.act("settings", **settings)

    async def fault(self, kind: str, path: str = "", *, method: str | None = None, **more: object) -> None:
        """Let Datadog spoil the next requests of that kind."""
        match = {"path_contains": path, **({"method": method} if method else {})}
        await self.people.tell_datadog("faults", kind=kind, match=match, **more)

    def calls(self, path: str = "") -> tuple[int, int]:
        """Return how many calls that change something reached Datadog, and how many of them did change something."""
        return self.town.organisation.calls.written(path), self.town.organisation.calls.changed(path)

    async def came(self, path: str) -> bool | None:
        """Tell whether a call that changes something has reached Datadog; None while it has not."""
        return True if self.calls(path)[0] else None

    def deactivate(self, role: str) -> None:
        """Take somebody's account away."""
        person = self.town.workspace.role(role)
        self.town.workspace.people[person.id] = replace(person, deleted=True)

    async def nothing(self) -> str:
        """Say that nothing came, for want of anything to show."""
        return "nothing"

    def status(self, flag: str, environment: str = "prod") -> str:
        """Return how a flag truly stands."""
        found = next(one for one in self.town.organisation.world.flags if one.key == flag)
        _, _, setting = self.town.organisation.setting(found.id, self._environment(environment))
        return str(setting.status)

    def rollout(self, rule: str, environment: str = "prod") -> str:
        """Return how a rollout truly stands, by the name of its rule."""
        settings = [one for flag in self.town.organisation.world.flags for one in flag.settings]
        here = [one for one in settings if one.environment_id == self._environment(environment)]
        found = next(r for one in here for r in one.rules if r.key == rule)
        assert found.rollout is not None
        return str(found.rollout.state.value)

    def _environment(self, name: str) -> str:
        return next(one.id for one in self.town.organisation.world.environments if one.name == name)

    async def forge(self, role: str, text: str, command: str = "/flag") -> Ack:
        """Deliver a command of somebody who cannot sit at the page, signed like any other."""
        workspace = self.town.workspace
        person = workspace.role(role)
        form = self.town.slack.payloads.command(person, workspace.channel_named("deploys"), command, text)
        return await self.town.slack.deliverer.send(Delivery.of_command(form))

    async def told(self, role: str) -> str:
        """Wait until somebody who cannot sit at the page is told something, and return it."""
        workspace = self.town.workspace
        person = workspace.role(role)

        async def look() -> str | None:
            return next((m.text for m in workspace.all_messages() if m.ephemeral_to == person.id), None)

        return await self.until(look, self.nothing)


@asynccontextmanager
async def open_stage(
    folder: Path, redis_url: str, way: Way = WAY, /, *, work: bool = True, policy: Policy = POLICY, **numbers: str
) -> AsyncIterator[Stage]:
    """
    Open a stage in a folder, on an empty store; `numbers` are settings that a scene needs shorter or longer.

    Without `work`, nothing that was approved runs before `worker` is entered. `way` is how Slack delivers.
    """
    unlimited = RateLimiter(limits={})
    async with open_town(folder, limiter=unlimited, socket_mode=way != "http", keep=False) as town:
        settings = load({**town.environment(), **NUMBERS, "REDIS_URL": redis_url, **numbers})
        redis = Redis.from_url(redis_url, decode_responses=True)
        try:
            async with (
                build(settings, policy, PATIENT) as app,
                _running(app, town, work=work),
                _renewing(town, way),
                People(town.slack_url, PATIENCE) as people,
            ):
                signer = Signer(settings.audit_key.get_secret_value().encode())
                yield Stage(town, settings, ChangeStore(app.store.records, signer, settings.terms), people, redis, way)
        finally:
            await redis.aclose()


@asynccontextmanager
async def _running(app: App, town: Town | None, *, work: bool = True) -> AsyncIterator[None]:
    stop, listening = asyncio.Event(), asyncio.Event()

    def ready(port: int) -> None:
        if town is not None:
            town.deliver_to(port)
        listening.set()

    running = asyncio.create_task(run(app, stop, web_too=town is not None, work_too=work, ready=ready))
    try:
        await asyncio.wait_for(listening.wait(), PATIENCE)
        if town is not None and town.socket_mode:
            sockets = town.slack.sockets
            await town.workspace.wait_for(lambda: sockets.open, PATIENCE)
        yield
    finally:
        stop.set()
        await running


@asynccontextmanager
async def _renewing(town: Town, way: Way) -> AsyncIterator[None]:
    """Let Slack warn every connection soon after it was opened, and end it two seconds later."""
    if way != "renewed":
        yield
        return
    sockets = town.slack.sockets
    sockets.warned_seconds = 2.0

    async def renew() -> None:
        while True:
            await passed(RENEWED_EVERY)
            await sockets.disconnect("warning")

    renewing = asyncio.create_task(renew())
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)
