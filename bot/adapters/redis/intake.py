"""The intake on Redis: each step is one script."""

from pydantic import ValidationError

from bot.adapters.redis import keys
from bot.adapters.redis.link import Link
from bot.ports import Unanswered

REMEMBER_MS = 10 * 60_000


class RedisIntake:
    """The port Intake, over a link."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def take(self, token: str, person: str, channel: str) -> bool:
        """Note a command; False when it was taken before."""
        (taken,) = await self._run(token, "take", token, person, channel, REMEMBER_MS)
        return bool(taken)

    async def renew(self, token: str) -> None:
        """Say that somebody is at a command."""
        await self._run(token, "renew", token)

    async def answered(self, token: str) -> None:
        """Say that a command has its answer."""
        await self._run(token, "answered", token)

    async def orphans(self, older_ms: int, hold_ms: int, limit: int) -> tuple[Unanswered, ...]:
        """Return commands that have waited for `older_ms`, and hold them."""
        found = await self._run("", "orphans", older_ms, hold_ms, limit)
        return tuple(command for command in map(_read, found) if command is not None)

    async def _run(self, token: str, *args: str | int) -> list[str]:
        return await self._link.run("intake", [keys.INTAKE, keys.TAKEN, keys.token(f"intake:{token}")], args)


def _read(command: str) -> Unanswered | None:
    """Return a command; None for what is none, which must not keep the others from being found."""
    try:
        return Unanswered.model_validate_json(command)
    except ValidationError:
        return None
