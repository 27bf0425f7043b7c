"""The port that metrics and health are served on besides."""

import socket

import aiohttp

from bot.sandbox.town import HOST


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as one:
        one.bind((HOST, 0))
        return int(one.getsockname()[1])


async def served(port: int, path: str = "metrics") -> str:
    """Return one of its pages."""
    async with aiohttp.ClientSession() as session, session.get(f"http://{HOST}:{port}/{path}") as answer:
        return await answer.text()
