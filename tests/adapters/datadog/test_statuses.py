"""Every way a call can end is the right error or receipt, with a sentence that a person can use."""

from typing import Any

import httpx
import pytest

from bot.errors import (
    Conflict,
    Forbidden,
    Malformed,
    NeverSent,
    NotFound,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    Rejected,
)
from bot.model import Proof
from tests.adapters.datadog.scripted import FLAG, ROLLOUT, Reply, Scripted, answer, flag_body, plan_of

_TEXTS = {"errors": ["it said so"]}
_DETAIL = {"errors": [{"detail": "it said so", "title": "no", "status": "400"}]}
_TITLE = {"errors": [{"title": "it said so", "id": "1"}, 7, None]}
_CODE = {"errors": [{"code": "it said so", "meta": {}}]}
_SINGLE = {"error": {"code": "no", "message": "it said so"}}
_GATEWAY = {"status": "error", "code": 403, "errors": ["it said so"], "statuspage": "x"}
_NONE: dict[str, list[str]] = {"data": []}
_PAGE = b"<html><body>gateway</body></html>"


@pytest.mark.parametrize(
    ("reply", "proof", "suggestion"),
    [
        (answer(200), Proof.ACCEPTED, ""),
        (answer(200, b"  \n"), Proof.ACCEPTED, ""),
        (answer(200, {"data": {"id": "x", "type": "feature-flags"}}), Proof.ACCEPTED, ""),
        (answer(200, True), Proof.ACCEPTED, ""),
        (answer(200, {"data": []}), Proof.ACCEPTED, ""),
        (answer(201, {"data": {}}), Proof.ACCEPTED, ""),
        (answer(204), Proof.ACCEPTED, ""),
        (answer(202), Proof.SUBMITTED, ""),
        (answer(203), Proof.SUBMITTED, ""),
        (answer(206, {"data": {}}), Proof.SUBMITTED, ""),
        (answer(200, {"data": {"id": "s-1", "type": "flag-suggestions"}}), Proof.SUBMITTED, "s-1"),
        (answer(202, {"data": {"id": "s-2", "type": "flag-suggestions"}}), Proof.SUBMITTED, "s-2"),
        (answer(201, {"data": [{"id": "s-3", "type": "flag-suggestions"}]}), Proof.SUBMITTED, "s-3"),
    ],
)
async def test_answers_that_are_receipts(reply: httpx.Response, proof: Proof, suggestion: str) -> None:
    """200, 201 and 204 are accepted; other 2xx and suggestions wait in Datadog."""
    scripted = Scripted(reply)
    receipt = await scripted.provider.apply(plan_of("flag.enable"))
    assert (receipt.proof, receipt.suggestion, receipt.status) == (proof, suggestion, reply.status_code)
    assert receipt.at == scripted.time.now()
    assert ("approval" in receipt.note) is (proof is Proof.SUBMITTED)


_REFUSALS: list[tuple[Reply, type[ProviderError], str]] = [
    (answer(400, _TEXTS), Rejected, "it said so"),
    (answer(422, _DETAIL), Rejected, "it said so"),
    (answer(400, _PAGE), Rejected, "status 400"),
    (answer(401, _SINGLE), Forbidden, "it said so"),
    (answer(403, _GATEWAY), Forbidden, "it said so"),
    (answer(403), Forbidden, "keys"),
    (answer(404, _TITLE), NotFound, "it said so"),
    (answer(409, _CODE), Conflict, "it said so"),
    (answer(429, _TEXTS, x_ratelimit_reset="60"), RateLimited, "60 s"),
    (answer(302, None, location="https://elsewhere.test"), Rejected, "redirects"),
    (answer(408), OutcomeUnknown, "408"),
    (answer(500, _SINGLE), OutcomeUnknown, "it said so"),
    (answer(502, _PAGE), OutcomeUnknown, "502"),
    (answer(503), OutcomeUnknown, "503"),
    (answer(504), OutcomeUnknown, "504"),
    (answer(200, _PAGE), OutcomeUnknown, "not Datadog's"),
    (answer(200, b'{"data":'), OutcomeUnknown, "not Datadog's"),
    (httpx.ConnectError("no route"), NeverSent, "no route"),
    (httpx.ConnectTimeout(""), NeverSent, "ConnectTimeout"),
    (httpx.PoolTimeout(""), NeverSent, "could not be reached"),
    (httpx.ProxyError("502"), NeverSent, "could not be reached"),
    (httpx.WriteTimeout(""), OutcomeUnknown, "did not answer within 10 s"),
    (httpx.ReadTimeout(""), OutcomeUnknown, "did not answer within 10 s"),
    (httpx.WriteError("broken pipe"), OutcomeUnknown, "broken pipe"),
    (httpx.ReadError("reset"), OutcomeUnknown, "reset"),
    (httpx.RemoteProtocolError("Server disconnected"), OutcomeUnknown, "Server disconnected"),
    (httpx.DecodingError("bad gzip"), OutcomeUnknown, "bad gzip"),
]


@pytest.mark.parametrize(("reply", "error", "words"), _REFUSALS)
async def test_writes_that_fail(reply: Reply, error: type[ProviderError], words: str) -> None:
    """A write that fails is sent once, and its error says whether it may have taken effect."""
    scripted = Scripted(reply)
    with pytest.raises(error) as failed:
        await scripted.provider.apply(plan_of("flag.disable"))
    assert type(failed.value) is error
    assert words in failed.value.fact
    assert failed.value.fact.endswith(".")
    assert failed.value.next_step.endswith((".", "?"))
    assert len(scripted.asked) == 1


