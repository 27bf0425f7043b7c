"""What happens in one round, drawn from a seed: which changes are asked for, and which fault comes when."""

from dataclasses import dataclass
from random import Random
from typing import Literal

from tests.faults.fleet import Hit
from tests.faults.points import Point

PROCESSES = ("web-1", "web-2", "work-1", "work-2")
Kind = Literal["kill", "stop", "cut redis", "cut slack", "reset datadog", "restart redis", "datadog"]
_KINDS: tuple[tuple[Kind, int], ...] = (
    ("kill", 6),
    ("stop", 2),
    ("cut redis", 3),
    ("cut slack", 1),
    ("reset datadog", 2),
    ("restart redis", 1),
    ("datadog", 6),
)
_DATADOG = ("429", "500", "stall", "drop_before_apply", "drop_after_apply")
_WORKER = [point for point in Point if point not in (Point.BEFORE_ASK, Point.AFTER_ASK)]


@dataclass(frozen=True, slots=True)
class Trouble:
    """One fault: as which change is asked for it begins, what, to whom, and for how long (seconds)."""

    at: int
    kind: Kind
    process: str
    seconds: float
    spoils: str


@dataclass(frozen=True, slots=True)
class Plan:
    """One round: for each change whether it is a rollout's and who presses how, and all faults."""

    rollouts: tuple[bool, ...]
    presses: tuple[Literal["one", "two", "twice"], ...]
    troubles: tuple[Trouble, ...]
    traps: tuple[Hit | None, ...]


def round_plan(seed: int, number: int, changes: int) -> Plan:
    """Return the plan of one round; the same seed and number give the same plan."""
    rng = Random(f"{seed}/{number}")  # noqa: S311  a plan that can be drawn again, nothing secret
    kinds = [kind for kind, weight in _KINDS for _ in range(weight)]
    troubles = [
        Trouble(
            at=rng.randrange(changes),
            kind=rng.choice(kinds),
            process=rng.choice(PROCESSES),
            seconds=round(rng.uniform(0.1, 1.5), 2),
            spoils=rng.choice(_DATADOG),
        )
        for _ in range(max(1, changes // 3))
    ]
    return Plan(
        rollouts=tuple(rng.random() < 0.5 for _ in range(changes)),
        presses=tuple(rng.choice(("one", "one", "two", "twice")) for _ in range(changes)),
        troubles=tuple(sorted(troubles, key=lambda trouble: trouble.at)),
        traps=tuple(_trap(rng) for _ in range(changes)),
    )


def _trap(rng: Random) -> Hit | None:
    """Every other start of a process has a trap somewhere on its way."""
    if rng.random() < 0.5:
        return None
    return Hit(rng.choice(_WORKER), rng.randint(2, 20))
