"""
What a status of Datadog means, and the words that came with it.

Error bodies come in several shapes: a list of texts, a list of objects with any subset of detail, title and code,
and rarely a single object (Datadog's recordings).
"""

import math
import unicodedata
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from pydantic_core import from_json

from bot.adapters.http import Answer
from bot.errors import (
    Conflict,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    Rejected,
)

CONFLICT: Mapping[int, str] = MappingProxyType({409: ""})
_MOST_WORDS = 200
_UNSTATED_RESET = 5.0


def refusal(answer: Answer, conflicts: Mapping[int, str] = CONFLICT) -> ProviderError | None:
    """
    Return the error that an answer to a write stands for; None for a 2xx.

    `conflicts` are the statuses by which this call says that the state of the thing forbids it, each with what
    that means for this call (empty where it means nothing further).
    """
    status, words = answer.status, words_of(answer)
    if 200 <= status < 300:
        return None
    if status == 429:
        return rate_limited(answer)
    if status in (401, 403):
        return Forbidden(_said("Datadog does not let these keys do this", words), "Look at the key's permissions.")
    if status in conflicts:
        fact = conflicts[status] or "Datadog says that its state forbids this"
        return Conflict(_said(fact.rstrip("."), words), "Look at it in Datadog.")
    if status == 404:
        return NotFound(_said("Datadog does not know it", words), "It may have been deleted.")
    if status == 408 or status >= 500:
        fact = _said(f"Datadog failed with status {status}", words)
        return OutcomeUnknown(fact, "It is read back to see what came of it.")
    if 300 <= status < 400:
        return Rejected(f"Datadog's address redirects (status {status}).", "Is the site set right?")
    return Rejected(_said(f"Datadog refused the request (status {status})", words), "Look at it in Datadog.")


def read_refusal(answer: Answer) -> ProviderError | None:
    """
    Return the error that an answer to a read stands for.

    A read that failed changed nothing.
    """
    error = refusal(answer)
    if isinstance(error, OutcomeUnknown):
        return ProviderError(error.fact, "Nothing was changed; try again.")
    return error


def rate_limited(answer: Answer) -> RateLimited:
    """
    Return the refusal for pace.

    Only X-RateLimit-Reset, in seconds from now, tells when to come back.
    """
    seconds = _seconds(answer.headers.get("x-ratelimit-reset", ""))
    fact = f"Datadog takes no more calls for {seconds:.0f} s."
    return RateLimited(fact, "Nothing was changed; it is tried again then.", retry_after=seconds)


def words_of(answer: Answer) -> str:
    """
    Return what Datadog said in an error body, cleaned and cut.

    Empty where it said nothing readable.
    """
    try:
        body: object = from_json(answer.content)
    except ValueError:
        return ""
    said = "; ".join(dict.fromkeys(_texts(body)))
    clean = "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in said)
    return " ".join(clean.split())[:_MOST_WORDS]


def _texts(body: object) -> Iterator[str]:
    if not isinstance(body, dict):
        return
    errors = body.get("errors")
    for each in [*(errors if isinstance(errors, list) else [errors]), body.get("error")]:
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            told = [each.get(name) for name in ("detail", "message", "title", "code")]
            yield from [str(text) for text in told if isinstance(text, str | int) and str(text)][:1]


def _said(fact: str, words: str) -> str:
    return f"{fact}: {words.rstrip('.')}." if words else f"{fact}."


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        return _UNSTATED_RESET
    if not math.isfinite(seconds):
        return _UNSTATED_RESET
    return max(seconds, 0.1)
