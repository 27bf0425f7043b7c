"""The one list of scenes, from which goldens, limits and the contact sheet are made."""

from tests.handlers.scenes import changes, forms, incident, looks, messages, own, pages
from tests.handlers.scenes.shown import Scene

PARTS: dict[str, dict[str, Scene]] = {
    "The card of a change": changes.SCENES,
    "Beside the card": messages.SCENES,
    "The bot's own commands": own.SCENES,
    "App Home and looking back": pages.SCENES,
    "Incident panel and watched rollouts": incident.SCENES,
    "Looks": looks.SCENES,
    "Forms": forms.SCENES,
}
SCENES: dict[str, Scene] = {name: scene for part in PARTS.values() for name, scene in part.items()}
