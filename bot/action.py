"""
What an action of the catalogue is, and what a command of the bot's own.

An action's `watches` and `effect` speak of a snapshot's facts. A provider reports these facts:

noun         facts
flag         flag_id · archived · status (ENABLED | DISABLED) · rules (digest of the targeting rules, without
             progress) · approval_required · pending_suggestion (id or null); in all environments at once instead
             of status and rules: enabled_in (names) · key_taken (whether a live flag has an archived one's key)
rollout      flag_id · schedule_id · rule · flag_status · started_at (text or null) · updated_at · steps (ratios 0-1)
             · guardrail (null, or {action, metrics}) · approval_required · pending_suggestion
test         test_id · status (live | paused) · type · tags
deployment   deployment_id · status (as Datadog says it) · over (whether it has ended) · query · versions
             · hosts ({status: count}) · total_hosts
environment  exists (false once it is gone) · environment_id · name · queries · production_mark · enabled (keys of the
             flags enabled there) · ruled (keys of those with targeting rules there) · unread (how many flags were
             not looked at for rules); of one that is gone, `exists` alone

What is gone is not found when it is read, except where that is what an action brings about (`exists`).
An effect of `*` is any value other than the one seen before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from pydantic import JsonValue

from bot.model import Noun, Risk, Scope


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

    `risk` is the least its plans are; `why` is a reason somebody could have, for examples.
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

    @property
    def on_archived(self) -> bool:
        """Whether it acts on what is archived, which is otherwise left out."""
        return self.effect.get("archived") is False

    @property
    def name(self) -> str:
        """The stable name in policy, audit and command line, such as `flag.disable`."""
        return f"{self.noun}.{self.verb}"


@dataclass(frozen=True, slots=True)
class Control:
    """A command of the bot's own: what it is called, what it wants, what it does."""

    verb: str
    argument: str
    summary: str
    synonyms: tuple[str, ...] = ()
