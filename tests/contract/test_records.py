"""What every implementation of Records keeps: guards in their order, then everything or nothing."""

import asyncio
from typing import Any

import pytest

from bot.audit import AuditEntry
from bot.model import Basis, Due, Job
from bot.ports import Commit, Delivery, Verdict
from tests.contract.worlds import World, entry

JOB = Job(kind="run", id="cs-a")
MINUTE = 60_000


def commit(id_: str = "cs-a", expected: int = 0, **more: Any) -> Commit:
    """Return a commit of one record."""
    return Commit(kind="change", id=id_, expected=expected, data=f'{{"n": {expected}}}', **more)


async def queued(world: World) -> list[Job]:
    """Take everything that is queued."""
    taken: tuple[Delivery, ...] = await world.queue.take("reader", 100, 0)
    return [delivery.job for delivery in taken]


async def test_a_record_is_read_as_it_was_written(world: World) -> None:
    """Version, data, head and time of the last commit are what a read gives."""
    last = entry("cs-a", 2)
    done = await world.records.commit(commit(entries=(entry("cs-a", 1), last)))
    assert done.verdict is Verdict.WRITTEN
    stored = await world.records.read("change", "cs-a")
    assert stored is not None
    assert (stored.version, stored.data, stored.head) == (1, '{"n": 0}', last.mac)
    assert done.at <= stored.at <= world.records.now()


async def test_what_was_never_written_is_none(world: World) -> None:
    """A record that is not there reads as None, everywhere."""
    assert await world.records.read("change", "cs-a") is None
    assert await world.records.verified("change", "cs-a") is None
    assert await world.records.trail("change", "cs-a") == ()
    assert await world.records.holder("slot") is None
    assert await world.records.members("open", 10) == ()


async def test_several_records_come_in_the_order_asked_for(world: World) -> None:
    """A read of many keeps the order and leaves a hole for what is not there."""
    for id_ in ("cs-a", "cs-b"):
        await world.records.commit(commit(id_))
    found = await world.records.read_many("change", ("cs-b", "cs-none", "cs-a", "cs-b"))
    assert [stored is not None for stored in found] == [True, False, True, True]
    assert await world.records.read_many("change", ()) == ()


async def test_kinds_do_not_mix(world: World) -> None:
    """The same id in another kind is another record."""
    await world.records.commit(commit())
    assert await world.records.read("freeze", "cs-a") is None


async def test_record_and_trail_are_read_as_of_one_moment(world: World) -> None:
    """Verification gets the record together with all entries of all commits, as they were signed."""
    first = entry("cs-a", 1)
    second = entry("cs-a", 2, first.mac)
    await world.records.commit(commit(entries=(first,)))
    await world.records.commit(commit(expected=1, entries=(second,)))
    found = await world.records.verified("change", "cs-a")
    assert found is not None
    assert (found[0].version, found[0].head, found[1]) == (2, second.mac, (first, second))
    assert await world.records.trail("change", "cs-a") == (first, second)


async def test_a_commit_without_entries_keeps_the_head(world: World) -> None:
    """The head stays that of the last entry there is."""
    first = entry("cs-a", 1)
    await world.records.commit(commit(entries=(first,)))
    await world.records.commit(commit(expected=1))
    stored = await world.records.read("change", "cs-a")
    assert stored is not None
    assert (stored.version, stored.head) == (2, first.mac)


@pytest.mark.parametrize("expected", [0, 2])
async def test_another_version_is_a_conflict(world: World, expected: int) -> None:
    """A commit that expects another version (or no record at all) changes nothing."""
    await world.records.commit(commit())
    done = await world.records.commit(commit(expected=expected, entries=(entry("cs-a", 1),)))
    assert done.verdict is Verdict.CONFLICT
    stored = await world.records.read("change", "cs-a")
    assert stored is not None
    assert (stored.version, stored.data) == (1, '{"n": 0}')


async def test_a_lost_reply_may_be_asked_for_again(world: World) -> None:
    """The same commit again answers WRITTEN and writes nothing a second time, its token notwithstanding."""
    asked = commit(
        entries=(entry("cs-a", 1),), jobs=(JOB,), dedupe="press-1", caps=(("open", 1),), index=(("open", 1),)
    )
    assert (await world.records.commit(asked)).verdict is Verdict.WRITTEN
    assert (await world.records.commit(asked)).verdict is Verdict.WRITTEN
    assert await queued(world) == [JOB]
    assert len(await world.records.trail("change", "cs-a")) == 1


async def test_asking_again_after_others_went_on_is_a_conflict(world: World) -> None:
    """Only the latest commit is recognised when it is asked for again."""
    asked = commit(entries=(entry("cs-a", 1),))
    await world.records.commit(asked)
    await world.records.commit(commit(expected=1))
    assert (await world.records.commit(asked)).verdict is Verdict.CONFLICT


