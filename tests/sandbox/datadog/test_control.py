"""The sandbox's own controls show, change and guard its state, and it survives a restart."""

import json
import os
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.sandbox.datadog.organisation import Organisation
from bot.sandbox.persistence import JsonFile, read_json
from tests.sandbox.datadog.serving import KEYS, NEW_SEARCH, PROD, Api, served, until

_DISABLE = f"/api/v2/feature-flags/{NEW_SEARCH}/environments/{PROD}/disable"


async def _drift(api: Api, **change: Any) -> int:
    status, _ = await api.call("POST", "/sandbox/drift", change)
    return status


async def test_state_has_what_a_page_needs(api: Api) -> None:
    """The state lists everything with true states, calls and faults."""
    await api.call("POST", _DISABLE)
    _, body = await api.call("GET", "/sandbox/state")
    assert {*body} >= {"environments", "flags", "tests", "deployments", "calls", "events", "faults"}
    assert {*body["environments"][0]} == {"id", "name", "is_production", "queries"}
    switch = next(flag for flag in body["flags"] if flag["key"] == "payments-kill-switch")
    assert switch["default_served"] == "true"
    call = body["calls"][-1]
    assert {*call} == {"n", "at", "method", "path", "status", "applied"}
    assert (call["method"], call["path"], call["applied"]) == ("POST", _DISABLE, True)
    ranking = next(flag for flag in body["flags"] if flag["key"] == "search-ranking")
    assert len(ranking["environments"]["prod"]["rollouts"]) == 2


async def test_every_story_has_its_object(api: Api) -> None:
    """The first day has a rollout of every state and flags whose keys resemble each other."""
    _, body = await api.call("GET", "/sandbox/state")
    places = [place for flag in body["flags"] for place in flag["environments"].values()]
    rollouts = [rollout for place in places for rollout in place["rollouts"]]
    assert {each["state"] for each in rollouts} == {"running", "paused", "not started", "finished"}
    assert any(each["guardrail"] for each in rollouts)
    assert sum("new-search" in flag["key"].lower() for flag in body["flags"]) == 3


async def test_drift_changes_facts_from_outside(api: Api) -> None:
    """A drift changes what it names, without a call in the log."""
    assert await _drift(api, flag="new-search", environment="prod", status="DISABLED") == 200
    assert (await api.truth("new-search"))["status"] == "DISABLED"
    assert await _drift(api, flag="checkout-v2", environment="prod", guardrail="PAUSE", metric="p99") == 200
    assert (await api.truth("checkout-v2"))["rollout"]["guardrail"] == {"action": "PAUSE", "metrics": ["p99"]}
    assert await _drift(api, flag="search-ranking", environment="prod", rollout="ranking-mobile", verb="stop") == 200
    assert [each["state"] for each in (await api.truth("search-ranking"))["rollouts"]] == ["running", "stopped"]
    assert await _drift(api, environment="staging", is_production=True) == 200
    assert await _drift(api, flag="dark-mode", archived=True) == 200
    assert await _drift(api, test="abc-def-ghi", test_status="paused") == 200
    _, body = await api.call("GET", "/sandbox/state")
    assert [each["is_production"] for each in body["environments"]] == [True, True, True, False]
    assert body["tests"][0]["status"] == "paused"
    assert body["calls"] == []


async def test_drift_carries_running_rollouts_on(api: Api) -> None:
    """A running rollout is further on, as if it had begun earlier, which its times say; the clock stays."""
    now, begun = api.organisation.now(), _begun(api)
    assert await _drift(api, advance_seconds=1800) == 200
    assert (await api.truth("checkout-v2"))["rollout"]["step"] == 3
    assert begun - _begun(api) == timedelta(minutes=30)
    assert api.organisation.now() == now
    await _drift(api, flag="checkout-v2", environment="prod", verb="pause")
    paused = _begun(api)
    await _drift(api, advance_seconds=3600)
    assert ((await api.truth("checkout-v2"))["rollout"]["step"], _begun(api)) == (3, paused)
    await _drift(api, flag="checkout-v2", environment="prod", verb="resume")
    assert await _drift(api, advance_seconds=3 * 3600) == 200
    assert (await api.truth("checkout-v2"))["rollout"]["state"] == "finished"


def _begun(api: Api) -> datetime:
    """Return since when the rollout of checkout-v2 in production runs, as its record says."""
    organisation = api.organisation
    flag = next(flag for flag in organisation.world.flags if flag.key == "checkout-v2")
    prod = next(one for one in organisation.world.environments if one.name == "prod")
    setting = organisation.setting(flag.id, prod.id)[2]
    return next(rule.rollout.started_at for rule in setting.rules if rule.rollout and rule.rollout.started_at)


