"""Telling of applied changes: at least once, never at the cost of the change."""

import logging

import pytest

from bot.changes.record import ChangeRequest, Status
from bot.errors import Forbidden, NeverSent, ProviderError
from bot.execution.jobs import TELL_FOR, Execution
from bot.model import Job
from tests.core.fakes import House


class Told:
    """A history that keeps what it is told, and fails as scripted."""

    def __init__(self, *failures: ProviderError) -> None:
        self.failures = list(failures)
        self.changes: list[ChangeRequest] = []

    async def applied(self, change: ChangeRequest) -> None:
        """Keep the change, or fail."""
        if self.failures:
            raise self.failures.pop(0)
        self.changes.append(change)


class Telling(House):
    """A house whose executions tell a history."""

    def tell(self, history: Told) -> None:
        """Tell this history from now on."""
        self.history = history

    def execution(self, worker: str = "worker-1") -> Execution:
        """Return the execution of one worker."""
        return Execution(self.bench(worker), self.service, self.reviews, self.history)


def telling(*failures: ProviderError) -> tuple[Telling, Told]:
    """Return a house and the history it tells."""
    house, told = Telling(), Told(*failures)
    house.tell(told)
    return house, told


async def test_an_applied_change_is_told() -> None:
    """The job that tells is written with the end of the change, and works on its record."""
    house, told = telling()
    change = await house.approved()
    jobs = await house.drain()
    assert Job(kind="tell", id=change.id) in jobs
    assert [(each.id, each.status) for each in told.changes] == [(change.id, Status.APPLIED)]


async def test_what_was_already_so_is_not_told() -> None:
    """A change that found everything as wanted did nothing, and nothing is told."""
    house, told = telling()
    change = await house.approved()
    house.provider.land(change.plan)
    await house.drain()
    assert (await house.service.get(change.id)).status is Status.APPLIED
    assert told.changes == []


async def test_a_failure_is_tried_again_and_does_not_touch_the_change() -> None:
    """While the intake is away the change stays applied, and is told once it is back."""
    house, told = telling(NeverSent("nobody there."), NeverSent("nobody there."))
    change = await house.approved()
    await house.drain()
    before = await house.changes.get(change.id)
    assert (before.change.status, told.changes) == (Status.APPLIED, [])
    await house.later(5_000)
    assert told.changes == []
    await house.later(10_000)
    assert [each.id for each in told.changes] == [change.id]
    assert (await house.changes.get(change.id)).version == before.version


async def test_it_is_given_up_after_an_hour(caplog: pytest.LogCaptureFixture) -> None:
    """An intake that stays away is not tried for ever, and the log says so."""
    house, told = telling(*[NeverSent("nobody there.")] * 500)
    await house.approved()
    await house.drain()
    for _ in range(40):
        await house.later(TELL_FOR // 10)
    assert len(told.failures) > 400
    assert [record.message for record in caplog.records].count("history.given_up") == 1


async def test_a_refusal_is_logged_and_not_repeated(caplog: pytest.LogCaptureFixture) -> None:
    """What the intake refuses as such is in the log, and is not sent again."""
    house, told = telling(Forbidden("the key may not do this."))
    change = await house.approved()
    with caplog.at_level(logging.ERROR):
        await house.drain()
    (refused,) = [record for record in caplog.records if record.message == "history.refused"]
    assert refused.__dict__["change"] == change.id
    assert await house.later(TELL_FOR) == []
    assert (await house.service.get(change.id)).status is Status.APPLIED
    assert told.changes == []


async def test_a_worker_killed_before_telling_is_followed_by_one_that_tells() -> None:
    """A job whose worker was killed is handed out again."""
    house, told = telling()
    change = await house.approved()
    (run,) = await house.queue.take("worker-1", 10, 0)
    await house.execution().work(run.job)
    await house.queue.finish("worker-1", run)
    (left,) = await house.queue.take("killed", 10, 0)
    assert left.job == Job(kind="tell", id=change.id)
    await house.later(60_000)
    assert [each.id for each in told.changes] == [change.id]
