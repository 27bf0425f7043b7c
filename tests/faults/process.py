"""
A launcher of the bot's own processes with points of failure around their ports.

`python -m tests.faults.process serve|work|run` starts what `python -m bot` starts, from the same settings, under the
sandbox's policy. FAULT_POINT (a name of Point), FAULT_PASS (at which pass, from 1) and FAULT_SIGNAL (KILL or STOP)
choose where it is hit, FAULT_CLOCK by how many seconds its clock goes wrong, FAULT_GRACE (milliseconds) how soon the
janitor looks after what stands still and how often, FAULT_HOLD (milliseconds) how long a drawer holds what it draws.
"""

import asyncio
import gc
import os
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from multiprocessing import parent_process
from multiprocessing.connection import Connection

from bot.adapters.http import build_http
from bot.adapters.logs import configure
from bot.cli import stopped_by_signals
from bot.sandbox.town import POLICY
from bot.settings import load
from bot.worker import Pace
from handlers import app
from handlers.wrapping import Wrap
from tests.faults.points import Trap, TrappedTransport, trap_of, trapped_outbox, trapped_provider, trapped_records

CLOCK, GRACE, HOLD, LOG = "FAULT_CLOCK", "FAULT_GRACE", "FAULT_HOLD", "FAULT_LOG"
REDRAW_MS = 200
ORPHANS_MS = 500


async def live(role: str, environment: Mapping[str, str], tell: Callable[[str], object]) -> None:
    """Be one process of the bot until a signal stops it; `tell` hears when it is ready, and what hits it."""
    _set_clock(float(environment.get(CLOCK, "0")))
    wrap = points_around(trap_of(environment, tell), _pace(environment))

    def ready(port: int) -> None:
        tell(f"ready {port}")

    async with stopped_by_signals() as stop, app.build(load(environment), POLICY, wrap) as built:
        _end_with_parent()
        await app.run(built, stop, web_too=role != "work", work_too=role != "serve", ready=ready)


def points_around(trap: Trap, pace: Pace) -> Wrap:
    """Return what puts the points around the ports, in this process alone."""
    return Wrap(
        records=partial(trapped_records, trap=trap),
        outbox=partial(trapped_outbox, trap=trap),
        provider=partial(trapped_provider, trap=trap),
        http=partial(build_http, transport=TrappedTransport(trap)),
        pace=pace,
    )


def _pace(environment: Mapping[str, str]) -> Pace:
    """Look often for drawings that wait and for what nobody answered; other waits are as short as asked for."""
    grace, hold = int(environment.get(GRACE, "60000")), int(environment.get(HOLD, "30000"))
    return Pace(redraw=REDRAW_MS, janitor=grace, draw=hold, orphans=ORPHANS_MS)


def _set_clock(ahead: float) -> None:
    """Let this process's time of day go ahead of everybody else's."""
    if ahead:
        real = time.time
        vars(time)["time"] = lambda: real() + ahead


def _end_with_parent() -> None:
    """End when the test that started this process is gone, whatever became of it."""
    parent = parent_process()
    if parent is not None:
        asyncio.get_running_loop().add_reader(parent.sentinel, os._exit, 1)


def child(role: str, environment: Mapping[str, str], told: Connection) -> None:
    """Be a forked process, with its log in the file FAULT_LOG."""
    gc.freeze()  # what was imported before the fork is shared, and never garbage
    log = os.open(environment[LOG], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    configure("console")
    asyncio.run(live(role, environment, told.send))


def main() -> None:
    """Be the process that the command line and the environment ask for."""
    configure("console")
    asyncio.run(live(sys.argv[1], os.environ, lambda words: print(words, flush=True)))  # noqa: T201  a launcher tells


if __name__ == "__main__":
    main()
