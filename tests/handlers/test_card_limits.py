"""Slack's limits over hostile text, checked by a validator that knows nothing of the code that draws."""

import re
from collections.abc import Iterator
from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.changes.record import ChangeRequest, Review, Status, Verdict
from bot.errors import AmbiguousTarget, Misconfigured
from bot.model import Actor, Environment, FieldChange
from bot.policy import Who
from bot.sandbox.slack.limits.surfaces import message_problems, view_problems
from handlers.blocks import Message
from handlers.cards.answers import answer, nothing_to_do
from handlers.cards.card import card
from handlers.cards.forms import name_view, reject_view
from handlers.cards.help import help_message
from handlers.cards.inbox import inbox
from handlers.cards.letters import direct_message
from handlers.cards.lines import Moment, late, signed_line, thread_line
from tests.builders import a_change, with_plan

EVIL = (
    "",
    "   ",
    "x" * 10_000,
    "&" * 10_000,
    "<" * 4000,
    "`" * 500,
    "<!channel> <!here> <!everyone> <@U0VICTIM> <!subteam^S0VICTIM> <https://evil.example|Approved>",
    "```\n*Approved by everybody*\n```",
    "\u202egnp.exe\u202c \u200b\u2066x\u2069",
    "חיפוש חדש ابحث",
    "line\nbreak\r\n\ttab\x00nul\x1b[31m",
    "👩‍🚒" * 800,
    "\u3164",
)
UNENCODABLE = "\ud800 lone surrogate"  # in what people say only: the digest of a plan refuses it already
TOKENS = re.compile(
    r"<(?!@U0REQUESTER>|@U0APPROVER>|@U0SIGNER\d+>|!subteam\^S0APPROVERS>|!date\^\d+\^[^<>|]*\|[^<>|]*>)"
)
HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\x00-\x09\x0b-\x1f\x7f\ud800-\udfff]")

texts = st.one_of(st.sampled_from(EVIL), st.text(max_size=30), st.text("&<>`*_~|@ x", max_size=30))
words = texts | st.just(UNENCODABLE)
fields = st.builds(FieldChange, label=texts, before=texts, after=texts)
environments = st.none() | st.builds(Environment, id=texts, name=texts, is_production=st.booleans())
ids = texts.filter(lambda text: not re.fullmatch("[SUW][A-Z0-9]+", text))  # what Slack calls so is rightly mentioned
signers = st.lists(ids, max_size=8).map(tuple)


@st.composite
def changes(draw: st.DrawFn) -> ChangeRequest:
    """Draw a change in any status, with hostile text wherever text comes from outside."""
    change = a_change(draw(st.sampled_from(list(Status))))
    target = change.plan.target.model_copy(
        update={field: draw(texts) for field in ("key", "name", "rule", "url")} | {"environment": draw(environments)}
    )
    change = with_plan(
        change,
        target=target,
        action=draw(st.sampled_from(["flag.disable", "rollout.stop", "<!channel>", ""])),
        changes=tuple(draw(st.lists(fields, max_size=20))),
        observed=tuple(draw(st.lists(fields, max_size=8))),
        warnings=tuple(draw(st.lists(texts, max_size=8))),
        consequence=draw(texts),
        already=draw(texts),
    )
    votes = tuple(_vote(n, draw(ids)) for n in range(draw(st.integers(0, 20))))
    who = Who(groups=("S0APPROVERS", *draw(signers)), users=draw(signers))
    decision = change.decision.model_copy(
        update={"approvers": who, "rule": draw(texts), "approvals": draw(st.integers(1, 20))}
    )
    said = {"reason": draw(words), "note": draw(words), "reviews": (*change.reviews, *votes), "decision": decision}
    barred = (Actor(id=draw(ids), name=draw(texts)),)
    return change.model_copy(update={**said, "barred": barred})


def _vote(n: int, name: str) -> Review:
    voter = Actor(id=f"U0SIGNER{n}", name=name) if n % 2 else Actor(id=name, name=name)
    return Review(verdict=Verdict.APPROVE, by=voter, at=1)


