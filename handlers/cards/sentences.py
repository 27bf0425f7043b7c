"""Whole sentences that are said as they stand, wherever something could not be done."""

OUR_SIDE = (
    "Something went wrong on our side, and what you asked for may not have been recorded. Its card, or "
    "`/ops approvals`, says what was; if neither does, try again."
)
NOT_SHOWN = "Something went wrong on our side while this was being read. Nothing has been asked for; try again."
NOT_OPENED = "Slack did not open the form in time. Do it once more."
UNKNOWN_PRESS = "This button belongs to a version of me that is gone; nothing was changed. Ask again with `/ops`."
UNKNOWN_SHORTCUT = "This shortcut belongs to a version of me that is gone; nothing was changed. Try `/ops`."
UNKNOWN_FORM = "This form belongs to a version of me that is gone; nothing was changed. Ask again with `/ops`."
ELSEWHERE = "You belong to another organisation, and cannot act here. Nothing was changed."
UNKNOWN_COMMAND = "I do not know this command. Try `/ops help`."
CHOOSE_AGAIN = "The list to choose from has just changed. Choose once more."
TAKEN = "This was sent already; its card is on its way."
TOLD_TO_CHANNEL = "Recorded, and told to this channel."
REASON_NEEDED = "A reason is needed: whoever asked has to know why."
LATE = "This took too long to record, so it may not have been."
