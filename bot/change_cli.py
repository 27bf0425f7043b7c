"""
`change`, `plan`, `schema`, `approvals` and `cancel`: what people do in Slack, from a terminal.

The same service, policy and audit as in Slack; who acts is the operating system's account (bot/terminal/account.py),
and what is possible while Slack is away is told in bot/terminal/desk.py. Nothing here signs. Exit codes: 0 it was
recorded (with `--wait`: applied), or there was nothing to do, or only looked at; 1 it was refused, not agreed to, or
ended otherwise; 2 it could not be done.
"""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from bot.adapters.logs import configure
from bot.adapters.policy_file import load_policy
from bot.changes.record import ChangeRequest, Status
from bot.errors import AskAgain, CountersignError, DirectoryUnavailable, NotPermitted, NotUnderstood, Refused
from bot.grammar.command import Command
from bot.grammar.parser import parse
from bot.policy import Policy
from bot.settings import Settings, load
from bot.terminal.account import Account, whose
from bot.terminal.changing import Terminal, changed, rehearsed
from bot.terminal.desk import Desk
from bot.terminal.following import followed
from bot.terminal.parameters import filled, schema, text_of, unfilled
from bot.terminal.text import row, standing

_JSON = "what a form takes: JSON itself, @file, or - for standard input"
OpenDesk = Callable[[Settings, Policy, Account, str], AbstractAsyncContextManager[Desk]]
Run = Callable[[argparse.Namespace, Desk, Terminal, str], Coroutine[None, None, int]]


@dataclass(frozen=True, slots=True)
class Outside:
    """What the commands need from around them: how a desk is opened, who sits there, and what they say and hear."""

    open_desk: OpenDesk
    account: Callable[[], Account]
    terminal: Terminal


def add_change(add: Callable[..., argparse.ArgumentParser], outside: Outside) -> None:
    """Add the commands; `add` takes a name, what it is for, and what runs it."""

    def command(name: str, what: str, run: Run) -> argparse.ArgumentParser:
        return add(name, what, lambda options: carried_out(run, options, outside))

    change = command("change", "ask for a change, as in Slack; exit code 1 when it is refused", _change)
    change.add_argument("text", help="a command, as it would be typed in Slack: pause rollout X in prod because …")
    change.add_argument("--json", default="", metavar="FORM", help=_JSON)
    change.add_argument("--yes", action="store_true", help="do not ask, except for a name that has to be typed")
    change.add_argument("--dry-run", action="store_true", help="show the plan and the rule, and record nothing")
    change.add_argument("--wait", action="store_true", help="follow it to its end; exit code 0 only when applied")
    plan = command("plan", "show what a change would do, and which rule decides; records nothing", _plan)
    plan.add_argument("text", help="a command, as it would be typed in Slack")
    plan.add_argument("--json", default="", metavar="FORM", help=_JSON)
    form = add("schema", "print the JSON schema of an action's form", _schema)
    form.add_argument("action", help="an action of the catalogue, such as flag.create")
    command("approvals", "list what waits for a signature, your own requests, and open after-reviews", _approvals)
    cancel = command("cancel", "take back your own request before it runs", _cancel)
    cancel.add_argument("id", help="the request's id: cs-…")


def carried_out(run: Run, options: argparse.Namespace, outside: Outside) -> int:
    """Run a command at an open desk, tell what went wrong in words, and return the exit code."""
    configure("console", level="ERROR")
    try:
        return asyncio.run(_at_desk(run, options, outside))
    except (AskAgain, Refused) as refused:
        _complain(refused, getattr(refused, "choices", ()))
        return 1
    except (CountersignError, OSError) as failed:
        _complain(failed, tuple(("", problem) for problem in getattr(failed, "problems", ())))
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped looking. What is recorded goes on.\n")
        return 1


