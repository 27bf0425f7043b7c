"""What every implementation of Circuit keeps: failures in a row pause a host's calls for all, and one tries after."""

from bot.adapters.breaker import Passage
from tests.contract.worlds import CIRCUIT, World

HOST = "api.datadog.test"
FREE = Passage()


async def fail(world: World, times: int, passage: Passage = FREE) -> bool:
    """Let calls fail, and tell whether the last one began a pause."""
    return [await world.circuit.tell(HOST, passage, well=False) for _ in range(times)][-1]


async def test_a_host_of_which_nothing_is_known_is_called(world: World) -> None:
    """Without failures every call goes out."""
    assert await world.circuit.ask(HOST) == FREE


async def test_failures_in_a_row_begin_a_pause(world: World) -> None:
    """The fifth failure in a row pauses the calls, and how long for is told."""
    assert not await fail(world, CIRCUIT.failures - 1)
    assert await world.circuit.ask(HOST) == Passage(failures=CIRCUIT.failures - 1)
    assert await fail(world, 1)
    assert 0 < (await world.circuit.ask(HOST)).wait <= CIRCUIT.pause
    assert (await world.circuit.ask("elsewhere.test")).wait == 0


async def test_an_answer_ends_the_row(world: World) -> None:
    """Failures with an answer between them are not in a row."""
    await fail(world, CIRCUIT.failures - 1)
    assert not await world.circuit.tell(HOST, FREE, well=True)
    assert not await fail(world, CIRCUIT.failures - 1)
    assert (await world.circuit.ask(HOST)).wait == 0


async def test_old_failures_are_forgotten(world: World) -> None:
    """A failure now and then over hours pauses nothing."""
    await fail(world, CIRCUIT.failures - 1)
    await world.pass_time(10 * 60_000 + 1)
    assert not await fail(world, 1)


async def test_stragglers_do_not_change_a_pause(world: World) -> None:
    """Calls that were under way when the pause began neither end nor prolong it."""
    await fail(world, CIRCUIT.failures)
    await world.pass_time(CIRCUIT.pause - 1_000)
    assert not await fail(world, 3)
    await world.circuit.tell(HOST, FREE, well=True)
    assert 0 < (await world.circuit.ask(HOST)).wait <= 1_000


async def test_one_call_tries_after_the_pause(world: World) -> None:
    """After a pause a single call goes out, the others wait for what comes of it."""
    await fail(world, CIRCUIT.failures)
    await world.pass_time(CIRCUIT.pause)
    first = await world.circuit.ask(HOST)
    assert (first.wait, bool(first.trial)) == (0, True)
    assert 0 < (await world.circuit.ask(HOST)).wait <= CIRCUIT.trial


async def test_an_answer_to_the_trial_lets_everybody_through(world: World) -> None:
    """The host is back: calls go out again, and the count begins anew."""
    await fail(world, CIRCUIT.failures)
    await world.pass_time(CIRCUIT.pause)
    await world.circuit.tell(HOST, await world.circuit.ask(HOST), well=True)
    assert await world.circuit.ask(HOST) == FREE
    assert not await fail(world, CIRCUIT.failures - 1)


async def test_a_failed_trial_pauses_again(world: World) -> None:
    """The host is not back: one failure is enough for the next pause."""
    await fail(world, CIRCUIT.failures)
    await world.pass_time(CIRCUIT.pause)
    assert await fail(world, 1, await world.circuit.ask(HOST))
    assert CIRCUIT.trial < (await world.circuit.ask(HOST)).wait <= CIRCUIT.pause


async def test_what_is_urgent_is_the_trial_at_once(world: World) -> None:
    """A call that cannot wait goes out during a pause, is counted as the trial, and holds the others back."""
    assert await world.circuit.ask(HOST, urgent=True) == FREE
    await fail(world, CIRCUIT.failures)
    first = await world.circuit.ask(HOST, urgent=True)
    assert (first.wait, bool(first.trial)) == (0, True)
    assert 0 < (await world.circuit.ask(HOST)).wait <= CIRCUIT.trial
    assert await fail(world, 1, first)
    assert CIRCUIT.trial < (await world.circuit.ask(HOST)).wait <= CIRCUIT.pause
    await world.circuit.tell(HOST, await world.circuit.ask(HOST, urgent=True), well=True)
    assert await world.circuit.ask(HOST) == FREE


async def test_a_trial_that_is_never_told_of_is_replaced(world: World) -> None:
    """A process killed during its try does not keep the others waiting, and its late word counts no more."""
    await fail(world, CIRCUIT.failures)
    await world.pass_time(CIRCUIT.pause)
    killed = await world.circuit.ask(HOST)
    await world.pass_time(CIRCUIT.trial)
    second = await world.circuit.ask(HOST)
    assert (second.wait, bool(second.trial)) == (0, True)
    await world.circuit.tell(HOST, Passage(trial=killed.trial + 1), well=True)
    assert (await world.circuit.ask(HOST)).wait > 0
