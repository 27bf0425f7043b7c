"""Where audit entries and seals go beside the store: the log always, files by setting."""

from bot.adapters.audit_file import AuditFile
from bot.adapters.logs import AuditLines
from bot.ports import AuditLog, SealLog
from bot.settings import Settings


def entry_places(settings: Settings) -> tuple[AuditLog, ...]:
    """Return where each committed entry is told."""
    return (AuditLines(), *([AuditFile(settings.audit_file)] if settings.audit_file else ()))


def seal_places(settings: Settings) -> tuple[SealLog, ...]:
    """Return where each seal is put."""
    return (AuditLines(), *([AuditFile(settings.audit_seal_file)] if settings.audit_seal_file else ()))
