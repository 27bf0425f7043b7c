"""
The one door to HTTP: the only module that imports httpx.

httpx's errors are mapped here, once, by the one thing that matters to whoever changes production: whether the
request can have left this machine. httpx has a drop-in successor; switching is a matter of this module's import.
"""

import asyncio
import functools
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx

from bot.errors import NeverSent, OutcomeUnknown, Rejected

CONNECT_SECONDS = 2.0
POOL_SECONDS = 2.0
WRITE_SECONDS = 5.0
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Request:
    """
    What is asked.

    `path` is joined to the base URL, `body` is sent as JSON unless it is None. What is `urgent` is tried even while
    calls to the host are held back for its failures.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: object = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status; header names are in lower case."""

    status: int
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Sender(Protocol):
    """Whatever sends requests as `Http` does."""

    async def send(self, request: Request, *, within: float) -> Answer:
        """Send one request, once, and return its answer in `within` seconds."""
        ...


class Http:
    """One shared client of one API. Close it when done."""

    def __init__(self, client: httpx.AsyncClient, name: str) -> None:
        self._client = client
        self._name = name

    async def send(self, request: Request, *, within: float) -> Answer:
        """
        Send one request, once, and return its answer in `within` seconds.

        Raises NeverSent when nothing left this machine, Rejected when the request itself cannot be formed, and
        OutcomeUnknown when it may have arrived and no whole answer came back.
        """
        try:
            async with asyncio.timeout(within):
                response = await self._client.request(**_arguments(request), timeout=_timeouts(within))
        except _NEVER_SENT as error:
            raise NeverSent(
                f"{self._name} could not be reached ({_words(error)}).", "Nothing was sent; try again."
            ) from error
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError) as error:
            raise Rejected(f"The request to {self._name} could not be formed ({_words(error)}).") from error
        except (httpx.TimeoutException, TimeoutError) as error:
            raise OutcomeUnknown(
                f"{self._name} did not answer within {within:.0f} s.", "It is read back to see what came of it."
            ) from error
        except httpx.HTTPError as error:
            raise OutcomeUnknown(
                f"The connection to {self._name} broke ({_words(error)}).", "It is read back to see what came of it."
            ) from error
        return Answer(response.status_code, response.content, dict(response.headers.items()))

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()


def build_http(
    base_url: str, headers: Mapping[str, str], *, name: str, transport: httpx.AsyncBaseTransport | None = None
) -> Http:
    """
    Return a client of the API at `base_url` that always sends `headers`.

    Redirects are not followed: they would carry the keys elsewhere. Proxies of the environment are used except
    for loopback addresses.
    """
    client = httpx.AsyncClient(
        base_url=base_url,
        headers=dict(headers),
        follow_redirects=False,
        transport=transport,
        verify=_certificates(),
        trust_env=urlsplit(base_url).hostname not in _LOOPBACK,
        limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS, keepalive_expiry=60.0),
    )
    return Http(client, name)


@functools.cache
def _certificates() -> ssl.SSLContext:
    """Return the certificates that are trusted: reading them takes longer than all else of a client."""
    return httpx.create_ssl_context()


CONNECTIONS = 20  # as many as are kept: what is above the kept ones would be closed and opened again in a burst
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


def _arguments(request: Request) -> dict[str, Any]:
    arguments: dict[str, Any] = {"method": request.method, "url": request.path}
    if request.query:
        arguments["params"] = list(request.query)
    if request.body is not None:
        arguments["json"] = request.body
    return arguments


def _timeouts(within: float) -> httpx.Timeout:
    """Clip every phase, so that a slow connect still ends as never sent."""
    return httpx.Timeout(
        connect=min(CONNECT_SECONDS, within * 0.9),
        pool=min(POOL_SECONDS, within * 0.9),
        write=min(WRITE_SECONDS, within),
        read=within,
    )


def _words(error: Exception) -> str:
    return str(error)[:100] or type(error).__name__
