"""The sandbox's page in a browser: what it draws, what it sends, and what it never lets happen."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.chromium import FOUND, MISSING, launched
from tests.sandbox.people_fake import (
    APPROVER,
    DEPLOYS,
    DIRECT,
    RANDOM,
    REQUESTER,
    START,
    Json,
    PeopleFake,
    message,
    modal,
    mrkdwn,
    plain,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

_HOSTILE = "<img src=x onerror=document.title='hacked'><script>document.title='hacked'</script>"
_MARKS = [
    ("*a* _b_ ~c~ `d`", "<strong>a</strong> <em>b</em> <s>c</s> <code>d</code>"),
    ("*a _b_ c*", "<strong>a <em>b</em> c</strong>"),
    ("snake_case_name 2*3*4 *not bold * x", "snake_case_name 2*3*4 *not bold * x"),
    ("_my_flag_ *`a*b`*", "<em>my_flag</em> <strong><code>a*b</code></strong>"),
    ("`*raw* _x_` *across\nlines*", "<code>*raw* _x_</code> *across\nlines*"),
    ("a\n```\n*b*\n```\nc", "a<pre>*b*</pre>c"),
    ("&gt; q1\n&gt; q2\nafter", "<blockquote>q1\nq2</blockquote>after"),
    ("a &amp; b &lt;i&gt; &amp;lt;", "a &amp; b &lt;i&gt; &amp;lt;"),
    ("• one\n• two", "• one\n• two"),
    ("<javascript:alert(1)|click>", "<span>click</span>"),
]

_DATES = [
    ("{date_num} {time_secs}", "2014-02-18 9:39:42 AM"),
    ("{date_short} at {time}", "Feb 18, 2014 at 9:39 AM"),
    ("{date_short_pretty} at {time}", "Feb 18, 2014 at 9:39 AM"),
    ("{date}", "February 18th, 2014"),
    ("{date_long}", "Tuesday, February 18th, 2014"),
    ("{unknown}", "the fallback"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Give a browser for all tests of this file."""
    if FOUND is None:
        pytest.skip(MISSING)
    async with launched() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """Give a browser profile of its own, in New York."""
    found = await browser.new_context(
        viewport={"width": 1280, "height": 800}, timezone_id="America/New_York", locale="en-US"
    )
    found.set_default_timeout(5000)
    yield found
    await found.close()


@pytest_asyncio.fixture(loop_scope="module")
async def fake() -> AsyncIterator[PeopleFake]:
    """Give a people API that serves the page."""
    async with PeopleFake().serving() as serving:
        yield serving


async def opened(context: BrowserContext, fake: PeopleFake, query: str = "as=requester") -> Page:
    """Open the page and wait until it has drawn what the person sees; an error in the page fails the test."""
    page = await context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"the page threw {error}"))
    await page.goto(f"{fake.url}/?{query}")
    await expect(page.locator("[data-channel]").first).to_be_visible()
    return page


async def drawn(context: BrowserContext, fake: PeopleFake, *blocks: Json) -> Page:
    """Open the page on a channel with one message of these blocks."""
    fake.messages[DEPLOYS] = [message("000100", text="fallback", blocks=list(blocks))]
    return await opened(context, fake)


def actions(*elements: Json) -> Json:
    """Return an actions block."""
    return {"type": "actions", "block_id": "acts", "elements": list(elements)}


def press_button(**more: Any) -> Json:
    """Return a button."""
    return {"type": "button", "action_id": "approve", "text": plain("Approve"), **more}


def text_input(**more: Any) -> Json:
    """Return an input block for a reason."""
    element = {"type": "plain_text_input", "action_id": "reason", "multiline": True}
    return {"type": "input", "block_id": "why", "label": plain("Reason"), "element": element, **more}


