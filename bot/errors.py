"""
Every way a request can end without happening.

CountersignError            a fact, what to do next, a stable code
├── AskAgain                the words do not name exactly one change
│   ├── NotUnderstood       no verb, or words that must never run
│   ├── UnknownEnvironment  no environment of that name
│   ├── NeedsEnvironment    the verb wants an environment
│   ├── UnknownTarget       nothing of that name, near names beside it
│   └── AmbiguousTarget     more than one thing of that name
├── Refused                 understood, and not allowed
│   ├── NotPermitted        policy or standing says no
│   ├── NotASigner          this person may not sign this change
│   ├── Guarded             frozen or locked
│   ├── TooLate             the change has already ended or moved on
│   ├── NameMismatch        the typed name is not the target's
│   ├── AlreadyOpen         another request holds the target
│   └── TooManyOpen         this person has too many open requests
├── NotRecorded             the store did not take it, or its answer was lost, which is said then
│   └── WrittenByNewer      the record is a newer version's, which has to carry it on
├── DirectoryUnavailable    people or groups could not be read
├── Tampered                a record does not match its audit chain
├── Misconfigured           settings or policy are wrong
└── ProviderError           the outside API
    ├── NeverSent           the call never left; safe to repeat
    │   └── Paused          held back here, as the API is failing
    ├── RateLimited         refused for pace; safe after `retry_after`
    ├── Forbidden           the keys may not do this
    ├── NotFound            the thing is gone
    ├── Conflict            the thing is in a state that forbids this
    ├── Rejected            the API refused the request as such
    ├── Malformed           an answer that could not be understood
    └── OutcomeUnknown      sent, and no answer tells what came of it
"""

from typing import ClassVar


class CountersignError(Exception):
    """A fact, what to do next, and a stable code."""

    code: ClassVar[str] = "error"

    def __init__(self, fact: str, next_step: str = "") -> None:
        super().__init__(fact, next_step)
        self.fact = fact
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.fact} {self.next_step}".strip()


class AskAgain(CountersignError):
    """
    The words do not name exactly one change.

    `choices` are (label, command) pairs a person may pick from; each command is complete and exact.
    """

    code = "ask_again"

    def __init__(self, fact: str, next_step: str = "", choices: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(fact, next_step)
        self.choices = choices


class NotUnderstood(AskAgain):
    """No verb was found, or the words must never run."""

    code = "not_understood"


class UnknownEnvironment(AskAgain):
    """No environment has that name."""

    code = "unknown_environment"


class NeedsEnvironment(AskAgain):
    """The verb acts in an environment and none was named."""

    code = "needs_environment"


class UnknownTarget(AskAgain):
    """Nothing has that name."""

    code = "unknown_target"


class AmbiguousTarget(AskAgain):
    """More than one thing has that name."""

    code = "ambiguous_target"


class Refused(CountersignError):
    """Understood, and not allowed."""

    code = "refused"


class NotPermitted(Refused):
    """Policy, or the standing of the person, says no."""

    code = "not_permitted"


class NotASigner(Refused):
    """This person may not sign this change."""

    code = "not_a_signer"


class Guarded(Refused):
    """The environment is frozen, or the target locked."""

    code = "guarded"


class TooLate(Refused):
    """The change has ended or moved on."""

    code = "too_late"


class NameMismatch(Refused):
    """The typed name is not the target's."""

    code = "name_mismatch"


class AlreadyOpen(Refused):
    """Another open request holds the target; `holder` is its id."""

    code = "already_open"

    def __init__(self, fact: str, next_step: str = "", holder: str = "") -> None:
        super().__init__(fact, next_step)
        self.holder = holder


class TooManyOpen(Refused):
    """This person has as many open requests as one may have."""

    code = "too_many_open"


class NotRecorded(CountersignError):
    """The store did not take it, so nothing happened; where only its answer was lost, the sentence says so."""

    code = "not_recorded"


class WrittenByNewer(NotRecorded):
    """The record is a newer version's of the bot, which has to carry it on; this one leaves it as it is."""

    code = "written_by_newer"


class DirectoryUnavailable(CountersignError):
    """People or groups could not be read."""

    code = "directory_unavailable"


class Tampered(CountersignError):
    """A record does not match its audit chain."""

    code = "tampered"


class Misconfigured(CountersignError):
    """Settings or policy are wrong; `problems` has one sentence each."""

    code = "misconfigured"

    def __init__(self, fact: str, next_step: str = "", problems: tuple[str, ...] = ()) -> None:
        super().__init__(fact, next_step)
        self.problems = problems


class ProviderError(CountersignError):
    """The outside API did not do, or did not tell, what was asked."""

    code = "provider"


class NeverSent(ProviderError):
    """The call never left this machine; it is safe to repeat."""

    code = "provider_never_sent"


class Paused(NeverSent):
    """The call was held back here, as the API is failing; it may go out after `retry_after` seconds."""

    code = "provider_paused"

    def __init__(self, fact: str, next_step: str = "", retry_after: float = 1.0) -> None:
        super().__init__(fact, next_step)
        self.retry_after = retry_after


class RateLimited(ProviderError):
    """Refused for pace; safe to repeat after `retry_after` seconds."""

    code = "provider_rate_limited"

    def __init__(self, fact: str, next_step: str = "", retry_after: float = 1.0) -> None:
        super().__init__(fact, next_step)
        self.retry_after = retry_after


class Forbidden(ProviderError):
    """The keys may not do this."""

    code = "provider_forbidden"


class NotFound(ProviderError):
    """The thing is not there."""

    code = "provider_not_found"


class Conflict(ProviderError):
    """The thing is in a state that forbids this."""

    code = "provider_conflict"


class Rejected(ProviderError):
    """The API refused the request as such."""

    code = "provider_rejected"


class Malformed(ProviderError):
    """The answer could not be understood."""

    code = "provider_malformed"


class OutcomeUnknown(ProviderError):
    """Sent, and no answer tells what came of it."""

    code = "provider_outcome_unknown"
