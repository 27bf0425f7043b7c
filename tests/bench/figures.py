"""
What was measured, and how sure it is.

A figure is the median of its rounds; its noise is half the span between the rounds' quartiles, as a share of it.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Literal


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0 to 1) of all lie; nan where there is none."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, math.ceil(share * len(ranked)) - 1)] if ranked else math.nan


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its unit, its rounds and its noise (a share: 0.1 is ±10 %)."""

    value: float
    unit: str
    rounds: int = 1
    noise: float = 0.0

    @classmethod
    def of(cls, rounds: Iterable[float], unit: str) -> "Figure":
        """Return the median of some rounds."""
        known = [value for value in rounds if not math.isnan(value)]
        if not known:
            return cls(math.nan, unit, 0)
        middle = median(known)
        spread = 0.0
        if len(known) > 1 and middle:
            quarters = quantiles(known, n=4, method="inclusive")
            spread = abs((quarters[2] - quarters[0]) / 2 / middle)
        return cls(middle, unit, len(known), spread)

    def text(self) -> str:
        """Return the number as people read it, with its noise where there were rounds."""
        if math.isnan(self.value):
            return "-"
        number = f"{self.value:,.0f}" if abs(self.value) >= 100 else f"{self.value:.3g}"
        noise = f" ±{self.noise * 100:.0f}%" if self.rounds > 1 else ""
        return f"{number} {self.unit}{noise}".strip()


@dataclass(frozen=True, slots=True)
class Target:
    """What a number ought to be, and what came of it."""

    name: str
    goal: float
    measured: Figure
    how: Literal["at most", "at least"] = "at most"
    why: str = ""

    @property
    def met(self) -> bool:
        """Whether it was reached; what was not measured was not."""
        value = self.measured.value
        return value <= self.goal if self.how == "at most" else value >= self.goal

    @property
    def verdict(self) -> str:
        """Return met, or by how much it was missed."""
        if math.isnan(self.measured.value):
            return "not measured"
        if self.met:
            return "met"
        missed = abs(self.measured.value - self.goal)
        share = f" ({missed / self.goal * 100:.0f} %)" if self.goal else ""
        return f"missed by {Figure(missed, self.measured.unit).text()}{share}"


class Book:
    """Every figure of a run by its name, and the targets."""

    def __init__(self, tell: Callable[[str], object]) -> None:
        self.figures: dict[str, Figure] = {}
        self.targets: list[Target] = []
        self.notes: list[str] = []
        self.tell = tell

    def add(self, name: str, rounds: Iterable[float], unit: str) -> Figure:
        """Keep the median of some rounds under a name."""
        self.figures[name] = Figure.of(rounds, unit)
        return self.figures[name]

    def ratio(self, name: str, of: str, to: str) -> Figure:
        """Keep how many times one figure is of another; its noise is that of both."""
        one, other = self.figures[of], self.figures[to]
        value = one.value / other.value if other.value else math.nan
        self.figures[name] = Figure(value, "x", min(one.rounds, other.rounds), math.hypot(one.noise, other.noise))
        return self.figures[name]

    def aim(
        self, name: str, goal: float, figure: str, how: Literal["at most", "at least"] = "at most", why: str = ""
    ) -> None:
        """Say what a figure ought to be; `why` is told where it is not."""
        self.targets.append(Target(name, goal, self.figures.get(figure, Figure(math.nan, "")), how, why))
