"""Passes the news that a change has moved on to whoever shows something of it, beside its card."""

from collections.abc import Callable

from bot.ports import Notifier


class Heralds:
    """Tells the notifier, and everybody else who wants to hear; implements the port Notifier."""

    def __init__(self, notifier: Notifier) -> None:
        self._notifier = notifier
        self._others: list[Callable[[str], None]] = []

    def also(self, listener: Callable[[str], None]) -> None:
        """Tell `listener` each change's id, too; it must neither raise nor block."""
        self._others.append(listener)

    def changed(self, id_: str, *, held: bool = False) -> None:
        """Bring everything people see of a change up to date with its record."""
        self._notifier.changed(id_, held=held)
        for listener in self._others:
            listener(id_)
