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
REMIND = "change.remind"
CLOSE = "review.close"
PICKS = tuple(f"pick.{n}" for n in range(5))
LOOKS = tuple(f"look.{n}" for n in range(20))

REJECT_VIEW = "reject"
NAME_VIEW = "type_name"
CLOSE_VIEW = "review.close"
NOTE_BLOCK = "note"
NAME_BLOCK = "name"
INPUT = "value"

GUIDE = "guide.open"
GUIDE_WHAT = "guide.what"
GUIDE_WHERE = "guide.where"
GUIDE_TARGET = "guide.target"
GUIDE_HOW_LONG = "guide.how_long"
GUIDE_VIEW = "guide"
OPEN_FORM = "form.open"
SHOW_PLAN = "form.plan"
FORM_VIEW = "form"
WHOLE = "difference.whole"
NEXT_PAGE = "difference.next"
PREVIOUS_PAGE = "difference.back"
ASK_ANYWHERE = "ask_for_a_change"
ASK_HERE = "ask_for_a_change_here"
