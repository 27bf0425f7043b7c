"""The fleet path before August 2026, as client 2.57.0 has it; prints the statuses it got."""

import sys
from typing import Any

from datadog_api_client import ApiClient, Configuration
from datadog_api_client.exceptions import NotFoundException
from datadog_api_client.v2.api.fleet_automation_api import FleetAutomationApi

from bot.sandbox.datadog.organisation import Organisation
from tests.sandbox.datadog.serving import served_beside

_OPERATIONS = ("cancel_fleet_deployment", "get_fleet_deployment", "list_fleet_deployments")


def main() -> None:
    """Read and cancel a deployment, and one that there is not."""
    with served_beside(Organisation()) as base:
        keys = {"apiKeyAuth": "api-key", "appKeyAuth": "app-key"}
        made: Any = Configuration
        configuration = made(host=base, api_key=keys, return_http_data_only=False)
        for operation in _OPERATIONS:
            configuration.unstable_operations[operation] = True
        with ApiClient(configuration) as client:
            api: Any = FleetAutomationApi  # the client's own annotations stop at its constructors
            fleet = api(client)
            answers = [fleet.get_fleet_deployment("abc-def-ghi")[1], fleet.cancel_fleet_deployment("abc-def-ghi")[1]]
            try:
                fleet.cancel_fleet_deployment("no-such-one")
            except NotFoundException as missing:
                answers.append(missing.status)
    sys.stdout.write(f"{answers}\n")


if __name__ == "__main__":
    main()
