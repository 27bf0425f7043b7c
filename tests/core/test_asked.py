"""What people ask history for, and what was modified outside."""

import pytest

from bot.auditing.asked import HOUR, asked
from bot.auditing.history import HistoryRow, Wanted, look_back
from bot.auditing.outside import MOST_FLAGS, Modified, SeenModified, unexplained
from bot.errors import NotFound, NotUnderstood, UnknownEnvironment
from bot.guards import Guards
from bot.looking.views import FlagRow, FlagView, RolloutView, RuleView, SettingView
from bot.model import Actor, Environment
from bot.packing import packed, unpacked
from tests.builders import APPROVER, PRODUCTION, REQUESTER, STAGING, a_change
from tests.core.audit_stage import AuditedHouse
from tests.core.fakes import SIGNER

NOW = 1_792_000_000_000  # 2026-10-14 17:46:40 UTC, a Wednesday
BERLIN = Actor(id="U0REQUESTER", timezone="Europe/Berlin")
DAY = 24 * HOUR
MIDNIGHT = 1_791_928_800_000  # of that day, in Berlin


async def place(name: str) -> Environment:
    """Find one of two environments."""
    found = {"prod": PRODUCTION, "staging": STAGING}.get(name)
    if found is None:
        raise UnknownEnvironment(f"There is no environment called {name}.")
    return found


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", Wanted()),
        ("since 2h", Wanted(since=NOW - 2 * HOUR)),
        ("last 90 minutes", Wanted(since=NOW - HOUR * 3 // 2)),
        ("since today", Wanted(since=MIDNIGHT)),
        ("since yesterday", Wanted(since=MIDNIGHT - DAY)),
        ("since yesterday 9am", Wanted(since=MIDNIGHT - DAY + 9 * HOUR)),
        ("since 14:30", Wanted(since=MIDNIGHT + 14 * HOUR + HOUR // 2)),
        ("since 23:00", Wanted(since=MIDNIGHT - HOUR)),
        ("since monday", Wanted(since=MIDNIGHT - 2 * DAY)),
        ("since 2026-10-01", Wanted(since=MIDNIGHT - 13 * DAY)),
        ("checkout-v2 in prod since 1h", Wanted(target="checkout-v2", where=PRODUCTION.id, since=NOW - HOUR)),
        ("flag new-search", Wanted(target="new-search")),
        ("of @U0APPROVER", Wanted(person="U0APPROVER")),
        ("<@U0APPROVER|approver> in staging", Wanted(person="U0APPROVER", where=STAGING.id)),
        ("mine", Wanted(person="U0REQUESTER")),
        ('"in prod"', Wanted(target="in prod")),
    ],
)
async def test_what_is_asked_for(text: str, wanted: Wanted) -> None:
    """Target, person, place and time are read, in the asker's zone."""
    assert (await asked(text, BERLIN, NOW, place))[0] == wanted


@pytest.mark.parametrize("text", ["since", "last soon", "since 2027-01-01", "since 25:00", "since 13pm", "a b"])
async def test_what_cannot_be_read_is_asked_about(text: str) -> None:
    """No time, one to come, and two targets are questions, each with what to type."""
    with pytest.raises(NotUnderstood) as question:
        await asked(text, BERLIN, NOW, place)
    assert question.value.next_step


async def test_an_unknown_place_is_never_replaced() -> None:
    """An environment that there is not is asked about."""
    with pytest.raises(UnknownEnvironment):
        await asked("in mars", BERLIN, NOW, place)


async def test_each_freeze_is_a_row_of_its_own() -> None:
    """Freezing two environments and lifting one are three rows, each with its place, person and reason."""
    house = AuditedHouse()
    guards = Guards(house.ledger)
    await guards.freeze(PRODUCTION, APPROVER, "launch", None)
    house.clock.advance(1000)
    await guards.freeze(STAGING, REQUESTER, "migration", None)
    house.clock.advance(1000)
    await guards.unfreeze(PRODUCTION, REQUESTER)
    rows = (await look_back(house.records, SIGNER, Wanted())).rows
    assert [(row.key, row.outcome, row.requester.id, row.reason, row.production) for row in rows] == [
        (PRODUCTION.name, "unfrozen", REQUESTER.id, "", True),
        (STAGING.name, "frozen", REQUESTER.id, "migration", False),
        (PRODUCTION.name, "frozen", APPROVER.id, "launch", True),
    ]
    here = (await look_back(house.records, SIGNER, Wanted(where=STAGING.id))).rows
    assert [row.reason for row in here] == ["migration"]
    late = await look_back(house.records, SIGNER, Wanted(since=house.clock.now()))
    assert [row.outcome for row in late.rows] == ["unfrozen"]
    assert (await look_back(house.records, SIGNER, Wanted(kinds=frozenset({"change"})))).rows == ()


async def test_history_of_a_channel() -> None:
    """Only what was asked for in that channel is found, and nothing in another one."""
    house = AuditedHouse()
    done = await house.approved("flag.disable")
    await house.drain()
    channel = (await house.get(done.id)).origin.channel
    assert channel
    found = await look_back(house.records, SIGNER, Wanted(channel=channel))
    assert [row.id for row in found.rows] == [done.id]
    assert (await look_back(house.records, SIGNER, Wanted(channel="C0ELSEWHERE"))).rows == ()


async def test_what_can_be_undone() -> None:
    """A sound record of a change that was made and has an opposite; not one that somebody has touched."""
    house = AuditedHouse()
    done = await house.approved("flag.disable")
    await house.drain()
    waiting = await house.submit("rollout.resume", person=APPROVER.id)
    rows = {row.id: row for row in (await look_back(house.records, SIGNER, Wanted())).rows}
    assert rows[done.id].undoable
    assert not rows[waiting.id].undoable
    record = house.state.records["change", done.id]
    record.data = packed(unpacked(record.data).replace("error rate doubled", "nothing at all"))
    rows = {row.id: row for row in (await look_back(house.records, SIGNER, Wanted())).rows}
    assert rows[done.id].change is not None
    assert not rows[done.id].undoable


def _flag(number: int, updated_at: int | None, *rollouts: RolloutView) -> FlagView:
    setting = SettingView(environment=PRODUCTION, rules=tuple(RuleView(rollout=one) for one in rollouts))
    return FlagView(id=f"f{number}", key=f"flag-{number}", updated_at=updated_at, settings=(setting,))


class FewViews:
    """What can be looked at: a few flags; one that is listed and not there has gone meanwhile."""

    def __init__(self, *flags: FlagView, gone: int = 0) -> None:
        self.known = {flag.id: flag for flag in flags}
        self.gone = gone

    async def flags(self, *, archived: bool = False) -> tuple[FlagRow, ...]:
        """Return the live flags."""
        assert not archived
        left = [FlagRow(id=f"gone{n}", key="gone") for n in range(self.gone)]
        return (*(FlagRow(id=flag.id, key=flag.key) for flag in self.known.values()), *left)

    async def flag(self, flag_id: str) -> FlagView:
        """Return a flag."""
        if flag_id not in self.known:
            raise NotFound("It is gone.")
        return self.known[flag_id]


async def test_what_was_modified_since() -> None:
    """Flags and rollouts with a later time stamp, the latest first, in one environment where one is named."""
    moving = RolloutView(id="r1", flag_id="f2", flag="flag-2", rule="all", environment=PRODUCTION, updated_at=NOW + 2)
    views = FewViews(_flag(1, NOW - 1), _flag(2, NOW, moving), _flag(3, None), gone=1)
    modified = SeenModified(views)  # type: ignore[arg-type]  # of the port only what is read here
    found, left = await modified.since(NOW, PRODUCTION)
    assert [(one.noun, one.key, one.at) for one in found] == [
        ("rollout", "flag-2", NOW + 2),
        ("flag", "flag-2", NOW),
    ]
    assert [one.steps for one in found] == [True, False]
    assert left == 0
    assert await modified.since(NOW, STAGING) == ((), 0)


async def test_too_many_flags_are_said() -> None:
    """What was not looked into is counted."""
    views = FewViews(*(_flag(n, NOW) for n in range(MOST_FLAGS + 3)))
    found, left = await SeenModified(views).since(NOW, None)  # type: ignore[arg-type]  # as above
    assert (len(found), left) == (MOST_FLAGS, 3)


def test_our_own_changes_are_not_somebody_elses() -> None:
    """What has our own change's time stamp, give or take a minute, is left out; what is later is told."""
    change = a_change()
    row = HistoryRow(
        kind="change",
        id=change.id,
        action="flag.disable",
        key="new-search",
        where="prod",
        production=True,
        outcome="applied",
        took_effect=True,
        requester=REQUESTER,
        signers=(),
        asked_at=NOW,
        changed_at=NOW,
        reason="",
        note="",
        intact=True,
        change=change,
    )
    ours = Modified(noun="flag", key="new-search", ids=(change.plan.target.id,), at=NOW + 30_000)
    later = ours.model_copy(update={"at": NOW + 61_000})
    other = ours.model_copy(update={"ids": ("another",)})
    assert unexplained((ours, later, other), (row,)) == (later, other)
