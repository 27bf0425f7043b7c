"""What a person waits for is in the store before Slack has its answer, and done once."""

import asyncio
from typing import Any

import pytest

from bot.errors import NotRecorded
from handlers.routing import Ack, Later, Routes, Unnoted
from tests.handlers.slack_stage import (
    APP_ID,
    CHANNEL,
    NOW,
    PERSON,
    TEAM,
    Body,
    Stage,
    command,
    event,
    press,
    staged,
    submit,
)
from tests.waiting import until

SHORTCUT: Body = {
    "type": "shortcut",
    "api_app_id": APP_ID,
    "team": {"id": TEAM},
    "user": {"id": PERSON, "team_id": TEAM},
    "callback_id": "ask",
    "trigger_id": "1.2.3",
}
DEEDS: dict[str, tuple[Body, str]] = {
    "command": (command(), CHANNEL),
    "press": (press(), CHANNEL),
    "form": (submit(), ""),
    "shortcut": (SHORTCUT, ""),
    "mention": (event(), CHANNEL),
}


def answering(later: Later, unnoted: Unnoted | None = None) -> Routes:
    """Return a table in which everything is answered alike, later."""

    async def handler(payload: Any) -> Ack:
        del payload
        return Ack(later=later, unnoted=unnoted)

    return Routes(
        commands={"/ops": handler},
        actions={"change.approve": handler},
        views={"reject": handler},
        events={"app_mention": handler, "app_home_opened": handler},
        shortcuts={"ask": handler},
    )


class Work:
    """What a handler leaves for later: counted, and held until it may end."""

    def __init__(self, *, answered: bool | None = None) -> None:
        self.begun = 0
        self.may_end = asyncio.Event()
        self._answered = answered

    async def __call__(self) -> bool | None:
        """Be at work until it may end, and tell whether the person was answered."""
        self.begun += 1
        await self.may_end.wait()
        return self._answered


async def _ended(stage: Stage) -> None:
    await until(lambda: not len(stage.background), "what was left for later has ended")


@pytest.mark.parametrize("deed", DEEDS)
async def test_what_is_answered_later_is_noted_before_slack_has_its_answer(deed: str) -> None:
    """A process that ended now would leave a note of whom to tell; it goes with the answer."""
    body, channel = DEEDS[deed]
    work = Work()
    async with staged(answering(work)) as stage:
        assert (await stage.send(body)).status == 200
        (note,) = stage.store.intake.values()
        assert (note.command.person, note.command.channel) == (PERSON, channel)
        work.may_end.set()
        await _ended(stage)
        assert (work.begun, stage.store.intake) == (1, {})


@pytest.mark.parametrize("deed", DEEDS)
async def test_a_delivery_that_comes_again_is_done_once(deed: str) -> None:
    """The same delivery, signed anew a moment later, has no second effect and gets its 200."""
    body, _ = DEEDS[deed]
    work = Work()
    async with staged(answering(work)) as stage:
        assert (await stage.send(body)).status == 200
        assert (await stage.send(body, at=NOW + 1)).status == 200
        work.may_end.set()
        await _ended(stage)
        assert (await stage.send(body, at=NOW + 2)).status == 200
        await _ended(stage)
        assert work.begun == 1


async def test_a_person_who_could_not_be_answered_keeps_the_note() -> None:
    """Where Slack did not take the answer, the note stays for the apology."""
    work = Work(answered=False)
    work.may_end.set()
    async with staged(answering(work)) as stage:
        await stage.send(press())
        await _ended(stage)
        assert len(stage.store.intake) == 1


async def test_nobody_is_told_of_a_page_that_was_opened() -> None:
    """What nobody waits for an answer to leaves no note."""
    work = Work()
    async with staged(answering(work)) as stage:
        await stage.send(event("app_home_opened", tab="home"))
        await until(lambda: work.begun, "it is done")
        assert stage.store.intake == {}
        work.may_end.set()


async def test_without_the_store_it_is_done_before_the_answer() -> None:
    """What cannot be noted is over before Slack has its answer: whoever ends before that is missed by Slack itself."""
    work = Work()
    work.may_end.set()
    async with staged(answering(work)) as stage:
        stage.store.away = True
        assert (await stage.send(command())).status == 200
        assert work.begun == 1
        stage.store.away = False


async def test_without_the_store_what_needs_it_is_refused_instead() -> None:
    """Where a handler says what to do without the store, that is done and nothing else."""
    work, refused = Work(), list[str]()

    async def unnoted(away: NotRecorded) -> None:
        refused.append(str(away))

    async with staged(answering(work, unnoted)) as stage:
        stage.store.away = True
        assert (await stage.send(command())).status == 200
        assert (work.begun, len(refused)) == (0, 1)
        stage.store.away = False