async def test_layout_blocks(context: BrowserContext, fake: PeopleFake) -> None:
    """Header, fields, context, divider, table and image are drawn with their own elements."""
    cells = [[{"type": "raw_text", "text": word} for word in row] for row in (["Flag", "Now"], ["new-search", "on"])]
    page = await drawn(
        context,
        fake,
        {"type": "header", "text": plain("PROD · Disable flag")},
        {"type": "section", "text": mrkdwn("*what*"), "fields": [mrkdwn("*Now*\non"), plain("*plain*")]},
        {"type": "divider"},
        {"type": "context", "elements": [mrkdwn("as of now")]},
        {"type": "table", "rows": cells},
        {"type": "image", "image_url": "https://example.invalid/graph.png", "alt_text": "a graph"},
    )
    card = page.locator("article")
    await expect(card.locator("h3")).to_have_text("PROD · Disable flag")
    await expect(card.locator(".field")).to_have_text(["Now\non", "*plain*"])
    await expect(card.locator("hr")).to_have_count(1)
    await expect(card.locator("th")).to_have_text(["Flag", "Now"])
    await expect(card.locator("td")).to_have_text(["new-search", "on"])
    await expect(card.get_by_role("img", name="a graph")).to_be_visible()
    await expect(card.locator("img")).to_have_count(0)
    assert "fallback" not in await card.inner_text()


async def test_mrkdwn(context: BrowserContext, fake: PeopleFake) -> None:
    """Marks become elements exactly where Slack lets them."""
    page = await drawn(context, fake, *[{"type": "section", "text": mrkdwn(text)} for text, _ in _MARKS])
    texts = await page.locator("article .block-text").all()
    assert [await text.inner_html() for text in texts] == [html for _, html in _MARKS]


async def test_references(context: BrowserContext, fake: PeopleFake) -> None:
    """Mentions, channels, groups, links and emoji are drawn by their names."""
    text = (
        f"<@{APPROVER}> <#{RANDOM}|old> <!subteam^SAPP> <!here> <https://a.invalid/?x=1&amp;y=2|docs> :warning: :nope:"
    )
    page = await drawn(context, fake, {"type": "section", "text": mrkdwn(text)})
    body = page.locator("article .block-text")
    await expect(body).to_have_text("@approver #random @sre-approvers @here docs ⚠️ :nope:")
    await expect(body.locator("a")).to_have_attribute("href", "https://a.invalid/?x=1&y=2")
    await expect(body.locator("a")).to_have_attribute("rel", "noopener noreferrer")


async def test_dates(context: BrowserContext, fake: PeopleFake) -> None:
    """Date tokens show the moment in the browser's zone, or their fallback."""
    tokens = [mrkdwn(f"<!date^1392734382^{token}|the fallback>") for token, _ in _DATES]
    page = await drawn(context, fake, *[{"type": "section", "text": token} for token in tokens])
    await expect(page.locator("article .block-text")).to_have_text([shown for _, shown in _DATES])


async def test_dates_of_today(context: BrowserContext, fake: PeopleFake) -> None:
    """A pretty date tells today and how long ago."""
    page = await context.new_page()
    now = await page.evaluate("Math.floor(Date.now() / 1000)")
    text = mrkdwn(f"<!date^{now}^{{date_short_pretty}}|x>, <!date^{now - 7200}^{{ago}}|x>")
    page = await drawn(context, fake, {"type": "section", "text": text})
    await expect(page.locator("article .block-text")).to_have_text("today, 2 hours ago")


async def test_hostile_names(context: BrowserContext, fake: PeopleFake) -> None:
    """No name, text, label or error becomes markup or code, wherever it stands."""
    fake.workspace["people"][1]["real_name"] = _HOSTILE
    fake.workspace["channels"][0] |= {"name": _HOSTILE, "topic": _HOSTILE}
    fake.datadog = datadog(_HOSTILE)
    fake.messages[DIRECT] = [message("1", text=_HOSTILE, user=APPROVER)]
    fake.modal = modal([text_input(label=plain(_HOSTILE))], title=plain(_HOSTILE), errors={"why": _HOSTILE})
    page = await drawn(
        context,
        fake,
        {"type": "header", "text": plain(_HOSTILE)},
        {"type": "section", "text": mrkdwn(f"*{_HOSTILE}* <https://a.invalid|{_HOSTILE}> <@UX|{_HOSTILE}>")},
        actions(press_button(text=plain(_HOSTILE), value='"><b>')),
        {"type": "unheard<b>", "elements": []},
    )
    await expect(page.locator("[data-flag-card]")).to_contain_text("onerror")
    await expect(page.locator("article h3")).to_have_text(_HOSTILE)
    assert await page.locator("img, body script, article b").count() == 0
    assert "hacked" not in await page.title()


