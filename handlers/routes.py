"""The one visible table: exact command, action, view and event -> what handles it."""

from handlers import ids
from handlers.buttons import Buttons
from handlers.cards.entrances import SLASH_COMMANDS
from handlers.commands import Commands
from handlers.home import Home
from handlers.modals import Modals
from handlers.own_buttons import OwnButtons
from handlers.routing import Routes


def table(commands: Commands, buttons: Buttons, modals: Modals, home: Home, own: OwnButtons) -> Routes:
    """Return everything the bot answers to."""
    return Routes(
        commands=dict.fromkeys(SLASH_COMMANDS, commands.slash),
        actions={
            ids.APPROVE: home.then(buttons.approve),
            ids.REJECT: home.then(buttons.reject),
            ids.CONFIRM: home.then(buttons.confirm),
            ids.TYPE_NAME: home.then(buttons.type_name),
            ids.CANCEL: home.then(buttons.cancel),
            ids.AGAIN: home.then(buttons.again),
            ids.UNDO: home.then(buttons.undo),
            ids.HAPPENED: home.then(buttons.happened),
            ids.NOT_HAPPENED: home.then(buttons.not_happened),
            ids.OPEN: buttons.link,
            ids.REMIND: home.then(own.remind),
            ids.CLOSE: own.close,
            **dict.fromkeys((*ids.PICKS, *ids.LOOKS), commands.pick),
        },
        views={ids.REJECT_VIEW: modals.reject, ids.NAME_VIEW: modals.name, ids.CLOSE_VIEW: home.after_form(own.closed)},
        events={"app_mention": commands.mention, "app_home_opened": home.opened},
    )
