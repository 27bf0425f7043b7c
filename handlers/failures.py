"""
Says in the log what failed, without anything that people or Slack said.

An exception's message may quote a request, a URL with a secret in it or a token; its type and the places it passed
through cannot. The same holds for what Bolt and Slack's SDK log by themselves.
"""

import logging
import traceback
from collections.abc import Callable
from pathlib import Path

import structlog
from structlog.typing import FilteringBoundLogger

from bot.errors import CountersignError

_log: FilteringBoundLogger = structlog.get_logger("countersign.slack")

_PLACES = 6
Note = Callable[[CountersignError], None]


def log_failure(event: str, error: BaseException, **facts: str | int) -> None:
    """Log an unexpected exception as an error: its type, its cause's type, and the innermost places."""
    _log.error(event, error=error_name(error), where=_places(error), **facts)


def log_refusal(refusal: CountersignError) -> None:
    """Log that somebody was refused something, by its code alone."""
    _log.info("person.refused", code=refusal.code)


def error_name(error: BaseException) -> str:
    """Return the type of an exception, with its stable code or its cause where there is one."""
    name = type(error).__name__
    if isinstance(error, CountersignError):
        return f"{name}({error.code})"
    cause = error.__cause__
    return f"{name} from {type(cause).__name__}" if cause is not None else name


def _places(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-_PLACES:]
    return " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)


class _NothingSaid(logging.Filter):
    """Cuts each record to the words before its first value, and an exception to its type."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place and let it through."""
        words = record.getMessage()
        for mark in "({:[\n":
            words = words.partition(mark)[0]
        error = record.exc_info[1] if record.exc_info else None
        record.msg = words.strip() + (f": {error_name(error)}" if error is not None else "")
        record.args, record.exc_info, record.exc_text, record.stack_info = (), None, None, None
        return True


_NOTHING_SAID = _NothingSaid()


def quiet_logger(name: str, level: int = logging.WARNING) -> logging.Logger:
    """
    Return a logger for Bolt or Slack's SDK, which quote bodies, URLs and tokens in what they log.

    It has a level of its own, as both compare `logger.level` themselves, and cuts away every value.
    Bolt copies level and filters to the loggers it makes.
    """
    logger = logging.getLogger(name)
    logger.setLevel(level)
    logger.addFilter(_NOTHING_SAID)
    return logger