async def test_nothing_is_fetched_from_elsewhere(context: BrowserContext, fake: PeopleFake) -> None:
    """The page asks its own server alone, whatever its messages name."""
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    picture = {"type": "image", "image_url": "https://elsewhere.invalid/a.png", "alt_text": "a"}
    await drawn(context, fake, picture, {"type": "section", "text": mrkdwn("x"), "accessory": picture})
    assert asked
    assert all(url.startswith((fake.url, "data:")) for url in asked)


async def test_marks_of_messages(context: BrowserContext, fake: PeopleFake) -> None:
    """An ephemeral message, an edited one and the app's badge are marked in words."""
    fake.messages[DEPLOYS] = [message("1", text="secret", ephemeral=True), message("2", text="card", edited=True)]
    page = await opened(context, fake)
    await expect(page.locator("[data-ephemeral=true]")).to_contain_text("Only visible to you")
    await expect(page.locator("[data-edited=true]")).to_contain_text("(edited)")
    await expect(page.locator("[data-edited=true] .badge")).to_have_text("APP")
    await expect(page.locator(".edited")).to_have_count(1)


async def test_composer(context: BrowserContext, fake: PeopleFake) -> None:
    """Enter sends, Shift+Enter breaks the line, and the arrow brings back what was said."""
    page = await opened(context, fake)
    composer = page.get_by_test_id("composer")
    await composer.fill("/fl")
    await expect(page.get_by_test_id("composer-hints")).to_contain_text("/flag")
    await composer.press("Tab")
    await expect(composer).to_have_value("/flag ")
    await composer.press_sequentially("list")
    await composer.press("Shift+Enter")
    await composer.press_sequentially("x")
    await composer.press("Enter")
    assert await fake.act("say") == {"as": REQUESTER, "channel": DEPLOYS, "text": "/flag list\nx"}
    await expect(composer).to_have_value("")
    await composer.press("ArrowUp")
    await expect(composer).to_have_value("/flag list\nx")


async def test_a_refused_message_is_told_and_kept(context: BrowserContext, fake: PeopleFake) -> None:
    """A refusal of the people API shows in the bar, and the text stays to be sent again."""
    fake.answers["say"] = (400, {"ok": False, "error": "not_in_channel", "message": "you are not in that channel"})
    page = await opened(context, fake)
    await page.get_by_test_id("composer").fill("hello")
    await page.get_by_test_id("composer-send").click()
    await expect(page.get_by_test_id("problem")).to_contain_text("you are not in that channel")
    await expect(page.get_by_test_id("composer")).to_have_value("hello")


async def test_a_failed_command_is_told(context: BrowserContext, fake: PeopleFake) -> None:
    """What Slack shows about a press that timed out is shown here too."""
    shown = "Sorry, that didn't work. Try again?"
    fake.answers["press"] = (200, {"ok": True, "outcome": "timeout", "shown": shown})
    page = await drawn(context, fake, actions(press_button()))
    await page.locator("[data-action-id=approve]").click()
    await expect(page.get_by_test_id("notices")).to_contain_text(shown)


async def test_a_thread(context: BrowserContext, fake: PeopleFake) -> None:
    """Replies open beside the channel, the last one in sight, and what is written there goes to the thread."""
    replies = [message(str(n), text=f"signed {n}", thread_ts=f"{START}.1") for n in range(2, 32)]
    fake.messages[DEPLOYS] = [message("1", text="card", replies=replies)]
    page = await opened(context, fake)
    await page.get_by_test_id("replies").click()
    await expect(page.get_by_test_id("thread").locator("article")).to_have_count(31)
    await expect(page.get_by_test_id("thread").get_by_text("signed 31")).to_be_in_viewport()
    await page.get_by_test_id("thread-composer").fill("thanks")
    await page.get_by_test_id("thread-composer").press("Enter")
    said = {"as": REQUESTER, "channel": DEPLOYS, "thread_ts": f"{START}.1", "text": "thanks"}
    assert await fake.act("say") == said


