"""
The command line: start the bot, look whether everything is right, or try it without accounts.
"""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from bot.adapters.logs import configure
from bot.audit_cli import add_audit
from bot.change_cli import add_change, at_this_terminal
from bot.errors import CountersignError, Misconfigured
from bot.look_cli import add_looks, look
from bot.policy_cli import add_policy
from bot.settings import Settings, load
from handlers.app import build, run
from handlers.checks import check
from handlers.connecting import open_store
from handlers.manifest import manifest
from handlers.openings import open_datadog, open_desk, open_directory
from handlers.socket import SocketLost
from handlers.status import status

if TYPE_CHECKING:  # the sandbox is imported by its own two commands alone
    from bot.sandbox.town import Town


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the process's exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except Misconfigured as wrong:
        print(wrong, *wrong.problems, sep="\n  ", file=sys.stderr)
        return 2
    except (CountersignError, SocketLost, OSError) as failed:
        print(failed, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(name: str, what: str, command: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=what, description=what)
        one.set_defaults(command=command)
        return one

    add("serve", "take Slack's deliveries (any number of processes)", lambda _: _start(web_too=True, work_too=False))
    add("work", "carry out what was approved (any number of processes)", lambda _: _start(web_too=False, work_too=True))
    add("run", "both in one process", lambda _: _start(web_too=True, work_too=True))
    add("check", "tell, a line each, whether everything is set up right", _check)
    outside = at_this_terminal(open_desk)
    standing = "tell how things stand: workers, queue, unknowns, seals; exit code 1 when something is wrong"
    of_one = look("status", outside)
    status_of = add("status", standing, lambda options: of_one(options) if options.about else _status(options))
    status_of.add_argument("about", nargs="*", help="a thing instead of the bot itself: rollout X in prod")
    add_audit(add("audit", "export the audit, or verify that nobody touched it", _check), open_store)
    add_policy(add("policy", "check the policy, explain it, or print its schema", _check), open_directory, open_datadog)
    add_looks(add, outside)
    add_change(add, outside)
    http = add("manifest", "print Slack's app manifest: for Socket Mode, or for HTTP with --url", _manifest)
    http.add_argument("--url", help="the https address at which Slack reaches this bot")
    sandbox = add("sandbox", "the whole bot with a Slack and a Datadog of its own, on one page", _sandbox)
    sandbox.add_argument("--port", type=int, default=8080, help="the page's port on this machine (default 8080)")
    sandbox.add_argument("--data", type=Path, default=Path(".countersign"), help="where everything is kept")
    add("demo", "play a whole story in the terminal", _demo)
    return parser


def _start(*, web_too: bool, work_too: bool) -> int:
    settings = load()
    configure(settings.log_format)
    asyncio.run(_serve(settings, web_too=web_too, work_too=work_too))
    return 0


async def _serve(settings: Settings, *, web_too: bool, work_too: bool) -> None:
    async with stopped_by_signals() as stop, build(settings) as app:
        await run(app, stop, web_too=web_too, work_too=work_too)


@contextlib.asynccontextmanager
async def stopped_by_signals() -> AsyncIterator[asyncio.Event]:
    """Give an event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    try:
        yield stop
    finally:
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(sign)


async def _bot(town: "Town", stop: asyncio.Event, ready: Callable[[int], None]) -> None:
    """Run the whole bot against a sandbox, just as it would run against the real ones."""
    from bot.sandbox.town import POLICY

    async with build(load(town.environment()), POLICY) as app:
        await run(app, stop, web_too=True, work_too=True, ready=ready)


def _sandbox(options: argparse.Namespace) -> int:
    configure("console")
    asyncio.run(_open_sandbox(options.data, options.port))
    return 0


async def _open_sandbox(folder: Path, port: int) -> None:
    from bot.sandbox.town import open_town

    async with stopped_by_signals() as stop, open_town(folder, port) as town:

        def ready(at: int) -> None:
            town.deliver_to(at)
            print(f"\n  Countersign's sandbox is open at  {town.slack_url}", flush=True)
            print(f"  Ctrl-C ends it; what happened is kept in {folder}/\n", flush=True)

        await _bot(town, stop, ready)


def _demo(options: argparse.Namespace) -> int:
    del options
    configure("console", level="ERROR")
    return play_demo(sys.stdout.write)


def play_demo(tell: Callable[[str], object]) -> int:
    """Play the demo, telling it piece by piece, and return its exit code."""
    from bot.sandbox.demo import demo

    return asyncio.run(demo(_bot, tell))


def _check(options: argparse.Namespace) -> int:
    del options
    return asyncio.run(check(os.environ, print))


def _status(options: argparse.Namespace) -> int:
    del options
    return asyncio.run(status(load(), print))


def _manifest(options: argparse.Namespace) -> int:
    print(yaml.safe_dump(manifest(options.url), sort_keys=False, allow_unicode=True), end="")
    return 0
