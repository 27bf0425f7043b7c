"""Datadog as the core's Provider."""

from collections.abc import Awaitable, Mapping

from bot.actions import CATALOGUE
from bot.adapters.datadog.client import DatadogClient, parsed
from bot.adapters.datadog.directory import DatadogDirectory
from bot.adapters.datadog.environments import Environments
from bot.adapters.datadog.flags import Flags, Rollouts
from bot.adapters.datadog.fleet import Deployments, FleetPath
from bot.adapters.datadog.operations import OPERATIONS
from bot.adapters.datadog.reading import environment_of
from bot.adapters.datadog.source import Source
from bot.adapters.datadog.synthetics import Synthetics
from bot.adapters.datadog.views import DatadogViews
from bot.adapters.http import Answer
from bot.errors import Malformed, OutcomeUnknown, ProviderError, Rejected
from bot.model import Environment, Noun, Plan, Proof, Receipt, Snapshot, Target
from bot.ports import Clock

_ACCEPTED = (200, 201, 204)


class DatadogProvider:
    """
    What of one Datadog organisation can be acted on.

    `web_url` is where people look at it (`sites.web_url`); empty leaves links out. `fleet` says which fleet API the
    organisation has.
    """

    name = "Datadog"

    def __init__(self, client: DatadogClient, clock: Clock, *, web_url: str = "", fleet: FleetPath = "v2") -> None:
        self._client = client
        self._clock = clock
        self._fleet = fleet
        self._directory = DatadogDirectory(client)
        self.views = DatadogViews(client, self._directory, web_url=web_url, fleet=fleet)
        self._sources: Mapping[Noun, Source] = {
            Noun.FLAG: Flags(self._directory, web_url),
            Noun.ROLLOUT: Rollouts(self._directory, web_url),
            Noun.TEST: Synthetics(client, self._directory, web_url),
            Noun.DEPLOYMENT: Deployments(client, fleet, web_url),
            Noun.ENVIRONMENT: Environments(self._directory, web_url),
        }

    def supports(self, action: str) -> bool:
        """Tell whether an action of the catalogue can be carried out."""
        return action in OPERATIONS

    async def environments(self) -> tuple[Environment, ...]:
        """Return all environments, as they were ten seconds ago at most; a snapshot never relies on that."""
        return tuple(environment_of(each) for each in await self._directory.known_environments())

    async def find(
        self, noun: Noun, text: str, environment: Environment | None, *, archived: bool = False
    ) -> tuple[Target, ...]:
        """
        Return every target that `text` could mean, exact or near.

        The resolver decides.

        More than 300 flags are not searched for rules and schedule ids.
        """
        return await self._sources[noun].find(text, environment, archived=archived)

    async def snapshot(self, target: Target) -> Snapshot:
        """Read the target afresh; raise NotFound when it is gone and no fact says so."""
        now, facts = await self._sources[target.noun].read(target)
        return Snapshot(target=now, facts=facts, taken_at=self._clock.now())

    async def apply(self, plan: Plan) -> Receipt:
        """
        Make the plan's one call.

        A 2xx that is neither 200, 201 nor 204, and a body that is a suggestion, wait for Datadog's own approval
        and are SUBMITTED. A 2xx whose body is no JSON is not known to be Datadog's, so its outcome is unknown.
        """
        operation = OPERATIONS.get(plan.action)
        if operation is None:
            raise Rejected(f"Datadog offers no call for {plan.action}.")
        try:
            answer = await self._client.write(operation.request(plan, self._fleet), operation.conflicts)
        finally:
            if plan.target.noun is Noun.ENVIRONMENT:
                self._directory.forget_environments()
        suggested, suggestion = _suggestion(answer)
        submitted = suggested or answer.status not in _ACCEPTED
        return Receipt(
            proof=Proof.SUBMITTED if submitted else Proof.ACCEPTED,
            status=answer.status,
            note="It waits for Datadog's own approval." if submitted else "",
            suggestion=suggestion,
            at=self._clock.now(),
        )

    async def check(self) -> tuple[tuple[str, bool, str], ...]:
        """
        Prove the keys: (what, is it right, one sentence) for each, and for each noun what its actions need.

        Only a real read proves the second key; what may be changed, no read can prove, so it is named.
        """
        keys = (
            await _proved("Datadog API key", "Datadog knows the API key.", self._client.validate()),
            await _proved("Datadog application key", "It reads environments.", self._directory.environments()),
        )
        return keys + tuple([await self._reads(noun, source) for noun, source in self._sources.items()])

    async def _reads(self, noun: Noun, source: Source) -> tuple[str, bool, str]:
        needs = {permission: None for action in CATALOGUE if action.noun is noun for permission in action.permissions}
        names = ", ".join(action.name for action in CATALOGUE if action.noun is noun)
        what, right, said = await _proved(f"Datadog {source.what}", "They can be read.", source.probe())
        return what, right, f"{said} To act on them ({names}) the keys need {', '.join(needs)}."


def _suggestion(answer: Answer) -> tuple[bool, str]:
    """
    Tell whether the body is a suggestion, and its id.

    Raises OutcomeUnknown for a body that is no JSON.
    """
    if not answer.content.strip():
        return False, ""
    try:
        body = parsed(answer)
    except Malformed as error:
        fact = f"The answer (status {answer.status}) is not Datadog's."
        raise OutcomeUnknown(fact, "It is read back to see what came of it.") from error
    data = body.get("data") if isinstance(body, dict) else None
    if isinstance(data, list) and data:
        data = data[0]
    if not isinstance(data, dict) or data.get("type") != "flag-suggestions":
        return False, ""
    return True, str(data.get("id") or "")


async def _proved(what: str, sentence: str, read: Awaitable[object]) -> tuple[str, bool, str]:
    try:
        await read
    except ProviderError as error:
        return what, False, str(error)
    return what, True, sentence
