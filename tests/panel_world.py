"""The world as the panel sees it, in memory: what Datadog shows, a screen that remembers, and a poller between."""

from dataclasses import dataclass, field

from bot.errors import NotFound, ProviderError
from bot.model import Environment, Noun
from bot.panel.boards import Board, Boards
from bot.panel.budget import Budget
from bot.panel.index import Index, Pace
from bot.panel.journal import Journal
from bot.panel.lease import Lease
from bot.panel.poller import Poller, Shown
from bot.panel.sights import Around, DeploymentSeen, FlagSeen, FlagsListed, RolloutSeen, Stage, TestSeen, Trip
from bot.panel.view import PanelView, RolloutRow
from bot.panel.watching import News, WatchView
from tests.builders import PRODUCTION, STAGING, a_target
from tests.core.fakes import House

STEP = 30 * 60_000
STAGES = tuple(Stage(ratio=ratio, lasts=None if ratio == 1 else STEP) for ratio in (0.1, 0.25, 0.5, 1))
BUDGET = 60


def a_rollout(
    started_at: int | None, *, trip: Trip | None = None, environment: Environment = PRODUCTION
) -> RolloutSeen:
    """Return the usual rollout of four steps, half an hour each, begun at a moment."""
    return RolloutSeen(
        target=a_target(Noun.ROLLOUT, environment=environment), stages=STAGES, started_at=started_at, trip=trip
    )


class FakeSights:
    """What Datadog shows, to be changed by tests; every request counted, with its time."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.rollouts: dict[str, tuple[RolloutSeen, ...]] = {}
        self.enabled: dict[str, tuple[str, ...]] = {}
        self.deployments: tuple[DeploymentSeen, ...] = ()
        self.tests: tuple[TestSeen, ...] = ()
        self.away: ProviderError | None = None
        self.asked: list[tuple[str, int]] = []

    def put(self, *seen: RolloutSeen) -> None:
        """Let a flag have these rollouts, and no others."""
        self.rollouts[seen[0].target.flag_id] = seen

    async def flags(self) -> FlagsListed:
        """List the flags."""
        self._answer("flags")
        return FlagsListed(ids=tuple(self.rollouts), requests=1)

    async def flag(self, id_: str) -> FlagSeen:
        """Read one flag."""
        self._answer(id_)
        if id_ not in self.rollouts:
            raise NotFound("Datadog does not have it any more.")
        now = self._house.clock.now()
        seen = tuple(one.model_copy(update={"read_at": now}) for one in self.rollouts[id_])
        return FlagSeen(id=id_, key="checkout-v2", enabled=self.enabled.get(id_, ()), rollouts=seen, read_at=now)

    async def around(self) -> Around:
        """Read everything else."""
        self._answer("around")
        return Around(requests=3, environments=(PRODUCTION, STAGING), deployments=self.deployments, tests=self.tests)

    def _answer(self, what: str) -> None:
        self.asked.append((what, self._house.clock.now()))
        if self.away is not None:
            raise self.away


@dataclass
class FakeScreen:
    """Remembers what was drawn and said, with the time; `place` is what becomes of it."""

    house: House
    place: Shown = Shown.SHOWN
    panels: list[tuple[int, PanelView]] = field(default_factory=list)
    announced: list[RolloutRow] = field(default_factory=list)
    watches: list[tuple[int, WatchView]] = field(default_factory=list)
    told: list[News] = field(default_factory=list)

    async def open(self, channel: str, ts: str) -> Shown:  # noqa: ARG002 - the port's signature
        """Tell whether the channel takes a panel."""
        return self.place

    async def panel(self, board: Board, view: PanelView) -> Shown:  # noqa: ARG002 - the port's signature
        """Note a drawing of a panel."""
        self.panels.append((self.house.clock.now(), view))
        return self.place

    async def announce(self, board: Board, row: RolloutRow) -> Shown:  # noqa: ARG002 - the port's signature
        """Note an announcement."""
        self.announced.append(row)
        return self.place

    async def watch(self, view: WatchView) -> Shown:
        """Note a drawing of a watched rollout."""
        self.watches.append((self.house.clock.now(), view))
        return self.place

    async def tell(self, view: WatchView, what: News) -> Shown:  # noqa: ARG002 - the port's signature
        """Note what a thread was told."""
        self.told.append(what)
        return self.place


class PanelWorld:
    """A house with a poller in it."""

    def __init__(self, budget: int = BUDGET, pace: Pace | None = None) -> None:
        self.house = House()
        self.sights = FakeSights(self.house)
        self.screen = FakeScreen(self.house)
        self.boards = Boards(self.house.ledger)
        self.pace = pace or Pace()
        self._budget = budget
        self.poller = self.restarted()

    def restarted(self, name: str = "worker-1") -> Poller:
        """Return the poller of a process that has just begun."""
        now = self.house.clock.now
        self.index = Index(self.sights, Budget(self._budget, now), now, self.pace)
        self.poller = Poller(
            Lease(self.house.records, name, 12_000),
            self.boards,
            self.index,
            Journal(self.house.records, self.house.changes),
            self.house.guards,
            self.screen,
            self.pace,
        )
        return self.poller

    async def turns(self, ms: int, every: int = 1_000) -> None:
        """Let time pass, with a turn of the poller every so often."""
        for _ in range(max(1, ms // every)):
            await self.poller.sweep()
            self.house.clock.advance(every)
