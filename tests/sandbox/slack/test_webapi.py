"""The Web API answers and refuses as Slack's does."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.seed import BOT_ID, BOT_USER_ID, GROUP_ID, TEAM
from bot.sandbox.slack.webapi.dispatch import DEFAULT_SCOPES
from tests.sandbox.slack.stage import Stage, actions, button, section, staged


async def refusal(call: Any) -> dict[str, Any]:
    """Return the body of the refusal a call gets."""
    with pytest.raises(SlackApiError) as caught:
        await call
    body: dict[str, Any] = caught.value.response.data
    return body


async def test_auth_test_tells_the_bot_and_the_scopes(stage: Stage) -> None:
    """auth.test names team, bot user and bot, and the granted scopes are in the header."""
    answer = await stage.client.auth_test()
    assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == (TEAM.id, BOT_USER_ID, BOT_ID)
    assert set(answer.headers["x-oauth-scopes"].split(",")) == DEFAULT_SCOPES


async def test_tokens_are_checked(stage: Stage) -> None:
    """A wrong token and none are told apart."""
    wrong = AsyncWebClient("xoxb-other", base_url=stage.client.base_url, session=stage.http)
    assert (await refusal(wrong.auth_test()))["error"] == "invalid_auth"
    async with stage.http.post(f"{stage.url}/api/auth.test") as answer:
        assert (await answer.json())["error"] == "not_authed"


async def test_a_missing_scope_is_named() -> None:
    """A method beyond the granted scopes says what it needs and what there is."""
    async with staged(scopes=frozenset({"chat:write"})) as stage:
        body = await refusal(stage.client.users_info(user=stage.id("Approver")))
        assert (body["error"], body["needed"], body["provided"]) == ("missing_scope", "users:read", "chat:write")


async def test_the_email_needs_its_own_scope(stage: Stage) -> None:
    """The e-mail is there with users:read.email and absent without."""
    user = stage.id("Approver")
    assert (await stage.client.users_info(user=user))["user"]["profile"]["email"]
    async with staged(scopes=frozenset({"users:read"})) as poor:
        assert "email" not in (await poor.client.users_info(user=user))["user"]["profile"]


async def test_people_are_told_apart(stage: Stage) -> None:
    """Guest, outsider, deactivated, second account and bot show what a bot must look at."""
    found = {one["id"]: one for one in (await stage.client.users_list())["members"]}
    assert found[stage.id("Guest")]["is_restricted"]
    assert found[stage.id("Outsider")]["is_stranger"]
    assert found[stage.id("Outsider")]["team_id"] != TEAM.id
    assert found[stage.id("Deactivated")]["deleted"]
    assert found[BOT_USER_ID]["is_bot"]
    first, second = found[stage.id("Requester")], found[stage.id("Requester's second account")]
    assert first["profile"]["email"] == second["profile"]["email"]
    assert (await refusal(stage.client.users_info(user="U0NOBODY")))["error"] == "user_not_found"


async def test_lists_come_page_by_page(stage: Stage) -> None:
    """Pages joined by their cursors are the whole list."""
    seen: list[str] = []
    cursor = ""
    while True:
        page = await stage.client.users_list(limit=4, cursor=cursor)
        seen += [one["id"] for one in page["members"]]
        cursor = page["response_metadata"]["next_cursor"]
        if not cursor:
            break
    assert seen == list(stage.workspace.people)
    assert (await refusal(stage.client.users_list(cursor="%%")))["error"] == "invalid_cursor"


async def test_groups_have_members(stage: Stage) -> None:
    """The approvers' group lists the requester too, so that refusing oneself means something."""
    members = {stage.id(role) for role in ("Requester", "Approver", "Second approver")}
    assert set((await stage.client.usergroups_users_list(usergroup=GROUP_ID))["users"]) == members
    listed = (await stage.client.usergroups_list(include_users=True))["usergroups"][0]
    assert (listed["handle"], set(listed["users"])) == ("sre-approvers", members)
    assert (await refusal(stage.client.usergroups_users_list(usergroup="S0")))["error"] == "no_such_subteam"