_OF_READS: dict[type[ProviderError], type[ProviderError]] = {OutcomeUnknown: ProviderError}


@pytest.mark.parametrize(("reply", "error", "words"), _REFUSALS)
async def test_reads_that_fail(reply: Reply, error: type[ProviderError], words: str) -> None:
    """A read that fails never says that its outcome is unknown, because it changes nothing."""
    scripted = Scripted(reply)
    with pytest.raises(ProviderError) as failed:
        await scripted.provider.snapshot(FLAG)
    malformed = "not Datadog's" in words
    assert type(failed.value) is (Malformed if malformed else _OF_READS.get(error, error))
    assert malformed or words in failed.value.fact


@pytest.mark.parametrize("action", ["rollout.start", "rollout.pause", "rollout.resume", "rollout.stop"])
@pytest.mark.parametrize("status", [400, 409])
async def test_illegal_transition_is_a_conflict(action: str, status: int) -> None:
    """Both statuses by which Datadog refuses a rollout's transition say that its state forbids it."""
    with pytest.raises(Conflict, match="it said so"):
        await Scripted(answer(status, _TEXTS)).provider.apply(plan_of(action))


_ENDS: list[tuple[str, int, type[ProviderError], str]] = [
    ("flag.archive", 400, Conflict, "its state forbids this: it said so"),
    ("flag.archive", 404, NotFound, "does not know it: it said so"),
    ("flag.unarchive", 400, Conflict, "its state forbids this: it said so"),
    ("flag.unarchive", 409, Conflict, "Another flag has taken its key since it was archived"),
    ("test.pause", 400, Rejected, "refused the request (status 400): it said so"),
    ("test.start", 404, NotFound, "does not know it: it said so"),
    ("deployment.cancel", 400, Conflict, "has already ended, so there is nothing left to cancel: it said so"),
    ("deployment.cancel", 401, Forbidden, "does not let these keys do this: it said so"),
    ("deployment.cancel", 404, NotFound, "does not know it: it said so"),
    ("environment.delete", 404, Conflict, "The environment is not there any more: it said so"),
    ("environment.delete", 403, Forbidden, "does not let these keys do this: it said so"),
]


@pytest.mark.parametrize(("action", "status", "error", "words"), _ENDS)
async def test_documented_refusals_have_their_sentence(
    action: str, status: int, error: type[ProviderError], words: str
) -> None:
    """Each documented refusal of an operation that spans environments is the right error, in words of its own."""
    scripted = Scripted(answer(status, _TEXTS))
    with pytest.raises(error) as failed:
        await scripted.provider.apply(plan_of(action))
    assert type(failed.value) is error
    assert words in failed.value.fact
    assert len(scripted.asked) == 1


async def test_words_from_outside_are_cleaned_and_cut() -> None:
    """What Datadog says loses control and direction characters and is cut short."""
    said = {"errors": ["a\u202eb\u200bc\nd" + "x" * 5000]}
    with pytest.raises(Rejected) as failed:
        await Scripted(answer(400, said)).provider.apply(plan_of("flag.disable"))
    assert "a b c dx" in failed.value.fact
    assert len(failed.value.fact) < 300


@pytest.mark.parametrize("body", [b"\xff\xfe", b"[" * 100_000, b"null", b"[]", b'"text"', b'{"errors": {}}', b"{}"])
async def test_unreadable_error_bodies_still_refuse(body: bytes) -> None:
    """An error body that says nothing readable leaves the status to speak."""
    with pytest.raises(Conflict):
        await Scripted(answer(409, body)).provider.apply(plan_of("flag.disable"))


async def test_write_is_not_sent_when_no_time_is_left() -> None:
    """A write whose time has run out is never sent."""
    scripted = Scripted(answer(200), budget=0)
    with pytest.raises(NeverSent):
        await scripted.provider.apply(plan_of("flag.disable"))
    assert scripted.asked == []


async def test_target_without_environment_is_rejected() -> None:
    """Neither the read of a rollout nor a write leaves for a target whose environment is not known."""
    scripted = Scripted(answer(200, flag_body()))
    nowhere = FLAG.model_copy(update={"environment": None})
    with pytest.raises(Rejected):
        await scripted.provider.snapshot(ROLLOUT.model_copy(update={"environment": None}))
    with pytest.raises(Rejected):
        await scripted.provider.apply(plan_of("flag.enable").model_copy(update={"target": nowhere}))
    with pytest.raises(Rejected):
        await scripted.provider.find(ROLLOUT.noun, "new-search", None)
    assert scripted.asked == []


@pytest.mark.parametrize(
    ("replies", "right"),
    [
        (
            [answer(200, {"valid": True}), *[answer(200, _NONE)] * 3, answer(200, {"tests": []}), answer(200, _NONE)],
            [True, True, True],
        ),
        ([answer(200, {"valid": True}), answer(403, _TEXTS), answer(403, _TEXTS)], [True, False, False]),
        ([answer(403, _TEXTS)], [False, False, False]),
        ([answer(200, {"valid": False}), answer(200, _PAGE), answer(200, {"data": 1})], [False, False, False]),
    ],
)
async def test_check_proves_each_key(replies: list[Any], right: list[bool]) -> None:
    """The check has one line for each key, right or wrong, and raises nothing."""
    checked = await Scripted(*replies).provider.check()
    assert [line[1] for line in checked] == right + [right[-1]] * 4
    assert all(what and sentence for what, _, sentence in checked)
