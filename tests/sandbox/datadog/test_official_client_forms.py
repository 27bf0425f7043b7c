"""Datadog's own client sends what our adapter sends, and the sandbox takes it in the same way from both."""

import json
from typing import Any
from uuid import UUID

import pytest
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v2.api.feature_flags_api import FeatureFlagsApi
from datadog_api_client.v2.model.create_allocations_request import CreateAllocationsRequest
from datadog_api_client.v2.model.create_environment_request import CreateEnvironmentRequest
from datadog_api_client.v2.model.create_feature_flag_request import CreateFeatureFlagRequest
from datadog_api_client.v2.model.overwrite_allocations_request import OverwriteAllocationsRequest
from datadog_api_client.v2.model.update_environment_request import UpdateEnvironmentRequest
from datadog_api_client.v2.model.update_feature_flag_request import UpdateFeatureFlagRequest

from bot.adapters.datadog.operations import OPERATIONS
from bot.planner import shown
from tests.contract.provider_world import organisation_world
from tests.contract.test_form_operations import CALLS, asked
from tests.sandbox.datadog.serving import served_beside

_CONFIGURATION: Any = Configuration  # the client's own annotations stop at its constructors
_CLIENT: dict[str, tuple[Any, str]] = {
    "flag.create": (CreateFeatureFlagRequest, "create_feature_flag"),
    "flag.edit": (UpdateFeatureFlagRequest, "update_feature_flag"),
    "flag.add-rule": (CreateAllocationsRequest, "create_allocations_for_feature_flag_in_environment"),
    "flag.replace-rules": (OverwriteAllocationsRequest, "update_allocations_for_feature_flag_in_environment"),
    "environment.create": (CreateEnvironmentRequest, "create_feature_flags_environment"),
    "environment.edit": (UpdateEnvironmentRequest, "update_feature_flags_environment"),
}


def test_the_client_has_every_form() -> None:
    """The table above has every action with a form."""
    assert set(_CLIENT) == {call[0] for call in CALLS}


@pytest.mark.parametrize("call", CALLS, ids=[call[0] for call in CALLS])
async def test_the_official_client_sends_the_same(call: Any) -> None:
    """Our body is one of the client's own models; sent by the client it brings about what our plan says."""
    action, _, _, _, status = call
    kind, method = _CLIENT[action]
    async with organisation_world() as world:
        plan, _ = await asked(world, *call[:4])
        request = OPERATIONS[action].request(plan)
        with served_beside(world.api.organisation) as base:
            configuration = _CONFIGURATION(
                host=base, api_key={"apiKeyAuth": "api-key", "appKeyAuth": "app-key"}, return_http_data_only=False
            )
            with ApiClient(configuration) as client:
                body = _parsed(client, kind, request.body)
                named = [UUID(part) for part in request.path.split("/") if len(part) == 36]
                api: Any = FeatureFlagsApi
                answered, told, _ = getattr(api(client), method)(*named, body=body)
        assert told == status
        assert answered.data is not None
        assert list(world.api.organisation.calls.writes) == [f"{request.method} {request.path}"]
        assert shown(plan, (await world.provider.snapshot(plan.target)).facts)


def _parsed(client: Any, kind: Any, sent: object) -> Any:
    """Return a body as the client's own model, which refuses what it does not know the kind of."""
    body = client.deserialize(json.dumps(sent), (kind,), check_type=True)
    assert body._unparsed is False
    return body
