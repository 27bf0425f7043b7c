"""Where something can be put around the ports of a bot as they are made, by whoever starts it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from bot.adapters.http import Http, build_http
from bot.ports import Outbox, Provider, Records
from bot.worker import Pace
from handlers.directory import LOOKUP_SECONDS

Port = TypeVar("Port")


def as_it_is(port: Port) -> Port:
    """Put nothing around a port."""
    return port


@dataclass(frozen=True, slots=True)
class Wrap:
    """
    What is put around each port, how ways to HTTP are built, and how long things may take; by default all is as it is.

    Points of failure are put in this way by tests, and by nobody else: the bot itself has none. Of `pace` everything
    counts but the lease, which is a setting; `lookup` is for how many seconds a press waits for who may do what.
    """

    records: Callable[[Records], Records] = as_it_is
    outbox: Callable[[Outbox], Outbox] = as_it_is
    provider: Callable[[Provider], Provider] = as_it_is
    http: Callable[..., Http] = build_http
    pace: Pace = field(default_factory=Pace)
    lookup: float = LOOKUP_SECONDS
