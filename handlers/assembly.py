"""
How the parts of a bot are put together: what it stands on, its core, what it answers to, and its worker.

Each step takes what the steps before it made; a new part is a field and a line here, and its routes are one room in
the table of `handlers/routes.py`.
"""

import asyncio
import os
import socket
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from bot.adapters.audit_places import entry_places, seal_places, signer_of
from bot.adapters.datadog.client import DatadogClient
from bot.adapters.datadog.events import DatadogHistory
from bot.adapters.metrics import Metrics
from bot.aliases import Aliases
from bot.audit import Signer
from bot.auditing.history import look_back
from bot.auditing.outside import SeenModified
from bot.auditing.retention import Retention
from bot.auditing.sealing import Sealer
from bot.auditing.stopped import Stops
from bot.breakglass import AfterReviews
from bot.changes.record import ChangeRequest
from bot.controls import Controls
from bot.execution.bench import Bench
from bot.execution.janitor import Janitor
from bot.execution.jobs import Execution
from bot.guards import Guards
from bot.ledger import Ledger
from bot.looking.answering import Looking
from bot.looking.views import Views
from bot.panel.sights import Sights
from bot.policy import Policy
from bot.ports import Provider
from bot.resolver import Resolver
from bot.rights import Rights
from bot.service import Service
from bot.settings import Settings
from bot.store import ChangeStore
from bot.worker import Pace, Worker
from handlers.afterwards import Afterwards
from handlers.aliases import AliasCommands
from handlers.background import Background
from handlers.buttons import Buttons
from handlers.cards.controls import review_reminder
from handlers.commands import Commands
from handlers.connecting import Store
from handlers.controls import Announcements, Answering, OwnCommands
from handlers.directory import LOOKUP_SECONDS, SlackDirectory
from handlers.examples import Examples
from handlers.failures import Note
from handlers.forms.room import Stands, forms_room
from handlers.helping import Helping
from handlers.heralds import Heralds
from handlers.home import Home
from handlers.index import TargetIndex
from handlers.intake import Apologies, Reception
from handlers.lately import Lately
from handlers.looking import Looks
from handlers.metered import noting_refusals
from handlers.modals import Modals
from handlers.notifier import MERGE_SECONDS, SlackNotifier
from handlers.operators import Operators
from handlers.own_buttons import OwnButtons
from handlers.panel import parts
from handlers.replies import Replies
from handlers.routes import table
from handlers.routing import Router, Routes
from handlers.seen import Gathering
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
    pace: Pace = field(default_factory=Pace)
    lookup: float = LOOKUP_SECONDS
    sights: Sights = field(kw_only=True)
    views: Views = field(kw_only=True)

    @property
    def signer(self) -> Signer:
        """The keys of the audit chains."""
        return signer_of(self.settings)


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
    reception: Reception
    service: Service
    controls: Controls
    announcements: Announcements
    reviews: AfterReviews
    operators: Operators
    heralds: Heralds
    resolver: Resolver
    aliases: Aliases


