"""The sandbox's world: one at a time in a folder, and on a port that is free."""

import socket
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import Misconfigured
from bot.sandbox.town import HOST, open_town


async def test_a_folder_has_one_sandbox_at_a_time(tmp_path: Path) -> None:
    """A second start on a folder in use is refused, as each would undo what the other keeps; afterwards it is free."""
    async with open_town(tmp_path):
        with pytest.raises(Misconfigured, match=r"Another sandbox is open on .*--data"):
            async with open_town(tmp_path):
                pytest.fail("both are open")
    async with open_town(tmp_path) as town:
        assert town.folder == tmp_path


async def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    """A port that something else listens on is named, with what to do."""
    with closing(socket.socket()) as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Misconfigured, match=rf"Something else listens on port {port}.*--port"):
            async with open_town(tmp_path, port):
                pytest.fail("it is open")
