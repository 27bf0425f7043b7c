"""What came of an act, for the person and for whoever acts in their name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.slack.deliveries import Ack
from bot.sandbox.slack.records import JsonObject

MODAL_TROUBLE = "We had some trouble connecting. Try again?"
"""What Slack's client says in a modal whose submission was not acked properly."""


@dataclass(frozen=True, slots=True)
class Result:
    """The ack of an act, what Slack showed about it, and what is special."""

    ack: Ack
    shown: str | None = None
    more: JsonObject = field(default_factory=dict)

    def as_json(self, version: int) -> dict[str, Any]:
        """Return the OUTCOME of the people API."""
        return {
            "ok": True,
            "outcome": self.ack.outcome,
            "delivery": self.ack.delivery,
            "status": self.ack.status,
            "ack_ms": self.ack.ack_ms,
            "deliveries": self.ack.deliveries,
            "shown": self.shown,
            "version": version,
            **self.more,
        }
