"""What people do to messages and channels themselves, and what the app is told of it."""

import pytest
from slack_sdk.errors import SlackApiError

from bot.sandbox.person import NotSeen, People
from bot.sandbox.slack.seed import DEPLOYS_ID, INCIDENT_ID
from tests.sandbox.slack.stage import Stage

REQUESTER, APPROVER, GUEST = "Requester", "Approver", "Guest"


async def test_an_archived_channel_takes_nothing(stage: Stage) -> None:
    """People and the app are refused there, and served again once it is opened."""
    card = await stage.client.chat_postMessage(channel=INCIDENT_ID, text="card")
    async with People(stage.url) as people:
        with pytest.raises(NotSeen, match="cannot archive"):
            await people.act("archive", **{"as": GUEST}, channel="inc-checkout", archived=True)
        await people.act("archive", **{"as": REQUESTER}, channel="inc-checkout", archived=True)
        assert (await stage.client.conversations_info(channel=INCIDENT_ID))["channel"]["is_archived"] is True
        with pytest.raises(NotSeen, match="is archived"):
            await people.say(REQUESTER, "inc-checkout", "hello")
        for call in (
            stage.client.chat_postMessage(channel=INCIDENT_ID, text="more"),
            stage.client.chat_update(channel=INCIDENT_ID, ts=str(card["ts"]), text="more"),
            stage.client.chat_postEphemeral(channel=INCIDENT_ID, user=stage.id(REQUESTER), text="more"),
        ):
            with pytest.raises(SlackApiError, match="is_archived"):
                await call
        await people.act("archive", **{"as": REQUESTER}, channel="inc-checkout", archived=False)
        assert (await stage.client.chat_update(channel=INCIDENT_ID, ts=str(card["ts"]), text="more"))["ok"]


async def test_a_deleted_message_leaves_its_thread(stage: Stage) -> None:
    """One's own and the app's can be deleted; where there are replies a line is left, else nothing."""
    card = str((await stage.client.chat_postMessage(channel=DEPLOYS_ID, text="card"))["ts"])
    await stage.client.chat_postMessage(channel=DEPLOYS_ID, text="signed", thread_ts=card)
    alone = str((await stage.client.chat_postMessage(channel=DEPLOYS_ID, text="alone"))["ts"])
    async with People(stage.url) as people:
        said = str((await people.say(APPROVER, "deploys", "by the approver"))["ts"])
        with pytest.raises(NotSeen, match="cannot delete"):
            await people.act("delete", **{"as": REQUESTER}, channel=DEPLOYS_ID, ts=said)
        for ts in (card, alone):
            await people.act("delete", **{"as": REQUESTER}, channel=DEPLOYS_ID, ts=ts)
        shown = await people.messages(APPROVER, "#deploys")
    assert [(one["ts"], one["text"], one["deleted"]) for one in shown] == [
        (card, "This message was deleted.", True),
        (said, "by the approver", False),
    ]
    assert [reply["text"] for reply in shown[0]["replies"]] == ["signed"]
    with pytest.raises(SlackApiError, match="message_not_found"):
        await stage.client.chat_update(channel=DEPLOYS_ID, ts=card, text="more")
