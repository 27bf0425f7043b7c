"""
The one client of Slack's Web API, on one shared session, and who it speaks as.

A client without a session opens a connection for every call (slack-sdk 3.47), so everything that talks to Slack
shares this one.
"""

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import structlog
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
)
from slack_sdk.http_retry.builtin_interval_calculators import FixedValueRetryIntervalCalculator
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState
from slack_sdk.web.async_client import AsyncWebClient
from structlog.typing import FilteringBoundLogger

from bot.errors import DirectoryUnavailable, Misconfigured
from handlers.cards.sentences import NOT_BY_SLACK
from handlers.failures import error_name, quiet_logger

_log: FilteringBoundLogger = structlog.get_logger("countersign.slack")

SLACK_API = "https://slack.com/api/"
TOTAL_SECONDS = 10.0
CONNECT_SECONDS = 2.0
_RATE_LIMIT_RETRIES = 2
_SOON = FixedValueRetryIntervalCalculator(0.1)  # within the time a press has for a look-up
_READS = ("auth.test", ".info", ".list", ".getPermalink")
_LONGEST_PAUSE = 3  # seconds; whoever waits for a read has given up by then
_BAD_TOKEN = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type"}
)


def is_safe_url(url: str) -> bool:
    """Tell whether a URL is https, or http to this very machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(host)
    return parts.scheme == "http" and _is_loopback(host)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def error_code(error: SlackApiError) -> str:
    """Return the code in a refusal by Slack, or that the answer was none of Slack's (its SDK trips over those)."""
    return str(error_facts(error).get("error") or NOT_BY_SLACK)


def error_facts(error: SlackApiError) -> Mapping[str, Any]:
    """Return what Slack says of a refusal, nothing where a proxy or an outage answered in its stead."""
    data = getattr(error.response, "data", None)
    return data if isinstance(data, dict) else {}


class _ReadRetry(AsyncConnectionErrorRetryHandler):
    """Repeats a call whose connection broke, where the call only reads: anything else may have been done."""

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if not urlsplit(request.url).path.endswith(_READS):
            return False
        return await super()._can_retry_async(state=state, request=request, response=response, error=error)


class _ReadPace(AsyncRateLimitErrorRetryHandler):
    """
    Repeats a read that was refused for pace, where Slack asks for a short pause.

    What is said in channels keeps its own pace (handlers/sender.py), and a form's trigger does not outlive a pause.
    """

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if response is None or not urlsplit(request.url).path.endswith(_READS):
            return False
        told = next((value for name, value in response.headers.items() if name.lower() == "retry-after"), "1")
        pause = told if isinstance(told, str) else told[0]
        if not (pause.isdigit() and int(pause) <= _LONGEST_PAUSE):
            return False
        return await super()._can_retry_async(state=state, request=request, response=response, error=error)


class SlackClient:
    """The session and the Web API client on it; to be made within a running loop and closed."""

    def __init__(
        self,
        token: str,
        base_url: str = SLACK_API,
        *,
        total: float = TOTAL_SECONDS,
        client: Callable[..., AsyncWebClient] = AsyncWebClient,
        traces: Sequence[aiohttp.TraceConfig] = (),
    ) -> None:
        """Open the session; raise Misconfigured for an empty token or an http URL that leaves this machine."""
        if not token.strip():
            raise Misconfigured("The bot token is empty.", "Set it to the app's Bot User OAuth Token (xoxb-…).")
        if not is_safe_url(base_url):
            raise Misconfigured("Slack's base URL must be https; http serves this machine alone.", "Correct the URL.")
        limits = aiohttp.ClientTimeout(total=total, connect=min(CONNECT_SECONDS, total))
        self.session = aiohttp.ClientSession(timeout=limits, trace_configs=list(traces))
        self.web = client(
            token=token,
            base_url=base_url,
            session=self.session,
            logger=quiet_logger("countersign.slack_sdk"),
            retry_handlers=[
                _ReadRetry(interval_calculator=_SOON),
                _ReadPace(max_retry_count=_RATE_LIMIT_RETRIES),
            ],
        )
        if urlsplit(base_url).scheme == "http":
            self.web.proxy = None  # the SDK takes the environment's proxy, which cannot reach this machine's loopback

    async def close(self) -> None:
        """Close every connection."""
        await self.session.close()


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot is in the workspace, and what it may do there."""

    team: str
    bot_user_id: str
    bot_id: str
    app_id: str
    scopes: frozenset[str]
    team_name: str = ""
    user_name: str = ""
    enterprise: str = ""
    url: str = ""

    def authorization(self, token: str) -> AuthorizeResult:
        """Return what Bolt wants to know of every request's installation, which is always this one."""
        return AuthorizeResult(
            enterprise_id=self.enterprise or None,
            team_id=self.team,
            bot_user_id=self.bot_user_id,
            bot_id=self.bot_id,
            bot_token=token,
            bot_scopes=sorted(self.scopes),
        )


async def identity(client: AsyncWebClient) -> Identity:
    """
    Ask Slack once whose token this is.

    Raises Misconfigured when Slack does not accept the token, DirectoryUnavailable when it cannot be asked.
    """
    try:
        answer = await client.auth_test()
        me: Mapping[str, Any] = answer.data if isinstance(answer.data, dict) else {}
    except SlackApiError as error:
        raise _token_problem(error_code(error)) from None
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise DirectoryUnavailable("Slack could not be reached.", "Try again in a minute.") from error
    return Identity(
        team=_word(me, "team_id"),
        bot_user_id=_word(me, "user_id"),
        bot_id=_word(me, "bot_id"),
        app_id=await _app_id(client, _word(me, "bot_id")),
        scopes=_scopes(answer.headers),
        team_name=_word(me, "team"),
        user_name=_word(me, "user"),
        enterprise=_word(me, "enterprise_id"),
        url=_word(me, "url"),
    )


async def _app_id(client: AsyncWebClient, bot_id: str) -> str:
    """Return the app's id, by which deliveries to another app are told; empty where this Slack does not say it."""
    try:
        answer = await client.api_call("bots.info", data={"bot": bot_id})
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        if isinstance(error, SlackApiError) and error_code(error) == "missing_scope":
            raise _token_problem("missing_scope") from None
        _log.warning("slack.app_unknown", error=error_name(error))
        return ""
    found = answer.get("bot")
    return _word(found, "app_id") if isinstance(found, dict) else ""


def _token_problem(code: str) -> Misconfigured | DirectoryUnavailable:
    if code in _BAD_TOKEN:
        return Misconfigured(f"Slack does not accept the bot token ({code}).", "Set the app's current xoxb token.")
    if code == "missing_scope":
        return Misconfigured("The bot token lacks a scope (users:read).", "Reinstall the app with its manifest.")
    return DirectoryUnavailable(f"Slack would not say who the bot is ({code}).", "Try again in a minute.")


def _scopes(headers: Mapping[str, Any]) -> frozenset[str]:
    for name, value in headers.items():
        if name.lower() == "x-oauth-scopes":
            return frozenset(scope.strip() for scope in str(value).split(",") if scope.strip())
    return frozenset()


def _word(source: Mapping[str, Any], name: str) -> str:
    found = source.get(name)
    return found if isinstance(found, str) else ""
