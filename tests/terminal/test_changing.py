"""A change from the command line: shown, agreed to, recorded as the person's own, and never signed there."""

import pytest

from bot.changes.record import Cause, Status
from bot.errors import AskAgain, DirectoryUnavailable, NameMismatch, NotASigner, NotPermitted
from bot.execution.timeboxes import leg_id
from bot.model import Noun
from bot.policy import Rule, Who
from bot.terminal.changing import GLASS, changed, rehearsed
from bot.terminal.following import followed
from bot.terminal.text import moment
from tests.builders import APPROVER, GROUP, POLICY, REQUESTER, a_target
from tests.core.fakes import LEASE_MS, House, Outcome
from tests.terminal.scene import Scene, command

AGREED = "y"


def with_glass(house: House, *people: str, **more: object) -> None:
    """Let these people break the glass."""
    everything = Rule.model_validate(
        {"name": "production", "actions": ["*"], "approvals": 1, "break_glass": {"users": people}, **more}
    )
    house.policy = POLICY.model_copy(update={"rules": (POLICY.rules[0], everything)})


async def test_a_request_is_the_persons_own_and_the_audit_says_where_it_came_from() -> None:
    """What is agreed to is recorded for the mapped person, with the account it came from in its chain."""
    house = House()
    scene = Scene(house, AGREED)
    change = await changed(scene.desk, scene.terminal, command(), yes=False)
    assert change is not None
    assert (change.status, change.requester, change.approvals) == (Status.PENDING, REQUESTER, ())
    assert (change.origin.surface, change.origin.account, change.origin.channel) == ("cli", "requester@laptop", "")
    (entry,) = await house.records.trail("change", change.id)
    assert (entry.event.data["via"], entry.event.data["account"]) == ("cli", "requester@laptop")
    assert f"Recorded as {change.id}. It waits for signatures (0 of 1)" in scene.text
    assert f"May sign: @handle-of-{GROUP.lower()} (Approver, Second approver); never whoever asked." in scene.text
    assert f"python -m bot cancel {change.id}" in scene.text


async def test_that_person_may_not_sign_it_in_slack() -> None:
    """The requester, in the group and under a second account, is refused; another approver's signature applies it."""
    house = House()
    house.directory.groups[GROUP] |= {REQUESTER.id, "U0OTHER"}
    house.directory.add("U0OTHER", email=(REQUESTER.email or "").upper())
    scene = Scene(house)
    change = await changed(scene.desk, scene.terminal, command(), yes=True)
    assert change is not None
    for person in (REQUESTER.id, "U0OTHER"):
        with pytest.raises(NotASigner, match="Whoever asked cannot also sign"):
            await house.service.approve(change.id, person, f"press {person}")
    await house.service.approve(change.id, APPROVER.id, "press")
    await house.drain()
    assert (await house.get(change.id)).status is Status.APPLIED


@pytest.mark.parametrize("answer", ["", "n", "no", "yess", "Y e s"])
async def test_anything_but_yes_is_no(answer: str) -> None:
    """Without a clear yes nothing is recorded."""
    house = House()
    scene = Scene(house, answer)
    with pytest.raises(NotPermitted, match="You did not agree"):
        await changed(scene.desk, scene.terminal, command(), yes=False)
    assert not house.state.records


async def test_the_answer_is_the_requesters_confirmation() -> None:
    """Where policy asks for a confirmation, agreeing gives it; the change then runs as any other."""
    house = House()
    scene = Scene(house, AGREED)
    change = await changed(scene.desk, scene.terminal, command("rollout.pause"), yes=False)
    assert change is not None
    assert (change.status, change.confirmed) == (Status.APPROVED, True)
    assert house.provider.calls == []
    await house.drain()
    assert (await house.get(change.id)).status is Status.APPLIED


@pytest.mark.parametrize("yes", [False, True])
async def test_a_name_is_typed_even_where_nothing_is_asked(*, yes: bool) -> None:
    """A typed name is asked for in spite of --yes; the wrong one records nothing, the right one confirms."""
    house = House()
    wrong = Scene(house, "checkout")
    with pytest.raises(NameMismatch):
        await changed(wrong.desk, wrong.terminal, command("rollout.stop"), yes=yes)
    assert not house.state.records
    right = Scene(house, "checkout-v2")
    change = await changed(right.desk, right.terminal, command("rollout.stop"), yes=yes)
    assert change is not None
    assert (change.status, change.confirmed, change.waits_for_name) == (Status.PENDING, True, False)
    assert len(right.asked) == 1


