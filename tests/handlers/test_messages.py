"""Lines in threads, late answers, direct messages, answers to errors, the inbox and help."""

from typing import Any

import pytest

from bot.changes.record import Status
from bot.errors import AmbiguousTarget, NotRecorded
from handlers import ids
from handlers.blocks import Message
from handlers.cards.answers import answer, nothing_to_do
from handlers.cards.forms import name_view, reject_view
from handlers.cards.help import help_message
from handlers.cards.inbox import inbox
from handlers.cards.letters import direct_message
from handlers.cards.lines import late, signed_line, thread_line
from handlers.cards.phrases import duration
from tests.builders import APPROVER, GROUP, REQUESTER, START, a_change, a_plan, opened, with_votes
from tests.handlers.card_text import readable
from tests.handlers.scenes.changes import named_approvers, needing_two, rollout
from tests.handlers.scenes.shown import LINK

LATE = {
    Status.PENDING: "*Waiting for 1 signature.*",
    Status.APPROVED: f"*Approved* by <@{APPROVER.id}>, 2026-10-14 17:48 UTC.",
    Status.APPLYING: "*Disabling now.*",
    Status.SUBMITTED: "*Waiting in Datadog* since 2026-10-14 17:48 UTC",
    Status.APPLIED: "*Disabled.* Read back 2026-10-14 17:48 UTC.",
    Status.FAILED: "*Failed* 2026-10-14 17:48 UTC. Datadog refused it: the keys may not change this flag.",
    Status.UNKNOWN: "*Nobody can tell yet whether this happened.*",
    Status.STALE: "*No longer valid* since 2026-10-14 17:48 UTC.",
    Status.REJECTED: f"*Rejected* by <@{APPROVER.id}>, 2026-10-14 17:49 UTC. Their reason: not during the launch.",
    Status.CANCELLED: f"*Cancelled* by <@{REQUESTER.id}>, 2026-10-14 17:49 UTC.",
    Status.EXPIRED: "*Expired* 2026-10-14 18:16 UTC: nobody answered in time.",
}


@pytest.mark.parametrize("status", list(Status))
def test_a_late_press_learns_what_happened_instead(status: Status) -> None:
    """Whoever pressed too late reads that nothing changed, what happened instead, and who asked and signed."""
    change = a_change(status)
    line = readable(late(change))
    assert line.startswith("Your press changed nothing. Disable flag `new-search` in PRODUCTION — ")
    assert LATE[status] in line
    assert f"Asked by <@{REQUESTER.id}>, 2026-10-14 17:46 UTC." in line
    if change.approvals:
        assert f"<@{APPROVER.id}>" in line


def test_the_request_calls_the_approvers_once() -> None:
    """The thread's first line mentions the group; no other line does."""
    change = opened()
    line = readable(thread_line(change, "requested"))
    assert line == (
        f"<!subteam^{GROUP}>: <@{REQUESTER.id}> asks to disable flag `new-search` in PRODUCTION. "
        "1 signature is needed. Open until 2026-10-14 18:16 UTC."
    )
    voted = with_votes(change, 1)
    assert "<!subteam" not in signed_line(voted, voted.reviews[-1])
    assert "<!subteam" not in thread_line(a_change(Status.APPLIED), "ended")


def test_a_group_known_by_its_handle_and_named_people_are_called_too() -> None:
    """A handle stands as text, people as mentions, and never whoever asked."""
    line = thread_line(named_approvers(), "requested")
    assert line.startswith(f"@release-approvers, <@{APPROVER.id}> and <@U0SECOND>: <@{REQUESTER.id}> asks to ")


def test_a_confirmation_calls_nobody() -> None:
    """Where the requester alone has to confirm, the thread tells and calls no approver."""
    line = thread_line(opened(rollout()), "requested")
    assert "They still have to confirm it." in line
    assert "<!subteam" not in line


def test_a_name_still_to_be_typed_is_said_in_the_thread() -> None:
    """Approvers who are called before the name was typed read that they cannot sign yet."""
    line = thread_line(opened(rollout("stop")), "requested")
    assert "Once they have typed the name, 1 signature is needed." in line


def test_a_signature_is_told_with_its_count() -> None:
    """The thread says who signed, and how many have."""
    change = needing_two()
    line = signed_line(change, change.reviews[-1])
    assert line == f"<@{APPROVER.id}> signed (1 of 2) to disable flag `new-search` in PRODUCTION."


