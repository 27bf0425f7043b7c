"""Shortcuts: read from Slack's payloads, and asked of the handler of their exact name."""

from typing import Any

from handlers import ids
from handlers.cards.entrances import SHORTCUTS
from handlers.cards.sentences import UNKNOWN_SHORTCUT
from handlers.parsing import parse
from handlers.payloads import Shortcut
from handlers.routing import Ack, Routes
from tests.handlers.slack_stage import CHANNEL, OTHER_TEAM, PERSON, TEAM, Body, staged


def shortcut(kind: str = "shortcut", **more: object) -> Body:
    """Return a shortcut as Slack's documentation shows it."""
    return {
        "type": kind,
        "callback_id": ids.ASK_ANYWHERE,
        "user": {"id": PERSON, "team_id": TEAM},
        "team": {"id": TEAM},
        "trigger_id": "1.2.trigger",
        "action_ts": "1792000000.000100",
        **more,
    }


def on_message(**message: str) -> Body:
    """Return a shortcut used on a message."""
    place = {"channel": {"id": CHANNEL, "name": "deploys"}, "message_ts": "1.1", "response_url": "https://x.invalid"}
    return shortcut("message_action", **place, message={"ts": "1.1", "text": "words", **message})


def test_a_shortcut_used_anywhere() -> None:
    """It has a person and a trigger, and no place."""
    found = parse(shortcut(user={"id": PERSON, "team_id": OTHER_TEAM}))
    assert isinstance(found, Shortcut)
    assert (found.callback_id, found.user, found.team, found.user_team) == (ids.ASK_ANYWHERE, PERSON, TEAM, OTHER_TEAM)
    assert (found.channel, found.message_ts, found.trigger) == ("", "", "1.2.trigger")
    assert found.delivery.startswith("shortcut:")
    assert "trigger" not in repr(found)


def test_a_shortcut_on_a_message() -> None:
    """It has the message's place, its thread included, and nothing of its words."""
    found = parse(on_message(thread_ts="1.0"))
    assert isinstance(found, Shortcut)
    assert (found.channel, found.message_ts, found.thread_ts) == (CHANNEL, "1.1", "1.0")
    assert (found.press.channel, found.press.thread_ts, found.press.user) == (CHANNEL, "1.0", PERSON)
    assert "words" not in repr(found)
    assert parse(shortcut(callback_id=None)) is None
    assert parse(shortcut(user=None)) is None


async def test_asks_the_handler_of_the_exact_name() -> None:
    """A shortcut that nobody handles is answered with a sentence, and no other handler is asked."""
    got: list[Any] = []

    async def take(payload: Shortcut) -> Ack:
        got.append(payload)
        return Ack()

    routes = Routes(shortcuts={ids.ASK_ANYWHERE: take})
    async with staged(routes) as stage:
        assert (await stage.send(shortcut())).status == 200
        assert (await stage.send(shortcut(callback_id="other"))).status == 200
        assert "version of me that is gone" in UNKNOWN_SHORTCUT
    assert [one.callback_id for one in got] == [ids.ASK_ANYWHERE]


def test_another_room_adds_to_the_table() -> None:
    """Of two rooms everything is answered, and the further one's own where both name the same."""

    async def first(payload: object) -> Ack:
        raise AssertionError(payload)

    async def second(payload: object) -> Ack:
        raise AssertionError(payload)

    both = Routes(commands={"/ops": first, "/flag": first}).also(
        Routes(commands={"/ops": second}, shortcuts={"s": second})
    )
    assert both.commands == {"/ops": second, "/flag": first}
    assert both.shortcuts == {"s": second}


def test_the_manifest_names_the_shortcuts_that_are_handled() -> None:
    """Slack's names are at most 24 letters, descriptions 150."""
    assert set(SHORTCUTS) == {ids.ASK_ANYWHERE, ids.ASK_HERE}
    assert all(len(name) <= 24 and len(what) <= 150 for name, what in SHORTCUTS.values())
