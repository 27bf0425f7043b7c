"""The contract of Provider, held over HTTP against the sandbox's Datadog."""

from collections.abc import AsyncIterator

import pytest

from bot.actions import CATALOGUE
from bot.errors import (
    Conflict,
    Forbidden,
    NeverSent,
    NotFound,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
)
from bot.model import Noun, Proof, Scope
from bot.sandbox.datadog.seed import seeded_id
from tests.contract.provider_world import World, organisation_world, provider_at
from tests.sandbox.datadog.serving import FIRST_DAY, KEYS


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Give a provider over a fresh organisation."""
    async with organisation_world() as made:
        yield made


async def test_name_and_support(world: World) -> None:
    """A provider has a name, and supports actions of the catalogue and no others."""
    assert world.provider.name
    assert any(world.provider.supports(action.name) for action in CATALOGUE)
    assert not world.provider.supports("flag.explode")


async def test_environments_are_marked(world: World) -> None:
    """Production is what is marked so, whatever its name, and queries come in a settled order."""
    first, second = await world.provider.environments(), await world.provider.environments()
    assert {each.name for each in first if each.is_production} == {"prod", "Development"}
    assert first == second


async def test_exact_key_is_found_alone(world: World) -> None:
    """A key finds its flag and not the ones that contain it."""
    found = await world.provider.find(Noun.FLAG, "new-search", await world.environment("prod"))
    assert [each.key for each in found if each.key == "new-search"] == ["new-search"]
    target = found[0]
    assert (target.id, target.name, target.environment) == (
        seeded_id("flag", "new-search"),
        "New search",
        await world.environment("prod"),
    )
    assert target.url.startswith("https://app.datadoghq.com/")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("New-Search-Beta", "New-Search-Beta"),
        ("Checkout v2", "checkout-v2"),
        (seeded_id("flag", "dark-mode"), "dark-mode"),
        ("resume-upload", "resume-upload"),
    ],
)
async def test_key_name_and_id_find_a_flag(world: World, text: str, key: str) -> None:
    """A flag is found by key, name and id."""
    assert (await world.target(Noun.FLAG, text)).key == key


async def test_archived_flag_is_not_found(world: World) -> None:
    """An archived flag is not among what is found, not even by its exact key."""
    found = await world.provider.find(Noun.FLAG, "old-banner", await world.environment("prod"))
    assert found
    assert "old-banner" not in {each.key for each in found}


async def test_typo_finds_near_ones(world: World) -> None:
    """Where nothing is exact, there is something near to choose from."""
    prod = await world.environment("prod")
    assert "checkout-v2" in {each.key for each in await world.provider.find(Noun.FLAG, "checkot-v2", prod)}
    assert "checkout-v2" in {each.key for each in await world.provider.find(Noun.ROLLOUT, "checkot-v2", prod)}


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("checkout-v2", {"checkout-v2-gradual"}),
        ("Checkout v2", {"checkout-v2-gradual"}),
        ("search-ranking", {"ranking-web", "ranking-mobile"}),
        ("ranking-web", {"ranking-web"}),
        (seeded_id("rollout", "search-ranking", "prod", "ranking-mobile"), {"ranking-mobile"}),
    ],
)
async def test_rollouts_are_found(world: World, text: str, rules: set[str]) -> None:
    """A rollout is found by its flag's key or name, its rule and its id; plain rules are left out."""
    found = await world.provider.find(Noun.ROLLOUT, text, await world.environment("prod"))
    assert {each.rule for each in found} == rules
    assert {each.noun for each in found} == {Noun.ROLLOUT}


async def test_rollouts_are_those_of_the_environment(world: World) -> None:
    """The same key names another rollout in another environment, and none where only a plain rule is."""
    prod = await world.target(Noun.ROLLOUT, "checkout-v2", "prod")
    staging = await world.target(Noun.ROLLOUT, "checkout-v2", "staging")
    assert prod.id != staging.id
    found = await world.provider.find(Noun.ROLLOUT, "new-search", await world.environment("prod"))
    assert "new-search" not in {each.key for each in found}


