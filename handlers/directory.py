"""
Who people are and who belongs to which group, from Slack.

An answer is kept for a minute at most and fetched once however many ask for it at once. A look-up that takes too
long for a press is given up by the one who waits, not stopped: the next press finds its result.
"""

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import DirectoryUnavailable
from bot.model import Actor, Standing
from bot.policy import Group
from bot.ports import Channel
from handlers.reading import mapping, text
from handlers.slack_client import error_code, error_facts

KEEP_SECONDS = 60.0
LOOKUP_SECONDS = 1.5
KEPT = 5000
_GROUP_ID = re.compile(r"S[A-Z0-9]{6,}", re.ASCII)
_DIRECT = frozenset({"im:read", "mpim:read"})

Answer = TypeVar("Answer")
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Kept:
    value: Any  # of the kind its key stands for
    asked_at: float


class _Lookups:
    """Answers by key: kept for a while, asked for once at a time, the longest unused ones forgotten."""

    def __init__(self, clock: Callable[[], float], keep: float, bound: float, size: int) -> None:
        self._clock = clock
        self._keep = keep
        self._bound = bound
        self._size = size
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
        self._asking: dict[tuple[str, str, bool], asyncio.Task[Any]] = {}

    async def get(self, kind: str, key: str, ask: Callable[[], Awaitable[Answer]], *, fresh: bool) -> Answer:
        """Return the answer kept, or the one to `ask`; a fresh one has no bound but that of the call itself."""
        kept = self._kept.get((kind, key))
        if not fresh and kept is not None and self._clock() - kept.asked_at < self._keep:
            self._kept.move_to_end((kind, key))
            found: Answer = kept.value
            return found
        task = self._task(kind, key, ask, fresh)
        try:
            async with asyncio.timeout(None if fresh else self._bound):
                answer: Answer = await asyncio.shield(task)
        except TimeoutError:
            raise DirectoryUnavailable("Slack did not say in time who may do this.", "Try again in a moment.") from None
        return answer

    async def close(self) -> None:
        """Stop what is being asked."""
        asking = tuple(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    def _task(self, kind: str, key: str, ask: Callable[[], Awaitable[Answer]], fresh: bool) -> asyncio.Task[Answer]:
        name = (kind, key, fresh)
        running = self._asking.get(name)
        if running is not None:
            return running
        task = asyncio.create_task(self._ask(kind, key, ask), name=f"directory:{kind}")
        self._asking[name] = task
        task.add_done_callback(lambda done: self._ended(name, done))
        return task

    async def _ask(self, kind: str, key: str, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        began = self._clock()
        value = await ask()
        kept = self._kept.get((kind, key))
        if kept is None or kept.asked_at <= began:  # a slow answer does not replace a newer one
            self._kept[kind, key] = _Kept(value, began)
            self._kept.move_to_end((kind, key))
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)
        return value

    def _ended(self, name: tuple[str, str, bool], task: asyncio.Task[Any]) -> None:
        if self._asking.get(name) is task:
            del self._asking[name]
        if not task.cancelled():
            task.exception()  # seen by whoever waits; by nobody once they have given up


class SlackDirectory:
    """
    The Directory of one workspace.

    `team` is the workspace: an account of any other is EXTERNAL, unless it belongs to the same organisation and is
    in this workspace too. `clock` is in seconds and need not be the time of day. Everything is asked by POST, which
    every server of Slack's API takes; the SDK's own methods read by GET, which some do not.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        team: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        keep_seconds: float = KEEP_SECONDS,
        lookup_seconds: float = LOOKUP_SECONDS,
        kept: int = KEPT,
    ) -> None:
        self._client = client
        self._team = team
        self._lookups = _Lookups(clock, keep_seconds, lookup_seconds, kept)

    async def person(self, id_: str, *, fresh: bool = False) -> Actor:
        """Return a person by id; raise DirectoryUnavailable for nobody."""
        return await self._lookups.get("person", id_, lambda: self._ask_person(id_), fresh=fresh)

    async def members(self, group: str, *, fresh: bool = False) -> frozenset[str]:
        """Return the ids of a user group's people, by the group's id or handle; a disabled group is none."""
        id_ = group if _GROUP_ID.fullmatch(group) else await self._group_id(group.removeprefix("@"), fresh=fresh)
        return await self._lookups.get("members", id_, lambda: self._ask_members(id_, group), fresh=fresh)

    async def groups_there_are(self) -> tuple[Group, ...]:
        """Return every user group that is not disabled."""
        known = await self._lookups.get("groups", "", self._ask_groups, fresh=False)
        return tuple(Group(id=id_, handle=handle) for handle, id_ in known.items())

    async def channel(self, id_: str) -> Channel:
        """Return what is known of a channel; one that is about to be shared counts as shared."""
        return await self._lookups.get("channel", id_, lambda: self._ask_channel(id_), fresh=False)

    async def close(self) -> None:
        """Stop what is being asked."""
        await self._lookups.close()

    async def _group_id(self, handle: str, *, fresh: bool) -> str:
        groups = await self._lookups.get("groups", "", self._ask_groups, fresh=fresh)
        if handle not in groups:
            raise DirectoryUnavailable(f"There is no user group @{handle}.", "Correct the name in the policy.")
        return groups[handle]

    async def _ask_person(self, id_: str) -> Actor:
        answer = await _asked(
            "users.info", self._client.api_call("users.info", data={"user": id_}), user_not_found=_nobody(id_)
        )
        user = mapping(answer, "user")
        if text(user, "id") != id_:
            raise _unavailable("users.info", "an answer about somebody else")
        return _actor(user, self._team)

    async def _ask_groups(self) -> dict[str, str]:
        answer = await _asked("usergroups.list", self._client.api_call("usergroups.list"))
        groups = answer.get("usergroups")
        if not isinstance(groups, list):
            raise _unavailable("usergroups.list", "no list")
        return {text(one, "handle"): text(one, "id") for one in groups if isinstance(one, dict) and _alive(one)}

    async def _ask_members(self, id_: str, group: str) -> frozenset[str]:
        unknown = DirectoryUnavailable(f"There is no user group {group}.", "Correct the name in the policy.")
        call = self._client.api_call("usergroups.users.list", data={"usergroup": id_})
        answer = await _asked("usergroups.users.list", call, no_such_subteam=unknown, subteam_not_found=unknown)
        users = answer.get("users")
        if not isinstance(users, list) or not all(isinstance(user, str) for user in users):
            raise _unavailable("usergroups.users.list", "no list")
        return frozenset(users)

    async def _ask_channel(self, id_: str) -> Channel:
        unseen = DirectoryUnavailable("I cannot see that channel.", "Invite me to it with /invite, then try again.")
        try:
            call = self._client.api_call("conversations.info", data={"channel": id_})
            answer = await _asked("conversations.info", call, channel_not_found=unseen)
        except _MissingScope as missing:
            if missing.scopes and missing.scopes <= _DIRECT:  # a conversation between people, in which I am not
                return Channel(id=id_, member=False)
            raise _unavailable("conversations.info", "missing_scope") from None
        return _channel(id_, mapping(answer, "channel"))


class _MissingScope(DirectoryUnavailable):
    """The token lacks a scope; `scopes` are those it would need."""

    def __init__(self, method: str, scopes: frozenset[str]) -> None:
        super().__init__(
            f"Slack does not let me ask {method} (missing scope).", "Reinstall the app with its current manifest."
        )
        self.scopes = scopes


async def _asked(method: str, call: Awaitable[Any], **known: DirectoryUnavailable) -> Json:
    """Await a call of the Web API and return its answer; raise DirectoryUnavailable for every failure."""
    try:
        answer = await call
    except SlackApiError as error:
        code = error_code(error)
        if code in known:
            raise known[code] from None
        if code == "missing_scope":
            raise _MissingScope(method, _lacking(error)) from None
        raise _unavailable(method, code) from None
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise _unavailable(method, type(error).__name__) from error
    return answer.data if isinstance(answer.data, dict) else {}


def _lacking(error: SlackApiError) -> frozenset[str]:
    facts = error_facts(error)
    needed, provided = str(facts.get("needed") or "").split(","), str(facts.get("provided") or "").split(",")
    return frozenset(filter(None, (scope.strip() for scope in needed))) - {scope.strip() for scope in provided}


def _unavailable(method: str, why: str) -> DirectoryUnavailable:
    return DirectoryUnavailable(f"Slack did not answer {method} ({why}).", "Try again in a minute.")


def _nobody(id_: str) -> DirectoryUnavailable:
    return DirectoryUnavailable(f"Slack knows nobody with the id {id_}.", "Correct the id, or ask as somebody else.")


def _alive(group: Json) -> bool:
    return not group.get("date_delete") and bool(text(group, "handle")) and bool(text(group, "id"))


def _actor(user: Json, team: str) -> Actor:
    profile = mapping(user, "profile")
    return Actor(
        id=text(user, "id"),
        team=text(user, "team_id"),
        name=text(profile, "display_name") or text(profile, "real_name") or text(user, "name"),
        email=text(profile, "email") or None,
        standing=_standing(user, team),
        timezone=text(user, "tz") or "UTC",
    )


def _standing(user: Json, team: str) -> Standing:
    """Return the standing of an account; in doubt it is the lesser one."""
    if user.get("deleted"):
        return Standing.DEACTIVATED
    if user.get("is_bot") or text(user, "id") == "USLACKBOT" or user.get("is_workflow_bot"):
        return Standing.BOT
    if user.get("is_stranger") or not _belongs(user, team):
        return Standing.EXTERNAL
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return Standing.GUEST
    return Standing.MEMBER


def _belongs(user: Json, team: str) -> bool:
    if text(user, "team_id") == team:
        return True
    teams = mapping(user, "enterprise_user").get("teams")  # Enterprise Grid: one account in several workspaces
    return isinstance(teams, list) and team in teams


def _channel(id_: str, found: Json) -> Channel:
    shared = bool(found.get("is_ext_shared") or found.get("is_pending_ext_shared"))
    member = bool(found.get("is_member") or found.get("is_im"))
    archived = found.get("is_archived") is True
    return Channel(id=id_, name=text(found, "name"), shared=shared, archived=archived, member=member)
