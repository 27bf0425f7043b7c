"""
`policy check`, `policy explain` and `policy schema`, for whoever keeps the policy.

Exit codes: 0 all is right (or printed), 1 something is wrong, 2 it could not be done. What needs Slack or Datadog is
looked up where their keys are in the environment; what was not, is said.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path

from bot.actions import BY_NAME
from bot.adapters.policy_file import load_policy
from bot.errors import CountersignError, DirectoryUnavailable
from bot.filled import planned
from bot.grammar.command import Command
from bot.grammar.parser import parse
from bot.model import Actor, Environment, Plan, Scope, Standing
from bot.planner import plan as make_plan
from bot.policy import Policy
from bot.policy_reading import as_text, explained, specimen, table, unguarded, unreachable, unruled
from bot.ports import Directory, Provider
from bot.resolver import Resolver
from bot.terminal.parameters import filled, text_of

OpenDirectory = Callable[[Mapping[str, str]], AbstractAsyncContextManager[Directory | None]]
OpenProvider = Callable[[Mapping[str, str]], AbstractAsyncContextManager[Provider | None]]


class PolicyCommands:
    """The three commands; what opens Slack and Datadog is handed in, and gives None where there are no keys."""

    def __init__(self, directory: OpenDirectory, provider: OpenProvider, environment: Mapping[str, str]) -> None:
        self._directory = directory
        self._provider = provider
        self._environment = environment

    def schema(self, options: argparse.Namespace) -> int:
        """Print the JSON Schema of the policy file, for editors."""
        del options
        _say(json.dumps(schema(), indent=2))
        return 0

    def check(self, options: argparse.Namespace) -> int:
        """Tell whether the policy can work."""
        return asyncio.run(self._check(options.file))

    def explain(self, options: argparse.Namespace) -> int:
        """Tell which rule decides about a command, and why."""
        return asyncio.run(self._explain(options.file, options.text, options.json, options.person))

    async def _check(self, file: Path) -> int:
        policy = load_policy(file)
        faults = [*unruled(policy), *unguarded(policy)]
        sentences: list[str] = []
        async with self._directory(self._environment) as directory:
            if directory is None:
                unchecked = "Not checked: whether groups and people exist and quorums can be met (no SLACK_BOT_TOKEN)."
                members, unable = None, frozenset[str]()
            else:
                unchecked = ""
                members, sentences = await _members(policy, directory)
                unable = await _unable(policy, members, directory)
                sentences += [sentence async for sentence in _nobodies(policy, directory)]
        if members is not None:
            faults += unreachable(policy, members, unable)
        for fault in faults:
            _say(f"{'FAIL' if fault.grave else 'mind'}  {fault.sentence}")
        for sentence in sentences:
            _say(f"FAIL  {sentence}")
        for line in (*as_text(table(policy)), *filter(None, [unchecked])):
            _say(line)
        return 1 if sentences or any(fault.grave for fault in faults) else 0

    async def _explain(self, file: Path, text: str, form: str, person: str) -> int:
        policy = load_policy(file)
        command = parse(text)
        if not isinstance(command, Command):
            _say("This is no change; policy speaks of changes.")
            return 2
        if form:
            command = filled(command, text_of(form))
        async with AsyncExitStack() as closing:
            directory = await closing.enter_async_context(self._directory(self._environment))
            provider = await closing.enter_async_context(self._provider(self._environment))
            plan, unchecked = await _plan(command, provider)
            requester, groups, more = await _requester(policy, person, directory)
        for line in (*explained(policy, plan, requester, groups), *filter(None, [unchecked, more])):
            _say(line)
        return 0


def schema() -> dict[str, object]:
    """Return the JSON Schema of the policy file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Policy.model_json_schema()}


async def _members(policy: Policy, directory: Directory) -> tuple[dict[str, frozenset[str]], list[str]]:
    found: dict[str, frozenset[str]] = {}
    wrong = []
    for group in sorted(policy.groups()):
        try:
            found[group] = await directory.members(group, fresh=True)
        except DirectoryUnavailable as missing:
            wrong.append(f"{group}: {missing}")
    return found, wrong


