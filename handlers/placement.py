"""Where a change's card stands, and what people have been told of it."""

import json

from bot.model import Value

MOST_COPIES = 50
"""More than a card can leave behind while it is open: each comes after five failures that are seconds apart."""


class Copy(Value):
    """An older message of a change's card, left behind because it could not be redrawn for a while."""

    channel: str
    ts: str


class Placement(Value):
    """
    Where a change's card stands, what has been told, and how drawing it has failed.

    `failures` counts those in a row, apart in time; `failed_at` is the last one's (store's milliseconds). `copies`
    are redrawn like the card until the change has ended, so that none keeps a button that no longer decides anything.
    """

    channel: str = ""
    ts: str = ""
    permalink: str = ""
    told: tuple[str, ...] = ()
    failures: int = 0
    failed_at: int = 0
    copies: tuple[Copy, ...] = ()

    def failed(self, now: int, apart: int) -> "Placement":
        """Return it with one more failure, unless the last one was less than `apart` milliseconds ago."""
        if now - self.failed_at < apart:
            return self
        return self.model_copy(update={"failures": self.failures + 1, "failed_at": now})

    def moved(self, channel: str, ts: str) -> "Placement":
        """Return it with the card in a new message, and the old one among the copies."""
        left = (*self.copies, Copy(channel=self.channel, ts=self.ts)) if self.ts else self.copies
        return self.model_copy(
            update={"channel": channel, "ts": ts, "permalink": "", "failures": 0, "copies": left[-MOST_COPIES:]}
        )


def read(data: str | None) -> Placement | None:
    """Return a placement as it was remembered."""
    return Placement.model_validate(json.loads(data)) if data else None
