"""Each of Block Kit's limits is enforced at its edge, and what is allowed passes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.slack.limits.surfaces import message_problems, suggestion_problems, view_problems
from tests.sandbox.slack.stage import actions, button, modal, section, text_input

Block = dict[str, Any]


def plain(text: str) -> Block:
    """Return a plain_text object."""
    return {"type": "plain_text", "text": text}


def option(text: str = "One", value: str = "1", **more: Any) -> Block:
    """Return an option."""
    return {"text": plain(text), "value": value, **more}


def select(count: int = 1, **more: Any) -> Block:
    """Return a static select with so many options."""
    options = [option(value=str(number)) for number in range(count)]
    return {"type": "static_select", "action_id": "pick", "options": options, **more}


def confirm(title: int = 1, text: int = 1, yes: int = 1, no: int = 1) -> Block:
    """Return a confirm dialog with texts so long."""
    return {
        "title": plain("t" * title),
        "text": plain("t" * text),
        "confirm": plain("y" * yes),
        "deny": plain("n" * no),
    }


def table(rows: int, columns: int) -> Block:
    """Return a table of so many cells."""
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * columns for _ in range(rows)]}


def image(**more: Any) -> Block:
    """Return an image block."""
    return {"type": "image", "image_url": "https://images.example/a.png", "alt_text": "a graph", **more}


def checks(kind: str, count: int) -> Block:
    """Return checkboxes or radio buttons with so many options."""
    options = [option(value=str(number)) for number in range(count)]
    return {"type": kind, "action_id": "pick", "options": options}


def buttons(count: int) -> list[Block]:
    """Return so many buttons with ids of their own."""
    return [button(f"b{number}") for number in range(count)]


SIZES: dict[str, tuple[Any, int, int]] = {
    "blocks of a message": (lambda n: [section()] * n, 0, 50),
    "section text": (lambda n: [section("x" * n)], 1, 3000),
    "section fields": (lambda n: [{"type": "section", "fields": [plain("x")] * n}], 1, 10),
    "field text": (lambda n: [{"type": "section", "fields": [plain("x" * n)]}], 1, 2000),
    "header text": (lambda n: [{"type": "header", "text": plain("x" * n)}], 1, 150),
    "action elements": (lambda n: [actions(*buttons(n))], 1, 25),
    "button text": (lambda n: [actions(button(text=plain("x" * n)))], 1, 75),
    "button value": (lambda n: [actions(button(value="x" * n))], 1, 2000),
    "button url": (lambda n: [actions(button(url="x" * n))], 1, 3000),
    "button label": (lambda n: [actions(button(accessibility_label="x" * n))], 1, 75),
    "action_id": (lambda n: [actions(button("x" * n))], 1, 255),
    "block_id": (lambda n: [actions(button(), block_id="x" * n)], 1, 255),
    "context elements": (lambda n: [{"type": "context", "elements": [plain("x")] * n}], 1, 10),
    "select options": (lambda n: [actions(select(n))], 1, 100),
    "option text": (lambda n: [actions({**select(), "options": [option("x" * n)]})], 1, 75),
    "option value": (lambda n: [actions({**select(), "options": [option(value="x" * n)]})], 0, 150),
    "option description": (lambda n: [actions({**select(), "options": [option(description=plain("x" * n))]})], 1, 75),
    "placeholder": (lambda n: [actions(select(placeholder=plain("x" * n)))], 1, 150),
    "overflow options": (lambda n: [actions({**select(n), "type": "overflow"})], 1, 5),
    "checkboxes": (lambda n: [actions(checks("checkboxes", n))], 1, 10),
    "radio buttons": (lambda n: [actions(checks("radio_buttons", n))], 1, 10),
    "confirm title": (lambda n: [actions(button(confirm=confirm(title=n)))], 1, 100),
    "confirm text": (lambda n: [actions(button(confirm=confirm(text=n)))], 1, 300),
    "confirm button": (lambda n: [actions(button(confirm=confirm(yes=n)))], 1, 30),
    "confirm deny": (lambda n: [actions(button(confirm=confirm(no=n)))], 1, 30),
    "table rows": (lambda n: [table(n, 1)], 1, 100),
    "table columns": (lambda n: [table(1, n)], 1, 20),
    "tables": (lambda n: [table(1, 1)] * n, 0, 1),
    "image alt_text": (lambda n: [image(alt_text="x" * n)], 1, 2000),
    "image title": (lambda n: [image(title=plain("x" * n))], 1, 2000),
    "markdown": (lambda n: [{"type": "markdown", "text": "x" * n}], 1, 12_000),
}


@pytest.mark.parametrize("name", SIZES)
def test_a_message_part_is_refused_beyond_its_size(name: str) -> None:
    """The largest size passes, one more is refused, and so is one less than the smallest."""
    build, low, high = SIZES[name]
    assert message_problems(build(high)) == []
    assert message_problems(build(high + 1))
    if low > 0:
        assert message_problems(build(low)) == []
        assert message_problems(build(low - 1))


VIEW_SIZES: dict[str, tuple[Any, int]] = {
    "blocks of a view": (lambda n: modal(*[section()] * n), 100),
    "title": (lambda n: modal(title=plain("x" * n)), 24),
    "submit": (lambda n: modal(submit=plain("x" * n)), 24),
    "close": (lambda n: modal(close=plain("x" * n)), 24),
    "private_metadata": (lambda n: modal(private_metadata="x" * n), 3000),
    "callback_id": (lambda n: modal(callback_id="x" * n), 255),
    "external_id": (lambda n: modal(external_id="x" * n), 255),
    "input label": (lambda n: modal({**text_input(), "label": plain("x" * n)}), 2000),
    "input hint": (lambda n: modal({**text_input(), "hint": plain("x" * n)}), 2000),
    "max_length": (lambda n: modal(text_input(max_length=n)), 3000),
    "min_length": (lambda n: modal(text_input(min_length=n)), 3000),
    "initial_value": (lambda n: modal(text_input(initial_value="x" * n)), 3000),
}


@pytest.mark.parametrize("name", VIEW_SIZES)
def test_a_view_part_is_refused_beyond_its_size(name: str) -> None:
    """The largest size passes in a modal and one more is refused."""
    build, high = VIEW_SIZES[name]
    assert view_problems(build(high)) == []
    assert view_problems(build(high + 1))


REFUSED: dict[str, list[Block]] = {
    "no block": [{"text": "x"}],
    "an unknown block": [{"type": "sparkle"}],
    "input in a message": [text_input()],
    "two equal block ids": [actions(button(), block_id="a"), actions(button(), block_id="a")],
    "two equal action ids": [actions(button("a"), button("a"))],
    "an empty section": [{"type": "section"}],
    "a header in mrkdwn": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
    "a button in mrkdwn": [actions(button(text={"type": "mrkdwn", "text": "x"}))],
    "a button without text": [actions({"type": "button", "action_id": "a"})],
    "an unknown style": [actions(button(style="loud"))],
    "an unknown property": [actions(button(colour="red"))],
    "a text field in actions": [actions(text_input()["element"])],
    "an image without alt_text": [{"type": "image", "image_url": "https://images.example/a.png"}],
    "an image without a source": [{"type": "image", "alt_text": "x"}],
    "a context with a button": [{"type": "context", "elements": [button()]}],
    "a confirm without deny": [actions(button(confirm={key: confirm()[key] for key in ("title", "text", "confirm")}))],
    "a select without options": [actions({"type": "static_select", "action_id": "a"})],
    "a select with both kinds": [actions(select(option_groups=[{"label": plain("g"), "options": [option()]}]))],
    "an initial option that is none": [actions(select(initial_option=option(value="other")))],
    "a date that is none": [actions({"type": "datepicker", "action_id": "a", "initial_date": "tomorrow"})],
    "a time that is none": [actions({"type": "timepicker", "action_id": "a", "initial_time": "25:00"})],
    "an unknown part of rich text": [{"type": "rich_text", "elements": [{"type": "rich_text_poem", "elements": []}]}],
    "an unknown leaf of rich text": [
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "sound"}]}]}
    ],
    "a table cell of another kind": [{"type": "table", "rows": [[plain("x")]]}],
    "focus in a message": [actions(select(focus_on_load=True))],
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_slack_does_not_know_is_refused_in_messages(name: str) -> None:
    """Blocks of the wrong form or on the wrong surface are refused."""
    assert message_problems(REFUSED[name])


REFUSED_VIEWS: dict[str, Any] = {
    "no object": ["x"],
    "another type": modal(type="panel"),
    "no title": {key: value for key, value in modal().items() if key != "title"},
    "no blocks": {key: value for key, value in modal().items() if key != "blocks"},
    "inputs without submit": {key: value for key, value in modal().items() if key != "submit"},
    "a table in a modal": modal(table(1, 1)),
    "a title on a home": {"type": "home", "title": plain("x"), "blocks": []},
    "a file input on a home": {"type": "home", "blocks": [{**text_input(), "element": {"type": "file_input"}}]},
    "a number without its kind": modal({**text_input(), "element": {"type": "number_input"}}),
    "a shortest above the longest": modal(text_input(min_length=5, max_length=4)),
    "two elements with focus": modal(text_input("a", focus_on_load=True), text_input("b", focus_on_load=True)),
    "a button as an input": modal({**text_input(), "element": button()}),
}


@pytest.mark.parametrize("name", REFUSED_VIEWS)
def test_what_slack_does_not_know_is_refused_in_views(name: str) -> None:
    """Views of the wrong form are refused."""
    assert view_problems(REFUSED_VIEWS[name])


def test_a_rich_message_passes() -> None:
    """A message that uses most of what there is has no problem."""
    words = {"type": "rich_text_section", "elements": [{"type": "text", "text": "x", "style": {"bold": True}}]}
    picker = {"type": "datepicker", "action_id": "day", "initial_date": "2026-01-31"}
    assert not message_problems(
        [
            {"type": "header", "text": plain("PROD · Disable flag")},
            section(accessory=image()),
            section(fields=[plain("a"), plain("b")], accessory={**select(2), "type": "overflow"}),
            {"type": "rich_text", "elements": [{"type": "rich_text_list", "style": "bullet", "elements": [words]}]},
            {"type": "context", "elements": [image(), {"type": "mrkdwn", "text": "x"}]},
            {"type": "divider"},
            actions(button(style="danger", confirm=confirm()), select(2), picker),
            table(2, 3),
        ]
    )


def test_a_problem_says_where_it_is() -> None:
    """A message of Slack's carries a JSON pointer to the place."""
    assert message_problems([section(), actions(button(text=plain("x" * 76)))]) == [
        "[ERROR] must be less than 76 characters [json-pointer:/blocks/1/elements/0/text/text]"
    ]


def test_suggestions_have_limits_too() -> None:
    """A hundred options may be suggested, not more, and not both options and groups."""
    assert suggestion_problems({"options": [option()] * 100}) == []
    assert suggestion_problems({"options": [option()] * 101})
    assert suggestion_problems({"options": [], "option_groups": []})
    assert suggestion_problems("none")


WORDS = st.sampled_from(
    ["type", "text", "blocks", "elements", "element", "section", "actions", "button", "input", "modal"]
)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=20,
)


@given(JUNK, JUNK)
def test_junk_is_judged_and_never_breaks_the_judge(blocks: Any, view: Any) -> None:
    """Whatever JSON arrives, the answer is a list of problems."""
    assert isinstance(message_problems(blocks), list)
    assert isinstance(view_problems({"type": "modal", "blocks": blocks}), list)
    assert isinstance(view_problems(view), list)
    assert isinstance(suggestion_problems(view), list)