async def test_snapshot_is_fresh(world: World) -> None:
    """A snapshot shows what is so now, and the time it was taken."""
    target = await world.target(Noun.FLAG, "new-search")
    assert (await world.provider.snapshot(target)).facts["status"] == "ENABLED"
    await world.api.call("POST", "/sandbox/drift", {"flag": "new-search", "environment": "prod", "status": "DISABLED"})
    await world.api.call("POST", "/sandbox/drift", {"environment": "prod", "is_production": False})
    world.api.clock.advance(seconds=1)
    seen = await world.provider.snapshot(target)
    assert seen.facts["status"] == "DISABLED"
    assert seen.target.environment is not None
    assert seen.target.environment.is_production is False
    assert seen.taken_at == int(FIRST_DAY.timestamp() * 1000) + 1000


async def test_snapshot_shows_the_guardrail(world: World) -> None:
    """A rollout that a guardrail paused shows its metric, and one that did not, none."""
    paused = await world.provider.snapshot(await world.target(Noun.ROLLOUT, "resume-upload"))
    assert paused.facts["guardrail"] == {"action": "PAUSE", "metrics": ["checkout.error_rate"]}
    running = await world.provider.snapshot(await world.target(Noun.ROLLOUT, "checkout-v2"))
    assert running.facts["guardrail"] is None
    assert running.facts["steps"] == [0.05, 0.25, 0.5, 1]


async def test_advance_does_not_make_a_pause_stale(world: World) -> None:
    """The plan of a pause keeps its fingerprint while the rollout advances; so do the flag's rules."""
    before, flag = await world.plan("rollout.pause", "checkout-v2"), await world.plan("flag.enable", "checkout-v2")
    world.api.clock.advance(minutes=25)
    assert (await world.plan("rollout.pause", "checkout-v2")).fingerprint == before.fingerprint
    assert (await world.plan("flag.enable", "checkout-v2")).fingerprint == flag.fingerprint


async def test_snapshot_of_something_gone_is_not_found(world: World) -> None:
    """A flag, an environment and a rollout that are gone are not found."""
    flag, rollout = await world.target(Noun.FLAG, "new-search"), await world.target(Noun.ROLLOUT, "checkout-v2")
    with pytest.raises(NotFound):
        await world.provider.snapshot(flag.model_copy(update={"id": seeded_id("x"), "flag_id": seeded_id("x")}))
    with pytest.raises(NotFound):
        await world.provider.snapshot(rollout.model_copy(update={"id": seeded_id("x")}))
    await world.api.call("DELETE", f"/api/v2/feature-flags/environments/{seeded_id('environment', 'prod')}")
    with pytest.raises(NotFound):
        await world.provider.snapshot(flag)


@pytest.mark.parametrize(
    ("action", "text", "after"),
    [
        ("flag.disable", "new-search", "DISABLED"),
        ("flag.enable", "dark-mode", "ENABLED"),
        ("rollout.start", "dark-mode", "running"),
        ("rollout.pause", "checkout-v2", "paused"),
        ("rollout.resume", "new-checkout", "running"),
        ("rollout.stop", "checkout-v2", "stopped"),
    ],
)
async def test_apply_makes_one_call_that_takes_effect(world: World, action: str, text: str, after: str) -> None:
    """Every action is one call, accepted, and what it brings about is so afterwards."""
    receipt = await world.do(action, text)
    assert (receipt.proof, receipt.status) == (Proof.ACCEPTED, 200)
    assert (world.api.organisation.calls.written(), world.api.organisation.calls.changed()) == (1, 1)
    truth = await world.api.truth(text)
    assert after in (truth["status"], (truth["rollout"] or {}).get("state"))


def test_every_action_is_applied_above() -> None:
    """The table above has every action of the catalogue that acts in an environment and takes no form."""
    marks = test_apply_makes_one_call_that_takes_effect.pytestmark  # type: ignore[attr-defined]  # set by parametrize
    inside = {action.name for action in CATALOGUE if action.scope is Scope.ENVIRONMENT and action.form is None}
    assert {row[0] for row in marks[0].args[1]} == inside


async def test_change_that_waits_in_datadog_is_submitted(world: World) -> None:
    """Where Datadog wants its own approval the change is submitted, and the snapshot shows that it waits."""
    receipt = await world.do("flag.enable", "eu-pricing")
    assert (receipt.proof, receipt.status) == (Proof.SUBMITTED, 202)
    target = await world.target(Noun.FLAG, "eu-pricing")
    facts = (await world.provider.snapshot(target)).facts
    assert (facts["status"], facts["approval_required"]) == ("DISABLED", True)
    await world.api.call("POST", f"/sandbox/suggestions/{facts['pending_suggestion']}/approve")
    facts = (await world.provider.snapshot(target)).facts
    assert (facts["status"], facts["pending_suggestion"]) == ("ENABLED", None)


