"""
Slack's directory and Datadog, opened for a look by whoever keeps the policy; None where there are no keys.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from bot.errors import Misconfigured
from bot.ports import Directory, Provider
from bot.settings import Settings, load
from handlers.connecting import open_provider
from handlers.directory import SlackDirectory
from handlers.slack_client import SLACK_API, SlackClient, identity


@asynccontextmanager
async def open_directory(environment: Mapping[str, str]) -> AsyncIterator[Directory | None]:
    """Open Slack's directory where SLACK_BOT_TOKEN is set; raise Misconfigured where Slack does not take it."""
    token = environment.get("SLACK_BOT_TOKEN")
    if not token:
        yield None
        return
    slack = SlackClient(token, environment.get("SLACK_API_URL") or SLACK_API)
    try:
        yield SlackDirectory(slack.web, (await identity(slack.web)).team)
    finally:
        await slack.close()


@asynccontextmanager
async def open_datadog(environment: Mapping[str, str]) -> AsyncIterator[Provider | None]:
    """Open Datadog where the settings are all there."""
    settings = _settings(environment)
    if settings is None:
        yield None
        return
    async with open_provider(settings) as provider:
        yield provider


def _settings(environment: Mapping[str, str]) -> Settings | None:
    try:
        return load(environment)
    except Misconfigured:
        return None
