"""
The phrases every message is made of: who, what, where and when.

What is returned is mrkdwn with all foreign text escaped, unless the function says that it is plain.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from bot.actions import BY_NAME
from bot.changes.record import ChangeRequest
from bot.model import Actor, Environment, Plan, Target, placed
from bot.policy import PolicyDecision, Who
from handlers.blocks import clean, code, plain, quoted

_USER_ID = re.compile(r"[UW][A-Z0-9]{2,30}")
_GROUP_ID = re.compile(r"S[A-Z0-9]{2,30}")
_MOST_PEOPLE = 5
NOBODY = Who()
_A_GLANCE = 48
_ESCAPED_MENTION = re.compile(r"&lt;@([UW][A-Z0-9]{2,30})&gt;", re.ASCII)
_ANY_ID = re.compile(r"(?<![\w@^])([UW][A-Z0-9]{8,30})\b|(?<![\w^])@(S[A-Z0-9]{8,30})\b", re.ASCII)
_UTC = re.compile(r"(?<![|0-9])([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}) UTC\b")


def utc(at: int) -> str:
    """Return a time (epoch milliseconds) as plain UTC."""
    return f"{datetime.fromtimestamp(at / 1000, tz=UTC):%Y-%m-%d %H:%M} UTC"


def moment(at: int, *, seconds: bool = False) -> str:
    """Return a time (epoch milliseconds) that Slack shows in each reader's own zone, in UTC where it cannot."""
    clock = "{time_secs}" if seconds else "{time}"
    return f"<!date^{at // 1000}^{{date_short_pretty}} at {clock}|{utc(at)}>"


def zoned(text: str) -> str:
    """Return mrkdwn in which every time that was written in UTC is one that Slack shows in the reader's zone."""
    return _UTC.sub(_as_moment, text)


def _as_moment(found: re.Match[str]) -> str:
    try:
        at = datetime.strptime(found[1], "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    except ValueError:
        return found[0]
    return moment(int(at.timestamp()) * 1000)


def duration(milliseconds: int) -> str:
    """Return a length of time in its two largest units, in plain words."""
    seconds = max(milliseconds, 0) // 1000
    days, hours, minutes = seconds // 86_400, seconds // 3600 % 24, seconds // 60 % 60
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds % 60, "s")]
    named = [f"{count} {unit}" for count, unit in parts if count][:2]
    return " ".join(named) or "less than a second"


def lasting(plan: Plan) -> list[str]:
    """Say how long a change lasts and what ends it; nothing where it has no time box."""
    if plan.seconds is None:
        return []
    after = BY_NAME[plan.back].words.after if plan.back in BY_NAME else "taken back"
    return [
        f"*For {duration(plan.seconds * 1000)}* from then on; after that {after} by itself, unless something moved."
    ]


def sentence(text: str) -> str:
    """Return text with a full stop, where it has no ending of its own."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def and_so_on(names: Sequence[str], most: int = _MOST_PEOPLE) -> str:
    """Return names as a list in words, the rest of a long one as a number."""
    shown = list(names[:most])
    if len(names) > most:
        shown.append(f"{len(names) - most} more")
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def person(actor: Actor) -> str:
    """Return a person as a mention, or by name where they have no account in Slack."""
    return mention(actor.id) if _USER_ID.fullmatch(actor.id) else quoted(actor.name or actor.id, 80)


def mention(user: str) -> str:
    """Return the mention of a user id, or what stands there instead of one."""
    return f"<@{user}>" if _USER_ID.fullmatch(user) else quoted(user, 80)


def mentioned(text: str) -> str:
    """Return escaped text in which people who were named by id are mentions again; for text of our own alone."""
    return _ESCAPED_MENTION.sub(r"<@\1>", text)


def with_people(text: str) -> str:
    """Return mrkdwn in which ids of people and of groups are mentions; for one reader's eyes, as it would call them."""
    return _ANY_ID.sub(lambda found: f"<@{found[1]}>" if found[1] else f"<!subteam^{found[2]}>", text)


def weighty(text: str, limit: int) -> str:
    """Return foreign text for mrkdwn, bold where it is short enough to be taken in at a glance."""
    shown = quoted(text, limit)
    return f"*{shown}*" if len(shown) <= _A_GLANCE and not set("*_~") & set(shown) else shown


def requesters(change: ChangeRequest) -> str:
    """Return who asked, together with whoever joined in asking and may not sign either."""
    everyone = dict.fromkeys([person(change.requester), *(person(other) for other in change.barred)])
    return and_so_on(list(everyone))


def signed_by(change: ChangeRequest) -> str:
    """Return who signed; empty where nobody has."""
    return and_so_on([person(vote.by) for vote in change.approvals])


