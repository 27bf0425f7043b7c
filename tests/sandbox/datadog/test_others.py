"""Synthetic tests, fleet deployments, events and keys behave as recorded."""

import pytest

from bot.sandbox.datadog.seed import seeded_id
from tests.sandbox.datadog.serving import KEYS, PROD, Api

_TESTS = "/api/v1/synthetics/tests"
_FLAGS = "/api/v2/feature-flags"


async def test_synthetic_status_answers_bare_true(api: Api) -> None:
    """Setting the status of a test answers the bare JSON true."""
    assert await api.call("PUT", f"{_TESTS}/abc-def-ghi/status", {"new_status": "paused"}) == (200, True)
    _, test = await api.call("GET", f"{_TESTS}/abc-def-ghi")
    assert (test["status"], test["tags"]) == ("paused", ["env:prod", "team:shop"])
    status, body = await api.call("PUT", f"{_TESTS}/abc-def-ghi/status", {"new_status": "off"})
    assert (status, [*body]) == (400, ["errors"])
    assert (await api.call("PUT", f"{_TESTS}/nobody/status", {"new_status": "live"}))[0] == 404


async def test_synthetic_pages_count_from_zero(api: Api) -> None:
    """Pages of tests are counted from zero, and a search looks at names and tags."""
    _, first = await api.call("GET", f"{_TESTS}?page_size=2&page_number=0")
    _, last = await api.call("GET", f"{_TESTS}?page_size=2&page_number=2")
    assert (len(first["tests"]), len(last["tests"]), first["total"]) == (2, 1, 5)
    _, found = await api.call("GET", f"{_TESTS}/search?text=checkout")
    assert {test["name"] for test in found["tests"]} == {"checkout-api", "checkout-api-eu"}


@pytest.mark.parametrize(("base", "status"), [("/api/v2/fleet", 200), ("/api/unstable/fleet", 204)])
async def test_cancel_on_both_paths(api: Api, base: str, status: int) -> None:
    """A running deployment is cancelled on either path; what hosts already have stays."""
    path = f"{base}/deployments/abc-def-ghi"
    answered, body = await api.call("POST", f"{path}/cancel")
    assert answered == status
    assert (body == "") == (status == 204)
    _, shown = await api.call("GET", path)
    assert shown["data"]["attributes"]["high_level_status"] == "canceled"
    assert [host["status"] for host in shown["data"]["attributes"]["hosts"]] == ["succeeded"] * 2 + ["canceled"] * 3
    assert (await api.call("POST", f"{path}/cancel"))[0] == 400
    missing, refusal = await api.call("POST", f"{base}/deployments/nobody/cancel")
    assert (missing, [*refusal]) == (404, ["error"])


async def test_completed_deployment_cannot_be_cancelled(api: Api) -> None:
    """A deployment that has ended cannot be cancelled, one that waits can."""
    assert (await api.call("POST", "/api/v2/fleet/deployments/stu-vwx-yza/cancel"))[0] == 400
    assert (await api.call("POST", "/api/v2/fleet/deployments/jkl-mno-pqr/cancel"))[0] == 200


async def test_running_deployments_can_be_filtered(api: Api) -> None:
    """The current list has `status` and can be filtered by it."""
    _, body = await api.call("GET", "/api/v2/fleet/deployments?filter=status:running")
    assert [each["attributes"]["status"] for each in body["data"]] == ["running"]


async def test_organisation_may_have_one_fleet_path(api: Api) -> None:
    """An organisation that has only the older path answers 404 on the current one."""
    api.organisation.world.fleet_api = "unstable"
    assert (await api.call("GET", "/api/v2/fleet/deployments"))[0] == 404
    assert (await api.call("GET", "/api/unstable/fleet/deployments"))[0] == 200


async def test_event_is_taken(api: Api) -> None:
    """An event is answered 202 and kept; a wrong category is refused as recorded."""
    attributes = {"category": "change", "title": "flag disabled", "attributes": {}}
    status, body = await api.call("POST", "/api/v2/events", {"data": {"type": "event", "attributes": attributes}})
    assert status == 202
    assert body["data"]["attributes"]["attributes"]["evt"]["uid"]
    assert [event.attributes["title"] for event in api.organisation.world.events] == ["flag disabled"]
    wrong = {"data": {"type": "event", "attributes": {**attributes, "category": "invalid"}}}
    status, body = await api.call("POST", "/api/v2/events", wrong)
    assert (status, {*body["errors"][0]}) == (400, {"status", "title", "detail"})


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/v1/validate", {"DD-API-KEY": "api-key"}, 200),
        ("/api/v1/validate", {"DD-API-KEY": "wrong"}, 403),
        ("/api/v1/validate", {"X": "none"}, 403),
        (_FLAGS, {"DD-API-KEY": "api-key"}, 403),
        (_FLAGS, {**KEYS, "DD-APPLICATION-KEY": "wrong"}, 403),
        (_FLAGS, {**KEYS, "DD-API-KEY": "wrong"}, 403),
        ("/api/v2/fleet/deployments", {"X": "none"}, 401),
        (_FLAGS, KEYS, 200),
    ],
)
async def test_keys(api: Api, path: str, headers: dict[str, str], status: int) -> None:
    """The API key is wanted everywhere, the application key only where something is read or changed."""
    assert (await api.call("GET", path, headers=headers))[0] == status


async def test_gateway_refusal_has_further_keys(api: Api) -> None:
    """The refusal of the first version's gateway has more in it than errors."""
    _, body = await api.call("GET", _TESTS, headers={"DD-API-KEY": "wrong"})
    assert {*body} > {"errors"}


async def test_refused_write_changes_nothing(api: Api) -> None:
    """A write with a wrong key is counted, and changes nothing."""
    path = f"{_FLAGS}/{seeded_id('flag', 'new-search')}/environments/{PROD}/disable"
    assert (await api.call("POST", path, headers={**KEYS, "DD-APPLICATION-KEY": "wrong"}))[0] == 403
    assert (await api.truth("new-search"))["status"] == "ENABLED"
    assert (api.organisation.calls.written("/disable"), api.organisation.calls.changed()) == (1, 0)


@pytest.mark.parametrize("path", ["/api/v2/nothing", "/api/v2/feature-flags/x/y"])
async def test_unknown_path_is_404(api: Api, path: str) -> None:
    """A path that does not exist is 404 with a JSON body."""
    status, body = await api.call("GET", path)
    assert (status, [*body]) == (404, ["errors"])


async def test_malformed_body_is_400(api: Api) -> None:
    """A body of the wrong shape is 400."""
    bodies: tuple[object, ...] = (
        "text",
        [],
        {"data": []},
        {"data": {"type": "x"}},
        {"data": {"type": "feature-flags"}},
    )
    for body in bodies:
        assert (await api.call("POST", _FLAGS, body))[0] == 400
