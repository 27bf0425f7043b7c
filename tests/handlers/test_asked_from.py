"""A card says of a request that came from the command line which account it came from; rules are shown in pages."""

from bot.grammar.command import Look
from bot.looking.answering import RulesSeen, Sight
from bot.looking.views import FlagView, RuleView, SettingView
from bot.sandbox.slack.limits.surfaces import message_problems
from handlers.cards.looks.draw import drawn
from handlers.cards.phrases import asked_from
from handlers.cards.standing import people
from tests.builders import PRODUCTION, START, a_change


def test_the_account_stands_beside_who_asked() -> None:
    """It is said in words and cannot speak as markup; of a request made in Slack nothing is said."""
    change = a_change()
    assert asked_from(change) == ""
    origin = change.origin.model_copy(update={"surface": "cli", "account": "deploy@build <!channel>"})
    cli = change.model_copy(update={"origin": origin})
    asked, *_ = people(cli)
    assert " from the command line (account deploy@build &lt;!channel&gt;), " in asked


def test_a_long_list_of_rules_is_paged_and_none_is_left_out() -> None:
    """Every rule is on some page, each page is one that Slack takes, and More leads to the end."""
    rules = tuple(RuleView(id=str(n), key=f"rule-{n}", name=f"Rule {n} " + "x" * 100) for n in range(1500))
    setting = SettingView(environment=PRODUCTION, enabled=True, rules=rules)
    seen = RulesSeen(FlagView(id="f", key="new-search", settings=(setting,)), setting, {})
    look, shown, pages = Look(what="flag.rules", target="f", environment=PRODUCTION.id), "", 0
    while True:
        pages += 1
        message = drawn(Sight(look.model_copy(update={"page": pages}), seen, START))
        assert message_problems(list(message.blocks)) == []
        shown += str(message.blocks)
        if f"page {pages + 1}" not in str(message.blocks):
            break
    assert pages > 1
    assert all(f"Rule {n} x" in shown for n in range(1500))
    assert "open it in Datadog" not in shown
