"""
The fixtures that every test may ask for, and the imports of several workers, shared among them.

Each worker imports every test, and most of that is compiling and the rewriting of assertions. So each does a part of it
first and keeps what it made in `__pycache__`, whatever the shell says of bytecode, where the others find it.
"""

import contextlib
import importlib
import sys
from pathlib import Path

import pytest

from tests.redis_server import redis_server, redis_url

__all__ = ["redis_server", "redis_url"]

sys.dont_write_bytecode = False


def pytest_sessionstart(session: pytest.Session) -> None:
    """Import this worker's part, where everything is to be tested; whatever is wrong is told by collecting it."""
    worker = getattr(session.config, "workerinput", None)
    if worker is None or session.config.args != session.config.getini("testpaths"):
        return
    here, number, count = Path(__file__).parent, int(worker["workerid"].removeprefix("gw")), worker["workercount"]
    for path in sorted(here.rglob("test_*.py"))[number::count]:
        with contextlib.suppress(Exception):
            importlib.import_module(".".join(path.relative_to(here.parent).with_suffix("").parts))
