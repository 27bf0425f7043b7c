"""The people API shows each person their own view, and lets in this machine alone."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError

from tests.sandbox.slack.stage import BOT_TOKEN, Stage, actions, button, modal, serving, staged


async def test_the_workspace_lists_people_by_role(stage: Stage) -> None:
    """The page learns who there is, who can act, and which commands exist."""
    found = await stage.look("workspace")
    roles = {one["role"]: one for one in found["people"]}
    assert [role for role, one in roles.items() if one["can_act"]] == [
        "Requester",
        "Approver",
        "Second approver",
        "Guest",
        "Outsider",
        "Requester's second account",
    ]
    assert roles["Approver"]["groups"] == [found["groups"][0]["id"]]
    assert [one["command"] for one in found["commands"]] == ["/ops", "/flag", "/rollout"]
    assert {one["name"]: one["bot_is_member"] for one in found["channels"]}["random"] is False


async def test_each_person_sees_only_their_channels(stage: Stage) -> None:
    """The outsider sees the shared channel and nothing else."""
    seen = {role: await stage.look("state", role=role) for role in ("Outsider", "Guest", "Requester")}
    names = {role: [one["name"] for one in state["channels"]] for role, state in seen.items()}
    assert names["Outsider"] == ["partners"]
    assert names["Guest"] == ["deploys", "inc-checkout"]
    assert len(names["Requester"]) == 6


FOREIGN: dict[str, dict[str, str]] = {
    "a foreign host": {"Host": "sandbox.attacker.example"},
    "a host that only looks local": {"Host": "localhost.attacker.example"},
    "a foreign page": {"Origin": "https://attacker.example"},
    "a page of another port": {"Origin": "http://127.0.0.1:1"},
    "a page without origin": {"Origin": "null"},
}


@pytest.mark.parametrize("name", FOREIGN)
async def test_foreign_requests_are_refused(stage: Stage, name: str) -> None:
    """Another Host or Origin gets 403 for reading and for acting, and nothing happens."""
    body = {"as": stage.id("Requester"), "channel": "deploys", "text": "x"}
    async with stage.http.post(f"{stage.url}/sandbox/say", json=body, headers=FOREIGN[name]) as answer:
        assert answer.status == 403
    async with stage.http.get(f"{stage.url}/sandbox/workspace", headers=FOREIGN[name]) as answer:
        assert answer.status == 403
    assert stage.messages("deploys") == []


async def test_the_page_itself_may_act(stage: Stage) -> None:
    """A request from the sandbox's own origin, or from localhost, passes."""
    port = stage.url.rpartition(":")[2]
    for headers in ({"Origin": stage.url}, {"Host": f"localhost:{port}"}, {"Host": f"[::1]:{port}"}):
        async with stage.http.get(f"{stage.url}/sandbox/workspace", headers=headers) as answer:
            assert answer.status == 200


