"""The benchmark: measures what the bot costs beside bare Bolt and bare aiohttp; `python -m tests.bench`."""
