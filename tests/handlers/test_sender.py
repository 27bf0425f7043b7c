"""What is said in Slack: at the pace of each channel, the newest state alone, and never twice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from bot.sandbox.slack.ratelimit import TIERS, RateLimiter
from handlers.blocks import Message
from handlers.sender import Delayed, Sender
from handlers.slack_client import SlackClient
from tests.handlers.hand_time import HandTime, RunningTime
from tests.sandbox.slack.stage import BOT_TOKEN, Stage, staged

POST, UPDATE, WHISPER = "chat.postMessage", "chat.update", "chat.postEphemeral"


class Scene:
    """A sender before the sandbox's workspace."""

    def __init__(self, stage: Stage, sender: Sender) -> None:
        self.stage, self.sender = stage, sender
        self.deploys, self.approvals = stage.channel("deploys"), stage.channel("approvals")

    def calls(self, method: str) -> int:
        """How often a method of the Web API was called."""
        return self.stage.workspace.calls[method]

    async def fault(self, method: str, **fault: object) -> None:
        """Make a method of the Web API fail."""
        assert (await self.stage.do("settings", faults={method: fault}))["ok"]

    def texts(self) -> list[str]:
        """What stands in #deploys."""
        return [message.text for message in self.stage.messages("deploys")]


@asynccontextmanager
async def scene(time: HandTime, limiter: RateLimiter | None = None) -> AsyncIterator[Scene]:
    """Give a scene at a time; without a limiter Slack takes everything."""
    async with staged(limiter=limiter) as stage:
        slack = SlackClient(BOT_TOKEN, f"{stage.url}/api/")
        try:
            yield Scene(stage, Sender(slack.web, clock=time.clock, wait=time.wait))
        finally:
            await slack.close()


def said(text: str) -> Message:
    """Return a message."""
    return Message(text, ())


async def test_posts_keep_to_the_pace_of_a_channel() -> None:
    """Some posts go out at once and then one a second, so that Slack, with its limits on, refuses none."""
    time = RunningTime()
    async with scene(time, RateLimiter(dict(TIERS), now=time.clock)) as here:
        for number in range(12):
            await here.sender.post(here.deploys, said(f"line {number}"))
        assert (here.calls(POST), time.waits) == (12, [1.0] * 8)
        assert here.texts() == [f"line {number}" for number in range(12)]


async def test_edits_and_whispers_keep_to_the_pace_of_their_methods() -> None:
    """Long rows of edits and whispers are refused nowhere while Slack's limits are on."""
    time = RunningTime()
    async with scene(time, RateLimiter(dict(TIERS), now=time.clock)) as here:
        channel, ts = await here.sender.post(here.deploys, said("first"))
        for number in range(80):
            await here.sender.update(channel, ts, said(f"state {number}"))
        assert (here.calls(UPDATE), here.texts()) == (80, ["state 79"])
        for number in range(150):
            await here.sender.whisper(channel, here.stage.id("Requester"), f"whisper {number}")
        assert here.calls(WHISPER) == 150


async def test_a_refused_channel_keeps_no_other_waiting() -> None:
    """Retry-After is waited out for the channel it was told of; others are posted to meanwhile."""
    time = HandTime()
    async with scene(time) as here:
        await here.fault(POST, kind="ratelimited", retry_after=5, times=1)
        refused = asyncio.create_task(here.sender.post(here.deploys, said("later")))
        await time.waited_for()
        await here.sender.post(here.approvals, said("now"))
        time.advance(4.9)
        assert (here.calls(POST), here.texts(), refused.done()) == (2, [], False)
        time.advance(0.1)
        await refused
        assert (here.calls(POST), here.texts()) == (3, ["later"])


