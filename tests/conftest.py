"""
The fixtures that every test may ask for, and the imports of several workers, shared among them.

Each worker imports every test, and most of that is compiling and the rewriting of assertions. So each does a part of it
first and keeps what it made in `__pycache__`, whatever the shell says of bytecode, where the others find it.
"""

import contextlib
import gc
import importlib
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.redis_server import redis_server, redis_url

__all__ = ["redis_server", "redis_url"]

sys.dont_write_bytecode = False
settings.register_profile("suite", deadline=None)  # how long an example takes is a matter of the machine
settings.load_profile("suite")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Import without looking for garbage, of which there is none, and never look through what was imported again."""
    gc.disable()
    try:
        _import_own_part(session.config)
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def _import_own_part(config: pytest.Config) -> None:
    """Import this worker's part, where everything is to be tested; whatever is wrong is told by collecting it."""
    worker = getattr(config, "workerinput", None)
    if worker is None or config.args != config.getini("testpaths"):
        return
    here, number, count = Path(__file__).parent, int(worker["workerid"].removeprefix("gw")), worker["workercount"]
    for path in sorted(here.rglob("test_*.py"))[number::count]:
        with contextlib.suppress(Exception):
            importlib.import_module(".".join(path.relative_to(here.parent).with_suffix("").parts))
