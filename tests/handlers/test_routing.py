"""Dispatch by exact id: who is asked, what is answered, and what happens when a handler fails."""

import asyncio
from typing import Any

import pytest
import structlog

from bot.errors import Misconfigured
from handlers.cards.sentences import OUR_SIDE, UNKNOWN_COMMAND, UNKNOWN_FORM, UNKNOWN_PRESS
from handlers.ingress import Dispatcher
from handlers.payloads import Mention, Press, Slash, Submit, Suggest
from handlers.routing import Ack, Router, Routes
from tests.handlers.slack_stage import (
    APP_ID,
    CHANNEL,
    MARK,
    PERSON,
    TEAM,
    Body,
    command,
    event,
    ok,
    press,
    staged,
    submit,
)

OURS: Body = {"api_app_id": APP_ID, "team": {"id": TEAM}}


class Keeping:
    """A handler that keeps what it was given and answers as told."""

    def __init__(self, ack: Ack | None = None) -> None:
        self.ack = ack or Ack()
        self.given: list[Any] = []

    async def __call__(self, payload: Any) -> Ack:
        """Answer as told."""
        self.given.append(payload)
        return self.ack


def action(n: int) -> Body:
    """Return the action of the n-th press of a button."""
    return {"action_id": "change.approve", "block_id": "b", "value": MARK, "action_ts": f"{n}.5"}


async def _fail(payload: object) -> Ack:
    raise ValueError(f"{MARK} {payload}")


async def test_asks_the_handler_of_the_exact_id() -> None:
    """Each kind goes to the handler of its exact name, and to no other whose name is longer or shorter."""
    command_, action, view, mention, options = Keeping(), Keeping(), Keeping(), Keeping(), Keeping()
    wrong = Keeping()
    routes = Routes(
        commands={"/ops": command_, "/op": wrong, "/ops2": wrong},
        actions={"change.approve": action, "change": wrong, "change.approve.all": wrong},
        views={"reject": view, "reject2": wrong},
        events={"app_mention": mention, "app_home_opened": wrong},
        options={"flag": options},
    )
    suggest = OURS | {"type": "block_suggestion", "action_id": "flag", "value": "x", "user": {"id": PERSON}}
    async with staged(routes) as stage:
        for body in (command(), press(), submit(), event(), suggest):
            assert (await stage.send(body)).status == 200
    kinds = [type(handler.given[0]) for handler in (command_, action, view, mention, options)]
    assert kinds == [Slash, Press, Submit, Mention, Suggest]
    assert wrong.given == []


async def test_gives_a_handler_s_body_as_the_answer() -> None:
    """What a handler of a form answers is the response, as JSON."""
    errors = {"response_action": "errors", "errors": {"note": "Say why, é."}}
    async with staged(Routes(views={"reject": Keeping(Ack(errors))})) as stage:
        assert (await stage.send(submit())).json == errors


async def test_does_the_rest_after_the_answer() -> None:
    """What a handler leaves for later begins after the answer, is waited for at the end, and cannot delay it."""
    go, done = asyncio.Event(), asyncio.Event()

    async def later() -> None:
        await go.wait()
        done.set()

    async with staged(Routes(actions={"change.approve": Keeping(Ack(later=later))})) as stage:
        answer = await stage.send(press())
        assert (answer.status, len(stage.background), done.is_set()) == (200, 1, False)
        go.set()
        await stage.background.drain(5)
    assert done.is_set()


async def test_answers_by_itself_without_any_listener_of_bolt() -> None:
    """The table is Bolt's last middleware and there is no listener, so nothing is matched and no ack is polled for."""
    async with staged(Routes(commands={"/ops": ok})) as stage:
        middleware, listeners = stage.app._async_middleware_list, stage.app._async_listeners
        assert isinstance(middleware[-1], Router)
        assert listeners == []
        assert (await stage.send(command())).status == 200


async def test_waits_for_nothing_between_delivery_and_answer() -> None:
    """A press is answered within a single step of the loop, so neither a poll nor a call to Slack lies on the way."""
    async with staged(Routes(actions={"change.approve": ok})) as stage:
        dispatching = Dispatcher(stage.app).dispatch(press())
        with pytest.raises(StopIteration) as ended:
            dispatching.send(None)
    answer, good = ended.value.value
    assert (answer.status, good) == (200, True)


async def test_answers_an_unknown_command() -> None:
    """A command nobody handles gets a sentence that only its author sees."""
    async with staged(Routes()) as stage:
        answer = await stage.send(command())
    assert answer.json["response_type"] == "ephemeral"
    assert answer.json["text"] == UNKNOWN_COMMAND


async def test_answers_an_unknown_press_by_its_response_url() -> None:
    """A button nobody handles gets an ephemeral sentence that leaves the message as it is."""
    async with staged(Routes()) as stage:
        assert (await stage.send(press(response_url=stage.hook))).text == ""
        said = await stage.next_said()
    assert said == {
        "path": "/hook",
        "response_type": "ephemeral",
        "replace_original": False,
        "text": UNKNOWN_PRESS,
    }


