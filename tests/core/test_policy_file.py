"""The policy file: everything wrong in it is named by line, column and the nearest word."""

from pathlib import Path

import pytest

from bot.adapters.policy_file import load_policy, parse_policy
from bot.errors import Misconfigured
from bot.policy import Who

GOOD = """\
version: 1
approvers:
  groups: [sre-approvers]
rules:
  - name: containing is quick
    actions: [contain]
    decision: confirm
  - name: production needs two
    actions: [disruptive]
    environments: {production: true}
    approvals: 1
"""


def problems(text: str) -> tuple[str, ...]:
    """Return what is said to be wrong with a policy's text."""
    with pytest.raises(Misconfigured) as raised:
        parse_policy(text, "policy.yaml")
    return raised.value.problems


def test_a_right_policy_is_read() -> None:
    """A policy without fault comes out as it was written."""
    policy = parse_policy(GOOD, "policy.yaml")
    assert [rule.name for rule in policy.rules] == ["containing is quick", "production needs two"]
    assert policy.approvers.groups == ("sre-approvers",)


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        (
            "approvals: 1",
            "aprovals: 1",
            "line 11, column 5 (rules.1.aprovals): there is no field `aprovals`; did you mean",
        ),
        ("approvals: 1", "approvals: many", "line 11, column 5 (rules.1.approvals)"),
        ("approvals: 1", "approvals: 9", "line 11, column 5 (rules.1.approvals)"),
        ("[contain]", "[contian]", "(rules.0.actions): `contian` is no action or class; did you mean `contain`"),
        ("[contain]", "[flag.disble]", "did you mean `flag.disable`"),
        ("decision: confirm", "decision: maybe", "line 7, column 5 (rules.0.decision)"),
        ("version: 1", "version: 2", "line 1, column 1 (version)"),
        ("{production: true}", "{}", "line 10, column 19 (rules.1.environments)"),
    ],
)
def test_a_fault_is_named_by_line_and_column(wrong: str, right: str, said: str) -> None:
    """Each fault is one sentence with file, line, column and path."""
    (problem,) = problems(GOOD.replace(wrong, right))
    assert problem.startswith("policy.yaml, line ")
    assert said in problem


def test_every_fault_is_named_at_once() -> None:
    """Two faults are two sentences."""
    found = problems(GOOD.replace("decision: confirm", "decision: maybe").replace("approvals: 1", "aprovals: 1"))
    assert len(found) == 2


@pytest.mark.parametrize("text", ["", "[]", "just words", "rules: []"])
def test_what_is_no_policy_is_refused(text: str) -> None:
    """A file without a policy in it is an error and not an empty policy."""
    assert problems(text)


def test_broken_yaml_is_named_by_line_and_column() -> None:
    """A file that is not YAML is told where it stops being so."""
    (problem,) = problems("version: 1\nrules: [unclosed\n")
    assert problem.startswith("policy.yaml, line 3, column 1")


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """A missing file, and one that is not text, end in one sentence."""
    with pytest.raises(Misconfigured, match="cannot be read"):
        load_policy(tmp_path / "policy.yaml")
    (tmp_path / "policy.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Misconfigured, match="cannot be read"):
        load_policy(tmp_path / "policy.yaml")


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        (
            "approvals: 1",
            "approvals: 2\n    approvals: 0",
            "line 12, column 5: `approvals` stands here twice; the first is in line 11.",
        ),
        ("version: 1", "version: 1\nversion: 1", "line 2, column 1: `version` stands here twice"),
        ("approvals: 1", "expires: 2026-13-45", "line 11, column 14: `2026-13-45` cannot be read"),
        ("containing is quick", "production needs two", "(rules.1.name): another rule is called"),
        ("approvals: 1", "approvals: 1\n    confirm: true", "contradict each other"),
        ("decision: confirm", "decision: deny\n    confirm: true", "contradict each other"),
        ("approvals: 1", "reason: {pattern: '(a+)+'}", "repeats a group"),
        ("approvals: 1", "reason: {pattern: 'INC-[0-9]+', example: INC}", "the example is not as the pattern says"),
    ],
)
def test_what_yaml_lets_pass_is_refused(wrong: str, right: str, said: str) -> None:
    """A key that stands twice, a date that is none, and rules that cannot be meant are faults with their place."""
    assert any(said in problem for problem in problems(GOOD.replace(wrong, right))), problems(
        GOOD.replace(wrong, right)
    )


def test_everything_a_rule_can_say_is_read() -> None:
    """Break-glass, exemption, notice, operators, people and a reason's form come out as they were written."""
    more = """\
    break_glass: {groups: [sre-leads]}
    freeze_exempt: true
    notify: {users: [U0SECURITY]}
    reason: {pattern: 'INC-[0-9]+( .*)?', example: INC-412}
operators: {groups: [sre-leads]}
people: {deployer: U0DEPLOYER}
"""
    policy = parse_policy(GOOD + more, "policy.yaml")
    rule = policy.rules[1]
    assert (rule.freeze_exempt, rule.break_glass, rule.notify) == (
        True,
        Who(groups=("sre-leads",)),
        Who(users=("U0SECURITY",)),
    )
    assert policy.people == {"deployer": "U0DEPLOYER"}
    assert policy.groups() == {"sre-approvers", "sre-leads"}


@pytest.mark.parametrize(
    ("people", "said"),
    [
        ("{deployer: somebody}", "line 12, column 10 (people.deployer): `somebody` is no Slack user id"),
        ("{deployer: u0123abcde}", "`u0123abcde` is no Slack user id; one looks like U0123ABCDE"),
        ("{deployer: [U0123ABCDE]}", "(people.deployer)"),
        ("[deployer]", "(people)"),
        ("{deployer: U0123ABCDE, deployer: U0123ABCDF}", "`deployer` stands here twice"),
    ],
)
def test_who_is_who_is_checked(people: str, said: str) -> None:
    """An account that is mapped to no Slack user id, or twice, is a fault with its place."""
    (problem,) = problems(f"{GOOD}people: {people}\n")
    assert said in problem


def test_a_misspelt_people_is_told_the_nearest_word() -> None:
    """A field that is nearly `people` or `operators` is told so."""
    assert "did you mean `people`" in problems(f"{GOOD}peple: {{}}\n")[0]
    assert "did you mean `operators`" in problems(f"{GOOD}operator: {{}}\n")[0]