def mrkdwn(value: Any) -> Iterator[str]:
    """Yield every text in blocks that Slack interprets."""
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            assert value["verbatim"] is True, "Slack must not look for mentions in foreign text"
            yield value["text"]
        for part in value.values():
            yield from mrkdwn(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from mrkdwn(part)


def check(message: Message) -> None:
    """Hold a message against Slack's limits, and its text against everything that could speak in our name."""
    assert message_problems(list(message.blocks)) == []
    assert 1 <= len(message.text) <= 4000
    check_words(message.text, *mrkdwn(message.blocks))
    assert not HIDDEN.search(message.text + "".join(everything(message.blocks)))


def everything(value: Any) -> Iterator[str]:
    """Yield every text a person sees, interpreted or not."""
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value["text"]
        for part in value.values():
            yield from everything(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from everything(part)


def check_words(*interpreted: str) -> None:
    """Find a link or mention that we did not write, a naked ampersand, or a code span left open."""
    for text in interpreted:
        assert not TOKENS.search(text), text
        assert not re.search(r"&(?!amp;|lt;|gt;)", text), text
        assert "``" not in text, text


@settings(max_examples=60)
@given(st.data())
def test_no_card_breaks_a_limit_or_lets_foreign_text_speak(data: st.DataObject) -> None:
    """Whatever a provider or a person wrote, the card fits Slack and mentions and links nobody it should not."""
    check(card(data.draw(changes())))


@settings(max_examples=40)
@given(st.data())
def test_no_form_or_line_breaks_a_limit(data: st.DataObject) -> None:
    """Forms, thread lines, late answers and direct messages keep the same rules."""
    change, link = data.draw(changes()), data.draw(texts)
    for view in (reject_view(change), name_view(change)):
        assert view_problems(view, kind="modal") == []
        check_words(*mrkdwn(view["blocks"]))
    for line in (
        late(change),
        *(thread_line(change, moment) for moment in get_args(Moment)),
        *(signed_line(change, vote) for vote in change.reviews),
    ):
        assert 1 <= len(line) <= 4000
        assert "\n" not in line
        check_words(line)
    check(direct_message(change, "requester", link))
    check(direct_message(change, "approver", link))
    check(nothing_to_do(change.plan))


@settings(max_examples=20)
@given(st.data(), st.integers(0, 30))
def test_no_inbox_breaks_a_limit(data: st.DataObject, times: int) -> None:
    """A long list of hostile requests still fits one message."""
    found, link = data.draw(st.lists(changes(), max_size=2)), data.draw(texts)
    many = tuple(found) * times
    check(inbox(many, many, {change.id: link for change in found}))


@settings(max_examples=60)
@given(st.data())
def test_no_answer_breaks_a_limit(data: st.DataObject) -> None:
    """An error's words are foreign as well; its choices are whole commands or not there."""
    fact, step = data.draw(texts), data.draw(texts)
    pairs = data.draw(st.lists(st.tuples(texts, texts), max_size=12))
    message = answer(AmbiguousTarget(fact, step, choices=tuple(pairs)))
    check(message)
    values = {command for _, command in pairs}
    rows: list[Any] = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    assert all(element["value"] in values for row in rows for element in row)
    check(answer(Misconfigured(fact, step, problems=tuple(command for _, command in pairs))))
    check(help_message(pairs * 20, pairs, step))


def test_the_worst_of_everything_at_once_fits() -> None:
    """Ten thousand characters in every field, on every card, stay within the sizes and keep the buttons."""
    for status in Status:
        for text in ("", "x" * 10_000, "<" * 4000, "`" * 500):
            parts = tuple(FieldChange(label=text, before=text, after=text) for _ in range(20))
            change = with_plan(a_change(status), changes=parts, observed=parts, warnings=(text,) * 20, consequence=text)
            message = card(change.model_copy(update={"reason": text, "note": text}))
            check(message)
            before = [block["type"] for block in card(a_change(status)).blocks]
            assert [block["type"] for block in message.blocks].count("actions") >= before.count("actions")
