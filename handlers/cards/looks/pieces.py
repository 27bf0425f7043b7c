"""What all looks are drawn from: buttons for further looks, bars, conditions in words, what was last done."""

from collections.abc import Sequence

from bot.actions import BY_NAME
from bot.auditing.history import HistoryRow
from bot.grammar.command import Look
from bot.grammar.spelling import spell
from bot.looking.views import Condition, Guard, Weight
from bot.model import Environment
from handlers import ids
from handlers.blocks import MAX_VALUE, Block, button, code, link_button, quoted
from handlers.cards.phrases import and_so_on, moment, person, place_of, sentence

_OPERATORS = {
    "LT": "is less than",
    "LTE": "is at most",
    "GT": "is greater than",
    "GTE": "is at least",
    "MATCHES": "matches",
    "NOT_MATCHES": "does not match",
    "ONE_OF": "is one of",
    "NOT_ONE_OF": "is none of",
    "IS_NULL": "is not set",
    "EQUALS": "is",
}
_MOST_VALUES = 20
_BELOW = 5


def look_button(n: int, label: str, look: Look, about: str) -> list[Block]:
    """Return the button that asks for a further look, or nothing where Slack could not carry it whole."""
    text = spell(look)
    return [button(label, ids.LOOKS[n], text, about=about)] if len(text) <= MAX_VALUE else []


def row_button(row: int, label: str, look: Look, about: str) -> Block | None:
    """Return the same as the one button beside a row, of which there are fifteen at most."""
    return next(iter(look_button(_BELOW + row, label, look, about)), None)


def datadog_button(url: str, about: str) -> list[Block]:
    """Return the link to Datadog, or nothing where there is none."""
    link = link_button("Open in Datadog", ids.OPEN, url, about)
    return [link] if link else []


def where(environment: Environment) -> str:
    """Return an environment for mrkdwn: production always says so in a word."""
    return quoted(place_of(environment), 80)


def places(environments: tuple[Environment, ...]) -> str:
    """Return environments as a list in words."""
    return and_so_on([where(each) for each in environments], most=6) or "none"


def condition(said: Condition) -> str:
    """Return a condition in words."""
    operator = _OPERATORS.get(said.operator, quoted(said.operator, 40))
    attribute = code(said.attribute, 80)
    values = [code(value, 80) for value in said.values[:_MOST_VALUES]]
    if len(said.values) > _MOST_VALUES:
        values.append(f"{len(said.values) - _MOST_VALUES} more")
    if said.operator == "IS_NULL":
        unset = said.values[:1] != ("False",) and said.values[:1] != ("false",)
        return f"{attribute} {'is not set' if unset else 'is set'}"
    return f"{attribute} {operator} {', '.join(values) or 'nothing'}"


def weights(shares: tuple[Weight, ...]) -> str:
    """Return who gets what: variants with their per cent."""
    return ", ".join(f"{code(each.variant, 80)} {each.percent:g} %" for each in shares[:20]) or "no variant"


def guards(listed: tuple[Guard, ...]) -> str:
    """Return guardrail metrics, each with what it does; empty where there are none."""
    acts = {"PAUSE": "pauses it", "ABORT": "stops it"}
    said = (f"{code(each.metric, 80)} {acts.get(each.action, quoted(each.action, 40))}" for each in listed[:10])
    return ", ".join(said)


def spoken(lines: Sequence[str]) -> str:
    """Return lines as sentences one after the other, as they are read aloud."""
    every = "\n".join(lines).split("\n")
    return " ".join(sentence(" ".join(line.split())) for line in every if line.strip())


def _placed(row: HistoryRow) -> str:
    return f"in {where(Environment(id='', name=row.where, is_production=bool(row.production)))}" if row.where else ""


def last_done(row: HistoryRow | None) -> str:
    """Return what was last done from here, by whom and when; empty where nothing is on record."""
    if row is None:
        return ""
    action = BY_NAME.get(row.action)
    what = quoted(action.words.title if action else row.action, 80)
    return (
        f"*Last done from here* {what} {_placed(row)} by {person(row.requester)}, "
        f"{moment(row.changed_at)} ({quoted(row.id, 20)})"
    )
