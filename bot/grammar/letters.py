"""
Characters that are not what they look like.

Which scripts may not be mixed with Latin follows Unicode Technical Standard 39 (“moderately restrictive”).
"""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {chr(code) for code in range(0xFE00, 0xFE10)}
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_RISKY_SCRIPTS = frozenset({"CYRILLIC", "GREEK", "COPTIC", "CHEROKEE", "ARMENIAN", "LISU", "DESERET"})
_LOOKS_LIKE: Mapping[str, str] = MappingProxyType(
    {
        # Cyrillic
        **dict(zip("\u0430\u0441\u0501\u0435\u04bb\u0456\u0458\u04cf\u043e\u0440\u051b", "acdehijlopq", strict=True)),
        **dict(zip("\u0455\u0443\u0445\u051d\u0475\u0410\u0412\u0421\u0415\u041d\u0406", "syxwvABCEHI", strict=True)),
        **dict(zip("\u0408\u041a\u041c\u041e\u0420\u0405\u0422\u0425\u0423", "JKMOPSTXY", strict=True)),
        # Greek
        **dict(zip("\u03bf\u03bd\u03b1\u03c1\u03b9\u03c5\u03ba", "ovapiuk", strict=True)),
        **dict(zip("\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d", "ABEZHIKMN", strict=True)),
        **dict(zip("\u039f\u03a1\u03a4\u03a5\u03a7", "OPTYX", strict=True)),
        # Armenian, then letters of Latin itself
        **dict(zip("\u0585\u057d\u0570\u0578\u0131\u0251\u0261", "ouhniag", strict=True)),
    }
)


def is_invisible(character: str) -> bool:
    """Tell whether a character draws nothing, or only changes how others are drawn."""
    return unicodedata.category(character) in _INVISIBLE_CATEGORIES or character in _BLANK


def without_invisible(text: str) -> str:
    """Return the text as it is seen."""
    return text if text.isascii() and text.isprintable() else "".join(c for c in text if not is_invisible(c))


def invisible_in(text: str) -> str | None:
    """Return the first character that cannot be seen."""
    return next((c for c in text if is_invisible(c)), None)


def look_alike_in(text: str) -> str | None:
    """Return the first letter that only looks like another one, judged word by word."""
    if text.isascii():
        return None
    return next((found for word in text.split() if (found := _look_alike(word))), None)


def _look_alike(word: str) -> str | None:
    letters = [c for c in word if c.isalnum()]
    compatible = next((c for c in letters if not c.isascii() and unicodedata.normalize("NFKC", c).isascii()), None)
    if compatible:
        return compatible
    foreign = [c for c in letters if c in _LOOKS_LIKE or _script(c) in _RISKY_SCRIPTS]
    latin = any(c not in _LOOKS_LIKE and _script(c) == "LATIN" for c in letters)
    masquerade = all(c in _LOOKS_LIKE for c in letters if c.isalpha())
    return foreign[0] if foreign and (latin or masquerade) else None


def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]


def as_it_looks(text: str) -> str:
    """Return the Latin text a person believes to see."""
    seen = "".join(_LOOKS_LIKE.get(c, c) for c in without_invisible(text))
    return unicodedata.normalize("NFKC", seen)


def described(character: str) -> str:
    """Return the character with its number and name, or without itself where it would not be seen."""
    name = f"U+{ord(character):04X} {unicodedata.name(character, 'control character')}"
    return name if is_invisible(character) else f"“{character}” ({name})"


def tidy_reason(text: str) -> str:
    """
    Return a reason on one line.

    Control characters, lone surrogates and marks that reorder what an approver reads become spaces; joiners inside
    emoji and words stay.
    """
    kept = "".join(" " if c in _REORDERING or unicodedata.category(c) in {"Cc", "Cs"} else c for c in text)
    kept = " ".join(kept.split())
    return re.sub(r"^(?:of(?:\s+|$)|[:,]\s*)+", "", kept, flags=re.IGNORECASE)


def shown(text: str, limit: int = 80) -> str:
    """Return what was typed in a form fit for a sentence: one line, nothing invisible, in quotes."""
    line = " ".join(without_invisible(" ".join(text.split())).split())
    return f"“{line if len(line) <= limit else line[: limit - 1] + '…'}”"
