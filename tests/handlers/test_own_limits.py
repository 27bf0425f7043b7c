"""Slack's limits over hostile text, for what the bot says of its own records, of rehearsals, and in forms."""

from collections.abc import Iterator

import pytest

from bot.actions import BY_NAME, CATALOGUE
from bot.aliases import Alias
from bot.changes.record import ChangeRequest
from bot.controls import Self
from bot.errors import AskAgain, NotASigner, NotPermitted
from bot.forms.asked import NeedsForm
from bot.model import Actor, Environment, FieldChange, Noun
from bot.policy import Who
from bot.sandbox.slack.limits.surfaces import view_problems
from handlers.blocks import Block, Message, message, section
from handlers.cards.aliases import alias_list, given_line, taken_line, used_line
from handlers.cards.answers import answer, lost
from handlers.cards.controls import (
    allowed,
    bound_to,
    closed_line,
    lifted_line,
    policy_table,
    rehearsed,
    review_reminder,
    set_line,
    taken_from_binding,
    who_you_are,
)
from handlers.cards.forms import form_offer, guided, name_view, reject_view
from handlers.cards.help import help_message, verb_message
from handlers.cards.home import close_view, sentence_home
from handlers.cards.lines import reminder_line
from handlers.cards.modals.difference_view import difference_view
from handlers.cards.modals.drawing import DoesNotFit
from handlers.cards.modals.form_view import form_view, reading_view
from handlers.cards.modals.guide import Names, guide
from handlers.forms.draft import Draft
from handlers.replies import sentence_view
from tests.builders import START, a_decision, a_plan, opened, with_plan
from tests.handlers.scenes.own import frozen, glass, rehearsal
from tests.handlers.test_card_limits import EVIL, check, check_words, mrkdwn

ROWS = 200


def hostile(evil: str) -> ChangeRequest:
    """Return a request with a text wherever text comes from outside."""
    where = Environment(id="e", name=evil, is_production=True)
    target = a_plan().target.model_copy(update={"key": evil, "name": evil, "environment": where})
    every = (FieldChange(label=evil, before=evil, after=evil),) * ROWS
    change = with_plan(glass(), target=target, changes=every, observed=every, warnings=(evil,) * ROWS, consequence=evil)
    return change.model_copy(update={"reason": evil, "note": evil})


def said(evil: str) -> Iterator[Message]:
    """Yield everything that is said of the bot's own records with such a text in it."""
    by, change = Actor(id="u", name=evil, timezone=evil), hostile(evil)
    where = Environment(id="e", name=evil, is_production=True)
    guard = frozen(evil).model_copy(update={"what": evil, "by": by})
    alias = Alias(word=evil, noun=Noun.FLAG, id="f", key=evil, by=by, at=START)
    lines = [set_line(guard), lifted_line(guard, evil), closed_line(change, evil, evil), bound_to(where, evil)]
    lines += [taken_from_binding(where), given_line(alias, evil), taken_line(alias, evil), used_line(alias)]
    lines += [reminder_line(change, (evil,) * ROWS)]
    yield from (message(line, [section(line)]) for line in lines)
    decision = a_decision(a_plan(), approvers=Who(groups=(evil,) * 9, users=(evil,) * 9))
    tried = rehearsal(guard)
    yield from (allowed(tried), rehearsed(tried, where))
    tried = type(tried)(change.plan, decision.model_copy(update={"rule": evil}), None, AskAgain(evil))
    yield from (allowed(tried), rehearsed(tried, where), review_reminder(change), lost(START))
    yield who_you_are(Self(by, operator=True, signer=True))
    yield policy_table([(evil, [("prod", a_decision(a_plan()))])] * ROWS)
    yield alias_list((alias,) * ROWS)
    pairs = [(evil, evil)] * ROWS
    yield from (
        help_message(pairs, pairs, evil, pairs),
        verb_message(evil, pairs, [(evil, [(evil, decision)] * ROWS)], pairs),
    )
    yield guided(help_message(pairs, (), evil), None)
    yield from (answer(NotASigner(evil, "Ask an approver.")), answer(NotPermitted(evil, "Ask one.")))
    wanted = NeedsForm("flag.edit", evil, change.plan.target, {})
    yield form_offer(wanted, Draft(action="flag.edit", target=evil, reason=evil))


def views(evil: str) -> Iterator[Block]:
    """Yield every view with such a text in it."""
    change, names = hostile(evil), Names(target=evil, environment=evil)
    draft = Draft(action="flag.disable", target=evil[:60] or "f", environment=evil[:60] or "e", reason=evil[:2000])
    yield from (close_view(change), reject_view(change), name_view(change), sentence_home(NotPermitted(evil, evil)))
    yield from (guide(Draft(), Names()), guide(draft, names), guide(draft, names, rehearsed(rehearsal(), None).blocks))
    yield from (reading_view(draft), difference_view(change.plan, "cs-k3f9qa.0123456789ab", 0), sentence_view("It is."))
    for action in CATALOGUE:
        yield guide(draft.model_copy(update={"action": action.name}), names)


@pytest.mark.parametrize("evil", EVIL, ids=range(len(EVIL)))
def test_slack_takes_all_that_is_said(evil: str) -> None:
    """However long and whatever it holds, it fits, and it speaks for and calls nobody."""
    for one in said(evil):
        check(one)


@pytest.mark.parametrize("evil", EVIL, ids=range(len(EVIL)))
def test_slack_takes_all_views(evil: str) -> None:
    """Each view has only what may stand in it, within its sizes."""
    for view in views(evil):
        assert view_problems(view, kind=str(view["type"])) == []
        check_words(*mrkdwn(view["blocks"]))


@pytest.mark.parametrize("evil", EVIL, ids=range(len(EVIL)))
def test_a_form_fits_or_says_that_it_does_not(evil: str) -> None:
    """A form that holds hostile values is one that Slack takes, or is refused with what to do instead."""
    for action in ("flag.create", "flag.edit", "flag.add-rule", "flag.replace-rules", "environment.create"):
        form = BY_NAME[action].form
        assert form is not None
        values = {name: evil for name, field in form.model_fields.items() if field.annotation is str}
        draft = Draft(action=action, target="f", reason=evil[:2000])
        if any(len(each) > 3000 for each in values.values()):
            with pytest.raises(DoesNotFit, match="longer than a modal holds"):
                form_view(draft, form, {**values}, Names(evil, evil))
        else:
            assert view_problems(form_view(draft, form, {**values}, Names(evil, evil)), kind="modal") == []


def test_an_open_request_is_shown_in_every_form() -> None:
    """The forms of an ordinary request hold what it is about."""
    assert "new-search" in str(reject_view(opened()))
    assert "new-search" in str(name_view(opened()))
