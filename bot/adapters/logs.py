"""
Logging: one line per event, JSON for machines or columns for people; what is said stays out of it.

An exception's message may quote a request, an address with a password in it or a token, so that it is told by its
type and the places it passed through. What a library logs is cut to the words before its first value.
"""

import logging
import sys
import traceback
from pathlib import Path

import structlog

from bot.audit import AuditEntry
from bot.auditing.seals import Seal

_OURS = ("bot", "handlers", "countersign")
_PLACES = 6
_KEPT = ("_record", "_from_structlog", "level", "timestamp", "exc_info", "delivery")
_SHARED: tuple[structlog.typing.Processor, ...] = (
    structlog.contextvars.merge_contextvars,
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
            processors=[_named, _wordless, structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
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


def _named(logger: object, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Give what a library says a dotted name, and leave of it the words before its first value."""
    del logger, method
    record: logging.LogRecord = event["_record"]
    if record.name.partition(".")[0] in _OURS or record.name == "__main__":
        return event
    words = str(event["event"])
    for mark in "({:[<'\"\n":
        words = words.partition(mark)[0]
    told = {name: event[name] for name in _KEPT if name in event}
    return {**told, "event": f"library.{record.name}", "what": words.strip()}


def _wordless(logger: object, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Tell an exception by its type and its innermost places."""
    del logger, method
    event.pop("stack_info", None)
    given = event.pop("exc_info", None)
    given = sys.exc_info() if given is True else given
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-_PLACES:]
        event["error"] = type(error).__name__
        event["where"] = " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    return event


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
