"""
The pattern that a reason has to match, and why no pattern can hold the bot up.

A pattern is tried on at most 500 characters, against the whole reason. What a backtracking matcher may come to is
bounded beforehand: no group is repeated (it may be optional), none looks around or back, and the repeats
together leave few ways to try.
"""

import re

LONGEST_PATTERN = 200
LONGEST_REASON = 500
MOST_WAYS = LONGEST_REASON**3
_REPEAT = re.compile(r"[*+?]|\{(\d*)(?:,(\d*))?\}")


def pattern_problem(pattern: str) -> str:
    """Say what is wrong with a pattern, as the end of a sentence; empty where nothing is."""
    if len(pattern) > LONGEST_PATTERN:
        return f"has more than {LONGEST_PATTERN} characters"
    try:
        re.compile(pattern)
    except (re.error, OverflowError) as broken:
        return f"cannot be read: {broken}"
    bare = re.sub(r"\\[1-9]", "(?=", pattern)  # a reference back is no better than a look ahead
    bare = re.sub(r"\\.", "x", bare, flags=re.DOTALL)
    bare = re.sub(r"\[\^?\]?[^\]]*\]", "x", bare)
    if re.search(r"\(\?(?!:)", bare):
        return "looks around, back, or sets flags; use plain groups, (…) or (?:…)"
    if re.search(r"\)\s*[*+{]", bare):
        return "repeats a group; repeat single characters and [classes] only"
    return "" if _ways(bare) <= MOST_WAYS else "can be matched in too many ways; use fewer of * + ? { } |"


def _ways(bare: str) -> int:
    """Return how many ways there are to try at most: each repeat and each alternative multiplies them."""
    ways = 1 + bare.count("|")
    if bare.count("|"):
        ways **= bare.count("(") + 1
    for found in _REPEAT.finditer(bare.replace("(?:", "(")):
        least = int(found[1] or 0) if found[0].startswith("{") else 0
        most = _most(found, least)
        ways *= max(most - least, 0) + 1
    return ways


def _most(found: re.Match[str], least: int) -> int:
    if not found[0].startswith("{"):
        return 1 if found[0] == "?" else LONGEST_REASON - 1
    if found[2] is None:
        return least
    return min(int(found[2]), LONGEST_REASON - 1) if found[2] else LONGEST_REASON - 1


def matches(pattern: str, reason: str) -> bool:
    """Tell whether the whole reason is as the pattern says; one that is too long is not."""
    return len(reason) <= LONGEST_REASON and re.fullmatch(pattern, reason) is not None
