"""
The panels and watched rollouts there are, as records of the ledger: where each stands and what was told already.

They outlive every process, so that a panel is right again after a restart, and nothing is announced twice.
"""

from pydantic import JsonValue

from bot.ledger import Ledger
from bot.model import Actor, Environment, Target, Value

PANEL, WATCH = "panel", "watch"
KEEP = 30 * 86_400_000
MOST_TRIPS = 50


class Board(Value):
    """
    A channel's panel: its message, and the environment it was asked for (None: that of the channel's binding).

    `trips` are the guardrails' acts that were announced, `since` is when the channel first had a panel.
    """

    channel: str
    ts: str
    environment: Environment | None = None
    since: int = 0
    trips: tuple[str, ...] = ()


class Told(Value):
    """What has been told of a watched rollout last."""

    state: str = ""
    step: int = 0
    trip: str = ""


class Watch(Value):
    """A rollout that is watched in a channel: its message, and what its thread was told last (None: nothing yet)."""

    channel: str
    ts: str
    target: Target
    told: Told | None = None
    begun_at: int = 0

    @property
    def id(self) -> str:
        """The record's id."""
        return watch_id(self.channel, self.target)


def watch_id(channel: str, target: Target) -> str:
    """Return the id of the watch that a rollout has in a channel."""
    return f"{channel}.{target.id}"


class Boards:
    """Reads and writes panels and watches. Raises NotRecorded and Tampered as the ledger does."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def now(self) -> int:
        """Return the store's time in milliseconds."""
        return self._ledger.now()

    async def panels(self) -> tuple[Board, ...]:
        """Return every panel."""
        return tuple(Board.model_validate(entry.value) for entry in await self._ledger.all(PANEL))

    async def watches(self) -> tuple[Watch, ...]:
        """Return every watched rollout."""
        return tuple(Watch.model_validate(entry.value) for entry in await self._ledger.all(WATCH))

    async def panel(self, channel: str) -> Board | None:
        """Return a channel's panel."""
        entry = await self._ledger.get(PANEL, channel)
        return Board.model_validate(entry.value) if entry else None

    async def watch(self, channel: str, target: Target) -> Watch | None:
        """Return the watch that a rollout has in a channel."""
        entry = await self._ledger.get(WATCH, watch_id(channel, target))
        return Watch.model_validate(entry.value) if entry else None

    async def post(self, board: Board, by: Actor) -> None:
        """Record a panel where it stands now; trips that were announced before stay so."""
        said = board.model_dump(mode="json", include={"channel", "ts", "environment"})
        now = self.now()

        def change(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
            return {"since": now, **value, **said}

        await self._ledger.update(PANEL, board.channel, change, by, "posted")

    async def known(self, board: Board, trips: tuple[str, ...], by: Actor) -> Board:
        """Record which trips were announced."""
        kept = trips[-MOST_TRIPS:]

        def change(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
            return {**value, "trips": list(kept)}

        await self._ledger.update(PANEL, board.channel, change, by, "announced")
        return board.model_copy(update={"trips": kept})

    async def begin(self, watch: Watch, by: Actor) -> None:
        """Record a watch."""
        await self._ledger.put(WATCH, watch.id, watch.model_dump(mode="json"), by)

    async def told(self, watch: Watch, by: Actor) -> None:
        """Record what a watch's thread was told."""
        said = watch.told.model_dump(mode="json") if watch.told else None

        def change(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
            return {**value, "told": said}

        await self._ledger.update(WATCH, watch.id, change, by, "told")

    async def end_panel(self, board: Board, by: Actor) -> None:
        """End a panel."""
        await self._ledger.remove(PANEL, board.channel, by, keep=KEEP)

    async def end_watch(self, watch: Watch, by: Actor) -> None:
        """End a watch."""
        await self._ledger.remove(WATCH, watch.id, by, keep=KEEP)

    async def bound(self, channel: str) -> Environment | None:
        """Return the environment a channel is bound to, as it was when it was bound."""
        entry = await self._ledger.get("binding", channel)
        if entry is None:
            return None
        said = entry.value
        production = said.get("production") is not False
        return Environment(id=str(said.get("environment")), name=str(said.get("name")), is_production=production)
