"""
A command and its form: read, held against what was seen, and made into a plan that people can read whole.

Everything that is wrong with a form is told here, before anything is recorded or sent.
"""

from copy import copy

from pydantic import ValidationError

from bot.action import Action
from bot.actions import BY_NAME
from bot.errors import AskAgain
from bot.forms.asked import Hindered, NeedsForm, NotValid, TooLong
from bot.forms.form import Form, problems
from bot.forms.pages import MOST_PAGES, pages, showable
from bot.grammar.command import Command
from bot.grammar.spelling import choice
from bot.model import Facts, Plan, Snapshot, Target
from bot.planner import plan as make_plan


def filled(command: Command) -> Command:
    """
    Return a command with its form in the one spelling, and with the name of what it creates for a target.

    Raises NotValid. A command whose action has no form, or in which nothing was filled in, is returned as it is.
    """
    action = BY_NAME[command.action]
    if action.form is None:
        if command.parameters:
            raise NotValid(action.words.title, (("", "It takes no fields."),))
        return command
    if not command.parameters:
        return command
    names, given = action.form.names, dict(command.parameters)
    if names and command.target and given.setdefault(names, command.target) != command.target:
        said = f"The command says {command.target}, and the form {given[names]}; say the same."
        raise NotValid(action.words.title, ((names, said),))
    form = _valid(action, given)
    target = str(getattr(form, names)) if names else command.target
    return command.model_copy(update={"parameters": form.canonical(), "target": target})


def _valid(action: Action, given: Facts) -> Form:
    form = action.form
    if form is None:
        raise NotValid(action.words.title, (("", "It takes no fields."),))
    try:
        return form.read(given)
    except ValidationError as wrong:
        raise NotValid(action.words.title, problems(wrong)) from None


def blank(action: Action, target: Target | None, facts: Facts, named: str = "") -> NeedsForm:
    """Return what asks for the action's form, with what its fields hold as things stand."""
    form = action.form
    current = {} if form is None else form.current(facts)
    if form is not None and form.names and named:
        current = {form.names: named}
    return NeedsForm(action.name, action.words.title, target, current)


def planned(action: Action, snapshot: Snapshot, parameters: Facts) -> Plan:
    """
    Return the plan of an action, with its form where it has one.

    Raises NotValid where the form cannot be on what was seen, Hindered where something else has to be done first, and
    TooLong where nobody could be shown all of it.
    """
    if action.form is None:
        return make_plan(action, snapshot)
    told = _valid(action, parameters).difference(snapshot)
    if told.problems:
        raise NotValid(action.words.title, told.problems)
    if told.instead:
        raise _hindered(told.obstacle, told.instead, snapshot.target)
    plan = make_plan(action, snapshot, parameters=parameters)
    if not showable(plan):
        fact = f"This change fills {len(pages(plan))} pages, and people are shown at most {MOST_PAGES}."
        raise TooLong(fact, "Nobody could sign for all of it; ask for it in parts.")
    return plan


def unkept(asked: AskAgain, command: Command) -> AskAgain:
    """Return a question whose choices leave out what was filled in, with a sentence that says so."""
    if not (command.parameters and asked.choices):
        return asked
    told = copy(asked)
    told.next_step = f"{asked.next_step} A choice does not keep what was filled in: give it again with the choice."
    return told


def _hindered(fact: str, instead: tuple[tuple[str, str], ...], target: Target) -> Hindered:
    where = target.environment.name if target.environment else None
    ways = [Command(action=action, target=id_, environment=where) for action, id_ in instead]
    titles = " or ".join(dict.fromkeys(BY_NAME[way.action].words.title.lower() for way in ways))
    return Hindered(fact, f"First {titles}, then ask for this again.", tuple(choice(way) for way in ways))
