"""What spans environments: each operation over the sandbox's Datadog, found, planned, applied and read back."""

from collections.abc import AsyncIterator

import pytest

from bot.actions import BY_NAME, CATALOGUE
from bot.errors import Conflict, NotFound, Rejected
from bot.model import Noun, Proof, Scope
from bot.planner import reached
from bot.sandbox.datadog.seed import seeded_id
from tests.contract.provider_world import World, organisation_world

CALLS = [
    ("flag.archive", "new-search", 200),
    ("flag.unarchive", "old-banner", 200),
    ("test.pause", "checkout-api", 200),
    ("test.start", "search-page", 200),
    ("deployment.cancel", "abc-def-ghi", 200),
    ("environment.delete", "eu-staging", 204),
]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Give a provider over a fresh organisation."""
    async with organisation_world() as made:
        yield made


@pytest.mark.parametrize(("action", "text", "status"), CALLS)
async def test_one_call_takes_effect_and_is_read_back(world: World, action: str, text: str, status: int) -> None:
    """Each operation is one call, accepted, and a fresh read shows what it brought about."""
    planned = await world.plan(action, text)
    assert planned.already == ""
    assert planned.target.environment is None
    before = (await world.provider.snapshot(planned.target)).facts
    assert not reached(BY_NAME[action], before, planned.seen)
    assert set(BY_NAME[action].watches) | set(BY_NAME[action].effect) <= set(before)
    receipt = await world.provider.apply(planned)
    assert (receipt.proof, receipt.status) == (Proof.ACCEPTED, status)
    assert (world.api.organisation.calls.written(), world.api.organisation.calls.changed()) == (1, 1)
    after = (await world.provider.snapshot(planned.target)).facts
    assert reached(BY_NAME[action], after, planned.seen)


def test_every_operation_is_above() -> None:
    """The table above has every action of the catalogue that spans environments and takes no form."""
    plain = {a.name for a in CATALOGUE if a.scope is Scope.ORG and a.form is None}
    assert {action for action, _, _ in CALLS} == plain


async def test_archived_flags_are_found_to_be_brought_back(world: World) -> None:
    """An archived flag is found where it can be acted on, and a live one where it is meant instead."""
    assert (await world.target(Noun.FLAG, "old-banner", None, archived=True)).key == "old-banner"
    assert "already live" in (await world.plan("flag.unarchive", "new-search")).already
    near = await world.provider.find(Noun.FLAG, "old-baner", None, archived=True)
    assert "old-banner" in {each.key for each in near}


async def test_a_taken_key_is_warned_of_and_refused(world: World) -> None:
    """Where a live flag has the key of an archived one, the plan warns and Datadog's refusal is told plainly."""
    variants = [{"key": "on", "name": "On", "value": "true"}]
    attributes = {"key": "old-banner", "name": "New", "description": "", "value_type": "BOOLEAN", "variants": variants}
    body = {"data": {"type": "feature-flags", "attributes": attributes}}
    assert (await world.api.call("POST", "/api/v2/feature-flags", body))[0] == 201
    planned = await world.plan("flag.unarchive", "old-banner")
    assert any("taken this key" in warning for warning in planned.warnings)
    with pytest.raises(Conflict, match="Another flag has taken its key"):
        await world.provider.apply(planned)


async def test_archiving_may_wait_in_datadog(world: World) -> None:
    """A suggestion that comes back with 200 is a change that waits, not one that was made."""
    receipt = await world.do("flag.archive", "eu-pricing")
    assert (receipt.proof, receipt.status) == (Proof.SUBMITTED, 200)
    target = await world.target(Noun.FLAG, "eu-pricing", None)
    facts = (await world.provider.snapshot(target)).facts
    assert (facts["archived"], facts["pending_suggestion"]) == (False, receipt.suggestion)
    await world.api.call("POST", f"/sandbox/suggestions/{receipt.suggestion}/approve")
    facts = (await world.provider.snapshot(target)).facts
    assert (facts["archived"], facts["pending_suggestion"]) == (True, None)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("abc-def-ghi", {"abc-def-ghi"}),
        ("checkout-api", {"abc-def-ghi"}),
        ("checkout-api-eu", {"7qk-m2x-9dn"}),
        ("env:prod", {"abc-def-ghi", "n3v-r6y-2jb"}),
        ("team:platform", {"x9f-k1s-u7e"}),
    ],
)
async def test_a_test_is_found_by_id_name_or_tag(world: World, text: str, ids: set[str]) -> None:
    """A public id or an exact name means one test, and a tag each that has it."""
    found = await world.provider.find(Noun.TEST, text, None)
    assert {each.id for each in found if text in (each.id, each.key, *each.also)} == ids
    assert (await world.provider.find(Noun.TEST, "no such thing", None)) != ()


@pytest.mark.parametrize(
    ("text", "production", "where"),
    [
        ("abc-def-ghi", True, "prod"),
        ("h4t-5pz-c8w", False, "staging"),
        ("7qk-m2x-9dn", False, "eu-staging"),
        ("n3v-r6y-2jb", True, "prod, staging"),
        ("x9f-k1s-u7e", True, "the organisation"),
    ],
)
async def test_a_test_counts_as_production_by_its_tags(world: World, text: str, production: bool, where: str) -> None:
    """Only a test all of whose environments are known not to be production is outside it."""
    target = await world.target(Noun.TEST, text, None)
    assert (target.production, target.where) == (production, where)
    assert (await world.provider.snapshot(target)).target.production is production