def test_the_end_is_told_in_the_thread() -> None:
    """The last line says what came of it, in the card's own words."""
    line = readable(thread_line(a_change(Status.APPLIED), "ended"))
    assert line == "Disable flag `new-search` in PRODUCTION — *Disabled.* Read back 2026-10-14 17:48 UTC."


def test_an_approver_reads_what_to_sign_and_decides_on_the_card() -> None:
    """A direct message says what is asked and links to the card; it carries no button that decides."""
    message = direct_message(opened(), "approver", LINK)
    assert "Your signature is asked for" in str(message.blocks)
    assert [element["action_id"] for element in _row(message)] == [ids.OPEN]
    assert _row(message)[0]["url"] == LINK
    assert "Your signature is asked for" not in str(direct_message(a_change(Status.EXPIRED), "approver", LINK).blocks)


def test_choices_are_buttons_with_whole_commands() -> None:
    """Each choice carries the complete command; a sixth, and one that Slack would cut, are not offered."""
    pairs = (("too long", "x" * 2001), *((f"flag {n}", f"disable flag f{n} in Production") for n in range(6)))
    elements = _row(answer(AmbiguousTarget("Several flags answer to f.", "Which one?", choices=pairs)))
    assert [element["action_id"] for element in elements] == list(ids.PICKS)
    assert [element["value"] for element in elements] == [command for _, command in pairs[1:6]]


def test_an_error_is_a_fact_and_a_next_step() -> None:
    """An answer has both sentences, also in the words that are read aloud."""
    message = answer(NotRecorded("The store did not take it.", "Nothing happened; try again."))
    assert message.text == "The store did not take it. Nothing happened; try again."
    assert "Nothing happened; try again." in str(message.blocks)


def test_nothing_to_do_says_that_nothing_was_sent() -> None:
    """A change that is in effect already is answered at once, with when that was seen."""
    message = nothing_to_do(a_plan(facts={"status": "DISABLED"}))
    assert message.text == "new-search is already disabled in Production. Nothing was sent to Datadog."
    assert f"<!date^{START // 1000}^" in str(message.blocks)


def test_the_inbox_lists_the_first_to_expire_on_top() -> None:
    """What is about to expire stands first, each with a link to its card."""
    later, sooner = opened(id_="cs-later2"), opened(rollout("resume"), id_="cs-sooner", at=START - 60_000)
    message = inbox((later, sooner), (), {"cs-sooner": LINK})
    rows: list[Any] = [block for block in message.blocks if block["type"] == "section"]
    assert "Resume rollout `checkout-v2`" in rows[0]["text"]["text"]
    assert rows[0]["accessory"]["url"] == LINK
    assert "accessory" not in rows[1]
    assert message.text.startswith("2 requests wait for your signature; 0 requests of yours are open.")


def test_only_an_open_request_has_a_deadline_in_the_inbox() -> None:
    """A request that is past its signatures is listed with its state, and without a time to sign by."""
    text = readable(str(inbox((), (a_change(Status.SUBMITTED),), {}).blocks))
    assert "Waiting in Datadog for its own approval" in text
    assert "until" not in text


def test_a_long_inbox_says_how_many_it_leaves_out() -> None:
    """Beyond twenty the list is cut, and says by how much."""
    message = inbox(tuple(opened(id_=f"cs-{n:06}") for n in range(27)), (), {})
    assert "…and 7 more." in str(message.blocks)
    assert message.text.startswith("27 requests wait")


def test_help_for_a_word_nobody_knows_says_what_to_type() -> None:
    """An unknown topic is answered with the way to all of them."""
    assert "/ops help" in str(help_message((), (), "fly").blocks)


def test_forms_bring_back_what_was_typed_under_known_names() -> None:
    """Both forms have one required input with the names that the routes look for."""
    for view, callback, block in (
        (reject_view(opened()), ids.REJECT_VIEW, ids.NOTE_BLOCK),
        (name_view(opened(rollout("stop"))), ids.NAME_VIEW, ids.NAME_BLOCK),
    ):
        blocks: Any = view["blocks"]
        assert view["callback_id"] == callback
        assert blocks[-1]["block_id"] == block
        assert blocks[-1]["element"]["action_id"] == ids.INPUT
        assert "optional" not in blocks[-1]


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [(-5, "less than a second"), (999, "less than a second"), (61_000, "1 min 1 s"), (90_061_000, "1 d 1 h")],
)
def test_a_length_of_time_is_told_in_its_two_largest_units(milliseconds: int, words: str) -> None:
    """Durations are short, and never negative."""
    assert duration(milliseconds) == words


def _row(message: Message) -> list[Any]:
    rows: list[Any] = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    assert len(rows) == 1
    return list(rows[0])
