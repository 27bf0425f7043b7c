"""Looking back and taking back, as people type it: what changed, who did it, and [Undo…] where there is one."""

import re

import pytest

from bot.actions import CONTROLS
from bot.changes.record import Status
from tests.dialogs.stage import APPROVER, DEPLOYS, GUEST, REQUESTER, Stage, change_id

DISABLE = "/flag disable new-search in prod because cart errors"
WITH_DIALOGS_OF_THEIR_OWN = frozenset({"alias", "aliases", "unalias", "panel", "watch"})
IN_THREADS = (
    ("approvals", "for your signature"),
    ("inbox", "for your signature"),
    ("history", "History"),
    ("changes since 1h", "What changed"),
    ("undo", "no change in this channel"),
    ("help", "What you can say"),
    ("whoami", "a full member"),
    ("policy", "What you may do"),
    ("plan disable flag new-search in prod", "Dry run"),
    ("can-i pause rollout checkout-v2 in prod", "You confirm it yourself"),
    ("cancel cs-aaaaaa", "There is no request"),
    ("remind cs-aaaaaa", "There is no request"),
    ("close cs-aaaaaa because it was right", "no open after-review"),
    ("unfreeze prod", "Only operators"),
    ("unlock new-search in prod", "Only operators"),
    ("bind prod", "Only operators"),
    ("freeze prod", "wants a reason"),
    ("lock new-search in prod", "wants a reason"),
    ("disable flag new-serch in prod", "no flag called new-serch"),
)


async def test_what_changed_and_undo(stage: Stage) -> None:
    """`changes` tells what took effect with who asked and signed, and its [Undo…] asks for the opposite."""
    card = await stage.ask(REQUESTER, DISABLE)
    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED)
    dropped = await stage.ask(REQUESTER, "/flag enable dark-mode in prod because the fix is out")
    await stage.press(REQUESTER, dropped, "Cancel request")
    await stage.ends(dropped, Status.CANCELLED)
    await stage.say(APPROVER, "/ops freeze staging for 2h because the launch")
    await stage.see(REQUESTER, "*staging is frozen*")

    await stage.say(APPROVER, "/ops changes in prod since 1h")
    told = await stage.hear(APPROVER, "What changed")
    requester, approver = (stage.town.workspace.role(who).id for who in (REQUESTER, APPROVER))
    assert f"asked by <@{requester}>, signed by <@{approver}>, <!date^" in told["text"]
    assert "dark-mode" not in told["text"]
    assert "staging" not in told["text"]
    beside = [one["accessory"]["text"]["text"] for one in told["blocks"] if "accessory" in one]
    assert beside.count("Undo…") == 1

    await stage.say(APPROVER, "/ops changes since 1h")
    everywhere = await stage.people.see(APPROVER, "#deploys", lambda m: m["ephemeral"] and "staging" in m["text"])
    assert f"staging: frozen, by <@{approver}>" in everywhere["text"]

    await stage.say(REQUESTER, "/ops history @requester since yesterday")
    mine = await stage.hear(REQUESTER, "History")
    assert "cancelled, not in effect" in mine["text"]
    assert "staging" not in mine["text"]

    await stage.say(REQUESTER, "/ops undo")
    question = await stage.hear(REQUESTER, "*Undo?*")
    assert change_id(card) in str(question["blocks"])
    assert stage.calls() == (1, 1)
    await stage.press(REQUESTER, question, "Undo")
    await stage.see(REQUESTER, "Enable flag new-search in PROD: waiting")
    await stage.say(REQUESTER, f"/ops undo {change_id(dropped)}")
    await stage.hear(REQUESTER, "cannot be undone from here")


