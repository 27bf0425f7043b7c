"""Answers with missing, null, surplus and nonsensical parts break no read."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import ProviderError
from bot.model import Noun
from tests.adapters.datadog.scripted import FLAG, PROD, ROLLOUT, Scripted, answer, flag_body

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("\ud800"),
    lambda children: st.lists(children, max_size=2) | st.dictionaries(st.text(max_size=5), children, max_size=2),
    max_leaves=4,
)


def _places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, child in children for place in _places(child, (*path, key)))]


def _spoil(body: Any, place: tuple[Any, ...], value: Any, remove: bool) -> Any:
    if not place:
        return value
    at = body
    for key in place[:-1]:
        at = at[key]
    if remove:
        del at[place[-1]]
    else:
        at[place[-1]] = value
    return body


@st.composite
def spoilt(draw: st.DrawFn, whole: dict[str, Any]) -> Any:
    body = json.loads(json.dumps(whole))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(_places(body)))
        body = _spoil(body, place, draw(_JSON), bool(place) and draw(st.booleans()))
    return body


_LISTED = {"data": [flag_body()["data"]], "meta": {"page": {"next_offset": None}}}
_ENVIRONMENTS = {"data": [{"id": PROD.id, "attributes": {"name": "prod", "queries": ["p"], "is_production": True}}]}


@settings(max_examples=60)
@given(flag=spoilt(flag_body()), listed=spoilt(_LISTED), environments=spoilt(_ENVIRONMENTS))
async def test_spoilt_answers_end_in_facts_or_a_provider_error(flag: Any, listed: Any, environments: Any) -> None:
    """No missing, null, surplus or nonsensical part of an answer breaks a read with another error."""
    for body, target in ((flag, FLAG), (flag, ROLLOUT)):
        try:
            seen = await Scripted(answer(200, body)).provider.snapshot(target)
        except ProviderError:
            continue
        assert seen.facts["flag_id"]
        seen.model_dump_json()
    for noun in Noun:
        await _survives(Scripted(answer(200, listed), answer(200, listed), answer(200, flag)), noun)
    try:
        found = await Scripted(answer(200, environments)).provider.environments()
    except ProviderError:
        return
    assert all(each.id and each.name for each in found)


async def _survives(scripted: Scripted, noun: Noun) -> None:
    try:
        found = await scripted.provider.find(noun, "nothing-like-it", PROD)
    except ProviderError:
        return
    assert all(target.id and target.key for target in found)
