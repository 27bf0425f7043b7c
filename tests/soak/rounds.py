"""
One round: a fresh installation with two web processes and two workers, people who ask and sign, and faults meanwhile.

People do as people do: who is told that something failed, or is told nothing, does it again.
"""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.changes.record import ChangeRequest, Status
from bot.errors import CountersignError
from bot.execution.timeboxes import leg_id
from bot.sandbox.datadog.faults import Fault, Match
from bot.sandbox.slack.records import Message, Refused
from tests.faults import door as faults
from tests.faults.door import Door
from tests.faults.fleet import Hit, Member
from tests.faults.invariants import Broken, broken, settled
from tests.faults.process import GRACE, HOLD
from tests.faults.scene import Scene, id_on, open_scene
from tests.soak.plan import PROCESSES, Plan, Trouble, round_plan
from tests.soak.table import Table
from tests.waiting import passed, until, until_stored

AT_ONCE = 12
TRIES = 30
PAUSE_SECONDS = 0.6
LOOK_SECONDS = 0.05
STOPPED_SECONDS = 2.5
REST_SECONDS = 60.0
_BETWEEN = {
    "stall": faults.Trouble.STALL,
    "lose replies": faults.Trouble.LOSE_REPLY,
    "reset": faults.Trouble.RESET,
    "limit": faults.Trouble.LIMIT,
}
SETTINGS = {GRACE: "5000", HOLD: "8000", "RUN_BY": "60", "DATADOG_AT_ONCE": "16", "INTAKE_GRACE": "5"}
KEPT = Path(".bench/soak")


@dataclass(frozen=True, slots=True)
class Part:
    """One round to be played: of which seed, which one, and how many changes."""

    seed: int
    number: int
    changes: int


def end_with_parent() -> None:
    """Let this process end when the one that started it is gone, whatever became of it."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def played(part: Part) -> Table:
    """Play one round in a process of its own, and return its table."""
    table = Table()
    try:
        asyncio.run(play(part.seed, part.number, part.changes, table))
    except AssertionError as late:  # it never came to rest, or could not be begun
        table.broken.append((part.number, Broken("unsettled", str(late)[:2000])))
    return table


async def play(seed: int, number: int, changes: int, table: Table, *, seconds: float = 600) -> None:
    """Play one round and enter what came of it; after so many seconds nothing more is asked for."""
    plan = round_plan(seed, number, changes)
    names = [f"round-{number}-change-{n}" for n in range(changes)]
    async with open_scene(web=2, workers=2, settings=SETTINGS) as scene:
        scene.grow(*names)
        round_ = _Round(scene, plan, table, number, seconds)
        await asyncio.gather(*(scene.start(name, round_.trap()) for name in PROCESSES))
        keeping = asyncio.create_task(round_.keep())
        try:
            await round_.lanes(names)
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
        await round_.calm()
        records = await settled(scene, *scene.ids, within=REST_SECONDS)
        await round_.taken_back(records)
        table.left_behind += sum(len(scene.notices(key)) for key in records)
        await scene.release_apologies()
        await scene.answered(REST_SECONDS)
        found = await broken(scene, records)
        table.add(number, records.values(), found)
        if found:
            keep_logs(scene, KEPT / f"{seed}-{number}")


def keep_logs(scene: Scene, folder: Path) -> None:
    """Keep what the processes of a round logged, to be looked into."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in scene.fleet.members:
        (folder / f"{name}.log").write_text(scene.fleet.log(name))


class _Round:
    """The people, the supervisor and the troubles of one round."""

    def __init__(self, scene: Scene, plan: Plan, table: Table, number: int, seconds: float) -> None:
        self._scene = scene
        self._number = number
        self._live = 0
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
            await passed(0.05)

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
            await self._surely(name)
        await self._scene.changes.active(limit=1)  # which tells the store's time
        self._live = self._scene.changes.now()

    async def _surely(self, name: str) -> None:
        """Start a process as a supervisor does: again, where it could not reach something in time as it started."""
        for _ in range(TRIES):
            with suppress(AssertionError):
                await self._scene.start(name)
                return
        await self._scene.start(name)

    def _doors(self) -> list[Door]:
        return [*self._scene.redis_doors.values(), self._scene.slack_door, self._scene.datadog_door]

    async def taken_back(self, records: dict[str, ChangeRequest]) -> None:
        """Wait for the ends of all time boxes, and note how late each was opened."""
        for key, record in records.items():
            if record.reverts_at is None:
                continue
            leg = leg_id(record.id)

            async def opened(leg: str = leg) -> bool:
                held = await self._scene.changes.find(leg)
                return held is not None and (held.change.ended or held.change.status is Status.UNKNOWN)

            await until_stored(opened, f"the time box of {key} is taken back", REST_SECONDS)
            opened_at = (await self._scene.changes.get(leg)).change.created_at
            self._table.add_box(self._number, key, opened_at - record.reverts_at, live=record.reverts_at > self._live)
        await self._scene.queue_is_empty(REST_SECONDS)
        await self._scene.drawn(REST_SECONDS)

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
        box = "" if self._plan.rollouts[n] or not self._plan.boxes[n] else f" for {self._plan.boxes[n]}s"
        who = ("Requester", "Second approver")[n % 2]
        for attempt in range(TRIES):
            self._table.asked_again += attempt > 0
            since = self._scene.town.workspace.now()
            said = await self._scene.say(who, f"{command} {key} in prod{box} because it is tried", key)
            if said.ack.ok:
                with suppress(AssertionError):  # nothing was said: it is typed again
                    await until(partial(self._answered, who, key, since), "an answer", within=6, look=LOOK_SECONDS)
            if self._is_open(who, key, since):
                with suppress(AssertionError):
                    await until(partial(self._scene.cards, key), "the open one's card", within=6, look=LOOK_SECONDS)
            if cards := self._scene.cards(key):
                self._scene.ids[key] = id_on(cards[-1])
                return cards[-1]
            await passed(PAUSE_SECONDS)
        self._table.refused += 1
        return None

    def _answered(self, who: str, key: str, since: float) -> bool:
        if self._scene.cards(key):
            return True
        told = [one.text for one in self._scene.whispers(who, since)]
        return any("cs-" not in text or key in text for text in told)

    def _is_open(self, who: str, key: str, since: float) -> bool:
        """Tell whether somebody was told that it was asked for already; then its card is on its way."""
        told = [one.text for one in self._scene.whispers(who, since)]
        return any("already has an open request" in text and key in text for text in told)

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
            await passed(0.05)
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
            self._table.restarts += 1
            await scene.restart_redis()
        else:
            await self._between(trouble)

    async def _between(self, trouble: Trouble) -> None:
        """Let the way to Redis, Slack or Datadog be in trouble for a while."""
        self._table.between[f"{trouble.kind} {trouble.door}"] += 1
        doors = {"slack": self._scene.slack_door, "datadog": self._scene.datadog_door}
        door = doors.get(trouble.door) or self._scene.redis_doors[trouble.process]
        if trouble.kind == "cut":
            door.cut()
        else:
            door.trouble(_BETWEEN[trouble.kind], late=trouble.door != "slack")
        await passed(trouble.seconds)
        door.lift()

    async def _stand_still(self, member: Member) -> None:
        self._table.stops += 1
        member.signal(signal.SIGSTOP)
        await passed(STOPPED_SECONDS)
        member.signal(signal.SIGCONT)
