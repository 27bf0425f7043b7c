"""What is entered in a form: where its errors stand, and what an emptied field means."""

from bot.forms.flag import FlagCreate, FlagEdit
from bot.forms.rules import AddRule
from handlers.cards.modals.drawing import fields
from handlers.cards.modals.refused import beside
from handlers.forms.entered import read
from handlers.forms.fields import Kind, fields_of

Values = dict[str, dict[str, str | None]]


def entered(**texts: str) -> Values:
    """Return a modal's values by field."""
    return {f"form.{name}": {"value": text} for name, text in texts.items()}


def test_how_each_field_is_filled_in() -> None:
    """Kinds follow from the model: choices, boxes to tick, several lines, one line."""
    kinds = {field.name: field.kind for field in fields_of(AddRule)}
    assert kinds["type"] is Kind.CHOICE
    assert kinds["autostart"] is Kind.YES_NO
    assert kinds["variant_weights"] is Kind.BOX
    assert kinds["selection_interval_ms"] is Kind.LINE
    assert kinds["key"] is Kind.LINE
    create = {field.name: field for field in fields_of(FlagCreate)}
    assert create["description"].kind is Kind.TEXT
    assert create["variants"].like == "on (On) = true"
    assert "Like “on (On) = true”; a list in JSON is read, too." in str(fields(FlagCreate, {}))
    assert (create["key"].required, create["description"].required) == (True, False)


def test_several_errors_stand_each_beside_its_field() -> None:
    """The model's own sentences, none of them lost, and what is about a part names the part."""
    found = read(FlagCreate, entered(key="-bad", name="Beta", variants="on = true\non = false"))
    assert set(found.wrong) == {"form.key", "form.variants"}
    assert found.wrong["form.variants"] == "Two variants have the key on; each needs one of its own."
    found = read(AddRule, entered(key="a", name="A", variant_weights='[{"variant": "on", "value": 101}]'))
    assert found.wrong == {"form.variant_weights": "Number 1, value: At most 100."}


def test_json_in_a_field_is_strict() -> None:
    """A repeated key and broken JSON are said beside the field."""
    twice = read(AddRule, entered(key="a", name="A", variant_weights='[{"variant": "on", "variant": "off"}]'))
    assert "says “variant” twice" in twice.wrong["form.variant_weights"]
    broken = read(AddRule, entered(key="a", name="A", variant_weights="[{"))
    assert "That is not JSON" in broken.wrong["form.variant_weights"]


def test_an_emptied_field_takes_away_what_was_there() -> None:
    """A field that was empty is left out; one that held something is told as empty, for the model to judge."""
    assert read(FlagEdit, entered(name="New")).parameters == {"name": "New"}
    assert read(FlagEdit, entered(name="New"), ("name", "description")).parameters == {"name": "New", "description": ""}
    assert read(FlagEdit, {}, ("name",)).wrong == {"form.name": "This has to be filled in."}


def test_errors_about_no_field_stand_beside_the_last() -> None:
    """Slack shows sentences beside fields that are there, so that one about the whole form finds a place."""
    assert beside(FlagEdit, [("", "Nothing."), ("gone", "What?")]) == {"form.json_schema": "Nothing. What?"}