@pytest.mark.parametrize(("action", "text"), [("rollout.pause", "new-checkout"), ("rollout.stop", "button-colour")])
async def test_state_that_forbids_is_a_conflict(world: World, action: str, text: str) -> None:
    """A rollout whose state forbids the action is a conflict, and nothing changes."""
    with pytest.raises(Conflict):
        await world.do(action, text)
    assert world.api.organisation.calls.changed() == 0


@pytest.mark.parametrize(
    ("kind", "error", "applied"),
    [
        ("500", OutcomeUnknown, 0),
        ("503", OutcomeUnknown, 0),
        ("html", OutcomeUnknown, 0),
        ("drop_before_apply", OutcomeUnknown, 0),
        ("drop_after_apply", OutcomeUnknown, 1),
        ("409", Conflict, 0),
        ("403", Forbidden, 0),
    ],
)
async def test_failed_write_is_sent_once(world: World, kind: str, error: type[ProviderError], applied: int) -> None:
    """Whatever goes wrong, a write is sent once, and is unknown exactly where it may have taken effect."""
    planned = await world.plan("flag.disable", "new-search")
    await world.fault(kind, "/disable", times=5)
    with pytest.raises(error):
        await world.provider.apply(planned)
    calls = world.api.organisation.calls
    assert (calls.written("/disable"), calls.changed("/disable")) == (1, applied)


async def test_lost_body_of_an_accepted_write_is_accepted(world: World) -> None:
    """A 200 whose body is missing is accepted."""
    planned = await world.plan("rollout.pause", "checkout-v2")
    await world.fault("empty", "/pause")
    assert (await world.provider.apply(planned)).proof is Proof.ACCEPTED


async def test_write_that_stalls_is_unknown() -> None:
    """A write that is not answered in time is unknown; it may still land later."""
    async with organisation_world(budget=0.4) as world:
        planned = await world.plan("flag.disable", "new-search")
        await world.fault("stall", "/disable", seconds=600)
        with pytest.raises(OutcomeUnknown, match="did not answer"):
            await world.provider.apply(planned)
        assert world.api.organisation.calls.written("/disable") == 0


async def test_refusal_for_pace_is_waited_out_or_told(world: World) -> None:
    """A short refusal is waited out, a long one is told with the seconds to wait; neither has an effect twice."""
    planned = await world.plan("flag.disable", "new-search")
    await world.fault("429", "/disable", seconds=1)
    assert (await world.provider.apply(planned)).proof is Proof.ACCEPTED
    await world.fault("429", "/disable", seconds=40)
    with pytest.raises(RateLimited) as limited:
        await world.provider.apply(planned)
    assert limited.value.retry_after == 40
    assert world.api.organisation.calls.changed("/disable") == 1


@pytest.mark.parametrize("kind", ["503", "drop_before_apply", "html"])
async def test_reads_survive_a_hiccup(world: World, kind: str) -> None:
    """A read that fails once is tried again."""
    target = await world.target(Noun.FLAG, "new-search")
    await world.fault(kind, "/feature-flags/")
    assert (await world.provider.snapshot(target)).facts["status"] == "ENABLED"


async def test_nobody_there_is_never_sent(world: World, unused_tcp_port: int) -> None:
    """Where nobody listens, nothing was sent."""
    planned = await world.plan("flag.disable", "new-search")
    async with provider_at(f"http://127.0.0.1:{unused_tcp_port}", world.api.clock, KEYS, 2.0) as away:
        with pytest.raises(NeverSent):
            await away.apply(planned)
        with pytest.raises(NeverSent):
            await away.environments()


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ({}, [True, True, True]),
        ({"DD-APPLICATION-KEY": "wrong"}, [True, False, False]),
        ({"DD-API-KEY": "wrong"}, [False, False, False]),
    ],
)
async def test_check_tells_the_keys_apart(wrong: dict[str, str], right: list[bool]) -> None:
    """The check tells which key is wrong."""
    async with organisation_world(keys=KEYS | wrong) as world:
        checked = await world.provider.check()
    assert [line[1] for line in checked] == right + [right[-1]] * 4
    told = " ".join(sentence for _, _, sentence in checked)
    for action in CATALOGUE:
        assert action.name in told
        assert set(action.permissions) <= set(told.replace(",", " ").replace(".", " ").split())
