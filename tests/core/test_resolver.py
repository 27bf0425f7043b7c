"""What a command means: exactly one thing, or a question, never a guess."""

import pytest

from bot.errors import AmbiguousTarget, AskAgain, NeedsEnvironment, UnknownEnvironment, UnknownTarget
from bot.grammar.command import Command
from bot.grammar.parser import parse
from bot.model import Environment, Noun, Target
from tests.builders import PRODUCTION, STAGING, a_target
from tests.core.fakes import House


def a_flag(id_: str, key: str, name: str = "", environment: Environment = PRODUCTION) -> Target:
    """Return a flag."""
    return a_target(key=key, environment=environment).model_copy(update={"id": id_, "flag_id": id_, "name": name})


def a_house(*targets: Target) -> House:
    """Return a house with nothing but these targets in production."""
    house = House()
    house.provider.things.clear()
    for target in targets:
        house.provider.put(target)
    return house


def a_command(target: str, environment: str | None = "Production", action: str = "flag.disable") -> Command:
    """Return a command on what is called so."""
    return Command(action=action, target=target, environment=environment, reason="why not")


async def test_the_order_is_id_key_name() -> None:
    """An id comes before a key, and a key before a name."""
    house = a_house(a_flag("one", "two", "three"), a_flag("two", "three", "four"), a_flag("three", "five", "two"))
    assert (await house.resolver.target(a_command("two"))).id == "two"
    assert (await house.resolver.target(a_command("three"))).id == "three"
    assert (await house.resolver.target(a_command("five"))).id == "three"
    assert (await house.resolver.target(a_command("four"))).id == "two"


async def test_a_key_comes_before_a_name() -> None:
    """Where one flag's key is another's name, the key decides."""
    house = a_house(a_flag("one", "beta", "alpha"), a_flag("two", "alpha", "gamma"))
    assert (await house.resolver.target(a_command("alpha"))).id == "two"


async def test_a_rollout_is_found_by_its_rule() -> None:
    """A rollout answers to its flag's key, and to its rule's name where nothing else does."""
    one = a_target(Noun.ROLLOUT, rule="Beta users")
    house = a_house(one)
    for said in (one.id, one.key, one.name, "Beta users"):
        assert (await house.resolver.target(a_command(said, action="rollout.pause"))).id == one.id


async def test_two_rollouts_of_one_flag_are_asked_about() -> None:
    """Where a key fits two rollouts, both are offered by id, with commands that are exact."""
    one = a_target(Noun.ROLLOUT, rule="Beta users")
    two = one.model_copy(update={"id": "another-schedule", "rule": "Everyone"})
    house = a_house(one, two)
    with pytest.raises(AmbiguousTarget) as asked:
        await house.resolver.target(a_command(one.key, action="rollout.pause"))
    assert [label for label, _ in asked.value.choices] == [f"{one.key} · Beta users", f"{one.key} · Everyone"]
    for (_, said), meant in zip(asked.value.choices, (one, two), strict=True):
        chosen = parse(said)
        assert isinstance(chosen, Command)
        assert (await house.resolver.target(chosen)).id == meant.id
        assert chosen.reason == "why not"


async def test_two_flags_of_one_name_are_asked_about() -> None:
    """A tie is a question, and each answer to it is exact."""
    house = a_house(a_flag("one", "search-a", "Search"), a_flag("two", "search-b", "Search"))
    with pytest.raises(AmbiguousTarget, match="2 flags") as asked:
        await house.resolver.target(a_command("Search"))
    assert [label for label, _ in asked.value.choices] == ["search-a", "search-b"]


@pytest.mark.parametrize("said", ["new-serch", "NEW-SEARCH", "new search"])
async def test_near_is_not_exact(said: str) -> None:
    """A key that is nearly right, or right but for its case, is asked about and never taken."""
    house = a_house(a_flag("one", "new-search", "The search"), a_flag("two", "billing", "Billing"))
    with pytest.raises(UnknownTarget, match=said) as asked:
        await house.resolver.target(a_command(said))
    assert [label for label, _ in asked.value.choices] == ["new-search"]


async def test_what_is_like_nothing_has_no_choices() -> None:
    """Where nothing is near, nothing is offered."""
    with pytest.raises(UnknownTarget) as asked:
        await a_house(a_flag("one", "new-search")).resolver.target(a_command("zzzzqqqq"))
    assert asked.value.choices == ()


@pytest.mark.parametrize("said", [PRODUCTION.id, "Production", "production", "PRODUCTION", "prod"])
async def test_an_environment_is_found_by_id_name_and_query(said: str) -> None:
    """An environment answers to its id, its name in any case, and the words of its queries."""
    found = await House().resolver.target(a_command("new-search", said))
    assert found.environment == PRODUCTION


@pytest.mark.parametrize("said", ["Prod", "produktion", "p"])
async def test_an_unknown_environment_is_asked_about(said: str) -> None:
    """An environment that is not there is never replaced by one that is near."""
    with pytest.raises(UnknownEnvironment, match="Production, staging"):
        await House().resolver.target(a_command("new-search", said))


async def test_two_environments_of_one_name_are_asked_about() -> None:
    """Where a name or query fits two environments, both are offered by id."""
    house = House()
    twin = PRODUCTION.model_copy(update={"id": "another-id", "is_production": False})
    house.provider.places.append(twin)
    for said in ("Production", "prod"):
        with pytest.raises(UnknownEnvironment, match="More than one") as asked:
            await house.resolver.target(a_command("new-search", said))
        assert [label for label, _ in asked.value.choices] == ["PRODUCTION", "Production (not production)"]
        assert all(place.id in said for place, (_, said) in zip((PRODUCTION, twin), asked.value.choices, strict=True))


async def test_production_named_development_is_production() -> None:
    """What Datadog marks is production, whatever it is called."""
    house = House()
    odd = STAGING.model_copy(update={"name": "Development", "is_production": True})
    house.provider.places[1] = odd
    found = await house.resolver.target(a_command("new-search", "development"))
    assert found.production
    assert found.environment == odd


async def test_an_environment_that_was_not_named_is_asked_for() -> None:
    """Nothing is taken for the environment that was not said; production is marked among the choices."""
    with pytest.raises(NeedsEnvironment) as asked:
        await House().resolver.target(a_command("new-search", None))
    assert [label for label, _ in asked.value.choices] == ["PRODUCTION", "staging"]


async def test_a_name_of_another_environment_is_not_found() -> None:
    """A target is looked for in the environment that was named alone."""
    house = a_house(a_flag("one", "new-search", environment=STAGING))
    with pytest.raises(AskAgain):
        await house.resolver.target(a_command("new-search", "Production"))
