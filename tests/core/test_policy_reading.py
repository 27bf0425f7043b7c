"""What a policy comes to, explained; and what cannot work in one is found."""

import argparse
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import jsonschema
import pytest
import yaml

from bot.actions import BY_NAME, CATALOGUE
from bot.adapters.policy_file import load_policy
from bot.cli import main
from bot.model import Actor, Standing
from bot.policy import Environments, Policy, Rule, Who
from bot.policy_cli import PolicyCommands, nothing, schema
from bot.policy_reading import (
    ELSEWHERE,
    PRODUCTION,
    as_text,
    explained,
    specimen,
    table,
    unguarded,
    unreachable,
    unruled,
)
from tests.builders import APPROVER, REQUESTER, SECOND_APPROVER
from tests.core.fakes import FakeDirectory

FILE = Path(__file__).parents[2] / "policy.yaml"
SHIPPED = load_policy(FILE)
SIGNERS = Who(groups=("signers",))
U1 = Actor(id="U1")


def one_rule(**fields: object) -> Policy:
    """Return a policy of one rule for everything."""
    rule = Rule.model_validate({"name": "one", "actions": ["*"], **fields})
    return Policy(approvers=SIGNERS, operators=SIGNERS, rules=(rule,))


def test_the_explanation_names_the_rule_and_why_no_earlier_one() -> None:
    """Each rule before the one that decides is named with what keeps it from matching."""
    lines = explained(SHIPPED, specimen(BY_NAME["flag.disable"], ELSEWHERE, "x"), U1, frozenset())
    assert lines[0] == "flag.disable on x in elsewhere: the requester confirms"
    assert "speaks of contain, and this is flag.disable, disruptive" in lines[1]
    assert "elsewhere counts as not production" in lines[2]
    assert lines[3].endswith("“elsewhere the requester confirms” decides")


def test_who_may_ask_is_explained() -> None:
    """A rule for certain people says that this person is not among them."""
    policy = one_rule(requesters={"groups": ["leads"]}, approvals=1)
    plan = specimen(BY_NAME["flag.disable"], PRODUCTION)
    assert "U1 is not among them" in explained(policy, plan, U1, frozenset())[1]
    assert explained(policy, plan, U1, frozenset())[-1].endswith("what no rule allows is denied")
    assert explained(policy, plan, U1, frozenset({"leads"}))[-1] == "  may sign: @signers; never whoever asked"


def test_the_table_has_every_action() -> None:
    """Each action has a line with a cell for each environment."""
    rows = table(SHIPPED)
    assert [name for name, _ in rows] == [action.name for action in CATALOGUE]
    text = as_text(rows)
    assert text[0].split() == ["action", "production", "elsewhere"]
    assert any("rollout.pause" in line and "the requester confirms [containing is quick]" in line for line in text)


@pytest.mark.parametrize(
    ("members", "fields", "found"),
    [
        ({"U1", "U2"}, {"approvals": 1, "actions": ["flag.*"]}, 0),
        ({"U1", "U2"}, {"approvals": 1}, 1),
        ({"U1"}, {"approvals": 1}, 2),
        ({"U1", "U2"}, {"approvals": 2}, 1),
        ({"U1", "U2"}, {"approvals": 2, "requesters": {"users": ["U9"]}}, 0),
        ({"U1", "U2"}, {"decision": "allow"}, 1),
        ({"U1", "U2", "U3"}, {"decision": "allow"}, 0),
        ({"U1", "U2"}, {"decision": "deny"}, 0),
    ],
)
def test_a_quorum_counts_the_requester_out(members: set[str], fields: dict[str, object], found: int) -> None:
    """Signatures that cannot be had when one of the signers asks are a fault, the production floor included."""
    faults = list(unreachable(one_rule(**fields), {"signers": frozenset(members)}))
    assert len(faults) == found, faults
    assert all(fault.grave for fault in faults)


def test_what_nobody_may_do_is_named() -> None:
    """An action without a rule is named with where it has none; one for certain people has a rule."""
    flags = Rule(name="flags", actions=("flag.*",), environments=Environments(production=True), approvals=1)
    faults = list(unruled(Policy(approvers=SIGNERS, rules=(flags,))))
    assert any("rollout.pause (production and elsewhere)" in fault.sentence for fault in faults)
    assert any("flag.disable (elsewhere)" in fault.sentence for fault in faults)
    assert list(unruled(one_rule(requesters={"groups": ["leads"]}))) == []
    assert list(unruled(SHIPPED)) == []


