"""Forms: what they take, what they say is wrong, and that nothing of them is lost on the way."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue, ValidationError

from bot.actions import CATALOGUE
from bot.forms.environment import EnvironmentCreate, EnvironmentEdit
from bot.forms.flag import AddRule, FlagCreate, FlagEdit, ReplaceRules, Variant
from bot.forms.form import Form, Part, Unreadable, problems, strict_json
from bot.forms.lines import length, milliseconds, spelt
from bot.forms.pages import MOST_PAGES, pages, showable
from bot.forms.ruleset import comparable, words
from bot.forms.targeting import SAID, Condition, Group, Guardrail, Step, Weight
from bot.model import Facts, FieldChange, Risk, Snapshot
from tests.builders import a_plan, a_target

FORMS: tuple[type[Form], ...] = (FlagCreate, FlagEdit, AddRule, ReplaceRules, EnvironmentCreate, EnvironmentEdit)
_KEYS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,12}", fullmatch=True)
_WORDS = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=8)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def _conditions(draw: Any) -> dict[str, Any]:
    operator = draw(st.sampled_from(sorted(SAID)))
    values = {"IS_NULL": st.just([]), "ONE_OF": st.lists(_WORDS, min_size=1, max_size=3)}
    values["NOT_ONE_OF"] = values["ONE_OF"]
    number = st.lists(st.integers(-99, 99).map(str), min_size=1, max_size=1)
    usual = number if operator in ("LT", "LTE", "GT", "GTE") else st.lists(_WORDS, min_size=1, max_size=1)
    return {"attribute": draw(_KEYS), "operator": operator, "value": draw(values.get(operator, usual))}


@st.composite
def a_rule(draw: Any) -> dict[str, Any]:
    """Return a rule that makes sense."""
    share = draw(st.integers(0, 100))
    ratios = sorted(draw(st.sets(st.integers(1, 1000), max_size=5)))
    lengths = st.none() | st.integers(1, 10**10)
    steps = [
        {"exposure_ratio": ratio / 1000, "interval_ms": draw(lengths), "is_pause_record": draw(st.booleans())}
        for ratio in ratios
    ]
    guards = draw(st.dictionaries(_KEYS, st.sampled_from(["PAUSE", "ABORT"]), max_size=2)) if steps else {}
    return {
        "key": draw(_KEYS),
        "name": draw(_WORDS),
        "type": draw(st.sampled_from(["FEATURE_GATE", "CANARY"])),
        "targeting_rules": [
            {"conditions": conditions}
            for conditions in draw(st.lists(st.lists(_conditions(), min_size=1, max_size=3), max_size=3))
        ],
        "variant_weights": [{"variant": "on", "value": share}, {"variant": "off", "value": 100 - share}],
        "rollout_steps": steps,
        "autostart": draw(st.booleans()) if steps else False,
        "guardrail_metrics": [{"metric_id": name, "trigger_action": then} for name, then in guards.items()],
    }  # fmt: skip


@given(a_rule())
def test_a_rule_survives_its_own_spelling(rule: dict[str, Any]) -> None:
    """What a form recorded is read back as the same form, also when each box holds it as text."""
    form = AddRule.read(rule)
    assert AddRule.read(form.canonical()) == form
    typed: Facts = {
        name: spelt(AddRule, name, value) if isinstance(value, list) else value
        for name, value in form.canonical().items()
    }
    assert AddRule.read(typed) == form
    assert AddRule.read(json.loads(json.dumps(form.canonical()))).canonical() == form.canonical()


@given(a_rule(), a_rule())
def test_only_what_differs_differs(one: dict[str, Any], other: dict[str, Any]) -> None:
    """A set against itself is no difference; against another set every rule that goes or comes is named."""
    first, second = AddRule.read(one).canonical(), AddRule.read({**other, "key": f"x{other['key']}"}).canonical()
    seen = Snapshot(
        target=a_target(), facts={"ruleset": [first], "variants": [{"key": "on"}, {"key": "off"}]}, taken_at=1
    )
    assert ReplaceRules.read({"rules": [first]}).difference(seen).changes == ()
    told = ReplaceRules.read({"rules": [second]}).difference(seen)
    assert {change.label for change in told.changes} >= {
        f"Rule {first['key']} (removed)",
        f"Rule {second['key']} (new)",
    }
    shuffled = {**first, "targeting_rules": [*reversed(_list(first["targeting_rules"]))]}
    assert comparable(shuffled) == comparable(first)
    assert str(first["name"]) in words(first)


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


@settings(max_examples=60)
@given(st.sampled_from(FORMS), st.dictionaries(st.text(max_size=12), _JSON, max_size=5), st.data())
def test_anything_at_all_is_taken_or_told(form: type[Form], given_: dict[str, Any], data: st.DataObject) -> None:
    """Whatever is filled in is a form, or a sentence for each thing that is wrong with it."""
    fields = data.draw(st.dictionaries(st.sampled_from(sorted(form.model_fields)), _JSON, max_size=5))
    try:
        form.read({**given_, **fields}).canonical()
    except ValidationError as wrong:
        told = problems(wrong)
        assert told
        assert all(sentence and sentence.endswith((".", "!", "?")) for _, sentence in told), told
        assert len({path for path, _ in told}) == len(told)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=4))
def test_weights_add_up(weights: list[float]) -> None:
    """Weights that do not come to a hundred are refused with what they come to, and others are taken."""
    given_: Facts = {"key": "k", "name": "n"}
    listed: list[JsonValue] = [{"variant": f"v{n}", "value": value} for n, value in enumerate(weights)]
    if abs(sum(weights) - 100) <= 1e-6:
        AddRule.read({**given_, "variant_weights": listed})
        return
    with pytest.raises(ValidationError) as wrong:
        AddRule.read({**given_, "variant_weights": listed})
    assert [path for path, _ in problems(wrong.value)] == ["variant_weights"]
    assert "have to add up to 100" in problems(wrong.value)[0][1]


def test_every_field_has_words_of_its_own() -> None:
    """Each field of each form and part has a title, a description and, where it is text, an example."""
    models: tuple[type[Part], ...] = (*FORMS, Variant, Condition, Group, Guardrail, Step, Weight)
    for model in models:
        for name, field in model.model_fields.items():
            assert field.title, (model, name)
            assert field.description, (model, name)
            assert field.examples or field.annotation is bool, (model, name)


def test_every_form_belongs_to_an_action() -> None:
    """Each form is an action's, and its schema can be shown."""
    assert {action.form for action in CATALOGUE if action.form} == set(FORMS)
    for form in FORMS:
        schema = form.model_json_schema()
        assert schema["additionalProperties"] is False
        assert schema["description"]
        assert issubclass(form, Part)


