"""Seals in Datadog's events: what is posted is what Datadog takes, and `audit verify` reads it back."""

import json

import httpx
from jsonschema import Draft7Validator

from bot.adapters.audit_datadog import DatadogSeals, event
from bot.adapters.datadog.client import DatadogClient
from bot.adapters.http import build_http
from bot.audit import GENESIS
from bot.auditing.seals import Seal, find_seal, is_sound, signed
from tests.adapters.datadog.scripted import FakeTime, Script, answer
from tests.builders import START
from tests.contracts import contract
from tests.core.fakes import SIGNER
from tests.logged import logged


def a_seal(n: int = 1, chains: int = 50) -> Seal:
    """Return a sound seal over that many chains."""
    heads = {f"change:cs-{number:06}": f"{number} {'ab' * 32}" for number in range(chains)}
    return signed(Seal(n=n, at=START + n, upto=START + n, heads=heads, prev=GENESIS, key_id=""), SIGNER)


def seals_over(*replies: httpx.Response | Exception) -> tuple[DatadogSeals, Script]:
    """Return the place over a scripted intake."""
    script, time = Script(replies), FakeTime()
    transport = httpx.MockTransport(script)
    http = build_http("https://intake.datadog.test", {"DD-API-KEY": "k"}, name="intake", transport=transport)
    return DatadogSeals(DatadogClient(http, wait=time.wait, monotonic=time.monotonic)), script


def posted(script: Script) -> list[int]:
    """Return the numbers of the seals that were posted, as they are read back from the posted events."""
    found = [find_seal(request.content.decode()) for request in script.requests]
    return [seal.n for seal in found if seal]


def test_the_event_is_one_that_the_contract_takes() -> None:
    """A seal of full size makes an event that validates against the published contract."""
    document = json.loads(contract("datadog/openapi-subset.json").read_text())
    schema = document["components"]["schemas"]["EventCreateRequestPayload"]
    validator = Draft7Validator({**schema, "components": document["components"]})
    assert [error.message for error in validator.iter_errors(event(a_seal()))] == []


def test_a_seal_is_read_back_from_an_exported_event() -> None:
    """One line for an event, as Datadog returns it with fields of its own around, gives the seal it was made of."""
    ours: object = event(a_seal())
    line = json.dumps({"id": "AQA", "type": "event", "attributes": {"timestamp": "2026-11-20", "attributes": ours}})
    found = find_seal(line)
    assert found == a_seal()
    assert found is not None
    assert is_sound(found, SIGNER)


async def test_what_was_not_taken_comes_before_the_next() -> None:
    """A seal that Datadog refuses is logged, never raised, and posted first as soon as one goes through."""
    place, script = seals_over(answer(400, {"errors": ["no"]}), *[answer(202, {"data": {}})] * 3)
    with logged("WARNING") as log:
        await place.sealed(a_seal(1))
    assert [line["waiting"] for line in log.of("audit.seal_not_posted")] == [1]
    await place.sealed(a_seal(2))
    await place.sealed(a_seal(3))
    assert posted(script) == [1, 1, 2, 3]
