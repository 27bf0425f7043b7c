"""What the bench says of its numbers: medians and noise, targets, and what differs from an earlier run."""

import json
import math
from pathlib import Path

import pytest

from tests.bench import report
from tests.bench.figures import Book, Figure


def a_book(**figures: float) -> Book:
    """Return a book with figures in ms, each measured once."""
    book = Book(lambda _: None)
    for name, value in figures.items():
        book.add(name, [value], "ms")
    return book


def test_a_figure_is_the_median_of_its_rounds_and_tells_its_noise() -> None:
    """An outlier moves neither, what could not be measured does not count, and no round at all is no number."""
    book = a_book()
    assert book.add("ack", [10, 11, 12, 13, 900, math.nan], "ms").text() == "12 ms ±8%"
    assert book.add("none", [math.nan], "ms").text() == "-"


def test_a_target_tells_by_how_much_it_was_missed_and_why() -> None:
    """Met, missed with its share, at least as well as at most; what was not measured is not met."""
    book = a_book(one=40, other=80)
    book.ratio("twice", "other", "one")
    book.aim("ack", 50, "one")
    book.aim("late", 50, "other", why="the machine is shared")
    book.aim("both", 2.5, "twice", "at least")
    book.aim("never", 1, "nothing")
    assert [target.verdict for target in book.targets] == [
        "met",
        "missed by 30 ms (60 %)",
        "missed by 0.5 x (20 %)",
        "not measured",
    ]
    assert "missed by 30 ms (60 %); the machine is shared" in report.verdicts(book)


def test_a_run_is_compared_with_an_earlier_one(tmp_path: Path) -> None:
    """What moved by more than noise is told with both numbers; what did not, is new or was never measured is not."""
    earlier = a_book(slow=10, same=10, gone=10)
    path = tmp_path / "bench.json"
    path.write_text(json.dumps(report.document(earlier, report.conditions(), 1, quick=True)))
    now = a_book(slow=20, same=11, fresh=5)
    now.add("gone", [math.nan], "ms")
    lines = report.compared(now, report.figures_of(path)).splitlines()
    assert [line.split() for line in lines[2:]] == [["slow", "10", "ms", "20", "ms", "2.00", "x"]]
    assert "Nothing differs" in report.compared(earlier, report.figures_of(path))


def test_noise_keeps_a_difference_from_being_told(tmp_path: Path) -> None:
    """A figure whose rounds lie far apart has to move by more than that."""
    earlier = a_book()
    earlier.figures["ack"] = Figure(10, "ms", rounds=5, noise=0.3)
    path = tmp_path / "bench.json"
    path.write_text(json.dumps(report.document(earlier, report.conditions(), 1, quick=True)))
    now = a_book()
    now.figures["ack"] = Figure(15, "ms", rounds=5, noise=0.1)
    assert "Nothing differs" in report.compared(now, report.figures_of(path))
    now.figures["ack"] = Figure(19, "ms", rounds=5, noise=0.1)
    assert "1.90 x" in report.compared(now, report.figures_of(path))


@pytest.mark.parametrize("text", ["no JSON", "[]", '{"figures": 1}'])
def test_what_is_no_earlier_run_is_refused(tmp_path: Path, text: str) -> None:
    """Another file than a bench.json is an error, to be told before anything is measured."""
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"Expecting value|has no figures"):
        report.figures_of(path)
