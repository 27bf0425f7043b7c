"""The room of modals in the table of routes: how they are made, and what each of them answers to."""

from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from bot.grammar.lexicon import ANY_SLASH
from bot.rights import Rights
from bot.service import Service
from handlers import ids
from handlers.background import Background
from handlers.commands import Commands
from handlers.controls import OwnCommands
from handlers.difference import Difference
from handlers.failures import Note, log_refusal
from handlers.forms.filling import Filling
from handlers.forms.looking import Looking
from handlers.forms.opening import Opener
from handlers.forms.sending import Sending
from handlers.guided import Guided
from handlers.index import TargetIndex
from handlers.intake import Reception
from handlers.options import Options
from handlers.replies import Replies
from handlers.routing import Routes


@dataclass(frozen=True, slots=True)
class Stands:
    """What the modals stand on."""

    service: Service
    rights: Rights
    commands: Commands
    own: OwnCommands
    reception: Reception
    replies: Replies
    client: AsyncWebClient
    background: Background
    index: TargetIndex
    refused: Note = log_refusal


def forms_room(on: Stands) -> Routes:
    """Make the modals and return what they answer to."""
    opener, looking = Opener(on.client, on.replies), Looking(on.service, on.client)
    ways = (on.reception, on.replies, on.client, on.background, on.own)
    sending = Sending(on.service, on.commands, *ways, refused=on.refused)
    filling = Filling(opener, on.replies, on.service, on.index, looking, sending, on.own)
    guided = Guided(on.commands, opener, on.replies, on.index, looking, sending, filling, on.own)
    options = Options(on.index, on.rights)
    difference = Difference(on.service, on.rights, on.replies, opener, looking)
    choices = (ids.GUIDE_WHAT, ids.GUIDE_WHERE, ids.GUIDE_TARGET, ids.GUIDE_HOW_LONG)
    return Routes(
        commands={ANY_SLASH: guided.slash},
        actions={
            **dict.fromkeys(choices, guided.chosen),
            ids.GUIDE: guided.button,
            ids.OPEN_FORM: filling.button,
            ids.SHOW_PLAN: filling.plan,
            ids.WHOLE: difference.whole,
            ids.NEXT_PAGE: difference.turn,
            ids.PREVIOUS_PAGE: difference.turn,
        },
        views={ids.GUIDE_VIEW: guided.submit, ids.FORM_VIEW: filling.submit},
        options={ids.GUIDE_WHERE: options.environments, ids.GUIDE_TARGET: options.targets},
        shortcuts={ids.ASK_ANYWHERE: guided.anywhere, ids.ASK_HERE: guided.here},
    )
