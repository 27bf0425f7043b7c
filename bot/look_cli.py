"""
`list`, `show`, `rules` and `status`: what can be looked at in Slack, as plain text at a terminal.

Everybody who may start this may look, mapped to a person or not, and whether Slack answers or not. Exit codes: 0 it
was shown; 1 it was not understood, there is nothing of that name, or whoever asks may not look; 2 it could not be read.
"""

import argparse
from collections.abc import Callable, Sequence

from bot.change_cli import Outside, carried_out
from bot.errors import NotUnderstood
from bot.grammar.command import Look
from bot.grammar.parser import parse
from bot.grammar.spelling import named
from bot.terminal.changing import Terminal
from bot.terminal.desk import Desk
from bot.terminal.looks import shown

_ABOUT = "what, and where: flags in prod · flag X · rollout X in prod · tests checkout"
_LOOKS = {
    "list": "list flags, rollouts, environments, tests or deployments, whole",
    "show": "show a flag, an environment, a test or a deployment",
    "rules": "show the targeting rules of a flag in an environment, in words",
}


def add_looks(add: Callable[..., argparse.ArgumentParser], outside: Outside) -> None:
    """Add the commands; `add` takes a name, what it is for, and what runs it."""
    for verb, what in _LOOKS.items():
        one = add(verb, what, look(verb, outside))
        one.add_argument("about", nargs="+" if verb != "list" else "*", help=_ABOUT)


def look(verb: str, outside: Outside) -> Callable[[argparse.Namespace], int]:
    """Return what runs a look that begins with a verb."""

    async def run(options: argparse.Namespace, desk: Desk, terminal: Terminal, sentence: str) -> int:
        del sentence  # what may be looked at does not hang on being mapped to somebody
        sight = await desk.looking.see(wanted(verb, options.about), desk.person or desk.account.title)
        for line in shown(sight):
            terminal.say(line)
        return 0

    return lambda options: carried_out(run, options, outside)


def wanted(verb: str, about: Sequence[str]) -> Look:
    """
    Return the look that words ask for: one argument is read as a line, several as words and names with blanks.

    Raises NotUnderstood and every other error of reading.
    """
    words = about if len(about) == 1 else [named(each) if " " in each else each for each in about]
    read = parse(" ".join([verb, *words]))
    if not isinstance(read, Look):
        raise NotUnderstood("That is nothing to look at.", "For example: python -m bot list flags in prod")
    return read