async def test_a_press_after_its_confirm_dialog(context: BrowserContext, fake: PeopleFake) -> None:
    """A button with a confirm dialog acts when the person agrees, and only then."""
    words = {"title": plain("Sure?"), "text": mrkdwn("*Really*"), "confirm": plain("Do it"), "deny": plain("Leave it")}
    page = await drawn(context, fake, actions(press_button(style="danger", confirm=words)))
    await page.locator("button[data-action-id=approve]").click()
    dialog = page.get_by_test_id("confirm")
    await expect(dialog).to_contain_text("Really")
    await dialog.get_by_text("Leave it").click()
    await expect(dialog).to_have_count(0)
    assert fake.acts == []
    await page.locator("button[data-action-id=approve]").click()
    await dialog.get_by_text("Do it").click()
    place = {"channel": DEPLOYS, "ts": f"{START}.000100", "action_id": "approve", "block_id": "acts"}
    assert await fake.act("press") == {"as": REQUESTER, **place, "values": {}}


async def test_menus_in_messages(context: BrowserContext, fake: PeopleFake) -> None:
    """An overflow menu and a select send the value of what was picked, also by keyboard."""
    options = [{"text": plain(word), "value": word.lower()} for word in ("Undo", "Watch")]
    more = {"type": "overflow", "action_id": "more", "options": options}
    select = {"type": "static_select", "action_id": "pick", "placeholder": plain("Pick one"), "options": options}
    page = await drawn(context, fake, actions(more, select))
    await page.locator("[data-action-id=more] button").click()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    assert (await fake.act("press"))["value"] == "watch"
    await page.get_by_text("Pick one").click()
    await page.locator("[data-action-id=pick] [data-value=undo]").click()
    pressed = await fake.act("press", 2)
    assert (pressed["action_id"], pressed["value"], pressed["values"]) == ("pick", "undo", {"acts": {"pick": "undo"}})


async def test_a_modal(context: BrowserContext, fake: PeopleFake) -> None:
    """A form sends plain values, shows errors beside the field and keeps what was typed."""
    options = [{"text": plain(word), "value": word} for word in ("dev", "prod")]
    fake.modal = modal(
        [
            text_input(),
            _field("env", {"type": "static_select", "options": options}),
            _field("which", {"type": "checkboxes", "options": options, "initial_options": options[:1]}),
            _field("one", {"type": "radio_buttons", "options": options}),
            _field("day", {"type": "datepicker", "initial_date": "2026-01-02"}),
            _field("count", {"type": "number_input", "is_decimal_allowed": False}),
        ]
    )
    page = await opened(context, fake)
    dialog = page.get_by_test_id("modal")
    await dialog.get_by_label("Reason").fill("because")
    await dialog.get_by_label("env").select_option("prod")
    await dialog.locator("[data-action-id=which] [value=prod]").check()
    await dialog.locator("[data-action-id=one] [value=dev]").check()
    await dialog.get_by_label("count").fill("3")
    fake.answers["submit"] = (200, {"ok": True, "outcome": "acked", "errors": {"why": "Name a ticket."}})
    await page.get_by_test_id("modal-submit").click()
    values = {"why": {"reason": "because"}, "env": {"env": "prod"}, "which": {"which": ["dev", "prod"]}}
    rest = {"one": {"one": "dev"}, "day": {"day": "2026-01-02"}, "count": {"count": "3"}}
    assert await fake.act("submit") == {"as": REQUESTER, "view_id": "V1", "values": {**values, **rest}}
    await expect(dialog.locator("[data-error-for=why]")).to_have_text("Name a ticket.")
    await expect(dialog.get_by_label("Reason")).to_have_attribute("aria-invalid", "true")
    fake.modal = {**fake.modal, "hash": "2", "title": plain("Once more")}
    await fake.change()
    await expect(dialog.locator("h2")).to_have_text("Once more")
    await expect(dialog.get_by_label("Reason")).to_have_value("because")
    fake.modal = None
    await fake.change()
    await expect(dialog).to_be_hidden()


@pytest.mark.parametrize(("way", "closes_all"), [("Cancel", False), ("Escape", True)])
async def test_leaving_a_modal(context: BrowserContext, fake: PeopleFake, way: str, closes_all: bool) -> None:
    """The close button leaves one modal, Escape all of them, and the app hears of it."""
    fake.modal = modal([text_input()])
    page = await opened(context, fake)
    if way == "Escape":
        await page.keyboard.press("Escape")
    else:
        await page.get_by_test_id("modal").get_by_text(way).click()
    assert await fake.act("close") == {"as": REQUESTER, "view_id": "V1", "all": closes_all}


