"""What people look at, through both sandboxes: they alone see it, and nothing is changed by it."""

import re

from bot.changes.record import Status
from bot.sandbox.datadog.records import Flag
from bot.sandbox.datadog.seed import seeded_id
from bot.sandbox.person import Json
from tests.dialogs.stage import APPROVER, GUEST, REQUESTER, Stage, labels

APP = "https://app.datadoghq.com"
CHECKOUT = seeded_id("flag", "checkout-v2")

LOOKS: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = [
    # what is typed, what the answer says, what it does not say
    ("/ops list flags", ("13 flags.", "enabled in PROD and staging", "Page 1 of 2", "Archived"), ("old-banner",)),
    ("/ops list flags page 2", ("to-be-removed", "Page 2 of 2"), ("checkout-v2",)),
    ("/flag list archived", ("1 archived flag.", "old-banner"), ("checkout-v2",)),
    ("/flag list checkout enabled in prod", ("3 enabled flags for “checkout” in PROD", "new-checkout"), ("dark-mode",)),
    ("/ops list flags disabled in staging", ("disabled flags in staging", "dark-mode"), ("payments-kill-switch",)),
    ("/flag list zzz", ("0 flags for “zzz”. Nothing is like that.",), ()),
    (
        "/flag show checkout-v2",
        ("Flag checkout-v2.", "`on` (On) = `true`", "*PROD*: enabled", "step 2 of 4, 25 %", "*staging*: enabled"),
        (),
    ),
    ("/flag show eu-pricing in prod", ("Datadog's own approval* is wanted", "Datadog wants its own approval"), ()),
    ("/flag show old-banner", ("Flag old-banner (archived)", "*Archived*"), ()),
    (
        "/flag rules new-search in prod",
        ("PROD · Rules of new-search", "If `group` is one of `beta-testers`", "`on` 100 %", "gets `off`"),
        (),
    ),
    (
        "/ops rules checkout-v2 in prod",
        ("For everybody", "1. 5 % for 30 min", "4. 100 %", "2. Employees"),
        (),
    ),
    ("/flag rules dark-mode in staging", ("No targeting rule is set here.",), ()),
    ("/flag rules resume-upload in prod", ("Guardrails: `checkout.error_rate` pauses it",), ()),
    ("/rollout list in prod", ("8 rollouts in PROD.", "paused by a guardrail (inferred)"), ("eu-staging-gradual",)),
    ("/rollout list checkout-v2", ("2 rollouts for “checkout-v2”.", "in staging"), ("checkout-v2-eu",)),
    (
        "/rollout status resume-upload in prod?",
        ("paused by a guardrail (inferred), step 2 of 4, 25 %", "`checkout.error_rate` paused it", "tells no state"),
        (),
    ),
    ("/rollout status checkout-v2 in prod", ("*Next step*", "2. 25 % for 30 min — *here* (inferred)"), ()),
    ("/rollout status dark-mode in prod", ("not started (inferred)", "The flag is *disabled* here"), ()),
    ("/ops list environments", ("4 environments.", "PRODUCTION (Development)", "*staging* · not production"), ()),
    (
        "/ops show environment Development",
        ("Datadog marks it as production", "`dev` and `development`", "`new-search`"),
        (),
    ),
    ("/ops list tests", ("5 tests.", "checkout-api", "paused"), ()),
    ("/ops list paused tests", ("1 paused test.", "search-page"), ("checkout-api",)),
    ("/ops list tests team:shop", ("1 test for “team:shop”.",), ("login-api",)),
    ("/ops show test checkout-api", ("*Status* live", "every 15 min", "`env:prod`"), ()),
    ("/ops list deployments", ("3 deployments. *`abc-def-ghi`* · running",), ()),
    ("/ops which deployments are running?", ("1 running deployment.", "abc-def-ghi"), ("stu-vwx-yza",)),
    ("/ops show deployment abc-def-ghi", ("40 % of 5 hosts succeeded", "`shop-0-2` running"), ()),
    ("/ops show the running deployment", ("Deployment abc-def-ghi",), ()),
    (f"/flag show {APP}/feature-flags/{CHECKOUT}", ("Flag checkout-v2.",), ()),
    (f"/rollout status {APP}/feature-flags/{CHECKOUT}?x=1 in staging", ("staging · Rollout checkout-v2",), ()),
    ("/flag show https://evil.example/feature-flags/abc-def", ("is not a link to Datadog",), ()),
]


async def test_each_look(stage: Stage) -> None:
    """Each thing that can be looked at is shown whole to whoever asked, and nothing is sent that changes anything."""
    for line, says, silent in LOOKS:
        told = len(await stage.heard(REQUESTER))
        await stage.say(REQUESTER, line)
        answer = (await stage.answered(REQUESTER, told + 1))[-1]
        assert all(fragment in answer for fragment in says), (line, answer)
        assert not [fragment for fragment in silent if fragment in answer], (line, answer)
    assert await stage.store.active() == ()
    assert stage.calls() == (0, 0)