def core(ground: Ground) -> Core:
    """Make what every surface and the worker share."""
    settings, store, slack = ground.settings, ground.store, ground.slack
    places, kept = entry_places(settings), settings.keep_trail
    changes = ChangeStore(store.records, ground.signer, settings.terms, places, keep_trail=kept)
    ledger = Ledger(store.records, ground.signer, places, keep_trail=kept)
    directory = SlackDirectory(slack.web, ground.me.team, lookup_seconds=ground.lookup)
    guards = Guards(ledger)
    rights = Rights(directory, ground.policy, guards)
    sender = Sender(slack.web, wait=ground.metrics.waiting("slack", asyncio.sleep), gap=settings.slack_gap)
    notifier = _notifier(ground, changes, sender, directory)
    aliases = Aliases(ledger, ground.provider, rights)
    heralds, resolver = Heralds(notifier), Resolver(ground.provider, aliases)
    announcements = Announcements(sender, directory)
    return Core(
        changes=changes,
        ledger=ledger,
        directory=directory,
        rights=rights,
        sender=sender,
        notifier=notifier,
        replies=Replies(slack.web, slack.session, sender),
        reception=Reception(store.intake, settings.intake_grace, refused=noting_refusals(ground.metrics)),
        service=Service(changes, ground.provider, resolver, rights, heralds, Stops(store.records, ground.signer)),
        controls=Controls(rights, resolver, ground.provider, guards, ledger),
        announcements=announcements,
        reviews=_reviews(ground, ledger, changes, rights, announcements),
        operators=Operators(ledger, directory, sender),
        heralds=heralds,
        resolver=resolver,
        aliases=aliases,
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
        hold_ms=ground.pace.draw,
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


def router(ground: Ground, made: Core) -> Router:
    """Make what every delivery goes to."""
    return Router(surfaces(ground, made), ground.background, made.replies, made.reception, ground.me.bot_user_id)


def surfaces(ground: Ground, made: Core) -> Routes:
    """Make everything that answers to Slack, and return the table of it."""
    refused = noting_refusals(ground.metrics)
    index = TargetIndex(ground.provider)
    ground.background.start(index.warm(), "index")
    home, own_buttons, further = personal(ground, made, index, refused)
    further = {**further, **AliasCommands(made.aliases, made.announcements).answers}
    panels = parts.panels(panel_stands(ground, made), made.resolver)
    further = {**further, **panels.commands}
    own = OwnCommands(made.controls, made.service, made.announcements, made.reviews, further)
    looks = looks_room(ground, made)
    commands = Commands(
        made.service,
        made.notifier,
        made.replies,
        own,
        made.aliases,
        looks=looks,
        lately=Lately(partial(look_back, ground.store.records, ground.signer)),
        refused=refused,
    )
    buttons = Buttons(made.service, commands, made.replies, ground.slack.web, made.notifier, refused=refused)
    return (
        table(
            commands,
            buttons,
            Modals(made.service, refused=refused),
            home,
            own_buttons,
        )
        .also(Routes(actions=panels.actions(commands, buttons, refused), events=panels.events))
        .also(
            forms_room(
                Stands(
                    made.service,
                    made.rights,
                    commands,
                    own,
                    made.reception,
                    made.replies,
                    ground.slack.web,
                    ground.background,
                    index,
                    refused=refused,
                )
            )
        )
    )


def looks_room(ground: Ground, made: Core) -> Looks:
    """Make what answers to those who want to see something."""
    records = ground.store.records
    past = partial(look_back, records, ground.signer)
    return Looks(Looking(made.rights, made.resolver, ground.views, past, records), made.controls)


def personal(
    ground: Ground, made: Core, index: TargetIndex, refused: Note
) -> tuple[Home, OwnButtons, Mapping[str, Answering]]:
    """Make people's own pages, the buttons there, and the commands that look back or help."""
    web, records = ground.slack.web, ground.store.records
    examples = Examples(index, ground.views)
    outside = SeenModified(ground.views)
    afterwards = Afterwards(records, ground.signer, made.rights, made.resolver, made.service, made.notifier, outside)
    gathering = Gathering(
        made.service, made.changes, made.rights, made.controls, made.reviews, afterwards, examples, made.notifier
    )
    home = Home(gathering, made.changes, ground.store.outbox, made.directory, web, ground.background)
    made.heralds.also(home.changed)
    buttons = OwnButtons(made.service, gathering, made.reviews, made.announcements, made.replies, web, refused=refused)
    helping = Helping(made.rights, made.controls, ground.provider, examples)
    return home, buttons, {**afterwards.kinds, "help": helping.help}


def panel_stands(ground: Ground, made: Core) -> parts.Stands:
    """Put together what panels stand on."""
    return parts.Stands(
        ground.settings,
        ground.store.records,
        ground.store.outbox,
        ground.signer,
        ground.sights,
        ground.provider,
        ground.me.bot_user_id,
        made.changes,
        made.ledger,
        made.directory,
        made.rights,
        made.sender,
        made.replies,
        made.service,
        made.controls,
        made.announcements,
    )


def worker(ground: Ground, made: Core) -> Worker:
    """Make what carries out, redraws, reminds, seals and trims."""
    settings, store, now = ground.settings, ground.store, ground.store.records.now
    lease = int(settings.lease * 1000)
    pace = replace(ground.pace, lease=lease, panels=int(settings.panel_every * 1000 / 3))
    name = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    bench = Bench(made.changes, ground.provider, made.rights, made.heralds, store.queue, name, lease)
    history = DatadogHistory(ground.events, made.notifier.permalink) if ground.events and settings.dd_events else None
    execution = Execution(bench, made.service, made.reviews, history)
    poller = parts.poller(panel_stands(ground, made), name)
    return Worker(
        name,
        store.queue,
        store.outbox,
        execution.work,
        made.notifier,
        now,
        pace,
        given_up=execution.give_up,
        janitor=Janitor(made.changes, store.queue, lease, made.ledger, grace=pace.janitor).sweep,
        orphans=Apologies(store.intake, made.replies, now, settings.intake_grace).sweep,
        seal=Sealer(store.records, ground.signer, seal_places(settings, ground.events)).sweep,
        trim=Retention(store.records, ground.signer, settings.keep_trail).sweep,
        beat=partial(store.pulse.beat, name),
        panels=poller.sweep,
        leaving=poller.release,
    )