def approvers_of(decision: PolicyDecision) -> str:
    """Return who may sign under a decision, without calling anybody."""
    who = decision.approvers
    groups = [_handle(group, decision) for group in who.groups]
    return and_so_on([*groups, *(mention(user) for user in who.users)])


def may_sign(change: ChangeRequest) -> str:
    """Return who may sign without calling a group: that is done once, in the thread."""
    who = change.decision.approvers
    known = [group for group in who.groups if group in change.decision.groups or not _GROUP_ID.fullmatch(group)]
    named = [_handle(group, change.decision) for group in known]
    if len(named) < len(who.groups):
        named.append("the group named in the thread")
    return and_so_on([*named, *_users(who, change)])


def call_signers(change: ChangeRequest) -> str:
    """Return everyone who may sign, groups by mention: to be sent once."""
    groups = [_group(group, change.decision) for group in change.decision.approvers.groups]
    return and_so_on([*groups, *_users(change.decision.approvers, change)], most=10)


def call_notified(change: ChangeRequest, called: Who = NOBODY) -> str:
    """Return whom the rule wants to be told besides those `called` already, groups by mention; empty where nobody."""
    decision = change.decision
    return and_so_on([one for one in _calls(decision.notify, decision) if one not in _calls(called, decision)], most=10)


def _calls(who: Who, decision: PolicyDecision) -> list[str]:
    """Return each of some people once, however often and by whichever word policy names them."""
    calls = [*(_group(group, decision) for group in who.groups), *(mention(user) for user in who.users)]
    return list(dict.fromkeys(calls))


def _group(group: str, decision: PolicyDecision) -> str:
    known = decision.groups.get(group)
    id_ = known.id if known else group
    return f"<!subteam^{id_}>" if _GROUP_ID.fullmatch(id_) else _handle(group, decision)


def _handle(group: str, decision: PolicyDecision) -> str:
    known = decision.groups.get(group)
    return f"@{quoted((known.handle if known else group).lstrip('@'), 80)}"


def _users(who: Who, change: ChangeRequest) -> list[str]:
    barred = {change.requester.id, *(other.id for other in change.barred)}
    return [mention(user) for user in who.users if user not in barred]


def place(target: Target) -> str:
    """Return where, in plain text: production always says so in a word, whatever the environment is called."""
    return _place(target.where, production=target.production)


def place_of(where: Environment) -> str:
    """Return an environment in plain text, in the same way."""
    return _place(where.name, production=where.is_production)


def _place(where: str, *, production: bool) -> str:
    return placed(plain(where, 48), production=production)


def title(plan: Plan) -> str:
    """Return the action's name, in plain text, as a command: `Disable flag`."""
    action = BY_NAME.get(plan.action)
    return action.words.title if action else plain(plan.action, 60)


def headline(plan: Plan) -> str:
    """Return the title of a card in plain text: where it is, what is done, and to what."""
    return f"{place(plan.target)} · {title(plan)} {plain(plan.target.key, 60)}"


def subject(plan: Plan) -> str:
    """Return verb, target and environment in plain text: `Disable flag new-search in PROD`."""
    return f"{title(plan)} {plain(plan.target.key, 60)} in {place(plan.target)}"


def said(plan: Plan) -> str:
    """Return verb, target and environment as a line of its own."""
    return f"{quoted(title(plan), 80)} {code(plan.target.key, 100)} in {quoted(place(plan.target), 120)}"


def to_do(plan: Plan) -> str:
    """Return the same within a sentence: `disable flag … in PROD`."""
    line = said(plan)
    return line[:1].lower() + line[1:]


def doing(plan: Plan) -> str:
    """Return the action as it runs: `Disabling`."""
    action = BY_NAME.get(plan.action)
    return action.words.doing if action else "Running"


def done(plan: Plan) -> str:
    """Return the action when done: `Disabled`."""
    action = BY_NAME.get(plan.action)
    return action.words.done if action else "Done"


def called(target: Target) -> str:
    """Return the target's own name and rule where they say more than its key; else nothing."""
    name = clean(target.name)
    parts = [f"*Name* {quoted(name, 120)}"] if name and name != target.key else []
    if clean(target.rule):
        parts.append(f"*Rule* {quoted(target.rule, 120)}")
    return " · ".join(parts)


def signatures(count: int) -> str:
    """Return a number of signatures in words."""
    return "1 signature" if count == 1 else f"{count} signatures"


def asked_from(change: ChangeRequest) -> str:
    """Return how a request came that was not made in Slack, to follow who asked; empty for all others."""
    account = clean(change.origin.account)
    return f" from the command line (account {quoted(account, 80)})" if account else ""
