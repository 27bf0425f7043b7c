"""The audit from the command line, in processes of their own, on a real server that somebody has reached into."""

import asyncio
import csv
import io
import json
import os
import stat
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis

from bot.adapters.audit_file import AuditFile
from bot.adapters.redis import keys
from bot.adapters.redis.connection import connected
from bot.adapters.redis.records import RedisRecords
from bot.audit import AuditEntry, Signer
from bot.auditing.sealing import Sealer
from bot.changes import deciding
from bot.ports import Records
from bot.store import ChangeStore
from tests.builders import APPROVER, REQUESTER, SECOND_APPROVER, TERMS, a_decision, a_plan
from tests.processes import Told, run

KEY = "a key of the tests that is long enough to sign with"
SECRETS = {
    "SLACK_BOT_TOKEN": "xoxb-a-token-of-the-tests",
    "SLACK_SIGNING_SECRET": "a-signing-secret-of-the-tests",
    "DD_API_KEY": "an-api-key-of-the-tests",
    "DD_APP_KEY": "an-application-key-of-the-tests",
    "AUDIT_KEY": KEY,
}
IDS = ("cs-aaaaaa", "cs-bbbbbb", "cs-cccccc", "cs-dddddd", "cs-eeeeee", "cs-ffffff")


@dataclass
class Installation:
    """A store with six changes, each signed once of two times, and what the command line makes of it."""

    url: str
    folder: Path

    @property
    def seals(self) -> Path:
        """The file of seals."""
        return self.folder / "seals.jsonl"

    def audit(self, *words: str | Path, **settings: str) -> Told:
        """Run `python -m bot audit …` in a warm process and return what it said."""
        return run("audit", *(str(word) for word in words), environment=self.environment(**settings))

    def audit_cold(self, *words: str | Path) -> Told:
        """Run it as a shell does."""
        return run("audit", *(str(word) for word in words), environment=self.environment(), cold=True)

    def environment(self, **settings: str) -> dict[str, str]:
        """Return the settings of a process."""
        return {**os.environ, **SECRETS, "REDIS_URL": self.url, **settings}

    def store(self) -> Any:
        """Return the store as its owner has it (redis-py types each command for both of its modes)."""
        return redis.Redis.from_url(self.url)

    def do(self, work: Callable[[Records], Awaitable[None]]) -> None:
        """Work on the records."""

        async def connect() -> None:
            async with connected(self.url, timeout_s=5) as link:
                await work(RedisRecords(link))

        asyncio.run(connect())


async def fill(records: Records) -> None:
    """Open a change of each id and sign each once."""
    changes = ChangeStore(records, Signer(KEY.encode()), TERMS)
    await records.ping()
    for n, id_ in enumerate(IDS):
        plan = a_plan(key=f"flag-{n}")
        plan = plan.model_copy(update={"target": plan.target.model_copy(update={"id": f"id-{n}"})})
        decision = a_decision(plan, approvals=2)
        now = changes.now()
        step = deciding.open_change(id_, plan, decision, REQUESTER, now, TERMS, reason="=1+1" if n else "errors")
        held, _ = await changes.open(step)
        await changes.advance(held, deciding.approve(held.change, APPROVER, now + 1, TERMS))


@pytest.fixture
def installation(redis_url: str, tmp_path: Path) -> Installation:
    """Give a filled store."""
    made = Installation(redis_url, tmp_path)
    made.do(fill)
    return made


async def sign_again(records: Records) -> None:
    """Sign the first change once more."""
    changes = ChangeStore(records, Signer(KEY.encode()), TERMS)
    held = await changes.get(IDS[0])
    await changes.advance(held, deciding.approve(held.change, SECOND_APPROVER, changes.now(), TERMS))


def test_a_sound_store_is_told_with_what_cannot_be_proven(installation: Installation) -> None:
    """Verification counts, ends with 0, and says what only seals could prove."""
    told = installation.audit_cold("verify")
    assert told.code == 0, told
    assert "6 chains with 12 entries verified. All of it is sound." in told.out
    assert "Not proven: Without seals" in told.out


