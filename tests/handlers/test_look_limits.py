"""Looks stay within Slack's limits, and foreign text cannot speak through them, whatever Datadog has."""

from collections.abc import Iterator

import pytest

from bot.grammar.command import Look
from bot.looking.answering import EnvironmentSeen, FlagSeen, Listed, RolloutSeen, RulesSeen, Seen, Sight
from bot.looking.inferring import infer
from bot.looking.views import (
    Condition,
    DeploymentView,
    EnvironmentView,
    FlagRow,
    FlagView,
    Guard,
    HostView,
    RolloutView,
    RuleView,
    SettingView,
    Step,
    TestView,
    Trigger,
    Variant,
    Weight,
)
from bot.model import Environment
from bot.sandbox.slack.limits.surfaces import message_problems
from handlers.cards.looks.draw import drawn
from tests.builders import START
from tests.handlers.test_card_limits import EVIL, HIDDEN, TOKENS

MANY = 3


def seen(evil: str) -> Iterator[tuple[Look, Seen]]:
    """Yield everything that can be looked at, with such a text wherever text comes from outside, and much of it."""
    place = Environment(id=evil or "e", name=evil, queries=(evil,) * 30, is_production=True)
    rollout = RolloutView(
        id=evil or "s",
        flag_id=evil or "f",
        flag=evil,
        rule=evil,
        environment=place,
        enabled=False,
        started_at=START,
        interval=60_000,
        steps=tuple(Step(ratio=n / 60, interval=60_000) for n in range(60)),
        guards=(Guard(metric=evil, action=evil),) * MANY,
        guardrail="PAUSE",
        triggers=(Trigger(metric=evil, action=evil, at=START),) * MANY,
        url=evil,
    )
    status = RolloutSeen(rollout, infer(rollout, START + 90_000))
    group = (Condition(attribute=evil, operator=evil, values=(evil,) * MANY),) * 2
    rule = RuleView(
        id=evil,
        key=evil,
        name=evil,
        groups=(group,) * 2,
        weights=(Weight(variant=evil, percent=50),) * MANY,
        guards=rollout.guards,
        experiment=evil,
        rollout=rollout,
    )
    setting = SettingView(environment=place, default=evil, approval=True, suggestion=evil, rules=(rule,) * MANY)
    view = FlagView(
        id=evil or "f",
        key=evil,
        name=evil,
        description=evil,
        kind=evil,
        archived_at=START,
        updated_at=START,
        approval=True,
        tags=(evil,) * MANY,
        variants=(Variant(id=evil, key=evil, name=evil, value=evil),) * MANY,
        settings=(setting,) * 6,
        url=evil,
    )
    rollouts = {rollout.id: status}
    test = TestView(
        id=evil or "t", name=evil, status=evil, kind=evil, tags=(evil,) * MANY, locations=(evil,) * MANY, url=evil
    )
    deployment = DeploymentView(
        id=evil or "d",
        status=evil,
        query=evil,
        versions=(evil,) * MANY,
        author=evil,
        total=900,
        counts=((evil, 3),),
        hosts=(HostView(name=evil, status=evil, error=evil),) * 210,
        url=evil,
    )
    environment = EnvironmentView(environment=place, description=evil, approval=True, url=evil)
    row = FlagRow(id=evil or "f", key=evil, name=evil, archived=True, enabled=(place,) * 20, disabled=(place,) * 20)
    yield Look(what="flag.show"), FlagSeen(view, place, rollouts)
    yield Look(what="flag.rules"), RulesSeen(view, setting, rollouts)
    yield Look(what="rollout.status"), status
    yield Look(what="environment.show"), EnvironmentSeen(environment, (evil,) * 70, 500)
    yield Look(what="test.show"), test
    yield Look(what="deployment.show"), deployment
    for what, one in (("flag", row), ("rollout", status), ("environment", environment), ("test", test)):
        yield Look(what=f"{what}.list", target=evil, page=2), Listed((one,) * 30, place, unread=9)
    yield Look(what="deployment.list", target=evil), Listed((deployment,) * 30, None)
    yield Look(what="deployment.list", target=evil), Listed(())


@pytest.mark.parametrize("evil", EVIL, ids=range(len(EVIL)))
def test_slack_takes_every_look(evil: str) -> None:
    """However much there is and whatever it is called, Slack takes the message, and it calls nobody."""
    for look, what in seen(evil):
        message = drawn(Sight(look, what, START))
        assert message_problems(list(message.blocks)) == [], look.what
        assert 0 < len(message.text) <= 4000
        assert not TOKENS.search(message.text), look.what
        assert not HIDDEN.search(str(message.text)), look.what