async def test_answers_a_press_in_its_channel_when_the_response_url_is_no_use() -> None:
    """Where a response URL is missing or not one to post to, the sentence goes to the channel and thread."""
    async with staged(Routes()) as stage:
        unsafe = stage.hook.replace("127.0.0.1", "0.0.0.0")  # noqa: S104  the same listener, by no loopback address
        for n, url in enumerate(("", unsafe, stage.hook.replace("http", "ftp"))):
            await stage.send(press(response_url=url, actions=[action(n)]))
            said = await stage.next_said()
            assert (said["path"], said["channel"], said["user"]) == ("/api/chat.postEphemeral", CHANNEL, PERSON)
            assert (said["thread_ts"], said["text"]) == ("1.0", UNKNOWN_PRESS)


@pytest.mark.parametrize(("kind", "method"), [("modal", "views.push"), ("home", "views.open")])
async def test_answers_a_press_in_a_view_with_a_view(kind: str, method: str) -> None:
    """A press in a modal or home, which has no channel, gets its sentence as a view."""
    place: Body = {
        "container": {"type": "view", "view_id": "V"},
        "channel": None,
        "response_url": None,
        "message": None,
    }
    async with staged(Routes()) as stage:
        await stage.send(press(view={"id": "V", "type": kind}, **place))
        said = await stage.next_said()
    assert said["path"] == f"/api/{method}"
    assert UNKNOWN_PRESS in str(said["view"])


async def test_answers_an_unknown_form_in_its_place() -> None:
    """A form nobody handles turns into a view with the sentence."""
    async with staged(Routes()) as stage:
        answer = await stage.send(submit())
    assert answer.json["response_action"] == "update"
    assert UNKNOWN_FORM in str(answer.json["view"])


@pytest.mark.parametrize(
    "body",
    [
        event("reaction_added"),
        event("app_mention"),
        OURS | {"type": "view_closed", "user": {"id": PERSON}, "view": {"id": "V"}},
        {"type": "app_rate_limited", "team_id": TEAM, "api_app_id": APP_ID},
    ],
    ids=["unknown event", "event without a route", "closed view", "rate limit"],
)
async def test_answers_what_needs_no_sentence_with_200(body: Body) -> None:
    """Events and notices nobody handles get an empty 200."""
    async with staged(Routes()) as stage:
        answer = await stage.send(body)
    assert (answer.status, answer.text) == (200, "")


async def test_says_so_when_a_handler_of_commands_raises() -> None:
    """A command whose handler fails gets 200 and a sentence; the log has the error once and nothing it said."""
    with structlog.testing.capture_logs() as entries:
        async with staged(Routes(commands={"/ops": _fail})) as stage:
            answer = await stage.send(command())
    assert (answer.status, answer.json["text"], answer.json["response_type"]) == (200, OUR_SIDE, "ephemeral")
    failed = [entry for entry in entries if entry["log_level"] == "error"]
    assert [(entry["event"], entry["error"], entry["route"]) for entry in failed] == [
        ("slack.handler_failed", "ValueError", "/ops")
    ]
    assert MARK not in str(entries)


async def test_says_so_when_any_other_handler_raises() -> None:
    """A press, a form and a select whose handlers fail are answered too; an event gets an empty 200."""
    routes = Routes(
        actions={"change.approve": _fail},
        views={"reject": _fail},
        events={"app_mention": _fail},
        options={"flag": _fail},
    )
    suggest = OURS | {"type": "block_suggestion", "action_id": "flag", "value": "x", "user": {"id": PERSON}}
    async with staged(routes) as stage:
        assert (await stage.send(press(response_url=stage.hook))).text == ""
        assert (await stage.next_said())["text"] == OUR_SIDE
        assert OUR_SIDE in (await stage.send(submit())).text
        assert (await stage.send(event())).text == ""
        assert (await stage.send(suggest)).json == {"options": []}


async def test_says_so_when_the_answer_cannot_be_written() -> None:
    """A handler whose body is not JSON is a handler that fails."""
    async with staged(Routes(commands={"/ops": Keeping(Ack({"text": object()}))})) as stage:
        assert (await stage.send(command())).json["text"] == OUR_SIDE


async def test_answers_while_shutting_down() -> None:
    """Once the background is closed, what would be left for later is apologised for at once."""

    async def later() -> None:
        raise AssertionError

    async with staged(Routes(commands={"/ops": Keeping(Ack(later=later))})) as stage:
        await stage.background.drain(0)
        assert (await stage.send(command())).json["text"] == OUR_SIDE


async def test_asks_slack_nothing_to_authorize_a_request() -> None:
    """Many first requests at once make no call to Slack's Web API."""
    async with staged(Routes(actions={"change.approve": ok})) as stage:
        await asyncio.gather(*(stage.send(press()) for _ in range(8)))
        assert stage.said.empty()


async def test_ignores_what_the_bot_did_itself() -> None:
    """An event of the bot's own making reaches no handler, but its own arrival in a channel does."""
    mention, joined = Keeping(), Keeping()
    async with staged(Routes(events={"app_mention": mention, "member_joined_channel": joined})) as stage:
        await stage.send(event(user="U0BOT"))
        await stage.send(event("member_joined_channel", user="U0BOT"))
    assert (len(mention.given), len(joined.given)) == (0, 1)


async def test_refuses_an_environment_that_switches_bolt_to_oauth(monkeypatch: pytest.MonkeyPatch) -> None:
    """With client id and secret in the environment nothing is built; with either alone it is."""
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")
    async with staged(Routes()) as stage:
        assert stage.app.oauth_flow is None
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "")
    with pytest.raises(Misconfigured, match="SLACK_CLIENT_ID"):
        async with staged(Routes()):
            pass
