"""Typed text is read as exactly one thing, or asked about."""

import contextlib
import time
from dataclasses import replace

import pytest

from bot.actions import BY_NAME, CATALOGUE, CONTROLS, READS, Action, Control, Read
from bot.errors import NotUnderstood
from bot.grammar.command import Ask, Command, Look
from bot.grammar.lexicon import VERBS, lexicon_of
from bot.grammar.parser import parse
from bot.grammar.spelling import example_of, label, spell, usage
from bot.model import Noun, Scope
from tests.grammar_corpus import CORPUS, Asks


def row_name(row: object) -> str | None:
    """Return a name for a row's text that a terminal can print."""
    return ascii(row)[1:50] if isinstance(row, str) else ""


@pytest.mark.parametrize(("text", "noun", "expected"), CORPUS, ids=row_name)
def test_corpus(text: str, noun: Noun | None, expected: Command | Ask | Asks) -> None:
    """A line means what its row says."""
    if not isinstance(expected, Asks):
        assert parse(text, noun) == expected
        return
    with pytest.raises(NotUnderstood) as raised:
        parse(text, noun)
    assert expected.says in f"{raised.value.fact} {raised.value.next_step}"
    if expected.offers is not None:
        assert tuple(command for _, command in raised.value.choices) == expected.offers


@pytest.mark.parametrize(("text", "noun"), [row[:2] for row in CORPUS if isinstance(row[2], Asks)], ids=row_name)
def test_offers_are_commands(text: str, noun: Noun | None) -> None:
    """Every command that is offered can be read, and its label says it; every question says what to type."""
    with pytest.raises(NotUnderstood) as raised:
        parse(text, noun)
    assert raised.value.fact.endswith((".", "?"))
    assert raised.value.next_step
    for words, command in raised.value.choices:
        read = parse(command)
        assert isinstance(read, Command | Look)
        assert words == label(read)


def test_corpus_is_large_and_without_doubles() -> None:
    """The table has at least 300 different lines."""
    assert len({(text, noun) for text, noun, _ in CORPUS}) == len(CORPUS) >= 300


@pytest.mark.parametrize("action", CATALOGUE, ids=lambda action: action.name)
def test_every_word_of_the_catalogue_is_read(action: Action) -> None:
    """Each verb and synonym with its noun means its action, and so does the example."""
    for verb in (action.verb, *action.synonyms):
        place = "prod" if action.scope is Scope.ENVIRONMENT else None
        read = parse(f"{verb} {action.noun} some-key" + (f" in {place}" if place else ""))
        assert read == Command(action=action.name, target="some-key", environment=place)
    example = parse(usage(action))
    assert isinstance(example, Command)
    assert (example.action, bool(example.reason)) == (action.name, True)


@pytest.mark.parametrize("look", READS, ids=lambda look: look.name)
def test_example_of_each_look(look: Read) -> None:
    """Each thing that can be looked at is read by its verb and synonyms, by its example, and spelled as it is read."""
    target = "" if look.lists else " some-key"
    for verb in (look.verb, *look.synonyms):
        assert parse(f"{verb} {look.noun}{target}") == Look(what=look.name, target=target.strip())
    example = parse(example_of(look))
    assert isinstance(example, Look)
    assert example.what == look.name
    assert parse(spell(example)) == example


