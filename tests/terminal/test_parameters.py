"""JSON for a form: read from where it is said, checked strictly, and told in plain sentences."""

import io
from pathlib import Path

import jsonschema
import pytest

from bot.actions import CATALOGUE
from bot.errors import AskAgain
from bot.grammar.command import Command
from bot.terminal.parameters import filled, schema, text_of, unfilled

CREATE = Command(action="flag.create", target="new-checkout")
FORMS = [action.name for action in CATALOGUE if action.form is not None]


def test_it_is_read_from_where_it_is_said(tmp_path: Path) -> None:
    """A file, standard input and the JSON itself come to the same text."""
    (tmp_path / "form.json").write_text('{"name": "New checkout"}')
    said = {text_of(f"@{tmp_path}/form.json"), text_of("-", lambda: io.StringIO('{"name": "New checkout"}'))}
    assert said == {text_of('{"name": "New checkout"}')}
    with pytest.raises(AskAgain, match="cannot be read"):
        text_of(f"@{tmp_path}/none.json")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("[]", "has to be an object"),
        ('{"name": "a", "name": "b"}', "twice"),
        ('{"name": NaN}', "no number"),
        ("{}", "Nothing is filled in"),
        ('{"nmae": "a"}', "nmae: There is no field called “nmae”"),
        ('{"key": "another"}', "say the same"),
    ],
)
def test_what_is_wrong_is_one_sentence(text: str, said: str) -> None:
    """JSON that is none, repeats a key, or holds fields that are not the form's is refused, and says so."""
    with pytest.raises(AskAgain, match=said):
        filled(CREATE, text)


def test_an_action_without_a_form_takes_no_json_and_one_with_a_form_wants_it() -> None:
    """JSON for what has no form is refused, and so is a form that nobody filled in."""
    pause = Command(action="rollout.pause", target="checkout-v2", environment="prod")
    with pytest.raises(AskAgain, match="has no form"):
        filled(pause, '{"name": "x"}')
    assert unfilled(pause) == pause
    with pytest.raises(AskAgain, match=r"python -m bot schema flag\.create"):
        unfilled(CREATE)


@pytest.mark.parametrize("name", FORMS)
def test_every_form_has_its_schema(name: str) -> None:
    """The schema of each form is a sound one, called as the action is, and knows every field."""
    made = schema(name)
    jsonschema.Draft202012Validator.check_schema(made)
    action = next(one for one in CATALOGUE if one.name == name)
    assert action.form is not None
    assert made["title"] == action.words.title
    assert isinstance(made["properties"], dict)
    assert set(made["properties"]) == set(action.form.model_fields)


@pytest.mark.parametrize("name", ["flag.disable", "flag.explode"])
def test_where_there_is_no_form_there_is_no_schema(name: str) -> None:
    """An action without a form, and one that does not exist, are refused with those that have one."""
    with pytest.raises(AskAgain, match=r"flag\.create"):
        schema(name)
