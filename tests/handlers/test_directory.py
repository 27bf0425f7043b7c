"""People, groups and channels as Slack tells them; and the client and identity they are asked with."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.errors import DirectoryUnavailable, Misconfigured
from bot.model import Actor, Standing
from bot.ports import Channel, Directory
from bot.sandbox.slack.records import Channel as SandboxChannel
from bot.sandbox.slack.seed import (
    APP_ID,
    APPROVER_ID,
    BOT_ID,
    BOT_USER_ID,
    DEACTIVATED_ID,
    GROUP_ID,
    GUEST_ID,
    INCIDENT_ID,
    OTHER_TEAM_ID,
    OUTSIDER_ID,
    PARTNERS_ID,
    RANDOM_ID,
    REQUESTER_ID,
    SECOND_ACCOUNT_ID,
    SECOND_APPROVER_ID,
    TEAM,
)
from handlers.directory import SlackDirectory
from handlers.slack_client import SlackClient, identity, is_safe_url
from tests.fakes import FakeDirectory
from tests.sandbox.slack.stage import BOT_TOKEN, Stage, staged

LOOKUPS = ("users.info", "usergroups.list", "usergroups.users.list")


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


class World:
    """A directory before the sandbox's workspace, and how to look behind it."""

    def __init__(self, stage: Stage, directory: SlackDirectory, clock: Clock) -> None:
        self.stage, self.directory, self.clock = stage, directory, clock

    def calls(self, method: str) -> int:
        """How often a method of the Web API was called."""
        return self.stage.workspace.calls[method]

    async def fault(self, method: str, **fault: Any) -> None:
        """Make a method of the Web API fail."""
        answer = await self.stage.do("settings", faults={method: fault})
        assert answer["ok"], answer


@asynccontextmanager
async def world_of(**more: Any) -> AsyncIterator[World]:
    """Run a sandbox with a directory before it."""
    clock = Clock()
    async with staged() as stage:
        slack = SlackClient(BOT_TOKEN, f"{stage.url}/api/")
        directory = SlackDirectory(slack.web, TEAM.id, clock=clock, **more)
        try:
            yield World(stage, directory, clock)
        finally:
            await directory.close()
            await slack.close()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Give a sandbox with a directory before it."""
    async with world_of() as world:
        yield world


REQUESTER = Actor(
    id=REQUESTER_ID, team=TEAM.id, name="requester", email="requester@sandbox.example", timezone="Europe/Amsterdam"
)


@pytest.fixture(params=["slack", "fake"])
async def directory(request: pytest.FixtureRequest) -> AsyncIterator[Directory]:
    """Give each implementation of the port, with the same people in it."""
    if request.param == "fake":
        approvers = frozenset({APPROVER_ID, SECOND_APPROVER_ID, REQUESTER_ID})
        channel = Channel(id=PARTNERS_ID, name="partners", shared=True)
        yield FakeDirectory(
            {REQUESTER_ID: REQUESTER}, {GROUP_ID: approvers, "sre-approvers": approvers}, {PARTNERS_ID: channel}
        )
        return
    async with world_of() as world:
        yield world.directory


async def test_knows_a_person(directory: Directory) -> None:
    """Every directory returns a person whole, fresh or not."""
    assert await directory.person(REQUESTER_ID) == REQUESTER
    assert await directory.person(REQUESTER_ID, fresh=True) == REQUESTER


@pytest.mark.parametrize("group", [GROUP_ID, "sre-approvers", "@sre-approvers"])
async def test_knows_a_group_by_id_and_handle(directory: Directory, group: str) -> None:
    """Every directory returns a group's members by its id or handle."""
    for fresh in (False, True):
        assert await directory.members(group, fresh=fresh) == {APPROVER_ID, SECOND_APPROVER_ID, REQUESTER_ID}


async def test_knows_a_shared_channel(directory: Directory) -> None:
    """Every directory says of a channel that it is shared with another organisation."""
    assert await directory.channel(PARTNERS_ID) == Channel(id=PARTNERS_ID, name="partners", shared=True)


