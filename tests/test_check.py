"""`check`: one line for everything there is to set up, and a code that scripts can rely on."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.sandbox.slack.ratelimit import RateLimiter
from bot.sandbox.slack.seed import GROUP_ID
from bot.sandbox.town import Town, open_town
from handlers.checks import check

ROOT = Path(__file__).resolve().parents[1]
WHAT = [
    *("manifest", "settings", "policy", "redis", "slack token", "slack scopes", "approvers"),
    *("Datadog API key", "Datadog application key", "Datadog feature flags"),
]


@dataclass(frozen=True, slots=True)
class Checked:
    """What `check` said: its lines, and its code."""

    lines: list[str]
    code: int

    def wrong(self) -> list[str]:
        """Return the lines about what is not right."""
        return [line for line in self.lines if line.startswith("FAIL")]


@dataclass(frozen=True, slots=True)
class Installation:
    """A sandbox to check against, and the settings of a bot in it."""

    town: Town
    settings: dict[str, str]

    async def checked(self, **more: str) -> Checked:
        """Check it, with some settings changed."""
        lines: list[str] = []
        code = await check({**self.settings, **more}, lines.append)
        return Checked(lines, code)


@pytest.fixture
async def installed(tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Installation]:
    """Give an installation in which everything is right."""
    monkeypatch.chdir(ROOT)
    async with open_town(tmp_path, limiter=RateLimiter(limits={})) as town:
        yield Installation(town, {**town.environment(), "REDIS_URL": redis_url})


async def test_everything_is_right(installed: Installation) -> None:
    """Each thing has a line that says it is right, and the code is 0."""
    checked = await installed.checked()
    assert checked.wrong() == []
    looked_at = [line[6:29].strip() for line in checked.lines[:-1]]
    assert looked_at[: len(WHAT)] == WHAT
    assert all(what.startswith("Datadog ") for what in looked_at[len(WHAT) :])  # one for each noun there is
    assert all(line.startswith("ok  ") for line in checked.lines[:-1])
    assert checked.lines[-1] == "Everything is right."
    assert checked.code == 0


WRONG = [
    pytest.param({"SLACK_BOT_TOKEN": "xoxb-other"}, "slack token", "Slack does not accept the bot token", id="token"),
    pytest.param({"DD_APP_KEY": "other"}, "Datadog application key", "Datadog does not let these keys", id="app key"),
    pytest.param({"DD_API_KEY": "other"}, "Datadog API key", "Datadog does not let these keys", id="API key"),
    pytest.param({"REDIS_URL": "redis://127.0.0.1:9/0"}, "redis", "", id="Redis away"),
    pytest.param({"SLACK_API_URL": "http://127.0.0.1:9/api/"}, "slack token", "Slack could not be reached", id="Slack"),
    pytest.param({"POLICY_FILE": "no-such-policy.yaml"}, "policy", "cannot be read", id="no policy"),
]


@pytest.mark.parametrize(("setting", "what", "sentence"), WRONG)
async def test_something_is_wrong(installed: Installation, setting: dict[str, str], what: str, sentence: str) -> None:
    """What is wrong has a line that says so, everything else is looked at all the same, and the code is 1."""
    checked = await installed.checked(**setting)
    found = [line for line in checked.wrong() if what in line]
    assert len(found) == 1, checked.lines
    assert sentence in found[0]
    assert "manifest.yml is in step" in checked.lines[0]
    assert sum("settings" in line[:18] for line in checked.lines) == 1
    assert checked.lines[-1] == f"{len(checked.wrong())} to mend."
    assert checked.code == 1


async def test_settings_that_are_missing(installed: Installation) -> None:
    """Each missing setting has its line; without them nothing else can be looked at."""
    checked = await installed.checked(DD_API_KEY="", AUDIT_KEY="")
    assert [line.split()[2] for line in checked.wrong()] == ["DD_API_KEY", "AUDIT_KEY"]
    assert checked.code == 1


async def test_a_scope_is_missing(installed: Installation) -> None:
    """A scope the app was not granted is named, with what to do."""
    api = installed.town.slack.api
    api.scopes -= {"usergroups:read"}
    checked = await installed.checked()
    assert any("slack scopes" in line and "missing: usergroups:read; reinstall" in line for line in checked.wrong())
    assert any("approvers" in line for line in checked.wrong())
    assert checked.code == 1


async def test_a_group_of_one(installed: Installation) -> None:
    """A group in which nobody could sign for the other is not enough."""
    groups = installed.town.workspace.groups
    group = groups[GROUP_ID]
    groups[GROUP_ID] = replace(group, users=group.users[:1])
    checked = await installed.checked()
    (line,) = checked.wrong()
    assert "sre-approvers has 1 member; at least two people have to be able to sign." in line


async def test_a_group_that_does_not_exist(installed: Installation, tmp_path: Path) -> None:
    """A group the policy names and Slack does not know is told by its name."""
    policy = tmp_path / "policy.yaml"
    policy.write_text((ROOT / "policy.yaml").read_text().replace("sre-approvers", "nobody-here"))
    checked = await installed.checked(POLICY_FILE=str(policy))
    (line,) = checked.wrong()
    assert "approvers" in line
    assert "nobody-here" in line


async def test_a_policy_with_a_slip(installed: Installation, tmp_path: Path) -> None:
    """A policy that is not right is told by line and column."""
    policy = tmp_path / "policy.yaml"
    policy.write_text((ROOT / "policy.yaml").read_text().replace("decision: confirm", "decison: confirm", 1))
    checked = await installed.checked(POLICY_FILE=str(policy))
    (line,) = checked.wrong()
    assert "policy.yaml, line " in line
    assert "did you mean `decision`" in line


@pytest.mark.parametrize("content", [None, "features: {", "features: {}"])
async def test_a_manifest_out_of_step(
    installed: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    """A manifest that is missing, broken, or another version's is told."""
    policy = str(ROOT / "policy.yaml")
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path("manifest.yml").write_text(content)  # noqa: ASYNC240 - a line in a file of the test's own
    checked = await installed.checked(POLICY_FILE=policy)
    (line,) = checked.wrong()
    assert line.startswith("FAIL  manifest")
    assert checked.code == 1
