"""What selects suggest: the best match first, from a list that is read once and soon, and to members alone."""

import asyncio
from typing import Any

import pytest

from bot.errors import DirectoryUnavailable, NeverSent, NotPermitted
from bot.model import Actor, Environment, Noun, Standing, Target
from handlers.forms.draft import Draft
from handlers.index import KEEP_SECONDS, MOST_KEPT, TargetIndex
from handlers.options import Options, ranked
from handlers.payloads import Suggest
from tests.waiting import until

PROD = Environment(id="e-1", name="prod", queries=("production",), is_production=True)
STAGING = Environment(id="e-2", name="staging", is_production=False)


def a_flag(key: str, name: str = "", id_: str = "") -> Target:
    """Return a flag as a target."""
    return Target(noun=Noun.FLAG, id=id_ or f"id-of-{key}", key=key, name=name, flag_id=f"id-of-{key}")


class Provider:
    """A provider that lists, and counts how often it is asked."""

    name = "Datadog"

    def __init__(self, *flags: Target) -> None:
        self.flags = flags
        self.asked: list[tuple[str, str]] = []
        self.fails = False
        self.open = asyncio.Event()
        self.open.set()

    async def environments(self) -> tuple[Environment, ...]:
        """Return both."""
        self.asked.append(("environments", ""))
        return (PROD, STAGING)

    async def find(
        self, noun: Noun, text: str, environment: Environment | None, *, archived: bool = False
    ) -> tuple[Target, ...]:
        """Return the flags, once they may be read."""
        assert text == ("running" if noun is Noun.DEPLOYMENT else "")
        self.asked.append((noun.value, environment.name if environment else ""))
        await self.open.wait()
        if self.fails:
            raise NeverSent("Datadog is away.")
        return () if archived else self.flags


class People:
    """Rights of which only the standing counts."""

    def __init__(self) -> None:
        self.standing = Standing.MEMBER
        self.away = False

    async def person(self, id_: str, *, fresh: bool = False) -> Actor:
        """Return a member."""
        del fresh
        if self.away:
            raise DirectoryUnavailable("Slack did not say in time who may do this.")
        if self.standing is not Standing.MEMBER:
            raise NotPermitted("Guests cannot act here.")
        return Actor(id=id_)


class Scene:
    """An index with a clock of its own, and who asks it."""

    def __init__(self, *flags: Target) -> None:
        self.now = 1000.0
        self.provider = Provider(*flags)
        self.people = People()
        port: Any = self.provider
        rights: Any = self.people
        self.index = TargetIndex(port, clock=lambda: self.now, wait=0.05)
        self.options = Options(self.index, rights)

    async def suggested(self, query: str, draft: Draft | None = None, team: str = "T1") -> list[dict[str, Any]]:
        """Return what is suggested for a text."""
        draft = draft or Draft(action="flag.disable", environment="e-1")
        suggest = Suggest("a", "b", query, "U1", "T1", team, metadata=draft.metadata())
        ack = await self.options.targets(suggest)
        assert ack.body is not None
        return list(ack.body["options"])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("search", ["search", "search-v2", "new-search"]),
        ("SEARCH-v2", ["search-v2"]),
        ("dark mode", ["dm"]),
        ("serch", ["search"]),
        ("zzzz", []),
        ("", ["new-search", "search-v2", "search", "dm"]),
    ],
)
def test_the_best_match_comes_first(query: str, found: list[str]) -> None:
    """Equal comes before beginning, beginning before within, and what is near only where nothing has it within."""
    flags = (a_flag("new-search"), a_flag("search-v2"), a_flag("search"), a_flag("dm", "Dark mode"))
    got = [one.key for one in ranked(query, flags, lambda one: (one.key, one.name))]
    assert got[: max(len(found), 1)] == found


async def test_a_suggestion_means_one_thing() -> None:
    """Its value is the id, its words key and name within Slack's sizes; what has too long an id is left out."""
    flag_id = "i" * 150
    scene = Scene(a_flag("k" * 200, "N" * 200, flag_id), a_flag("long", id_="i" * 151))
    (only,) = await scene.suggested("")
    assert only["value"] == flag_id
    assert len(only["text"]["text"]) <= 75
    assert len(only["description"]["text"]) <= 75


async def test_strangers_and_guests_are_told_nothing() -> None:
    """Names are for full members of the workspace, and for nobody where that cannot be told."""
    scene = Scene(a_flag("new-search"))
    assert len(await scene.suggested("new")) == 1
    assert await scene.suggested("new", team="T2") == []
    scene.people.standing = Standing.GUEST
    assert await scene.suggested("new") == []
    scene.people.standing, scene.people.away = Standing.MEMBER, True
    assert await scene.suggested("new") == []


async def test_rollouts_are_looked_for_in_an_environment() -> None:
    """Without one there is nothing to suggest and nothing is read; with one, that one's are read."""
    scene = Scene(a_flag("new-search"))
    assert await scene.suggested("", Draft(action="rollout.pause")) == []
    assert "rollout" not in dict(scene.provider.asked)
    await scene.suggested("", Draft(action="rollout.pause", environment="e-2"))
    assert ("rollout", "staging") in scene.provider.asked
    assert await scene.suggested("", Draft()) == []


async def test_a_list_is_read_once_however_many_ask() -> None:
    """Single flight, and a minute's rest; before it is a minute old it is read again while the old one is given."""
    scene = Scene(a_flag("new-search"))
    both = await asyncio.gather(scene.suggested("new"), scene.suggested("sea"), scene.index.targets(Noun.FLAG))
    assert [len(one) for one in both] == [1, 1, 1]
    assert scene.provider.asked.count(("flag", "")) == 1
    scene.now += KEEP_SECONDS - 1
    assert len(await scene.suggested("new")) == 1
    await until(lambda: scene.provider.asked.count(("flag", "")) == 2)
    scene.now += KEEP_SECONDS + 1
    scene.provider.flags = ()
    assert await scene.suggested("new") == []


async def test_who_types_is_not_kept_waiting() -> None:
    """A list that is slow to come is given next time; one that was there before is given meanwhile."""
    scene = Scene(a_flag("new-search"))
    scene.provider.open.clear()
    assert await scene.suggested("new") == []
    scene.provider.open.set()
    await until(lambda: scene.index.name("id-of-new-search") == "new-search")
    assert len(await scene.suggested("new")) == 1
    scene.now += 10 * KEEP_SECONDS
    scene.provider.fails = True
    assert len(await scene.suggested("new")) == 1
    await scene.index.close()


async def test_a_name_is_that_of_its_kind() -> None:
    """A test and a deployment may have ids that look alike: each is called by its own name."""
    alike = a_flag("new-search").model_copy(update={"id": "abc-def-ghi"})
    scene = Scene(alike)
    await scene.index.targets(Noun.FLAG)
    assert scene.index.name("abc-def-ghi", Noun.FLAG) == "new-search"
    assert scene.index.name("abc-def-ghi", Noun.TEST) == "abc-def-ghi"


async def test_it_is_warm_before_anybody_asks() -> None:
    """Warming reads what costs one call each, and never a rollout; it keeps no more than it may."""
    scene = Scene(*(a_flag(f"flag-{n}") for n in range(MOST_KEPT + 5)))
    await scene.index.warm()
    assert [what for what, _ in scene.provider.asked] == ["environments", "flag", "test", "deployment", "environment"]
    assert len(await scene.index.targets(Noun.FLAG)) == MOST_KEPT
    assert len(await scene.suggested("flag")) <= 100
    assert len(scene.provider.asked) == 5
