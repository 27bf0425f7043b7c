"""
Logging: one line per event, JSON for machines or columns for people; what is said stays out of it.
"""

import logging
import sys

import structlog

from bot.audit import AuditEntry
from bot.auditing.seals import Seal

_SHARED: tuple[structlog.typing.Processor, ...] = (
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def configure(style: str, level: str = "INFO") -> None:
    """
    Send every log line of this process to standard error.

    `style` is `json` or `console`, `level` the least that is told.
    """
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("httpx", "httpcore", "aiohttp.access", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


class AuditLines:
    """Notes audit entries by their ids and MACs, and seals in full; implements the ports AuditLog and SealLog."""

    def __init__(self) -> None:
        self._log: structlog.typing.FilteringBoundLogger = structlog.get_logger("countersign.audit")

    def written(self, entry: AuditEntry) -> None:
        """Note an entry that has been committed."""
        event = entry.event
        self._log.info(
            "audit.entry", record=entry.record, seq=entry.seq, what=event.name, by=event.by.id, mac=entry.mac
        )

    async def sealed(self, seal: Seal) -> None:
        """Note a seal so that it can be read back from the log (`audit verify --seals`)."""
        self._log.info("audit.seal", n=seal.n, chains=len(seal.heads), seal=seal.model_dump_json())
