"""What waits for a person's signature, and their own open requests."""

from collections.abc import Mapping

from bot.changes.record import ChangeRequest, Status
from handlers import ids
from handlers.blocks import Block, Message, context, header, link_button, message, quoted, section
from handlers.cards.phrases import moment, requesters, said, subject
from handlers.cards.standing import standing

_MOST = 20
NONE_TO_SIGN = "Nothing waits for your signature. When somebody asks for a change that you may sign, it stands here."
NONE_MINE = "You have no open requests. When you ask for a change, it stands here until it has ended."
_FOR_EXAMPLE = "To ask for one, type for example `/flag disable new-search in staging because it times out`."


def inbox(
    to_sign: tuple[ChangeRequest, ...],
    mine: tuple[ChangeRequest, ...],
    permalinks: Mapping[str, str],
    reviews: tuple[ChangeRequest, ...] = (),
) -> Message:
    """List what a person can sign and what they asked for, the first to expire on top."""
    wait = "waits" if len(to_sign) == 1 else "wait"
    yours = "1 request of yours is" if len(mine) == 1 else f"{len(mine)} requests of yours are"
    count = "1 request" if len(to_sign) == 1 else f"{len(to_sign)} requests"
    urgent = sorted(to_sign, key=lambda change: change.expires_at)
    named = "; ".join(quoted(subject(change.plan), 150) for change in urgent[:5])
    listed = f" To sign: {named}." if named else ""
    blocks = [
        *_listed("To sign", urgent, permalinks, NONE_TO_SIGN),
        *_reviews(reviews, permalinks),
        *_listed("Your requests", sorted(mine, key=lambda c: c.expires_at), permalinks, f"{NONE_MINE} {_FOR_EXAMPLE}"),
    ]
    return message(f"{count} {wait} for your signature; {yours} open.{listed}{_spoken(reviews)}", blocks)


def _spoken(reviews: tuple[ChangeRequest, ...]) -> str:
    return f" After-reviews to close: {', '.join(change.id for change in reviews[:5])}." if reviews else ""


def _reviews(reviews: tuple[ChangeRequest, ...], permalinks: Mapping[str, str]) -> list[Block]:
    """List changes for which the glass was broken and that nobody has looked at; nothing where there are none."""
    if not reviews:
        return []
    rows = [
        section(
            f"*{said(change.plan)}*\nBreak-glass by {requesters(change)}, {moment(change.created_at)}. "
            f"Close it with `/ops close {change.id} because …`",
            link_button("Open", ids.OPEN, permalinks.get(change.id, ""), subject(change.plan)),
        )
        for change in reviews[:_MOST]
    ]
    return [header(f"After-reviews to close ({len(reviews)})"), *rows]


def _listed(title: str, changes: list[ChangeRequest], permalinks: Mapping[str, str], none: str) -> list[Block]:
    if not changes:
        return [header(title), section(none)]
    rows = [_row(change, permalinks.get(change.id, "")) for change in changes[:_MOST]]
    left = len(changes) - _MOST
    return [header(f"{title} ({len(changes)})"), *rows, *([context(f"…and {left} more.")] if left > 0 else [])]


def _row(change: ChangeRequest, permalink: str) -> Block:
    why = f", because {quoted(change.reason, 200)}" if change.reason.strip() else ""
    state = standing(change).state
    until = f"; until {moment(change.expires_at)}" if change.status is Status.PENDING else ""
    asked = f"Asked by {requesters(change)}{why}"
    lines = [f"*{said(change.plan)}*", asked, f"{state[:1].upper()}{state[1:]}{until}"]
    return section("\n".join(lines), link_button("Open", ids.OPEN, permalink, subject(change.plan)))
