"""
How the parts of a bot are put together: what it stands on, its core, what it answers to, and its worker.

Each step takes what the steps before it made; a new part is a field and a line here, and its routes are one room in
the table of `handlers/routes.py`.
"""

import asyncio
import os
import socket
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bot.adapters.audit_places import entry_places, seal_places
from bot.adapters.datadog.client import DatadogClient
from bot.adapters.datadog.events import DatadogHistory
from bot.adapters.metrics import Metrics
from bot.audit import Signer
from bot.auditing.retention import Retention
from bot.auditing.sealing import Sealer
from bot.breakglass import AfterReviews
from bot.changes.record import ChangeRequest
from bot.controls import Controls
from bot.execution.bench import Bench
from bot.execution.janitor import Janitor
from bot.execution.jobs import Execution
from bot.guards import Guards
from bot.ledger import Ledger
from bot.policy import Policy
from bot.ports import Provider
from bot.resolver import Resolver
from bot.rights import Rights
from bot.service import Service
from bot.settings import Settings
from bot.store import ChangeStore
from bot.worker import Pace, Worker
from handlers.background import Background
from handlers.buttons import Buttons
from handlers.cards.controls import review_reminder
from handlers.commands import Commands
from handlers.connecting import Store
from handlers.controls import Announcements, OwnCommands
from handlers.directory import SlackDirectory
from handlers.intake import Apologies, Reception
from handlers.metered import noting_refusals
from handlers.modals import Modals
from handlers.notifier import MERGE_SECONDS, SlackNotifier
from handlers.operators import Operators
from handlers.replies import Replies
from handlers.routes import table
from handlers.routing import Routes
from handlers.sender import Sender
from handlers.slack_client import Identity, SlackClient


@dataclass(frozen=True, slots=True)
class Ground:
    """What a bot stands on: its settings, the policy in force, and everything that is opened and closed."""

    settings: Settings
    policy: Callable[[], Policy]
    store: Store
    slack: SlackClient
    me: Identity
    provider: Provider
    events: DatadogClient | None
    metrics: Metrics
    background: Background

    @property
    def signer(self) -> Signer:
        """The key of the audit chains."""
        return Signer(self.settings.audit_key.get_secret_value().encode())


@dataclass(frozen=True, slots=True)
class Core:
    """What every surface and the worker share."""

    changes: ChangeStore
    ledger: Ledger
    directory: SlackDirectory
    rights: Rights
    sender: Sender
    notifier: SlackNotifier
    replies: Replies
    service: Service
    controls: Controls
    announcements: Announcements
    reviews: AfterReviews
    operators: Operators


def core(ground: Ground) -> Core:
    """Make what every surface and the worker share."""
    settings, store, slack = ground.settings, ground.store, ground.slack
    places, kept = entry_places(settings), settings.keep_trail
    changes = ChangeStore(store.records, ground.signer, settings.terms, places, keep_trail=kept)
    ledger = Ledger(store.records, ground.signer, places, keep_trail=kept)
    directory = SlackDirectory(slack.web, ground.me.team)
    guards = Guards(ledger)
    rights = Rights(directory, ground.policy, guards)
    sender = Sender(slack.web, wait=ground.metrics.waiting("slack", asyncio.sleep), gap=settings.slack_gap)
    notifier = _notifier(ground, changes, sender, directory)
    resolver = Resolver(ground.provider)
    announcements = Announcements(sender, directory)
    return Core(
        changes=changes,
        ledger=ledger,
        directory=directory,
        rights=rights,
        sender=sender,
        notifier=notifier,
        replies=Replies(slack.web, slack.session, sender),
        service=Service(changes, ground.provider, resolver, rights, notifier),
        controls=Controls(rights, resolver, ground.provider, guards, ledger),
        announcements=announcements,
        reviews=_reviews(ground, ledger, changes, rights, announcements),
        operators=Operators(ledger, directory, sender),
    )


def _notifier(ground: Ground, changes: ChangeStore, sender: Sender, directory: SlackDirectory) -> SlackNotifier:
    return SlackNotifier(
        changes,
        ground.store.outbox,
        sender,
        directory,
        ground.background,
        approvals_channel=ground.settings.approvals_channel,
        merge=MERGE_SECONDS,
    )


def _reviews(
    ground: Ground, ledger: Ledger, changes: ChangeStore, rights: Rights, announcements: Announcements
) -> AfterReviews:
    approvals = ground.settings.approvals_channel

    async def remind(change: ChangeRequest) -> None:
        said = review_reminder(change)
        if not await announcements.say(change.origin.channel or approvals, said):
            await announcements.say(approvals, said)

    return AfterReviews(ledger, changes, rights, remind)


def surfaces(ground: Ground, made: Core) -> Routes:
    """Make everything that answers to Slack, and return the table of it."""
    refused = noting_refusals(ground.metrics)
    own = OwnCommands(made.controls, made.service, made.announcements, made.reviews)
    reception = Reception(ground.store.intake, ground.settings.intake_grace, refused=refused)
    commands = Commands(made.service, made.notifier, made.replies, reception, own, refused=refused)
    return table(
        commands,
        Buttons(made.service, commands, made.replies, ground.slack.web, made.notifier, refused=refused),
        Modals(made.service, refused=refused),
    )


def worker(ground: Ground, made: Core) -> Worker:
    """Make what carries out, redraws, reminds, seals and trims."""
    settings, store, now = ground.settings, ground.store, ground.store.records.now
    lease = int(settings.lease * 1000)
    name = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    bench = Bench(made.changes, ground.provider, made.rights, made.notifier, store.queue, name, lease)
    history = DatadogHistory(ground.events, made.notifier.permalink) if ground.events else None
    execution = Execution(bench, made.service, made.reviews, history)
    return Worker(
        name,
        store.queue,
        store.outbox,
        execution.work,
        made.notifier,
        now,
        Pace(lease=lease),
        given_up=execution.give_up,
        janitor=Janitor(made.changes, store.queue, lease).sweep,
        orphans=Apologies(store.intake, made.replies, now, settings.intake_grace).sweep,
        seal=Sealer(store.records, ground.signer, seal_places(settings)).sweep,
        trim=Retention(store.records, ground.signer, settings.keep_trail).sweep,
        beat=partial(store.pulse.beat, name),
    )
