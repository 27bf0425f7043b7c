"""
A whole installation under test: Slack and Datadog in this process, Redis and the bot's processes as they really are.

Every way between them leads through a door, and every process may have a trap in it.
"""

import asyncio
import json
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bot.adapters.embedded import EmbeddedServer
from bot.adapters.redis import keys
from bot.adapters.redis.connection import connected
from bot.adapters.redis.link import Link
from bot.adapters.redis.records import RedisRecords
from bot.audit import Signer
from bot.changes.record import ChangeRequest, Terms
from bot.sandbox.slack.acts.result import Result
from bot.sandbox.slack.ratelimit import RateLimiter
from bot.sandbox.slack.records import Message
from bot.sandbox.town import Town, open_town
from bot.store import ChangeStore
from handlers.payloads import ButtonValue
from tests.contract.worlds import age_holds, age_leases
from tests.faults.calls import Tally
from tests.faults.door import Door, http_door, unix_door
from tests.faults.flags import grow
from tests.faults.fleet import Fleet, Hit
from tests.redis_server import force_down
from tests.waiting import until, until_stored

DEPLOYS = "deploys"
LOST = "may have been lost"
ROOMS = (DEPLOYS, "approvals")  # the second is where a card goes that cannot stand in the first
QUICK = {
    "DATADOG_TIMEOUT": "1",
    "LEASE": "2.1",
    "SETTLE": "0.8",
    "REDIS_TIMEOUT": "1",
    "RUN_BY": "30",
    "DATADOG_PAUSE": "1",
}


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did, when (by the workspace's clock), and what Slack said of it at once."""

    who: str
    what: str
    subject: str
    at: float
    result: Result


@dataclass(slots=True)
class Scene:
    """One installation, and hands to act in it."""

    folder: Path
    town: Town
    tally: Tally
    fleet: Fleet
    link: Link
    changes: ChangeStore
    redis: EmbeddedServer
    redis_doors: dict[str, Door]
    slack_door: Door
    datadog_door: Door
    request_door: Door
    deeds: list[Deed] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)

    async def start(self, name: str, hit: Hit | None = None, *, clock: float = 0) -> None:
        """Start a process (again) and let deliveries find it."""
        member = self.fleet.members[name]
        before = f"http://127.0.0.1:{member.port}"
        await self.fleet.start(name, hit, clock=clock)
        self.request_door.behind = [url for url in self.request_door.behind if url != before]
        if member.port:
            self.request_door.behind.append(f"http://127.0.0.1:{member.port}")

    def grow(self, *names: str) -> None:
        """Give Datadog further flags."""
        grow(self.town.organisation, list(names))
        self.tally.look()

    async def say(self, who: str, text: str, subject: str = "") -> Result:
        """Type something in the channel."""
        at = self.town.workspace.now()
        result = await self.town.slack.people.saying.say(who, DEPLOYS, text)
        self.deeds.append(Deed(who, "say", subject, at, result))
        return result

    async def press(self, who: str, card: Message, action: str) -> Result:
        """Press a button of a card."""
        at, subject = self.town.workspace.now(), id_on(card)
        place = {"channel": card.channel, "ts": card.ts, "view_id": None}
        result = await self.town.slack.people.pressing.press(who, place, action, None, None, {})
        self.deeds.append(Deed(who, "press", subject, at, result))
        return result

    async def ask(self, command: str, key: str, *, who: str = "Requester") -> Message:
        """Ask for a change, again where that was refused for want of an answer, and return its card."""
        for _ in range(4):
            since = self.town.workspace.now()
            await self.say(who, f"{command} {key} in prod because it is tried", key)
            await until(partial(self._answered, who, key, since), f"{who} is answered ({key})")
            refused = [one for one in self.whispers(who, since) if "cs-" not in one.text]
            if self.cards(key) or not refused:
                break
        return await self.card(key)

    def _answered(self, who: str, key: str, since: float) -> bool:
        return bool(self.cards(key) or self.whispers(who, since))

    async def card(self, key: str, state: str = "", *, within: float = 15) -> Message:
        """Wait for the card of a target, standing as told, and return it."""
        found: list[Message] = []

        def shows() -> bool:
            found[:] = [card for card in self.cards(key) if f": {state}" in card.text]
            return bool(found)

        try:
            await until(shows, f"the card of {key} shows {state!r}", within)
        except AssertionError as late:
            cards = [card.text[:200] for card in self.cards(key)]
            said = [message.text[:200] for message in self.whispers("Requester", 0)]
            raise AssertionError(f"{late}; cards: {cards}; said: {said}; {self.logs()}") from None
        self.ids[key] = id_on(found[-1])
        return found[-1]

    def cards(self, key: str) -> list[Message]:
        """Return the cards that speak of a target, oldest first."""
        return [one for one in self._posted() if f" {key} in " in one.text and one.blocks]

    def _posted(self) -> list[Message]:
        """Return what the bot has posted for everybody to see, without the threads."""
        workspace = self.town.workspace
        found = [m for name in ROOMS for m in workspace.messages(workspace.channel_named(name).id)]
        return [m for m in found if m.bot_id and not m.is_reply and not m.ephemeral_to]

    def notices(self, key: str) -> list[Message]:
        """Return every plain message that names the change a target's card speaks of."""
        return [one for one in self._posted() if self.ids[key] in one.text and not one.blocks]

    def copies(self, key: str) -> list[Message]:
        """Return every message that is a card of the change a target's card speaks of."""
        return [one for one in self.cards(key) if id_on(one) == self.ids[key]]

    async def card_of(self, key: str) -> Message | None:
        """Return the message that is kept as the card of a target's change."""
        kept = await self.link.call("GET", keys.placement(self.ids[key]))
        place = json.loads(kept) if kept else {}
        return self.town.workspace.message(place.get("channel", ""), place.get("ts", ""))

    async def kept_card(self, key: str, within: float = 15) -> Message:
        """Wait until it is on record where the card of a target's change stands, and return it."""
        found: list[Message] = []

        async def stands() -> bool:
            kept = await self.card_of(key)
            found.extend([kept] if kept and kept.blocks else [])
            return bool(found)

        await until_stored(stands, f"the card of {key} is kept", within)
        return found[0]

    def whispers(self, who: str, since: float) -> list[Message]:
        """Return what a person alone was told since then."""
        person = self.town.workspace.role(who).id
        found = self.town.workspace.all_messages()
        return [m for m in found if m.ephemeral_to == person and float(m.ts) >= since]

    def told(self, who: str, since: float) -> list[Message]:
        """Return what a person alone was told since then, also by direct message where the channel did not take it."""
        person = self.town.workspace.role(who).id
        direct = [m for m in self.town.workspace.messages(self.town.workspace.dm(person).id) if LOST in m.text]
        return [*self.whispers(who, since), *(m for m in direct if float(m.ts) >= since)]

    async def record(self, key: str) -> ChangeRequest:
        """Return the record of the change that a target's card speaks of."""
        return (await self.changes.get(self.ids[key])).change

    async def ended(self, *names: str, within: float = 20) -> dict[str, ChangeRequest]:
        """Wait until these changes have come to something, and return their records."""
        records: dict[str, ChangeRequest] = {}

        async def all_have() -> bool:
            records.update({key: await self.record(key) for key in names})
            return all(record.ended_at is not None for record in records.values())

        await until_stored(all_have, "all changes have come to something", within)
        return records

    async def drawn(self, within: float = 15) -> None:
        """Wait until nothing waits to be drawn."""
        try:
            await until_stored(lambda: self._none("ZCARD", keys.WAITING), "everything is drawn", within)
        except AssertionError as late:
            waiting = await self.link.call("ZRANGE", keys.WAITING, 0, -1, "WITHSCORES")
            holds = await self.link.call("HGETALL", keys.HOLDS)
            raise AssertionError(
                f"{late}; waiting {waiting}, held {holds}, now {await self.link.call('TIME')}"
            ) from None

    async def answered(self, within: float = 15) -> None:
        """Wait until everybody has been answered, or told that what they asked for may be lost."""
        await until_stored(lambda: self._none("ZCARD", keys.INTAKE), "everybody is answered", within)

    async def queue_is_empty(self, within: float = 15) -> None:
        """Wait until no job is left."""
        await until_stored(lambda: self._none("XLEN", keys.JOBS), "no job is left", within)

    async def _none(self, count: str, key: str) -> bool:
        return not await self.link.call(count, key)

    async def release_leases(self) -> None:
        """Let the leases of all jobs run out at once, as if the time had passed."""
        await age_leases(self.link, 60_000)

    async def release_drawings(self) -> None:
        """Let the time pass that a dead drawer's hold, or a put-off drawing, would have taken."""
        await age_holds(self.link, 60_000)
        for member in await self.link.call("ZRANGE", keys.WAITING, 0, -1):
            await self.link.call("ZINCRBY", keys.WAITING, -60_000, member)

    async def release_apologies(self) -> None:
        """Let the time pass for which a dead process would have kept others from apologising for it."""
        for member in await self.link.call("ZRANGE", keys.INTAKE, 0, -1):
            await self.link.call("ZINCRBY", keys.INTAKE, -60_000, member)

    async def restart_redis(self) -> None:
        """Kill Redis where it stands, and start it on what it has on disk."""
        await self.kill_redis()
        await asyncio.to_thread(self.redis.start)

    async def kill_redis(self) -> None:
        """Kill Redis, as kill -9 does."""
        os.kill(int((self.folder / "r" / "pid").read_text()), signal.SIGKILL)
        await asyncio.to_thread(self.redis.stop)

    def logs(self) -> str:
        """Return the end of what each process has logged."""
        return "".join(f"\n--- {name}\n{self.fleet.log(name)[-1500:]}" for name in self.fleet.members)


