"""A terminal before the core: what is typed there, and what it says."""

from collections import deque
from dataclasses import replace
from functools import partial

from bot.actions import BY_NAME
from bot.auditing.history import look_back
from bot.execution.jobs import Execution
from bot.grammar.command import Command
from bot.looking.answering import Looking
from bot.looking.views import Views
from bot.ports import Directory
from bot.resolver import Resolver
from bot.rights import Rights
from bot.service import Service
from bot.terminal.account import Account
from bot.terminal.changing import Terminal
from bot.terminal.desk import Anybody, Desk, Vouched
from tests.builders import REQUESTER, a_target
from tests.core.fakes import SIGNER, House
from tests.views_fake import MemoryViews

OWN = Account("requester", 1000, "laptop")


class Scene:
    """Somebody at a terminal, with answers ready for what they will be asked."""

    def __init__(
        self,
        house: House,
        *answers: str,
        slack: bool = True,
        person: str = REQUESTER.id,
        views: Views | None = None,
    ) -> None:
        self.said: list[str] = []
        self.asked: list[str] = []
        self._answers = deque(answers)
        self.terminal = Terminal(self.said.append, self._answer)
        self.desk = _desk(house, person, views or MemoryViews(), slack=slack)

    def _answer(self, question: str) -> str:
        self.asked.append(question)
        return self._answers.popleft() if self._answers else ""

    @property
    def text(self) -> str:
        """Everything that was said."""
        return "\n".join(self.said)


def _desk(house: House, person: str, views: Views, *, slack: bool) -> Desk:
    named = Vouched(person, OWN.title) if person else Anybody(OWN.title)
    house.policy = house.policy.model_copy(update={"people": {OWN.name: REQUESTER.id}})
    directory: Directory = house.directory if slack and person else named
    rights = Rights(directory, lambda: house.policy, house.guards)
    service = Service(house.changes, house.provider, Resolver(house.provider), rights, house.notifier)
    execution = Execution(replace(house.bench("cli"), rights=rights), service, house.reviews)
    past = partial(look_back, house.records, SIGNER)
    looking = Looking(rights, Resolver(house.provider), views, past, house.clock)
    return Desk(service, house.changes, house.reviews, directory, execution, looking, OWN, person, slack, "C0APPROVALS")


def command(
    action: str = "flag.disable", *, environment: str = "Production", reason: str = "errors", **more: object
) -> Command:
    """Return a command on the usual flag or rollout."""
    target = a_target(BY_NAME[action].noun).key
    plain = Command(action=action, target=target, environment=environment, reason=reason)
    return plain.model_copy(update=more)
