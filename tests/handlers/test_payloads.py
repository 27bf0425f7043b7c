"""What is read out of Slack's deliveries, and that nothing in them makes the reading fail."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.parsing import parse
from handlers.payloads import ButtonValue, HomeOpened, MemberJoined, Mention, Press, Slash, Submit, Suggest
from tests.handlers.slack_stage import (
    BOT_USER,
    CHANNEL,
    MARK,
    OTHER_TEAM,
    PERSON,
    TEAM,
    Body,
    command,
    event,
    press,
    submit,
)


def _press(body: Body) -> Press:
    found = parse(body)
    assert isinstance(found, Press)
    return found


def _submit(body: Body) -> Submit:
    found = parse(body)
    assert isinstance(found, Submit)
    return found


def test_reads_a_slash_command() -> None:
    """A slash command keeps its text as Slack escapes it, and who typed it where."""
    found = parse(command("pause &lt;x&gt;"))
    assert isinstance(found, Slash)
    assert (found.command, found.text, found.user, found.team) == ("/ops", "pause &lt;x&gt;", PERSON, TEAM)
    assert (found.channel, found.channel_name, found.user_team) == (CHANNEL, "deploys", TEAM)


def test_reads_a_press_in_a_thread() -> None:
    """A press knows its button, message, thread, channel and presser."""
    found = _press(press())
    assert (found.action_id, found.block_id, found.value) == ("change.approve", "b", MARK)
    assert (found.channel, found.message_ts, found.thread_ts) == (CHANNEL, "1.1", "1.0")
    assert (found.user, found.team, found.user_team, found.ephemeral) == (PERSON, TEAM, TEAM, False)


def test_tells_the_presser_s_team_from_the_workspace() -> None:
    """In a channel shared with another organisation the presser's own team is told, not the workspace's."""
    found = _press(press(user={"id": "U0OUT", "team_id": OTHER_TEAM}))
    assert (found.team, found.user_team) == (TEAM, OTHER_TEAM)


def test_reads_a_press_where_the_app_serves_an_organisation() -> None:
    """Without a team the workspace is the presser's, and the organisation is told."""
    found = _press(press(team=None, enterprise={"id": "E0ORG", "name": "o"}))
    assert (found.team, found.user_team, found.enterprise) == (TEAM, TEAM, "E0ORG")


def test_reads_a_press_in_a_view() -> None:
    """A press in a view has the view's id, hash, metadata and state, and no channel."""
    view = {
        "id": "V0",
        "hash": "h",
        "type": "modal",
        "callback_id": "c",
        "private_metadata": "m",
        "state": {"values": {"b": {"a": {"type": "plain_text_input", "value": "typed"}}}},
    }
    body = press(view=view, container={"type": "view", "view_id": "V0"}, channel=None, message=None)
    found = _press(body)
    assert (found.view_id, found.view_hash, found.view_type) == ("V0", "h", "modal")
    assert (found.callback_id, found.metadata, found.values) == ("c", "m", {"b": {"a": "typed"}})
    assert (found.channel, found.message_ts) == ("", "")


@pytest.mark.parametrize(
    ("element", "selected"),
    [
        ({"selected_option": {"value": "one"}}, "one"),
        ({"selected_option": None}, ""),
        ({"selected_user": "U1"}, "U1"),
        ({"selected_users": ["U1", "U2"]}, "U1,U2"),
        ({"selected_options": [{"value": "a"}, {"value": "b"}]}, "a,b"),
        ({"selected_options": []}, ""),
        ({"selected_date": "2026-01-02"}, "2026-01-02"),
        ({"selected_date_time": 1792000000}, "1792000000"),
        ({"selected_conversation": "C1"}, "C1"),
    ],
)
def test_reads_what_was_chosen(element: Body, selected: str) -> None:
    """Whatever kind of element it is, what was chosen in it is one text."""
    found = _press(press(actions=[{"action_id": "pick.0", "block_id": "b", "action_ts": "1.5", **element}]))
    assert (found.selected, found.value) == (selected, "")


def test_reads_a_form() -> None:
    """A form has what was entered by block and action; what was left empty is None."""
    found = _submit(submit())
    assert found.values == {"note": {"value": MARK}, "tests": {"pick": "a,b"}, "empty": {"value": None}}
    assert (found.value("note", "value"), found.value("empty", "value"), found.value("no", "x")) == (MARK, "", "")
    assert (found.callback_id, found.metadata, found.view_id, found.view_hash) == (
        "reject",
        "cs-abcdef",
        "V0VIEW",
        "156.abc",
    )


