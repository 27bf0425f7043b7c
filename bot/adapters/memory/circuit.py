"""The circuit in memory."""

from bot.adapters.breaker import Passage, Terms
from bot.adapters.memory.state import State

FORGET_MS = 600_000


class MemoryCircuit:
    """The port Circuit, over a state in memory."""

    def __init__(self, state: State, terms: Terms) -> None:
        self._state = state
        self._terms = terms

    async def ask(self, host: str, *, urgent: bool = False) -> Passage:
        """Ask for one call's passage; what is `urgent` never waits, and is the try itself."""
        now = self._state.reached()
        failures, ends = self._known(host, now)
        if not ends:
            return Passage(failures=failures)
        if ends > now and not urgent:
            return Passage(wait=ends - now, failures=failures)
        trial = now + self._terms.trial
        self._state.circuits[host] = (failures, trial, trial + FORGET_MS)
        return Passage(trial=trial, failures=failures)

    async def tell(self, host: str, passage: Passage, *, well: bool) -> bool:
        """Say whether the host answered a call; True when this began a pause."""
        now = self._state.reached()
        failures, ends = self._known(host, now)
        if ends != passage.trial:
            return False
        if well:
            self._state.circuits.pop(host, None)
            return False
        failures += 1
        begins = bool(ends) or failures >= self._terms.failures
        until = now + self._terms.pause if begins else 0
        self._state.circuits[host] = (failures, until, (until or now) + FORGET_MS)
        return begins

    def _known(self, host: str, now: int) -> tuple[int, int]:
        failures, ends, forgotten = self._state.circuits.get(host, (0, 0, 0))
        return (failures, ends) if forgotten > now else (0, 0)