def test_work_is_bounded() -> None:
    """However often words of the grammar are repeated, a line is answered at once."""
    begun = time.process_time()
    for words in ("pause rollout", "paus rollot", "flag off", "a b in", "list flags", "pause", "kill", "x, y"):
        line = " ".join([words] * (900 // (len(words) + 1)))
        with contextlib.suppress(NotUnderstood):
            assert not isinstance(parse(line), Command)
    assert time.process_time() - begun < 3


def test_a_verb_of_two_actions_on_one_noun_asks() -> None:
    """A verb that two actions on one noun share is asked about, with the verbs that are clear."""
    twin = replace(BY_NAME["flag.archive"], synonyms=("kill",))
    with pytest.raises(NotUnderstood, match="may mean more than one thing") as raised:
        parse("kill flag some-key", None, lexicon_of((*CATALOGUE, twin), CONTROLS))
    assert "disable or archive" in raised.value.next_step


def test_usage_is_one_line_to_type() -> None:
    """An example is the slash command, the verb, a target, the environment and a reason."""
    assert usage(BY_NAME["rollout.pause"]) == "/rollout pause checkout-v2 in prod because p99 up"
    assert usage(BY_NAME["flag.disable"]) == "/flag disable new-search in prod because cart errors"


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.verb)
def test_every_control_is_read(control: Control) -> None:
    """Each of the bot's own commands is read by its verb and its other words."""
    argument = "thing" if "<" in control.argument else ""
    for verb in (control.verb, *control.synonyms):
        assert parse(f"{verb} {argument}") == Ask(what=control.verb, about=argument)


def test_spelling_is_canonical() -> None:
    """A command has one spelling, with quotes only where they are needed."""
    command = Command(
        action="flag.disable",
        target="new-search",
        environment="EU staging",
        reason="cart errors",
        seconds=5400,
        switches=frozenset({"break-glass"}),
    )
    text = 'disable flag new-search in "EU staging" for 1h30m --break-glass because cart errors'
    assert spell(command) == text
    assert parse(text) == command
    assert spell(Command(action="flag.disable", target="flag")) == 'disable flag "flag"'


def test_verbs_name_their_actions() -> None:
    """The verbs of the catalogue are listed once, each with its actions."""
    assert list(VERBS) == list(dict.fromkeys(action.verb for action in CATALOGUE))
    assert VERBS["pause"] == (BY_NAME["rollout.pause"], BY_NAME["test.pause"])


def shelve() -> Action:
    """Return an action that the catalogue does not have: one that reaches every environment."""
    words = replace(BY_NAME["flag.disable"].words, title="Shelve flag", doing="Shelving", done="Shelved")
    return replace(BY_NAME["flag.disable"], verb="shelve", synonyms=("put away",), scope=Scope.ORG, words=words)


def test_new_action_needs_no_edit() -> None:
    """A literal added to the catalogue is read by its verb and synonym, refused when told, and near when mistyped."""
    lexicon = lexicon_of((*CATALOGUE, shelve()), CONTROLS)
    expected = Command(action="flag.shelve", target="new-search")
    assert parse("shelve new-search", Noun.FLAG, lexicon) == expected
    assert parse("put new-search away", None, lexicon) == expected
    for text, says in (
        ("shelved new-search", "something that happened"),
        ("shelv new-search", "Did you mean “shelve”?"),
        ("shelve new-search in prod", "reaches all environments"),
    ):
        with pytest.raises(NotUnderstood, match=says.replace("?", r"\?")):
            parse(text, Noun.FLAG, lexicon)


def test_verb_of_two_nouns_asks_for_the_noun() -> None:
    """A verb that two kinds of target share needs its noun, and both readings are offered."""
    pause_flag = replace(BY_NAME["flag.disable"], verb="pause", synonyms=())
    lexicon = lexicon_of((*CATALOGUE, pause_flag), CONTROLS)
    with pytest.raises(NotUnderstood) as raised:
        parse("pause some-key in prod", None, lexicon)
    offered = [command for _, command in raised.value.choices]
    assert offered == ["pause rollout some-key in prod", "pause flag some-key in prod"]
    read = parse("pause some-key in prod", Noun.FLAG, lexicon)
    assert read == Command(action="flag.pause", target="some-key", environment="prod")


def test_verb_of_an_action_and_of_the_bot_goes_by_the_noun() -> None:
    """A verb that the bot has for itself is an action's only beside a noun that has it."""
    cancel_rollout = replace(BY_NAME["rollout.stop"], verb="cancel", synonyms=())
    lexicon = lexicon_of((*CATALOGUE, cancel_rollout), CONTROLS)
    assert parse("cancel cs-abc123", None, lexicon) == Ask(what="cancel", about="cs-abc123")
    read = parse("cancel rollout checkout-v2 in prod", None, lexicon)
    assert read == Command(action="rollout.cancel", target="checkout-v2", environment="prod")


def test_long_command_is_refused() -> None:
    """A command that goes on and on before its reason is not read at all."""
    with pytest.raises(NotUnderstood, match="longer than 1000 characters"):
        parse("pause " + "x " * 1000 + "in prod")
