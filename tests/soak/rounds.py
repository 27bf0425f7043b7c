"""
One round: a fresh installation with two web processes and two workers, people who ask and sign, and faults meanwhile.

People do as people do: who is told that something failed, or is told nothing, does it again.
"""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

from bot.changes.record import Status
from bot.errors import CountersignError
from bot.sandbox.datadog.faults import Fault, Match
from bot.sandbox.slack.records import Message, Refused
from tests.faults.door import Door
from tests.faults.fleet import Hit, Member, until
from tests.faults.invariants import broken, settled
from tests.faults.process import GRACE, HOLD
from tests.faults.scene import Scene, id_on, open_scene
from tests.soak.plan import PROCESSES, Plan, Trouble, round_plan
from tests.soak.table import Table

AT_ONCE = 8
TRIES = 30
PAUSE_SECONDS = 0.6
STOPPED_SECONDS = 2.5
REST_SECONDS = 60.0
SETTINGS = {GRACE: "5000", HOLD: "8000", "RUN_BY": "60"}


async def play(seed: int, number: int, changes: int, table: Table, *, seconds: float = 600) -> None:
    """Play one round and enter what came of it; after so many seconds nothing more is asked for."""
    plan = round_plan(seed, number, changes)
    names = [f"round-{number}-change-{n}" for n in range(changes)]
    async with open_scene(web=2, workers=2, settings=SETTINGS) as scene:
        scene.grow(*names)
        round_ = _Round(scene, plan, table, seconds)
        await asyncio.gather(*(scene.start(name, round_.trap()) for name in PROCESSES))
        keeping = asyncio.create_task(round_.keep())
        try:
            await round_.lanes(names)
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
        await round_.calm()
        records = await settled(scene, *scene.ids, within=REST_SECONDS)
        table.add(number, records.values(), await broken(scene, records))


class _Round:
    """The people, the supervisor and the troubles of one round."""

    def __init__(self, scene: Scene, plan: Plan, table: Table, seconds: float) -> None:
        self._scene = scene
        self._until = asyncio.get_running_loop().time() + seconds
        self._plan = plan
        self._table = table
        self._traps: Iterator[Hit | None] = iter(plan.traps)
        self._troubles: set[asyncio.Task[None]] = set()
        self._standing: set[str] = set()
        self._calm = False

    # The supervisor

    def trap(self) -> Hit | None:
        """Return where the next process to be started is to be hit."""
        return None if self._calm else next(self._traps, None)

    async def keep(self) -> None:
        """Start again whatever has died, with the next trap of the plan."""
        while True:
            for member in self._scene.fleet.members.values():
                if not member.alive:
                    await self._revive(member)
            await asyncio.sleep(0.05)

    async def _revive(self, member: Member) -> None:
        self._table.kills += 1
        with suppress(AssertionError):  # it may not start while Redis or Slack is cut off; the next look tries again
            await self._scene.start(member.name, self.trap())

    async def calm(self) -> None:
        """End all troubles and bring every process back, without a trap."""
        self._calm = True
        await asyncio.gather(*self._troubles)
        for door in self._doors():
            door.lift()
        self._scene.town.organisation.faults.clear()
        for name in PROCESSES:
            member = self._scene.fleet.members[name]
            if member.alive:
                member.signal(signal.SIGKILL)
                await self._scene.fleet.gone(name)
            await self._scene.start(name)

    def _doors(self) -> list[Door]:
        return [*self._scene.redis_doors.values(), self._scene.slack_door, self._scene.datadog_door]

    # The people

    async def lanes(self, names: list[str]) -> None:
        """Bring every change to its signature, a few at a time, and wait until all have come to something."""
        waiting = iter(enumerate(names))

        async def lane() -> None:
            for n, key in waiting:
                if asyncio.get_running_loop().time() > self._until:
                    return
                self._begin_troubles(n)
                card = await self._ask(n, key)
                if card is not None:
                    await self._sign(n, key, card)

        await asyncio.gather(*(lane() for _ in range(AT_ONCE)))

    async def _ask(self, n: int, key: str) -> Message | None:
        command = "/rollout start" if self._plan.rollouts[n] else "/flag disable"
        who = ("Requester", "Second approver")[n % 2]
        for attempt in range(TRIES):
            self._table.asked_again += attempt > 0
            since = self._scene.town.workspace.now()
            said = await self._scene.say(who, f"{command} {key} in prod because it is tried", key)
            if said.ack.ok:
                with suppress(AssertionError):  # nothing was said: it is typed again
                    await until(partial(self._answered, who, key, since), "an answer", within=6)
            if cards := self._scene.cards(key):
                self._scene.ids[key] = id_on(cards[-1])
                return cards[-1]
            await asyncio.sleep(PAUSE_SECONDS)
        self._table.refused += 1
        return None

    def _answered(self, who: str, key: str, since: float) -> bool:
        if self._scene.cards(key):
            return True
        told = [one.text for one in self._scene.whispers(who, since)]
        return any("cs-" not in text or key in text for text in told)

    async def _sign(self, n: int, key: str, card: Message) -> None:
        signers = ("Approver", "Second approver") if n % 2 == 0 else ("Approver",)
        how = self._plan.presses[n]
        for attempt in range(TRIES):
            self._table.asked_again += attempt > 0
            pressing = [*signers] if how == "two" else [signers[0]] * (2 if how == "twice" else 1)
            with suppress(Refused):  # the button has gone from the card meanwhile
                await asyncio.gather(
                    *(self._scene.press(who, self._card(key, card), "change.approve") for who in pressing)
                )
            if await self._signed(key):
                return

    def _card(self, key: str, otherwise: Message) -> Message:
        cards = self._scene.cards(key)
        return cards[-1] if cards else otherwise

    async def _signed(self, key: str) -> bool:
        """Wait a moment for the signature to be on record."""
        for _ in range(20):
            with suppress(CountersignError):
                if (await self._scene.record(key)).status is not Status.PENDING:
                    return True
            await asyncio.sleep(0.05)
        return False

    # The troubles

    def _begin_troubles(self, n: int) -> None:
        for trouble in self._plan.troubles:
            if trouble.at == n:
                task = asyncio.create_task(self._trouble(trouble))
                self._troubles.add(task)

    async def _trouble(self, trouble: Trouble) -> None:
        scene, member = self._scene, self._scene.fleet.members[trouble.process]
        if trouble.kind == "kill":
            member.signal(signal.SIGKILL)
        elif trouble.kind == "stop":
            await self._stand_still(member)
        elif trouble.kind == "datadog":
            self._table.spoilt += 1
            fault = Fault.model_validate({"kind": trouble.spoils, "seconds": trouble.seconds})
            fault.match = Match(method="POST", path_contains="/feature-flags/")
            scene.town.organisation.faults.add(fault)
        elif trouble.kind == "restart redis":
            self._table.cuts += 1
            await scene.restart_redis()
        else:
            await self._cut(trouble)

    async def _cut(self, trouble: Trouble) -> None:
        self._table.cuts += 1
        doors = {"cut slack": self._scene.slack_door, "reset datadog": self._scene.datadog_door}
        door = doors.get(trouble.kind) or self._scene.redis_doors[trouble.process]
        door.cut()
        await asyncio.sleep(trouble.seconds)
        door.lift()

    async def _stand_still(self, member: Member) -> None:
        self._table.stops += 1
        member.signal(signal.SIGSTOP)
        await asyncio.sleep(STOPPED_SECONDS)
        member.signal(signal.SIGCONT)
