"""
What is pressed on panels and watched rollouts.

A press is asked about like a typed command: the presser's rights, policy, and the target as it is at that moment. One
whose question in Slack was answered with yes submits and confirms in one step; what needs a signature becomes the
ordinary request, with its card in the channel.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from bot.actions import BY_NAME
from bot.asking import Asking, NothingToDo, Opened
from bot.changes.record import ChangeRequest, Origin, Status
from bot.controls import Controls, Said
from bot.errors import AskAgain, CountersignError, NotFound, NotRecorded, TooLate
from bot.grammar.command import Ask, Command
from bot.grammar.spelling import spell
from bot.model import Environment, Noun, Target
from bot.panel.boards import Boards
from bot.panel.progress import infer
from bot.panel.sights import RolloutSeen, Sights
from bot.panel.view import RolloutRow
from bot.policy import Kind
from bot.ports import Provider
from bot.rights import Rights
from bot.service import Service
from handlers.blocks import Message, message, section
from handlers.cards.answers import answer
from handlers.cards.boards import let_go
from handlers.cards.controls import bound_to
from handlers.cards.sentences import ELSEWHERE, OUR_SIDE, UNKNOWN_PRESS
from handlers.cards.watch import trip_message
from handlers.commands import Commands
from handlers.controls import Announcements
from handlers.failures import Note, log_failure, log_refusal
from handlers.panel.posting import Posting
from handlers.payloads import Press
from handlers.replies import Replies
from handlers.routing import Ack
from handlers.sender import Sender

Act = Callable[[Press], Awaitable[Message | None]]


@dataclass(frozen=True, slots=True)
class Means:
    """What presses are carried out with."""

    service: Service
    rights: Rights
    controls: Controls
    provider: Provider
    sights: Sights
    boards: Boards
    commands: Commands
    announcements: Announcements
    posting: Posting
    replies: Replies
    sender: Sender


class PanelPresses:
    """Carries presses on panels to the service, and says what stands against them."""

    def __init__(self, means: Means, *, refused: Note = log_refusal) -> None:
        self._by = means
        self._refused = refused
        self._find: Mapping[Noun, Callable[[list[str]], Awaitable[Target]]] = MappingProxyType(
            {Noun.ROLLOUT: self._rollout, Noun.FLAG: self._flag, Noun.DEPLOYMENT: self._deployment}
        )

    def asks(self, action: str) -> Callable[[Press], Awaitable[Ack]]:
        """Return the handler of buttons that ask for an action of the catalogue."""
        return partial(self._later, partial(self._ask, action))

    async def bind(self, press: Press) -> Ack:
        """Bind the channel to the environment whose button was pressed."""
        return await self._later(self._bind, press)

    async def keep(self, press: Press) -> Ack:
        """Note on an announcement that somebody keeps the rollout paused."""
        return await self._later(self._keep, press)

    async def watch(self, press: Press) -> Ack:
        """Watch the rollout of a change from now on."""
        return await self._later(self._watch, press)

    async def _later(self, act: Act, press: Press) -> Ack:
        if not press.value:
            return self._say(press, UNKNOWN_PRESS)
        if press.user_team != press.team:
            return self._say(press, ELSEWHERE)
        return Ack(later=partial(self._answer, act, press), unnoted=partial(self._unnoted, press))

    def _say(self, press: Press, sentence: str) -> Ack:
        return Ack(later=partial(self._by.replies.to_press, press, sentence))

    async def _unnoted(self, press: Press, away: NotRecorded) -> bool:
        """Say that the store is away: nothing is done without it."""
        return await self._by.replies.to_press(press, answer(away).text)

    async def _answer(self, act: Act, press: Press) -> bool:
        """Do what a press asks for as if it had been typed, and tell whether the presser heard what came of it."""
        said = await self._guarded(act, press)
        return said is None or await self._by.replies.to_pick(press, said)

    async def _guarded(self, act: Act, press: Press) -> Message | None:
        try:
            return await act(press)
        except CountersignError as refusal:
            self._refused(refusal)
            return answer(refusal)
        except Exception as error:  # noqa: BLE001  the border of a background task: silence would be worse
            log_failure("panel.press_failed", error)
            return message(OUR_SIDE, [section(OUR_SIDE)])

    async def _ask(self, name: str, press: Press) -> Message | None:
        """Ask for an action, and confirm it with the same press where that is all it wants."""
        action = BY_NAME[name]
        await self._by.rights.person(press.user)
        target = await self._find[action.noun](_ids(press.value))
        origin = Origin(channel=press.channel, surface="panel")
        try:
            result = await self._by.service.ask(action, target, Asking(press.user, origin, press.delivery))
        except AskAgain as asked:
            raise to_type(asked, name, target) from asked
        if isinstance(result, NothingToDo):
            return await self._by.commands.outcome(result, origin)
        await self._confirm(result.change, press)
        return await self._by.commands.outcome(Opened(result.change, result.new), origin)

    async def _confirm(self, change: ChangeRequest, press: Press) -> None:
        decision = change.decision
        waits = change.status is Status.PENDING and not change.confirmed
        if not waits or decision.kind is not Kind.CONFIRM or decision.typed_name:
            return
        try:
            delivery = f"{press.delivery}:confirmed"
            await self._by.service.confirm(change.id, press.user, delivery, change.plan.digest[:12])
        except TooLate:  # somebody ended it in the same moment, and its card says so
            return

    async def _rollout(self, ids: list[str]) -> Target:
        return (await self._seen(ids)).target

    async def _seen(self, ids: list[str]) -> RolloutSeen:
        """Read the rollout that a button is about, by its flag."""
        schedule, flag, environment = ids
        try:
            seen = await self._by.sights.flag(flag)
        except NotFound as gone:
            raise _gone() from gone
        for one in seen.rollouts:
            if one.target.id == schedule and one.target.environment and one.target.environment.id == environment:
                return one
        raise _gone("Its targeting rule may have been replaced. Nothing was changed.")

    async def _flag(self, ids: list[str]) -> Target:
        flag, _, environment = ids
        where = await self._environment(environment)
        found = await self._by.provider.find(Noun.FLAG, flag, where)
        return _one(found, flag)

    async def _deployment(self, ids: list[str]) -> Target:
        return _one(await self._by.provider.find(Noun.DEPLOYMENT, ids[0], None), ids[0])

    async def _environment(self, id_: str) -> Environment:
        for one in await self._by.provider.environments():
            if one.id == id_:
                return one
        raise _gone("The environment may have been deleted. Nothing was changed.")

    async def _bind(self, press: Press) -> Message | None:
        said = Said(Ask(what="bind", about=press.value), press.user, press.channel, press.delivery)
        line = bound_to(await self._by.controls.bind(said), press.user)
        told = await self._by.announcements.say(press.channel, message(line, [section(line)]))
        return None if told else message(line, [section(line)])

    async def _keep(self, press: Press) -> Message | None:
        await self._by.rights.person(press.user)
        seen = await self._seen(_ids(press.value))
        now = self._by.boards.now()
        row = RolloutRow(target=seen.target, progress=infer(seen, (), now), flag_enabled=seen.flag_enabled)
        if seen.trip is None:
            return let_go()
        await self._by.sender.update(press.channel, press.message_ts, trip_message(row, kept=(press.user, now)))
        return None

    async def _watch(self, press: Press) -> Message | None:
        button = press.button
        if button is None:
            return message(UNKNOWN_PRESS, [section(UNKNOWN_PRESS)])
        actor = await self._by.rights.person(press.user)
        change = await self._by.service.get(button.change_id)
        if change.plan.target.noun is not Noun.ROLLOUT:
            raise TooLate("Only rollouts are watched.", "Nothing was changed.")
        return await self._by.posting.watch_target(actor, change.plan.target, press.channel)


def to_type(asked: AskAgain, action: str, target: Target) -> AskAgain:
    """Return what a press was asked for with the command to type, as a press alone carries no reason."""
    where = target.environment.name if target.environment else None
    command = Command(action=action, target=target.key, environment=where, reason="…")
    return AskAgain(asked.fact, f"Type it with what is missing: `/ops {spell(command)}`.")


def _gone(then: str = "Nothing was changed.") -> TooLate:
    return TooLate("What this button was about is no longer there.", then)


def _ids(value: str) -> list[str]:
    ids = value.split(" ")
    if len(ids) != 3:
        raise TooLate(UNKNOWN_PRESS, "Nothing was changed.")
    return ids


def _one(found: tuple[Target, ...], id_: str) -> Target:
    for target in found:
        if target.id == id_:
            return target
    raise _gone()