@pytest.mark.parametrize(
    "ask",
    [
        lambda directory: directory.person("U0NOBODY"),
        lambda directory: directory.members("S0NOGROUP"),
        lambda directory: directory.members("nobody"),
        lambda directory: directory.channel("C0NOWHERE"),
    ],
    ids=["person", "group by id", "group by handle", "channel"],
)
async def test_never_makes_anybody_up(directory: Directory, ask: Callable[[Directory], Awaitable[object]]) -> None:
    """Every directory raises for what it does not know, with a sentence."""
    with pytest.raises(DirectoryUnavailable) as raised:
        await ask(directory)
    assert raised.value.fact.endswith(".")


async def test_fake_fails_when_told_to() -> None:
    """The fake raises what it is told to raise and notes what it was asked."""
    fake = FakeDirectory()
    fake.failure = DirectoryUnavailable("Slack did not answer.")
    with pytest.raises(DirectoryUnavailable, match="did not answer"):
        await fake.person("U1", fresh=True)
    assert fake.asked == [("person", "U1", True)]


@pytest.mark.parametrize(
    ("id_", "standing"),
    [
        (REQUESTER_ID, Standing.MEMBER),
        (GUEST_ID, Standing.GUEST),
        (OUTSIDER_ID, Standing.EXTERNAL),
        (BOT_USER_ID, Standing.BOT),
        ("USLACKBOT", Standing.BOT),
        (DEACTIVATED_ID, Standing.DEACTIVATED),
    ],
)
async def test_tells_the_standing_of_an_account(world: World, id_: str, standing: Standing) -> None:
    """Each kind of account is told as what it is."""
    assert (await world.directory.person(id_)).standing is standing


async def test_tells_the_own_team_of_an_outsider_and_the_address_of_a_second_account(world: World) -> None:
    """The team is the account's own, and two accounts of one person have one address."""
    assert (await world.directory.person(OUTSIDER_ID)).team == OTHER_TEAM_ID
    second = await world.directory.person(SECOND_ACCOUNT_ID)
    assert second.same_person(await world.directory.person(REQUESTER_ID))


async def test_knows_channels(world: World) -> None:
    """A channel tells its name, and whether the bot is in it; a conversation of others is one it is not in."""
    world.stage.workspace.channels["D0TWO"] = SandboxChannel("D0TWO", "", [REQUESTER_ID], with_user=REQUESTER_ID)
    directory = world.directory
    assert await directory.channel(INCIDENT_ID) == Channel(id=INCIDENT_ID, name="inc-checkout")
    assert await directory.channel(RANDOM_ID) == Channel(id=RANDOM_ID, name="random", member=False)
    assert await directory.channel("D0TWO") == Channel(id="D0TWO", member=False)


async def test_keeps_an_answer_for_a_minute(world: World) -> None:
    """Within a minute Slack is asked once; after it, again."""
    for _ in range(3):
        await world.directory.person(REQUESTER_ID)
        await world.directory.members("sre-approvers")
    world.clock.now += 59.9
    await world.directory.person(REQUESTER_ID)
    assert (world.calls("users.info"), world.calls("usergroups.list"), world.calls("usergroups.users.list")) == (
        1,
        1,
        1,
    )
    world.clock.now += 0.1
    await world.directory.person(REQUESTER_ID)
    await world.directory.members("sre-approvers")
    assert (world.calls("users.info"), world.calls("usergroups.list"), world.calls("usergroups.users.list")) == (
        2,
        2,
        2,
    )


async def test_asks_anew_when_it_must_be_fresh(world: World) -> None:
    """A fresh look-up sees what changed since, and leaves that for the others."""
    group = world.stage.workspace.groups[GROUP_ID]
    before = await world.directory.members(GROUP_ID)
    world.stage.workspace.groups[GROUP_ID] = type(group)(group.id, group.handle, group.name, (APPROVER_ID,))
    assert await world.directory.members(GROUP_ID) == before
    assert await world.directory.members(GROUP_ID, fresh=True) == {APPROVER_ID}
    assert await world.directory.members(GROUP_ID) == {APPROVER_ID}
    assert world.calls("usergroups.users.list") == 2


