"""A link that was pasted with a label of its own is read by where it leads, never by what it is called."""

import pytest

from bot.errors import NotUnderstood
from bot.grammar.command import Command, Look
from bot.grammar.parser import parse


@pytest.mark.parametrize(
    "text",
    [
        "disable flag <https://elsewhere.example/x|new-search> in prod because errors",
        "show flag <https://elsewhere.example/x|new-search>",
        "disable flag <https://app.datadoghq.com.elsewhere.example/feature-flags/abc-def|new-search> in prod",
        "list flags <https://elsewhere.example|search>",
    ],
)
def test_a_label_names_no_target(text: str) -> None:
    """Where the address is not Datadog's, the line is refused with a sentence that shows the address."""
    with pytest.raises(NotUnderstood, match="is not a link to Datadog"):
        parse(text)


def test_a_label_names_no_environment() -> None:
    """An environment is never read from a label: what is looked for is the address, which no environment is called."""
    read = parse("disable flag new-search in <https://elsewhere.example|prod> because errors")
    assert isinstance(read, Command)
    assert read.environment == "https://elsewhere.example"


@pytest.mark.parametrize("key", ["checkout.v2", "Shop.io", "shop.io/new"])
def test_a_key_that_slack_took_for_a_host_is_read_as_typed(key: str) -> None:
    """Slack makes links of keys with dots; their label says the same as their address."""
    read = parse(f"show flag <http://{key}|{key}>")
    assert isinstance(read, Look)
    assert read.target == key


def test_in_a_reason_links_stay_as_people_saw_them() -> None:
    """Nothing is read from a reason, so its labels stay; the same address twice keeps both labels."""
    link = "https://wiki.example/x"
    read = parse(f"disable flag new-search in prod because <{link}|INC-1> &amp; <{link}|INC-2>, see <{link}>")
    assert isinstance(read, Command)
    assert read.reason == f"INC-1 & INC-2, see {link}"
