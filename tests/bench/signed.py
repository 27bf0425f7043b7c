"""
Slack's deliveries as bytes on the wire: signed, fresh, and no two alike.

Shapes follow Slack's documentation of slash commands and of `block_actions`.
"""

import hashlib
import hmac
import itertools
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode

from bot.sandbox.slack.seed import APP_ID, APPROVER_ID, DEPLOYS_ID, REQUESTER_ID, TEAM
from bot.sandbox.town import SIGNING_SECRET
from handlers import ids
from handlers.manifest import PATH

PAYLOAD_BYTES = 12 * 1024
_CARD = "1792000000.000100"
_numbers = itertools.count(1)
_NUMBER = "0000000000.000000"  # stands for the number of a delivery within a template


@dataclass(frozen=True, slots=True)
class Template:
    """A delivery's body, with a place for what makes each one its own."""

    body: bytes

    def many(self, count: int) -> list[bytes]:
        """Return `count` whole requests, each signed now."""
        return [self.one() for _ in range(count)]

    def one(self) -> bytes:
        """Return one whole request, signed now."""
        number = f"{int(time.time())}.{next(_numbers):06d}"
        return request(self.body.replace(_NUMBER.encode(), number.encode()))


def request(body: bytes) -> bytes:
    """Return a signed POST of a form."""
    stamp = str(int(time.time())).encode()
    mac = hmac.new(SIGNING_SECRET.encode(), b"v0:" + stamp + b":" + body, hashlib.sha256).hexdigest()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\nX-Slack-Request-Timestamp: {stamp.decode()}\r\n"
        f"X-Slack-Signature: v0={mac}\r\nUser-Agent: Slackbot 1.0\r\n\r\n"
    )
    return head.encode() + body


def slash(text: str = "disable payments-kill-switch in prod because error rate doubled", answer: str = "") -> Template:
    """Return `/flag …` by the requester; what is said to it goes to the response URL `answer`."""
    fields = {
        "token": "verification-token",
        "team_id": TEAM.id,
        "team_domain": TEAM.domain,
        "channel_id": DEPLOYS_ID,
        "channel_name": "deploys",
        "user_id": REQUESTER_ID,
        "user_name": "requester",
        "command": "/flag",
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": answer,
        "trigger_id": f"{_NUMBER}.trigger",
    }
    return Template(urlencode(fields).encode())


def press(
    action: str = ids.OPEN, value: str = "", user: str = APPROVER_ID, card: tuple[str, str] = (DEPLOYS_ID, _CARD)
) -> Template:
    """
    Return a button press on a card, whose JSON is 12 KB; without a value it is a link that was followed.

    `card` is the channel and the time stamp of the card's message.
    """
    channel, ts = card
    payload: dict[str, Any] = {
        "type": "block_actions",
        "user": {"id": user, "username": "approver", "name": "approver", "team_id": TEAM.id},
        "api_app_id": APP_ID,
        "token": "verification-token",
        "container": {"type": "message", "message_ts": ts, "channel_id": channel},
        "trigger_id": f"{_NUMBER}.trigger",
        "team": {"id": TEAM.id, "domain": TEAM.domain},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": channel, "name": "deploys"},
        "message": {"type": "message", "ts": ts, "text": "Disable payments-kill-switch", "blocks": []},
        "state": {"values": {}},
        "response_url": "",
        "actions": [{"type": "button", "action_id": action, "block_id": "b1", "value": value, "action_ts": _NUMBER}],
    }
    blocks = payload["message"]["blocks"]
    while len(json.dumps(payload)) < PAYLOAD_BYTES:
        blocks.append(_block(len(blocks)))
    return Template(b"payload=" + quote_plus(json.dumps(payload)).encode())


def _block(number: int) -> dict[str, Any]:
    text = f"*Disable* `payments-kill-switch-{number}` in *PROD*\nserving *ENABLED* → *DISABLED*; error rate doubled"
    return {"type": "section", "block_id": f"x{number}", "text": {"type": "mrkdwn", "text": text, "verbatim": False}}
