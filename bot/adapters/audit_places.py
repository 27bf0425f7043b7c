"""What signs the audit, and where entries and seals go beside the store: the log always, the rest by setting."""

from bot.adapters.audit_datadog import DatadogSeals
from bot.adapters.audit_file import AuditFile
from bot.adapters.datadog.client import DatadogClient
from bot.adapters.logs import AuditLines
from bot.audit import Signer
from bot.ports import AuditLog, SealLog
from bot.settings import Settings


def signer_of(settings: Settings) -> Signer:
    """Return what signs with the key in use, and verifies with those before it too."""
    return Signer(settings.audit_key.get_secret_value().encode(), settings.previous_audit_keys)


def entry_places(settings: Settings) -> tuple[AuditLog, ...]:
    """Return where each committed entry is told."""
    return (AuditLines(), *([AuditFile(settings.audit_file)] if settings.audit_file else ()))


def seal_places(settings: Settings, events: DatadogClient | None = None) -> tuple[SealLog, ...]:
    """Return where each seal is put; `events` is the client of Datadog's event intake, where one is open."""
    file = [AuditFile(settings.audit_seal_file)] if settings.audit_seal_file else ()
    return (AuditLines(), *file, *([DatadogSeals(events)] if events is not None and settings.dd_seals else ()))