async def _at_desk(run: Run, options: argparse.Namespace, outside: Outside) -> int:
    settings = load()
    policy, account = load_policy(settings.policy_file), outside.account()
    person, sentence = "", ""
    try:
        person = account.person(policy.people)
    except NotPermitted as nobody:
        sentence = str(nobody)
    async with outside.open_desk(settings, policy, account, person) as desk:
        return await run(options, desk, outside.terminal, sentence)


async def _plan(options: argparse.Namespace, desk: Desk, terminal: Terminal, sentence: str) -> int:
    await rehearsed(desk, terminal, _command(options))
    terminal.say("Dry run: nothing was recorded and nothing was sent.")
    if sentence:
        terminal.say(sentence)
    return 0


async def _change(options: argparse.Namespace, desk: Desk, terminal: Terminal, sentence: str) -> int:
    if options.dry_run:
        return await _plan(options, desk, terminal, sentence)
    command = _command(options)
    if options.json == "-" and not (options.yes or sentence):
        raise AskAgain("Standard input is the form, so nobody can be asked there.", "Add --yes, or give a file.")
    if sentence:
        await rehearsed(desk, terminal, command)
        raise NotPermitted(sentence, "Nothing was asked for.")
    change = await changed(desk, terminal, command, yes=options.yes)
    if change is None or not options.wait:
        return 0
    change = await followed(desk, terminal, change, asyncio.sleep)
    return 0 if change.status is Status.APPLIED else 1


def _command(options: argparse.Namespace) -> Command:
    command = parse(options.text)
    if not isinstance(command, Command):
        raise NotUnderstood("This is no change.", "What can be looked at: python -m bot list, show, rules or status.")
    return filled(command, text_of(options.json)) if options.json else unfilled(command)


def _schema(options: argparse.Namespace) -> int:
    try:
        _say(json.dumps(schema(options.action), indent=2, ensure_ascii=False))
    except AskAgain as unknown:
        _complain(unknown, ())
        return 1
    return 0


async def _approvals(options: argparse.Namespace, desk: Desk, terminal: Terminal, sentence: str) -> int:
    del options
    lists: dict[str, tuple[ChangeRequest, ...]] = {}
    if desk.person and desk.slack:
        to_sign, mine = await desk.service.inbox(desk.person)
        lists |= {"Waiting for your signature, in Slack": to_sign, "Your own open requests": mine}
    else:
        lists["Waiting for somebody"] = await desk.changes.pending()
        terminal.say(sentence or "Slack does not answer, so whose signature is wanted cannot be told.")
    lists["After-reviews that somebody else has to close"] = tuple(o.change for o in await desk.reviews.standing())
    for head, changes in lists.items():
        terminal.say(f"{head}: {'' if changes else 'none'}".rstrip())
        for change in changes:
            terminal.say(f"  {row(change)}")
    return 0


async def _cancel(options: argparse.Namespace, desk: Desk, terminal: Terminal, sentence: str) -> int:
    if sentence:
        raise NotPermitted(sentence, "Nothing was done.")
    if not desk.slack:
        raise DirectoryUnavailable("Slack does not answer, so nobody's standing can be read.", "Nothing was done.")
    change = await desk.service.cancel(options.id.strip(), desk.person, "")
    terminal.say(f"{change.id}: {standing(change)}")
    return 0


def _complain(error: Exception, more: tuple[tuple[str, str], ...]) -> None:
    sys.stderr.write("\n  ".join([str(error), *(f"{label}  {text}".strip() for label, text in more)]) + "\n")


def _ask(question: str) -> str:
    """Ask at the terminal; nobody there, and Ctrl-C, are no answer."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return input(question)
    except (EOFError, KeyboardInterrupt):
        _say("")
        return ""
    finally:
        signal.signal(signal.SIGINT, before)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def at_this_terminal(open_desk: OpenDesk) -> Outside:
    """Return what is around a real terminal."""
    return Outside(open_desk, whose, Terminal(_say, _ask))
