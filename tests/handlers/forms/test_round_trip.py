"""A valid form, drawn and sent as it stands, is the same form, whatever is in it; and Slack would take the modal."""

from typing import Any, ClassVar, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import Field, JsonValue, ValidationError

from bot.actions import CATALOGUE
from bot.forms.environment import EnvironmentCreate, EnvironmentEdit
from bot.forms.flag import FlagCreate, FlagEdit
from bot.forms.form import Form
from bot.forms.rules import AddRule, ReplaceRules
from bot.model import Facts
from bot.sandbox.slack.limits.surfaces import view_problems
from bot.sandbox.slack.values import input_errors, state_of
from handlers.cards.modals.drawing import DoesNotFit
from handlers.cards.modals.form_view import form_view
from handlers.cards.modals.guide import Names
from handlers.forms.draft import Draft
from handlers.forms.entered import read
from handlers.reading import state_values

Strategy = st.SearchStrategy[Any]


class Everything(Form):
    """A form with a field of each kind."""

    names: ClassVar[str] = "name"

    name: str = Field(title="Name", min_length=1)
    text: str | None = Field(default=None, max_length=2000, min_length=1)
    count: int = 3
    share: float | None = None
    one_of: Literal["a", "b"] = "a"
    level: Literal[1, 2, 3] | None = None
    sure: bool = False
    maybe: bool | None = None
    more: dict[str, list[int]] | None = None


HOSTILE = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=60)
WORDS = (
    st.sampled_from(["on", "<!channel>", "a`b", "مرحبا", "[1]", "a, b", "x = y", "or", "50%", "“q”", "{}"]) | HOSTILE
)
SEVERAL = st.lists(WORDS, min_size=1, max_size=3)
KEYS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True)


def maybe(values: Strategy) -> Strategy:
    """Return a strategy for a value that may be left out."""
    return st.none() | values


CONDITIONS = st.fixed_dictionaries(
    {
        "attribute": WORDS,
        "operator": st.sampled_from(["ONE_OF", "NOT_ONE_OF"]),
        "value": st.lists(WORDS, min_size=1, max_size=3),
    }
)
STEPS = st.lists(st.integers(1, 1000), min_size=1, max_size=4, unique=True).map(
    lambda many: [{"exposure_ratio": one / 1000, "interval_ms": one * 1500} for one in sorted(many)]
)
SHARES: list[dict[str, float]] = [{"on": 100}, {"on": 50, "a b": 50}, {"x=1": 33.4, "y": 66.6}]
RULE: dict[str, Strategy] = {
    "key": KEYS,
    "name": WORDS,
    "targeting_rules": st.lists(
        st.fixed_dictionaries({"conditions": st.lists(CONDITIONS, min_size=1, max_size=2)}), max_size=2
    ),
    "variant_weights": st.sampled_from(SHARES).map(
        lambda shares: [{"variant": key, "value": value} for key, value in shares.items()]
    ),
    "rollout_steps": st.just([]) | STEPS,
    "selection_interval_ms": st.integers(1, 10**9),
    "control_variant": maybe(WORDS),
}
FORMS: dict[type[Form], dict[str, Strategy]] = {
    FlagCreate: {
        "key": KEYS,
        "name": WORDS,
        "description": st.just("") | WORDS,
        "value_type": st.just("STRING"),
        "variants": st.lists(
            st.fixed_dictionaries({"key": KEYS, "name": WORDS, "value": WORDS}),
            min_size=1,
            max_size=3,
            unique_by=lambda one: one["key"],
        ),
    },
    FlagEdit: {"name": WORDS, "description": maybe(WORDS)},
    EnvironmentCreate: {"name": WORDS, "queries": SEVERAL, "is_production": st.booleans()},
    EnvironmentEdit: {"name": WORDS, "queries": maybe(SEVERAL), "is_production": maybe(st.booleans())},
    AddRule: RULE,
    ReplaceRules: {
        "rules": st.lists(st.fixed_dictionaries(RULE), min_size=1, max_size=2, unique_by=lambda one: one["key"])
    },
    Everything: {
        "name": WORDS,
        "text": maybe(WORDS),
        "count": st.integers(),
        "share": maybe(st.integers(-(10**9), 10**9).map(lambda whole: whole / 10**7)),
        "one_of": st.sampled_from(["a", "b"]),
        "level": maybe(st.sampled_from([1, 2, 3])),
        "sure": st.booleans(),
        "maybe": maybe(st.booleans()),
        "more": maybe(st.dictionaries(WORDS, st.lists(st.integers(), max_size=2), min_size=1, max_size=2)),
    },
}


def drawn(form: type[Form], values: Facts) -> dict[str, Any]:
    """Return the modal of a form, which Slack would take."""
    view = form_view(
        Draft(action="flag.edit", target="some-id", channel="C1"), form, values, Names("new-search", "prod")
    )
    assert view_problems(view, kind="modal") == []
    return view


def _said(facts: Facts) -> Facts:
    return {name: value for name, value in facts.items() if value != ""}


def test_every_form_of_the_catalogue_is_tried() -> None:
    """A form that is added to the catalogue is added here, too."""
    assert {action.form for action in CATALOGUE if action.form is not None} <= set(FORMS)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_sent_unchanged_it_is_the_same(form: type[Form], data: st.DataObject) -> None:
    """
    What was valid comes back as it was, beside no error, unless a modal cannot hold it, which is said then.

    A text that comes to nothing is a blank field, and a blank field says nothing.
    """
    given_ = {name: value for name, value in data.draw(st.fixed_dictionaries(FORMS[form])).items() if value is not None}
    try:
        wanted = form.read(given_).canonical()
    except ValidationError:
        return  # two hostile words may come to the same, which the model refuses
    try:
        blocks = drawn(form, wanted)["blocks"]
    except DoesNotFit:
        large = len(str(wanted)) > 1500
        assert large
        return
    state = state_of(blocks, {}, {})
    assert input_errors(blocks, state) == {}
    found = read(form, state_values({"state": {"values": state}}))
    assert found.wrong == {}
    assert _said(form.read(found.parameters).canonical()) == _said(wanted)


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from([f"form.{name}" for name in Everything.model_fields]),
        st.fixed_dictionaries({"value": st.none() | WORDS | st.just("x" * 3000)}),
    )
)
def test_whatever_is_entered_is_taken_or_said(values: dict[str, dict[str, str | None]]) -> None:
    """No entry breaks the reader; what is wrong stands beside a field that is there, in a sentence that Slack shows."""
    found = read(Everything, values)
    assert set(found.wrong) <= {f"form.{name}" for name in Everything.model_fields}
    assert all(0 < len(sentence) <= 500 for sentence in found.wrong.values())
    if not found.wrong:
        Everything.read(found.parameters)


LARGE: list[JsonValue] = [
    {"key": f"rule-{n}", "name": "n" * 100, "variant_weights": [{"variant": "on", "value": 100}]} for n in range(30)
]


def test_what_does_not_fit_goes_to_the_command_line() -> None:
    """A rule set too long for one field is not cut: it is said where to give it."""
    with pytest.raises(DoesNotFit, match="longer than a modal holds") as said:
        drawn(ReplaceRules, {"rules": LARGE})
    assert "python -m bot change" in said.value.next_step
