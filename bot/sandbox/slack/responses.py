"""The endpoint behind a `response_url`."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bot.sandbox.slack.limits.surfaces import MAX_TEXT, message_problems
from bot.sandbox.slack.records import JsonObject, Message, SlackError
from bot.sandbox.slack.shapes import NO_FALLBACK
from bot.sandbox.slack.timers import ResponseUrl
from bot.sandbox.slack.workspace import Workspace

_GONE = frozenset({"invalid_url", "used_url", "expired_url"})


class Responses:
    """Posts, replaces and deletes on behalf of interactions."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer `POST /response/<token>`."""
        try:
            answer = await _answer(request)
            self._apply(request.match_info["token"], answer)
        except SlackError as error:
            body = {"ok": False, "error": error.code, **error.details}
            return web.json_response(body, status=404 if error.code in _GONE else 400)
        return web.Response(text="ok")

    def _apply(self, token: str, answer: JsonObject) -> None:
        response = self._workspace.response_urls.spend(token)
        original = self._original(response)
        if answer.get("delete_original"):
            if original is None:
                raise SlackError("message_not_found")
            self._workspace.delete(original)
            return
        text, blocks = _content(answer)
        if answer.get("replace_original") and original is not None:
            self._workspace.edit(original, text, blocks)
            return
        everyone = answer.get("response_type") == "in_channel"
        self._workspace.post(
            response.channel,
            self._workspace.app.bot_user_id,
            text,
            blocks=blocks,
            thread_ts=self._thread(response, answer.get("thread_ts")),
            ephemeral_to=None if everyone else response.user,
            command=response.command if everyone else None,
        )

    def _original(self, response: ResponseUrl) -> Message | None:
        if response.message_ts is None:
            return None
        message = self._workspace.message(response.channel, response.message_ts)
        own = message is not None and message.user == self._workspace.app.bot_user_id
        return message if message is not None and own and not message.deleted else None

    def _thread(self, response: ResponseUrl, thread_ts: Any) -> str | None:
        if not thread_ts:
            return None
        root = self._workspace.message(response.channel, str(thread_ts))
        if root is None:
            raise SlackError("thread_not_found")
        return root.thread_ts or root.ts


async def _answer(request: web.Request) -> JsonObject:
    try:
        answer = await request.json()
    except ValueError:
        raise SlackError("invalid_payload") from None
    if not isinstance(answer, dict):
        raise SlackError("invalid_payload")
    return answer


def _content(answer: JsonObject) -> tuple[str, list[JsonObject]]:
    text, blocks = str(answer.get("text") or ""), answer.get("blocks") or []
    if not text and not blocks:
        raise SlackError("no_text")
    if len(text) > MAX_TEXT:
        raise SlackError("msg_too_long")
    problems = message_problems(blocks)
    if problems:
        raise SlackError("invalid_blocks", response_metadata={"messages": problems})
    return text or NO_FALLBACK, blocks
