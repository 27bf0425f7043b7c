"""
The names of all keys; one hash tag keeps them in one slot, so that every commit is one script.

An ACL for the bot needs `~{countersign}:*` and `+info`.
"""

_TAG = "{countersign}"

JOBS = f"{_TAG}:jobs"
DEAD = f"{_TAG}:dead"
DEADLINES = f"{_TAG}:deadlines"
WAITING = f"{_TAG}:draw:waiting"
VERSIONS = f"{_TAG}:draw:versions"
HOLDS = f"{_TAG}:draw:holds"
CHAINS = f"{_TAG}:chains"
INTAKE = f"{_TAG}:intake"
TAKEN = f"{_TAG}:intake:commands"
WORKERS = f"{_TAG}:workers"


def record(kind: str, id_: str) -> str:
    """Return the key of a record: a hash of version, data and head."""
    return f"{_TAG}:record:{kind}:{id_}"


def trail(kind: str, id_: str) -> str:
    """Return the key of a record's audit entries: a list, oldest first."""
    return f"{_TAG}:trail:{kind}:{id_}"


def slot(name: str) -> str:
    """Return the key that says which record holds a slot."""
    return f"{_TAG}:slot:{name}"


def index(name: str) -> str:
    """Return the key of an index: a sorted set of ids."""
    return f"{_TAG}:index:{name}"


def token(name: str) -> str:
    """Return the key that remembers a dedupe token."""
    return f"{_TAG}:seen:{name}"


def placement(id_: str) -> str:
    """Return the key that remembers where a record was drawn."""
    return f"{_TAG}:placed:{id_}"


def circuit(host: str) -> str:
    """Return the key of what is known of a host's failures."""
    return f"{_TAG}:circuit:{host}"