async def test_a_test_moves_into_production_with_its_environment(world: World) -> None:
    """Where the environment of a test becomes production, the plan made before no longer holds."""
    planned = await world.plan("test.start", "search-page")
    await world.api.call("POST", "/sandbox/drift", {"environment": "staging", "is_production": True})
    again = await world.plan("test.start", "search-page")
    assert (planned.target.production, again.target.production) == (False, True)
    assert again.fingerprint != planned.fingerprint


async def test_the_running_deployment(world: World) -> None:
    """`running` means the running deployment, an id means its own, and progress is read from its hosts."""
    (running,) = await world.provider.find(Noun.DEPLOYMENT, "Running", None)
    assert (running.id, running.also, running.production) == ("abc-def-ghi", ("Running",), True)
    facts = (await world.provider.snapshot(running)).facts
    assert facts["hosts"] == {"succeeded": 2, "running": 1, "pending": 2}
    assert (facts["total_hosts"], facts["status"], facts["over"]) == (5, "running", False)
    near = await world.provider.find(Noun.DEPLOYMENT, "abc-def-ghj", None)
    assert {each.id for each in near} == {"abc-def-ghi", "jkl-mno-pqr", "stu-vwx-yza"}


async def test_what_has_ended_is_told_from_what_is_not_there(world: World) -> None:
    """A deployment that has ended is told so, before the call and by it; one that is not there is not found."""
    ended = await world.plan("deployment.cancel", "stu-vwx-yza")
    assert "already ended (completed)" in ended.already
    with pytest.raises(Conflict, match="already ended"):
        await world.provider.apply(ended)
    gone = ended.model_copy(update={"target": ended.target.model_copy(update={"id": "no-such-one"})})
    with pytest.raises(NotFound):
        await world.provider.apply(gone)
    assert world.api.organisation.calls.changed() == 0


async def test_the_older_fleet_path() -> None:
    """On the older path a deployment is found, read and cancelled in the same way, which answers 204."""
    async with organisation_world(fleet="unstable") as world:
        world.api.organisation.world.fleet_api = "unstable"
        (running,) = await world.provider.find(Noun.DEPLOYMENT, "running", None)
        facts = (await world.provider.snapshot(running)).facts
        assert facts["hosts"] == {"succeeded": 2, "running": 1, "pending": 2}
        assert facts["query"] == "env:prod AND service:shop"
        assert (await world.do("deployment.cancel", "abc-def-ghi")).status == 204
        assert (await world.provider.snapshot(running)).facts["status"] == "canceled"
        asked = {call.path for call in world.api.organisation.calls if "fleet" in call.path}
        assert all(path.startswith("/api/unstable/") for path in asked)


@pytest.mark.parametrize("path", ["v2", "unstable"])
async def test_one_fleet_path_never_falls_to_the_other(path: str) -> None:
    """Where the organisation has the other fleet API, the setting is named and the other is not tried."""
    async with organisation_world(fleet="v2" if path == "v2" else "unstable") as world:
        world.api.organisation.world.fleet_api = "unstable" if path == "v2" else "v2"
        with pytest.raises(Rejected, match="no fleet API") as refused:
            await world.provider.find(Noun.DEPLOYMENT, "abc-def-ghi", None)
        assert "DD_FLEET_PATH" in refused.value.next_step
        asked = {call.path for call in world.api.organisation.calls if "fleet" in call.path}
        assert all(called.startswith(f"/api/{path}/") for called in asked)


async def test_deleting_lists_what_lives_there(world: World) -> None:
    """The plan names the flags that are enabled in the environment and those with rules, and nothing archived."""
    facts = (await world.provider.snapshot(await world.target(Noun.ENVIRONMENT, "eu-staging", None))).facts
    assert facts["enabled"] == ["checkout-v2-eu", "eu-pricing", "payments-kill-switch"]
    assert facts["ruled"] == ["checkout-v2-eu"]
    assert (facts["production_mark"], facts["unread"], facts["queries"]) == (False, 0, ["eu-staging"])
    planned = await world.plan("environment.delete", "eu-staging")
    assert "eu-pricing" in planned.changes[1].before
    assert planned.changes[2].before == "checkout-v2-eu"


async def test_only_the_exact_name_means_an_environment(world: World) -> None:
    """An environment that is acted on itself answers to its name and id, not to its queries."""
    found = await world.provider.find(Noun.ENVIRONMENT, "production", None)
    assert "production" not in {word for each in found for word in (each.id, each.key, each.name, *each.also)}
    assert (await world.target(Noun.ENVIRONMENT, "prod", None)).id == seeded_id("environment", "prod")


async def test_what_somebody_else_deleted_is_gone(world: World) -> None:
    """An environment that is gone meanwhile is read as gone, and a second deletion says so."""
    planned = await world.plan("environment.delete", "eu-staging")
    await world.provider.apply(planned)
    assert (await world.provider.snapshot(planned.target)).facts == {"exists": False}
    with pytest.raises(Conflict, match="not there any more"):
        await world.provider.apply(planned)