async def test_a_turn_taken_before_a_refusal_waits_for_its_end() -> None:
    """Whoever waited already when Slack refused does not go out during the pause."""
    time = HandTime()
    async with scene(time) as here:
        for number in range(4):
            await here.sender.post(here.deploys, said(str(number)))
        late = [asyncio.create_task(here.sender.post(here.deploys, said(str(number)))) for number in (4, 5)]
        await time.waited_for(2)
        await here.fault(POST, kind="ratelimited", retry_after=3, times=1)
        time.advance(1)
        await time.waited_for(2)
        time.advance(1)
        await time.waited_for(2)
        assert here.calls(POST) == 5
        time.advance(2)
        await time.waited_for(1)
        time.advance(1)
        await asyncio.gather(*late)
        assert (here.calls(POST), len(here.texts())) == (7, 6)


async def test_a_long_refusal_is_given_back() -> None:
    """A pause nobody can wait for is told with its length, and the channel is not tried before its end."""
    time = HandTime()
    async with scene(time) as here:
        await here.fault(POST, kind="ratelimited", retry_after=30, times=1)
        for _ in range(3):
            with pytest.raises(Delayed) as delayed:
                await here.sender.post(here.deploys, said("later"))
            assert delayed.value.seconds == 30
        assert here.calls(POST) == 1
        time.advance(30)
        await here.sender.post(here.deploys, said("later"))


async def test_only_so_much_waits() -> None:
    """What could not go out within a few seconds is given back at once instead of piling up."""
    time = HandTime()
    async with scene(time) as here:
        posts = [asyncio.create_task(here.sender.post(here.deploys, said(str(n)))) for n in range(100)]
        await time.waited_for(6)
        given_back = [post for post in posts if post.done() and isinstance(post.exception(), Delayed)]
        assert len(given_back) == 90
        for _ in range(6):
            time.advance(1)
        await asyncio.gather(*(post for post in posts if post not in given_back))
        assert sorted(here.texts(), key=int) == [str(n) for n in range(10)]


async def test_of_many_states_of_a_message_the_newest_is_shown() -> None:
    """Edits that pile up become one, which shows the state asked for last; other messages have their own."""
    time = HandTime()
    async with scene(time) as here:
        first, second = [await here.sender.post(here.deploys, said("new")) for _ in range(2)]
        await here.fault(UPDATE, kind="ratelimited", retry_after=2, times=1)
        edits = [asyncio.create_task(here.sender.update(*first, said(f"state {n}"))) for n in range(20)]
        await time.waited_for()
        edits.append(asyncio.create_task(here.sender.update(*second, said("its own"))))
        await time.waited_for(2)
        time.advance(2)
        await time.waited_for()
        time.advance(1.2)
        await asyncio.gather(*edits)
        assert here.texts() == ["state 19", "its own"]
        assert here.calls(UPDATE) == 3


async def test_a_failed_edit_does_not_speak_for_the_next() -> None:
    """Where an edit fails, whoever asked for the newer state tries it themselves."""
    time = HandTime()
    async with scene(time) as here:
        channel, ts = await here.sender.post(here.deploys, said("new"))
        await here.fault(UPDATE, kind="http", status=503, times=1)
        older, newer = [asyncio.create_task(here.sender.update(channel, ts, said(text))) for text in ("older", "newer")]
        with pytest.raises(SlackApiError, match="503"):
            await older
        await newer
        assert here.texts() == ["newer"]


@pytest.mark.parametrize("method", [POST, WHISPER])
async def test_what_may_have_been_said_is_not_said_again(method: str) -> None:
    """A message whose answer was lost stands there once: no layer below sends it a second time."""
    time = HandTime()
    async with scene(time) as here:
        await here.fault(method, kind="lost", times=1)
        ways: dict[str, Callable[[], Awaitable[object]]] = {
            POST: lambda: here.sender.post(here.deploys, said("once")),
            WHISPER: lambda: here.sender.whisper(here.deploys, here.stage.id("Requester"), "once"),
        }
        with pytest.raises(aiohttp.ClientError):
            await ways[method]()
        assert here.texts() == ["once"]
        assert here.calls(method) == 1


async def test_a_refusal_for_another_reason_is_told() -> None:
    """What Slack refuses as such is not tried again."""
    time = HandTime()
    async with scene(time) as here:
        with pytest.raises(SlackApiError, match="channel_not_found"):
            await here.sender.post("C0NOWHERE", said("x"))
        assert here.calls(POST) == 1
