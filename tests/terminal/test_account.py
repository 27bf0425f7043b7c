"""Who sits at the command line: the kernel's word, mapped by the policy file."""

import pwd
from collections.abc import Callable

import pytest

from bot.errors import NotPermitted
from bot.terminal.account import Account, whose
from tests.builders import REQUESTER

PEOPLE = {"requester": REQUESTER.id, "root": REQUESTER.id, "": REQUESTER.id}


def entry(name: str) -> Callable[[int], pwd.struct_passwd]:
    """Return a list of accounts in which every uid has that name; with an empty one, none is known."""

    def find(uid: int) -> pwd.struct_passwd:
        if not name:
            raise KeyError(uid)
        return pwd.struct_passwd((name, "x", uid, uid, "", "/", "/bin/sh"))

    return find


def test_an_account_stands_for_the_person_it_is_mapped_to() -> None:
    """The kernel's uid, by its name, is who the policy says; the audit calls it by name and machine."""
    account = whose(lambda: (1000, 1000), entry("requester"), lambda: "laptop")
    assert account.person(PEOPLE) == REQUESTER.id
    assert account.title == "requester@laptop"


@pytest.mark.parametrize(
    ("real", "effective", "name", "said"),
    [
        (0, 0, "root", "root is an account of many"),
        (0, 0, "toor", "toor is an account of many"),
        (1000, 1001, "requester", "rights of another account"),
        (1000, 0, "requester", "rights of another account"),
        (1000, 1000, "somebody", "maps somebody@laptop to nobody"),
        (4242, 4242, "", "maps uid 4242@laptop to nobody"),
    ],
)
def test_who_stands_for_nobody_is_told_why(real: int, effective: int, name: str, said: str) -> None:
    """Root under any name, borrowed rights, unmapped and unknown accounts stand for nobody, whatever is mapped."""
    account = whose(lambda: (real, effective), entry(name), lambda: "laptop")
    with pytest.raises(NotPermitted, match=said):
        account.person(PEOPLE)


def test_the_environment_says_nothing_about_who_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables that name a user are not looked at."""
    for name in ("USER", "LOGNAME", "USERNAME", "SUDO_USER", "SUDO_UID", "HOME"):
        monkeypatch.setenv(name, "requester")
    account = whose(lambda: (1001, 1001), entry("other"), lambda: "laptop")
    assert account == Account("other", 1001, "laptop")
