"""
What a person does in the sandbox, as JSON over HTTP.

The page, the demo and the dialog tests all act through this one border. Requests are accepted from this
machine only: the Host must be a loopback name and a foreign Origin is refused. Every POST takes a JSON object.

Refusals: HTTP 400 (403 for a foreign Host or Origin) with
`{"ok": false, "error": "<code>", "message": "<sentence for a person>"}`; codes are `bad_request`, `no_such_person`,
`account_inactive`, `no_such_channel`, `not_in_channel`, `no_such_message`, `no_such_element`, `no_such_option`,
`no_such_view`, `nothing_to_redeliver`, `forbidden`.

`GET /sandbox/workspace` (does not change while running, apart from channel members)::

    {"team": {"id", "name", "domain"},
     "app": {"api_app_id", "bot_user_id", "bot_id", "name"},
     "people": [{"id", "role": "Approver", "name": "approver", "real_name", "email", "tz", "tz_offset", "team_id",
                 "is_bot", "deleted", "is_restricted", "is_stranger", "can_act": true, "groups": ["S..."]}],
     "channels": [{"id", "name": "deploys", "topic", "is_private", "is_ext_shared", "bot_is_member", "members": ["U..."]}],
     "groups": [{"id", "handle": "sre-approvers", "name", "users": ["U..."]}],
     "commands": [{"command": "/ops", "description", "usage_hint"}],
     "shortcuts": [{"callback_id", "name", "type": "message" | "global"}]}

The role of the app itself is "App"; Slackbot, whose notes carry `user: "USLACKBOT"`, is listed with role "Slackbot".

`GET /sandbox/state?as=U...` (everything that person sees now)::

    {"version": 17, "now": 1760000000.5, "as": "U...",
     "channels": [{"id", "name", "topic", "is_im": false, "with": null | "U...", "is_private", "is_ext_shared",
                   "bot_is_member", "messages": [MESSAGE, ...]}],      # oldest first; DMs last; only the person's channels
     "modal": null | VIEW, "modal_depth": 0,                           # the top of the person's stack of modals
     "home": null | VIEW,
     "notices": [{"id": 3, "at", "text", "channel": null | "C...", "ts": null | "...", "view_id": null | "V..."}],
     "settings": SETTINGS}

    MESSAGE = {"ts", "channel", "user": "U...", "bot_id": null | "B...", "text", "blocks": [Block Kit blocks],
               "thread_ts": null | "...", "ephemeral": false, "edited": false, "edited_at": null | 1760000000.5,
               "versions": 1, "in_channel_from_command": null | "/flag ...",
               "replies": [MESSAGE, ...]}       # oldest first, only on a message that is not itself a reply
    VIEW = {"id", "type": "modal" | "home", "callback_id", "title", "submit", "close",   # text objects or null
            "blocks": [...], "hash", "values": {block_id: {action_id: value}},           # what was sent last, plain values
            "errors": {block_id: "sentence"}}

`text` and every `mrkdwn` text is as Slack keeps it: `& < >` escaped, `<@U...>`, `<#C...|name>`, `<!subteam^S...>`,
`<!date^...>`, `<url|label>` unresolved. `blocks` always carry a `block_id`, interactive elements an `action_id`.
A notice is a passing toast Slack shows outside a message (a button that failed, a modal that could not connect); the last
five are kept. A failed slash command is instead an ephemeral message by Slackbot.

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
        -> OUTCOME + {"errors": {block_id: "sentence"}, "response_action": null | "errors" | "update" | "push" | "clear",
                      "open": null | VIEW}         # the modal that is on top afterwards
        Required inputs that are empty and texts that are too short or long are refused here, undelivered, like in Slack.
    POST /sandbox/close    {"as", "view_id", "all"?: false}                                            -> OUTCOME
    POST /sandbox/suggest  {"as", "view_id" | "channel" + "ts", "action_id", "block_id"?, "query"}
        -> OUTCOME + {"options": [OPTION], "option_groups": [{"label", "options"}]}
    POST /sandbox/home     {"as"}                                                    -> OUTCOME + {"home": null | VIEW}
    POST /sandbox/shortcut {"as", "callback_id", "channel"?, "ts"?}                                    -> OUTCOME
    POST /sandbox/redeliver {}   the last delivery once more                                           -> OUTCOME

A plain `value`: the text for text, email, url and number inputs; the option's `value` for selects, radio buttons and overflow;
a list of those for multi-selects and checkboxes; the id for users, channels and conversations selects; "YYYY-MM-DD", "HH:MM"
and whole seconds for the pickers; nothing for a button. null or "" (or []) means empty. For an external select, the value of
an option that a suggestion returned.

`POST /sandbox/settings`, any subset of::

    SETTINGS = {"deliver_twice": false, "ack_seconds": 3.0,
                "faults": {"chat.update": {"kind": "error", "error": "internal_error", "times": 1}}}

answers `{"ok": true, "settings": SETTINGS}`. Kinds of fault: `error` (with `error`), `ratelimited` (`retry_after` seconds),
`http` (`status`), `stall` (`seconds`, then served), `lost` (served, and the connection dropped before the answer).
`times` null or absent means until cleared; a method set to null clears its fault, `"faults": null` clears all.

`GET /sandbox/stream` is Server-Sent Events: `id: 18` / `data: {"version": 18}` at once and whenever anything visible changed
(several changes may be told as one), a comment every 15 s. `GET /sandbox/state` carries the same `version`.

`GET /sandbox/datadog` is the state of the sandbox's Datadog and `POST /sandbox/datadog/{faults,reset}` passes a JSON body on
to it; both answer 404 with `no_datadog` when the sandbox runs without one.
"""