SAY = {"channel": "deploys", "text": "x"}
PRESS = {"channel": "deploys", "action_id": "go"}
REFUSALS: dict[str, tuple[str, dict[str, Any], str]] = {
    "nobody": ("say", {**SAY, "as": "U0"}, "no_such_person"),
    "no name": ("say", SAY, "bad_request"),
    "an empty text": ("say", {**SAY, "as": "Requester", "text": " "}, "bad_request"),
    "an account that is gone": ("say", {**SAY, "as": "Deactivated"}, "account_inactive"),
    "the app itself": ("say", {**SAY, "as": "App"}, "account_inactive"),
    "an unknown channel": ("say", {**SAY, "as": "Requester", "channel": "nowhere"}, "no_such_channel"),
    "a channel of others": ("say", {**SAY, "as": "Outsider"}, "not_in_channel"),
    "an unknown message": ("press", {**PRESS, "as": "Requester", "ts": "1.2"}, "no_such_message"),
    "no place": ("press", {"as": "Requester", "action_id": "go"}, "bad_request"),
    "an unknown view": ("submit", {"as": "Requester", "view_id": "V0"}, "no_such_view"),
    "values of no form": ("submit", {"as": "Requester", "view_id": "V0", "values": [1]}, "bad_request"),
    "an unknown shortcut": ("shortcut", {"as": "Requester", "callback_id": "no"}, "no_such_element"),
    "an unknown setting": ("settings", {"speed": 2}, "bad_request"),
    "an unknown fault": ("settings", {"faults": {"chat.update": {"kind": "magic"}}}, "bad_request"),
    "a fault of no form": ("settings", {"faults": {"chat.update": {"kind": "stall", "seconds": "x"}}}, "bad_request"),
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_what_a_person_cannot_do_is_refused(stage: Stage, name: str) -> None:
    """An act Slack's client would not offer gets 400 with a code and a sentence."""
    act, body, code = REFUSALS[name]
    answer = await stage.do(act, **body)
    assert (answer["ok"], answer["error"]) == (False, code)
    assert answer["message"]


async def test_ephemerals_and_modals_of_others_are_out_of_reach(stage: Stage) -> None:
    """Nobody presses in another's ephemeral message or modal."""
    note = await stage.client.chat_postEphemeral(
        channel=stage.channel("deploys"), user=stage.id("Requester"), text="x", blocks=[actions(button())]
    )
    given = stage.workspace.triggers.issue(stage.id("Requester"))
    view = (await stage.client.views_open(trigger_id=given, view=modal(actions(button()))))["view"]
    in_note = await stage.do("press", role="Approver", channel="deploys", ts=note["message_ts"], action_id="go")
    in_view = await stage.do("press", role="Approver", view_id=view["id"], action_id="go")
    assert (in_note["error"], in_view["error"]) == ("no_such_message", "no_such_view")


async def test_history_tells_each_form_of_a_message(stage: Stage) -> None:
    """The versions of a message are there with their times, also after it was deleted."""
    posted = await stage.client.chat_postMessage(channel="#deploys", text="one")
    place = {"channel": posted["channel"], "ts": posted["ts"]}
    await stage.client.chat_update(**place, text="two")
    await stage.client.chat_delete(**place)
    found = await stage.look("history", role="Guest", **place)
    assert [(one["text"], one["deleted"]) for one in found["versions"]] == [
        ("one", False),
        ("two", False),
        ("two", True),
    ]
    assert (await stage.look("history", role="Outsider", **place))["error"] == "not_in_channel"


async def test_the_stream_tells_every_change(stage: Stage) -> None:
    """An open stream begins with the version and moves on when something appears."""
    async with asyncio.timeout(5), stage.http.get(f"{stage.url}/sandbox/stream") as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        before = await _next_version(stream)
        await stage.do("say", role="Requester", channel="deploys", text="x")
        after = await _next_version(stream)
    assert after > before
    assert after == (await stage.look("state", role="Requester"))["version"]


async def _next_version(stream: aiohttp.ClientResponse) -> int:
    while not (line := await stream.content.readline()).startswith(b"data: "):
        assert line
    version: int = json.loads(line.removeprefix(b"data: "))["version"]
    return version


async def test_faults_are_injected_and_run_out(stage: Stage) -> None:
    """A method fails as it was told, so many times, and then answers again."""
    fault = {"kind": "error", "error": "fatal_error", "times": 1}
    answer = await stage.do("settings", faults={"auth.test": fault, "api.test": {"kind": "http", "status": 503}})
    assert set(answer["settings"]["faults"]) == {"auth.test", "api.test"}
    with pytest.raises(SlackApiError, match="fatal_error"):
        await stage.client.auth_test()
    assert (await stage.client.auth_test())["ok"]
    async with stage.http.post(f"{stage.url}/api/api.test") as failed:
        assert failed.status == 503
    cleared = await stage.do("settings", faults=None)
    assert cleared["settings"]["faults"] == {}
    assert (await stage.client.api_test())["ok"]


async def test_a_rate_limit_and_a_lost_answer_can_be_asked_for(stage: Stage) -> None:
    """A 429 says how long to wait; a lost answer did its work all the same."""
    limited = {"kind": "ratelimited", "retry_after": 7, "times": 1}
    await stage.do("settings", faults={"auth.test": limited, "chat.postMessage": {"kind": "lost", "times": 1}})
    with pytest.raises(SlackApiError) as caught:
        await stage.client.auth_test()
    assert (caught.value.response.status_code, caught.value.response.headers["Retry-After"]) == (429, "7")
    with pytest.raises(aiohttp.ClientError):  # without the SDK, which tries again by itself
        await stage.http.post(
            f"{stage.url}/api/chat.postMessage", json={"channel": "#deploys", "text": "x", "token": BOT_TOKEN}
        )
    assert [one.text for one in stage.messages("deploys")] == ["x"]


async def test_a_stall_holds_a_call_back(stage: Stage) -> None:
    """A stalled method outlasts the caller's patience, and others do not wait with it."""
    await stage.do("settings", faults={"auth.test": {"kind": "stall", "seconds": 60}})
    impatient = aiohttp.ClientTimeout(total=0.1)
    with pytest.raises(TimeoutError):
        await stage.http.post(f"{stage.url}/api/auth.test", timeout=impatient)
    assert (await stage.client.api_test())["ok"]


async def test_stalls_and_streams_do_not_hold_up_the_end() -> None:
    """A sandbox with an open stream and a stalled call stops at once."""
    async with asyncio.timeout(5), aiohttp.ClientSession() as http:
        async with staged() as stage:
            await stage.do("settings", faults={"api.test": {"kind": "stall", "seconds": 600}})
            stream = await http.get(f"{stage.url}/sandbox/stream")
            await _next_version(stream)
            call = asyncio.create_task(http.post(f"{stage.url}/api/api.test"))
            await stage.look("workspace")
        stream.close()
        await asyncio.gather(call, return_exceptions=True)


async def test_datadog_is_shown_through_the_same_origin() -> None:
    """State is fetched and acts are passed on to the sandbox's Datadog; other paths are not."""
    passed: list[Any] = []

    async def state(request: web.Request) -> web.StreamResponse:
        del request
        return web.json_response({"flags": 1})

    async def faults(request: web.Request) -> web.StreamResponse:
        passed.append(await request.json())
        return web.json_response({"ok": True})

    app = web.Application()
    app.router.add_get("/sandbox/state", state)
    app.router.add_post("/sandbox/faults", faults)
    async with serving(app) as url, staged(datadog_url=url) as stage:
        assert await stage.look("datadog") == {"flags": 1}
        assert await stage.do("datadog/faults", status=500) == {"ok": True}
        assert passed == [{"status": 500}]
        assert (await stage.do("datadog/keys"))["error"] == "no_such_act"
        stage.sandbox.datadog.url = "http://127.0.0.1:1"
        assert (await stage.look("datadog"))["error"] == "datadog_unreachable"
        stage.sandbox.datadog.url = None
        assert (await stage.look("datadog"))["error"] == "no_datadog"


async def test_the_page_is_served(tmp_path: Path) -> None:
    """The folder's index is at the root, its files beside it, and permalinks lead there."""
    (tmp_path / "index.html").write_text("<h1>page</h1>")
    (tmp_path / "page.css").write_text("h1 {}")
    async with staged(static=tmp_path) as stage:
        for path, text in (("/", "<h1>page</h1>"), ("/page.css", "h1 {}"), ("/archives/C1/p2", "<h1>page</h1>")):
            async with stage.http.get(stage.url + path) as answer:
                assert await answer.text() == text
        assert (await stage.client.api_test())["ok"]