@pytest.mark.parametrize(
    ("form", "given_", "path", "sentence"),
    [
        (FlagCreate, {"variants": "on = true"}, "key", "This has to be filled in."),
        (FlagCreate, {"key": "two words"}, "key", "Letters, digits, dots"),
        (FlagCreate, {"key": "k", "name": "n", "variants": "on = yes"}, "variants", "The value of on is not true or"),
        (FlagCreate, {"value_type": "INTEGER", "variants": "on = 1.5"}, "variants", "The value of on is not a whole"),
        (FlagCreate, {"value_type": "JSON", "variants": "on = {"}, "variants", "The value of on is not JSON"),
        (FlagCreate, {"value_type": "COLOUR"}, "value_type", "One of 'BOOLEAN'"),
        (FlagCreate, {"variants": "on"}, "variants", "“on” is not understood; type it like “on (On) = true”."),
        (FlagEdit, {}, "", "Say at least one thing that shall be different."),
        (FlagEdit, {"value_type": "JSON"}, "value_type", "There is no field called “value_type”."),
        (FlagEdit, {"json_schema": '{"a": 1, "a": 2}'}, "json_schema", "The JSON says “a” twice"),
        (EnvironmentCreate, {"name": "n", "queries": ""}, "queries", "At least 1 of these."),
        (EnvironmentCreate, {"name": "n", "queries": "a, a"}, "queries", "Each of these is wanted once."),
        (AddRule, {"targeting_rules": "age GT old"}, "targeting_rules.0.conditions.0", "GT compares age with a number"),
        (AddRule, {"targeting_rules": "age IS 3"}, "targeting_rules", "“age IS 3” is not understood"),
        (AddRule, {"rollout_steps": "5% for ever"}, "rollout_steps", "“5% for ever” is not understood"),
        (AddRule, {"rollout_steps": "5%\n5%"}, "rollout_steps", "Step 2 has 5 % after 5 %"),
        (AddRule, {"rollout_steps": [{"exposure_ratio": -0.1}]}, "rollout_steps.0.exposure_ratio", "At least 0."),
        (AddRule, {"autostart": True}, "autostart", "Nothing can start at once"),
        (AddRule, {"guardrail_metrics": "m PAUSE"}, "guardrail_metrics", "Guardrail metrics need rollout steps"),
        (AddRule, {"variant_weights": "on 50\non 50"}, "variant_weights", "The weights name on twice"),
        (ReplaceRules, {"rules": "[{]"}, "rules", "That is not JSON"),
        (ReplaceRules, {"rules": '[{"key": 1, "key": 2}]'}, "rules", "The JSON says “key” twice"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_field(form: type[Form], given_: Any, path: str, sentence: str) -> None:
    """Each mistake has its field and a plain sentence."""
    with pytest.raises(ValidationError) as wrong:
        form.read(given_)
    told = dict(problems(wrong.value))
    assert sentence in told.get(path, ""), told


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "That is not JSON"),
        ("[]", "has to be an object"),
        ('{"a": 1, "a": 1}', "says “a” twice"),
        ('{"a": {"b": 1, "b": 2}}', "says “b” twice"),
        ('{"a": NaN}', "holds NaN"),
        ('{"a": -Infinity}', "holds -Infinity"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_strict_json_refuses(text: str, sentence: str) -> None:
    """JSON that says a thing twice, or is none, is refused in a sentence."""
    with pytest.raises(Unreadable, match=sentence):
        strict_json(text)


def test_lengths_of_time() -> None:
    """Lengths are read as people write them, and spelt in the units people use."""
    assert [milliseconds(text) for text in ("30m", "1h 30m", "1.5h", "2d", "500ms", "90 min")] == [
        1_800_000, 5_400_000, 5_400_000, 172_800_000, 500, 5_400_000,
    ]  # fmt: skip
    assert length(5_400_000) == "1h 30m"
    for wrong in ("", "soon", "3", "5m soon", "-5m"):
        with pytest.raises(ValueError, match="is not a length of time"):
            milliseconds(wrong)


@given(st.integers(1, 10**12))
def test_lengths_survive_their_spelling(ms: int) -> None:
    """A length that was spelt is read as the same length."""
    assert milliseconds(length(ms)) == ms


@settings(max_examples=40)
@given(st.lists(st.tuples(st.text(max_size=80), st.text(max_size=900)), max_size=12), st.integers(20, 300))
def test_pages_hold_everything(changes: list[tuple[str, str]], size: int) -> None:
    """No character of a difference is missing from its pages, and no page is longer than it may be."""
    plan = a_plan().model_copy(
        update={"changes": tuple(FieldChange(label=one, before=other, after=one + other) for one, other in changes)}
    )
    found = pages(plan, size)
    assert all(len(page) <= size for page in found)
    said = "".join(found).replace("\n", "")
    wanted = "".join(f"{c.label}Now: {c.before}After: {c.after}" for c in plan.changes).replace("\n", "")
    assert said == wanted


def test_what_has_too_many_pages_cannot_be_shown() -> None:
    """A plan is shown whole up to its last page, and not beyond."""
    text = "x" * 2_800 * MOST_PAGES
    long = a_plan().model_copy(update={"changes": (FieldChange(label="", before="", after=text),)})
    assert showable(a_plan())
    assert not showable(long)


@pytest.mark.parametrize(
    ("before", "edit", "risk"),
    [
        (False, {"name": "x"}, None),
        (False, {"is_production": False}, None),
        (False, {"is_production": True}, Risk.IRREVERSIBLE),
        (True, {"name": "x"}, Risk.IRREVERSIBLE),
        (True, {"is_production": False}, Risk.IRREVERSIBLE),
    ],
)
def test_editing_production_cannot_be_undone(before: bool, edit: dict[str, Any], risk: Risk | None) -> None:
    """An environment that is production before or after is edited under the gravest class."""
    seen = Snapshot(target=a_target(), facts={"production_mark": before, "name": "eu"}, taken_at=1)
    assert EnvironmentEdit.read(edit).difference(seen).risk is risk


@pytest.mark.parametrize(
    ("started", "halted", "at", "goes_on"),
    [
        (None, None, 0, False),
        ("2026-10-14T12:00:00.123456789Z", None, 1_791_979_200_000 + 60_000, True),
        ("2026-10-14T12:00:00Z", None, 1_791_979_200_000 + 3_600_001, False),
        ("2026-10-14T12:00:00Z", "ABORT", 1_791_979_200_000 + 60_000, False),
        ("2026-10-14T12:00:00Z", "PAUSE", 1_791_979_200_000 + 36_000_000, True),
        ("when it began", None, 0, True),
    ],
)
def test_whether_a_rollout_goes_on_is_inferred(started: str | None, halted: str | None, at: int, goes_on: bool) -> None:
    """A rollout goes on from its start to the end of its steps, unless a guardrail ended it; in doubt it does."""
    rule = {
        "key": "r", "name": "R", "variant_weights": [{"variant": "on", "value": 100}], "schedule_id": "s",
        "rollout_steps": [{"exposure_ratio": 0.1, "interval_ms": 3_600_000}, {"exposure_ratio": 1}],
        "started_at": started, "halted": halted,
    }  # fmt: skip
    seen = Snapshot(target=a_target(), facts={"ruleset": [rule], "variants": []}, taken_at=at)
    told = ReplaceRules.read({"rules": []}).difference(seen)
    assert (told.risk is Risk.IRREVERSIBLE) is goes_on
