"""Settings: wrong ones end the start with one sentence each, and no secret in any of them."""

import pytest

from bot.errors import Misconfigured
from bot.settings import Settings, is_loopback, load

SECRET = "xoxb-very-secret-value"
GOOD = {
    "SLACK_BOT_TOKEN": SECRET,
    "SLACK_SIGNING_SECRET": "signing-very-secret",
    "DD_API_KEY": "api-very-secret",
    "DD_APP_KEY": "app-very-secret",
    "AUDIT_KEY": "k" * 31 + "-very-secret",
}


def problems(**changed: str) -> tuple[str, ...]:
    """Return what is said of settings that are right but for these."""
    with pytest.raises(Misconfigured) as raised:
        load({**GOOD, **changed})
    assert "very-secret" not in str(raised.value)
    assert not [said for said in raised.value.problems if "very-secret" in said]
    return raised.value.problems


def test_the_least_is_enough() -> None:
    """Tokens, keys and a signing secret are all that must be set, and the rest is as documented."""
    settings = load(GOOD)
    assert not settings.socket_mode
    assert settings.datadog_api == "https://api.datadoghq.com/"
    assert settings.signing_secrets == ("signing-very-secret",)
    assert (settings.terms.expiry_production, settings.terms.run_by) == (1_800_000, 600_000)
    assert "very-secret" not in repr(settings)


def test_nothing_set_is_one_sentence_for_each() -> None:
    """Each missing setting is named with what it is, and an empty one counts as missing."""
    for environment in ({}, dict.fromkeys(GOOD, "")):
        with pytest.raises(Misconfigured) as raised:
            load(environment)
        *missing, way_in = raised.value.problems
        named = [said.partition(" is not set: ")[0] for said in missing]
        assert named == ["SLACK_BOT_TOKEN", "DD_API_KEY", "DD_APP_KEY", "AUDIT_KEY"]
        assert way_in == "SLACK_SIGNING_SECRET (HTTP) or SLACK_APP_TOKEN (Socket Mode) must be set."
        assert all(said.endswith(".") for said in raised.value.problems)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AUDIT_KEY", "short-very-secret"),
        ("PORT", "very-secret"),
        ("PORT", "70000"),
        ("DD_SITE", "ddog-gov.com"),
        ("DD_SITE", "very-secret.example"),
        ("DD_API_URL", "http://datadog.example/very-secret"),
        ("DD_API_URL", "ftp://127.0.0.1/"),
        ("SLACK_API_URL", "http://127.0.0.1.nip.example/"),
        ("SLACK_API_URL", "http://127.0.0.1@evil.example/"),
        ("SLACK_API_URL", "slack.example"),
        ("DD_EVENTS_URL", "http://localhost.evil.example/"),
        ("REDIS_URL", "http://127.0.0.1:6379/?very-secret"),
        ("SLACK_MODE", "carrier-pigeon"),
        ("LOG_FORMAT", "xml"),
        ("LEASE", "0"),
        ("LEASE", "nan"),
        ("SETTLE", "soon"),
        ("EXPIRY_PRODUCTION", "-1"),
        ("RUN_BY", "0"),
        ("DATADOG_TIMEOUT", "61"),
        ("REDIS_TIMEOUT", "11"),
    ],
)
def test_a_wrong_value_is_one_sentence(name: str, value: str) -> None:
    """A wrong value is told in one sentence that begins with the setting's name and never repeats a secret."""
    (said,) = problems(**{name: value})
    assert said.startswith(f"{name}: ")
    assert said.endswith(".")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"SLACK_SIGNING_SECRET": ""}, "SLACK_SIGNING_SECRET (HTTP) or SLACK_APP_TOKEN (Socket Mode) must be set."),
        ({"SLACK_MODE": "socket"}, "SLACK_MODE=socket needs SLACK_APP_TOKEN."),
        (
            {"SLACK_MODE": "http", "SLACK_SIGNING_SECRET": "", "SLACK_APP_TOKEN": "xapp-very-secret"},
            "SLACK_MODE=http needs SLACK_SIGNING_SECRET.",
        ),
        ({"LEASE": "20"}, "LEASE must be more than twice DATADOG_TIMEOUT, so that no call outlives its lease."),
    ],
)
def test_what_does_not_fit_together_is_told(changed: dict[str, str], said: str) -> None:
    """Settings that are right one by one and not together are told so."""
    assert problems(**changed) == (said,)


def test_several_faults_are_several_sentences() -> None:
    """Everything wrong is told at once."""
    assert len(problems(PORT="x", DD_SITE="x", AUDIT_KEY="x")) == 3


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "localhost", "::1"])
def test_plain_http_is_for_loopback(host: str) -> None:
    """On this machine plain http is taken, and the address ends in a slash."""
    url = f"http://[{host}]:8080" if ":" in host else f"http://{host}:8080"
    settings = load({**GOOD, "DD_API_URL": url, "SLACK_API_URL": url, "DD_EVENTS_URL": url})
    assert {settings.datadog_api, settings.slack_api_url, settings.dd_events_url} == {f"{url}/"}
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "10.0.0.1", "localhost.example", "1270.0.1"])  # noqa: S104 - not bound to
def test_other_hosts_are_not_loopback(host: str) -> None:
    """Nothing else is taken for this machine."""
    assert not is_loopback(host)


def test_the_mode_follows_from_what_is_set() -> None:
    """A signing secret means HTTP, an app token alone Socket Mode, and what is said explicitly wins."""
    both = {**GOOD, "SLACK_APP_TOKEN": "xapp-1"}
    assert not load(both).socket_mode
    assert load({**both, "SLACK_SIGNING_SECRET": ""}).socket_mode
    assert load({**both, "SLACK_MODE": "socket"}).socket_mode


def test_two_signing_secrets_while_one_is_changed() -> None:
    """Two secrets, separated by a comma, are both taken."""
    assert load({**GOOD, "SLACK_SIGNING_SECRET": "old, new"}).signing_secrets == ("old", "new")


def test_every_setting_says_what_it_is() -> None:
    """Each setting has its meaning written down."""
    assert not [name for name, field in Settings.model_fields.items() if not field.description]
