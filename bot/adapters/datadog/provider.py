"""Datadog as the core's Provider."""

from collections.abc import Awaitable

from bot.adapters.datadog.client import DatadogClient, parsed
from bot.adapters.datadog.directory import DatadogDirectory
from bot.adapters.datadog.models import FlagData
from bot.adapters.datadog.operations import OPERATIONS
from bot.adapters.datadog.reading import (
    environment_of,
    flag_facts,
    flag_target,
    refreshed,
    rollout_facts,
    rollout_targets,
    setting_in,
)
from bot.adapters.http import Answer
from bot.errors import Malformed, OutcomeUnknown, ProviderError, Rejected
from bot.model import Environment, Facts, Noun, Plan, Proof, Receipt, Snapshot, Target
from bot.ports import Clock

_ACCEPTED = (200, 201, 204)


class DatadogProvider:
    """
    Flags and rollouts of one Datadog organisation.

    `web_url` is where people look at them (`sites.web_url`); empty leaves links out.
    """

    name = "Datadog"

    def __init__(self, client: DatadogClient, clock: Clock, *, web_url: str = "") -> None:
        self._client = client
        self._clock = clock
        self._web_url = web_url
        self._directory = DatadogDirectory(client)

    def supports(self, action: str) -> bool:
        """Tell whether an action of the catalogue can be carried out."""
        return action in OPERATIONS

    async def environments(self) -> tuple[Environment, ...]:
        """Return all environments."""
        return tuple(environment_of(each) for each in await self._directory.environments())

    async def find(self, noun: Noun, text: str, environment: Environment | None) -> tuple[Target, ...]:
        """
        Return every live target that `text` could mean, exact or near.

        The resolver decides.

        Where a flag's key is exactly `text`, what has only that name or rule is not looked for: an exact key
        comes first in any case. More than 300 flags are not searched for rules and schedule ids.
        """
        if noun is Noun.FLAG:
            found = await self._directory.find(text)
            return tuple(flag_target(flag, environment, self._url(flag)) for flag in found.exact or found.seen)
        if environment is None:
            raise Rejected("A rollout is looked for in an environment, and none was given.", "Name the environment.")
        return await self._find_rollouts(text, environment)

    async def _find_rollouts(self, text: str, environment: Environment) -> tuple[Target, ...]:
        named = (await self._directory.find(text)).exact
        found = await self._rollouts(named, environment)
        if not found:  # a rule's name or a schedule's id, which only the flags themselves tell
            found = await self._rollouts(await self._directory.live_flags(), environment)
        same = [target for target in found if text in (target.id, target.key, target.name, target.rule)]
        return tuple(same or found)

    async def _rollouts(self, flags: list[FlagData], environment: Environment) -> list[Target]:
        whole = await self._directory.with_rules(flags)
        return [target for flag in whole for target in rollout_targets(flag, environment, self._url(flag))]

    async def snapshot(self, target: Target) -> Snapshot:
        """Read the target afresh; raise NotFound when it is gone."""
        if target.environment is None:
            raise Rejected("Flags and rollouts are read in an environment, and none was given.")
        flag = await self._directory.flag(target.flag_id or target.id)
        setting = setting_in(flag, target.environment.id)
        if target.noun is Noun.FLAG:
            facts: Facts = flag_facts(flag, setting)
        else:
            facts = rollout_facts(flag, setting, target.id)
        return Snapshot(target=refreshed(target, flag, setting), facts=facts, taken_at=self._clock.now())

    async def apply(self, plan: Plan) -> Receipt:
        """
        Make the plan's one call.

        A 2xx that is neither 200, 201 nor 204, and a body that is a suggestion, wait for Datadog's own approval
        and are SUBMITTED. A 2xx whose body is no JSON is not known to be Datadog's, so its outcome is unknown.
        """
        operation = OPERATIONS.get(plan.action)
        if operation is None:
            raise Rejected(f"Datadog offers no call for {plan.action}.")
        answer = await self._client.write(operation.request(plan), operation.conflicts)
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
        Prove the keys: (what, is it right, one sentence) for each.

        Only a real read proves the second.
        """
        return (
            await _proved("Datadog API key", "Datadog knows the API key.", self._client.validate()),
            await _proved("Datadog application key", "It reads environments.", self._directory.environments()),
            await _proved("Datadog feature flags", "They can be listed.", self._directory.first_flag()),
        )

    def _url(self, flag: FlagData) -> str:
        return f"{self._web_url}/feature-flags/{flag.id}" if self._web_url else ""


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
