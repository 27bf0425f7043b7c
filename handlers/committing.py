"""
What is written to the store before a delivery is acknowledged, within what Slack waits for.

Slack's documentation gives three seconds. Who may do what is looked up first, which the directory bounds to a second
and a half where it does not know; then the store has one second.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.errors import NotRecorded
from bot.service import Service
from handlers.cards.sentences import LATE

COMMIT_SECONDS = 1.0

_Recorded = TypeVar("_Recorded")


async def committed(
    service: Service, person: str, act: Callable[[], Awaitable[_Recorded]], within: float = COMMIT_SECONDS
) -> _Recorded:
    """
    Do what records somebody's word `within` so many seconds, and return what it returns.

    Raises every CountersignError there is; NotRecorded where the store took too long, which may still have it then:
    the same delivery, or the same person's word, counts once.
    """
    await service.ready(person)
    return await in_time(act, within)


async def in_time(act: Callable[[], Awaitable[_Recorded]], within: float) -> _Recorded:
    """
    Do what the store is asked for within so many seconds, and return what it returns.

    Raises what it raises, and NotRecorded where it takes too long. It has a task of its own: to cancel the one that
    answers Slack could cut off the answer, where the store gives up in the same moment.
    """
    task = asyncio.ensure_future(act())
    task.add_done_callback(_seen)
    done, _ = await asyncio.wait({task}, timeout=within)
    if not done:
        task.cancel()
        raise NotRecorded(LATE, "Look at the card, or try again: it counts once.")
    return task.result()


def _seen(task: asyncio.Future[_Recorded]) -> None:
    """Take note of how it ended, as nobody else does once it was given up."""
    if not task.cancelled():
        task.exception()