async def test_an_external_select(context: BrowserContext, fake: PeopleFake) -> None:
    """What the app offers for the typed letters can be picked and is sent."""
    option = {"text": plain("new-search"), "value": "f1"}
    fake.answers["suggest"] = (200, {"ok": True, "outcome": "acked", "options": [option], "option_groups": []})
    fake.modal = modal([_field("flag", {"type": "external_select", "min_query_length": 2})])
    page = await opened(context, fake)
    await page.get_by_label("flag", exact=True).press_sequentially("ne")
    await page.get_by_role("option", name="new-search").click()
    assert (await fake.act("suggest"))["query"] == "ne"
    await page.get_by_test_id("modal-submit").click()
    assert (await fake.act("submit"))["values"] == {"flag": {"flag": "f1"}}


async def test_unread_and_live(context: BrowserContext, fake: PeopleFake) -> None:
    """A message that arrives elsewhere puts a dot on its channel until it is read."""
    page = await opened(context, fake)
    entry = page.locator(f"button[data-channel={RANDOM}]")
    await expect(entry).to_have_attribute("data-unread", "0")
    fake.messages[RANDOM] = [message("5", text="look here", channel=RANDOM)]
    await fake.change()
    await expect(entry).to_have_attribute("data-unread", "1")
    await expect(entry).to_contain_text("1 unread")
    await entry.click()
    await expect(page.get_by_test_id("messages")).to_contain_text("look here")
    await page.locator(f"button[data-channel={DEPLOYS}]").click()
    await expect(entry).to_have_attribute("data-unread", "0")


async def test_who_i_am(context: BrowserContext, fake: PeopleFake) -> None:
    """Each tab has its own person, by the address or the switch, and keeps it when loaded again."""
    page = await opened(context, fake, "as=approver")
    other = await opened(context, fake, f"as={REQUESTER}")
    await expect(page.get_by_test_id("who-switch")).to_have_value(APPROVER)
    await page.get_by_test_id("who-switch").select_option(label="Outsider (other company)")
    await expect(page).to_have_url(re.compile("as=UOUT"))
    await page.goto(fake.url)
    await expect(page.get_by_test_id("who-switch")).to_have_value("UOUT")
    await expect(other.get_by_test_id("who-switch")).to_have_value(REQUESTER)


async def test_app_home(context: BrowserContext, fake: PeopleFake) -> None:
    """Opening the App Home tells the app, and what it publishes is drawn and can be pressed."""
    home = {**modal([actions(press_button())]), "id": "VH", "type": "home"}
    page = await opened(context, fake)
    await page.locator("button[data-channel=home]").click()
    assert await fake.act("home") == {"as": REQUESTER}
    await expect(page.get_by_test_id("app-home")).to_contain_text("has not shown you anything")
    fake.home = home
    await fake.change()
    await page.get_by_test_id("app-home").get_by_text("Approve").click()
    assert (await fake.act("press"))["view_id"] == "VH"


async def test_datadog(context: BrowserContext, fake: PeopleFake) -> None:
    """The side view tells the true state in words, and faults are set and cleared from it."""
    fake.datadog = datadog("checkout-v2")
    page = await opened(context, fake)
    row = page.locator("[data-flag=checkout-v2][data-env=prod]")
    await expect(row).to_have_attribute("data-status", "ENABLED")
    await expect(row).to_contain_text("PRODUCTION")
    rollout = row.locator("[data-rollout-name=ramp]")
    await expect(rollout).to_contain_text("25 % · step 2 of 4")
    await expect(rollout.locator(".step.done")).to_have_count(2)
    await expect(rollout).to_contain_text("A guardrail paused it: p99")
    await expect(page.locator("[data-call='2']")).to_contain_text("applied")
    await page.get_by_label("Filter flags").fill("other")
    await expect(row).to_be_hidden()
    await page.get_by_label("Filter flags").fill("CHECKOUT")
    await expect(row).to_be_visible()
    await page.get_by_role("button", name="Trip the guardrail of going in prod").click()
    trip = {"flag": "checkout-v2", "environment": "prod", "rollout": "going", "guardrail": "PAUSE"}
    assert await fake.act("datadog/drift") == {**trip, "metric": "checkout.p99"}
    await page.get_by_role("button", name="Approve the change of checkout-v2").click()
    assert await fake.act("datadog/suggestions/s1/approve") == {}
    await page.get_by_role("button", name="Rollouts +30 min").click()
    assert await fake.act("datadog/drift", 2) == {"advance_seconds": 1800}
    await page.get_by_test_id("datadog-reset").click()
    await page.get_by_test_id("confirm-yes").click()
    assert await fake.act("datadog/reset") == {}


