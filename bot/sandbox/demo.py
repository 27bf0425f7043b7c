"""
A whole story in the terminal, played over HTTP against the sandbox and printed as it happens.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from bot.sandbox.person import Json, NotSeen, People, action_ids, says, whispers
from bot.sandbox.plain import drawn, resolved
from bot.sandbox.slack.ratelimit import RateLimiter
from bot.sandbox.town import Town, open_town

Bot = Callable[[Town, asyncio.Event, Callable[[int], None]], Coroutine[Any, Any, None]]
DEPLOYS = "#deploys"
EVENTS = "/api/v2/events"  # what the bot tells Datadog about itself changes nothing there
LATE = "Your press changed nothing"


class Story:
    """Tells what people do and what they see; anything that goes otherwise is a NotSeen."""

    def __init__(self, people: People, names: dict[str, str], tell: Callable[[str], object]) -> None:
        self.people = people
        self._names = names
        self._tell = tell

    def chapter(self, title: str) -> None:
        """Begin a scene."""
        self._tell(f"\n━━ {title} {'━' * max(3, 84 - len(title))}\n")

    def note(self, text: str) -> None:
        """Tell something from beside the stage."""
        self._tell(f"   ({text})\n")

    async def say(self, who: str, text: str) -> None:
        """Somebody types."""
        self._tell(f"\n{who}  {text}\n")
        await self.people.say(who, DEPLOYS, text)

    async def press(self, who: str, message: Json, action: str, label: str) -> None:
        """Somebody presses."""
        self._tell(f"\n{who}  presses [{label}]\n")
        await self.people.press(who, message, action)

    async def see(self, who: str, fragment: str, channel: str = DEPLOYS, *, whole: bool = True) -> Json:
        """Somebody sees a message for all."""
        message = await self.people.see(who, channel, says(fragment))
        self._show("Countersign" if channel == DEPLOYS else "Countersign, by direct message", message, whole=whole)
        return message

    async def hear(self, who: str, fragment: str) -> Json:
        """Somebody sees what only they see."""
        message = await self.people.see(who, DEPLOYS, whispers(fragment))
        self._show(f"Countersign, to {who} alone", message, whole=True)
        return message

    def _show(self, speaker: str, message: Json, *, whole: bool) -> None:
        lines = drawn(message, self._names) if whole else [resolved(message["text"], self._names)]
        self._tell(f"{speaker}\n" + "".join(f"  │ {line}\n" for line in lines))

    async def thread(self, message: Json) -> None:
        """Show what the message's thread says."""
        now = await self.people.see(
            "Requester", DEPLOYS, lambda m: m["ts"] == message["ts"] and len(m["replies"]) >= len(message["replies"])
        )
        for reply in now["replies"]:
            self._tell(f"  └ {resolved(reply['text'], self._names).replace('*', '').replace('`', '')}\n")


async def approved(story: Story) -> None:
    """The first change: asked, not signed by whoever asked, signed by somebody else, called once, read back."""
    story.chapter("A flag misbehaves: someone asks, someone else signs")
    await story.say("Requester", "/flag disable new-search in prod because cart errors")
    card = await story.see("Requester", "Disable flag new-search in PROD: waiting")
    await story.press("Requester", card, "change.approve", "Approve")
    await story.hear("Requester", "Whoever asked cannot also sign")
    await story.press("Approver", card, "change.approve", "Approve")
    done = await story.see("Requester", "Disable flag new-search in PROD: done")
    await _told(story, done)
    await _datadog(story, "new-search", "prod", "DISABLED")
    await story.see("Requester", "Disable flag new-search in PROD: done", channel="@", whole=False)


async def late(story: Story) -> None:
    """Two approvers at once: one call, and the late one is told."""
    story.chapter("Two approvers press at the same moment: one call, and the late one is told")
    await story.say("Requester", "/flag disable button-colour in prod because wrong colour")
    card = await story.see("Requester", "Disable flag button-colour in PROD: waiting", whole=False)
    pair = ("Approver", "Second approver")
    story.note(f"{' and '.join(pair)} press [Approve] at once")
    await asyncio.gather(*(story.people.press(who, card, "change.approve") for who in pair))
    await story.see("Requester", "Disable flag button-colour in PROD: done", whole=False)
    late = [who for who in pair if await _was_late(story, who)]
    if len(late) != 1:
        raise NotSeen(f"{len(late)} of two presses were late, instead of one")
    await story.hear(late[0], LATE)
    await _datadog(story, "button-colour", "prod", "DISABLED")


async def _was_late(story: Story, who: str) -> bool:
    return any(LATE in message["text"] for message in await story.people.messages(who, DEPLOYS))


