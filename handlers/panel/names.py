"""
The names of the buttons on panels and watched rollouts.

A message may carry the same button for several targets, each in a block that is called after its own: a row that moves
while somebody is asked whether they are sure stays the row they pressed. A value is made of ids.
"""

from bot.model import Target

MOST_ROWS = 6
MOST_PLACES = 10
MOST_VALUE = 2000
MOST_ID = 255


PAUSE = "panel.pause"
RESUME = "panel.resume"
STOP = "panel.stop"
DISABLE = "panel.disable"
UNDO = "panel.undo"
CANCEL = "panel.cancel"
BIND = tuple(f"panel.bind.{n}" for n in range(MOST_PLACES))
BINDING = "panel.bind"
KEEP = "panel.keep"
WATCH = "change.watch"


def block_of(target: Target) -> str:
    """Return how the block with a target's buttons is called."""
    return f"{target.noun} {value_of(target)}"[:MOST_ID]


def value_of(target: Target) -> str:
    """Return what a button about a target carries: its id, its flag's, and its environment's."""
    ids = " ".join((target.id, target.flag_id or "-", target.environment.id if target.environment else "-"))
    return ids[:MOST_VALUE]