async def test_a_commit_without_entries_is_not_recognised_when_asked_again(world: World) -> None:
    """Without an entry nothing tells a repetition from somebody else's commit."""
    await world.records.commit(commit())
    assert (await world.records.commit(commit())).verdict is Verdict.CONFLICT


async def test_twenty_at_once_are_one(world: World) -> None:
    """Of twenty that commit the same version at once, one is written and nineteen are told."""

    def own(n: int) -> AuditEntry:
        return entry("cs-a", 1, name=f"by racer {n}")

    racers = (world.records.commit(commit(entries=(own(n),), jobs=(JOB,))) for n in range(20))
    verdicts = [done.verdict for done in await asyncio.gather(*racers)]
    assert sorted(verdicts) == [Verdict.CONFLICT] * 19 + [Verdict.WRITTEN]
    assert await queued(world) == [JOB]


async def test_a_token_counts_once(world: World) -> None:
    """A token seen before answers with the record it first went to, for ten minutes at least."""
    await world.records.commit(commit("cs-a", dedupe="press-1"))
    await world.pass_time(10 * MINUTE)
    done = await world.records.commit(commit("cs-b", dedupe="press-1"))
    assert (done.verdict, done.holder) == (Verdict.DUPLICATE, "cs-a")
    assert await world.records.read("change", "cs-b") is None


async def test_a_token_is_forgotten_in_the_end(world: World) -> None:
    """Tokens do not pile up for ever."""
    await world.records.commit(commit("cs-a", dedupe="press-1"))
    await world.pass_time(60 * MINUTE)
    assert (await world.records.commit(commit("cs-b", dedupe="press-1"))).verdict is Verdict.WRITTEN


async def test_a_refused_commit_leaves_its_token_free(world: World) -> None:
    """A token is only used up by a commit that was written."""
    refused = await world.records.commit(commit(expected=7, dedupe="press-1"))
    assert refused.verdict is Verdict.CONFLICT
    assert (await world.records.commit(commit(dedupe="press-1"))).verdict is Verdict.WRITTEN


async def test_a_deadline_counts_by_the_stores_clock(world: World) -> None:
    """In the very millisecond of the deadline it is too late; before it is not."""
    await world.records.ping()
    now = world.records.now()
    assert (await world.records.commit(commit(before=now))).verdict is Verdict.LATE
    assert (await world.records.commit(commit(before=now + MINUTE))).verdict is Verdict.WRITTEN


async def test_a_slot_has_one_holder(world: World) -> None:
    """A slot is refused to others, told by its holder, kept by a second commit, and free again afterwards."""
    await world.records.commit(commit("cs-a", take=("flag:1",)))
    done = await world.records.commit(commit("cs-b", take=("flag:2", "flag:1")))
    assert (done.verdict, done.holder) == (Verdict.TAKEN, "cs-a")
    assert await world.records.holder("flag:2") is None
    assert (await world.records.commit(commit("cs-a", 1, take=("flag:1",)))).verdict is Verdict.WRITTEN
    await world.records.commit(commit("cs-a", 2, free=("flag:1",)))
    assert (await world.records.commit(commit("cs-b", take=("flag:1",)))).verdict is Verdict.WRITTEN
    assert await world.records.holder("flag:1") == "cs-b"


async def test_nobody_frees_the_slot_of_another(world: World) -> None:
    """Only its holder frees a slot."""
    await world.records.commit(commit("cs-a", take=("flag:1",)))
    await world.records.commit(commit("cs-b", free=("flag:1",)))
    assert await world.records.holder("flag:1") == "cs-a"


async def test_a_cap_counts_the_members_before(world: World) -> None:
    """An index that has as many members as its cap takes no further commit."""
    for id_ in ("cs-a", "cs-b"):
        done = await world.records.commit(commit(id_, index=(("open", 1),), caps=(("open", 2),)))
        assert done.verdict is Verdict.WRITTEN
    done = await world.records.commit(commit("cs-c", index=(("open", 1),), caps=(("open", 2),)))
    assert done.verdict is Verdict.FULL
    assert await world.records.members("open", 10) == ("cs-a", "cs-b")


async def test_an_index_is_in_the_order_of_its_scores(world: World) -> None:
    """Members come by score, either way round, as many as asked for; a removed one is gone."""
    for id_, score in (("cs-a", 3), ("cs-b", 1), ("cs-c", 2), ("cs-d", 1_800_000_000_123)):
        await world.records.commit(commit(id_, index=(("all", score),)))
    await world.records.commit(commit("cs-c", 1, unindex=("all", "never")))
    assert await world.records.members("all", 10) == ("cs-b", "cs-a", "cs-d")
    assert await world.records.members("all", 2, newest_first=True) == ("cs-d", "cs-a")
    assert await world.records.members("all", 0) == ()


