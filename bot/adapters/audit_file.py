"""
Audit entries and seals as JSON lines in a file, or on standard output.

A line is one write to the end of the file, opened anew each time: several processes may share the file, and it may
be rotated under them.
"""

import logging
import os
import sys
from pathlib import Path

from bot.audit import AuditEntry
from bot.auditing.seals import Seal

log = logging.getLogger(__name__)
STDOUT = Path("-")


class AuditFile:
    """Appends lines to a file; implements the ports AuditLog and SealLog. What cannot be written is logged."""

    def __init__(self, path: Path) -> None:
        """Take the path, `-` for standard output."""
        self._path = path
        self._torn = False

    def written(self, entry: AuditEntry) -> None:
        """Append an entry that has been committed."""
        self._append(entry.model_dump_json(exclude_defaults=True), f"{entry.record} {entry.seq}")

    async def sealed(self, seal: Seal) -> None:
        """Append a seal."""
        self._append(seal.model_dump_json(), f"seal {seal.n}")

    def _append(self, line: str, what: str) -> None:
        try:
            if self._path == STDOUT:
                sys.stdout.write(line + "\n")
                sys.stdout.flush()
            else:
                self._append_to_file((("\n" if self._torn else "") + line + "\n").encode())
        except (OSError, ValueError) as error:  # ValueError: standard output is closed
            log.warning("audit.file_failed", extra={"path": str(self._path), "what": what, "why": str(error)})

    def _append_to_file(self, data: bytes) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            wrote = os.write(descriptor, data)
            self._torn = wrote < len(data)
            if self._torn:
                raise OSError(f"only {wrote} of {len(data)} bytes were written")
        finally:
            os.close(descriptor)