async def test_what_moved_while_somebody_thought_is_not_asked_for() -> None:
    """A plan that is another by the time of the answer is refused, and nothing is recorded."""
    house = House()
    scene = Scene(house)

    def answer(question: str) -> str:
        del question
        house.provider.facts(Noun.ROLLOUT)["updated_at"] = "2026-10-14T13:00:00Z"
        house.provider.facts(Noun.ROLLOUT)["guardrail"] = {"action": "PAUSE", "metrics": ["errors"]}
        return "y"

    terminal = type(scene.terminal)(scene.terminal.say, answer)
    with pytest.raises(AskAgain, match="has changed since it was shown"):
        await changed(scene.desk, terminal, command("rollout.resume"), yes=False)
    assert not house.state.records


async def test_what_moved_at_the_last_moment_is_cancelled() -> None:
    """A plan that is another at the very record is taken back, and says so."""
    house = House()
    scene = Scene(house, AGREED)
    reads = 0

    def move() -> None:
        nonlocal reads
        reads += 1
        if reads == 3:
            house.provider.facts(Noun.ROLLOUT)["guardrail"] = {"action": "PAUSE", "metrics": ["errors"]}

    house.provider.on_read = move
    with pytest.raises(AskAgain, match="was cancelled"):
        await changed(scene.desk, scene.terminal, command("rollout.resume"), yes=False)
    (change,) = [await house.get(id_) for kind, id_ in house.state.records if kind == "change"]
    assert change.status is Status.CANCELLED


async def test_a_look_records_nothing() -> None:
    """A plan is shown with its rule, and there is no record of it."""
    house = House()
    scene = Scene(house)
    await rehearsed(scene.desk, scene.terminal, command())
    assert scene.said[0] == "Disable flag new-search in Production (production)"
    assert "(rule “production needs a second person”)" in scene.text
    assert not house.state.records


async def test_it_is_followed_to_its_end() -> None:
    """Each state is said once, until the change has ended or nobody can tell."""
    house = House()
    scene = Scene(house)
    change = await changed(scene.desk, scene.terminal, command(), yes=True)
    assert change is not None
    waits = 0

    async def wait(seconds: float) -> None:
        nonlocal waits
        waits += bool(seconds)
        if waits == 2:
            await house.service.approve(change.id, APPROVER.id, "press")
        if waits == 4:
            await house.drain()

    done = await followed(scene.desk, scene.terminal, change, wait)
    assert done.status is Status.APPLIED
    said = [line for line in scene.said if line.startswith(f"{change.id}: ")]
    assert [line.removeprefix(f"{change.id}: ") for line in said] == [
        "Approved; it is about to run.",
        "Applied: read back from Datadog.",
    ]


async def test_control_characters_of_datadog_do_not_reach_the_terminal() -> None:
    """A name that would move the cursor or hide a line is shown without what would."""
    house = House()
    snapshot = next(iter(house.provider.things.values()))
    house.provider.put(snapshot.target.model_copy(update={"name": "New\x1b[2Jsearch\r\u202eok"}))
    scene = Scene(house)
    await rehearsed(scene.desk, scene.terminal, command())
    assert all(line.isprintable() for line in scene.said)


async def test_without_slack_what_contains_is_carried_out_here() -> None:
    """With Slack away a pause is recorded, confirmed and carried out by this process, on the policy file's word."""
    house = House()
    house.directory.away = True
    scene = Scene(house, AGREED, slack=False)
    change = await changed(scene.desk, scene.terminal, command("rollout.pause"), yes=False)
    assert change is not None
    assert (change.status, house.provider.effects) == (Status.APPLIED, ["rollout.pause"])
    assert "Slack does not answer" in scene.text
    assert "once Slack answers" in scene.text


async def test_without_slack_the_glass_may_be_broken_by_who_is_named() -> None:
    """A person named one by one breaks the glass; their own second account cannot close the after-review later."""
    house = House()
    with_glass(house, REQUESTER.id)
    house.directory.away = True
    scene = Scene(house, slack=False)
    glass = command(switches=frozenset({"break-glass"}))
    change = await changed(scene.desk, scene.terminal, glass, yes=True)
    assert change is not None
    assert (change.status, change.broken_glass) == (Status.APPLIED, True)
    house.directory.away = False
    await house.drain()
    house.directory.add("U0OTHER", email=REQUESTER.email)
    house.directory.groups[GROUP] |= {"U0OTHER", REQUESTER.id}
    for person in (REQUESTER.id, "U0OTHER"):
        with pytest.raises(NotASigner):
            await house.reviews.close(change.id, person, "all is well")
    await house.reviews.close(change.id, APPROVER.id, "the errors ended")
    assert await house.reviews.standing() == ()


