"""The workspace on a fresh machine: people by role, five channels."""

from __future__ import annotations

import time
from dataclasses import replace

from bot.sandbox.slack.records import (
    SLACKBOT,
    Channel,
    Person,
    Shortcut,
    SlackApp,
    SlashCommand,
    Team,
    UserGroup,
)
from bot.sandbox.slack.timers import Now
from bot.sandbox.slack.workspace import Workspace

TEAM = Team("T08KQ3V7ZNE", "Sandbox", "sandbox")
OTHER_TEAM_ID = "T02PARTW9XQ"
APP_ID = "A08L5CNTRSG"
BOT_USER_ID = "U08MBV2K7TY"
BOT_ID = "B08M3JZQ4HD"
GROUP_ID = "S08N7RWPAF5"

REQUESTER_ID = "U08A1XG7KQD"
APPROVER_ID = "U08B6TP3WMN"
SECOND_APPROVER_ID = "U08C9JH2ZRV"
GUEST_ID = "U08D4LS8YFB"
OUTSIDER_ID = "U02E7NQ5CXK"
SECOND_ACCOUNT_ID = "U08F2VD6HTJ"
DEACTIVATED_ID = "U08G5WR9PMZ"

DEPLOYS_ID = "C08P2DEPLYS"
APPROVALS_ID = "C08Q5APPRVL"
INCIDENT_ID = "C08R9INCCHK"
PARTNERS_ID = "C08S3PARTNR"
RANDOM_ID = "C08T6RANDOM"
UNATTENDED_ID = "C08V4INCSRCH"

_MEMBERS = (REQUESTER_ID, APPROVER_ID, SECOND_APPROVER_ID, SECOND_ACCOUNT_ID)


def _person(user_id: str, role: str, name: str) -> Person:
    return Person(user_id, role, name, role, f"{name}@sandbox.example", TEAM.id)


def _people(app: SlackApp) -> list[Person]:
    requester = _person(REQUESTER_ID, "Requester", "requester")
    second = _person(SECOND_ACCOUNT_ID, "Requester's second account", "requester-2")
    return [
        requester,
        _person(APPROVER_ID, "Approver", "approver"),
        replace(
            _person(SECOND_APPROVER_ID, "Second approver", "approver-2"),
            tz="America/New_York",
            tz_label="Eastern Standard Time",
            tz_offset=-18000,
        ),
        replace(_person(GUEST_ID, "Guest", "guest"), is_restricted=True),
        replace(
            _person(OUTSIDER_ID, "Outsider", "outsider"),
            team_id=OTHER_TEAM_ID,
            email="outsider@partner.example",
            is_stranger=True,
        ),
        replace(second, email=requester.email),
        replace(_person(DEACTIVATED_ID, "Deactivated", "deactivated"), deleted=True),
        replace(_person(app.bot_user_id, "App", app.name.lower()), real_name=app.name, is_bot=True, bot_id=app.bot_id),
        replace(_person(SLACKBOT, "Slackbot", "slackbot"), email=""),
    ]


def _channels(bot: str) -> list[Channel]:
    return [
        Channel(DEPLOYS_ID, "deploys", [*_MEMBERS, GUEST_ID, bot], "Rollouts, flags and releases"),
        Channel(APPROVALS_ID, "approvals", [*_MEMBERS, bot], "Requests that wait for a signature"),
        Channel(INCIDENT_ID, "inc-checkout", [*_MEMBERS, GUEST_ID, bot], "Incident: checkout errors"),
        Channel(
            PARTNERS_ID, "partners", [*_MEMBERS, OUTSIDER_ID, bot], "Shared with another company", is_ext_shared=True
        ),
        Channel(RANDOM_ID, "random", list(_MEMBERS), "Anything else"),
        Channel(UNATTENDED_ID, "inc-search", list(_MEMBERS), "Incident: search is slow"),
    ]


def _commands() -> list[SlashCommand]:
    return [
        SlashCommand("/ops", "Act on production, with a second person signing", "help"),
        SlashCommand("/flag", "Feature flags", "disable new-search in prod because …"),
        SlashCommand("/rollout", "Progressive rollouts", "pause checkout-v2 in prod because …"),
    ]


SHORTCUTS = (
    Shortcut("ask_for_a_change", "Ask for a change", "global"),
    Shortcut("ask_for_a_change_here", "Ask for a change", "message"),
)


def new_workspace(
    *, api_app_id: str = APP_ID, shortcuts: tuple[Shortcut, ...] = SHORTCUTS, now: Now = time.time
) -> Workspace:
    """Return the seeded workspace with the app installed under `api_app_id`."""
    app = SlackApp(api_app_id, BOT_USER_ID, BOT_ID, "Countersign")
    approvers = (APPROVER_ID, SECOND_APPROVER_ID, REQUESTER_ID)
    return Workspace(
        team=TEAM,
        app=app,
        people=_people(app),
        channels=_channels(app.bot_user_id),
        groups=[UserGroup(GROUP_ID, "sre-approvers", "SRE approvers", approvers)],
        commands=_commands(),
        shortcuts=shortcuts,
        now=now,
    )
