"""
What a record says of how it stands: errors that are kept, as nobody is there to whom they could be raised.

A note is written into the record and signed with it, so that it reads for ever as it did on its day. It begins small
where a card puts its cause before it, and as a sentence where it stands alone.
"""

from bot.actions import BY_NAME
from bot.changes.record import ChangeRequest
from bot.errors import CountersignError
from bot.policy import PolicyDecision

NOBODY_ANSWERED = "nobody answered in time"
NOT_RUN_IN_TIME = "it was approved but not run in time"
NO_WARRANT = "the change it was to take back does not vouch for it"
STRUCK = "a vote was struck because its giver may no longer sign"
NO_MEMBER = "whoever asked is no longer a full member"
OUT_OF_TIME = "Its time ran out."
UNSENT_IN_TIME = "Its time ran out before it could be sent; nothing was sent."
NOT_SHOWN = "the read-back does not show it"
DID_NOT_HAPPEN = "A person looked and found that it did not happen."
TOO_OFTEN = "handed out too often"


def superseded(by: ChangeRequest) -> str:
    """Say which change took the place of one that was still open."""
    return f"superseded by {by.id}, {BY_NAME[by.plan.action].words.doing.lower()} it at once"


def stricter(now: PolicyDecision, *, approved: bool) -> str:
    """Say that policy asks for more than when a change was approved, or asked for."""
    return f"policy has become stricter since it was {'approved' if approved else 'asked for'} ({now.rule})"


def unmapped(account: str) -> str:
    """Say that an account of the command line no longer stands for whoever asked from there."""
    return f"the account {account}, from which it was asked for, is not mapped to whoever asked (any more)"


def box_signed(boxed: ChangeRequest) -> str:
    """Name as the rule of a way back what it was signed with."""
    return f"the time box of {boxed.id}, signed there"


def box_over(boxed: ChangeRequest) -> str:
    """Give as the reason of a way back that the time is over."""
    return f"the time box of {boxed.id} is over"


def nothing_sent(why: str) -> str:
    """Add to what went wrong that it did before anything was sent."""
    return f"{why} Nothing was sent."


def drifted(what: str) -> str:
    """Say what is no longer as it was when the change was planned."""
    return f"{what} changed after this was planned"


def stopped(why: str) -> str:
    """Say why a change that was begun was stopped."""
    return f"It was stopped: {why.rstrip('.')}."


def waiting(name: str, why: CountersignError) -> str:
    """Say what a change waits for before it can be sent."""
    return f"waiting for {name}: {why.fact}"


def tried_in_vain(why: CountersignError) -> str:
    """Say that a change could not be sent for as long as it had time."""
    return f"{why.fact} It was tried until its time ran out; nothing took effect."


def taken_not_shown(name: str) -> str:
    """Say that a call was taken, of which nothing is to be seen."""
    return f"{name} took the call, but it does not show yet"


def unread(name: str, away: CountersignError) -> str:
    """Say why what came of a call could not be read back."""
    return f"{name} could not be read: {away.fact}"


def unsettled(why: str) -> str:
    """Say that only a person can tell what came of a call."""
    return f"A call was made and it is not known what came of it: {why}."


def may_yet_land(what: str) -> str:
    """Add to what went wrong that an earlier call may be why, or may come through after all."""
    return f"{what} An earlier call went unanswered and may be the reason or still land."


def given_up(why: str) -> str:
    """Say that the work on a change was given up."""
    return f"Work on it was given up ({why})."


def given_up_unsent(why: str) -> str:
    """Say that the work on a change was given up before any call."""
    return f"Work on it was given up ({why}); nothing was sent."


def given_up_called(why: str) -> str:
    """Say that the work on a change was given up after a call."""
    return f"A call was made, and work on it was given up ({why})."


def no_longer_waits(name: str) -> str:
    """Say that nothing is known of an approval inside the provider."""
    return f"It no longer waits in {name}, which does not tell whether it was approved there."


def withdrawn(name: str) -> str:
    """Say that a change was ended inside the provider."""
    return f"It was withdrawn or turned down in {name}."


def followed_no_longer(name: str) -> str:
    """Say that a change waits inside the provider for longer than anybody looks."""
    return f"It has waited in {name} for longer than it is followed."
