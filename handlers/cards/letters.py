"""Direct messages: to the requester how it stands, to a named approver what waits for them."""

from typing import Literal

from bot.changes.record import ChangeRequest, Status
from handlers import ids
from handlers.blocks import Message, actions, link_button, message, quoted, section
from handlers.cards.card import spoken
from handlers.cards.phrases import moment, requesters, said, sentence, subject, to_do
from handlers.cards.standing import awaited, standing


def direct_message(change: ChangeRequest, to: Literal["requester", "approver"], permalink: str) -> Message:
    """Return the message to one person; decisions are made on the card, which it links to."""
    signable = change.status is Status.PENDING and awaited(change) == "signatures"
    line = _asks(change) if to == "approver" and signable else f"{said(change.plan)}\n{standing(change).whole}"
    link = link_button("Open the request", ids.OPEN, permalink, subject(change.plan))
    return message(spoken(change), [section(line), *actions([link] if link else [])])


def _asks(change: ChangeRequest) -> str:
    why = f", because {quoted(change.reason, 1000)}" if change.reason.strip() else ""
    asked = sentence(f"{requesters(change)} asks to {to_do(change.plan)}{why}")
    return f"*Your signature is asked for.* {asked} You can sign on its card until {moment(change.expires_at)}."