async def _unable(policy: Policy, members: Mapping[str, frozenset[str]], directory: Directory) -> frozenset[str]:
    """Return those among whom the policy names who can neither ask nor sign: guests, bots, closed accounts."""
    named = policy.users().union(*members.values())
    return frozenset([id_ for id_ in sorted(named) if not await _full_member(directory, id_)])


async def _full_member(directory: Directory, id_: str) -> bool:
    try:
        return (await directory.person(id_, fresh=True)).standing is Standing.MEMBER
    except DirectoryUnavailable:  # whom Slack does not know, or not in time, cannot be counted on
        return False


async def _nobodies(policy: Policy, directory: Directory) -> AsyncIterator[str]:
    """Yield each account of `people` that is mapped to nobody who could ask for anything."""
    for account, id_ in policy.people.items():
        try:
            actor = await directory.person(id_, fresh=True)
        except DirectoryUnavailable as missing:
            yield f"people, {account}: {missing}"
            continue
        if actor.standing is not Standing.MEMBER:
            yield f"people, {account}: {id_} is no full member of this workspace ({actor.standing})."


async def _plan(command: Command, provider: Provider | None) -> tuple[Plan, str]:
    action = BY_NAME[command.action]
    if provider is not None:
        snapshot = await provider.snapshot(await Resolver(provider).target(command))
        if command.parameters:
            return planned(action, snapshot, command.parameters), ""
        return make_plan(action, snapshot), ""
    name = command.environment or ("" if action.scope is Scope.ORG else "production")
    where = Environment(id=name, name=name, is_production=True)
    assumed = "Not checked: the target, and the environment's mark; it is taken for production (DD_API_KEY is not set)."
    plan = specimen(action, where, command.target)
    if command.parameters and action.form is not None and action.form.gravest is not None:
        assumed += f" Nor is the form held against anything: it is taken for {action.form.gravest}."
        plan = plan.model_copy(update={"risk": action.form.gravest, "parameters": command.parameters})
    return plan, assumed


async def _requester(policy: Policy, person: str, directory: Directory | None) -> tuple[Actor, frozenset[str], str]:
    groups = sorted(policy.requester_groups())
    if directory is None:
        unchecked = "Not checked: which groups whoever asks belongs to (SLACK_BOT_TOKEN is not set)." if groups else ""
        return Actor(id=person or "anybody"), frozenset(), unchecked
    if not person:
        return Actor(id="anybody"), frozenset(), ""
    actor = await directory.person(person, fresh=True)
    mine = [group for group in groups if person in await directory.members(group, fresh=True)]
    return actor, frozenset(mine), ""


def add_policy(parser: argparse.ArgumentParser, directory: OpenDirectory, provider: OpenProvider) -> None:
    """Give the command `policy` its own three commands."""
    own = PolicyCommands(directory, provider, os.environ)
    commands = parser.add_subparsers(required=True, metavar="what")
    file = Path(os.environ.get("POLICY_FILE") or "policy.yaml")

    def add(name: str, what: str, command: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=what, description=what)
        one.add_argument("--file", type=Path, default=file, help=f"the policy file (default {file})")
        one.set_defaults(command=lambda options: _run(command, options))
        return one

    add("check", "tell whether the policy can work, and what it comes to", own.check)
    add("schema", "print the JSON Schema of the policy file, for editors", own.schema)
    explain = add("explain", "tell which rule decides about a command, and why", own.explain)
    explain.add_argument("text", help="a command, as it would be typed in Slack")
    explain.add_argument(
        "--json", default="", metavar="FORM", help="the form: JSON itself, @file, or - for standard input"
    )
    explain.add_argument("--as", dest="person", default="", metavar="ID", help="the Slack id of whoever would ask")


def _run(command: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    try:
        return command(options)
    except (CountersignError, OSError) as failed:
        sys.stderr.write("\n  ".join((str(failed), *getattr(failed, "problems", ()))) + "\n")
        return 2


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


@asynccontextmanager
async def nothing(environment: Mapping[str, str]) -> AsyncIterator[None]:
    """Open nothing, for where there are no keys."""
    del environment
    yield None
