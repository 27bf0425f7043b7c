"""What is said about a change beside its card: lines, letters, answers, forms, the inbox and help."""

from bot.changes import reminding
from bot.changes.record import ChangeRequest, Status
from bot.errors import AmbiguousTarget, Misconfigured, NotASigner, NotRecorded
from bot.forms.asked import NeedsForm
from bot.model import Noun
from bot.policy import Group, Who
from handlers.blocks import Message
from handlers.cards.answers import answer, lost, nothing_to_do, recorded, recorded_elsewhere, recorded_here
from handlers.cards.forms import form_offer, guided, name_view, reject_view
from handlers.cards.help import Chapter, help_message, overview, verb_message
from handlers.cards.inbox import inbox
from handlers.cards.letters import direct_message, policy_letter
from handlers.cards.lines import late, notice, reminder_line, reminding_line, signed_line, thread_line
from handlers.forms.draft import Draft
from tests.builders import (
    APPROVER,
    MINUTE,
    REQUESTER,
    SECOND_APPROVER,
    START,
    TERMS,
    a_change,
    a_decision,
    a_plan,
    needing_nobody,
    opened,
)
from tests.handlers.scenes.changes import named_approvers, needing_two, rollout
from tests.handlers.scenes.own import glass
from tests.handlers.scenes.shown import LINK, Scene, line

USAGES = (
    ("/flag disable new-search in prod because …", "turns the flag off in one environment"),
    ("/rollout pause checkout-v2 in prod", "stops the growth and keeps the place"),
)
CONTROLS = (("/ops approvals", "what waits for your signature"), ("/ops cancel cs-k3f9qa", "takes a request back"))
LOOKS = (("/flag show new-search", "how the flag stands everywhere"),)
CHOICES = (
    ("new-search", "disable flag new-search in Production"),
    ("new-search-v2", "disable flag new-search-v2 in Production"),
)
SIGNED = a_decision(a_plan()).model_copy(update={"break_glass": Who(users=(REQUESTER.id,))})
TAKES = (("Disable flag", (("prod", SIGNED),)),)
DIFFERS = (("Disable flag", (("prod", SIGNED), ("staging", needing_nobody(a_plan())), ("prod-eu", SIGNED))),)


def reminded() -> ChangeRequest:
    """Return a request of which its approvers were reminded."""
    return reminding.remind(opened(), REQUESTER, START + 10 * MINUTE, TERMS).change


def told_besides() -> ChangeRequest:
    """Return a request whose approvers are told besides, by another word for their group, with somebody else."""
    decision = opened().decision
    (group,) = decision.approvers.groups
    both = {word: Group(id=group, handle="approvers") for word in (group, "@approvers")}
    notify = Who(groups=("@approvers",), users=(SECOND_APPROVER.id,))
    return opened(decision=decision.model_copy(update={"notify": notify, "groups": both}))


def _inbox() -> Message:
    signable = opened(rollout("resume"), id_="cs-aaaaaa", at=START - 60_000)
    return inbox((opened(), signable), (opened(rollout()),), {"cs-k3f9qa": LINK, "cs-aaaaaa": LINK})


def _offer() -> Message:
    plan = a_plan()
    wanted = NeedsForm("flag.replace-rules", "Replace rules", plan.target, {})
    return form_offer(wanted, Draft(action="flag.replace-rules", target="new-search", environment="Production"))


def _overview() -> Message:
    flags = Chapter(Noun.FLAG, USAGES[:1], ("enable", "archive", "create", "edit"), ("list", "show", "rules"))
    rollouts = Chapter(Noun.ROLLOUT, USAGES[1:], ("start", "resume", "stop"), ("list", "status"))
    tests = Chapter(Noun.TEST, (("/ops list tests live", "synthetic tests by name, public id or tag"),))
    return overview([flags, rollouts, tests, Chapter(None, CONTROLS, ("plan", "can-i", "freeze", "undo"))])