async def test_drift_of_nothing_known_is_refused(api: Api) -> None:
    """A drift of something unknown, or with an unknown part, is refused."""
    assert await _drift(api, flag="nobody", environment="prod", status="ENABLED") == 404
    assert await _drift(api, environment="nowhere") == 404
    assert await _drift(api, flags="new-search") == 400


async def test_reset_brings_the_first_day_back(api: Api) -> None:
    """A reset forgets changes, calls and faults."""
    await api.call("POST", "/sandbox/faults", {"kind": "500"})
    await api.call("POST", "/sandbox/reset")
    await api.call("POST", _DISABLE)
    await api.call("POST", "/sandbox/reset")
    assert (await api.truth("new-search"))["status"] == "ENABLED"
    assert (len(api.organisation.calls), api.organisation.calls.written()) == (0, 0)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "sandbox.test"}, 403),
        ({"Host": "127.0.0.1.evil.test:80"}, 403),
        ({"Origin": "https://evil.test"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "localhost:1"}, 200),
        ({"Host": "127.0.0.1"}, 200),
    ],
)
async def test_strangers_are_kept_out(api: Api, headers: dict[str, str], status: int) -> None:
    """The controls answer on loopback names only, and to no page of another origin."""
    assert (await api.call("GET", "/sandbox/state", headers=headers))[0] == status


async def test_own_page_may_use_the_controls() -> None:
    """A page of the same origin may use the controls."""
    async with served(Organisation()) as base, aiohttp.ClientSession() as session:
        response = await session.get(f"{base}/sandbox/state", headers={"Origin": base})
        assert response.status == 200


async def test_dump_and_load_bring_everything_back(api: Api) -> None:
    """What was changed, asked and suggested is there again after a round trip through JSON."""
    await api.call("POST", _DISABLE)
    await _drift(api, advance_seconds=60)
    document = json.loads(json.dumps(api.organisation.dump()))
    other = Organisation(now=api.clock)
    other.load(document)
    assert other.dump() == document
    assert other.now() == api.organisation.now()
    assert other.calls.changed("/disable") == 1
    other.calls.add(at=other.now(), method="GET", path="/", status=200, applied=False)
    assert [call.n for call in other.calls] == [1, 2]


def test_load_refuses_another_document() -> None:
    """A document that is no organisation is refused as a ValueError."""
    with pytest.raises(ValueError, match="World"):
        Organisation().load({"flags": 1})


async def test_changes_reach_the_file(tmp_path: Path) -> None:
    """After a write the file holds the new world."""
    path = tmp_path / "folder" / "datadog.json"
    organisation = Organisation()
    file = JsonFile(path, organisation.dump, delay=0.01)
    organisation.on_change = file.changed
    async with served(organisation) as base, aiohttp.ClientSession(base) as session:
        response = await session.post(_DISABLE, headers=KEYS)
        assert response.status == 200
    await file.close()
    again = Organisation()
    again.load(read_json(path))
    assert again.setting(NEW_SEARCH, PROD)[2].status == "DISABLED"


async def test_many_changes_cost_one_write(tmp_path: Path) -> None:
    """Changes in a row are written together, the last one included, and nothing else is left in the folder."""
    values: list[int] = []
    dumped: list[int] = []

    def dump() -> object:
        dumped.append(len(values))
        return values

    file = JsonFile(tmp_path / "file.json", dump, delay=0.02)
    for value in range(50):
        values.append(value)  # one change at a time is what is tested
        await file.changed()
    await file.close()
    assert read_json(tmp_path / "file.json") == values
    assert dumped == [50]
    assert os.listdir(tmp_path) == ["file.json"]


async def test_change_after_a_dump_is_written(tmp_path: Path) -> None:
    """A change that comes after the dump was taken is written by itself, without a close."""
    path = tmp_path / "file.json"
    dumps = count(1)
    latest: list[int] = []

    def dump() -> object:
        latest[:] = [next(dumps)]
        return latest[0]

    async def dumped() -> bool:
        return bool(latest)

    async def written() -> bool:
        return read_json(path) == 2

    file = JsonFile(path, dump, delay=0)
    await file.changed()
    await until(dumped)
    await file.changed()
    await until(written)
    await file.close()


async def test_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    """A document that is no JSON does not harm the file that was there."""
    path = tmp_path / "file.json"
    path.write_text("[1]")
    file = JsonFile(path, lambda: object(), delay=0)
    await file.changed()
    with pytest.raises(TypeError):
        await file.close()
    assert read_json(path) == [1]


def test_unreadable_file_is_none(tmp_path: Path) -> None:
    """A file that is missing or no JSON reads as None."""
    (tmp_path / "bad.json").write_text("{")
    assert read_json(tmp_path / "bad.json") is None
    assert read_json(tmp_path / "none.json") is None
