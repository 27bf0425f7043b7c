"""The facts of a rule set, whatever Datadog's answer holds, and what is sent for it."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.datadog.models import FlagAnswer, read
from bot.adapters.datadog.reading import flag_facts_everywhere, setting_in
from bot.adapters.datadog.targeting import rule_set_facts
from bot.errors import Malformed
from bot.forms.rules import ReplaceRules
from bot.forms.ruleset import fact_of, words
from bot.model import Aspect, Facts
from tests.adapters.datadog.scripted import FLAG, PROD, SCHEDULE_ID, Scripted, answer, flag_body, rule_body

_VARIANTS = [{"id": "v", "key": "on", "name": "On", "value": "true"}, {"id": "w", "key": "off"}]
_LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
_JSON = st.recursive(
    _LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
_FIELDS = sorted({*rule_body(), "extra"})


def whole(rule: dict[str, Any], variants: Any = None) -> dict[str, Any]:
    """Return the answer for a flag with one rule."""
    body = flag_body(allocations=[rule])
    body["data"]["attributes"]["variants"] = _VARIANTS if variants is None else variants
    return body


def facts_of(body: dict[str, Any]) -> Facts:
    """Return the facts of its rules."""
    flag = read(FlagAnswer, body).data
    return rule_set_facts(flag, setting_in(flag, PROD.id))


async def test_the_rules_of_a_flag_are_read_where_they_are_meant() -> None:
    """A target that is about rules has them among its facts, in the form's own fields; any other has not."""
    scripted = Scripted(answer(200, whole(rule_body(absolute_start_time="2026-04-22T20:16:00.322813054Z"))))
    plain = await scripted.provider.snapshot(FLAG)
    assert "ruleset" not in plain.facts
    seen = await scripted.provider.snapshot(FLAG.model_copy(update={"aspect": Aspect.RULES}))
    assert (seen.facts["rule_order"], seen.facts["begun"]) == (["everyone"], [SCHEDULE_ID])
    current = ReplaceRules.current(seen.facts)
    assert ReplaceRules.read(current).difference(seen).changes == ()
    (rule,) = ReplaceRules.read(current).rules
    assert words(rule.model_dump(mode="json", exclude_none=True)) == (
        "Everyone — for a is one of “x”, “y”: on 100 %; rolled out 5 % for 1m → 100 %; started by hand"
    )


def test_a_plain_rule_has_no_rollout() -> None:
    """A schedule of one step for everybody is no rollout, whatever it says beside."""
    facts = facts_of(whole(rule_body("NO_ROLLOUT", absolute_start_time="2026-04-22T20:16:00Z")))
    assert facts["begun"] == []
    assert isinstance(facts[fact_of("everyone")], dict)
    (rule,) = ReplaceRules.read(ReplaceRules.current(facts)).rules
    assert rule.rollout_steps == ()


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from(_FIELDS), _JSON, max_size=4), st.sets(st.sampled_from(_FIELDS), max_size=3))
def test_odd_rules_are_read_or_malformed(odd: dict[str, Any], missing: set[str]) -> None:
    """A rule with missing, null, odd and extra fields is read, or told to be malformed; nothing else comes of it."""
    rule = {name: value for name, value in {**rule_body(), **odd}.items() if name not in missing}
    try:
        facts = facts_of(whole(rule))
    except Malformed:
        return
    assert len(facts["rule_order"]) == 1  # type: ignore[arg-type]  # a list


@given(_JSON)
def test_odd_variants_break_nothing_that_does_not_need_them(variants: Any) -> None:
    """What a flag can serve is not looked at where it is archived, so odd variants keep nobody from that."""
    flag = read(FlagAnswer, whole(rule_body(), variants)).data
    assert flag_facts_everywhere(flag)["exists"] is True
