"""Each fault spoils the request it matches in its own way."""

import asyncio
from typing import Any

import aiohttp
import pytest

from bot.sandbox.datadog.faults import KINDS
from tests.sandbox.datadog.serving import CHECKOUT_ROLLOUT, KEYS, NEW_SEARCH, PROD, Api, until

_DISABLE = f"/api/v2/feature-flags/{NEW_SEARCH}/environments/{PROD}/disable"


async def _fault(api: Api, kind: str, **more: Any) -> None:
    match = {"method": "POST", "path_contains": "/disable"}
    status, _ = await api.call("POST", "/sandbox/faults", {"match": match, "kind": kind, **more})
    assert status == 200


@pytest.mark.parametrize(
    ("kind", "status", "applied"),
    [
        ("429", 429, False),
        ("500", 500, False),
        ("503", 503, False),
        ("409", 409, False),
        ("403", 403, False),
        ("html", 502, False),
        ("202", 202, False),
        ("empty", 200, True),
        ("stall", 200, True),
        ("drop_before_apply", 0, False),
        ("drop_after_apply", 0, True),
    ],
)
async def test_fault_kinds(api: Api, kind: str, status: int, applied: bool) -> None:
    """A fault answers with its status, and tells in the log whether the change was made."""
    await _fault(api, kind, seconds=0.01)
    if status:
        assert (await api.call("POST", _DISABLE))[0] == status
    else:
        with pytest.raises(aiohttp.ClientConnectionError):
            await api.call("POST", _DISABLE)
    truth = await api.truth("new-search")
    assert (truth["status"] == "DISABLED") is applied
    call = list(api.organisation.calls)[-1]
    assert (call.status, call.applied) == (status, applied)
    assert bool(truth["pending_suggestion"]) is (kind == "202")
    assert (await api.call("GET", "/sandbox/faults"))[1] == {"faults": []}


def test_every_kind_is_tested() -> None:
    """The table above names every kind of fault there is."""
    marks = test_fault_kinds.pytestmark  # type: ignore[attr-defined]  # set by parametrize
    assert {row[0] for row in marks[0].args[1]} == set(KINDS)


async def test_rate_limit_tells_reset_alone(api: Api) -> None:
    """A 429 carries the seconds until the reset, no Retry-After, and a remaining count that misleads."""
    match = {"path_contains": "/environments"}
    await api.call("POST", "/sandbox/faults", {"match": match, "kind": "429", "seconds": 7})
    status, headers = await api.headers("GET", "/api/v2/feature-flags/environments")
    assert status == 429
    assert {name: headers[f"X-RateLimit-{name}"] for name in ("Reset", "Remaining")} == {"Reset": "7", "Remaining": "9"}
    assert "Retry-After" not in headers


async def test_fault_counts_down(api: Api) -> None:
    """A fault spoils as many requests as it says and no other ones."""
    await _fault(api, "503", times=2)
    pause = f"/api/v2/feature-flags/exposure-schedules/{CHECKOUT_ROLLOUT}/pause"
    assert (await api.call("POST", pause))[0] == 200
    assert [(await api.call("POST", _DISABLE))[0] for _ in range(3)] == [503, 503, 200]


async def test_stalled_call_lands_after_its_caller_left(api: Api) -> None:
    """A stalled change is made although the caller gave up waiting for it."""
    await _fault(api, "stall", seconds=600)
    waiting = asyncio.create_task(api.call("POST", _DISABLE))
    await until(lambda: _is_taken(api))
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (await api.truth("new-search"))["status"] == "ENABLED"
    await api.call("DELETE", "/sandbox/faults")
    await until(lambda: _is_disabled(api))


async def _is_taken(api: Api) -> bool:
    return bool((await api.call("GET", "/sandbox/faults"))[1] == {"faults": []})


async def _is_disabled(api: Api) -> bool:
    return bool((await api.truth("new-search"))["status"] == "DISABLED")


@pytest.mark.parametrize(
    "fault", [{"kind": "nonsense"}, {}, {"kind": "500", "times": 0}, {"kind": "stall", "seconds": -1}, []]
)
async def test_senseless_fault_is_refused(api: Api, fault: Any) -> None:
    """A fault of no known kind, or with senseless numbers, is 400."""
    assert (await api.call("POST", "/sandbox/faults", fault))[0] == 400


async def test_who_goes_in_the_middle_of_a_request_is_no_error_of_the_sandbox(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    """A caller that is killed while it sends leaves no traceback behind, and its call is counted as refused."""
    _, writer = await asyncio.open_connection(api.base.host, api.base.port)
    keys = "".join(f"{name}: {value}\r\n" for name, value in KEYS.items())
    writer.write(f"POST /api/v2/events HTTP/1.1\r\nHost: sandbox\r\n{keys}Content-Length: 100\r\n\r\n{{".encode())
    await writer.drain()
    writer.close()

    async def counted() -> bool:
        return any((one.path, one.status) == ("/api/v2/events", 400) for one in api.organisation.calls)

    await until(counted)
    assert "Traceback" not in caplog.text
