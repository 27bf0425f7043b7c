"""Why a command whose action has a form cannot be taken as it stands."""

from bot.errors import AskAgain
from bot.forms.form import Problem
from bot.model import Facts, Target


class NeedsForm(AskAgain):
    """
    The action wants a form, and nothing was filled in.

    `target` is what it is about (None for something new whose name was not said), and `current` how the form's fields
    stand there now.
    """

    code = "needs_form"

    def __init__(self, action: str, title: str, target: Target | None, current: Facts) -> None:
        about = f" about {target.key}" if target else ""
        super().__init__(
            f"“{title}” wants to be told more{about}.",
            "Fill in its form in Slack; on the command line give it as --json, with the fields as an object or @file.",
        )
        self.action = action
        self.target = target
        self.current = current


class NotValid(AskAgain):
    """What was filled in cannot be; `problems` has a path and a sentence for each field."""

    code = "not_valid"

    def __init__(self, title: str, problems: tuple[Problem, ...]) -> None:
        said = " ".join(f"{path}: {sentence}" if path else sentence for path, sentence in problems)
        super().__init__(f"“{title}” cannot be asked for like this.", said)
        self.problems = problems


class Hindered(AskAgain):
    """As things stand it may not be done; `choices` would clear the way."""

    code = "hindered"


class TooLong(AskAgain):
    """The change is too long to be shown whole, so nobody could sign for all of it."""

    code = "too_long"