async def test_resolves_a_handle_anew_when_it_must_be_fresh(world: World) -> None:
    """A handle that was given to another group means that group, once the look-up is fresh."""
    await world.directory.members("sre-approvers")
    old = world.stage.workspace.groups.pop(GROUP_ID)
    world.stage.workspace.groups["S0NEWGROUP"] = type(old)("S0NEWGROUP", old.handle, old.name, (APPROVER_ID,))
    assert await world.directory.members("sre-approvers", fresh=True) == {APPROVER_ID}


@pytest.mark.parametrize("fresh", [False, True])
async def test_asks_once_for_many(world: World, fresh: bool) -> None:
    """However many ask for one person at once, Slack is asked once."""
    asking = [world.directory.person(REQUESTER_ID, fresh=fresh) for _ in range(20)]
    assert await asyncio.gather(*asking) == [REQUESTER] * 20
    assert world.calls("users.info") == 1


async def test_keeps_a_bounded_number() -> None:
    """The answers unused for longest are forgotten first."""
    async with world_of(kept=2) as world:
        for id_ in (REQUESTER_ID, APPROVER_ID, REQUESTER_ID, GUEST_ID, REQUESTER_ID, APPROVER_ID):
            await world.directory.person(id_)
        assert world.calls("users.info") == 4


class HeldSlack:
    """A Slack that holds each call of `users.info` until it is let go, and names the person by the call's number."""

    def __init__(self) -> None:
        self.held: list[asyncio.Event] = []
        self.arrived = asyncio.Condition()

    async def _answer(self, request: web.Request) -> web.Response:
        gate = asyncio.Event()
        async with self.arrived:
            self.held.append(gate)
            number = len(self.held)
            self.arrived.notify_all()
        await gate.wait()
        return _person(id=(await request.post())["user"], name=f"answer {number}")

    async def asked(self, times: int) -> None:
        """Wait until that many calls are held."""
        async with asyncio.timeout(5), self.arrived:
            await self.arrived.wait_for(lambda: len(self.held) >= times)

    @asynccontextmanager
    async def directory(self, clock: Clock, seconds: float) -> AsyncIterator[SlackDirectory]:
        """Give a directory before this Slack, whose look-ups are bounded to `seconds`."""
        async with serving({"users.info": self._answer}) as client:
            directory = SlackDirectory(client.web, TEAM.id, clock=clock, lookup_seconds=seconds)
            yield directory
            await directory.close()


Answerer = Callable[[web.Request], Awaitable[web.Response]]


@asynccontextmanager
async def serving(methods: dict[str, Answerer]) -> AsyncIterator[SlackClient]:
    """Serve methods of the Web API on an ephemeral port and give a client of it."""
    app = web.Application()
    for method, answer in methods.items():
        app.router.add_route("*", f"/api/{method}", answer)
    async with TestServer(app) as server:
        client = SlackClient(BOT_TOKEN, str(server.make_url("/api/")))
        try:
            yield client
        finally:
            await client.close()


def _person(**user: Any) -> web.Response:
    return web.json_response({"ok": True, "user": {"team_id": TEAM.id, **user}})


async def test_gives_up_waiting_and_keeps_the_answer_that_comes() -> None:
    """A press waits no longer than the bound, its look-up goes on, and one that must be fresh is not bounded."""
    slack = HeldSlack()
    async with slack.directory(Clock(), 0.02) as directory:
        with pytest.raises(DirectoryUnavailable, match="in time"):
            await directory.person(REQUESTER_ID)
        fresh = asyncio.create_task(directory.person(REQUESTER_ID, fresh=True))
        await slack.asked(2)
        with pytest.raises(DirectoryUnavailable, match="in time"):
            await directory.person(REQUESTER_ID)
        for gate in slack.held:
            gate.set()
        assert (await fresh).name == "answer 2"
        assert (await directory.person(REQUESTER_ID)).id == REQUESTER_ID
        assert len(slack.held) == 2