def test_what_is_said_in_vain_is_named() -> None:
    """A policy without operators, and break-glass for what cannot be undone, are pointed out."""
    assert len(list(unguarded(Policy(approvers=SIGNERS, rules=())))) == 1
    glass = one_rule(actions=["irreversible"], approvals=2, typed_name=True, break_glass={"users": ["U1"]})
    assert len(list(unguarded(glass))) == 1


def test_the_schema_takes_what_is_right_and_refuses_what_is_not() -> None:
    """The schema for editors agrees with the shipped file, and knows its fields."""
    jsonschema.validate(yaml.safe_load(FILE.read_text()), schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"approvers": {}, "rules": [{"name": "x", "actions": ["*"], "aprovals": 1}]}, schema())


def test_guests_of_a_group_sign_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """A group counts by its full members alone: with one of them and two who may not sign, no quorum can be met."""
    directory = FakeDirectory()
    for id_, standing in (("U0GUEST", Standing.GUEST), ("U0GONE", Standing.DEACTIVATED)):
        directory.add(id_, standing=standing)
    directory.groups["sre-approvers"] = {APPROVER.id, "U0GUEST", "U0GONE"}

    @asynccontextmanager
    async def opened(environment: Mapping[str, str]) -> AsyncIterator[FakeDirectory]:
        del environment
        yield directory

    assert PolicyCommands(opened, nothing, {}).check(argparse.Namespace(file=FILE)) == 1
    assert "@sre-approvers is 1." in capsys.readouterr().out
    directory.groups["sre-approvers"] |= {SECOND_APPROVER.id, REQUESTER.id}
    assert PolicyCommands(opened, nothing, {}).check(argparse.Namespace(file=FILE)) == 0


def test_who_is_who_on_the_command_line_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mapped person who does not exist or is no full member fails the check; root, mapped in vain, is pointed out."""
    directory = FakeDirectory()
    directory.groups["sre-approvers"] = {APPROVER.id, SECOND_APPROVER.id, REQUESTER.id}
    directory.add("U0GUEST", standing=Standing.GUEST)

    @asynccontextmanager
    async def opened(environment: Mapping[str, str]) -> AsyncIterator[FakeDirectory]:
        del environment
        yield directory

    def check(people: str) -> tuple[int, list[str]]:
        file = tmp_path / "policy.yaml"
        file.write_text(f"{FILE.read_text()}\npeople: {people}\n")
        code = PolicyCommands(opened, nothing, {}).check(argparse.Namespace(file=file))
        return code, [line for line in capsys.readouterr().out.splitlines() if "people" in line]

    assert check(f"{{requester: {REQUESTER.id}}}") == (0, [])
    code, lines = check(f"{{one: U0NOBODY, two: U0GUEST, three: {APPROVER.id}, root: {APPROVER.id}}}")
    assert code == 1
    assert lines == [
        "mind  `people` names root, an account of many, which reads and plans only.",
        "FAIL  people, one: Slack does not know U0NOBODY.",
        "FAIL  people, two: U0GUEST is no full member of this workspace (guest).",
    ]


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The three commands print what they found and what they could not look up, and tell by their exit codes."""
    assert main(["policy", "check", "--file", str(FILE)]) == 0
    out = capsys.readouterr().out
    assert "Not checked: whether groups and people exist" in out
    assert "environment.delete" in out
    assert main(["policy", "explain", "disable flag X in prod", "--as", "U123", "--file", str(FILE)]) == 0
    out = capsys.readouterr().out
    assert "rule 2 “production needs a second person” decides" in out
    assert "may sign: @sre-approvers" in out
    assert main(["policy", "schema"]) == 0
    assert '"$schema"' in capsys.readouterr().out
    (tmp_path / "p.yaml").write_text("rules: [")
    assert main(["policy", "check", "--file", str(tmp_path / "p.yaml")]) == 2
    assert "line 1" in capsys.readouterr().err
