"""Plans drawn into a modal while people go on choosing: the last choice wins, whatever comes late."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.errors import NotPermitted
from bot.grammar.command import Command
from handlers.blocks import Block, section
from handlers.forms.looking import Looking
from handlers.payloads import Press

READING, FOUND = [section("reading")], [section("found")]


@dataclass
class Answer:
    """What Slack answers, as its SDK keeps it."""

    data: dict[str, Any]


class Client:
    """A Slack that keeps one view, and refuses what is based on an older form of it."""

    def __init__(self) -> None:
        self.hash = "h0"
        self.drawn: list[str] = []
        self.gone = False
        self.began = asyncio.Event()

    async def views_update(self, *, view_id: str, view: Block, hash: str = "") -> dict[str, Any]:
        """Redraw."""
        if self.gone or (hash and hash != self.hash):
            code = "not_found" if self.gone else "hash_conflict"
            raise SlackApiError(code, Answer({"ok": False, "error": code}))  # type: ignore[no-untyped-call]  # the SDK's
        self.hash = f"h{len(self.drawn) + 1}"
        assert view_id == "V1"
        self.drawn.append(str(view["said"]))
        self.began.set()
        return {"view": {"hash": self.hash}}


class Refusing:
    """A service in which nobody may do anything, or nothing works."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def rehearse(self, command: Command, person: str) -> None:
        """Refuse."""
        assert (command.target, person) == ("x", "U1")
        raise self.error


def looking(client: Client, service: object = None) -> Looking:
    """Return what is tried."""
    slack: Any = client
    core: Any = service
    return Looking(core, slack)


def press(stamp: str, hash_: str = "h0") -> Press:
    """Return a choice in the one view."""
    return Press("a", "b", "", "", "U1", "T1", "T1", view_id="V1", view_hash=hash_, delivery=f"press:{stamp}")


def draw(who: str, blocks: Sequence[Block]) -> Block:
    """Return a view that says whose it is and what it shows."""
    text = blocks[0]["text"]
    assert isinstance(text, dict)
    return {"said": f"{who} {text['text']}"}


async def test_first_the_choice_and_then_what_comes_of_it() -> None:
    """Two redrawings, the second based on the first."""
    client = Client()

    async def find() -> Sequence[Block]:
        assert client.drawn == ["one reading"]
        return FOUND

    tried, chosen = looking(client), press("1")
    tried.begin(chosen)
    await tried.show(chosen, lambda blocks: draw("one", blocks), READING, find)
    assert client.drawn == ["one reading", "one found"]


async def test_what_comes_of_an_earlier_choice_is_dropped() -> None:
    """The first one's plan comes after the second was chosen; the second one's view is what stays."""
    client, go = Client(), asyncio.Event()
    tried, first = looking(client), press("1")

    async def slow() -> Sequence[Block]:
        await go.wait()
        return FOUND

    async def quick() -> Sequence[Block]:
        return FOUND

    tried.begin(first)
    late = asyncio.create_task(tried.show(first, lambda blocks: draw("one", blocks), READING, slow))
    await client.began.wait()
    second = press("2", "h0")  # pressed before the first redrawing was seen
    tried.begin(second)
    await tried.show(second, lambda blocks: draw("two", blocks), READING, quick)
    go.set()
    await late
    assert client.drawn == ["one reading", "two reading", "two found"]


async def test_a_choice_that_is_no_longer_the_last_draws_nothing() -> None:
    """Its names took long to look up, and meanwhile something else was chosen."""
    client = Client()
    tried, first = looking(client), press("1")
    tried.begin(first)
    tried.begin(press("2"))
    await tried.show(first, lambda blocks: draw("one", blocks), READING, None)
    assert client.drawn == []


async def test_a_modal_that_was_closed_is_let_be() -> None:
    """Nothing is looked up for a modal that is gone."""
    client = Client()
    client.gone = True

    async def never() -> Sequence[Block]:
        raise AssertionError

    await looking(client).show(press("1"), lambda blocks: draw("one", blocks), READING, never)
    assert client.drawn == []


async def test_what_stands_against_it_is_said_in_its_place() -> None:
    """A refusal is shown as it is, escaped; anything unforeseen as a sentence, and never as silence."""
    refusal = NotPermitted("Policy says <!channel> no.", "Ask somebody.")
    command = Command(action="flag.disable", target="x", environment="e")
    blocks = await looking(Client(), Refusing(refusal)).plan(command, "U1")
    assert "*Not like this.* Policy says &lt;!channel&gt; no. Ask somebody." in str(blocks)
    blocks = await looking(Client(), Refusing(ValueError("secret"))).plan(command, "U1")
    assert "Something went wrong on our side" in str(blocks)
    assert "secret" not in str(blocks)
