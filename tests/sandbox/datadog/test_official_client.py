"""Datadog's own client can work with the sandbox, as far as it can with Datadog."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.exceptions import ApiException
from datadog_api_client.v1.api.authentication_api import AuthenticationApi
from datadog_api_client.v1.api.synthetics_api import SyntheticsApi
from datadog_api_client.v1.model.synthetics_test_pause_status import SyntheticsTestPauseStatus
from datadog_api_client.v1.model.synthetics_update_test_pause_status_payload import (
    SyntheticsUpdateTestPauseStatusPayload,
)
from datadog_api_client.v2.api.feature_flags_api import FeatureFlagsApi
from datadog_api_client.v2.api.fleet_automation_api import FleetAutomationApi

from bot.sandbox.datadog.organisation import Organisation
from bot.sandbox.datadog.seed import seeded_id
from tests.contract.provider_world import organisation_world
from tests.sandbox.datadog.serving import CHECKOUT, CHECKOUT_ROLLOUT, NEW_SEARCH, PROD, STAGING, served_beside

_CONFIGURATION: Any = Configuration  # the client's own annotations stop at its constructors


@pytest.fixture
def organisation() -> Organisation:
    """Return a fresh organisation."""
    return Organisation()


@pytest.fixture
def client(organisation: Organisation) -> Iterator[ApiClient]:
    """Yield the official client, pointed at the sandbox and telling statuses apart."""
    with served_beside(organisation) as base:
        configuration = _CONFIGURATION(
            host=base,
            api_key={"apiKeyAuth": "api-key", "appKeyAuth": "app-key"},
            return_http_data_only=False,
        )
        with ApiClient(configuration) as client:
            yield client


def test_flags_are_listed_and_switched(client: ApiClient, organisation: Organisation) -> None:
    """The official client lists flags, disables and enables one, and tells 200 from 202."""
    flags = _api(FeatureFlagsApi, client)
    listed = flags.list_feature_flags(key="new-search", is_archived=False)[0]
    assert {each.attributes.key for each in listed.data} == {"new-search", "new-search-v2", "New-Search-Beta"}
    assert flags.disable_feature_flag_environment(UUID(NEW_SEARCH), UUID(PROD))[1] == 200
    assert organisation.setting(NEW_SEARCH, PROD)[2].status == "DISABLED"
    assert flags.enable_feature_flag_environment(UUID(NEW_SEARCH), UUID(PROD))[1] == 200
    assert flags.enable_feature_flag_environment(UUID(seeded_id("flag", "eu-pricing")), UUID(PROD))[1] == 202
    assert {each.attributes.name for each in flags.list_feature_flags_environments()[0].data} >= {"prod", "staging"}


def test_rollout_goes_through_its_verbs(client: ApiClient) -> None:
    """The official client starts, pauses, resumes and stops a rollout."""
    flags = _api(FeatureFlagsApi, client)
    rollout = UUID(seeded_id("rollout", "dark-mode", "prod", "dark-mode-gradual"))
    for verb in (
        flags.start_exposure_schedule,
        flags.pause_exposure_schedule,
        flags.resume_exposure_schedule,
        flags.stop_exposure_schedule,
    ):
        body, status, _ = verb(rollout)
        assert (status, body.data.id) == (200, rollout)
    with pytest.raises(ApiException) as refused:
        flags.resume_exposure_schedule(rollout)
    assert refused.value.status == 409


def test_flag_without_rules_can_be_parsed_and_one_with_rules_cannot(
    client: ApiClient, organisation: Organisation
) -> None:
    """The official client parses a flag where rules are null, and gives up where they are an array."""
    flags = _api(FeatureFlagsApi, client)
    for flag_id in (CHECKOUT, NEW_SEARCH):
        assert flags.get_feature_flag(UUID(flag_id))[0]._unparsed is True
    for setting in organisation.flag(NEW_SEARCH).settings:
        setting.rules, setting.hollow = [], "null"
    body = flags.get_feature_flag(UUID(NEW_SEARCH))[0]
    assert body._unparsed is False
    places = {str(each.environment_id): str(each.status) for each in body.data.attributes.feature_flag_environments}
    assert places[PROD] == places[STAGING] == "ENABLED"


def test_tests_deployments_and_keys(client: ApiClient) -> None:
    """The official client pauses a test, cancels a deployment and validates its key."""
    tests = _api(SyntheticsApi, client)
    assert len(tests.list_tests()[0].tests) == 5
    assert tests.update_test_pause_status("abc-def-ghi", _paused())[0] is True
    assert str(tests.get_test("abc-def-ghi")[0].status) == "paused"
    fleet = _api(FleetAutomationApi, client)
    assert [each.id for each in fleet.list_fleet_deployments_v2(filter="status:running")[0].data] == ["abc-def-ghi"]
    assert fleet.get_fleet_deployment_v2("abc-def-ghi")[0].data.attributes.total_hosts == 5
    assert fleet.cancel_fleet_deployment_v2("abc-def-ghi")[1] == 200
    assert _api(AuthenticationApi, client).validate()[0].valid is True


def test_what_spans_environments(client: ApiClient, organisation: Organisation) -> None:
    """The official client archives, unarchives and deletes, with the statuses that are documented."""
    flags = _api(FeatureFlagsApi, client)
    for setting in organisation.flag(NEW_SEARCH).settings:
        setting.rules, setting.hollow = [], "null"
    assert flags.archive_feature_flag(UUID(NEW_SEARCH))[1] == 200
    assert organisation.flag(NEW_SEARCH).archived_at is not None
    assert flags.unarchive_feature_flag(UUID(NEW_SEARCH))[1] == 200
    assert organisation.flag(NEW_SEARCH).archived_at is None
    assert flags.delete_feature_flags_environment(UUID(STAGING))[1] == 204
    assert STAGING not in {each.id for each in organisation.world.environments}


async def test_we_call_what_the_official_client_calls() -> None:
    """
    For each operation that spans environments our one call is the official client's, path and all.

    The client of the older fleet path cannot be installed beside this one, so that path is held against the
    published contract instead.
    """
    theirs: dict[str, list[str]] = {}
    for action, call in _OFFICIAL.items():
        organisation = Organisation()
        with served_beside(organisation) as base:
            configuration = _CONFIGURATION(host=base, api_key={"apiKeyAuth": "api-key", "appKeyAuth": "app-key"})
            with ApiClient(configuration) as client:
                call(client)
        theirs[action] = list(organisation.calls.writes)
    for action, text in _NAMED.items():
        async with organisation_world() as world:
            await world.do(action, text)
            assert list(world.api.organisation.calls.writes) == theirs[action]


_BANNER = seeded_id("flag", "old-banner")
_OFFICIAL: dict[str, Callable[[ApiClient], object]] = {
    "flag.archive": lambda client: _api(FeatureFlagsApi, client).archive_feature_flag(UUID(NEW_SEARCH)),
    "flag.unarchive": lambda client: _api(FeatureFlagsApi, client).unarchive_feature_flag(UUID(_BANNER)),
    "test.pause": lambda client: _api(SyntheticsApi, client).update_test_pause_status("abc-def-ghi", _paused()),
    "deployment.cancel": lambda client: _api(FleetAutomationApi, client).cancel_fleet_deployment_v2("abc-def-ghi"),
    "environment.delete": lambda client: _api(FeatureFlagsApi, client).delete_feature_flags_environment(UUID(STAGING)),
}
_NAMED = {
    "flag.archive": "new-search",
    "flag.unarchive": "old-banner",
    "test.pause": "abc-def-ghi",
    "deployment.cancel": "abc-def-ghi",
    "environment.delete": "staging",
}


def test_pause_names_the_running_rollout(client: ApiClient, organisation: Organisation) -> None:
    """Pausing through the official client changes the rollout of that id and no other."""
    _api(FeatureFlagsApi, client).pause_exposure_schedule(UUID(CHECKOUT_ROLLOUT))
    assert organisation.calls.changed(CHECKOUT_ROLLOUT) == organisation.calls.changed() == 1
    assert organisation.rollout(CHECKOUT_ROLLOUT).state == "paused"


def _api(kind: Any, client: ApiClient) -> Any:
    return kind(client)


def _paused() -> Any:
    status: Any = SyntheticsTestPauseStatus
    return SyntheticsUpdateTestPauseStatusPayload(new_status=status("paused"))
