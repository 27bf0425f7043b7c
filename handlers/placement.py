"""Where a change's card stands, and what people have been told of it."""

import json
from collections import OrderedDict

from bot.changes.record import ChangeRequest
from bot.errors import CountersignError, NotRecorded
from bot.model import Value
from bot.ports import Outbox
from bot.store import ChangeStore

NEW_AFTER = 5
SAME_AFTER = 20
MOST_KNOWN = 1000
MOST_COPIES = 50
"""More than a card can leave behind while it is open: each comes after five failures that are seconds apart."""


class Copy(Value):
    """An older message of a change's card, left behind because it could not be redrawn for a while."""

    channel: str
    ts: str


class Placement(Value):
    """
    Where a change's card stands, what has been told, and how drawing it has failed.

    `failures` counts those in a row, apart in time; `failed_at` is the last one's (store's milliseconds). `shown` is
    the state that its message tells, as a notice or drawn. `copies` are redrawn like the card until the change
    has ended, so that none keeps a button that no longer decides anything.
    """

    channel: str = ""
    ts: str = ""
    permalink: str = ""
    told: tuple[str, ...] = ()
    failures: int = 0
    failed_at: int = 0
    shown: str = ""
    copies: tuple[Copy, ...] = ()

    def follows(self, other: "Placement") -> bool:
        """Tell whether this is the card that another placement tells of, or came in its place."""
        there = Copy(channel=other.channel, ts=other.ts)
        return there in (Copy(channel=self.channel, ts=self.ts), *self.copies) or not other.ts

    def joined(self, other: "Placement") -> "Placement":
        """Return it with what another placement of the same card knows besides."""
        told = tuple(dict.fromkeys((*other.told, *self.told)))
        return self.model_copy(update={"told": told, "copies": tuple(dict.fromkeys((*other.copies, *self.copies)))})

    def failed(self, now: int, apart: int) -> "Placement":
        """Return it with one more failure, unless the last one was less than `apart` milliseconds ago."""
        if now - self.failed_at < apart:
            return self
        return self.model_copy(update={"failures": self.failures + 1, "failed_at": now})

    def spent(self, state: str) -> bool:
        """
        Tell whether the card's message failed so often that a new one is to tell of this state.

        Where Slack takes no edit at all, the new one stays a notice; so the same is said again much later only.
        """
        return self.failures >= (SAME_AFTER if state == self.shown else NEW_AFTER)

    def moved(self, channel: str, ts: str, shown: str = "") -> "Placement":
        """Return it with the card in a new message, whose notice told a state, and the old one among the copies."""
        left = (*self.copies, Copy(channel=self.channel, ts=self.ts)) if self.ts else self.copies
        return self.model_copy(
            update={
                "channel": channel,
                "ts": ts,
                "permalink": "",
                "failures": 0,
                "shown": shown,
                "copies": left[-MOST_COPIES:],
            }
        )


class Overtaken(Exception):
    """Somebody else draws the change by now, or nobody: where it was drawn here is not on record."""


class Places:
    """
    Knows where cards stand: by the outbox, and by this process what the outbox has not taken yet.

    While the store is away this process knows alone what it has posted, so as not to post it again. It forgets that
    where somebody else has placed the card meanwhile.
    """

    def __init__(self, outbox: Outbox, changes: ChangeStore) -> None:
        self._outbox = outbox
        self._changes = changes
        self._unsaved: OrderedDict[str, Placement] = OrderedDict()
        self._last: OrderedDict[str, Placement] = OrderedDict()

    async def of(self, id_: str) -> Placement:
        """Return a change's placement, an empty one where it has none; raise NotRecorded when the store is away."""
        stored = read(await self._outbox.placement(id_)) or Placement()
        unsaved = self._unsaved.get(id_)
        if unsaved is None or not unsaved.follows(stored):
            self._unsaved.pop(id_, None)
            return stored
        return unsaved.joined(stored)

    async def of_all(self, ids: tuple[str, ...]) -> dict[str, Placement]:
        """Return the placements of several changes, as far as they are on record."""
        found = [(id_, read(data)) for id_, data in zip(ids, await self._outbox.placements(ids), strict=True)]
        return {id_: placement for id_, placement in found if placement}

    async def last_of(self, id_: str) -> Placement | None:
        """Return what this process noted last, or else what is on record; None when that cannot be told."""
        if id_ in self._last:
            return self._last[id_]
        try:
            return read(await self._outbox.placement(id_))
        except CountersignError:
            return None

    def unsaved(self, id_: str) -> bool:
        """Tell whether this process alone knows of a placement."""
        return id_ in self._unsaved

    async def remember(self, change: ChangeRequest, placement: Placement) -> None:
        """
        Note where a change's card stands, for as long as the change is kept; known here until the store takes it.

        Raises NotRecorded when the store is away, and Overtaken when this drawer does not hold the change any more.
        """
        id_, keep = change.id, self._changes.terms.keep + max(0, change.expires_at - self._changes.now())
        self._unsaved.pop(id_, None)
        try:
            noted = await self._outbox.place(id_, placement.model_dump_json(exclude_defaults=True), keep)
        except NotRecorded:
            _keep(self._unsaved, id_, placement)
            _keep(self._last, id_, placement)
            raise
        if not noted:
            self._last.pop(id_, None)
            raise Overtaken
        _keep(self._last, id_, placement)


def _keep(among: OrderedDict[str, Placement], id_: str, placement: Placement) -> None:
    among[id_] = placement
    while len(among) > MOST_KNOWN:
        among.popitem(last=False)


def read(data: str | None) -> Placement | None:
    """Return a placement as it was remembered."""
    return Placement.model_validate(json.loads(data)) if data else None
