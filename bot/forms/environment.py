"""Forms about environments."""

from typing import Annotated, ClassVar

from pydantic import Field, JsonValue, field_validator, model_validator

from bot.forms.form import Difference, Form
from bot.forms.lines import WORDS, boxed, texts
from bot.forms.telling import Shown, created, edited
from bot.model import Facts, Risk, Snapshot

_QUERIES = Annotated[tuple[str, ...], boxed(WORDS), WORDS]
_PRODUCTION = "Whether changes here count as changes to production"
_APPROVAL = "Whether Datadog asks for an approval of its own for each change of a flag here"
_SERVES = "The values of DD_ENV that this environment serves"

FIELDS: tuple[Shown, ...] = (
    Shown("name", "Name"),
    Shown("queries", "Serves", lambda value: ", ".join(sorted(texts(value)))),
    Shown("production_mark", "Marked as production", lambda value: "yes" if value else "no", "is_production"),
    Shown("approval_required", "Datadog asks for its own approval", lambda value: "yes" if value else "no",
           "require_feature_flag_approval"),
)  # fmt: skip
"""How each field of an environment is told, and under which fact it is read back."""


def _once(queries: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if queries is not None and len(set(queries)) < len(queries):
        raise ValueError("Each of these is wanted once.")
    if queries is not None and not all(queries):
        raise ValueError("None of these may be empty.")
    return queries


class EnvironmentCreate(Form):
    """A new environment, in which every flag is disabled to begin with."""

    names: ClassVar[str] = "name"

    name: str = Field(
        title="Name", description="What people call it", min_length=1, max_length=200, examples=["eu-staging"]
    )
    queries: _QUERIES = Field(title="Serves", description=_SERVES, min_length=1, examples=["eu-staging, eu-stage"])
    is_production: bool = Field(default=False, title="Production", description=_PRODUCTION, examples=[False])
    require_feature_flag_approval: bool = Field(
        default=False, title="Datadog's own approval", description=_APPROVAL, examples=[False]
    )

    _check = field_validator("queries")(_once)

    def difference(self, snapshot: Snapshot) -> Difference:
        """Return what would be there."""
        wanted = _sorted(self.canonical())
        told = created(FIELDS, wanted)
        taken = snapshot.facts.get("exists") is True
        return Difference(
            changes=told.changes,
            effect={"exists": True, **told.effect},
            obstacle=f"There is an environment called {self.name} already." if taken else "",
            warnings=_warn(self.is_production),
        )


class EnvironmentEdit(Form):
    """What shall be different about an environment; what is left out stays."""

    gravest: ClassVar[Risk | None] = Risk.IRREVERSIBLE

    name: str | None = Field(
        default=None, title="Name", description="What people call it", min_length=1, max_length=200, examples=["eu"]
    )
    queries: _QUERIES | None = Field(
        default=None, title="Serves", description=_SERVES, min_length=1, examples=["eu-staging, eu-stage"]
    )
    is_production: bool | None = Field(default=None, title="Production", description=_PRODUCTION, examples=[True])
    require_feature_flag_approval: bool | None = Field(
        default=None, title="Datadog's own approval", description=_APPROVAL, examples=[True]
    )

    _check = field_validator("queries")(_once)

    @model_validator(mode="after")
    def _says_something(self) -> "EnvironmentEdit":
        if not self.canonical():
            raise ValueError("Say at least one thing that shall be different.")
        return self

    @classmethod
    def current(cls, facts: Facts) -> Facts:
        """Return how the environment is."""
        return {field.parameter: facts.get(field.fact) for field in FIELDS if field.fact in facts}

    def difference(self, snapshot: Snapshot) -> Difference:
        """Return what would be different, field by field."""
        told = edited(FIELDS, _sorted(self.canonical()), snapshot.facts)
        before = snapshot.facts.get("production_mark") is not False
        after = self.is_production is True
        return Difference(
            changes=told.changes,
            effect=told.effect,
            risk=Risk.IRREVERSIBLE if before or after else None,
            warnings=_warn(after and not before) + _leaves(before and self.is_production is False),
        )


def _sorted(parameters: Facts) -> Facts:
    """Return the same with the queries in an order of their own, as Datadog's changes between calls."""
    queries: list[JsonValue] = [*sorted(texts(parameters.get("queries")))]
    return parameters | ({"queries": queries} if "queries" in parameters else {})


def _warn(becomes_production: bool) -> tuple[str, ...]:
    said = "It will count as production: changes of flags there will need the approvals that production needs."
    return (said,) if becomes_production else ()


def _leaves(production: bool) -> tuple[str, ...]:
    said = "It will no longer count as production: changes of flags there will need fewer approvals, or none."
    return (said,) if production else ()
