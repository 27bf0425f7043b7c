"""
What is opened for a command and closed after it: Slack's directory, Datadog, and the bot's core for a terminal.
"""

import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from bot.adapters.audit_places import entry_places, signer_of
from bot.adapters.datadog.provider import DatadogProvider
from bot.aliases import Aliases
from bot.auditing.history import look_back
from bot.auditing.stopped import Stops
from bot.breakglass import AfterReviews
from bot.changes.record import ChangeRequest
from bot.errors import DirectoryUnavailable, Misconfigured
from bot.execution.bench import Bench
from bot.execution.jobs import Execution
from bot.guards import Guards
from bot.ledger import Ledger
from bot.looking.answering import Looking
from bot.policy import Policy
from bot.ports import Directory, Provider
from bot.resolver import Resolver
from bot.rights import Rights
from bot.service import Service
from bot.settings import Settings, load
from bot.store import ChangeStore
from bot.terminal.account import Account
from bot.terminal.desk import Anybody, Desk, Vouched
from handlers.connecting import Store, open_provider, open_store
from handlers.directory import SlackDirectory
from handlers.slack_client import SLACK_API, SlackClient, identity


@asynccontextmanager
async def open_directory(environment: Mapping[str, str]) -> AsyncIterator[Directory | None]:
    """Open Slack's directory where SLACK_BOT_TOKEN is set; raise Misconfigured where Slack does not take it."""
    token = environment.get("SLACK_BOT_TOKEN")
    if not token:
        yield None
        return
    slack = SlackClient(token, environment.get("SLACK_API_URL") or SLACK_API)
    try:
        yield SlackDirectory(slack.web, (await identity(slack.web)).team)
    finally:
        await slack.close()


@asynccontextmanager
async def open_datadog(environment: Mapping[str, str]) -> AsyncIterator[Provider | None]:
    """Open Datadog where the settings are all there."""
    settings = _settings(environment)
    if settings is None:
        yield None
        return
    async with open_provider(settings) as provider:
        yield provider


def _settings(environment: Mapping[str, str]) -> Settings | None:
    try:
        return load(environment)
    except Misconfigured:
        return None


@asynccontextmanager
async def open_desk(settings: Settings, policy: Policy, account: Account, person: str) -> AsyncIterator[Desk]:
    """
    Open the bot's core for a terminal: for a person of the policy's `people`, or (empty) for somebody who only looks.

    Raises NotRecorded where the store is away and Misconfigured where Slack does not take the token.
    """
    async with AsyncExitStack() as closing:
        store = await closing.enter_async_context(open_store(settings))
        await store.records.ping()
        provider = await closing.enter_async_context(open_provider(settings, store.circuit))
        directory, slack = await _who_is_who(settings, account, person, closing)
        yield _desk(settings, policy, account, person, store, provider, directory, slack=slack)


async def _who_is_who(
    settings: Settings, account: Account, person: str, closing: AsyncExitStack
) -> tuple[Directory, bool]:
    """
    Return who is asked about people, and whether Slack answers.

    That is Slack's directory, the policy file's word where Slack cannot be reached, and nobody for who only looks.
    """
    if not person:
        return Anybody(account.title), True
    slack = SlackClient(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    closing.push_async_callback(slack.close)
    try:
        return SlackDirectory(slack.web, (await identity(slack.web)).team), True
    except DirectoryUnavailable:
        return Vouched(person, account.title), False


def _desk(
    settings: Settings,
    policy: Policy,
    account: Account,
    person: str,
    store: Store,
    provider: DatadogProvider,
    directory: Directory,
    *,
    slack: bool,
) -> Desk:
    signer = signer_of(settings)
    kept, places = settings.keep_trail, entry_places(settings)
    changes = ChangeStore(store.records, signer, settings.terms, places, keep_trail=kept)
    ledger = Ledger(store.records, signer, places, keep_trail=kept)
    rights = Rights(directory, lambda: policy, Guards(ledger))
    notifier = LeftToWorkers()
    resolver = Resolver(provider, Aliases(ledger, provider, rights))
    service = Service(changes, provider, resolver, rights, notifier, Stops(store.records, signer))
    looking = Looking(rights, resolver, provider.views, partial(look_back, store.records, signer), store.records)
    reviews = AfterReviews(ledger, changes, rights, notifier.remind)
    name = f"cli:{account.title}:{uuid.uuid4().hex[:8]}"
    bench = Bench(changes, provider, rights, notifier, store.queue, name, int(settings.lease * 1000))
    execution = Execution(bench, service, reviews)
    channel = settings.approvals_channel
    return Desk(service, changes, reviews, directory, execution, looking, account, person, slack, channel)


class LeftToWorkers:
    """The Notifier of a process that shows nothing: what must be drawn stays in the outbox, for a worker."""

    def changed(self, id_: str, *, held: bool = False) -> None:
        """Leave it in the outbox."""

    async def remind(self, change: ChangeRequest) -> None:
        """Leave it to the worker that has the job."""
