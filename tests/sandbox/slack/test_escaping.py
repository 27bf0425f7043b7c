"""What people type arrives in Slack's form of text."""

from __future__ import annotations

import pytest

from bot.sandbox.slack.escaping import escape, resolve
from bot.sandbox.slack.seed import APPROVER_ID, DEPLOYS_ID, GROUP_ID, new_workspace

TYPED = {
    "@approver": f"<@{APPROVER_ID}>",
    "ask @Approver.": f"ask <@{APPROVER_ID}>.",
    "@sre-approvers!": f"<!subteam^{GROUP_ID}>!",
    "in #deploys": f"in <#{DEPLOYS_ID}|deploys>",
    "@nobody in #nowhere": "@nobody in #nowhere",
    "a@approver": "a@approver",
    "a < b && c > d": "a &lt; b &amp;&amp; c &gt; d",
    "<!channel>": "&lt;!channel&gt;",
    "see https://status.example/a?b=1&c=2#deploys.": "see <https://status.example/a?b=1&amp;c=2#deploys>.",
}


@pytest.mark.parametrize("typed", TYPED)
def test_text_is_escaped_and_resolved(typed: str) -> None:
    """Names, channels and addresses become references, and nothing typed can forge one."""
    assert resolve(new_workspace(), escape(typed), labels=False) == TYPED[typed]


def test_commands_get_labels() -> None:
    """In the text of a slash command a person carries the name as well."""
    assert resolve(new_workspace(), "@approver", labels=True) == f"<@{APPROVER_ID}|approver>"
