"""
Links to Datadog in place of a name: what they lead to.

Where Datadog shows a flag, a test and a deployment, and at which hosts its sites are, is from Datadog's documentation;
an organisation may have a subdomain of its own.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from bot.errors import NotUnderstood
from bot.grammar.letters import shown
from bot.model import Noun

_SITES = ("datadoghq.com", "datadoghq.eu", "ddog-gov.com")
_LINK = re.compile(r"https?://(?P<host>[^/?#\s]*)(?P<path>[^?#\s]*)\S*", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9.-]+")
_ID = r"(?P<id>[A-Za-z0-9][A-Za-z0-9-]{2,63})"
_PAGES: Mapping[Noun, re.Pattern[str]] = MappingProxyType(
    {
        Noun.ENVIRONMENT: re.compile(rf"/feature-flags/environments/{_ID}(?:/.*)?"),
        Noun.FLAG: re.compile(rf"/feature-flags/(?!environments(?:/|$)){_ID}(?:/.*)?"),
        Noun.TEST: re.compile(rf"/synthetics/(?:details|edit)/{_ID}(?:/.*)?"),
        Noun.DEPLOYMENT: re.compile(rf"/fleet/(?:.*/)?deployments?/{_ID}(?:/.*)?"),
    }
)
_LED_TO = MappingProxyType({Noun.ROLLOUT: Noun.FLAG})


def is_link(text: str) -> bool:
    """Tell whether a text is a web address."""
    return _LINK.fullmatch(text) is not None


def is_datadog(address: str) -> bool:
    """Tell whether an address is one of Datadog's pages for something that can be named here."""
    found = _LINK.fullmatch(address)
    if found is None or not _is_site(found["host"]):
        return False
    return any(page.fullmatch(found["path"]) for page in _PAGES.values())


def named_by(link: str, noun: Noun) -> str:
    """Return the id that a link has for a target of that noun; raise NotUnderstood where it leads elsewhere."""
    found = _LINK.fullmatch(link)
    host, path = (found["host"], found["path"]) if found else ("", "")
    if not _is_site(host):
        raise NotUnderstood(f"{shown(link)} is not a link to Datadog.", f"Type the {noun}'s name or id instead.")
    wanted = _LED_TO.get(noun, noun)
    if match := _PAGES[wanted].fullmatch(path):
        return match["id"]
    other = next((kind for kind, page in _PAGES.items() if page.fullmatch(path)), None)
    leads = f"leads to a {other}" if other else "leads to nothing that can be named here"
    raise NotUnderstood(f"{shown(link)} {leads}, and a {noun} is wanted.", f"Type the {noun}'s name or id instead.")


def _is_site(host: str) -> bool:
    """Tell whether a host is one of Datadog's; what has a user or a port beside it is not."""
    folded = host.casefold()
    ours = any(folded == site or folded.endswith(f".{site}") for site in _SITES)
    return ours and _HOST.fullmatch(folded) is not None