async def test_from_one_look_to_the_next(stage: Stage) -> None:
    """The buttons beside rows and below lists show the thing whole, and the next page."""
    await stage.say(REQUESTER, "/ops list flags")
    first = await stage.hear(REQUESTER, "Page 1 of 2")
    assert len(beside(first)) == 12
    await stage.press(REQUESTER, first, "More")
    second = await stage.hear(REQUESTER, "Page 2 of 2")
    assert labels(second) == ["Back"]
    await stage.people.press(REQUESTER, second, beside(second)[0])
    await stage.hear(REQUESTER, "Flag to-be-removed.")
    await stage.say(REQUESTER, "/rollout list new-checkout")
    listed = await stage.hear(REQUESTER, "1 rollout for")
    await stage.people.press(REQUESTER, listed, beside(listed)[0])
    shown = await stage.hear(REQUESTER, "PROD · Rollout new-checkout")
    await stage.press(REQUESTER, shown, "Rules")
    assert "Open in Datadog" in labels(await stage.hear(REQUESTER, "PROD · Rules of new-checkout"))


async def test_names_are_asked_about(stage: Stage) -> None:
    """A near miss, two of a name, and a missing environment are offered as buttons, and a bound channel says where."""
    await stage.say(REQUESTER, "/flag show new-serch")
    await stage.press(REQUESTER, await stage.hear(REQUESTER, "There is no flag called new-serch."), "new-search")
    await stage.hear(REQUESTER, "Flag new-search.")
    await stage.say(REQUESTER, "/rollout status search-ranking")
    await stage.press(REQUESTER, await stage.hear(REQUESTER, "Which environment?"), "PROD")
    both = await stage.hear(REQUESTER, "2 rollouts answer to search-ranking.")
    await stage.press(REQUESTER, both, "search-ranking · ranking-mobile")
    await stage.hear(REQUESTER, "*Rule* ranking-mobile")
    await stage.say(REQUESTER, "/ops bind staging")
    await stage.hear(REQUESTER, "Recorded")
    await stage.say(REQUESTER, "/flag rules new-search")
    await stage.hear(REQUESTER, "Environment taken from this channel's binding: staging. staging · Rules of new-search")


async def test_what_was_done_from_here_is_shown(stage: Stage) -> None:
    """After a rollout was paused from here, its status says so, with who did it and the number of the request."""
    card = await stage.ask(REQUESTER, "/rollout pause checkout-v2 in prod because p99 up")
    await stage.press(REQUESTER, card, "Confirm")
    change = await stage.ends(card, Status.APPLIED)
    await stage.say(REQUESTER, "/rollout status checkout-v2 in prod")
    seen = await stage.hear(REQUESTER, "PROD · Rollout checkout-v2: paused (inferred), step 2 of 4")
    assert f"*Last done from here* Pause rollout in PROD by <@{change.requester.id}>" in seen["text"]
    assert change.id in seen["text"]
    await stage.say(APPROVER, "/flag show checkout-v2")
    assert change.id in (await stage.hear(APPROVER, "Flag checkout-v2."))["text"]


async def test_guests_see_nothing(stage: Stage) -> None:
    """A guest is refused, whatever is asked."""
    await stage.say(GUEST, "/ops list flags")
    await stage.hear(GUEST, "Guests cannot act")
    assert not re.search("checkout", str(await stage.heard(GUEST)))


async def test_two_hundred_flags(stage: Stage) -> None:
    """Two hundred flags are listed over pages that Slack takes, and no flag is on two of them."""
    world = stage.town.organisation.world
    pattern = world.flags[0]
    for n in range(200 - 13):
        world.flags.append(_copy(pattern, n))
    seen: list[str] = []
    for page in (1, 9, 17):
        told = len(await stage.heard(REQUESTER))
        await stage.say(REQUESTER, f"/ops list flags page {page}")
        answer = (await stage.answered(REQUESTER, told + 1))[-1]
        assert f"Page {page} of 17" in answer
        seen += re.findall(r"\*`([^`]+)`\*", answer)
    assert len(seen) == len(set(seen)) == 12 + 12 + 8


TROUBLE = [
    ("html", "feature-flags", "/ops list flags", "Datadog failed with status 502."),
    ("empty", "synthetics", "/ops list tests", "Datadog's answer is not JSON."),
    ("403", "fleet", "/ops list deployments", "Datadog does not let these keys do this"),
]


async def test_datadog_in_trouble(stage: Stage) -> None:
    """What Datadog refuses or garbles ends in a sentence that says so, and what to do."""
    for kind, path, line, says in TROUBLE:
        await stage.fault(kind, path, times=40)
        await stage.say(REQUESTER, line)
        await stage.hear(REQUESTER, says)


def beside(message: Json) -> list[str]:
    """Return what the buttons beside rows are called in code."""
    return [str(block["accessory"]["action_id"]) for block in message["blocks"] if block.get("accessory")]


def _copy(flag: Flag, n: int) -> Flag:
    return flag.model_copy(update={"id": seeded_id("flag", f"many-{n}"), "key": f"many-{n:03}", "name": f"Many {n}"})
