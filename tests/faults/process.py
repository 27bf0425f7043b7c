"""
A launcher of the bot's own processes with points of failure around their ports.

`python -m tests.faults.process serve|work|run` starts what `python -m bot` starts, from the same settings, under the
sandbox's policy. FAULT_POINT (a name of Point), FAULT_PASS (at which pass, from 1) and FAULT_SIGNAL (KILL or STOP)
choose where it is hit, FAULT_CLOCK by how many seconds its clock goes wrong, FAULT_GRACE (milliseconds) how soon the
janitor looks after what stands still, FAULT_HOLD (milliseconds) how long a drawer holds what it draws.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from typing import cast

from bot.adapters.breaker import Circuit
from bot.adapters.datadog.provider import DatadogProvider
from bot.adapters.http import Http, build_http
from bot.adapters.logs import configure
from bot.adapters.metrics import Metrics
from bot.cli import stopped_by_signals
from bot.execution import janitor
from bot.sandbox.town import POLICY
from bot.settings import Settings, load
from bot.worker import Pace
from handlers import app, connecting, notifier
from tests.faults.points import Trap, TrappedTransport, trap_of, trapped_outbox, trapped_provider, trapped_records

CLOCK, GRACE, HOLD, LOG = "FAULT_CLOCK", "FAULT_GRACE", "FAULT_HOLD", "FAULT_LOG"
REDRAW_MS = 200


async def live(role: str, environment: Mapping[str, str], tell: Callable[[str], object]) -> None:
    """Be one process of the bot until a signal stops it; `tell` hears when it is ready, and what hits it."""
    _set_clock(float(environment.get(CLOCK, "0")))
    trap = trap_of(environment, tell)
    _put_around(trap)
    _hurry(int(environment.get(GRACE, "60000")), int(environment.get(HOLD, "30000")))

    def ready(port: int) -> None:
        tell(f"ready {port}")

    async with stopped_by_signals() as stop, app.build(load(environment), POLICY) as built:
        _end_with_parent()
        await app.run(built, stop, web_too=role != "work", work_too=role != "serve", ready=ready)


def _put_around(trap: Trap) -> None:
    """Put the points around the ports where the composition root makes them, in this process alone."""
    open_store, open_provider = connecting.open_store, connecting.open_provider

    @asynccontextmanager
    async def store_with_points(settings: Settings, metrics: Metrics) -> AsyncIterator[connecting.Store]:
        async with open_store(settings, metrics) as store:
            records, outbox = trapped_records(store.records, trap), trapped_outbox(store.outbox, trap)
            yield replace(store, records=records, outbox=outbox)

    @asynccontextmanager
    async def provider_with_points(
        settings: Settings, circuit: Circuit, metrics: Metrics
    ) -> AsyncIterator[DatadogProvider]:
        async with open_provider(settings, circuit, metrics) as provider:
            yield cast(DatadogProvider, trapped_provider(provider, trap))

    def http_with_points(base_url: str, headers: Mapping[str, str], *, name: str) -> Http:
        return build_http(base_url, headers, name=name, transport=TrappedTransport(trap))

    vars(app).update(open_store=store_with_points, open_provider=provider_with_points)
    vars(connecting)["build_http"] = http_with_points


def _hurry(grace: int, hold: int) -> None:
    """Let drawings that wait be looked for often, and make the waits that are no settings as short as asked for."""
    vars(janitor)["GRACE"] = grace
    vars(notifier)["HOLD_MS"] = hold
    vars(app)["Pace"] = partial(Pace, redraw=REDRAW_MS, janitor=grace, draw=hold)


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
