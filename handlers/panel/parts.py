"""How panels and watched rollouts are put together: what answers, what polls, and their own way to Datadog."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.adapters.breaker import Circuit
from bot.adapters.clock import SystemClock
from bot.adapters.datadog.client import DatadogClient
from bot.adapters.datadog.sightings import DatadogSights
from bot.adapters.datadog.sites import web_url
from bot.adapters.http import Http, build_http
from bot.adapters.metered import MeteredSender
from bot.adapters.metrics import Metrics
from bot.audit import Signer
from bot.controls import Controls
from bot.guards import Guards
from bot.ledger import Ledger
from bot.panel.boards import Boards
from bot.panel.budget import Budget
from bot.panel.index import Index, Pace
from bot.panel.journal import Journal
from bot.panel.lease import Lease
from bot.panel.opening import Openings
from bot.panel.poller import Poller
from bot.panel.sights import Sights
from bot.ports import Directory, Outbox, Provider, Records
from bot.resolver import Resolver
from bot.rights import Rights
from bot.service import Service
from bot.settings import Settings
from bot.store import ChangeStore
from handlers.buttons import Buttons
from handlers.commands import Commands
from handlers.connecting import guarded
from handlers.controls import Announcements, Answering
from handlers.failures import Note
from handlers.panel import names
from handlers.panel.posting import Posting
from handlers.panel.presses import Means, PanelPresses
from handlers.panel.screen import PanelScreen
from handlers.replies import Replies
from handlers.routing import EventHandler, PressHandler
from handlers.sender import Sender

LEASE_TURNS = 4


def pace(settings: Settings) -> Pace:
    """Return how often the panels look and draw."""
    return Pace(
        read=int(settings.panel_read * 1000),
        index=int(settings.panel_index * 1000),
        every=int(settings.panel_every * 1000),
    )


@asynccontextmanager
async def open_sights(
    settings: Settings, circuit: Circuit, metrics: Metrics, http: Callable[..., Http] = build_http
) -> AsyncIterator[DatadogSights]:
    """Open the panels' own way to Datadog, so that their reads never take the place of what people asked for."""
    keys = {
        "DD-API-KEY": settings.dd_api_key.get_secret_value(),
        "DD-APPLICATION-KEY": settings.dd_app_key.get_secret_value(),
    }
    way = http(settings.datadog_api, keys, name="Datadog")
    sender = guarded(MeteredSender(way, metrics, "api"), settings, settings.datadog_api, "Datadog", circuit)
    client = DatadogClient(sender, wait=metrics.waiting("datadog", asyncio.sleep), budget=settings.datadog_timeout)
    try:
        yield DatadogSights(client, SystemClock(), web_url=web_url(settings.dd_site), fleet=settings.dd_fleet_path)
    finally:
        await way.close()


@dataclass(frozen=True, slots=True)
class Stands:
    """What panels stand on."""

    settings: Settings
    records: Records
    outbox: Outbox
    signer: Signer
    sights: Sights
    provider: Provider
    bot_user: str
    changes: ChangeStore
    ledger: Ledger
    directory: Directory
    rights: Rights
    sender: Sender
    replies: Replies
    service: Service
    controls: Controls
    announcements: Announcements


def poller(on: Stands, name: str) -> Poller:
    """Make what keeps panels and watched rollouts up to date."""
    beat, now = pace(on.settings), on.records.now
    return Poller(
        Lease(on.records, name, max(2_000, LEASE_TURNS * beat.every)),
        Boards(on.ledger),
        Index(on.sights, Budget(on.settings.panel_budget, now), now, beat),
        Journal(on.records, on.changes),
        Guards(on.ledger),
        PanelScreen(on.sender, on.directory, on.outbox),
        beat,
    )


@dataclass(frozen=True, slots=True)
class Panels:
    """What answers people: commands, and once these stand, presses and events."""

    stands: Stands
    posting: Posting

    @property
    def commands(self) -> Mapping[str, Answering]:
        """The bot's own commands of panels."""
        return {"panel": self.posting.panel, "watch": self.posting.watch}

    @property
    def events(self) -> Mapping[str, EventHandler]:
        """The events that panels follow."""
        return {"member_joined_channel": self.posting.joined}

    def actions(self, commands: Commands, buttons: Buttons, refused: Note) -> Mapping[str, PressHandler]:
        """Return what the buttons of panels do."""
        on = self.stands
        means = Means(
            on.service,
            on.rights,
            on.controls,
            on.provider,
            on.sights,
            Boards(on.ledger),
            commands,
            on.announcements,
            self.posting,
            on.replies,
            on.sender,
        )
        presses = PanelPresses(means, refused=refused)
        return {
            names.PAUSE: presses.asks("rollout.pause"),
            names.RESUME: presses.asks("rollout.resume"),
            names.STOP: presses.asks("rollout.stop"),
            names.DISABLE: presses.asks("flag.disable"),
            names.CANCEL: presses.asks("deployment.cancel"),
            names.UNDO: buttons.undo,
            **dict.fromkeys(names.BIND, presses.bind),
            names.KEEP: presses.keep,
            names.WATCH: presses.watch,
        }


def panels(on: Stands, resolver: Resolver) -> Panels:
    """Make what begins panels and watches."""
    patterns = [part.strip() for part in on.settings.panel_channels.split(",") if part.strip()]
    openings = Openings(on.rights, resolver, on.provider, on.controls, Boards(on.ledger), on.directory, patterns)
    return Panels(on, Posting(openings, on.sender, on.bot_user))
