"""
Socket Mode: deliveries over a connection this process opens, so that nothing need be reachable from outside.

Slack's SDK keeps the connection and renews it when Slack asks; a watchdog ends the process when that fails for too
long, as whatever supervises it starts it afresh. Any delivery may reach any connection of an app, so there is one
Slack app for each stage.
"""

import asyncio
import json
import time
from collections.abc import Callable

import aiohttp
import structlog
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient
from structlog.typing import FilteringBoundLogger

from bot.errors import Misconfigured
from handlers.failures import log_failure, quiet_logger
from handlers.ingress import Dispatcher
from handlers.provenance import Installation
from handlers.slack_client import error_code

_log: FilteringBoundLogger = structlog.get_logger("countersign.socket")

LOST_SECONDS = 60.0
CHECK_SECONDS = 2.0
START_SECONDS = 30.0
PING_SECONDS = 10.0
_BAD_TOKEN = frozenset({"invalid_auth", "not_authed", "not_allowed_token_type", "token_revoked", "account_inactive"})


class SocketLost(Exception):
    """There has been no connection to Slack for too long; the process should end and be started afresh."""


class SocketMode:
    """
    One connection to Slack, whose deliveries go to the dispatcher.

    `client` is the shared Web API client: `apps.connections.open` is asked where it points. Raises Misconfigured
    for a token that is not an app-level one.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        app_token: str,
        client: AsyncWebClient,
        *,
        lost_seconds: float = LOST_SECONDS,
        check_seconds: float = CHECK_SECONDS,
        ping_seconds: float = PING_SECONDS,
        installation: Installation | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        if not app_token.startswith("xapp-"):
            raise Misconfigured(
                "Socket Mode needs an app-level token (xapp-…).",
                "Make one with connections:write under Basic Information.",
            )
        self._dispatcher = dispatcher
        self._token = app_token
        self._web = client
        self._lost_seconds = lost_seconds
        self._check_seconds = check_seconds
        self._ping_seconds = ping_seconds
        self._installation = installation or Installation()
        self._now = now
        self._client: SocketModeClient | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """
        Connect and serve until `stop` is set; raise SocketLost when the connection stays away.

        Raises Misconfigured when Slack does not accept the token.
        """
        client = self._client = SocketModeClient(
            app_token=self._token,
            logger=quiet_logger("countersign.socket_sdk"),
            web_client=self._web,
            ping_interval=self._ping_seconds,
        )
        client.proxy = self._web.proxy  # the SDK would take the environment's, for loopback too
        client.socket_mode_request_listeners.append(self._deliver)
        try:
            await self._connect(client)
            _log.info("socket.connected")
            await self._watch(client, stop)
        finally:
            await client.close()  # type: ignore[no-untyped-call]  # the SDK leaves it unannotated

    async def connected(self) -> bool:
        """Tell whether deliveries can arrive now; for the readiness check."""
        return self._client is not None and await self._client.is_connected()

    async def _connect(self, client: SocketModeClient) -> None:
        try:
            async with asyncio.timeout(START_SECONDS):
                client.wss_uri = await client.issue_new_wss_url()  # the client itself would try a bad token for ever
                await client.connect()  # type: ignore[no-untyped-call]  # the SDK leaves it unannotated
        except SlackApiError as error:
            code = error_code(error)
            if code in _BAD_TOKEN or code == "missing_scope":
                raise Misconfigured(
                    f"Slack does not accept the app-level token ({code}).", "Make one with connections:write."
                ) from None
            raise SocketLost(f"Slack gave no connection ({code})") from None
        except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SocketLost("Slack could not be reached") from error

    async def _watch(self, client: SocketModeClient, stop: asyncio.Event) -> None:
        seen = self._now()
        while not await _is_set(stop, self._check_seconds):
            if await client.is_connected():
                seen = self._now()
            elif self._now() - seen >= self._lost_seconds:
                _log.error("socket.lost", seconds=round(self._now() - seen, 1))
                raise SocketLost(f"no connection to Slack for {self._lost_seconds:g} seconds")

    async def _deliver(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        try:
            body = request.payload
            if not isinstance(body, dict):
                _log.warning("socket.refused", reason="shape")
                return
            if self._installation.foreign(body):
                _log.warning("socket.refused", reason="installation")
                return
            answer, _ = await self._dispatcher.dispatch(body)
            await client.send_socket_mode_response(_envelope(request.envelope_id, answer))
        except Exception as error:  # noqa: BLE001  the border: Slack sends again what gets no answer
            log_failure("socket.answer_failed", error)


def _envelope(id_: str, answer: BoltResponse) -> SocketModeResponse:
    if not answer.body:
        return SocketModeResponse(envelope_id=id_)
    return SocketModeResponse(envelope_id=id_, payload=json.loads(answer.body))


async def _is_set(stop: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await stop.wait()
    except TimeoutError:
        return False