async def _told(story: Story, card: Json) -> None:
    ended = await story.people.see("Requester", DEPLOYS, lambda m: m["ts"] == card["ts"] and len(m["replies"]) >= 3)
    await story.thread(ended)


async def _datadog(story: Story, flag: str, environment: str, status: str) -> None:
    def shows(state: Json) -> bool:
        found = next(f for f in state["flags"] if f["key"] == flag)
        return bool(found["environments"][environment]["status"] == status)

    state = await story.people.until("/sandbox/datadog", shows)
    writes = [c for c in state["calls"] if c["method"] != "GET" and c["applied"] and c["path"] != EVENTS]
    story.note(f"Datadog: {flag} is {status} in {environment}; calls that changed anything so far: {len(writes)}")


async def no_op(story: Story) -> None:
    """Nothing to do is said at once."""
    story.chapter("Asking for what is already so")
    await story.say("Requester", "/flag disable new-search in prod because once more")
    await story.hear("Requester", "already disabled")


async def rejected(story: Story) -> None:
    """An approver says no, with a reason."""
    story.chapter("An approver says no")
    await story.say("Requester", "/flag enable new-search in prod because it looks fine")
    card = await story.see("Requester", "Enable flag new-search in PROD: waiting", whole=False)
    await story.press("Approver", card, "change.reject", "Reject…")
    form = await story.people.see_form("Approver")
    story.note("Approver types: the errors are still there")
    await story.people.send("Approver", form, {"note": {"value": "the errors are still there"}})
    await story.see("Requester", "Enable flag new-search in PROD: rejected", whole=False)


async def ambiguous(story: Story) -> None:
    """Two rollouts answer to a name: a question, never a guess."""
    story.chapter("A name that could be two things; then containing, which needs no second person")
    await story.say("Requester", "/rollout pause search-ranking in prod because p99 up")
    question = await story.hear("Requester", "2 rollouts answer to search-ranking")
    await story.press("Requester", question, action_ids(question)[0], "search-ranking · ranking-web")
    card = await story.see("Requester", "Pause rollout search-ranking in PROD: waiting", whole=False)
    await story.press("Requester", card, "change.confirm", "Confirm")
    await story.see("Requester", "Pause rollout search-ranking in PROD: accepted by Datadog")


async def submitted(story: Story) -> None:
    """Datadog has an approval of its own: accepted is not done."""
    story.chapter("Datadog wants its own approval: accepted is not done")
    await story.say("Requester", "/flag enable eu-pricing in prod because launch")
    card = await story.see("Requester", "Enable flag eu-pricing in PROD: waiting", whole=False)
    await story.press("Approver", card, "change.approve", "Approve")
    await story.see("Requester", "Enable flag eu-pricing in PROD: waiting in Datadog")
    state = await story.people.fetch("/sandbox/datadog")
    flag = next(f for f in state["flags"] if f["key"] == "eu-pricing")
    suggestion = flag["environments"]["prod"]["pending_suggestion"]
    story.note("somebody approves the suggestion inside Datadog")
    await story.people.tell_datadog(f"suggestions/{suggestion}/approve")
    await story.see("Requester", "Enable flag eu-pricing in PROD: done", whole=False)


SCENES: Sequence[Callable[[Story], Awaitable[None]]] = (approved, late, no_op, rejected, ambiguous, submitted)


async def demo(bot: Bot, tell: Callable[[str], object]) -> int:
    """Play every scene in a workspace of its own; return 0, or 1 where a step went otherwise."""
    with tempfile.TemporaryDirectory(prefix="countersign-") as folder:
        async with open_town(Path(folder), limiter=RateLimiter(limits={})) as town:
            stop = asyncio.Event()
            listening = asyncio.Event()

            def ready(port: int) -> None:
                town.deliver_to(port)
                listening.set()

            running = asyncio.ensure_future(bot(town, stop, ready))
            try:
                await _first(listening, running)
                return await _play(town, tell)
            finally:
                stop.set()
                await running


async def _first(listening: asyncio.Event, running: asyncio.Future[None]) -> None:
    """Wait until the bot listens; raise what kept it from starting."""
    waiting = asyncio.create_task(listening.wait())
    either: set[asyncio.Future[Any]] = {waiting, running}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if running.done():
        running.result()


async def _play(town: Town, tell: Callable[[str], object]) -> int:
    names = {person.id: person.role for person in town.workspace.people.values()}
    names |= {channel.id: channel.name for channel in town.workspace.channels.values()}
    names |= {group.id: group.handle for group in town.workspace.groups.values()}
    async with People(town.slack_url) as people:
        story = Story(people, names, tell)
        try:
            for scene in SCENES:
                await scene(story)
        except NotSeen as otherwise:
            tell(f"\nThat went otherwise: {otherwise}\n")
            return 1
    tell("\nEvery step went as told.\n")
    return 0
