"""What may be a name, and the question for what may not."""

from collections.abc import Callable

from bot.errors import NotUnderstood
from bot.grammar.command import Wish
from bot.grammar.frame import choices
from bot.grammar.letters import as_it_looks, described, invisible_in, look_alike_in, shown
from bot.grammar.lexicon import BULK, PRONOUNS
from bot.grammar.parts import is_time
from bot.grammar.spelling import quote_for
from bot.grammar.tokens import DASHES, Token

_ODD = frozenset(DASHES[1:] + ',&+|<>"`\u201c\u201d\u201e\u201f\u00ab\u00bb')

Named = Callable[[str], Wish]


def check_name(token: Token, role: str, named: Named) -> None:
    """Raise `NotUnderstood` unless the token can be nothing else than a name of what it seems to name."""
    if not token.text:
        raise NotUnderstood(f"The {role} is empty.", "Type its name between the quotes.")
    _check_letters(token, role, named)
    if not token.quoted:
        _check_word(token, role)
        _check_marks(token, role, named)
    if quote_for(token.text) is None:
        raise NotUnderstood(
            f"The {role} {shown(token.text)} has every kind of quotation mark.", "Type its key instead."
        )


def _check_letters(token: Token, role: str, named: Named) -> None:
    hidden, foreign = invisible_in(token.text), look_alike_in(token.text)
    if not hidden and not foreign:
        return
    seen = as_it_looks(token.text).strip()
    problem = "an invisible character" if hidden else "a character that only looks like another"
    usable = seen.isascii() and seen.isprintable() and seen and quote_for(seen)
    raise NotUnderstood(
        f"The {role} {shown(token.text)} has {problem}: {described(hidden or foreign or '')}.",
        f"Type it by hand{f': “{seen}”' if usable else ''}.",
        choices([named(seen)]) if usable else (),
    )


def _check_word(token: Token, role: str) -> None:
    if token.word in BULK:
        raise NotUnderstood(
            f"{shown(token.text)} would be many, and one {role} is changed at a time.", f"Name one {role}."
        )
    if token.word in PRONOUNS:
        raise NotUnderstood(f"{shown(token.text)} does not say which {role}.", f"Name the {role}.")
    if is_time([token.word]):
        raise NotUnderstood(
            f"{shown(token.text)} is a time where a {role} should be.",
            f"Type “for {token.word}” for a time box; if it is a name, put it in quotes.",
        )


def _check_marks(token: Token, role: str, named: Named) -> None:
    odd = next((c for c in token.text if c in _ODD), None)
    if odd is None:
        return
    plain = [token.text.translate({ord(dash): put for dash in DASHES[1:]}) for put in ("-", "--")]
    offers = [token.text] if quote_for(token.text) else []
    offers = (
        [name for name in (*plain, *offers) if odd not in DASHES or name != token.text] if odd in DASHES else offers
    )
    raise NotUnderstood(
        f"The {role} {shown(token.text)} has {described(odd)} in it.",
        "If that belongs to the name, put the name in quotes.",
        choices(named(name) for name in offers),
    )