def test_everything_that_was_done_to_the_store_is_told(installation: Installation) -> None:
    """Whatever somebody left in the place of records and entries ends it with 1, each by its record's name."""
    store = installation.store()
    records, trails = ([at("change", id_) for id_ in IDS] for at in (keys.record, keys.trail))
    store.hset(records[0], "data", store.hget(records[0], "data").replace(b"U0APPROVER", b"U0APPROVEQ"))
    store.lset(trails[1], 0, store.lindex(trails[1], 0).replace(b"=1+1", b"=1\xff1"))
    store.rpush(trails[2], store.lpop(trails[2]))
    store.delete(records[3], trails[3])
    store.set(trails[4], "no list")
    store.delete(records[5])
    store.rpush(records[5], "no record")
    told = installation.audit("verify")
    assert told.code == 1, told
    found = [line.split(": ")[:2] for line in told.out.splitlines() if line.startswith("change:")]
    faults = ("altered", "altered", "reordered", "missing", "altered", "altered")
    assert found == [[f"change:{id_}", fault] for id_, fault in zip(IDS, faults, strict=True)]


def test_a_seal_proves_what_the_store_cannot(installation: Installation) -> None:
    """A change set back to an earlier state passes without seals, and ends it with 1 with the file of seals."""
    store = installation.store()
    record, trail = keys.record("change", IDS[0]), keys.trail("change", IDS[0])
    earlier = store.hgetall(record)
    installation.do(sign_again)

    async def seal(records: Records) -> None:
        await Sealer(records, Signer(KEY.encode()), (AuditFile(installation.seals),)).sweep()

    installation.do(seal)
    store.hset(record, mapping=earlier)
    store.rpop(trail)
    assert installation.audit("verify").code == 0
    told = installation.audit("verify", "--seals", installation.seals)
    assert told.code == 1, told
    assert told.out.startswith(f"change:{IDS[0]}: cut off: seal 1 of ")


def test_the_key_was_followed_by_another(installation: Installation) -> None:
    """With the key before named beside it all of it is sound, which is counted; without, every entry is told."""
    after = {"AUDIT_KEY": "the key that follows it and is as long as that"}
    told = installation.audit("verify", **after)
    assert told.code == 1, told
    assert told.out.count("was signed with another key") == 12
    told = installation.audit("verify", **after, AUDIT_KEY_PREVIOUS=KEY)
    assert told.code == 0, told
    assert "12 entries are signed with keys before this one" in told.out


def test_an_export_is_whole_private_and_without_secrets(installation: Installation) -> None:
    """The file is ours alone, has every entry as it was signed, and none of the settings' secrets."""
    out = installation.folder / "audit.jsonl"
    told = installation.audit_cold("export", "--out", out)
    assert (told.code, told.out) == (0, ""), told
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    entries = [AuditEntry.model_validate_json(line) for line in out.read_text().splitlines()]
    assert [(entry.record, entry.seq) for entry in entries] == [(id_, seq) for id_ in IDS for seq in (1, 2)]
    assert all(Signer(KEY.encode()).signed(entry) for entry in entries)
    assert not [name for name, secret in SECRETS.items() if secret in out.read_text()]


def test_an_export_for_a_spreadsheet(installation: Installation) -> None:
    """The CSV form goes to standard output, nothing else does, and no reason is run as a formula."""
    told = installation.audit("export", "--format", "csv", "--since", "1h")
    assert told.code == 0, told
    rows = list(csv.DictReader(io.StringIO(told.out)))
    assert [row["reason"] for row in rows if row["event"] == "requested"] == ["errors", *["'=1+1"] * 5]
    assert json.loads(rows[2]["data"])["reason"] == "=1+1"


@pytest.mark.parametrize(
    ("words", "setting", "said"),
    [
        (("verify", "--since", "soonish"), {}, "is no time"),
        (("verify", "--seals", "/nowhere/seals"), {}, "/nowhere/seals"),
        (("verify",), {"REDIS_URL": "unix:///nowhere/redis.sock"}, "store did not take it"),
        (("verify",), {"AUDIT_KEY": "short"}, "AUDIT_KEY"),
    ],
)
def test_what_could_not_be_verified_is_neither_sound_nor_wrong(
    installation: Installation, words: tuple[str, ...], setting: dict[str, str], said: str
) -> None:
    """Anything that keeps it from looking ends it with 2 and a sentence."""
    told = installation.audit(*words, **setting)
    assert told.code == 2, told
    assert said in told.err
    assert "sound" not in told.out
