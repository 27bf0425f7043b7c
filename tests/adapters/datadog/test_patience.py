"""Refusals for pace are waited out as told; reads are tried again, writes are not."""

import httpx
import pytest

from bot.adapters.datadog.client import a_little
from bot.errors import Malformed, NeverSent, NotFound, Paused, ProviderError, RateLimited
from tests.adapters.datadog.scripted import FLAG, Scripted, answer, flag_body, plan_of


def _limited(reset: str, **more: str) -> httpx.Response:
    return answer(429, {"errors": ["slow down"]}, x_ratelimit_reset=reset, x_ratelimit_remaining="9", **more)


async def test_write_waits_for_the_reset_and_is_sent_again() -> None:
    """A write refused for pace is sent again after the seconds that Reset tells, and no earlier."""
    scripted = Scripted(_limited("3"), _limited("1.5"), answer(200))
    assert (await scripted.provider.apply(plan_of("flag.disable"))).status == 200
    assert scripted.time.waits == [3, 1.5]
    assert len(scripted.asked) == 3


async def test_read_waits_for_the_reset() -> None:
    """A read refused for pace waits as long as Reset tells."""
    scripted = Scripted(_limited("4", retry_after="1"), answer(200, flag_body()))
    await scripted.provider.snapshot(FLAG)
    assert scripted.time.waits == [4]


@pytest.mark.parametrize("reset", ["9.5", "10", "3600", "1e9"])
async def test_wait_never_exceeds_the_time_of_the_action(reset: str) -> None:
    """A reset that leaves no time for the call is not waited for; it is told instead."""
    for _ in range(2):
        scripted = Scripted(_limited(reset))
        with pytest.raises(RateLimited) as limited:
            await scripted.provider.apply(plan_of("flag.disable"))
        assert limited.value.retry_after == float(reset)
        assert (scripted.time.waits, len(scripted.asked)) == ([], 1)


async def test_waits_add_up_within_the_time_of_the_action() -> None:
    """Several refusals are waited out only as long as all of it fits into the time of the action."""
    scripted = Scripted(_limited("4"), seconds_per_call=0.5)
    with pytest.raises(RateLimited):
        await scripted.provider.apply(plan_of("flag.disable"))
    assert scripted.time.waits == [4, 4]
    assert scripted.time.seconds - 100 <= 10


@pytest.mark.parametrize("reset", ["0", "-5"])
async def test_refusals_without_end_are_given_up(reset: str) -> None:
    """Refusals with the shortest reset do not keep an action busy for ever."""
    scripted = Scripted(_limited(reset))
    with pytest.raises(RateLimited):
        await scripted.provider.apply(plan_of("flag.disable"))
    assert scripted.time.waits == [0.1] * 5


@pytest.mark.parametrize("reset", ["", "soon", "nan", "inf"])
async def test_unreadable_reset_is_a_few_seconds(reset: str) -> None:
    """A reset that cannot be read counts as a few seconds."""
    scripted = Scripted(_limited(reset), answer(200))
    await scripted.provider.apply(plan_of("flag.disable"))
    assert scripted.time.waits == [5]


@pytest.mark.parametrize("reply", [httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.ReadError("x"), answer(503)])
async def test_reads_are_tried_again(reply: httpx.Response | Exception) -> None:
    """A read that was not answered is tried again, up to three times."""
    scripted = Scripted(reply, reply, answer(200, flag_body()))
    assert (await scripted.provider.snapshot(FLAG)).facts["status"] == "ENABLED"
    failing = Scripted(reply)
    with pytest.raises(ProviderError):
        await failing.provider.snapshot(FLAG)
    assert len(failing.asked) == 3


@pytest.mark.parametrize(
    ("reply", "error"), [(answer(404), NotFound), (answer(200, b"<html>"), Malformed), (_limited("99"), RateLimited)]
)
async def test_answered_reads_are_not_tried_again(reply: httpx.Response, error: type[ProviderError]) -> None:
    """A read that was answered, however, is asked once."""
    scripted = Scripted(reply)
    with pytest.raises(error):
        await scripted.provider.snapshot(FLAG)
    assert len(scripted.asked) == 1


async def test_reads_stop_when_their_time_is_over() -> None:
    """A read that used its time up is not tried again."""
    scripted = Scripted(httpx.ReadTimeout("x"), seconds_per_call=9.5)
    with pytest.raises(ProviderError):
        await scripted.provider.snapshot(FLAG)
    assert len(scripted.asked) == 1


async def test_write_that_never_left_is_not_repeated_here() -> None:
    """A write that could not be sent is reported, and repeating it is left to whoever holds the job."""
    scripted = Scripted(httpx.ConnectError("x"), answer(200))
    with pytest.raises(NeverSent):
        await scripted.provider.apply(plan_of("flag.disable"))
    assert len(scripted.asked) == 1


async def test_a_little_more_is_waited_than_asked_for() -> None:
    """Those who were refused together do not come back together, and nobody comes back too early."""
    scripted = Scripted(_limited("3"), answer(200), jitter=0.3)
    await scripted.provider.apply(plan_of("flag.disable"))
    assert scripted.time.waits == [3.3]
    late = Scripted(_limited("3600"), jitter=0.3)
    with pytest.raises(RateLimited) as limited:
        await late.provider.apply(plan_of("flag.disable"))
    assert limited.value.retry_after == 3600.3
    assert all(0 <= a_little() <= 0.5 for _ in range(100))


async def test_a_read_held_back_is_not_tried_again() -> None:
    """While calls pause, a read is answered at once by saying so."""
    scripted = Scripted(Paused("Datadog failed several times in a row."))
    with pytest.raises(Paused):
        await scripted.provider.snapshot(FLAG)
    assert len(scripted.asked) == 1