async def test_faults_of_datadog(context: BrowserContext, fake: PeopleFake) -> None:
    """Each fault says what it does and whether it is on; one is switched on for chosen calls, and off by itself."""
    fake.datadog = datadog("checkout-v2")
    page = await opened(context, fake)
    await page.get_by_role("button", name="Faults, 1 on").last.click()
    waiting = page.get_by_role("switch", name="Too many requests (429)")
    await expect(waiting).to_have_attribute("aria-checked", "true")
    await expect(waiting).to_have_text("On")
    await expect(page.get_by_test_id("datadog-faults")).to_contain_text("Waits for the next call.")
    lost = page.get_by_role("switch", name="Applied, then the connection drops")
    await expect(lost).to_have_text("Off")
    await page.get_by_test_id("fault-path").fill("/pause")
    await page.get_by_test_id("fault-times").fill("3")
    await lost.click()
    match = {"method": "POST", "path_contains": "/pause"}
    fault = {"match": match, "kind": "drop_after_apply", "times": 3, "seconds": 2}
    assert await fake.act("datadog/faults") == fault
    fake.datadog["faults"].append(fault)
    await fake.change()
    await expect(page.get_by_test_id("datadog-faults")).to_contain_text("the next 3 POST calls with “/pause”.")
    await expect(lost).to_be_focused()
    await waiting.click()
    assert await fake.act("DELETE datadog/faults") == {}
    assert await fake.act("datadog/faults", 2) == fault


async def test_faults_of_slack(context: BrowserContext, fake: PeopleFake) -> None:
    """Slack's faults are switched on and off for everybody, and all at once."""
    page = await opened(context, fake)
    await page.get_by_role("button", name="Faults").last.click()
    await page.get_by_role("switch", name="Deliver twice").click()
    assert await fake.act("settings") == {"deliver_twice": True}
    await page.get_by_role("switch", name="Slow", exact=True).click()
    slow = await fake.act("settings", 2)
    assert slow["faults"]["chat.update"] == {"kind": "stall", "seconds": 2}
    fake.settings = {"deliver_twice": True, "ack_seconds": 3.0, **slow}
    await fake.change()
    await expect(page.get_by_role("switch", checked=True)).to_have_count(2)
    await page.get_by_test_id("faults-clear").click()
    assert await fake.act("settings", 3) == {"deliver_twice": False, "faults": None}


async def test_how_it_looks(context: BrowserContext, fake: PeopleFake) -> None:
    """The page is as dark as the system, unless somebody chooses; the choice holds in every tab and stays."""
    ground = "getComputedStyle(document.body).backgroundColor"
    page, other = await opened(context, fake), await opened(context, fake)
    light = await page.evaluate(ground)
    await page.emulate_media(color_scheme="dark")
    dark = await page.evaluate(ground)
    assert light != dark
    await page.get_by_test_id("look-switch").select_option("light")
    assert await page.evaluate(ground) == light
    await page.get_by_test_id("look-switch").select_option("dark")
    await expect(other.locator("body")).to_have_css("background-color", dark)
    await other.reload()
    await expect(other.locator("body")).to_have_css("background-color", dark)


