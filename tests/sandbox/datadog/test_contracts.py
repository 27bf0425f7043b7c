"""The sandbox's answers are held against Datadog's published contract and its recordings."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from tests.contracts import contract
from tests.sandbox.datadog.serving import CHECKOUT, CHECKOUT_ROLLOUT, NEW_SEARCH, PROD, Api

_FLAGS = "/api/v2/feature-flags"
_RULE = {"type": "allocations", "attributes": {"key": "extra", "name": "Extra", "type": "CANARY"}}
_ENVIRONMENT = {"data": {"type": "environments", "attributes": {"name": "new", "queries": ["new"]}}}
_EVENT = {"data": {"type": "event", "attributes": {"category": "change", "title": "t", "attributes": {}}}}

CALLS: tuple[tuple[str, str, str, object], ...] = (
    # method, path in the contract, path called, body
    ("get", _FLAGS, _FLAGS, None),
    ("get", _FLAGS + "/{feature_flag_id}", f"{_FLAGS}/{CHECKOUT}", None),
    ("post", _FLAGS + "/{feature_flag_id}/archive", f"{_FLAGS}/{NEW_SEARCH}/archive", None),
    ("post", _FLAGS + "/{feature_flag_id}/unarchive", f"{_FLAGS}/{NEW_SEARCH}/unarchive", None),
    ("get", _FLAGS + "/environments", f"{_FLAGS}/environments", None),
    ("post", _FLAGS + "/environments", f"{_FLAGS}/environments", _ENVIRONMENT),
    ("get", _FLAGS + "/environments/{environment_id}", f"{_FLAGS}/environments/{PROD}", None),
    (
        "post",
        _FLAGS + "/{feature_flag_id}/environments/{environment_id}/allocations",
        f"{_FLAGS}/{CHECKOUT}/environments/{PROD}/allocations",
        {"data": _RULE},
    ),
    (
        "post",
        _FLAGS + "/exposure-schedules/{exposure_schedule_id}/pause",
        f"{_FLAGS}/exposure-schedules/{CHECKOUT_ROLLOUT}/pause",
        None,
    ),
    (
        "put",
        _FLAGS + "/{feature_flag_id}/environments/{environment_id}/allocations",
        f"{_FLAGS}/{CHECKOUT}/environments/{PROD}/allocations",
        {"data": [_RULE]},
    ),
    ("get", "/api/v1/validate", "/api/v1/validate", None),
    ("get", "/api/v1/synthetics/tests", "/api/v1/synthetics/tests", None),
    ("get", "/api/v1/synthetics/tests/search", "/api/v1/synthetics/tests/search?text=checkout", None),
    ("get", "/api/v1/synthetics/tests/{public_id}", "/api/v1/synthetics/tests/abc-def-ghi", None),
    (
        "put",
        "/api/v1/synthetics/tests/{public_id}/status",
        "/api/v1/synthetics/tests/abc-def-ghi/status",
        {"new_status": "paused"},
    ),
    ("get", "/api/v2/fleet/deployments", "/api/v2/fleet/deployments", None),
    ("get", "/api/v2/fleet/deployments/{deployment_id}", "/api/v2/fleet/deployments/abc-def-ghi", None),
    ("post", "/api/v2/fleet/deployments/{deployment_id}/cancel", "/api/v2/fleet/deployments/abc-def-ghi/cancel", None),
    ("get", "/api/unstable/fleet/deployments", "/api/unstable/fleet/deployments", None),
    ("get", "/api/unstable/fleet/deployments/{deployment_id}", "/api/unstable/fleet/deployments/abc-def-ghi", None),
    ("post", "/api/v2/events", "/api/v2/events", _EVENT),
)

DEPARTURES = {
    "data.attributes.feature_flag_environments.*.allocations": "an array of flat objects, documented as an object",
}
"""Where answers break the published contract on purpose, because the running service does."""


async def test_answers_follow_the_published_contract(api: Api) -> None:
    """Every answer validates against the contract except for the departures, each of which is seen."""
    document = draft7(json.loads(contract("datadog/openapi-subset.json").read_text()))
    broken: dict[str, str] = {}
    for method, documented, path, body in CALLS:
        status, answer = await api.call(method.upper(), path, body)
        responses = document["paths"][documented][method]["responses"]
        assert str(status) in responses, (path, status)
        schema = next(iter(responses[str(status)]["content"].values()))["schema"]
        validator = Draft7Validator({**schema, "components": document["components"]})
        for error in validator.iter_errors(answer):
            place = ".".join("*" if isinstance(part, int) else part for part in error.absolute_path)
            broken[place] = f"{path}: {error.message[:200]}"
    assert {place: why for place, why in broken.items() if place not in DEPARTURES} == {}
    assert {*broken} == {*DEPARTURES}


async def test_bodiless_answers_are_documented(api: Api) -> None:
    """Enable, disable, delete and the older cancel answer with a documented status and nothing else."""
    document = json.loads(contract("datadog/openapi-subset.json").read_text())
    place = f"{_FLAGS}/{NEW_SEARCH}/environments/{PROD}"
    documented = _FLAGS + "/{feature_flag_id}/environments/{environment_id}"
    for method, template, path in (
        ("post", documented + "/disable", f"{place}/disable"),
        ("post", documented + "/enable", f"{place}/enable"),
        ("post", "/api/unstable/fleet/deployments/{deployment_id}/cancel", _older_cancel()),
        ("delete", _FLAGS + "/environments/{environment_id}", f"{_FLAGS}/environments/{PROD}"),
    ):
        status, body = await api.call(method.upper(), path)
        assert body == ""
        assert "content" not in document["paths"][template][method]["responses"][str(status)]


RECORDINGS = (
    "test_archive_a_feature_flag_returns_ok_response.yaml",
    "test_create_a_feature_flag_returns_created_response.yaml",
    "test_create_allocation_for_a_flag_in_an_environment_returns_created_response.yaml",
    "test_create_an_environment_returns_created_response.yaml",
    "test_get_a_feature_flag_returns_ok_response.yaml",
    "test_list_feature_flags_returns_ok_response.yaml",
    "test_post_an_event_returns_bad_request_response.yaml",
    "test_post_an_event_returns_ok_response.yaml",
    "test_update_a_feature_flag_returns_ok_response.yaml",
    "test_update_targeting_rules_for_a_flag_in_an_environment_returns_ok_response.yaml",
    "test_validate_api_key_returns_ok_response.yaml",
    "test_get_the_list_of_all_synthetic_tests_returns_ok_returns_the_list_of_all_synthetic_tests_response_with_pagination.yaml",
)


@pytest.mark.parametrize("name", RECORDINGS)
async def test_recorded_conversation_has_the_same_shape(api: Api, name: str) -> None:
    """A recorded conversation, held with the sandbox, gets the same statuses and at least the same keys."""
    ours: dict[str, str] = {}
    for request, recorded in _interactions(contract(f"datadog/recordings/{name}")):
        path = re.sub(r"https://[^/]+", "", _translated(request["uri"], ours))
        body = json.loads(_translated(request["body"], ours)) if request["body"] else None
        status, answer = await api.call(request["method"], path, body)
        assert status == recorded["status"]["code"], answer
        text = recorded["body"]["string"]
        if not text:
            assert answer == ""
            continue
        assert list(_lacking(json.loads(text), answer, "")) == []
        _learn(json.loads(text), answer, ours)


async def test_recorded_synthetic_pause_has_the_same_shape(api: Api) -> None:
    """The recorded pause and restart of a test get the same bare answers here."""
    recordings = json.loads(contract("datadog/recordings/java.testSyntheticsAPILifecycle.json").read_text())
    statuses = [each for each in recordings if each["httpRequest"]["path"].endswith("/status")]
    assert len(statuses) == 2
    for each in statuses:
        body = json.loads(each["httpRequest"]["body"]["json"])
        status, answer = await api.call("PUT", "/api/v1/synthetics/tests/abc-def-ghi/status", body)
        assert (status, answer) == (each["httpResponse"]["statusCode"], json.loads(each["httpResponse"]["body"]))


async def test_recorded_refusal_without_a_key(api: Api) -> None:
    """A validation without a key is refused in the recorded words."""
    name = "datadog/recordings/test_validate_api_key_returns_forbidden_response.yaml"
    for _, recorded in _interactions(contract(name)):
        status, answer = await api.call("GET", "/api/v1/validate", headers={"X": "none"})
        assert (status, answer) == (recorded["status"]["code"], json.loads(recorded["body"]["string"]))


def _older_cancel() -> str:
    return "/api/unstable/fleet/deployments/jkl-mno-pqr/cancel"


def _interactions(path: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for each in yaml.safe_load(path.read_text())["interactions"]:
        yield each["request"], each["response"]


def _translated(text: str, ours: dict[str, str]) -> str:
    for theirs, mine in ours.items():
        text = text.replace(theirs, mine)
    return text


def _learn(theirs: Any, mine: Any, ours: dict[str, str]) -> None:
    """Note which of our ids stands for which recorded one."""
    if isinstance(theirs, dict) and isinstance(mine, dict):
        for key in theirs.keys() & mine.keys():
            _learn(theirs[key], mine[key], ours)
    elif isinstance(theirs, list) and isinstance(mine, list):
        for left, right in zip(theirs, mine, strict=False):
            _learn(left, right, ours)
    elif isinstance(theirs, str) and isinstance(mine, str) and re.fullmatch(r"[0-9a-f-]{36}", theirs):
        ours[theirs] = mine


_FREE = ("config", "options")
"""Parts that differ from one synthetic test to the next."""


def _lacking(theirs: Any, mine: Any, at: str) -> Iterator[str]:
    """Yield the places where a recorded answer has a key, or a kind of value, that ours does not have."""
    if isinstance(theirs, dict):
        if not isinstance(mine, dict):
            yield f"{at}: {type(mine).__name__}"
            return
        for key, value in theirs.items():
            if key not in mine:
                yield f"{at}.{key}"
            elif key not in _FREE:
                yield from _lacking(value, mine[key], f"{at}.{key}")
    elif isinstance(theirs, list):
        if not isinstance(mine, list):
            yield f"{at}: {type(mine).__name__}"
        elif theirs and mine:
            yield from _lacking(theirs[0], mine[0], f"{at}[]")
    elif theirs is not None and mine is not None and type(theirs) is not type(mine):
        yield f"{at}: {type(mine).__name__}"


def draft7(node: Any) -> Any:
    """Return an OpenAPI 3.0 document with `nullable` written as JSON Schema writes it."""
    if isinstance(node, list):
        return [draft7(each) for each in node]
    if not isinstance(node, dict):
        return node
    made = {key: draft7(value) for key, value in node.items()}
    if made.pop("nullable", False) is True and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    return made
