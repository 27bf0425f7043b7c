"""
Who sits at the command line: the operating system's account, and the person the policy file maps it to.

The account is the one that the kernel runs this process for, never what an environment variable says. What is trusted
is therefore the machine (who may log in as whom) and the policy file (who is who); whoever may become another account
here, as root may, acts as that person. The keys of the installation are in reach of this process, so this tells who
did something, and is no fence against somebody who holds those keys.
"""

import os
import pwd
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.errors import NotPermitted


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the operating system, on which machine; `name` is empty where the system has none for it."""

    name: str
    uid: int
    machine: str = ""
    borrowed: bool = False

    @property
    def title(self) -> str:
        """Return the account as the audit calls it."""
        called = self.name or f"uid {self.uid}"
        return f"{called}@{self.machine}" if self.machine else called

    def person(self, people: Mapping[str, str]) -> str:
        """
        Return the Slack id of the person this account stands for.

        `people` are the policy's. Raises NotPermitted for an account of many, one that runs with another's rights,
        and one that is not mapped.
        """
        if self.uid == 0:
            raise NotPermitted(f"{self.name or 'root'} is an account of many, so it reads and plans only.", _OWN)
        if self.borrowed:
            raise NotPermitted("This process runs with the rights of another account, so it plans only.", _OWN)
        if not self.name or self.name not in people:
            raise NotPermitted(f"The policy maps {self.title} to nobody, so it reads and plans only.", _MAP)
        return people[self.name]


_OWN = "Log in as yourself, with an account that the policy's `people` maps to you."
_MAP = "Whoever keeps the policy can add it under `people`, with a Slack user id."


def whose(
    uids: Callable[[], tuple[int, int]] = lambda: (os.getuid(), os.geteuid()),
    entry: Callable[[int], pwd.struct_passwd] = pwd.getpwuid,
    machine: Callable[[], str] = socket.gethostname,
) -> Account:
    """Return the account this process runs for, from the kernel and the system's list of accounts."""
    real, effective = uids()
    try:
        name = entry(real).pw_name
    except KeyError:
        name = ""
    return Account(name, real, machine(), borrowed=real != effective)
