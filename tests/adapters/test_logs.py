"""Log lines: one JSON object each, with a dotted name, and nothing in it that an exception or a library quotes."""

import logging

import pytest
import structlog

from tests.logged import logged

SECRET = "xoxb-very-secret"


def _fails() -> None:
    raise ValueError(f"cannot reach https://{SECRET}@slack.example")


def _caught(log: logging.Logger) -> None:
    try:
        _fails()
    except ValueError:
        log.exception("worker.fault", extra={"change": "cs-aaaaaa"})


@pytest.mark.parametrize("name", ["bot.worker", "countersign.slack"])
def test_an_exception_is_its_type_and_its_places(name: str) -> None:
    """What an exception says stays out; what it was, and where, is told."""
    with logged() as log:
        _caught(logging.getLogger(name))
        (line,) = log.lines
    assert SECRET not in log.text
    assert (line["event"], line["change"], line["error"], line["level"]) == (
        "worker.fault",
        "cs-aaaaaa",
        "ValueError",
        "error",
    )
    assert line["where"].endswith("_fails")


def test_structlogs_own_exceptions() -> None:
    """The same holds for what is logged through structlog, with a traceback that is under way."""
    with logged() as log:
        try:
            _fails()
        except ValueError:
            structlog.get_logger("countersign.app").error("app.fault", exc_info=True, stack_info=True)
    assert SECRET not in log.text
    assert log.lines[0]["error"] == "ValueError"


@pytest.mark.parametrize(
    "said",
    [
        f"Unclosed session <ClientSession {SECRET}>",
        f"Task exception was never retrieved\nfuture: {SECRET}",
        f'HTTP Request: POST "{SECRET}"',
        f"Error: {SECRET}",
    ],
)
def test_libraries_are_cut_short(said: str) -> None:
    """Of what a library logs there are a dotted name and the words before its first value, and none of its extras."""
    with logged() as log:
        logging.getLogger("asyncio").error(said, extra={"url": SECRET})
    (line,) = log.lines
    assert SECRET not in log.text
    assert line["event"] == "library.asyncio"
    assert said.startswith(line["what"])
    assert line["what"]


def test_the_digest_of_a_delivery_is_on_every_line() -> None:
    """What is bound for a delivery is on our lines and on those of libraries, and gone afterwards."""
    with logged() as log:
        with structlog.contextvars.bound_contextvars(delivery="abcdef"):
            structlog.get_logger("countersign.slack").info("one.event")
            logging.getLogger("bot.store").warning("another.event")
            logging.getLogger("redis").warning("words")
        logging.getLogger("bot.store").warning("later.event")
    assert [line.get("delivery") for line in log.lines] == ["abcdef", "abcdef", "abcdef", None]