@pytest.mark.parametrize(
    ("what", "more"),
    [
        ("flag.disable", {}),
        ("rollout.resume", {}),
        ("rollout.pause", {"seconds": 3600}),
        ("flag.disable", {"environment": "staging"}),
    ],
)
async def test_without_slack_everything_else_waits(what: str, more: dict[str, object]) -> None:
    """What needs a signature (as a time box may, for its end) and what expands or disrupts is refused at once."""
    house = House()
    house.directory.away = True
    scene = Scene(house, AGREED, slack=False)
    with pytest.raises(DirectoryUnavailable, match="Slack"):
        await changed(scene.desk, scene.terminal, command(what).model_copy(update=more), yes=True)
    assert (house.state.records, house.provider.calls) == ({}, [])


@pytest.mark.parametrize("how", ["glass by group", "requesters by group"])
async def test_without_slack_a_rule_that_speaks_of_groups_refuses(how: str) -> None:
    """Who is in a group cannot be known, so neither break-glass by group nor a rule for groups lets anything pass."""
    house = House()
    if how == "glass by group":
        with_glass(house, break_glass=Who(groups=(GROUP,)))
        asked = command(switches=frozenset({"break-glass"}))
    else:
        some = Rule(name="some", actions=("contain",), requesters=Who(groups=(GROUP,)), decision="deny")
        house.policy = house.policy.model_copy(update={"rules": (some, *house.policy.rules)})
        asked = command("rollout.pause")
    house.directory.away = True
    scene = Scene(house, slack=False)
    with pytest.raises(DirectoryUnavailable, match="cannot be read"):
        await changed(scene.desk, scene.terminal, asked, yes=True)
    assert (house.state.records, house.provider.calls) == ({}, [])


async def test_without_slack_a_time_box_is_possible_where_nobody_has_to_sign() -> None:
    """The glass is broken for what has its own time box; at its end a worker takes it back, once Slack answers."""
    house = House()
    with_glass(house, REQUESTER.id)
    house.provider.put(a_target(Noun.TEST))
    house.provider.script.extend([Outcome(facts={"status": "paused"}), Outcome(facts={"status": "live"})])
    house.directory.away = True
    scene = Scene(house, slack=False)
    asked = command("test.pause").model_copy(update={"environment": None, "switches": frozenset({GLASS})})
    change = await changed(scene.desk, scene.terminal, asked, yes=True)
    assert change is not None
    assert (change.status, change.broken_glass) == (Status.APPLIED, True)
    assert change.reverts_at is not None
    assert f"A worker takes it back at {moment(change.reverts_at)}, or later, once Slack answers." in scene.text
    with pytest.raises(DirectoryUnavailable):
        await house.later(1_800_000)
    house.directory.away = False
    await house.later(LEASE_MS)
    assert house.provider.effects == ["test.pause", "test.start"]
    leg = await house.get(leg_id(change.id))
    assert (leg.status, leg.parent) == (Status.APPLIED, change.id)


@pytest.mark.parametrize("people", [{}, {"requester": APPROVER.id}, {"another": REQUESTER.id}])
async def test_an_account_that_is_no_longer_mapped_runs_nothing(people: dict[str, str]) -> None:
    """Between the signature and the claim the policy took the account from whoever asked: stale, with a sentence."""
    house = House()
    scene = Scene(house)
    change = await changed(scene.desk, scene.terminal, command(), yes=True)
    assert change is not None
    await house.service.approve(change.id, APPROVER.id, "press")
    house.policy = house.policy.model_copy(update={"people": people})
    await house.drain()
    ended = await house.get(change.id)
    assert (ended.status, ended.cause, house.provider.calls) == (Status.STALE, Cause.POLICY, [])
    assert "the account requester@laptop, from which it was asked for, is not mapped" in ended.note


async def test_an_account_taken_away_does_not_keep_a_time_box_open() -> None:
    """What an account asked for and got is taken back at its time, whoever the account belongs to by then."""
    house = House()
    house.provider.put(a_target(Noun.TEST))
    house.provider.script.extend([Outcome(facts={"status": "paused"}), Outcome(facts={"status": "live"})])
    scene = Scene(house)
    asked = command("test.pause").model_copy(update={"environment": None})
    change = await changed(scene.desk, scene.terminal, asked, yes=True)
    assert change is not None
    await house.service.approve(change.id, APPROVER.id, "press")
    await house.drain()
    house.policy = house.policy.model_copy(update={"people": {}})
    await house.later(1_800_000)
    assert house.provider.effects == ["test.pause", "test.start"]