async def test_what_is_left_of_messages(context: BrowserContext, fake: PeopleFake) -> None:
    """One's own and the app's messages are deleted after a question; what has replies leaves a line behind."""
    reply = message("4", text="signed", thread_ts=f"{START}.3")
    gone = message("3", text="This message was deleted.", deleted=True, replies=[reply])
    fake.messages[DEPLOYS] = [message("1", text="card"), message("2", text="by somebody", user=APPROVER), gone]
    page = await opened(context, fake)
    messages = page.get_by_test_id("messages").locator("article")
    await expect(page.locator("[data-deleted=true]")).to_contain_text("This message was deleted.1 reply")
    await expect(page.locator("[data-deleted=true]").get_by_role("button")).to_have_count(1)
    await messages.nth(1).hover()
    await expect(messages.nth(1).get_by_test_id("delete")).to_have_count(0)
    await messages.nth(0).hover()
    await messages.nth(0).get_by_test_id("delete").click()
    assert fake.acts == []
    await page.get_by_test_id("confirm-yes").click()
    assert await fake.act("delete") == {"as": REQUESTER, "channel": DEPLOYS, "ts": f"{START}.1"}


async def test_a_lost_connection(context: BrowserContext) -> None:
    """When the sandbox goes away, the page says so."""
    async with PeopleFake().serving() as fake:
        page = await opened(context, fake)
        await expect(page.get_by_test_id("connection")).to_have_text("Live")
    await expect(page.get_by_test_id("problem")).to_be_visible()
    await expect(page.get_by_test_id("connection")).to_have_text("Reconnecting…")


async def test_focus_survives_a_redraw(context: BrowserContext, fake: PeopleFake) -> None:
    """A card that is redrawn while its button has the focus gives the focus to the new button."""
    page = await drawn(context, fake, actions(press_button()))
    await page.locator("[data-action-id=approve]").focus()
    fake.messages[DEPLOYS] = [message("000100", blocks=[actions(press_button(text=plain("Approve now")))])]
    await fake.change()
    await expect(page.get_by_text("Approve now")).to_be_focused()


async def test_phone(context: BrowserContext, fake: PeopleFake) -> None:
    """On a narrow screen one view shows at a time, nothing is cut off, and tabs lead to the others."""
    fake.datadog = datadog("checkout-v2")
    fake.messages[DEPLOYS] = [message("1", text="x" * 400)]
    page = await opened_on_phone(context, fake)
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width == 360
    await expect(page.get_by_test_id("datadog")).to_be_hidden()
    tabs = page.get_by_role("navigation", name="Views")
    await tabs.get_by_text("Datadog").click()
    await expect(page.locator("[data-flag=checkout-v2]").first).to_be_visible()
    await tabs.get_by_text("Channels").click()
    await page.locator(f"button[data-channel={RANDOM}]").click()
    await expect(page.get_by_test_id("place")).to_have_text("#random")


async def opened_on_phone(context: BrowserContext, fake: PeopleFake) -> Page:
    """Open the page on a screen 360 pixels wide."""
    page = await context.new_page()
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.goto(f"{fake.url}/?as=requester")
    await expect(page.locator("article")).to_be_visible()
    return page


def _field(name: str, element: Json) -> Json:
    element = {"action_id": name, **element}
    return {"type": "input", "block_id": name, "label": plain(name), "element": element}


def datadog(key: str) -> Json:
    """Return a state of Datadog with one flag and a rollout that a guardrail has paused."""
    rollout = {
        "id": "r1",
        "name": "ramp",
        "state": "paused",
        "ratio": 0.25,
        "step": 2,
        "steps": 4,
        "guardrail": {"action": "PAUSE", "metrics": ["p99"]},
    }
    going = {**rollout, "id": "r2", "name": "going", "state": "running", "guardrail": None}
    setting = {"status": "ENABLED", "pending_suggestion": None, "rollout": rollout, "rollouts": [rollout, going]}
    flag = {"id": "f1", "key": key, "name": key, "archived": False, "default_served": "off"}
    call = {
        "n": 2,
        "at": "2026-01-02T03:04:05Z",
        "method": "POST",
        "path": "/api/v2/x/pause",
        "status": 200,
        "applied": True,
    }
    return {
        "environments": [{"id": "e1", "name": "prod", "is_production": True, "queries": ["env:prod"]}],
        "flags": [{**flag, "environments": {"prod": setting}}],
        "tests": [{"public_id": "abc-def-ghi", "name": key, "status": "live", "tags": []}],
        "deployments": [],
        "suggestions": [{"id": "s1", "flag_id": "f1", "environment_id": "e1", "state": "open"}],
        "calls": [call],
        "events": [],
        "faults": [{"match": {}, "kind": "429", "times": 1}],
    }
