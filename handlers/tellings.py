"""What people are to be told of a change by now, beside its card, each under the name it is remembered by."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.changes.record import ChangeRequest, Status, Verdict
from handlers.blocks import Message
from handlers.cards.letters import direct_message
from handlers.cards.lines import reminder_line, signed_line, thread_line
from handlers.placement import Placement

MOST_LETTERS = 5


@dataclass(frozen=True, slots=True)
class Telling:
    """One message: under which name it is remembered, to which channel or person, in which thread, and what."""

    name: str
    channel: str
    thread: str
    message: Message


def tellings(change: ChangeRequest, placement: Placement, unanswered: Sequence[str] = ()) -> Iterator[Telling]:
    """Yield everything people are to have been told by now; a reminder calls those who are `unanswered` (ids)."""

    def line(name: str, text: str) -> Telling:
        return Telling(name, placement.channel, placement.ts, Message(text, ()))

    yield line("requested", thread_line(change, "requested"))
    yield from _asked(change, placement)
    for at in change.reminded if change.status is Status.PENDING else ():
        yield line(f"reminded:{at}", reminder_line(change, unanswered))
    for vote in change.reviews:
        if vote.verdict is not Verdict.REJECT:
            yield line(f"signed:{vote.by.id}:{vote.at}", signed_line(change, vote))
    if change.ended or change.status is Status.UNKNOWN:
        yield line(f"ended:{change.status}", thread_line(change, "ended"))
        letter = direct_message(change, "requester", placement.permalink)
        yield Telling(f"letter:{change.status}", change.requester.id, "", letter)


def _asked(change: ChangeRequest, placement: Placement) -> Iterator[Telling]:
    if change.status is not Status.PENDING or change.waits_for_name:
        return
    named = [user for user in change.decision.approvers.users if user != change.requester.id]
    for user in named[:MOST_LETTERS]:
        yield Telling(f"asked:{user}", user, "", direct_message(change, "approver", placement.permalink))
