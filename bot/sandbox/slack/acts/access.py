"""Who is acting, and whether they could see what they act on."""

from __future__ import annotations

from bot.sandbox.slack.records import Channel, Message, Person, Refused, SlackError
from bot.sandbox.slack.views import View
from bot.sandbox.slack.workspace import Workspace


class Access:
    """Looks things up as one person may; every refusal is a Refused."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def person(self, user: str) -> Person:
        """Return the person with this id or role, who can sign in."""
        people = self._workspace.people
        person = people.get(user) or next((one for one in people.values() if one.role == user), None)
        if person is None:
            raise Refused("no_such_person", f"nobody here has the id or role {user!r}")
        if not person.can_act:
            raise Refused("account_inactive", f"nobody can act as {person.role}")
        return person

    def channel(self, person: Person, named: str) -> Channel:
        """
        Return a channel the person is in, by id or name.

        The person's own id, or the bot's, means the DM with the app.
        """
        workspace = self._workspace
        if named in (person.id, workspace.app.bot_user_id):
            return workspace.dm(person.id)
        try:
            channel = workspace.channels.get(named) or workspace.channel_named(named)
        except KeyError:
            raise Refused("no_such_channel", f"there is no channel {named!r}") from None
        if person.id not in channel.members:
            raise Refused("not_in_channel", f"{person.role} is not in #{channel.name or channel.id}")
        return channel

    def message(self, person: Person, channel: Channel, ts: str) -> Message:
        """Return a message this person sees."""
        found = self._workspace.message(channel.id, ts)
        if found is None or found.deleted or found.ephemeral_to not in (None, person.id):
            raise Refused("no_such_message", f"{person.role} sees no message {ts} there")
        return found

    def open_channel(self, person: Person, named: str) -> Channel:
        """Return a channel in which the person may write: one of theirs that is not archived."""
        channel = self.channel(person, named)
        if channel.is_archived:
            raise Refused("is_archived", f"#{channel.name} is archived; unarchive it first")
        return channel

    def view(self, person: Person, view_id: str) -> View:
        """Return a view this person sees now: the modal on top, or the home."""
        try:
            view = self._workspace.views.find(view_id)
        except SlackError:
            raise Refused("no_such_view", f"there is no view {view_id}") from None
        top = self._workspace.views.top(person.id)
        if view.user != person.id or (view.definition["type"] == "modal" and view is not top):
            raise Refused("no_such_view", f"{person.role} does not see the view {view_id}")
        return view
