"""Flags and environments behave as the running service does, not as its reference says."""

from typing import Any

import pytest

from bot.sandbox.datadog.seed import seeded_id
from tests.sandbox.datadog.serving import CHECKOUT, NEW_SEARCH, PROD, STAGING, Api

_FLAGS = "/api/v2/feature-flags"
_EU_PRICING = seeded_id("flag", "eu-pricing")
_REMOVED = seeded_id("flag", "to-be-removed")


async def _keys(api: Api, query: str) -> set[str]:
    _, body = await api.call("GET", f"{_FLAGS}?{query}")
    return {each["attributes"]["key"] for each in body["data"]}


async def test_key_matches_in_part(api: Api) -> None:
    """A search by key returns every flag whose key contains it."""
    assert await _keys(api, "key=new-search") == {"new-search", "new-search-v2", "New-Search-Beta"}


async def test_archived_flags_are_listed_unless_left_out(api: Api) -> None:
    """The list holds archived flags until they are filtered out."""
    assert "old-banner" in await _keys(api, "")
    assert "old-banner" not in await _keys(api, "is_archived=false")
    assert await _keys(api, "is_archived=true") == {"old-banner"}


async def test_list_leaves_rules_out(api: Api) -> None:
    """Rules are in the answer for one flag, as a flat array, and not in the list."""
    _, body = await api.call("GET", f"{_FLAGS}?key=checkout-v2")
    listed = [each for flag in body["data"] for each in flag["attributes"]["feature_flag_environments"]]
    assert listed
    assert all("allocations" not in each for each in listed)
    rules = (await api.place(CHECKOUT, PROD))["allocations"]
    assert [rule["key"] for rule in rules] == ["checkout-v2-gradual", "employees"]
    assert [rule["exposure_schedule"]["rollout_options"]["strategy"] for rule in rules] == [
        "UNIFORM_INTERVALS",
        "NO_ROLLOUT",
    ]
    assert "attributes" not in rules[0]


async def test_absent_rules_have_three_shapes(api: Api) -> None:
    """Where there are no rules, the answer holds null, an empty array or an empty object."""
    places = (await api.flag(_REMOVED))["feature_flag_environments"]
    assert {repr(each["allocations"]) for each in places} == {"None", "[]", "{}"}


async def test_old_pages_have_no_meta(api: Api) -> None:
    """Pages by limit and offset come without meta."""
    _, first = await api.call("GET", f"{_FLAGS}?limit=5")
    _, second = await api.call("GET", f"{_FLAGS}?limit=5&offset=5")
    assert list(first) == ["data"]
    assert len(first["data"]) == len(second["data"]) == 5
    assert not {each["id"] for each in first["data"]} & {each["id"] for each in second["data"]}


async def test_modern_pages_tell_the_next(api: Api) -> None:
    """Pages by page[limit] tell the next offset until the last one."""
    seen, offset, total = set(), 0, 0
    while offset is not None:
        _, body = await api.call("GET", f"{_FLAGS}?page[limit]=4&page[offset]={offset}")
        seen |= {each["id"] for each in body["data"]}
        assert (body["links"]["next"] is None) == (body["meta"]["page"]["next_offset"] is None)
        offset, total = body["meta"]["page"]["next_offset"], body["meta"]["page"]["total"]
    assert len(seen) == total == len(api.organisation.world.flags)


async def test_enable_and_disable_have_no_body(api: Api) -> None:
    """Enabling and disabling answer 200 with nothing, and take effect."""
    path = f"{_FLAGS}/{NEW_SEARCH}/environments/{PROD}"
    assert await api.call("POST", f"{path}/disable") == (200, "")
    assert (await api.place(NEW_SEARCH, PROD))["status"] == "DISABLED"
    assert (await api.place(NEW_SEARCH, STAGING))["status"] == "ENABLED"
    assert await api.call("POST", f"{path}/enable") == (200, "")
    assert (await api.place(NEW_SEARCH, PROD))["status"] == "ENABLED"


async def test_content_type_is_json_api(api: Api) -> None:
    """Answers of the second version are JSON:API, those of the first plain JSON."""
    _, headers = await api.headers("GET", _FLAGS)
    assert headers["Content-Type"].startswith("application/vnd.api+json")
    _, headers = await api.headers("GET", "/api/v1/synthetics/tests")
    assert headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize(("verdict", "status"), [("approve", "ENABLED"), ("withdraw", "DISABLED")])
