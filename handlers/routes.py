"""The one visible table: exact command, action, view and event -> what handles it."""

from handlers import ids
from handlers.buttons import Buttons
from handlers.commands import Commands
from handlers.manifest import SLASH_COMMANDS
from handlers.modals import Modals
from handlers.routing import Routes


def table(commands: Commands, buttons: Buttons, modals: Modals) -> Routes:
    """Return everything the bot answers to."""
    return Routes(
        commands=dict.fromkeys(SLASH_COMMANDS, commands.slash),
        actions={
            ids.APPROVE: buttons.approve,
            ids.REJECT: buttons.reject,
            ids.CONFIRM: buttons.confirm,
            ids.TYPE_NAME: buttons.type_name,
            ids.CANCEL: buttons.cancel,
            ids.AGAIN: buttons.again,
            ids.UNDO: buttons.undo,
            ids.HAPPENED: buttons.happened,
            ids.NOT_HAPPENED: buttons.not_happened,
            ids.OPEN: buttons.link,
            **dict.fromkeys(ids.PICKS, commands.pick),
        },
        views={ids.REJECT_VIEW: modals.reject, ids.NAME_VIEW: modals.name},
        events={"app_mention": commands.mention},
    )
