"""
A person in the sandbox: says, presses and sends over HTTP, and sees what the workspace shows.
"""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import aiohttp

Json = dict[str, Any]


class NotSeen(AssertionError):
    """What was waited for did not appear; the sentence says what was seen instead."""


class People:
    """Everybody in one workspace, acting through its people API; raises NotSeen for what never appears."""

    def __init__(self, url: str, patience: float = 10.0) -> None:
        """Take the workspace's address, and how many seconds to wait for what should appear."""
        self._url = url
        self._patience = patience
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the connection."""
        self._session = aiohttp.ClientSession(base_url=self._url)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        if self._session is not None:
            await self._session.close()

    async def act(self, what: str, **body: object) -> Json:
        """Do one act and return what became of its delivery; raise NotSeen where the workspace refuses it."""
        async with self._open.post(f"/sandbox/{what}", json=body) as answer:
            outcome: Json = await answer.json()
        if not outcome.get("ok"):
            raise NotSeen(f"{what}: {outcome.get('message')}")
        return outcome

    async def say(self, who: str, channel: str, text: str, thread: str | None = None) -> Json:
        """Type a command or a message."""
        more = {"thread_ts": thread} if thread else {}
        return await self.act("say", **{"as": who}, channel=channel, text=text, **more)

    async def press(self, who: str, message: Json, action: str, block: str | None = None) -> Json:
        """Press a button of a message, in a block of it where several have such a button."""
        named = {"block_id": block} if block else {}
        where = {"as": who, "channel": message["channel"], "ts": message["ts"], **named}
        return await self.act("press", **where, action_id=action)

    async def send(self, who: str, view: Json, values: dict[str, dict[str, str]]) -> Json:
        """Send a form."""
        return await self.act("submit", **{"as": who}, view_id=view["id"], values=values)

    async def tell_datadog(self, tail: str, **body: object) -> Json:
        """Move the sandbox's Datadog as somebody else would: `faults`, `drift`, `suggestions/<id>/approve`, …"""
        async with self._open.post(f"/sandbox/datadog/{tail}", json=body) as answer:
            if answer.status != 200:
                raise NotSeen(f"{tail}: {await answer.text()}")
            told: Json = await answer.json()
        return told

    async def state(self, who: str) -> Json:
        """Return everything a person sees."""
        return await self.fetch(f"/sandbox/state?as={who.replace(' ', '%20')}")

    async def fetch(self, path: str) -> Json:
        """Return what an address of the sandbox shows."""
        async with self._open.get(path) as answer:
            found: Json = await answer.json()
        return found

    async def messages(self, who: str, channel: str) -> list[Json]:
        """Return a channel's messages (`#name`), or those of the direct messages with the bot (`@`)."""
        channels = (await self.state(who))["channels"]
        return [m for c in channels if _called(c, channel) for m in c["messages"]]

    async def see(self, who: str, channel: str, wanted: Callable[[Json], bool]) -> Json:
        """Wait for a message and return the newest that is as wanted."""

        async def look() -> Json | None:
            found = [message for message in await self.messages(who, channel) if wanted(message)]
            return found[-1] if found else None

        async def instead() -> str:
            return "; ".join(m["text"][:160] for m in (await self.messages(who, channel))[-3:])

        return await self._until(look, instead)

    async def see_form(self, who: str) -> Json:
        """Wait for a form to open and return it."""

        async def look() -> Json | None:
            modal: Json | None = (await self.state(who))["modal"]
            return modal

        return await self._until(look, self._no_form)

    async def until(self, path: str, wanted: Callable[[Json], bool]) -> Json:
        """Wait until an address of the sandbox shows what is wanted."""

        async def look() -> Json | None:
            found = await self.fetch(path)
            return found if wanted(found) else None

        async def instead() -> str:
            return f"{path} never showed it"

        return await self._until(look, instead)

    async def _until(self, look: Callable[[], Any], instead: Callable[[], Any]) -> Json:
        deadline = asyncio.get_running_loop().time() + self._patience
        while asyncio.get_running_loop().time() < deadline:
            found: Json | None = await look()
            if found is not None:
                return found
            await asyncio.sleep(0.02)
        raise NotSeen(f"It did not appear within {self._patience:g} s. Seen instead: {await instead()}")

    async def _no_form(self) -> str:
        return "no form"

    @property
    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("use `async with`")
        return self._session


def _called(channel: Json, name: str) -> bool:
    return bool(channel["is_im"]) if name == "@" else channel["name"] == name.lstrip("#")


def says(fragment: str) -> Callable[[Json], bool]:
    """Return the wish for a message that says something."""
    return lambda message: fragment in message["text"]


def whispers(fragment: str) -> Callable[[Json], bool]:
    """Return the wish for a message that only its reader sees, and that says something."""
    return lambda message: bool(message["ephemeral"]) and fragment in message["text"]


def action_ids(message: Json) -> list[str]:
    """Return the buttons of a message, by what they are called in code."""
    return [
        element["action_id"]
        for block in message["blocks"]
        for element in [*block.get("elements", ()), block.get("accessory") or {}]
        if element.get("type") == "button"
    ]