async def test_required_approval_makes_a_suggestion(api: Api, verdict: str, status: str) -> None:
    """A change that wants Datadog's own approval is 202, and its fate is decided later."""
    path = f"{_FLAGS}/{_EU_PRICING}/environments/{PROD}/enable"
    assert await api.call("POST", path) == (202, "")
    place = await api.place(_EU_PRICING, PROD)
    suggestion = place["pending_suggestion_id"]
    assert suggestion
    assert place["status"] == "DISABLED"
    assert api.organisation.calls.changed() == 0
    await api.call("POST", f"/sandbox/suggestions/{suggestion}/{verdict}")
    place = await api.place(_EU_PRICING, PROD)
    assert (place["status"], place["pending_suggestion_id"]) == (status, None)
    again, _ = await api.call("POST", f"/sandbox/suggestions/{suggestion}/{verdict}")
    assert again == 409


async def test_second_suggestion_conflicts(api: Api) -> None:
    """The same change asked for twice is one suggestion; another one beside it is refused."""
    path = f"{_FLAGS}/{_EU_PRICING}/environments/{PROD}"
    assert (await api.call("POST", f"{path}/enable"))[0] == 202
    assert (await api.call("POST", f"{path}/enable"))[0] == 202
    assert (await api.call("POST", f"{path}/disable"))[0] == 409
    assert len(api.organisation.world.suggestions) == 1


async def test_approval_is_not_wanted_outside_production(api: Api) -> None:
    """A flag that wants approval wants it in production only."""
    path = f"{_FLAGS}/{_EU_PRICING}/environments/{STAGING}/enable"
    assert (await api.call("POST", path))[0] == 200


async def test_archive_of_a_flag_that_wants_approval(api: Api) -> None:
    """Archiving a flag that wants approval answers 200 with a suggestion, and archives nothing."""
    status, body = await api.call("POST", f"{_FLAGS}/{_EU_PRICING}/archive")
    assert (status, body["data"]["type"]) == (200, "flag-suggestions")
    assert (await api.flag(_EU_PRICING))["archived_at"] is None
    await api.call("POST", f"/sandbox/suggestions/{body['data']['id']}/approve")
    assert (await api.flag(_EU_PRICING))["archived_at"] is not None


async def test_flag_life(api: Api) -> None:
    """A flag can be created, changed, archived and brought back; its key is taken then."""
    variants = [{"key": "a", "name": "A", "value": "true"}, {"key": "b", "name": "B", "value": "false"}]
    wanted = {"key": "fresh", "name": "Fresh", "description": "", "value_type": "BOOLEAN", "variants": variants}
    body = {"data": {"type": "feature-flags", "attributes": wanted}}
    status, created = await api.call("POST", _FLAGS, body)
    assert status == 201
    assert (await api.call("POST", _FLAGS, body))[0] == 409
    path = f"{_FLAGS}/{created['data']['id']}"
    changed = {"data": {"type": "feature-flags", "attributes": {"name": "Fresher"}}}
    assert (await api.call("PUT", path, changed))[1]["data"]["attributes"]["name"] == "Fresher"
    assert (await api.call("POST", f"{path}/archive"))[1]["data"]["attributes"]["archived_at"]
    assert (await api.call("POST", f"{path}/unarchive"))[1]["data"]["attributes"]["archived_at"] is None
    bad = {"data": {"type": "feature-flags", "attributes": {**wanted, "key": "other", "value_type": "?"}}}
    assert (await api.call("POST", _FLAGS, bad))[0] == 400


def _rule(key: str, **more: Any) -> dict[str, Any]:
    attributes = {"key": key, "name": key, "type": "CANARY", "targeting_rules": [], **more}
    return {"type": "allocations", "attributes": attributes}


_SCHEDULE = {
    "rollout_options": {"strategy": "UNIFORM_INTERVALS", "autostart": True, "selection_interval_ms": 60_000},
    "rollout_steps": [
        {"exposure_ratio": 0.1, "grouped_step_index": 0, "is_pause_record": False},
        {"exposure_ratio": 1, "grouped_step_index": 1, "is_pause_record": False},
    ],
}


async def test_rules_are_added_and_replaced(api: Api) -> None:
    """Adding a rule answers with that rule, replacing them answers with a list and drops the others."""
    path = f"{_FLAGS}/{CHECKOUT}/environments/{PROD}/allocations"
    status, body = await api.call("POST", path, {"data": _rule("extra")})
    assert (status, body["data"]["attributes"]["order_position"]) == (201, 2)
    assert "exposure_schedule" not in body["data"]["attributes"]
    assert len(body["data"]["attributes"]["created_at"].partition(".")[2]) == len("123456789Z")
    assert (await api.call("POST", path, {"data": _rule("extra")}))[0] == 409
    status, body = await api.call("PUT", path, {"data": [_rule("only", exposure_schedule=_SCHEDULE)]})
    assert status == 200
    schedule = body["data"][0]["attributes"]["exposure_schedule"]
    assert [step["interval_ms"] for step in schedule["rollout_steps"]] == [60_000, None]
    assert [rule["key"] for rule in (await api.place(CHECKOUT, PROD))["allocations"]] == ["only"]
    assert (await api.truth("checkout-v2"))["rollout"]["state"] == "running"
    assert (await api.call("PUT", path, {"data": []}))[1] == {"data": []}
    assert (await api.place(CHECKOUT, PROD))["allocations"] == []


