"""What happens in one round, drawn from a seed: which changes are asked for, and which fault comes when."""

from dataclasses import dataclass
from random import Random
from typing import Literal

from tests.faults.fleet import Hit
from tests.faults.points import Point

PROCESSES = ("web-1", "web-2", "work-1", "work-2")
Kind = Literal["kill", "stop", "restart redis", "datadog", "cut", "stall", "lose replies", "reset", "limit"]
Door = Literal["redis", "slack", "datadog"]
_KINDS: tuple[tuple[Kind, Door, int], ...] = (
    ("kill", "redis", 8),
    ("stop", "redis", 2),
    ("restart redis", "redis", 1),
    ("datadog", "datadog", 5),
    ("cut", "redis", 2),
    ("stall", "redis", 2),
    ("lose replies", "redis", 3),
    ("cut", "slack", 1),
    ("stall", "slack", 1),
    ("lose replies", "slack", 1),
    ("limit", "slack", 1),
    ("reset", "datadog", 1),
    ("stall", "datadog", 1),
    ("lose replies", "datadog", 1),
    ("limit", "datadog", 1),
)
BOXED = 0.1
BOX_SECONDS = (2, 5)
_DATADOG = ("429", "500", "stall", "drop_before_apply", "drop_after_apply")
_WORKER = [point for point in Point if point not in (Point.BEFORE_ASK, Point.AFTER_ASK)]


@dataclass(frozen=True, slots=True)
class Trouble:
    """One fault: as which change is asked for it begins, what, to whom or at which door, and for how long (seconds)."""

    at: int
    kind: Kind
    door: Door
    process: str
    seconds: float
    spoils: str


@dataclass(frozen=True, slots=True)
class Plan:
    """
    One round: for each change whether it is a rollout's and who presses how, and all faults.

    `boxes` is after how many seconds a flag's change takes itself back; 0 for those that stay.
    """

    rollouts: tuple[bool, ...]
    boxes: tuple[int, ...]
    presses: tuple[Literal["one", "two", "twice"], ...]
    troubles: tuple[Trouble, ...]
    traps: tuple[Hit | None, ...]


def round_plan(seed: int, number: int, changes: int) -> Plan:
    """Return the plan of one round; the same seed and number give the same plan."""
    rng = Random(f"{seed}/{number}")  # noqa: S311  a plan that can be drawn again, nothing secret
    troubles = [_trouble(rng, changes) for _ in range(max(1, changes // 3))]
    return Plan(
        rollouts=tuple(rng.random() < 0.5 for _ in range(changes)),
        boxes=tuple(rng.randint(*BOX_SECONDS) if rng.random() < BOXED else 0 for _ in range(changes)),
        presses=tuple(rng.choice(("one", "one", "two", "twice")) for _ in range(changes)),
        troubles=tuple(sorted(troubles, key=lambda trouble: trouble.at)),
        traps=tuple(_trap(rng) for _ in range(changes)),
    )


def _trouble(rng: Random, changes: int) -> Trouble:
    weights = [weight for _, _, weight in _KINDS]
    ((kind, door, _),) = rng.choices(_KINDS, weights)
    return Trouble(
        at=rng.randrange(changes),
        kind=kind,
        door=door,
        process=rng.choice(PROCESSES),
        seconds=round(rng.uniform(0.1, 1.5), 2),
        spoils=rng.choice(_DATADOG),
    )


def _trap(rng: Random) -> Hit | None:
    """Every other start of a process has a trap somewhere on its way."""
    if rng.random() < 0.5:
        return None
    return Hit(rng.choice(_WORKER), rng.randint(2, 20))
