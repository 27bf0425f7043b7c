"""What our adapter sends, and what the sandbox answers to it, held against Datadog's published contract."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from jsonschema import Draft7Validator

from bot.actions import BY_NAME, CATALOGUE
from bot.adapters.datadog.operations import OPERATIONS
from bot.adapters.http import Request
from tests.contract.provider_world import World, organisation_world
from tests.contract.test_form_operations import CALLS as FORMS
from tests.contract.test_form_operations import asked
from tests.contracts import contract
from tests.sandbox.datadog.test_contracts import DEPARTURES, draft7

PLAIN = {
    "flag.enable": "dark-mode",
    "flag.disable": "new-search",
    "flag.archive": "new-search",
    "flag.unarchive": "old-banner",
    "rollout.start": "dark-mode",
    "rollout.pause": "checkout-v2",
    "rollout.resume": "new-checkout",
    "rollout.stop": "checkout-v2",
    "test.pause": "checkout-api",
    "test.start": "search-page",
    "deployment.cancel": "abc-def-ghi",
    "environment.delete": "eu-staging",
}
UNDOCUMENTED: dict[str, str] = {
    "test.pause": "Datadog answers the bare JSON true (recorded)",
    "test.start": "Datadog answers the bare JSON true (recorded)",
}
"""Answers whose kind the contract does not have; each is as Datadog's recordings have it."""
BODILESS = {200: ("flag.enable", "flag.disable"), 204: ("environment.delete",)}


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Give a provider over a fresh organisation."""
    async with organisation_world() as made:
        yield made


async def requested(world: World, action: str, fleet: str = "v2") -> Request:
    """Return the request that our adapter makes of an action on something that fits."""
    if BY_NAME[action].form is None:
        return OPERATIONS[action].request(await world.plan(action, PLAIN[action]), fleet)
    (call,) = [each for each in FORMS if each[0] == action]
    plan, _ = await asked(world, *call[:4])
    return OPERATIONS[action].request(plan, fleet)


def documented(document: dict[str, Any], request: Request) -> dict[str, Any]:
    """Return the one operation of the contract that a request is."""
    found = []
    for template, operations in document["paths"].items():
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, request.path) and request.method.lower() in operations:
            found.append((template.count("{"), operations[request.method.lower()]))
    operation: dict[str, Any] = min(found, key=lambda each: each[0])[1]
    return operation


def errors(document: dict[str, Any], content: dict[str, Any], body: object) -> dict[str, str]:
    """Return where a body does not fit its schema, and how."""
    schema = {**next(iter(content.values()))["schema"], "components": document["components"]}
    found = Draft7Validator(schema).iter_errors(body)
    return {".".join("*" if isinstance(part, int) else part for part in e.absolute_path): e.message for e in found}


def test_every_operation_is_held_against_the_contract() -> None:
    """The tables here have every action of the catalogue."""
    assert {*PLAIN, *(call[0] for call in FORMS)} == {action.name for action in CATALOGUE}


@pytest.mark.parametrize("action", sorted(OPERATIONS))
async def test_request_and_answer_are_as_published(world: World, action: str) -> None:
    """The request fits the contract, the sandbox takes it, and its status and answer are documented ones."""
    document = draft7(json.loads(contract("datadog/openapi-subset.json").read_text()))
    request = await requested(world, action)
    operation = documented(document, request)
    sent = None if request.body is None else json.loads(json.dumps(request.body))
    assert (sent is None) == ("requestBody" not in operation)
    if sent is not None:
        assert errors(document, operation["requestBody"]["content"], sent) == {}
    status, answer = await world.api.call(request.method, request.path, sent)
    assert str(status) in operation["responses"], answer
    content = operation["responses"][str(status)].get("content")
    if action in BODILESS.get(status, ()):
        assert (content, answer) == (None, "")
        return
    broken = errors(document, content, answer)
    if action in UNDOCUMENTED:
        assert answer is True
        return
    assert set(broken) <= set(DEPARTURES), broken


async def test_the_older_fleet_path_is_as_published() -> None:
    """On the older path the cancellation is documented too, and answers 204 with nothing."""
    document = draft7(json.loads(contract("datadog/openapi-subset.json").read_text()))
    async with organisation_world(fleet="unstable") as world:
        request = await requested(world, "deployment.cancel", "unstable")
        operation = documented(document, request)
        status, answer = await world.api.call(request.method, request.path)
        assert (status, answer) == (204, "")
        assert "content" not in operation["responses"]["204"]


@pytest.mark.parametrize("action", sorted(OPERATIONS))
async def test_what_the_contract_forbids_is_noticed(world: World, action: str) -> None:
    """A body that lacks what the contract wants does not pass as one that fits, so the test above can fail."""
    request = await requested(world, action)
    if request.body is None:
        return
    document = draft7(json.loads(contract("datadog/openapi-subset.json").read_text()))
    content = documented(document, request)["requestBody"]["content"]
    assert errors(document, content, {"data": 1, "new_status": "gone"}) != {}