async def test_replacing_keeps_a_rollout_that_is_named(api: Api) -> None:
    """A rule sent back with its schedule's id keeps its rollout and place."""
    before = (await api.place(CHECKOUT, PROD))["allocations"][0]
    path = f"{_FLAGS}/{CHECKOUT}/environments/{PROD}/allocations"
    await api.call("PUT", path, {"data": [_rule(before["key"], exposure_schedule=before["exposure_schedule"])]})
    after = (await api.place(CHECKOUT, PROD))["allocations"][0]
    assert (after["id"], after["exposure_schedule"]["id"]) == (before["id"], before["exposure_schedule"]["id"])
    assert (await api.truth("checkout-v2"))["rollout"]["step"] == 2


@pytest.mark.parametrize(
    "more",
    [
        {"type": "OTHER"},
        {"variant_weights": [{"variant_key": "nobody", "value": 100}]},
        {"variant_weights": [{"variant_key": "on", "value": 40}]},
        {"exposure_schedule": {"rollout_options": {"strategy": "?"}, "rollout_steps": []}},
        {"exposure_schedule": {"rollout_options": {"strategy": "NO_ROLLOUT"}, "rollout_steps": []}},
    ],
)
async def test_senseless_rules_are_refused(api: Api, more: dict[str, Any]) -> None:
    """A rule that makes no sense is 400 and changes nothing."""
    path = f"{_FLAGS}/{CHECKOUT}/environments/{PROD}/allocations"
    assert (await api.call("POST", path, {"data": _rule("extra", **more)}))[0] == 400
    assert (await api.truth("checkout-v2"))["rules"] == ["checkout-v2-gradual", "employees"]


async def test_production_is_a_mark_and_not_a_name(api: Api) -> None:
    """Two environments are production, one of them named Development; most have no key."""
    _, body = await api.call("GET", f"{_FLAGS}/environments")
    found = {each["attributes"]["name"]: each["attributes"] for each in body["data"]}
    assert {name for name, each in found.items() if each["is_production"]} == {"prod", "Development"}
    assert {name for name, each in found.items() if "key" in each} == {"eu-staging"}


async def test_order_of_queries_changes(api: Api) -> None:
    """The queries of an environment come in another order from call to call."""
    seen = set()
    for _ in range(4):
        _, body = await api.call("GET", f"{_FLAGS}/environments/{PROD}")
        seen.add(tuple(body["data"]["attributes"]["queries"]))
    assert seen == {("prod", "production"), ("production", "prod")}


async def test_environment_life(api: Api) -> None:
    """An environment can be created, changed and deleted, and every flag has a setting in it meanwhile."""
    body = {"data": {"type": "environments", "attributes": {"name": "us-prod", "queries": ["us"]}}}
    status, created = await api.call("POST", f"{_FLAGS}/environments", body)
    assert status == 201
    assert (await api.call("POST", f"{_FLAGS}/environments", body))[0] == 409
    identity = created["data"]["id"]
    assert (await api.place(NEW_SEARCH, identity))["status"] == "DISABLED"
    path = f"{_FLAGS}/environments/{identity}"
    changed = {"data": {"type": "environments", "attributes": {"is_production": True}}}
    assert (await api.call("PUT", path, changed))[1]["data"]["attributes"]["is_production"] is True
    assert await api.call("DELETE", path) == (204, "")
    assert (await api.call("GET", path))[0] == 404
    assert identity not in {
        each["environment_id"] for each in (await api.flag(NEW_SEARCH))["feature_flag_environments"]
    }


async def test_unknown_and_malformed_ids(api: Api) -> None:
    """An unknown id is 404 and one that is no UUID 400; the error bodies differ in shape."""
    gone = seeded_id("nobody")
    assert (await api.call("GET", f"{_FLAGS}/{gone}"))[0] == 404
    assert (await api.call("GET", f"{_FLAGS}/checkout-v2"))[0] == 400
    _, flag = await api.call("POST", f"{_FLAGS}/{gone}/environments/{PROD}/enable")
    _, environment = await api.call("POST", f"{_FLAGS}/{CHECKOUT}/environments/{gone}/enable")
    assert {*flag["errors"][0]} != {*environment["errors"][0]}
