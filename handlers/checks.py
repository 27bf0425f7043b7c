"""
Is everything set up right? One line each, and what to do where it is not.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.adapters.policy_file import load_policy
from bot.errors import CountersignError, Misconfigured
from bot.policy import Policy
from bot.settings import Settings, load
from handlers.cards.entrances import SCOPES
from handlers.connecting import open_provider, open_store
from handlers.directory import SlackDirectory
from handlers.manifest import manifest
from handlers.slack_client import SlackClient, identity

MANIFEST = Path("manifest.yml")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: its name, whether it is right, and one sentence."""

    what: str
    right: bool
    sentence: str

    def __str__(self) -> str:
        return f"{'ok  ' if self.right else 'FAIL'}  {self.what:<25}  {self.sentence}"


async def check(environment: Mapping[str, str], say: Callable[[str], None]) -> int:
    """Look at everything, say a line each, and return the exit code: 0 when all is right."""
    wrong = 0
    async for finding in _findings(environment):
        say(str(finding))
        wrong += not finding.right
    say("Everything is right." if not wrong else f"{wrong} to mend.")
    return 1 if wrong else 0


async def _findings(environment: Mapping[str, str]) -> AsyncIterator[Finding]:
    yield _manifest()
    try:
        settings = load(environment)
    except Misconfigured as broken:
        for problem in broken.problems:
            yield Finding("settings", right=False, sentence=problem)
        return
    yield Finding("settings", right=True, sentence="all present and well formed.")
    policy, found = _policy(settings)
    yield found
    yield await _redis(settings)
    async for finding in _slack(settings, policy):
        yield finding
    async for finding in _datadog(settings):
        yield finding


def _manifest() -> Finding:
    try:
        written = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError):
        return Finding(
            "manifest", right=False, sentence="manifest.yml cannot be read; `python -m bot manifest` makes it."
        )
    if written != manifest():
        return Finding("manifest", right=False, sentence="manifest.yml is not this version's; make it again.")
    return Finding("manifest", right=True, sentence="manifest.yml is in step with this version.")


def _policy(settings: Settings) -> tuple[Policy | None, Finding]:
    try:
        policy = load_policy(settings.policy_file)
    except Misconfigured as broken:
        return None, Finding("policy", right=False, sentence=" ".join((broken.fact, *broken.problems)))
    return policy, Finding("policy", right=True, sentence=f"{settings.policy_file} has {len(policy.rules)} rules.")


async def _redis(settings: Settings) -> Finding:
    try:
        async with open_store(settings) as store:
            await store.records.ping()
    except CountersignError as broken:
        return Finding("redis", right=False, sentence=str(broken))
    kind = "REDIS_URL" if settings.redis_url else f"an embedded server in {settings.data_dir}"
    return Finding("redis", right=True, sentence=f"{kind} answers and keeps what it is given.")


async def _slack(settings: Settings, policy: Policy | None) -> AsyncIterator[Finding]:
    slack = SlackClient(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    try:
        me = await identity(slack.web)
        yield Finding("slack token", right=True, sentence=f"it is {me.user_name} in {me.team_name}.")
        missing = sorted(set(SCOPES) - me.scopes)
        sentence = "all granted." if not missing else f"missing: {', '.join(missing)}; reinstall with manifest.yml."
        yield Finding("slack scopes", right=not missing, sentence=sentence)
        async for finding in _groups(SlackDirectory(slack.web, me.team), policy):
            yield finding
    except CountersignError as broken:
        yield Finding("slack token", right=False, sentence=str(broken))
    finally:
        await slack.close()


async def _groups(directory: SlackDirectory, policy: Policy | None) -> AsyncIterator[Finding]:
    for group in sorted(policy.groups()) if policy else ():
        try:
            people = await directory.members(group, fresh=True)
        except CountersignError as broken:
            yield Finding("approvers", right=False, sentence=f"{group}: {broken}")
            continue
        enough = len(people) > 1
        more = "" if enough else "; at least two people have to be able to sign"
        count = "1 member" if len(people) == 1 else f"{len(people)} members"
        yield Finding("approvers", right=enough, sentence=f"{group} has {count}{more}.")


async def _datadog(settings: Settings) -> AsyncIterator[Finding]:
    async with open_provider(settings) as provider:
        for what, right, sentence in await provider.check():
            yield Finding(what, right=right, sentence=sentence)
