"""What a form is filled with on the command line: JSON, checked strictly, told in the form's own sentences."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from pydantic import JsonValue

from bot.actions import BY_NAME, CATALOGUE
from bot.errors import AskAgain
from bot.filled import filled as in_form
from bot.forms.form import Unreadable, strict_json
from bot.grammar.command import Command

MOST_BYTES = 1_000_000


def text_of(option: str, standard_input: Callable[[], TextIO] = lambda: sys.stdin) -> str:
    """Return the text that `@file`, `-` (standard input) or JSON itself stands for; raise AskAgain where none is."""
    try:
        if option == "-":
            return standard_input().read(MOST_BYTES)
        if option.startswith("@"):
            with Path(option[1:]).open(encoding="utf-8") as file:
                return file.read(MOST_BYTES)
    except (OSError, UnicodeDecodeError) as broken:
        raise AskAgain(f"{option} cannot be read: {broken}.", "Give --json a file as @path, - or the JSON.") from None
    return option


def filled(command: Command, text: str) -> Command:
    """
    Return the command with its form filled.

    Raises AskAgain for JSON that is none and for an action that has no form, and NotValid with a sentence for each
    field that is wrong.
    """
    if BY_NAME[command.action].form is None:
        raise AskAgain(f"{command.action} has no form, so there is nothing to tell it.", "Leave --json out.")
    try:
        parameters = strict_json(text)
    except Unreadable as broken:
        raise AskAgain(str(broken), _schema_of(command.action)) from None
    if not parameters:
        raise AskAgain("Nothing is filled in.", _schema_of(command.action))
    return in_form(command.model_copy(update={"parameters": parameters}))


def unfilled(command: Command) -> Command:
    """Return a command that needs no form, or has it filled already; raise AskAgain for any other."""
    if BY_NAME[command.action].form is None or command.parameters:
        return command
    raise AskAgain(f"{command.action} has to be told more: --json.", _schema_of(command.action))


def _schema_of(name: str) -> str:
    return f"What it takes is told by: python -m bot schema {name}"


def schema(name: str) -> dict[str, JsonValue]:
    """Return the JSON Schema of an action's form; raise AskAgain where there is no such action, or it has no form."""
    action = BY_NAME.get(name)
    if action is None or action.form is None:
        forms = ", ".join(one.name for one in CATALOGUE if one.form is not None) or "none"
        what = "There is no action" if action is None else "There is no form for"
        raise AskAgain(f"{what} {name}.", f"Those with a form: {forms}.")
    title = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": action.words.title}
    return {**action.form.model_json_schema(), **title}
