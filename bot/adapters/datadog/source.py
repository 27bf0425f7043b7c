"""What the provider wants of each kind of thing that Datadog has."""

from typing import Protocol

from bot.model import Environment, Facts, Target


class Source(Protocol):
    """Finds and reads the things of one noun; raises what the port Provider does."""

    what: str
    """How people call what is read here, in the plural."""

    async def find(self, text: str, environment: Environment | None, *, archived: bool) -> tuple[Target, ...]:
        """Return every target that `text` could mean, exact or near."""
        ...

    async def read(self, target: Target) -> tuple[Target, Facts]:
        """Return the target as it is now, and its facts."""
        ...

    async def probe(self) -> None:
        """Read something, as the proof that it can be read."""
        ...
