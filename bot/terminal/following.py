"""Following a change to its end, a line for each thing that happens to it."""

from bot.changes.record import ChangeRequest, Status
from bot.ports import Wait
from bot.terminal.changing import Terminal
from bot.terminal.desk import Desk
from bot.terminal.text import standing

PAUSE = 0.5
OVER = (Status.UNKNOWN,)


async def followed(desk: Desk, terminal: Terminal, change: ChangeRequest, wait: Wait) -> ChangeRequest:
    """
    Return the change as it ended, or as UNKNOWN; say each of its states once.

    Raises NotRecorded when the store is away. The change itself goes on whether somebody follows it or not.
    """
    said = standing(change)
    while not change.ended and change.status not in OVER:
        await wait(PAUSE)
        change = await desk.service.get(change.id)
        if (now := standing(change)) != said:
            terminal.say(f"{change.id}: {now}")
            said = now
    return change