def id_on(card: Message) -> str:
    """Return the id of the change a card speaks of, from its buttons or its small print."""
    for block in card.blocks:
        for element in block.get("elements", ()):
            value = ButtonValue.parse(element.get("value")) if element.get("type") == "button" else None
            if value is not None:
                return value.change_id
            if str(element.get("text", "")).startswith("cs-"):
                return str(element["text"])[:9]
    return ""


@contextmanager
def short_folder() -> Iterator[Path]:
    """Give a folder whose path is short enough for sockets."""
    folder = Path(tempfile.mkdtemp(prefix="cs-", dir="/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def open_scene(
    *, web: int = 1, workers: int = 1, settings: Mapping[str, str] | None = None, redis_url: str = ""
) -> AsyncIterator[Scene]:
    """Give an installation whose processes are named web-1…, work-1… and wait to be started."""
    async with AsyncExitStack() as closing:
        folder = closing.enter_context(short_folder())
        town = await closing.enter_async_context(open_town(folder / "t", limiter=RateLimiter(limits={}), keep=False))
        server = EmbeddedServer(folder / "r")
        if not redis_url:
            await asyncio.to_thread(server.start)
            closing.push_async_callback(asyncio.to_thread, force_down, server)
        url = redis_url or server.url
        slack = await closing.enter_async_context(http_door(town.slack_url))
        datadog = await closing.enter_async_context(http_door(town.datadog_url))
        requests = await closing.enter_async_context(http_door())
        town.slack.settings.request_url = f"{requests.url}/slack/events"
        environment = {**town.environment(), **QUICK, **(settings or {})}
        environment |= {"SLACK_API_URL": f"{slack.url}/api/", "DD_API_URL": datadog.url, "REDIS_URL": url}
        fleet = Fleet(folder, environment)
        closing.callback(fleet.kill)
        doors = {}
        for name in [f"web-{n + 1}" for n in range(web)] + [f"work-{n + 1}" for n in range(workers)]:
            more = {}
            if not redis_url:
                doors[name] = await closing.enter_async_context(unix_door(url, folder / f"{name}.sock"))
                more = {"REDIS_URL": doors[name].url}
            fleet.add(name, "serve" if name.startswith("web") else "work", more)
        link = await closing.enter_async_context(connected(url, timeout_s=5))
        changes = ChangeStore(RedisRecords(link), Signer(environment["AUDIT_KEY"].encode()), Terms())
        tally = Tally(town.organisation)
        yield Scene(folder, town, tally, fleet, link, changes, server, doors, slack, datadog, requests)