async def test_what_was_modified_outside(stage: Stage) -> None:
    """`changes` tells what Datadog says was modified and not by us: actor unknown, and what else it may have been."""
    card = await stage.ask(REQUESTER, DISABLE)
    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED)
    await stage.people.tell_datadog("drift", flag="dark-mode", environment="prod", status="ENABLED")
    await stage.say(APPROVER, "/ops changes in prod since 5m")
    told = await stage.hear(APPROVER, "Modified outside")
    said = str(told["blocks"])
    assert "*Modified outside Countersign, actor unknown*" in said
    assert re.search(r"• flag <https://[^|]*\|dark-mode>, <!date", said)
    assert not re.search(r"• flag <https://[^|]*\|new-search>", said)
    assert "dark-mode" in told["text"]


async def test_looking_back_with_nothing_there(stage: Stage) -> None:
    """Nothing found is said with what to type next; what cannot be read is asked about; guests get a sentence."""
    for line, answer in (
        ("/ops history checkout-v2", "Nothing is on record."),
        ("/ops changes since 30m", "Nothing took effect through Countersign."),
        ("/ops undo", "You have no change in this channel that can be undone."),
        ("/ops history in mars", "There is no environment called mars."),
        ("/ops history since soon", "is read as one"),
        ("/ops history since 2027-01-01", "is no time that is over"),
        ("/ops history new-search checkout-v2", "One target is wanted"),
    ):
        await stage.say(REQUESTER, line)
        await stage.hear(REQUESTER, answer)
    await stage.say(GUEST, "/ops history")
    await stage.hear(GUEST, "Guests cannot act")


async def test_help_is_what_one_may_do(stage: Stage) -> None:
    """`help` has lines with real names, leaves out what only operators may, and tells what a verb takes where."""
    await stage.say(REQUESTER, "/ops help")
    told = str((await stage.hear(REQUESTER, "What you can say"))["blocks"])
    assert "/flag disable button-colour in prod because" in told
    assert "/ops unfreeze" not in told
    await stage.say(REQUESTER, "/ops help disable")
    verb = str((await stage.hear(REQUESTER, "What it takes"))["blocks"])
    assert "PROD, PRODUCTION (Development): 1 signature" in verb
    assert "staging, eu-staging: the requester confirms" in verb
    await stage.say(GUEST, "/ops help")
    await stage.hear(GUEST, "Guests cannot act")


@pytest.mark.parametrize("verb", ["enable", "disable"])
async def test_an_example_of_help_does_something(stage: Stage, verb: str) -> None:
    """A flag in an example is not already as the example would leave it: copied as it stands, it is a request."""
    await stage.say(REQUESTER, "/ops help flags")
    told = str((await stage.hear(REQUESTER, "Flags: what you can say"))["blocks"])
    example = re.search(f"`(/flag {verb} [^`]*)`", told)
    assert example is not None
    await stage.ends(await stage.ask(REQUESTER, example[1]), Status.PENDING)


async def test_everything_works_in_a_thread(stage: Stage) -> None:
    """Every command of the bot's own is answered in a thread, by mention, to whoever typed it and nobody else."""
    card = await stage.ask(REQUESTER, DISABLE)
    for typed, answer in IN_THREADS:
        await stage.say(REQUESTER, f"@countersign {typed}", thread=card["ts"])

        async def look(wanted: str = answer) -> bool | None:
            messages = await stage.people.messages(REQUESTER, DEPLOYS)
            replies = [m for one in messages for m in (one, *one["replies"]) if m.get("thread_ts") == card["ts"]]
            return True if any(m["ephemeral"] and wanted in m["text"] for m in replies) else None

        async def instead(said: str = typed) -> str:
            heard = [m for one in await stage.people.messages(REQUESTER, DEPLOYS) for m in (one, *one["replies"])]
            return f"{said}: {[m['text'][:90] for m in heard[-3:]]}"

        await stage.until(look, instead)
    controls = {typed.split()[0] for typed, _ in IN_THREADS}
    assert {control.verb for control in CONTROLS} - WITH_DIALOGS_OF_THEIR_OWN <= controls
    assert stage.calls() == (0, 0)
