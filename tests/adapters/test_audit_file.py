"""The audit's lines in a file or on standard output: whole, in order, for us alone, and never in the way."""

import logging
import os
import stat
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.adapters.audit_file import AuditFile
from bot.adapters.logs import AuditLines
from bot.audit import AuditEntry
from bot.auditing.seals import Seal
from tests.contract.worlds import entry

SEAL = Seal(n=1, at=5, upto=5, heads={"change:cs-a": "1 ab"}, key_id="k", mac="m")


def read(path: Path) -> list[AuditEntry]:
    """Return the entries in a file."""
    return [AuditEntry.model_validate_json(line) for line in path.read_text().splitlines()]


def test_each_entry_is_a_line(tmp_path: Path) -> None:
    """Entries come whole and in order, also from two processes, in a file only we may read."""
    path = tmp_path / "audit.jsonl"
    one, other = AuditFile(path), AuditFile(path)
    written = [entry("cs-a", 1), entry("cs-b", 1), entry("cs-a", 2)]
    for place, sink in zip(written, (one, other, one), strict=True):
        sink.written(place)
    assert read(path) == written
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_rotated_file_is_begun_anew(tmp_path: Path) -> None:
    """When the file is moved away, the next line begins another."""
    path = tmp_path / "audit.jsonl"
    sink = AuditFile(path)
    sink.written(entry("cs-a", 1))
    path.rename(tmp_path / "audit.jsonl.1")
    sink.written(entry("cs-a", 2))
    assert [one.seq for one in read(path)] == [2]


def test_what_cannot_be_written_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A file that cannot be written never keeps a change from going on."""
    sink = AuditFile(tmp_path / "nowhere" / "audit.jsonl")
    with caplog.at_level(logging.WARNING):
        sink.written(entry("cs-a", 1))
    assert [record.message for record in caplog.records] == ["audit.file_failed"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no device that is always full")
def test_a_full_disk_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The same holds for a disk that is full."""
    with caplog.at_level(logging.WARNING):
        AuditFile(Path("/dev/full")).written(entry("cs-a", 1))
    assert [record.message for record in caplog.records] == ["audit.file_failed"]


def test_a_dash_is_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    """Entries may go to standard output, a line each."""
    AuditFile(Path("-")).written(entry("cs-a", 1))
    assert AuditEntry.model_validate_json(capsys.readouterr().out) == entry("cs-a", 1)


async def test_seals_go_to_the_file_too(tmp_path: Path) -> None:
    """A seal is a line as it was signed."""
    await AuditFile(tmp_path / "seals").sealed(SEAL)
    assert Seal.model_validate_json((tmp_path / "seals").read_text()) == SEAL


async def test_a_seal_is_in_the_log_in_full() -> None:
    """The log's event `audit.seal` carries the whole seal, as text."""
    with capture_logs() as lines:
        await AuditLines().sealed(SEAL)
    (line,) = lines
    assert line["event"] == "audit.seal"
    assert Seal.model_validate_json(line["seal"]) == SEAL
