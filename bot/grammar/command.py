"""What a typed line can mean: a change to something, a look at something, or a command of the bot's own."""

from bot.model import Facts, Value


class Command(Value):
    """
    A change, as typed.

    `action` is a name of the catalogue; `target` and `environment` are as typed, without their quotes; `seconds` is
    the time box; `switches` are spelled without their dashes. `parameters` are what a form was filled with, as given.
    """

    action: str
    target: str
    environment: str | None = None
    reason: str = ""
    seconds: int | None = None
    switches: frozenset[str] = frozenset()
    parameters: Facts = {}


class Look(Value):
    """
    A wish to see something, as typed.

    `what` is a name of the catalogue's reads; `target` is what is looked at, for a list the words to look for, and may
    be empty then. `states` narrow a list, whose pages are counted from one.
    """

    what: str
    target: str = ""
    environment: str | None = None
    states: tuple[str, ...] = ()
    page: int = 1


Wish = Command | Look


class Ask(Value):
    """A command of the bot's own, what it is about, and the reason if one was given."""

    what: str
    about: str = ""
    reason: str = ""
