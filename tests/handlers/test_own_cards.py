"""The bot's own messages and a person's page: that Slack takes all of it, and that each reader is offered theirs."""

from collections.abc import Iterator
from typing import Any

from bot.auditing.history import History
from bot.auditing.outside import Modified
from bot.changes.record import ChangeRequest, Status
from bot.errors import Guarded
from bot.model import FieldChange
from bot.sandbox.slack.limits.surfaces import message_problems, view_problems
from handlers.blocks import Message
from handlers.cards.afterwards import Sought, Unread, changes_message, history_message, undo_question
from handlers.cards.answers import answer
from handlers.cards.home import Seen, Try, home_view
from tests.builders import PRODUCTION, START, a_plan, opened, with_plan
from tests.handlers.scenes.own import frozen, glass, locked
from tests.handlers.scenes.pages import boxed, row
from tests.handlers.scenes.shown import LINK

EVIL = "<!channel> `x` *b* \u202e&" + "x" * 10_000


def hostile(number: int) -> ChangeRequest:
    """Return a request with hostile text wherever text comes from outside."""
    target = a_plan().target.model_copy(update={"key": EVIL, "name": EVIL, "url": EVIL})
    change = with_plan(
        boxed(f"cs-{number:06d}".replace("0", "a").replace("1", "b").replace("8", "c").replace("9", "d")), target=target
    )
    fields = (FieldChange(label=EVIL, before=EVIL, after=EVIL),) * 20
    return with_plan(change, changes=fields).model_copy(update={"reason": EVIL, "note": EVIL})


def mrkdwn(part: Any) -> Iterator[str]:
    """Yield every text in which Slack would read a token."""
    if isinstance(part, dict):
        if part.get("type") == "mrkdwn":
            yield part["text"]
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            yield from mrkdwn(one)


def test_slack_takes_200_hostile_rows_of_everything() -> None:
    """A page, a history and what changed stay within Slack's sizes, call nobody, and say how much is left out."""
    done = [hostile(n) for n in range(200)]
    waiting = [one.model_copy(update={"status": Status.PENDING, "receipt": None, "reviews": ()}) for one in done]
    rows = tuple(row(one) for one in done)
    seen = Seen(
        at=START,
        to_sign=waiting,
        mine=waiting,
        boxes=done,
        held=[frozen(EVIL), locked(EVIL)] * 100,
        reviews=done,
        closable=frozenset(one.id for one in done),
        recent=rows,
        tries=[(Try.PLAN, EVIL)] * 3,
        links={one.id: LINK for one in done},
    )
    view = home_view(seen)
    assert view_problems(view, kind="home") == []
    assert str(view["blocks"]).count("…and 188 more") == 3  # to sign, own requests, freezes and locks
    modified = tuple(
        Modified(noun=EVIL, key=EVIL, ids=("x",), where=EVIL, at=START, url=EVIL, steps=True) for _ in rows
    )
    sought = Sought(target=EVIL, person=EVIL, where=PRODUCTION.model_copy(update={"name": EVIL}), since=START)
    for told in (
        history_message(sought, History(rows, complete=False), {}),
        changes_message(sought, History(rows, complete=True), modified, {}, Unread(EVIL)),
        undo_question(done[0], EVIL),
    ):
        assert message_problems(list(told.blocks)) == []
        assert 0 < len(told.text) <= 4000
        assert not any("<!channel>" in text for text in (told.text, *mrkdwn(list(told.blocks))))
    assert not any("<!channel>" in text for text in mrkdwn(view))


def test_a_page_offers_its_reader_only_what_they_may_press() -> None:
    """Requests of one's own have no [Approve], those to sign no [Cancel], and closing is for those who may."""
    mine = str(home_view(Seen(at=START, mine=(opened(),))))
    to_sign = str(home_view(Seen(at=START, to_sign=(opened(),))))
    assert "change.approve" not in mine
    assert "change.cancel" in mine
    assert "change.cancel" not in to_sign
    assert "change.approve" in to_sign
    assert "review.close" not in str(home_view(Seen(at=START, reviews=(glass(),))))
    assert "review.close" in str(home_view(Seen(at=START, reviews=(glass(),), closable=frozenset({"cs-k3f9qa"}))))


def test_a_time_in_a_sentence_is_shown_in_the_readers_zone() -> None:
    """A time that a refusal gives in UTC is a token of Slack's in the answer, once, with the same time beside it."""
    told: Message = answer(Guarded("prod is frozen until 2026-10-14 19:46 UTC: launch.", "Wait."))
    assert told.text.count("<!date^1792007160^") == 1
    assert told.text.count("2026-10-14 19:46 UTC") == 1