async def test_keeps_the_newer_of_two_answers() -> None:
    """An answer that was asked for earlier and comes later does not replace a newer one."""
    slack, clock = HeldSlack(), Clock()
    async with slack.directory(clock, 5) as directory:
        slow = asyncio.create_task(directory.person(REQUESTER_ID))
        await slack.asked(1)
        clock.now += 1
        fresh = asyncio.create_task(directory.person(REQUESTER_ID, fresh=True))
        await slack.asked(2)
        slack.held[1].set()
        assert (await fresh).name == "answer 2"
        slack.held[0].set()
        assert (await slow).name == "answer 1"
        assert (await directory.person(REQUESTER_ID)).name == "answer 2"


@pytest.mark.parametrize(
    ("user", "standing"),
    [
        ({"team_id": "T0SISTER", "enterprise_user": {"teams": ["T0SISTER", TEAM.id]}}, Standing.MEMBER),
        ({"team_id": "T0SISTER", "enterprise_user": {"teams": ["T0SISTER"]}}, Standing.EXTERNAL),
        ({"team_id": None}, Standing.EXTERNAL),
        ({"is_stranger": True}, Standing.EXTERNAL),
        ({"is_stranger": True, "is_restricted": True}, Standing.EXTERNAL),
        ({"is_ultra_restricted": True}, Standing.GUEST),
        ({"is_bot": True, "deleted": True}, Standing.DEACTIVATED),
    ],
)
async def test_tells_the_standing_of_rarer_accounts(user: dict[str, Any], standing: Standing) -> None:
    """An account of the organisation that is in this workspace belongs; in doubt the lesser standing is told."""

    async def answer(request: web.Request) -> web.Response:
        return _person(id=(await request.post())["user"], **user)

    async with serving({"users.info": answer}) as client:
        assert (await SlackDirectory(client.web, TEAM.id).person("U1")).standing is standing


async def test_takes_no_answer_about_somebody_else() -> None:
    """An answer about another person, or about nobody, is none."""

    async def answer(request: web.Request) -> web.Response:
        return _person(id="U0OTHER") if (await request.post())["user"] == "U1" else web.json_response({"ok": True})

    async with serving({"users.info": answer}) as client:
        directory = SlackDirectory(client.web, TEAM.id)
        for id_ in ("U1", "U2"):
            with pytest.raises(DirectoryUnavailable, match="somebody else"):
                await directory.person(id_)


async def test_tells_of_a_channel_that_is_archived_or_about_to_be_shared() -> None:
    """A channel that another organisation is invited to counts as shared; an archived one is told as such."""

    async def answer(request: web.Request) -> web.Response:
        shape = {"id": (await request.post())["channel"], "name": "x", "is_member": True}
        more = {"is_pending_ext_shared": True} if (await request.post())["channel"] == "C1" else {"is_archived": True}
        return web.json_response({"ok": True, "channel": {**shape, **more}})

    async with serving({"conversations.info": answer}) as client:
        directory = SlackDirectory(client.web, TEAM.id)
        assert await directory.channel("C1") == Channel(id="C1", name="x", shared=True)
        assert await directory.channel("C2") == Channel(id="C2", name="x", archived=True)


async def test_takes_no_proxy_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of the environment serves Slack itself, and never a Slack on loopback."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    for url, proxy in (("https://slack.com/api/", "http://127.0.0.1:9"), ("http://127.0.0.1:1/api/", None)):
        client = SlackClient(BOT_TOKEN, url)
        assert client.web.proxy == proxy
        await client.close()


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "error", "error": "internal_error"},
        {"kind": "error", "error": "missing_scope"},
        {"kind": "error", "error": "plan_upgrade_required"},
        {"kind": "http", "status": 503},
        {"kind": "lost"},
    ],
    ids=lambda fault: str(fault.get("error") or fault["kind"]),
)
async def test_raises_one_error_for_all_that_can_go_wrong(world: World, fault: dict[str, Any]) -> None:
    """Whatever Slack does, people, groups and channels are unavailable, never empty."""
    directory = world.directory
    asks: dict[str, Callable[[], Awaitable[object]]] = {
        "users.info": lambda: directory.person(REQUESTER_ID),
        "usergroups.users.list": lambda: directory.members(GROUP_ID),
        "conversations.info": lambda: directory.channel(INCIDENT_ID),
    }
    for method, ask in asks.items():
        await world.fault(method, **fault)
        with pytest.raises(DirectoryUnavailable):
            await ask()


