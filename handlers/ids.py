"""
The names by which buttons, inputs and views are known to Slack and to the table of routes.

A button on a card carries `<change id>.<first 12 digits of the plan's digest>` and nothing else; whatever it
means is read from the record.
"""

APPROVE = "change.approve"
REJECT = "change.reject"
CONFIRM = "change.confirm"
TYPE_NAME = "change.type_name"
CANCEL = "change.cancel"
AGAIN = "change.again"
UNDO = "change.undo"
HAPPENED = "change.happened"
NOT_HAPPENED = "change.not_happened"
OPEN = "link.open"
PICKS = tuple(f"pick.{n}" for n in range(5))

REJECT_VIEW = "reject"
NAME_VIEW = "type_name"
NOTE_BLOCK = "note"
NAME_BLOCK = "name"
INPUT = "value"
