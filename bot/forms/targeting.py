"""
The parts of a targeting rule, as Datadog's published contract has them.

Each can be typed as a line: `on 50`, `country ONE_OF US, CA`, `5% for 1h`, `checkout.error_rate PAUSE`.
"""

import re
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, model_validator

from bot.forms.form import Part
from bot.forms.lines import Box, Milliseconds, boxed, by_line, length, listed, milliseconds, number, texts

Operator = Literal["LT", "LTE", "GT", "GTE", "MATCHES", "NOT_MATCHES", "ONE_OF", "NOT_ONE_OF", "IS_NULL", "EQUALS"]
_OPERATORS = ("NOT_MATCHES", "NOT_ONE_OF", "IS_NULL", "EQUALS", "MATCHES", "ONE_OF", "LTE", "GTE", "LT", "GT")
_ONE_VALUE = frozenset({"LT", "LTE", "GT", "GTE", "MATCHES", "NOT_MATCHES", "EQUALS"})
_NUMBERS = frozenset({"LT", "LTE", "GT", "GTE"})

SAID: dict[str, str] = {
    "LT": "is less than",
    "LTE": "is at most",
    "GT": "is more than",
    "GTE": "is at least",
    "MATCHES": "matches",
    "NOT_MATCHES": "does not match",
    "ONE_OF": "is one of",
    "NOT_ONE_OF": "is none of",
    "IS_NULL": "is missing",
    "EQUALS": "is",
}
"""Each operator as people read it."""


class Condition(Part):
    """One condition on whoever asks for the flag."""

    attribute: str = Field(title="Attribute", description="What is looked at", min_length=1, examples=["country"])
    operator: Operator = Field(title="Operator", description="How it is compared", examples=["ONE_OF"])
    value: tuple[str, ...] = Field(default=(), title="Values", description="With what", examples=[["US", "CA"]])

    @model_validator(mode="after")
    def _has_its_values(self) -> "Condition":
        if self.operator == "IS_NULL":
            if set(self.value) - {"true", "false"} or len(self.value) > 1:
                raise ValueError("IS_NULL takes no value, or one of true and false.")
            return self
        if not self.value:
            raise ValueError(f"{self.operator} needs something to compare {self.attribute} with.")
        if self.operator in _ONE_VALUE and len(self.value) > 1:
            raise ValueError(f"{self.operator} compares {self.attribute} with one value, not {len(self.value)}.")
        if self.operator in _NUMBERS and not _is_number(self.value[0]):
            raise ValueError(f"{self.operator} compares {self.attribute} with a number.")
        return self


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?", text) is not None


class Group(Part):
    """Conditions that must all hold; of several groups one is enough."""

    conditions: tuple[Condition, ...] = Field(
        title="Conditions", description="All of them must hold", min_length=1, examples=[[]]
    )


class Weight(Part):
    """The share of one variant."""

    variant: str = Field(title="Variant", description="The variant's key", min_length=1, examples=["on"])
    value: float = Field(title="Per cent", description="Its share, 0 to 100", ge=0, le=100, examples=[50])


class Step(Part):
    """One step of a rollout: how many get it, and for how long until the next step."""

    exposure_ratio: float = Field(title="Share", description="From 0 to 1", ge=0, le=1, examples=[0.05])
    interval_ms: Milliseconds | None = Field(
        default=None, title="For", description="How long; left out: the rollout's own length", gt=0, examples=["1h"]
    )
    is_pause_record: bool = Field(default=False, title="Wait", description="Wait there until somebody resumes it")


class Guardrail(Part):
    """A metric that pauses or aborts the rollout."""

    metric_id: str = Field(title="Metric", description="The metric's id", min_length=1, examples=["checkout.errors"])
    trigger_action: Literal["PAUSE", "ABORT"] = Field(title="Then", description="What it does", examples=["PAUSE"])


_CONDITION = re.compile(rf"(\S+)\s+({'|'.join(_OPERATORS)})(?:\s+(.+))?", re.IGNORECASE)
_WEIGHT = re.compile(r"(\S+?)\s*[:=\s]\s*(\d+(?:\.\d+)?)\s*%?")
_STEP = re.compile(r"(\d+(?:\.\d+)?)\s*%(?:\s*(?:for|,)?\s*(\d.*?))?(\s+(?:then\s+)?wait)?", re.IGNORECASE)
_GUARDRAIL = re.compile(r"(\S+)\s+(PAUSE|ABORT)", re.IGNORECASE)


def _condition(match: re.Match[str]) -> dict[str, Any]:
    values = [part.strip() for part in (match[3] or "").split(",") if part.strip()]
    one = match[2].upper() in _ONE_VALUE and match[3]
    return {"attribute": match[1], "operator": match[2].upper(), "value": [match[3].strip()] if one else values}


def _step(match: re.Match[str]) -> dict[str, Any]:
    interval = milliseconds(match[2]) if match[2] else None
    ratio = round(float(match[1]) / 100, 10)
    return {"exposure_ratio": ratio, "interval_ms": interval, "is_pause_record": bool(match[3])}


_read_conditions = by_line("country ONE_OF US, CA", _CONDITION, _condition)


def _groups(text: str) -> list[dict[str, Any]]:
    """Read groups of conditions: a line `or` stands between two groups."""
    groups = re.split(r"(?im)^\s*or\s*$", text)
    return [{"conditions": _read_conditions(group)} for group in groups if group.strip()]


def _spell_groups(value: JsonValue) -> str:
    return "\nor\n".join(
        "\n".join(
            f"{each.get('attribute')} {each.get('operator')} {', '.join(texts(each.get('value')))}".strip()
            for each in listed(group.get("conditions"))
        )
        for group in listed(value)
    )


def _spell_steps(value: JsonValue) -> str:
    lines = []
    for step in listed(value):
        interval = step.get("interval_ms")
        lasts = f" for {length(interval)}" if isinstance(interval, int) else ""
        wait = " wait" if step.get("is_pause_record") else ""
        lines.append(f"{number(float(step.get('exposure_ratio', 0)) * 100)}%{lasts}{wait}")
    return "\n".join(lines)


_GROUPS_BOX = Box(_groups, _spell_groups, "country ONE_OF US, CA")
_WEIGHTS_BOX = Box(
    by_line("on 50", _WEIGHT, lambda match: {"variant": match[1], "value": float(match[2])}),
    lambda value: "\n".join(f"{each.get('variant')} {number(float(each.get('value', 0)))}" for each in listed(value)),
    "on 50",
)
_STEPS_BOX = Box(by_line("5% for 1h", _STEP, _step), _spell_steps, "5% for 1h")
_GUARDRAILS_BOX = Box(
    by_line(
        "checkout.errors PAUSE",
        _GUARDRAIL,
        lambda match: {"metric_id": match[1], "trigger_action": match[2].upper()},
    ),
    lambda value: "\n".join(f"{each.get('metric_id')} {each.get('trigger_action')}" for each in listed(value)),
    "checkout.errors PAUSE",
)

Groups = Annotated[tuple[Group, ...], boxed(_GROUPS_BOX), _GROUPS_BOX]
Weights = Annotated[tuple[Weight, ...], boxed(_WEIGHTS_BOX), _WEIGHTS_BOX]
Steps = Annotated[tuple[Step, ...], boxed(_STEPS_BOX), _STEPS_BOX]
Guardrails = Annotated[tuple[Guardrail, ...], boxed(_GUARDRAILS_BOX), _GUARDRAILS_BOX]
