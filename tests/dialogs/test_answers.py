"""What is answered to words that do not name exactly one change, and what can be asked without changing anything."""

import pytest

from bot.actions import CATALOGUE, CONTROLS, READS
from bot.changes.record import Status
from tests.dialogs.stage import APPROVER, REQUESTER, Stage, labels

CHOICES = [
    pytest.param(
        "/rollout pause search-ranking in prod because p99 up",
        "2 rollouts answer to search-ranking.",
        "search-ranking · ranking-web",
        "Pause rollout search-ranking in PROD",
        id="two rollouts of one name",
    ),
    pytest.param(
        "/flag disable new-serch in prod because cart errors",
        "There is no flag called new-serch in prod.",
        "new-search",
        "Disable flag new-search in PROD",
        id="a name with a letter missing",
    ),
    pytest.param(
        "/flag disable new-search in stagin because cart errors",
        "There is no environment called stagin.",
        "staging",
        "Disable flag new-search in staging",
        id="an environment with a letter missing",
    ),
    pytest.param(
        "/flag disable new-search because cart errors",
        "Which environment? Nothing happens in one that was not named.",
        "PROD",
        "Disable flag new-search in PROD",
        id="no environment",
    ),
]


@pytest.mark.parametrize(("line", "question", "label", "subject"), CHOICES)
async def test_a_question_with_choices(stage: Stage, line: str, question: str, label: str, subject: str) -> None:
    """What is not certain is asked back; a choice pressed asks for exactly that change, reason included."""
    await stage.say(REQUESTER, line)
    asked = await stage.hear(REQUESTER, question)
    assert label in labels(asked)
    assert await stage.store.pending() == ()

    await stage.press(REQUESTER, asked, label)
    card = await stage.see(REQUESTER, f"{subject}: waiting")
    change = await stage.ends(card, Status.PENDING)
    assert change.reason == line.partition("because ")[2]
    assert stage.calls() == (0, 0)


async def test_one_question_after_another(stage: Stage) -> None:
    """A choice that leads to another question offers choices again, and the last one asks for the change."""
    await stage.say(REQUESTER, "/rollout pause search-ranking because p99 up")
    first = await stage.hear(REQUESTER, "Which environment?")
    await stage.press(REQUESTER, first, "PROD")
    second = await stage.hear(REQUESTER, "2 rollouts answer to search-ranking.")
    await stage.press(REQUESTER, second, "search-ranking · ranking-mobile")
    card = await stage.see(REQUESTER, "Pause rollout search-ranking in PROD: waiting")
    change = await stage.ends(card, Status.PENDING)
    assert change.plan.target.rule.casefold().replace(" ", "-") == "ranking-mobile"


LINES = [
    ("/flag disable zzzz in prod because x", ("There is no flag called zzzz in prod.", "Check the key in Datadog")),
    ("/flag disable new-search in mars because x", ("There is no environment called mars.", "prod, Development")),
    ("/flag disable old-banner in prod because x", ("There is no flag called old-banner",)),
    ("/flag enable new-search in prod because x", ("already enabled", "Nothing was sent to Datadog.")),
    ("/flag disabel new-search in prod because x", ("disable",)),
    ("/ops frobnicate new-search in prod", ("frobnicate",)),
    ("/flag don't disable new-search in prod", ("Read as a no", "Nothing was done.")),
    ("/flag should I disable new-search in prod?", ("Read as a question", "Nothing was done.")),
    ("/flag disable new-search and dark-mode in prod", ("more than one command or target",)),
    ("/flag disable new-search in prod in 2h", ("a wish for later",)),
    ("/flag disable new-search in prod --break-glas because x", ("is not a switch",)),
    ("/flag enable dark-mode in staging --break-glass because x", ("Policy foresees no break-glass here",)),
]


async def test_lines_that_change_nothing(stage: Stage) -> None:
    """Each of these lines gets an answer that its writer alone sees, and neither a request nor a call."""
    for line, fragments in LINES:
        told = len(await stage.heard(REQUESTER))
        await stage.say(REQUESTER, line)
        answer = (await stage.answered(REQUESTER, told + 1))[-1]
        assert all(fragment in answer for fragment in fragments), (line, answer)
    assert await stage.store.active() == ()
    assert stage.calls() == (0, 0)


async def test_help(stage: Stage) -> None:
    """`/ops help` tells in short what can be said, `all` every line, a kind of thing or a command alone its own."""
    own = ("/ops approvals", "/ops cancel")
    asked = {
        "/ops help": ("/flag disable", "/rollout pause", "/ops approvals", "create, edit", "start, resume", "freeze"),
        "/ops help all": ("/flag disable", "/flag archive", "/rollout stop", *own),
        "/ops help own": own,
        "/ops help flags": ("/flag disable", "/flag archive", "/flag show"),
        "/flag": ("/flag disable", "/flag archive", "/flag show"),
    }
    for count, (line, said) in enumerate(asked.items(), start=1):
        await stage.say(REQUESTER, line)
        await stage.answered(REQUESTER, count)
        answer = str((await stage.heard(REQUESTER))[-1]["blocks"])
        assert [part for part in said if part not in answer] == [], line
        assert ("/rollout" in answer) is (line in ("/ops help", "/ops help all")), line


async def test_help_is_short_and_names_everything(stage: Stage) -> None:
    """Whoever asks for help reads no more than fits a phone's screen or two, and misses no verb."""
    await stage.say(REQUESTER, "/ops help")
    blocks = (await stage.hear(REQUESTER, "What you can say"))["blocks"]
    told = "\n".join(str(block.get("text", {}).get("text", "")) for block in blocks)
    assert told.count("\n") < 25
    verbs = {one.verb for one in CATALOGUE} | {one.verb for one in READS}
    verbs |= {control.verb for control in CONTROLS if not control.summary.endswith("(operators)")}
    assert [verb for verb in sorted(verbs) if verb not in told] == []


async def test_approvals(stage: Stage) -> None:
    """`/ops approvals` lists what waits for one's signature and one's own requests, each with a link to its card."""
    card = await stage.ask(REQUESTER, "/flag disable new-search in prod because cart errors")
    await stage.say(APPROVER, "/ops approvals")
    listed = await stage.hear(APPROVER, "1 request waits for your signature")
    assert "Disable flag new-search in PROD" in listed["text"]
    assert card["ts"].replace(".", "") in str(listed["blocks"]).replace(".", "")

    await stage.say(REQUESTER, "/ops approvals")
    await stage.hear(REQUESTER, "0 requests wait for your signature; 1 request of yours is open.")

    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED)
    await stage.say(REQUESTER, "/ops approvals")
    await stage.hear(REQUESTER, "0 requests wait for your signature; 0 requests of yours are open.")