async def test_channels_say_whether_they_are_shared(stage: Stage) -> None:
    """conversations.info tells shared channels and membership; lists hold the public channels."""
    partners = (await stage.client.conversations_info(channel=stage.channel("partners")))["channel"]
    random = (await stage.client.conversations_info(channel=stage.channel("random")))["channel"]
    assert (partners["is_ext_shared"], partners["is_member"]) == (True, True)
    assert (random["is_ext_shared"], random["is_member"]) == (False, False)
    assert (await refusal(stage.client.conversations_info(channel="C0")))["error"] == "channel_not_found"
    names = [one["name"] for one in (await stage.client.conversations_list())["channels"]]
    assert names == ["deploys", "approvals", "inc-checkout", "partners", "random", "inc-search"]


async def test_a_private_channel_is_hidden_from_a_bot_outside_it(stage: Stage) -> None:
    """A private channel the bot is not in does not exist for it."""
    stage.workspace.channel_named("random").is_private = True
    random = stage.channel("random")
    assert (await refusal(stage.client.conversations_info(channel=random)))["error"] == "channel_not_found"
    assert (await refusal(stage.client.chat_postMessage(channel=random, text="x")))["error"] == "channel_not_found"


async def test_a_dm_is_opened_once(stage: Stage) -> None:
    """conversations.open needs im:write and leads to the DM that posting to the person uses."""
    user = stage.id("Requester")
    assert (await refusal(stage.client.conversations_open(users=user)))["needed"] == "im:write"
    async with staged(scopes=DEFAULT_SCOPES | {"im:write"}) as wide:
        opened = (await wide.client.conversations_open(users=user))["channel"]["id"]
        assert (await wide.client.chat_postMessage(channel=user, text="x"))["channel"] == opened
        assert (await refusal(wide.client.conversations_open(users="U0")))["error"] == "user_not_found"


POSTS: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown channel": ({"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
    "a channel without the bot": ({"channel": "#random", "text": "x"}, "not_in_channel"),
    "a bot": ({"channel": BOT_USER_ID, "text": "x"}, "cannot_dm_bot"),
    "nothing": ({"channel": "#deploys"}, "no_text"),
    "a long text": ({"channel": "#deploys", "text": "x" * 4001}, "msg_too_long"),
    "blocks that are no JSON": ({"channel": "#deploys", "blocks": "[{"}, "invalid_blocks_format"),
    "a thread that is none": ({"channel": "#deploys", "text": "x", "thread_ts": "1.2"}, "thread_not_found"),
}


@pytest.mark.parametrize("name", POSTS)
async def test_posts_are_refused_in_slacks_words(stage: Stage, name: str) -> None:
    """A post Slack would refuse is refused with Slack's code and leaves nothing behind."""
    arguments, error = POSTS[name]
    assert (await refusal(stage.client.api_call("chat.postMessage", json=arguments)))["error"] == error
    assert stage.workspace.all_messages() == []


