"""
What a person does in the sandbox, as JSON over HTTP.

The page, the demo and the dialog tests all act through this one border. Requests are accepted from this
machine only: the Host must be a loopback name and a foreign Origin is refused. Every POST takes a JSON object.

Refusals: HTTP 400 (403 for a foreign Host or Origin) with
`{"ok": false, "error": "<code>", "message": "<sentence for a person>"}`; codes are `bad_request`, `no_such_person`,
`account_inactive`, `no_such_channel`, `not_in_channel`, `no_such_message`, `no_such_element`, `no_such_option`,
`no_such_view`, `nothing_to_redeliver`, `is_archived`, `cant_delete_message`, `restricted_action`, `forbidden`.

`GET /sandbox/workspace` (does not change while running, apart from channel members)::

    {"team": {"id", "name", "domain"},
     "app": {"api_app_id", "bot_user_id", "bot_id", "name"},
     "people": [{"id", "role": "Approver", "name": "approver", "real_name", "email", "tz", "tz_offset", "team_id",
                 "is_bot", "deleted", "is_restricted", "is_stranger", "can_act": true, "groups": ["S..."]}],
     "channels": [{"id", "name": "deploys", "topic", "is_private", "is_ext_shared", "bot_is_member",
                   "members": ["U..."]}],
     "groups": [{"id", "handle": "sre-approvers", "name", "users": ["U..."]}],
     "commands": [{"command": "/ops", "description", "usage_hint"}],
     "shortcuts": [{"callback_id", "name", "type": "message" | "global"}]}

The role of the app itself is "App"; Slackbot, whose notes carry `user: "USLACKBOT"`, is listed with role "Slackbot".

`GET /sandbox/state?as=U...` (everything that person sees now)::

    {"version": 17, "now": 1760000000.5, "as": "U...",
     "channels": [{"id", "name", "topic", "is_im": false, "with": null | "U...", "is_private", "is_ext_shared",
                   "is_archived": false, "bot_is_member",
                   "messages": [MESSAGE, ...]}],                     # oldest first; DMs last; only theirs
     "modal": null | VIEW, "modal_depth": 0,                         # the top of the person's stack of modals
     "home": null | VIEW,
     "notices": [{"id": 3, "at", "text", "channel": null | "C...", "ts": null | "...", "view_id": null | "V..."}],
     "settings": SETTINGS}

    MESSAGE = {"ts", "channel", "user": "U...", "bot_id": null | "B...", "text", "blocks": [Block Kit blocks],
               "thread_ts": null | "...", "ephemeral": false, "edited": false, "edited_at": null | 1760000000.5,
               "versions": 1, "in_channel_from_command": null | "/flag ...",
               "deleted": false,                # true for what is left of a deleted message that has replies
               "replies": [MESSAGE, ...]}       # oldest first, only on a message that is not itself a reply
    VIEW = {"id", "type": "modal" | "home", "callback_id", "title", "submit", "close",   # text objects or null
            "blocks": [...], "hash",
            "values": {block_id: {action_id: value}},                                    # plain, as sent last
            "errors": {block_id: "sentence"}}

`text` and every `mrkdwn` text is as Slack keeps it: `& < >` escaped, `<@U...>`, `<#C...|name>`, `<!subteam^S...>`,
`<!date^...>`, `<url|label>` unresolved. `blocks` always carry a `block_id`, interactive elements an `action_id`.
A notice is a passing toast Slack shows outside a message (a button that failed, a modal that could not connect);
the last five are kept. A failed slash command is instead an ephemeral message by Slackbot.

`GET /sandbox/history?as=U...&channel=C...&ts=...` answers
`{"versions": [{"at", "text", "blocks", "deleted": false}, ...]}`: each form of that message people have seen.

Acts. Each answers once the bot has acked or failed to::

    OUTCOME = {"ok": true, "outcome": "acked" | "timeout" | "http_error" | "unreachable" | "not_delivered",
               "delivery": null | "slash_command" | "block_actions" | "view_submission" | "view_closed"
                         | "block_suggestion" | "shortcut" | "message_action" | "event",
               "status": null | 200, "ack_ms": null | 41, "deliveries": 1,     # 2 while deliver_twice is on
               "shown": null | "what Slack told the person about it", "version": 18}

    POST /sandbox/say      {"as", "channel", "text", "thread_ts"?}        -> OUTCOME + {"ts": null | "..."}
        "/flag ..." is a slash command (in a thread Slack refuses it); "/invite @countersign" brings the bot in;
        a text with "@countersign" is a message the bot is told of; anything else is just a message.
        `channel` is an id or a name with or without "#"; a person's id means the DM with that person.
    POST /sandbox/press    {"as", "channel", "ts", "action_id", "block_id"?, "value"?, "values"?}      -> OUTCOME
    POST /sandbox/press    {"as", "view_id", "action_id", "block_id"?, "value"?, "values"?}            -> OUTCOME
        A Slack `confirm` dialog is the caller's to ask before it presses.
    POST /sandbox/submit   {"as", "view_id", "values": {block_id: {action_id: value}}}
        -> OUTCOME + {"errors": {block_id: "sentence"},
                      "response_action": null | "errors" | "update" | "push" | "clear",
                      "open": null | VIEW}         # the modal that is on top afterwards
        Required inputs that are empty and texts too short or too long are refused here, undelivered, as in Slack.
    POST /sandbox/close    {"as", "view_id", "all"?: false}                                            -> OUTCOME
    POST /sandbox/suggest  {"as", "view_id" | "channel" + "ts", "action_id", "block_id"?, "query"}
        -> OUTCOME + {"options": [OPTION], "option_groups": [{"label", "options"}]}
    POST /sandbox/home     {"as"}                                                    -> OUTCOME + {"home": null | VIEW}
    POST /sandbox/shortcut {"as", "callback_id", "channel"?, "ts"?}                                    -> OUTCOME
    POST /sandbox/redeliver {}   the last delivery once more                                           -> OUTCOME
    POST /sandbox/delete   {"as", "channel", "ts"}          one's own, the app's, or an ephemeral one  -> OUTCOME
    POST /sandbox/archive  {"as", "channel", "archived": true}                                         -> OUTCOME

A plain `value`: the text for text, email, url and number inputs; the option's `value` for selects, radio buttons and
overflow; a list of those for multi-selects and checkboxes; the id for users, channels and conversations selects;
"YYYY-MM-DD", "HH:MM" and whole seconds for the pickers; nothing for a button. null, "" or [] means empty. For an
external select, the value of an option that a suggestion returned.

`POST /sandbox/settings`, any subset of::

    SETTINGS = {"deliver_twice": false, "ack_seconds": 3.0,
                "faults": {"chat.update": {"kind": "error", "error": "internal_error", "times": 1}},
                "socket_mode": false, "connections": 0}                  # connections: of Socket Mode, only to read

answers `{"ok": true, "settings": SETTINGS}`. Kinds of fault: `error` (with `error`), `ratelimited` (`retry_after`
seconds), `http` (`status`), `stall` (`seconds`, then served), `lost` (served, and the connection dropped before the
answer). `times` null or absent means until cleared; a method set to null clears its fault, `"faults": null` clears all.

With `socket_mode` everything is delivered over web sockets the app opened (`status` of an OUTCOME is then null), else
to its request URL; turning it off ends all connections. Beside the settings, `"sockets"` announces their end to all
connections, with Slack's reason: "warning" (they end in ten seconds), "refresh_requested", "too_many_websockets" or
"link_disabled" (which turns `socket_mode` off).

`GET /sandbox/stream` is Server-Sent Events: `id: 18` / `data: {"version": 18}` at once and whenever anything visible
changed (several changes may be told as one), a comment every 15 s. `GET /sandbox/state` carries the same `version`.

`GET /sandbox/datadog` is the state of the sandbox's Datadog and `POST /sandbox/datadog/{faults,reset,drift,…}` passes
a JSON body on to it; 404 `no_datadog` says that the sandbox runs without one, 502 `datadog_unreachable` that it is
silent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.sandbox.slack.acts.access import Access
from bot.sandbox.slack.acts.forms import Forms
from bot.sandbox.slack.acts.keeping import Keeping
from bot.sandbox.slack.acts.pressing import Pressing
from bot.sandbox.slack.acts.result import Result
from bot.sandbox.slack.acts.saying import Saying
from bot.sandbox.slack.deliveries import Deliverer
from bot.sandbox.slack.payloads import Payloads
from bot.sandbox.slack.records import JsonObject, Refused
from bot.sandbox.slack.seeing import state_json, view_json, workspace_json
from bot.sandbox.slack.switches import Switches
from bot.sandbox.slack.workspace import Workspace

Act = Callable[[JsonObject], Awaitable[Result]]


class People:
    """The people API of one workspace."""

    def __init__(self, workspace: Workspace, deliverer: Deliverer, payloads: Payloads, switches: Switches) -> None:
        self._workspace = workspace
        self._deliverer = deliverer
        self._switches = switches
        self.access = Access(workspace)
        self.saying = Saying(workspace, self.access, payloads, deliverer)
        self.pressing = Pressing(workspace, self.access, payloads, deliverer)
        self.forms = Forms(workspace, self.access, payloads, deliverer, self.pressing)
        self.keeping = Keeping(workspace, self.access)

    def add_routes(self, app: web.Application) -> None:
        """Put every route of the people API but the stream into the application."""
        app.router.add_get("/sandbox/workspace", self._show_workspace)
        app.router.add_get("/sandbox/state", self._show_state)
        app.router.add_get("/sandbox/history", self._show_history)
        app.router.add_post("/sandbox/settings", self._change_settings)
        acts: dict[str, Act] = {
            "say": self._say,
            "press": self._press,
            "submit": self._submit,
            "close": self._close,
            "suggest": self._suggest,
            "home": self._home,
            "shortcut": self._shortcut,
            "redeliver": self._redeliver,
            "delete": self._delete,
            "archive": self._archive,
        }
        for name, act in acts.items():
            app.router.add_post(f"/sandbox/{name}", self._handler(act))

    def _handler(self, act: Act) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                result = await act(await _body(request))
            except Refused as refused:
                return _refusal(refused)
            return web.json_response(result.as_json(self._workspace.version))

        return handle

    async def _show_workspace(self, request: web.Request) -> web.StreamResponse:
        del request
        return web.json_response(workspace_json(self._workspace))

    async def _show_state(self, request: web.Request) -> web.StreamResponse:
        try:
            person = self.access.person(request.query.get("as", ""))
        except Refused as refused:
            return _refusal(refused)
        return web.json_response(state_json(self._workspace, person, self._switches.as_json()))

    async def _show_history(self, request: web.Request) -> web.StreamResponse:
        query = request.query
        try:
            person = self.access.person(query.get("as", ""))
            channel = self.access.channel(person, query.get("channel", ""))
        except Refused as refused:
            return _refusal(refused)
        message = self._workspace.message(channel.id, query.get("ts", ""))
        if message is None or message.ephemeral_to not in (None, person.id):
            return _refusal(Refused("no_such_message", f"{person.role} never saw that message"))
        versions = [
            {"at": one.at, "text": one.text, "blocks": one.blocks, "deleted": one.deleted} for one in message.versions
        ]
        return web.json_response({"versions": versions})

    async def _change_settings(self, request: web.Request) -> web.StreamResponse:
        try:
            await self._switches.change(await _body(request))
        except Refused as refused:
            return _refusal(refused)
        self._workspace.changed()
        return web.json_response({"ok": True, "settings": self._switches.as_json()})

    async def _say(self, body: JsonObject) -> Result:
        text = _text(body, "text")
        if not text.strip():
            raise Refused("bad_request", "there is nothing to send")
        return await self.saying.say(_text(body, "as"), _text(body, "channel"), text, _optional(body, "thread_ts"))

    async def _press(self, body: JsonObject) -> Result:
        return await self.pressing.press(
            _text(body, "as"),
            _place(body),
            _text(body, "action_id"),
            _optional(body, "block_id"),
            body.get("value"),
            _values(body),
        )

    async def _suggest(self, body: JsonObject) -> Result:
        return await self.pressing.suggest(
            _text(body, "as"),
            _place(body),
            _text(body, "action_id"),
            _optional(body, "block_id"),
            str(body.get("query", "")),
        )

    async def _submit(self, body: JsonObject) -> Result:
        result = await self.forms.submit(_text(body, "as"), _text(body, "view_id"), _values(body))
        more = dict(result.more)
        more["open"] = view_json(more.pop("top"))
        return Result(result.ack, result.shown, more)

    async def _close(self, body: JsonObject) -> Result:
        everything = body.get("all", False) is True
        return await self.forms.close(_text(body, "as"), _text(body, "view_id"), everything=everything)

    async def _home(self, body: JsonObject) -> Result:
        result = await self.forms.home(_text(body, "as"))
        person = self.access.person(_text(body, "as"))
        return Result(result.ack, result.shown, {"home": view_json(self._workspace.views.homes.get(person.id))})

    async def _shortcut(self, body: JsonObject) -> Result:
        return await self.forms.shortcut(_text(body, "as"), _text(body, "callback_id"), _place(body))

    async def _redeliver(self, body: JsonObject) -> Result:
        del body
        _, ack = await self._deliverer.resend()
        return Result(ack)

    async def _delete(self, body: JsonObject) -> Result:
        return await self.keeping.delete(_text(body, "as"), _text(body, "channel"), _text(body, "ts"))

    async def _archive(self, body: JsonObject) -> Result:
        archived = body.get("archived")
        if not isinstance(archived, bool):
            raise Refused("bad_request", "archived is true or false")
        return await self.keeping.archive(_text(body, "as"), _text(body, "channel"), archived=archived)


async def _body(request: web.Request) -> JsonObject:
    try:
        data: Any = await request.json()
    except ValueError:
        raise Refused("bad_request", "the body is not JSON") from None
    if not isinstance(data, dict):
        raise Refused("bad_request", "the body is not a JSON object")
    return data


def _text(body: JsonObject, name: str) -> str:
    found = body.get(name)
    if not isinstance(found, str) or not found:
        raise Refused("bad_request", f"{name} is missing")
    return found


def _optional(body: JsonObject, name: str) -> str | None:
    return None if body.get(name) is None else _text(body, name)


def _place(body: JsonObject) -> dict[str, str | None]:
    return {name: _optional(body, name) for name in ("channel", "ts", "view_id")}


def _values(body: JsonObject) -> dict[str, dict[str, Any]]:
    values = body.get("values") or {}
    if not isinstance(values, dict) or not all(isinstance(actions, dict) for actions in values.values()):
        raise Refused("bad_request", "values is an object from block_id to an object from action_id to value")
    return values


def _refusal(refused: Refused) -> web.Response:
    status = 403 if refused.code == "forbidden" else 400
    return web.json_response({"ok": False, "error": refused.code, "message": refused.message}, status=status)
