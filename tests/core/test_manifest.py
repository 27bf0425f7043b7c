"""Slack's manifest: valid, no wider than what is used, and the file is what the code makes."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.errors import Misconfigured
from bot.grammar.lexicon import SLASH
from handlers.cards.entrances import SCOPES, SLASH_COMMANDS
from handlers.manifest import EVENTS, PATH, manifest
from tests.contracts import contract

ADDRESS = "https://countersign.example"
ALLOWED_SCOPES = {
    "app_mentions:read",
    "channels:read",
    "chat:write",
    "commands",
    "groups:read",
    "usergroups:read",
    "users:read",
    "users:read.email",
}
ALLOWED_EVENTS = {"app_mention", "app_home_opened", "member_joined_channel"}


@pytest.mark.parametrize("url", [None, ADDRESS, f"{ADDRESS}/"])
def test_slack_would_take_it(url: str | None) -> None:
    """Both forms are valid by Slack's own schema."""
    schema = json.loads(contract("slack/manifest.schema.json").read_text("utf-8"))
    jsonschema.Draft7Validator(schema).validate(manifest(url))


def test_the_file_is_what_the_code_makes() -> None:
    """`manifest.yml` is the Socket Mode form, to the letter."""
    text = (Path(__file__).parents[2] / "manifest.yml").read_text("utf-8")
    assert yaml.safe_load(text) == manifest()
    comment = "".join(line for line in text.splitlines(keepends=True) if line.startswith("#"))
    assert text == comment + yaml.safe_dump(manifest(), sort_keys=False, allow_unicode=True)


def test_no_more_is_asked_for_than_is_used() -> None:
    """Scopes and events are on the short list; nothing reads messages, files or history."""
    assert set(SCOPES) <= ALLOWED_SCOPES
    assert set(EVENTS) <= ALLOWED_EVENTS
    assert all(SCOPES.values())


def test_the_forms_differ_in_the_address_alone() -> None:
    """The Socket Mode form has no address, the HTTP form one everywhere Slack delivers to."""
    socket, http = json.dumps(manifest()), json.dumps(manifest(ADDRESS))
    assert ADDRESS not in socket
    assert "url" not in socket.replace("should_escape", "")
    places = len(SLASH_COMMANDS) + 2
    assert http.count(f'"{ADDRESS}{PATH}"') == places
    made: Any = manifest(ADDRESS)
    assert made["settings"]["socket_mode_enabled"] is False
    asked: Any = manifest()
    assert asked["settings"]["socket_mode_enabled"] is True


@pytest.mark.parametrize("given", [f"{ADDRESS}{PATH}", f"{ADDRESS}{PATH}/", f" {ADDRESS} "])
def test_the_whole_request_url_will_do_too(given: str) -> None:
    """Whoever gives the address with the path it ends in gets the same manifest."""
    assert manifest(given) == manifest(ADDRESS)


@pytest.mark.parametrize(
    "given", ["", "countersign.example", "http://countersign.example", "ftp://127.0.0.1", "https://"]
)
def test_an_address_slack_cannot_deliver_to(given: str) -> None:
    """Slack delivers to https alone (plain http is for a workspace on this machine); anything else is refused."""
    with pytest.raises(Misconfigured, match="--url must be an https address"):
        manifest(given)


def test_every_slash_command_is_one_that_is_read() -> None:
    """The manifest offers the commands that the grammar knows, and no other."""
    assert set(SLASH_COMMANDS) >= set(SLASH)
    assert {command for command in SLASH_COMMANDS if command not in SLASH} == {"/ops"}