def test_reads_what_was_typed_into_a_select() -> None:
    """A select that asks for its options tells which it is and what was typed."""
    body = {"type": "block_suggestion", "action_id": "flag", "block_id": "b", "value": "che", "user": {"id": PERSON}}
    found = parse({**body, "team": {"id": TEAM}})
    assert found == Suggest(action_id="flag", block_id="b", query="che", user=PERSON, team=TEAM, user_team=TEAM)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"<@{BOT_USER}> pause x", "pause x"),
        (f"<@{BOT_USER}|countersign> pause x", "pause x"),
        (f"hey <@{BOT_USER}> ask <@U0OTHER>", "hey   ask <@U0OTHER>"),
        (f"<@{BOT_USER}>", ""),
    ],
)
def test_reads_a_mention_without_the_bot_s_name(text: str, expected: str) -> None:
    """A mention keeps its words and other people's names, whether the bot's id is known before or told by Slack."""
    for bot_user in (BOT_USER, ""):
        found = parse(event(text=text, thread_ts="1.0"), bot_user)
        assert isinstance(found, Mention)
        assert (found.text, found.thread_ts, found.channel, found.user) == (expected, "1.0", CHANNEL, PERSON)


def test_takes_no_mention_by_a_bot() -> None:
    """A message of a bot that names this one is not answered, lest two bots talk for ever."""
    assert parse(event(bot_id="B0OTHER"), BOT_USER) is None


def test_reads_the_other_events() -> None:
    """An opened home and a new member are told with who, where and which team."""
    assert parse(event("app_home_opened", tab="home")) == HomeOpened(PERSON, TEAM, CHANNEL, "home", "event:Ev0EVENT")
    joined = parse(event("member_joined_channel", user=BOT_USER, inviter=PERSON, team=OTHER_TEAM))
    assert joined == MemberJoined(BOT_USER, TEAM, OTHER_TEAM, CHANNEL, PERSON, "event:Ev0EVENT")


def test_tells_deliveries_apart() -> None:
    """The same delivery again has the same token; another person, time, button, hash or trigger has another."""
    stamped = [{"action_id": "change.approve", "action_ts": "1792000000.000200"}]
    bodies = [
        press(),
        press("change.reject"),
        press(user={"id": "U0OTHER"}),
        press(actions=stamped),
        submit(),
        submit(user={"id": "U0OTHER"}),
        submit(view={"id": "V0VIEW", "hash": "157.abc"}),
        command(),
        command(trigger_id="another"),
        event(),
        event() | {"event_id": "Ev0OTHER"},
    ]
    tokens = [getattr(parse(body), "delivery", "") for body in bodies]
    assert all(tokens)
    assert len(set(tokens)) == len(tokens)
    assert tokens == [getattr(parse(body), "delivery", "") for body in bodies]


def test_keeps_secrets_out_of_what_it_is_and_prints() -> None:
    """Neither the token of a delivery nor the printed payload has a trigger or a response URL in it."""
    for body in (command("x"), press(), submit()):
        found = parse(body)
        assert MARK not in getattr(found, "delivery", MARK)
        assert f"1.2.{MARK}" not in repr(found)
        assert "hooks.slack" not in repr(found)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "block_actions"},
        {"type": "shortcut", "user": {"id": PERSON}},
        press(actions=[]),
        press(actions=["x"]),
        press(user="U"),
        submit(view=[]),
        command(user_id=""),
        event(user=None),
        {"type": "event_callback", "event": []},
        {"type": "view_closed", "user": {"id": PERSON}, "view": {"id": "V"}},
    ],
)
def test_reads_nothing_out_of_what_lacks_something(body: Body) -> None:
    """A delivery of another kind, or without what its kind needs, is None."""
    assert parse(body) is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
_WHOLE = [command(), press(), submit(), event(), event("app_home_opened"), event("member_joined_channel")]


@given(st.sampled_from(_WHOLE), st.data())
def test_never_raises(whole: Body, data: st.DataObject) -> None:
    """Any field may be replaced by any JSON and reading still ends in a payload or None."""
    body: dict[str, Any] = {**whole}
    key = data.draw(st.sampled_from(sorted(set(whole) - {"type"})))
    inner = whole[key]
    if isinstance(inner, dict) and inner and data.draw(st.booleans()):
        body[key] = {**inner, data.draw(st.sampled_from(sorted(inner))): data.draw(_JSON)}
    else:
        body[key] = data.draw(_JSON)
    parse(body, BOT_USER)


def test_writes_and_reads_a_button_s_value() -> None:
    """What a button carries comes back as it was, cut to twelve digits of the digest."""
    value = ButtonValue("cs-abc234", "0123456789abcdef" * 4)
    assert value.encode() == "cs-abc234.0123456789ab"
    assert ButtonValue.parse(value.encode()) == ButtonValue("cs-abc234", "0123456789ab")
    assert _press(press(actions=[{"action_id": "a", "value": value.encode()}])).button == ButtonValue.parse(
        value.encode()
    )


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "cs-abc234",
        "cs-abc234.",
        "cs-abc234.0123456789a",
        "cs-abc234.0123456789abc",
        "cs-abc234.0123456789AB",
        "cs-ABC234.0123456789ab",
        "cs-abc189.0123456789ab",
        "cs-abc234.0123456789ab\n",
        " cs-abc234.0123456789ab",
        "cs-abc23\uff14.0123456789ab",
    ],
)
def test_reads_no_button_s_value_of_another_form(value: str | None) -> None:
    """A value that differs from the form in anything is none."""
    assert ButtonValue.parse(value) is None