async def test_invalid_blocks_are_explained(stage: Stage) -> None:
    """Blocks beyond a limit are refused with the place in response_metadata."""
    body = await refusal(stage.client.chat_postMessage(channel="#deploys", text="x", blocks=[section("x" * 3001)]))
    assert body["error"] == "invalid_blocks"
    assert body["response_metadata"]["messages"] == [
        "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    ]


async def test_an_update_keeps_blocks_it_is_not_given(stage: Stage) -> None:
    """chat.update without blocks keeps them, with an empty list removes them."""
    posted = await stage.client.chat_postMessage(channel="#deploys", text="a", blocks=[section()])
    place = {"channel": posted["channel"], "ts": posted["ts"]}
    kept = await stage.client.chat_update(**place, text="b")
    cleared = await stage.client.chat_update(**place, text="c", blocks=[])
    assert len(kept["message"]["blocks"]) == 1
    assert (cleared["message"]["blocks"], cleared["text"]) == ([], "c")
    versions = stage.messages("deploys")[0].versions
    assert [(one.text, len(one.blocks)) for one in versions] == [("a", 1), ("b", 1), ("c", 0)]


async def test_only_own_present_messages_can_be_changed(stage: Stage) -> None:
    """Foreign, ephemeral and deleted messages cannot be updated or deleted."""
    channel = stage.channel("deploys")
    foreign = stage.workspace.post(channel, stage.id("Approver"), "mine")
    note = await stage.client.chat_postEphemeral(channel=channel, user=stage.id("Approver"), text="x")
    gone = await stage.client.chat_postMessage(channel=channel, text="x")
    await stage.client.chat_delete(channel=channel, ts=gone["ts"])
    update = stage.client.chat_update
    assert (await refusal(update(channel=channel, ts=foreign.ts, text="y")))["error"] == "cant_update_message"
    assert (await refusal(stage.client.chat_delete(channel=channel, ts=foreign.ts)))["error"] == "cant_delete_message"
    for ts in (note["message_ts"], gone["ts"]):
        assert (await refusal(update(channel=channel, ts=ts, text="y")))["error"] == "message_not_found"
    assert [one.text for one in stage.messages("deploys", role="Guest")] == ["mine"]


async def test_an_ephemeral_needs_a_member(stage: Stage) -> None:
    """chat.postEphemeral refuses a person outside the channel and a channel without the bot."""
    post = stage.client.chat_postEphemeral
    outsider, requester = stage.id("Outsider"), stage.id("Requester")
    outside = post(channel=stage.channel("deploys"), user=outsider, text="x")
    assert (await refusal(outside))["error"] == "user_not_in_channel"
    absent = post(channel=stage.channel("random"), user=requester, text="x")
    assert (await refusal(absent))["error"] == "not_in_channel"


async def test_blocks_get_the_ids_slack_gives(stage: Stage) -> None:
    """Blocks and buttons without ids get some, given ids stay."""
    nameless = {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "x"}}]}
    posted = await stage.client.chat_postMessage(channel="#deploys", text="x", blocks=[nameless, actions(button())])
    first, second = posted["message"]["blocks"]
    assert first["block_id"]
    assert first["elements"][0]["action_id"]
    assert (second["block_id"], second["elements"][0]["action_id"]) == ("row", "go")


async def test_a_permalink_leads_to_the_message(stage: Stage) -> None:
    """A permalink has the form of Slack's, at the sandbox's own address."""
    posted = await stage.client.chat_postMessage(channel="#deploys", text="x")
    found = await stage.client.chat_getPermalink(channel=posted["channel"], message_ts=posted["ts"])
    assert found["permalink"] == f"{stage.url}/archives/{posted['channel']}/p{posted['ts'].replace('.', '')}"


async def test_forms_and_queries_are_read_like_json(stage: Stage) -> None:
    """A method takes its arguments as a form, in the query, with the token beside them."""
    form = {"token": "xoxb-for-tests", "channel": "#deploys", "text": "x", "blocks": '[{"type": "divider"}]'}
    async with stage.http.post(f"{stage.url}/api/chat.postMessage", data=form) as answer:
        assert (await answer.json())["message"]["blocks"][0]["type"] == "divider"
    async with stage.http.get(
        f"{stage.url}/api/bots.info", params={"token": "xoxb-for-tests", "bot": BOT_ID}
    ) as answer:
        assert (await answer.json())["bot"]["user_id"] == BOT_USER_ID


async def test_other_methods_are_unknown_and_calls_are_counted(stage: Stage) -> None:
    """An unknown method says so, and the workspace counts each call with its error."""
    assert (await refusal(stage.client.api_call("chat.shout")))["error"] == "unknown_method"
    assert (await refusal(stage.client.api_call("apps.connections.open")))["error"] == "not_allowed_token_type"
    await stage.client.api_test()
    assert stage.workspace.calls == {"chat.shout": 1, "apps.connections.open": 1, "api.test": 1}
    assert [one.error for one in stage.workspace.call_log] == ["unknown_method", "not_allowed_token_type", None]
