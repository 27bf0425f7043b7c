"""Looks from the command line in processes of their own: as root, as a mapped person, and while Slack is away."""

import asyncio
from pathlib import Path

from tests.test_change_cli import as_root, shell


@as_root
async def test_everybody_may_look_and_slack_is_not_needed(tmp_path: Path, redis_url: str) -> None:
    """Root lists, a mapped person looks at a rollout without Slack, and what is not there is said by exit code 1."""
    async with shell(tmp_path, redis_url) as there:
        listed, status, unknown = await asyncio.gather(
            there.run("list", "flags", "disabled", "in", "prod", mapped=False, cold=True),
            there.run("status", "rollout", "checkout-v2", "in", "prod", slack=False),
            there.run("show", "flag", "new-serch", mapped=False, slack=False),
        )
        assert (listed.code, listed.err) == (0, ""), listed
        assert listed.out.startswith("5 disabled flags in prod (production)\nFLAG ")
        assert (status.code, status.err) == (0, ""), status
        assert "State:      running, unless it was paused elsewhere (inferred), step 2 of 4, 25 %" in status.out
        assert (unknown.code, unknown.out) == (1, "")
        assert unknown.err.startswith(
            "There is no flag called new-serch. Did you mean one of these?\n  new-search  show "
        )