GUARDS: list[tuple[Verdict, dict[str, Any]]] = [
    (Verdict.DUPLICATE, {"dedupe": "used"}),
    (Verdict.CONFLICT, {"expected": 5}),
    (Verdict.LATE, {"before": 1}),
    (Verdict.TAKEN, {"take": ("flag:1",)}),
    (Verdict.FULL, {"caps": (("open", 1),)}),
]


@pytest.mark.parametrize("first", range(len(GUARDS)))
async def test_the_first_guard_that_fails_answers_and_nothing_is_written(world: World, first: int) -> None:
    """Guards are checked in their order, and a refused commit leaves no trace."""
    await world.records.commit(commit("cs-other", dedupe="used", take=("flag:1",), index=(("open", 1),)))
    broken: dict[str, Any] = {"expected": 0}
    for _, guard in GUARDS[first:]:
        broken |= guard
    written: dict[str, Any] = {
        "entries": (entry("cs-a", 1),),
        "index": (("open", 1), ("all", 1)),
        "jobs": (JOB,),
        "redraw": True,
    }
    due = (Due(job=JOB, at=1),)
    done = await world.records.commit(commit(**broken, **written, due=due, free=("flag:1",), keep=1))
    assert done.verdict is GUARDS[first][0]
    assert await world.records.verified("change", "cs-a") is None
    assert await world.records.trail("change", "cs-a") == ()
    assert (await world.records.members("all", 9), await world.records.members("open", 9)) == ((), ("cs-other",))
    assert await world.records.holder("flag:1") == "cs-other"
    assert await world.queue.promote(10) == 0
    assert await queued(world) == []
    await world.pass_time(MINUTE)
    assert await world.outbox.due(10, 1000) == ()


async def test_jobs_are_queued_with_the_record(world: World) -> None:
    """A commit's jobs are in the queue as soon as it is written, in their order."""
    jobs = (JOB, Job(kind="tell", id="an id of words"))
    await world.records.commit(commit(jobs=jobs))
    assert await queued(world) == list(jobs)


async def test_deadlines_are_set_moved_and_cancelled(world: World) -> None:
    """A deadline set again is moved, and one cancelled never comes."""
    now = world.records.now()
    kept, moved, gone = (Job(kind=kind, id="cs-a") for kind in ("expire", "poll", "run_by"))
    soon = tuple(Due(job=job, at=now + MINUTE) for job in (kept, moved, gone))
    await world.records.commit(commit(due=soon))
    later = (Due(job=moved, at=now + 10 * MINUTE),)
    await world.records.commit(commit(expected=1, cancel=(gone, moved), due=later))
    await world.pass_time(2 * MINUTE)
    assert await world.queue.promote(10) == 1
    assert await queued(world) == [kept]
    await world.pass_time(10 * MINUTE)
    assert await world.queue.promote(10) == 1
    assert await queued(world) == [moved]


async def test_a_kept_record_expires_with_its_trail(world: World) -> None:
    """A record with a time to live is there until then, and gone with its entries afterwards."""
    await world.records.commit(commit(entries=(entry("cs-a", 1),), keep=10 * MINUTE))
    await world.pass_time(9 * MINUTE)
    assert await world.records.verified("change", "cs-a") is not None
    await world.pass_time(2 * MINUTE)
    assert await world.records.read("change", "cs-a") is None
    assert await world.records.trail("change", "cs-a") == ()


async def test_a_later_commit_without_a_limit_persists(world: World) -> None:
    """A record that is written without a time to live stays, whatever it had before."""
    await world.records.commit(commit(entries=(entry("cs-a", 1),), keep=10 * MINUTE))
    await world.records.commit(commit(expected=1))
    await world.pass_time(20 * MINUTE)
    found = await world.records.verified("change", "cs-a")
    assert found is not None
    assert len(found[1]) == 1


async def test_a_commit_holds_to_what_it_was_based_on(world: World) -> None:
    """A record that another one was decided upon, and that has moved since, keeps the commit from being written."""
    seen = Basis(kind="freeze", id="environments", version=0)
    assert (await world.records.commit(commit(basis=(seen,)))).verdict is Verdict.WRITTEN
    await world.records.commit(Commit(kind="freeze", id="environments", expected=0, data="{}"))
    assert (await world.records.commit(commit(expected=1, basis=(seen,)))).verdict is Verdict.MOVED
    now = seen.model_copy(update={"version": 1})
    assert (await world.records.commit(commit(expected=1, basis=(now,)))).verdict is Verdict.WRITTEN
    stored = await world.records.read("change", "cs-a")
    assert stored is not None
    assert stored.version == 2
