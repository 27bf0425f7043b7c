"""Listening on a port, for Slack's deliveries or for whoever measures."""

import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from aiohttp import web
from structlog.typing import FilteringBoundLogger

from bot.errors import Misconfigured

_log: FilteringBoundLogger = structlog.get_logger("countersign.app")


@asynccontextmanager
async def listening(
    app: web.Application, host: str, port: int, *, event: str = "web.listening", setting: str = "PORT"
) -> AsyncIterator[int]:
    """
    Serve an application and give the port it listens on (which `port` 0 leaves to the system).

    Bodies come as they were sent: what claims to be packed is for the application to refuse, which aiohttp would
    unpack first and log as its own failure. Raises Misconfigured, by the name of the `setting` that says which port,
    where it cannot be listened on.
    """
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1, auto_decompress=False)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as failed:
            raise _unheard(failed, host, port, setting) from failed
        port = int(runner.addresses[0][1])
        _log.info(event, host=host, port=port)
        yield port
    finally:
        await runner.cleanup()


def _unheard(failed: OSError, host: str, port: int, setting: str) -> Misconfigured:
    """Say why nobody can listen there, and which setting to change."""
    if failed.errno == errno.EADDRINUSE:
        return Misconfigured(f"Something else listens on port {port} of {host}.", f"Set {setting} to a free port.")
    why = errno.errorcode.get(failed.errno or 0, type(failed).__name__)
    host_setting = setting.replace("PORT", "HOST")
    return Misconfigured(
        f"Port {port} of {host} cannot be listened on ({why}).", f"Look at {host_setting} and {setting}."
    )
