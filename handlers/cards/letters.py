"""Direct messages: how a request stands or waits for somebody, and to operators what is wrong with the policy."""

from typing import Literal

from bot.changes.record import ChangeRequest, Status
from bot.errors import Misconfigured
from handlers import ids
from handlers.blocks import Message, actions, link_button, message, paragraphs, quoted, section
from handlers.cards.card import spoken
from handlers.cards.phrases import moment, requesters, said, sentence, subject, to_do
from handlers.cards.standing import awaited, standing

MOST_PROBLEMS = 10


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


def policy_letter(wrong: Misconfigured) -> Message:
    """Tell an operator that the policy file was changed and cannot be used, and what is wrong in it."""
    head = "*The policy file was changed and is not right; the policy from before stays in force.*"
    lines = [f"{head} {quoted(wrong.fact, 500)}", *(f"• {quoted(p, 250)}" for p in wrong.problems[:MOST_PROBLEMS])]
    return message(" ".join(lines), paragraphs(lines, most=2))
