"""A share of users, hosts or anything else: as a bar of text, and in per cent beside it."""

_CELLS = 10


def bar(ratio: float) -> str:
    """Return a share (0 to 1) as a bar; what is begun has a cell, and only what is whole has all."""
    full = min(_CELLS, max(round(ratio * _CELLS), 1 if ratio > 0 else 0))
    if ratio < 1:
        full = min(full, _CELLS - 1)
    return f"`{'■' * full}{'□' * (_CELLS - full)}`"


def percent(ratio: float) -> str:
    """Return a share (0 to 1) in per cent, with decimals where it has some."""
    return f"{round(ratio * 100, 2):g} %"
