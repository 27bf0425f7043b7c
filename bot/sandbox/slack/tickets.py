"""The one-use addresses `apps.connections.open` gives out."""

from __future__ import annotations

import secrets

from bot.sandbox.slack.timers import Now

TICKET_SECONDS = 30.0


class Tickets:
    """Issues and spends tickets; `now` is in seconds."""

    def __init__(self, now: Now) -> None:
        self._now = now
        self._expires: dict[str, float] = {}

    def issue(self) -> str:
        """Return a fresh ticket, good for one connection within half a minute."""
        now = self._now()
        self._expires = {ticket: at for ticket, at in self._expires.items() if at > now}
        ticket = secrets.token_hex(16)
        self._expires[ticket] = now + TICKET_SECONDS
        return ticket

    def spend(self, ticket: str) -> bool:
        """Use a ticket up; False where it is unknown, used or too old."""
        expires = self._expires.pop(ticket, None)
        return expires is not None and self._now() <= expires
