"""What a typed line can mean: a change to something, or a command of the bot's own."""

from bot.model import Value


class Command(Value):
    """
    A change, as typed.

    `action` is a name of the catalogue; `target` and `environment` are as typed, without their quotes; `seconds` is
    the time box; `switches` are spelled without their dashes.
    """

    action: str
    target: str
    environment: str | None = None
    reason: str = ""
    seconds: int | None = None
    switches: frozenset[str] = frozenset()


class Ask(Value):
    """A command of the bot's own, what it is about, and the reason if one was given."""

    what: str
    about: str = ""
    reason: str = ""
