"""
All chains in the order of their last changes, a page at a time.

A chain that changes during the walk moves to its newest end: walking towards it, it comes (again) there.
"""

from collections.abc import AsyncIterator

from bot.ports import Chain, Records

PAGE = 200


async def oldest_first(records: Records, since: int = 0, until: int | None = None) -> AsyncIterator[Chain]:
    """Yield the chains last changed from `since` to `until`."""
    at, seen = since, set[Chain]()
    while True:
        page = await records.chains(PAGE + len(seen), since=at, until=until)
        new = [chain for chain in page if chain not in seen]
        if not new:
            return
        for chain in new:
            if chain.at != at:
                at, seen = chain.at, set()
            seen.add(chain)
            yield chain


async def newest_first(records: Records, since: int = 0) -> AsyncIterator[Chain]:
    """Yield the chains last changed from `since` on, the latest first."""
    at: int | None = None
    seen = set[Chain]()
    while True:
        page = await records.chains(PAGE + len(seen), since=since, until=at, newest_first=True)
        new = [chain for chain in page if chain not in seen]
        if not new:
            return
        for chain in new:
            if chain.at != at:
                at, seen = chain.at, set()
            seen.add(chain)
            yield chain
