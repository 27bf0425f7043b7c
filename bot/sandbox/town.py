"""
The sandbox's world: a Datadog and a Slack on loopback, and the settings by which a bot finds them.

What happened in it is kept in its folder, so that tomorrow's start finds today's messages and flags.
"""

import asyncio
import errno
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from bot.adapters.private_folder import locked, opened
from bot.errors import Misconfigured
from bot.policy import Environments, Policy, Rule, Who
from bot.sandbox.datadog.app import build_datadog
from bot.sandbox.datadog.organisation import Organisation
from bot.sandbox.persistence import JsonFile, read_json
from bot.sandbox.slack.ratelimit import RateLimiter
from bot.sandbox.slack.seed import APPROVALS_ID, GROUP_ID, REQUESTER_ID, SECOND_APPROVER_ID, new_workspace
from bot.sandbox.slack.server import SANDBOX, SlackSandbox, build_slack
from bot.sandbox.slack.workspace import Workspace

HOST = "127.0.0.1"
PAGE = Path(__file__).parent / "page"
BOT_TOKEN = "xoxb-sandbox"  # noqa: S105 - opens nothing but the sandbox on this machine
SIGNING_SECRET = "sandbox-signing-secret"  # noqa: S105 - the same
APP_TOKEN = "xapp-sandbox"  # noqa: S105 - the same
API_KEY, APP_KEY = "sandbox-api-key", "sandbox-app-key"

POLICY = Policy(
    approvers=Who(groups=(GROUP_ID,)),
    operators=Who(users=(SECOND_APPROVER_ID,)),
    rules=(
        Rule(name="containing is quick", actions=("contain",), decision="confirm"),
        Rule(
            name="production needs a second person",
            actions=("disruptive", "expanding"),
            environments=Environments(production=True),
            approvals=1,
            break_glass=Who(users=(REQUESTER_ID,)),
            notify=Who(groups=(GROUP_ID,)),
        ),
        Rule(name="elsewhere the requester confirms", actions=("disruptive", "expanding"), decision="confirm"),
        Rule(name="what cannot be undone needs two", actions=("irreversible",), approvals=2, typed_name=True),
    ),
)


@dataclass(frozen=True, slots=True)
class Town:
    """A running sandbox: both worlds, their addresses, and the folder they are kept in."""

    workspace: Workspace
    slack: SlackSandbox
    organisation: Organisation
    slack_url: str
    datadog_url: str
    folder: Path
    socket_mode: bool = False
    unlimited: bool = False

    def environment(self) -> dict[str, str]:
        """Return the settings by which a bot finds this sandbox; its store is an embedded one in the same folder."""
        return {
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            **self._reached(),
            "SLACK_API_URL": f"{self.slack_url}/api/",
            "HOST": HOST,
            "PORT": "0",
            "APPROVALS_CHANNEL": APPROVALS_ID,
            "DD_API_KEY": API_KEY,
            "DD_APP_KEY": APP_KEY,
            "DD_API_URL": self.datadog_url,
            "DD_EVENTS_URL": self.datadog_url,
            "AUDIT_KEY": _audit_key(self.folder),
            "DATA_DIR": str(self.folder),
            "LOG_FORMAT": "console",
            "SUBMITTED_POLL": "1",
            "SLACK_GAP": "0" if self.unlimited else "1",
        }

    def _reached(self) -> dict[str, str]:
        """Return how Slack and the bot find each other."""
        if self.socket_mode:
            return {"SLACK_APP_TOKEN": APP_TOKEN, "SLACK_MODE": "socket"}
        return {"SLACK_SIGNING_SECRET": SIGNING_SECRET}

    def deliver_to(self, port: int) -> None:
        """Tell Slack where the bot listens; of no effect while Socket Mode is on."""
        self.slack.settings.request_url = f"http://{HOST}:{port}/slack/events"


@asynccontextmanager
async def open_town(
    folder: Path,
    port: int = 0,
    limiter: RateLimiter | None = None,
    *,
    socket_mode: bool = False,
    keep: bool = True,
) -> AsyncIterator[Town]:
    """
    Open the sandbox, with its page on `port` (0: any), and keep it in `folder`.

    Without `keep` nothing of what happens is there for the next time. With `socket_mode` Slack delivers over web
    sockets the bot opens, else to where the bot listens.
    Raises Misconfigured when the port is taken or another sandbox has the folder, OSError when it cannot be used.
    """
    await asyncio.to_thread(_own, folder)
    async with AsyncExitStack() as closing:
        closing.enter_context(_alone(folder))
        organisation = Organisation()
        datadog_file, slack_file = (folder / "datadog.json", folder / "slack.json") if keep else (None, None)
        datadog_url = await closing.enter_async_context(_datadog(organisation, datadog_file))
        workspace = new_workspace()
        slack_app = build_slack(
            workspace,
            signing_secret=SIGNING_SECRET,
            bot_token=BOT_TOKEN,
            static=PAGE,
            datadog_url=datadog_url,
            limiter=limiter,
            keep_in=slack_file,
            app_token=APP_TOKEN,
            socket_mode=socket_mode,
        )
        slack_url = await closing.enter_async_context(_served(slack_app, port))
        unlimited = limiter is not None and not limiter.limits
        slack = slack_app[SANDBOX]
        yield Town(workspace, slack, organisation, slack_url, datadog_url, folder, socket_mode, unlimited)


@asynccontextmanager
async def _datadog(organisation: Organisation, path: Path | None) -> AsyncIterator[str]:
    async with AsyncExitStack() as closing:
        if path is not None:
            await closing.enter_async_context(_kept(organisation, path))
        app = build_datadog(organisation, api_key=API_KEY, app_key=APP_KEY)
        yield await closing.enter_async_context(_served(app, 0))


@asynccontextmanager
async def _kept(organisation: Organisation, path: Path) -> AsyncIterator[None]:
    """Take an organisation from a file, and keep it there."""
    kept = await asyncio.to_thread(read_json, path)
    if kept is not None:
        organisation.load(kept)
    file = JsonFile(path, organisation.dump)
    organisation.on_change = file.changed
    try:
        yield
    finally:
        await file.close()


@asynccontextmanager
async def _served(app: web.Application, port: int) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await _listen(runner, port)
        yield f"http://{HOST}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, port: int) -> None:
    try:
        await web.TCPSite(runner, HOST, port).start()
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        fact = f"Something else listens on port {port}."
        raise Misconfigured(fact, "Give the page another: `python -m bot sandbox --port 8081`.") from error


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep a second sandbox out of the folder: each would undo what the other keeps, and take its deliveries."""
    with opened(folder / "open") as lock:
        if not locked(lock):
            raise Misconfigured(f"Another sandbox is open on {folder}.", "Use that one, or give this one --data.")
        yield


def _own(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _audit_key(folder: Path) -> str:
    """Return the folder's key for the audit chain, made at its first use."""
    path = folder / "audit_key"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
    return path.read_text()
