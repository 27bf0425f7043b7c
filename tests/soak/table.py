"""The table at the end, and whether it is as it must be."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.changes.record import ChangeRequest, Status
from tests.faults.invariants import Broken

MOST_LATE_MS = 5_000
_SUMS = ("changes", "kills", "stops", "restarts", "spoilt", "left_behind", "boxes", "asked_again", "refused")


@dataclass(slots=True)
class Table:
    """What was done and what came of it, over all rounds."""

    changes: int = 0
    kills: int = 0
    stops: int = 0
    restarts: int = 0
    between: Counter[str] = field(default_factory=Counter)
    spoilt: int = 0
    left_behind: int = 0
    boxes: int = 0
    latest_ms: int = 0
    latest_live_ms: int = 0
    seconds: float = 0
    asked_again: int = 0
    refused: int = 0
    longest_ms: int = 0
    ends: Counter[Status] = field(default_factory=Counter)
    broken: list[tuple[int, Broken]] = field(default_factory=list)

    def add(self, number: int, records: Iterable[ChangeRequest], broken: Iterable[Broken]) -> None:
        """Take in the end of a round."""
        for record in records:
            self.changes += 1
            self.ends[record.status] += 1
            if record.approved_at is not None and record.ended_at is not None:
                self.longest_ms = max(self.longest_ms, record.ended_at - record.approved_at)
        self.broken += [(number, one) for one in broken]

    def add_box(self, number: int, key: str, late_ms: int, *, live: bool) -> None:
        """Take in how late a time box was taken back; on a system without faults it may be 5 seconds."""
        self.boxes += 1
        self.latest_ms = max(self.latest_ms, late_ms)
        if live:
            self.latest_live_ms = max(self.latest_live_ms, late_ms)
            if late_ms > MOST_LATE_MS:
                self.broken.append((number, Broken("late", f"{key}: taken back {late_ms / 1000:.1f} s late")))

    def join(self, other: "Table") -> None:
        """Take in a table of other rounds that were played at the same time."""
        for name in (
            "changes",
            "kills",
            "stops",
            "restarts",
            "spoilt",
            "left_behind",
            "boxes",
            "asked_again",
            "refused",
        ):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("latest_ms", "latest_live_ms", "seconds", "longest_ms"):
            setattr(self, name, max(getattr(self, name), getattr(other, name)))
        self.between += other.between
        self.ends += other.ends
        self.broken += other.broken

    def count(self, *kinds: str) -> int:
        """Return how many promises of these kinds were not kept."""
        return sum(one.kind in kinds for _, one in self.broken)

    @property
    def good(self) -> bool:
        """Whether everything that must never be was never."""
        return not self.broken

    def text(self) -> str:
        """Return the table."""
        rows = {
            "changes": self.changes,
            "  of them": ", ".join(f"{count} {status}" for status, count in self.ends.most_common()),
            "kills of a process": self.kills,
            "processes stopped for longer than a lease": self.stops,
            "Redis killed and restarted": self.restarts,
            "cuts and the like": sum(self.between.values()),
            "  of them ": ", ".join(f"{count} {what}" for what, count in self.between.most_common()),
            "calls spoilt by Datadog": self.spoilt,
            "doubled effects (must be 0)": self.count("doubled"),
            "lost (must be 0)": self.count("lost"),
            "said to be what they were not (must be 0)": self.count("untrue"),
            "chains that do not verify (must be 0)": self.count("chain"),
            "cards whose last state is not the record's (must be 0)": self.count("card"),
            "copies of a card that lie or still offer a decision (must be 0)": self.count("copy"),
            "plain, dated lines left in the place of a card": self.left_behind,
            "commands and presses that were never answered (must be 0)": self.count("silent"),
            "rounds that did not come to rest (must be 0)": self.count("unsettled"),
            "commands and presses made again": self.asked_again,
            "changes given up before they were recorded, with a sentence each time": self.refused,
            "longest time from approval to outcome": f"{self.longest_ms / 1000:.1f} s",
            "time boxes taken back": self.boxes,
            "latest of them, faults and all": f"{self.latest_ms / 1000:.1f} s",
            "latest of them on a live system (at most 5 s)": f"{self.latest_live_ms / 1000:.1f} s",
            "time it took": f"{self.seconds / 60:.1f} min, {self.changes / max(self.seconds, 1):.1f} changes a second",
        }
        wide = max(len(name) for name in rows)
        lines = [f"{name:<{wide}}  {value}" for name, value in rows.items()]
        told = [f"round {number}: {one.kind}: {one.what}" for number, one in self.broken]
        return "\n".join([*lines, *told])