SCENES: dict[str, Scene] = {
    "answer": lambda: answer(NotRecorded("The store did not take it.", "Nothing happened; try again.")),
    "answer-with-choices": lambda: answer(AmbiguousTarget("Two flags answer to search.", "Which one?", CHOICES)),
    "answer-misconfigured": lambda: answer(Misconfigured("The policy is wrong.", "", ("line 3: no such verb",))),
    "answer-to-who-may-not-sign": lambda: answer(
        NotASigner("You may not sign this request.", f"Ask <@{APPROVER.id}>, who may.")
    ),
    "nothing-to-do": lambda: nothing_to_do(a_plan(facts={"status": "DISABLED"})),
    "nothing-to-do-since": lambda: nothing_to_do(a_plan(facts={"status": "DISABLED"}), (START, APPROVER)),
    "command-lost": lambda: lost(START),
    "recorded": lambda: recorded(opened()),
    "recorded-here": lambda: recorded_here(opened()),
    "recorded-elsewhere": lambda: recorded_elsewhere(opened(), "C0APPROVALS", LINK),
    "inbox": _inbox,
    "inbox-empty": lambda: inbox((), (), {}),
    "inbox-reviews": lambda: inbox((), (), {"cs-k3f9qa": LINK}, (glass(),)),
    "help": _overview,
    "help-all": lambda: help_message(USAGES, CONTROLS, "all", LOOKS),
    "help-flags": lambda: help_message(USAGES[:1], (), "flags", LOOKS),
    "help-guided": lambda: guided(_overview(), None),
    "help-guided-rollouts": lambda: guided(help_message(USAGES[1:], (), "pause"), Noun.ROLLOUT),
    "help-topic": lambda: help_message(USAGES[:1], (), "disable"),
    "help-unknown-topic": lambda: help_message((), (), "fly"),
    "help-verb": lambda: verb_message("disable", USAGES[:1], TAKES),
    "help-verb-by-place": lambda: verb_message("disable", USAGES[:1], DIFFERS),
    "letter-approver": lambda: direct_message(named_approvers(), "approver", LINK),
    "letter-requester": lambda: direct_message(a_change(Status.APPLIED), "requester", LINK),
    "letter-operator": lambda: policy_letter(
        Misconfigured("policy.yaml is not right.", "", ("line 3: no such verb.",))
    ),
    "notice": lambda: notice(opened(), START),
    "notice-of-what-ran": lambda: notice(a_change(Status.APPLIED), START),
    "thread-requested": lambda: line(thread_line(opened(), "requested")),
    "thread-requested-confirmation": lambda: line(thread_line(opened(rollout()), "requested")),
    "thread-requested-name": lambda: line(thread_line(opened(rollout("stop")), "requested")),
    "thread-requested-and-told": lambda: line(thread_line(told_besides(), "requested")),
    "thread-break-glass": lambda: line(thread_line(glass(), "requested")),
    "thread-signed": lambda: line(signed_line(needing_two(), needing_two().reviews[-1])),
    "thread-rejected": lambda: line(signed_line(a_change(Status.REJECTED), a_change(Status.REJECTED).reviews[-1])),
    "thread-ended": lambda: line(thread_line(a_change(Status.APPLIED), "ended")),
    "thread-failed": lambda: line(thread_line(a_change(Status.FAILED), "ended")),
    "thread-reminder": lambda: line(reminder_line(reminded(), (APPROVER.id, SECOND_APPROVER.id))),
    "thread-reminder-for-nobody-known": lambda: line(reminder_line(reminded(), ())),
    "reminding": lambda: line(reminding_line(reminded())),
    "late-press": lambda: line(late(a_change(Status.APPLIED))),
    "form-offer": _offer,
    "form-reject": lambda: reject_view(opened()),
    "form-name": lambda: name_view(opened(rollout("stop"))),
}
