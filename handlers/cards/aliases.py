"""What is said of aliases: given, taken away, listed, and used."""

from collections.abc import Sequence

from bot.aliases import Alias
from handlers.blocks import Message, code, header, message, paragraphs, quoted, section
from handlers.cards.phrases import mention, moment, person


def stands_for(alias: Alias) -> str:
    """Say what an alias is."""
    return f"{quoted(alias.word, 60)} is {alias.noun} {quoted(alias.key, 200)}"


def given_line(alias: Alias, by: str) -> str:
    """Say that a word stands for something from now on, and since whose word."""
    what = f"{alias.noun} {quoted(alias.key, 200)}"
    also = " and its rollouts" if alias.noun == "flag" else ""
    return f"*{quoted(alias.word, 60)} stands for {what}*{also}: {mention(by)} said so. Cards show the real key."


def taken_line(alias: Alias, by: str) -> str:
    """Say that a word stands for nothing any more."""
    was = f"it stood for {alias.noun} {quoted(alias.key, 200)}"
    return f"*{quoted(alias.word, 60)} is no alias any more*: {mention(by)} took it away; {was}."


def used_line(alias: Alias) -> str:
    """Say what was meant by an alias that somebody typed."""
    return f"{stands_for(alias)}."


def alias_list(aliases: Sequence[Alias]) -> Message:
    """List what stands for what, by whom and since when."""
    if not aliases:
        line = "There are no aliases. An operator gives one with `/ops alias checkout = flag new-checkout`."
        return message(line, [section(line)])
    lines = [
        f"{code(one.word, 60)} is {one.noun} {quoted(one.key, 200)} — {person(one.by)}, {moment(one.at)}"
        for one in aliases
    ]
    spoken = f"Aliases: {'; '.join(stands_for(one) for one in aliases[:12])}."
    return message(spoken, [header("Aliases"), *paragraphs(lines, most=8)])
