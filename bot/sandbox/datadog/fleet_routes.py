"""
The operations on fleet deployments, on the current path and the older.

The current path cancels with 200 and a body, the older one with 204 and none; the status lies in `status` in
the current list and in `high_level_status` elsewhere.
"""

from collections import Counter
from typing import Any

from aiohttp import web

from bot.sandbox.datadog.records import Deployment
from bot.sandbox.datadog.refusals import Refused, missing
from bot.sandbox.datadog.requests import ORGANISATION, applied, json_api, number

_NOW = "/api/v2/fleet/deployments"
_BEFORE = "/api/unstable/fleet/deployments"


def routes() -> list[web.RouteDef]:
    """Return what the fleet answers to."""
    paths = []
    for base in (_NOW, _BEFORE):
        paths += [
            web.get(base, list_deployments),
            web.get(base + "/{deployment}", get_deployment),
            web.post(base + "/{deployment}/cancel", cancel),
        ]
    return paths


async def list_deployments(request: web.Request) -> web.Response:
    """List deployments; `filter=status:running` leaves the running ones."""
    now = _current(request)
    deployments = request.app[ORGANISATION].world.deployments
    field, _, wanted = request.query.get("filter", "").partition(":")
    if field == "status" and now:
        deployments = [each for each in deployments if each.status == wanted]
    size = min(number(request, "page_size", 10, at_least=1), 100)
    start = (
        number(request, "page_number", 0, at_least=0) * size if now else number(request, "page_offset", 0, at_least=0)
    )
    shown = [_listed(each, now) for each in deployments[start : start + size]]
    counts = {"total_count": len(deployments)} | ({"total_filtered_count": len(deployments)} if now else {})
    return json_api({"data": shown, "meta": {"page": counts}})


async def get_deployment(request: web.Request) -> web.Response:
    """Show one deployment with its hosts."""
    now = _current(request)
    deployment = request.app[ORGANISATION].deployment(request.match_info["deployment"])
    attributes = _listed(deployment, now)["attributes"]
    attributes.pop("status", None)
    attributes |= {"high_level_status": deployment.status, "hosts": _hosts(deployment, now)}
    if now:
        counts = Counter(host.status for host in deployment.hosts)
        for status in ("canceled", "failed", "running", "skipped", "succeeded"):
            attributes[f"{status}_hosts"] = counts[status]
    return json_api({"data": {"id": deployment.id, "type": "deployment", "attributes": attributes}})


async def cancel(request: web.Request) -> web.Response:
    """Cancel a pending or running deployment; what hosts already have stays."""
    now = _current(request)
    organisation = request.app[ORGANISATION]
    deployment = organisation.deployment(request.match_info["deployment"])
    if deployment.status not in ("pending", "running"):
        raise Refused(400, f"deployment {deployment.id} is {deployment.status} and cannot be canceled")
    deployment.status, deployment.finished_at = "canceled", organisation.now()
    for host in deployment.hosts:
        if host.status in ("pending", "running"):
            host.status = "canceled"
    if not now:
        return applied(request, web.Response(status=204))
    attributes = {"message": "Deployment canceled", "status": "canceled"}
    data = {"id": deployment.id, "type": "deployment", "attributes": attributes}
    return applied(request, json_api({"data": data}))


def _current(request: web.Request) -> bool:
    offered = request.app[ORGANISATION].world.fleet_api
    current = request.path.startswith(_NOW)
    if offered not in ("both", "v2" if current else "unstable"):
        raise missing("path", request.path, shape="texts")
    return current


def _listed(deployment: Deployment, now: bool) -> dict[str, Any]:
    if not now:
        attributes: dict[str, Any] = {
            "filter_query": deployment.query,
            "high_level_status": deployment.status,
            "packages": [{"name": "datadog-agent", "version": deployment.version}],
            "total_hosts": len(deployment.hosts),
        }
        return {"id": deployment.id, "type": "deployment", "attributes": attributes}
    attributes = {
        "author": deployment.author,
        "config_operations": [],
        "is_scheduled": False,
        "query": deployment.query,
        "started_at": int(deployment.started_at.timestamp()),
        "status": deployment.status,
        "target_versions": [deployment.version],
        "total_hosts": len(deployment.hosts),
        "update_type": "package_upgrade",
    }
    if deployment.finished_at is not None:
        attributes["finished_at"] = int(deployment.finished_at.timestamp())
    return {"id": deployment.id, "type": "deployment", "attributes": attributes}


def _hosts(deployment: Deployment, now: bool) -> list[dict[str, Any]]:
    return [
        {
            "hostname": host.hostname,
            "status": host.status,
            "error": host.error,
            "versions": [{"package_name": "datadog-agent", "target_version": deployment.version}],
        }
        | ({"running_step": "", "status_details": ""} if now else {})
        for host in deployment.hosts
    ]
