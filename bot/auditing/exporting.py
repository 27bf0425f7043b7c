"""
The audit as lines, for whoever keeps or reads it elsewhere.

Chains come in the order of their last changes, each with its entries from the first on. Cells of the CSV form that a
spreadsheet would run as a formula begin with an apostrophe (OWASP, CSV injection).
"""

import csv
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from fractions import Fraction
from typing import Literal

from bot.audit import AuditEntry
from bot.auditing.walking import oldest_first
from bot.errors import AskAgain
from bot.grammar.durations import read_duration
from bot.ports import Chain, Records

Format = Literal["jsonl", "csv"]
COLUMNS = (
    "at",
    "at_ms",
    "kind",
    "id",
    "seq",
    "event",
    "by_id",
    "by_name",
    "by_email",
    "by_team",
    "action",
    "target",
    "reason",
    "note",
    "data",
    "closes",
    "state",
    "prev",
    "key_id",
    "mac",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def read_since(text: str, now: int) -> int:
    """Return the milliseconds that `2h`, `90 minutes`, a date or a date with a time stands for; raise AskAgain."""
    words = text.lower().split()
    length = read_duration(words)
    if length is not None and length[1] == len(words):
        return now - int(Fraction(length[0]) * 1000)
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise AskAgain(f"“{text}” is no time.", "Write 2h, 30d, 2026-11-01 or 2026-11-01T14:30.") from None
    return int((told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp() * 1000)


async def export(records: Records, form: Format, since: int = 0) -> AsyncIterator[str]:
    """Yield the lines of every entry written `since` then; what cannot be read is a line that says so."""
    if form == "csv":
        yield _csv(COLUMNS)
    async for chain in oldest_first(records, since):
        raw = await records.raw(chain.kind, chain.id)
        for place, text in enumerate(raw.entries, start=1):
            try:
                entry = AuditEntry.model_validate_json(text)
            except ValueError:  # pydantic's error, or that of a character that is none
                yield _unreadable(form, chain, place)
                continue
            if entry.event.at >= since:
                yield _json_line(chain, entry) if form == "jsonl" else _csv(_cells(chain, entry))


def _json_line(chain: Chain, entry: AuditEntry) -> str:
    told = {"kind": chain.kind, "id": chain.id, **entry.model_dump(mode="json", exclude_defaults=True)}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n"


def _unreadable(form: Format, chain: Chain, place: int) -> str:
    if form == "jsonl":
        return json.dumps({"kind": chain.kind, "id": chain.id, "seq": place, "unreadable": True}) + "\n"
    return _csv(("", "", chain.kind, chain.id, str(place), "unreadable", *[""] * (len(COLUMNS) - 6)))


def _cells(chain: Chain, entry: AuditEntry) -> tuple[str, ...]:
    event = entry.event
    told = {name: value if isinstance(value, str) else "" for name, value in event.data.items()}
    return (
        datetime.fromtimestamp(event.at / 1000, UTC).isoformat(timespec="milliseconds"),
        str(event.at),
        chain.kind,
        chain.id,
        str(entry.seq),
        event.name,
        event.by.id,
        event.by.name,
        event.by.email or "",
        event.by.team,
        told.get("action", ""),
        told.get("target", ""),
        told.get("reason", ""),
        told.get("note", ""),
        json.dumps(event.data, ensure_ascii=False, separators=(",", ":"), sort_keys=True),
        str(entry.closes).lower(),
        entry.state,
        entry.prev,
        entry.key_id,
        entry.mac,
    )


def neutral(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


class _Line:
    """What the csv module writes to: the one line it makes."""

    text = ""

    def write(self, text: str) -> None:
        self.text += text


def _csv(cells: tuple[str, ...]) -> str:
    line = _Line()
    csv.writer(line, lineterminator="\n").writerow([neutral(cell) for cell in cells])
    return line.text
