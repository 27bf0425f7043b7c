"""The circuit on Redis: one key for each host, which all processes share."""

from bot.adapters.breaker import Passage, Terms
from bot.adapters.redis import keys
from bot.adapters.redis.link import Link


class RedisCircuit:
    """The port Circuit, over a link."""

    def __init__(self, link: Link, terms: Terms) -> None:
        self._link = link
        self._terms = terms

    async def ask(self, host: str, *, urgent: bool = False) -> Passage:
        """Ask for one call's passage; what is `urgent` never waits, and is the try itself."""
        answer = await self._link.run("circuit", [keys.circuit(host)], ["ask", self._terms.trial, int(urgent)])
        wait, trial, failures = (int(number) for number in answer)
        return Passage(wait, trial, failures)

    async def tell(self, host: str, passage: Passage, *, well: bool) -> bool:
        """Say whether the host answered a call; True when this began a pause."""
        args: list[str | int] = ["well", passage.trial]
        if not well:
            args = ["failed", passage.trial, self._terms.failures, self._terms.pause]
        (began,) = await self._link.run("circuit", [keys.circuit(host)], args)
        return bool(began)
