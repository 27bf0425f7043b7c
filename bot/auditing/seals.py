"""
Seals: signed lines over the heads of chains, for a place that the owner of the store cannot reach.

Each seal names the one before it, so a line taken from a file of seals is missed by the next. A head is the number
of a chain's last entry and that entry's MAC, which covers all entries before it and the record.
"""

import json

from pydantic import JsonValue, ValidationError

from bot.audit import GENESIS, Signer
from bot.model import Value


class Seal(Value):
    """
    The heads of the chains that changed since the seal before; `upto` is the place in the order of changes it covers.

    `heads` has for each chain the number of its last entry and its MAC. `broken` names chains that did not verify.
    """

    schema_version: int = 1
    n: int
    at: int
    upto: int
    heads: dict[str, str]
    broken: tuple[str, ...] = ()
    prev: str = GENESIS
    key_id: str
    mac: str = ""


def head(seq: int, mac: str) -> str:
    """Return how a seal spells the head of a chain."""
    return f"{seq} {mac}"


def signed(seal: Seal, signer: Signer) -> Seal:
    """Return the seal with its MAC."""
    keyed = seal.model_copy(update={"key_id": signer.key_id})
    return keyed.model_copy(update={"mac": signer.mac(keyed)})


def is_sound(seal: Seal, signer: Signer) -> bool:
    """Tell whether the key in use, or one before it, made the seal as it stands."""
    return signer.sound(seal, seal.key_id, seal.mac)


def find_seal(line: str) -> Seal | None:
    """
    Return the seal in a line of a seal file or of a log, or None where the line is about something else.

    In a log or an exported event the seal is the field `seal`, however deep, as text or as an object; whatever a log
    collector put before it is skipped.
    Raises ValueError for a line that means to be a seal and cannot be read.
    """
    begin = line.find("{")
    if begin < 0 or ("audit.seal" not in line and '"heads"' not in line):
        return None
    try:
        found, _ = json.JSONDecoder().raw_decode(line[begin:])
        inner = _field(found)
        seal = json.loads(inner) if isinstance(inner, str) else found if inner is None else inner
        return Seal.model_validate(seal)
    except (ValidationError, ValueError, RecursionError) as broken:
        raise ValueError("a seal that cannot be read") from broken


def _field(said: JsonValue) -> JsonValue:
    """Return the first field `seal` in an object, however deep; None where there is none."""
    inner = said.get("seal") if isinstance(said, dict) else None
    parts = said.values() if isinstance(said, dict) else said if isinstance(said, list) else ()
    return inner if inner is not None else next((one for part in parts if (one := _field(part)) is not None), None)
