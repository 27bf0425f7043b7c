"""
The values everything is made of: who, where, what, and what came of it.

All are frozen. Times are whole milliseconds since the epoch, UTC, read from the store's own clock.
"""

import hashlib
import json
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, JsonValue

Facts = dict[str, JsonValue]

ORGANISATION = "the organisation"
"""Where acts what belongs to no environment and is not in all of them either."""


class Value(BaseModel):
    """A frozen value; fields it does not know are ignored, so older readers survive newer records."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def digest(value: JsonValue) -> str:
    """Return the SHA-256 of a JSON value in its one canonical spelling."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


class Standing(StrEnum):
    """What kind of account a person has in the workspace."""

    MEMBER = "member"
    GUEST = "guest"
    EXTERNAL = "external"
    BOT = "bot"
    DEACTIVATED = "deactivated"


class Actor(Value):
    """A person (or machine) who asks or signs, as the directory knows them."""

    id: str
    team: str = ""
    name: str = ""
    email: str | None = None
    standing: Standing = Standing.MEMBER
    timezone: str = "UTC"

    def same_person(self, other: "Actor") -> bool:
        """Tell whether both are one human: same id, or same e-mail address."""
        if self.id == other.id:
            return True
        return bool(self.email) and (self.email or "").casefold() == (other.email or "").casefold()


class Environment(Value):
    """A place where flags live; production is what Datadog marks, never a name."""

    id: str
    name: str
    queries: tuple[str, ...] = ()
    is_production: bool

    @property
    def called(self) -> str:
        """Its name as people read it: production always says so in a word, whatever the environment is called."""
        return placed(self.name, production=self.is_production)


def placed(name: str, *, production: bool) -> str:
    """Return the name of a place as people read it, everywhere in the same way."""
    if production:
        return name.upper() if name.casefold() in ("prod", "production") else f"PRODUCTION ({name})"
    return f"{name} (not production)" if "prod" in name.casefold() else name


class Scope(StrEnum):
    """How far an action reaches: one environment, or the whole organisation."""

    ENVIRONMENT = "environment"
    ORG = "org"


class Noun(StrEnum):
    """The kinds of thing that can be acted on."""

    FLAG = "flag"
    ROLLOUT = "rollout"
    TEST = "test"
    DEPLOYMENT = "deployment"
    ENVIRONMENT = "environment"


class Aspect(StrEnum):
    """What of a target is meant: itself, its targeting rules, or that it shall come to be."""

    ITSELF = "itself"
    RULES = "rules"
    NEW = "new"


class Target(Value):
    """
    The one thing a command means, with its ids.

    For a rollout `id` is the schedule's id, `key` and `name` are the flag's, and `rule` names the targeting rule.
    What belongs to the whole organisation has no `environment`: `reach` says in words where it acts, and
    `outside_production` is set only where it is known to touch no production. `also` are further words that mean it
    where they mean nothing else: a test's tags, a deployment's status. What is not there yet has its key for an id.
    """

    noun: Noun
    id: str
    key: str
    name: str = ""
    rule: str = ""
    flag_id: str = ""
    environment: Environment | None = None
    reach: str = ""
    outside_production: bool = False
    also: tuple[str, ...] = ()
    url: str = ""
    aspect: Aspect = Aspect.ITSELF

    @property
    def slot(self) -> str:
        """The place only one open request may hold."""
        where = self.environment.id if self.environment else "org"
        return f"{self.noun}:{self.id}:{where}"

    @property
    def production(self) -> bool:
        """Whether a change here counts as a change to production."""
        return not self.outside_production if self.environment is None else self.environment.is_production

    @property
    def where(self) -> str:
        """The environment's name, or in words what else the target acts on."""
        return self.environment.name if self.environment else self.reach or "all environments"


class Snapshot(Value):
    """What was seen of a target, and when."""

    target: Target
    facts: Facts
    taken_at: int


class FieldChange(Value):
    """One thing that will differ: its label, now, and after."""

    label: str
    before: str
    after: str


class Risk(StrEnum):
    """The class of a change by what it can do to people."""

    READ = "read"
    CONTAIN = "contain"
    DISRUPTIVE = "disruptive"
    EXPANDING = "expanding"
    IRREVERSIBLE = "irreversible"
    CONTROL = "control"


class Plan(Value):
    """
    What exactly would be done, from what to what.

    `fingerprint` covers the facts the action watches: when a later look yields another one, the plan is stale.
    A plan with a time box lasts `seconds` and then takes itself back by the action named `back`. `parameters` are the
    form it was asked with, in its one spelling, and `effect` the facts that prove it beyond those of the action.
    """

    action: str
    target: Target
    risk: Risk
    changes: tuple[FieldChange, ...]
    consequence: str
    warnings: tuple[str, ...] = ()
    observed: tuple[FieldChange, ...] = ()
    fingerprint: str
    seen: Facts = {}
    already: str = ""
    taken_at: int
    seconds: int | None = None
    back: str = ""
    parameters: Facts = {}
    effect: Facts = {}

    @property
    def digest(self) -> str:
        """The identity of this plan; votes and the audit chain carry it."""
        return digest(self.model_dump(mode="json", exclude_defaults=True))


class Proof(StrEnum):
    """How we know what came of a call."""

    READ_BACK = "read_back"
    ACCEPTED = "accepted"
    ALREADY = "already"
    PERSON = "person"
    SUBMITTED = "submitted"


class Receipt(Value):
    """
    What came of a call, as far as it is known.

    `facts` are those read back; `status` is the answer's HTTP status, 0 when none arrived; `at` is when it was proved.
    """

    proof: Proof
    status: int = 0
    facts: Facts = {}
    note: str = ""
    suggestion: str = ""
    at: int = 0


class Job(Value):
    """A piece of durable work: what to do with which record."""

    kind: str
    id: str


class Basis(Value):
    """A record at the version that something was decided upon; 0 means that there was none."""

    kind: str
    id: str
    version: int


class Due(Value):
    """A deadline: at `at` (store's milliseconds) the job is added to the queue."""

    job: Job
    at: int
