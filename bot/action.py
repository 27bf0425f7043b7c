"""
What an action of the catalogue is, what can be looked at, and what a command of the bot's own.

An action's `watches` and `effect` speak of a snapshot's facts. A provider reports these facts:

noun         facts
flag         exists · flag_id · archived · status (ENABLED | DISABLED) · rules (digest of the targeting rules, without
             progress) · approval_required · pending_suggestion (id or null); in all environments at once instead
             of status and rules: name · description · value_type · json_schema · values ([key, name, value] of each
             variant) · enabled_in (names) · key_taken (whether a live flag has an archived one's key); of its rules
             (aspect) also: variants · ruleset (rules as `bot.forms.ruleset` has them) · rule_order (keys) · begun (ids
             of the schedules that have started) · `rule <key>` for each rule; of one to come, `exists` alone
rollout      flag_id · schedule_id · rule · flag_status · started_at (text or null) · updated_at · steps (ratios 0-1)
             · guardrail (null, or {action, metrics}) · approval_required · pending_suggestion
test         test_id · status (live | paused) · type · tags
deployment   deployment_id · status (as Datadog says it) · over (whether it has ended) · query · versions
             · hosts ({status: count}) · total_hosts
environment  exists (false once it is gone, or not there yet) · environment_id · name · queries · production_mark
             · approval_required · enabled (keys of the flags enabled there) · ruled (keys of those with targeting rules
             there) · unread (how many flags were not looked at for rules); of one that is gone, `exists` alone

What is gone is not found when it is read, except where that is what an action brings about (`exists`).
An effect of `*` is any value other than the one seen before. An action with a form has further effects, which its form
says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar

from pydantic import JsonValue

from bot.forms.form import Form
from bot.model import Aspect, Noun, Risk, Scope


class Repeat(StrEnum):
    """
    What a second call would do.

    A verb that sets a state may be called again after a read-back; a single-flight verb never by itself.
    """

    SETS_STATE = "sets_state"
    SINGLE_FLIGHT = "single_flight"


@dataclass(frozen=True, slots=True)
class Words:
    """How people read the action: as a command, while it runs, when done, what comes of it, the new state."""

    title: str
    doing: str
    done: str
    after: str
    consequence: str


@dataclass(frozen=True, slots=True)
class Action:
    """
    One thing that can be done to one kind of target.

    `risk` is the least its plans are; `why` is a reason somebody could have, for examples. `form` is what it wants to
    be told beyond its target, `aspect` what of the target it is about. `seconds` is the time box it gets where none is
    said.
    """

    verb: str
    noun: Noun
    risk: Risk
    words: Words
    repeat: Repeat
    watches: tuple[str, ...]
    permissions: tuple[str, ...]
    effect: Mapping[str, JsonValue] = field(default_factory=lambda: MappingProxyType({}))
    scope: Scope = Scope.ENVIRONMENT
    inverse: str = ""
    synonyms: tuple[str, ...] = ()
    typed_name: bool = False
    why: str = ""
    form: type[Form] | None = None
    aspect: Aspect = Aspect.ITSELF
    seconds: int | None = None

    @property
    def on_archived(self) -> bool:
        """Whether it acts on what is archived, which is otherwise left out."""
        return self.effect.get("archived") is False

    @property
    def place(self) -> "Place":
        """Whether it is done in one environment."""
        return Place.NEEDED if self.scope is Scope.ENVIRONMENT else Place.NEVER

    @property
    def makes(self) -> bool:
        """Whether it makes something that is not there yet, which therefore need not be named."""
        return self.aspect is Aspect.NEW

    @property
    def name(self) -> str:
        """The stable name in policy, audit and command line, such as `flag.disable`."""
        return f"{self.noun}.{self.verb}"


class Place(StrEnum):
    """Whether something is done or looked at in one environment: never, where one is named, or always."""

    NEVER = "never"
    OPTIONAL = "optional"
    NEEDED = "needed"


@dataclass(frozen=True, slots=True)
class Read:
    """
    One thing that can be looked at, by every member who is no guest; it changes nothing.

    One that `lists` takes words of a name to look for, and its `states`, which narrow it; any other one takes a target.
    """

    verb: str
    noun: Noun
    summary: str
    permissions: tuple[str, ...]
    place: Place = Place.NEVER
    lists: bool = False
    states: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    risk: ClassVar[Risk] = Risk.READ
    aspect: ClassVar[Aspect] = Aspect.ITSELF
    makes: ClassVar[bool] = False
    on_archived: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """The stable name, such as `flag.show`."""
        return f"{self.noun}.{self.verb}"

    @property
    def title(self) -> str:
        """What it is called where it is chosen."""
        if self.lists:
            return f"List {self.noun}s"
        return f"Show {self.noun}" if self.verb == "show" else f"Show {self.verb} of {self.noun}"


@dataclass(frozen=True, slots=True)
class Control:
    """
    A command of the bot's own: what it is called, what it wants, what it does.

    `reserved` says what of it is for operators alone, `leaves` what stays possible while what it did holds.
    """

    verb: str
    argument: str
    summary: str
    synonyms: tuple[str, ...] = ()
    reserved: str = ""
    leaves: str = ""
