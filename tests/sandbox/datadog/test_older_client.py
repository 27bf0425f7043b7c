"""
The official client of the older fleet path against the sandbox.

Two versions of it cannot be installed side by side: put 2.57.0 into a folder of its own
(`pip install --no-deps --target FOLDER datadog-api-client==2.57.0`) and name it in OLDER_DATADOG_CLIENT.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
FOLDER = os.environ.get("OLDER_DATADOG_CLIENT", "")


@pytest.mark.skipif(not FOLDER, reason="OLDER_DATADOG_CLIENT names no folder with datadog-api-client 2.57.0")
def test_the_older_path_is_taken_by_its_own_client() -> None:
    """It reads a deployment (200), cancels it (204), and is told of one that there is not (404)."""
    paths = os.pathsep.join((FOLDER, str(ROOT)))
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.sandbox.datadog.older_client"],
        env={**os.environ, "PYTHONPATH": paths},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (0, "[200, 204, 404]\n"), ran.stderr
