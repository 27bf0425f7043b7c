"""Rate limits refuse with Retry-After, and time fills them up again."""

from __future__ import annotations

import pytest
from slack_sdk.errors import SlackApiError

from bot.sandbox.slack.ratelimit import TIERS, Limit, RateLimiter
from tests.sandbox.slack.stage import Clock, staged


def test_a_bucket_empties_and_fills_up(clock: Clock) -> None:
    """A burst passes, the next call waits as long as it is told, and then passes."""
    limiter = RateLimiter({"post": Limit(per_second=0.5, burst=2)}, clock)
    assert [limiter.take("post", "C1") for _ in range(3)] == [None, None, 2]
    clock.time += 1
    assert limiter.take("post", "C1") == 1
    clock.time += 1
    assert limiter.take("post", "C1") is None


def test_a_bucket_never_holds_more_than_its_burst(clock: Clock) -> None:
    """A long silence saves up one burst and not more."""
    limiter = RateLimiter({"post": Limit(per_second=1, burst=2)}, clock)
    limiter.take("post", "C1")
    clock.time += 3600
    assert [limiter.take("post", "C1") for _ in range(3)] == [None, None, 1]


def test_buckets_are_apart_and_unknown_tiers_free(clock: Clock) -> None:
    """One channel does not use up another's calls; no limit means no refusal."""
    limiter = RateLimiter({"post": Limit(per_second=1, burst=1)}, clock)
    assert limiter.take("post", "C1") is None
    assert limiter.take("post", "C2") is None
    assert [limiter.take("tier9", "x") for _ in range(1000)] == [None] * 1000


async def test_posting_is_one_message_a_second_and_channel(clock: Clock) -> None:
    """Beyond the burst a post gets 429 with Retry-After, other channels go on, and a second later it passes."""
    async with staged(limiter=RateLimiter(TIERS, clock)) as stage:
        for _ in range(5):
            await stage.client.chat_postMessage(channel=stage.channel("deploys"), text="x")
        with pytest.raises(SlackApiError) as caught:
            await stage.client.chat_postMessage(channel=stage.channel("deploys"), text="x")
        assert caught.value.response.status_code == 429
        assert caught.value.response.headers["Retry-After"] == "1"
        assert caught.value.response["error"] == "ratelimited"
        await stage.client.chat_postMessage(channel=stage.channel("approvals"), text="x")
        clock.time += 1
        await stage.client.chat_postMessage(channel=stage.channel("deploys"), text="x")
        assert len(stage.messages("deploys")) == 6


async def test_updates_are_tier_three(clock: Clock) -> None:
    """Fifty updates a minute pass and the next is refused."""
    async with staged(limiter=RateLimiter(TIERS, clock)) as stage:
        posted = await stage.client.chat_postMessage(channel="#deploys", text="x")
        place = {"channel": posted["channel"], "ts": posted["ts"]}
        for number in range(50):
            await stage.client.chat_update(**place, text=str(number))
        with pytest.raises(SlackApiError, match="ratelimited"):
            await stage.client.chat_update(**place, text="51")
        assert stage.messages("deploys")[0].text == "49"