async def test_keeps_no_failure(world: World) -> None:
    """After a failure the next look-up asks again."""
    await world.fault("users.info", kind="error", error="internal_error", times=1)
    with pytest.raises(DirectoryUnavailable):
        await world.directory.person(REQUESTER_ID)
    assert await world.directory.person(REQUESTER_ID) == REQUESTER


async def test_repeats_a_read_whose_connection_broke_but_no_post() -> None:
    """A read is tried again when its connection breaks; a message, which may have been posted, is not."""
    async with world_of() as world:
        slack = SlackClient(BOT_TOKEN, f"{world.stage.url}/api/")
        await world.fault("users.info", kind="lost", times=1)
        assert (await slack.web.users_info(user=REQUESTER_ID))["ok"]
        await world.fault("chat.postMessage", kind="lost")
        with pytest.raises(aiohttp.ClientError):
            await slack.web.chat_postMessage(channel=INCIDENT_ID, text="hello")
        assert world.calls("chat.postMessage") == 1
        await slack.close()


async def test_says_who_the_bot_is() -> None:
    """At the start one look tells team, bot, app and scopes, and what Bolt wants to know."""
    async with staged() as stage:
        slack = SlackClient(BOT_TOKEN, f"{stage.url}/api/")
        found = await identity(slack.web)
        await slack.close()
    assert (found.team, found.bot_user_id, found.bot_id, found.app_id) == (TEAM.id, BOT_USER_ID, BOT_ID, APP_ID)
    assert {"chat:write", "users:read.email"} <= found.scopes
    auth = found.authorization(BOT_TOKEN)
    assert (auth.team_id, auth.bot_user_id, auth.bot_token) == (TEAM.id, BOT_USER_ID, BOT_TOKEN)


async def test_refuses_a_token_slack_does_not_accept() -> None:
    """A wrong token is a setting to correct; a Slack that cannot be reached is not."""
    async with staged() as stage:
        wrong = SlackClient("xoxb-wrong", f"{stage.url}/api/")
        with pytest.raises(Misconfigured, match="invalid_auth"):
            await identity(wrong.web)
        await wrong.close()
        right = SlackClient(BOT_TOKEN, f"{stage.url}/api/")
        await stage.do("settings", faults={"auth.test": {"kind": "error", "error": "internal_error"}})
        with pytest.raises(DirectoryUnavailable, match="internal_error"):
            await identity(right.web)
        await right.close()


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://slack.com/api/", True),
        ("http://127.0.0.1:8080/api/", True),
        ("http://[::1]/api/", True),
        ("http://localhost/api/", True),
        ("http://slack.com/api/", False),
        ("http://127.0.0.1.slack.com/", False),
        ("http://localhost.slack.com/", False),
        ("http://127.0.0.1@slack.com/", False),
        ("http://0.0.0.0/", False),
        ("http://[::1/", False),
        ("ftp://127.0.0.1/", False),
        ("https://", False),
        ("", False),
    ],
)
async def test_speaks_http_with_this_machine_alone(url: str, safe: bool) -> None:
    """A token leaves this machine over https only."""
    assert is_safe_url(url) is safe
    if not safe:
        with pytest.raises(Misconfigured):
            SlackClient(BOT_TOKEN, url)


async def test_needs_a_token() -> None:
    """An empty token is refused when the client is made."""
    with pytest.raises(Misconfigured, match="token"):
        SlackClient(" ")


async def test_bounds_every_call() -> None:
    """The shared session gives up a call after ten seconds and a connection after two."""
    slack = SlackClient(BOT_TOKEN)
    limits = slack.session.timeout
    assert (limits.total, limits.connect, slack.web.session) == (10.0, 2.0, slack.session)
    await slack.close()
    assert slack.session.closed
