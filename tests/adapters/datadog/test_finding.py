"""Pages are followed to their end, and a text finds what it names exactly, or what is near."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from bot.errors import Forbidden
from bot.model import Noun
from tests.adapters.datadog.scripted import PROD, Scripted, answer, flag_body, rule_body


def _flag(number: int, **attributes: Any) -> dict[str, Any]:
    data: dict[str, Any] = flag_body()["data"]
    data["id"] = str(UUID(int=number))
    data["attributes"] |= {"key": f"flag-{number}", "name": f"Flag {number}", **attributes}
    return data


def _rows(*numbers: int) -> list[dict[str, Any]]:
    return [_flag(number) for number in numbers]


async def test_short_page_is_the_last() -> None:
    """Pages without meta are followed until one is short, and repeated rows are dropped."""
    scripted = Scripted(answer(200, {"data": _rows(*range(100))}), answer(200, {"data": _rows(99, 100, 101)}))
    found = await scripted.provider.find(Noun.FLAG, "", None)
    assert [target.key for target in found] == [f"flag-{number}" for number in range(102)]
    queries = [each.url.params for each in scripted.script.requests[:2]]
    assert [query["offset"] for query in queries] == ["0", "100"]
    assert {query["is_archived"] for query in queries} == {"false"}


async def test_next_offset_is_followed() -> None:
    """Pages with meta are followed by what it says, even where a page is short."""
    scripted = Scripted(
        answer(200, {"data": _rows(1, 2), "meta": {"page": {"next_offset": 2}}}),
        answer(200, {"data": _rows(3), "meta": {"page": {"next_offset": None}}}),
    )
    found = await scripted.provider.find(Noun.FLAG, "", None)
    assert len(found) == 3
    assert scripted.script.requests[1].url.params["offset"] == "2"


async def test_pages_that_repeat_themselves_end() -> None:
    """A page that has nothing new ends the reading, whatever it says comes next."""
    same = answer(200, {"data": _rows(*range(100)), "meta": {"page": {"next_offset": 100}}})
    scripted = Scripted(same)
    assert len(await scripted.provider.find(Noun.FLAG, "", None)) == 100
    assert len(scripted.asked) <= 4


async def test_exact_key_wins_over_partial_ones() -> None:
    """A flag of exactly that key is the only one found; case matters."""
    listed = answer(
        200, {"data": [_flag(1, key="new-search-v2"), _flag(2, key="New-Search"), _flag(3, key="new-search")]}
    )
    scripted = Scripted(listed)
    found = await scripted.provider.find(Noun.FLAG, "new-search", PROD)
    assert [(target.key, target.environment) for target in found] == [("new-search", PROD)]
    assert scripted.script.requests[0].url.params["key"] == "new-search"
    assert len(scripted.asked) == 1


async def test_archived_flags_are_left_out() -> None:
    """An archived flag is not found, even where Datadog lists it."""
    listed = answer(200, {"data": [_flag(1, key="old", archived_at="2026-04-22T20:15:54Z"), _flag(2)]})
    assert [each.key for each in await Scripted(listed).provider.find(Noun.FLAG, "old", None)] == ["flag-2"]


@pytest.mark.parametrize("text", ["Flag 2", str(UUID(int=2))])
async def test_name_and_id_are_exact_too(text: str) -> None:
    """A flag is also found by its name and by its id."""
    scripted = Scripted(answer(200, {"data": []}), answer(200, {"data": _rows(1, 2, 3)}))
    assert [each.key for each in await scripted.provider.find(Noun.FLAG, text, PROD)] == ["flag-2"]


def _one(number: int, *rules: dict[str, Any]) -> httpx.Response:
    data = _flag(number)
    data["attributes"]["feature_flag_environments"][0]["allocations"] = list(rules)
    return answer(200, {"data": data})


def _rule(key: str, schedule: int, strategy: str = "UNIFORM_INTERVALS") -> dict[str, Any]:
    return rule_body(strategy, id=str(UUID(int=schedule))) | {"key": key}


async def test_rollouts_of_a_key_leave_plain_rules_out() -> None:
    """A key finds its flag's rollouts in the environment; a plain rule, which has a schedule too, is none."""
    listed = answer(200, {"data": _rows(1)})
    rules = (_rule("web", 11), _rule("plain", 12, "NO_ROLLOUT"), _rule("mobile", 13))
    found = await Scripted(listed, _one(1, *rules)).provider.find(Noun.ROLLOUT, "flag-1", PROD)
    assert [(each.rule, each.id, each.flag_id) for each in found] == [
        ("web", str(UUID(int=11)), str(UUID(int=1))),
        ("mobile", str(UUID(int=13)), str(UUID(int=1))),
    ]
    elsewhere = PROD.model_copy(update={"id": "elsewhere"})
    scripted = Scripted(listed, _one(1, *rules), listed, _one(1, *rules))
    assert await scripted.provider.find(Noun.ROLLOUT, "flag-1", elsewhere) == ()


@pytest.mark.parametrize("text", ["mobile", str(UUID(int=13))])
async def test_rollouts_are_found_by_rule_and_schedule(text: str) -> None:
    """A rule's name and a schedule's id find their rollout among all flags, and flags that vanish are skipped."""
    scripted = Scripted(
        answer(200, {"data": []}),
        answer(200, {"data": _rows(1, 2, 3)}),
        answer(200, {"data": _rows(1, 2, 3)}),
        _one(1, _rule("web", 11)),
        answer(404),
        _one(3, _rule("mobile", 13)),
    )
    found = await scripted.provider.find(Noun.ROLLOUT, text, PROD)
    assert [(each.key, each.rule) for each in found] == [("flag-3", "mobile")]


async def test_near_rollouts_are_offered() -> None:
    """Where nothing is exact, the rollouts of the environment are returned for the resolver to choose from."""
    rows = answer(200, {"data": _rows(1)})
    scripted = Scripted(answer(200, {"data": []}), rows, rows, _one(1, _rule("web", 11), _rule("mobile", 13)))
    found = await scripted.provider.find(Noun.ROLLOUT, "flga-1", PROD)
    assert [each.rule for each in found] == ["web", "mobile"]


async def test_scan_that_fails_is_an_error() -> None:
    """A flag that may not be read makes the search fail, instead of finding less than there is."""
    rows = answer(200, {"data": _rows(1)})
    with pytest.raises(Forbidden):
        await Scripted(rows, answer(403)).provider.find(Noun.ROLLOUT, "flag-1", PROD)
