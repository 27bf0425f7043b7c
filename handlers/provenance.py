"""
Which app and which installation a delivery was made for, as far as Slack says so.

Every delivery names its app, except shortcuts (Slack's documentation, "Shortcuts payloads"), the verification of a
request URL and the check of its certificate; the last two name no workspace either, and are answered before this.
"""

from dataclasses import dataclass

from handlers.decoding import Body
from handlers.reading import mapping, team_of, text

_NAME_NO_APP = frozenset({"shortcut", "message_action"})


@dataclass(frozen=True, slots=True)
class Installation:
    """
    The app and workspace this bot is; what is empty is not compared.

    The team of the person who acts is not looked at here: people of another organisation get a sentence.
    """

    app_id: str = ""
    team: str = ""

    def unnamed(self, body: Body) -> bool:
        """Tell whether a delivery does not say what it was made for, as all of its kind do."""
        nameless = body.get("type") not in _NAME_NO_APP and not text(body, "api_app_id")
        return nameless or not (team_of(body) or _organisation(body))

    def foreign(self, body: Body) -> bool:
        """Tell whether a delivery was made for another app or installation."""
        app, team = text(body, "api_app_id"), _installed_team(body)
        return bool((self.app_id and app and app != self.app_id) or (self.team and team and team != self.team))


def _organisation(body: Body) -> str:
    """Return the organisation, which stands in place of the workspace where an app is installed for all of it."""
    return text(mapping(body, "enterprise"), "id") or text(body, "enterprise_id")


def _installed_team(body: Body) -> str:
    """Return the workspace a delivery was made for, where Slack says so beyond doubt; else nothing."""
    authorizations = body.get("authorizations")
    if isinstance(body.get("view"), dict):
        return text(mapping(body, "view"), "app_installed_team_id")
    if isinstance(authorizations, list) and authorizations and isinstance(authorizations[0], dict):
        return text(authorizations[0], "team_id")
    return ""
