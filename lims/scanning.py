"""From what a scanner or a person typed to the records that it may mean."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.db.models import Q

from lims import registry
from lims.models import Identity, User

MOST_HITS = 50
LONGEST = 200
# Shorter words are in every name.
SHORTEST_NAME = 2
# Some scanners send first what kind of code they saw, such as ]Q1 for a QR code (ISO/IEC 15424).
SYMBOLOGY = re.compile(r"^\][A-Za-z][0-9A-Za-z]")
NUMBERED = re.compile(r"^([A-Z]+)-?0*([0-9]{1,9})$")


def cleaned(scanned: str) -> str:
    r"""Return what was scanned without what scanners and labels put around it.

    >>> cleaned(" LOT-0001\r\n"), cleaned("]Q1https://lab.example.org/s/LOT-0001?from=label")
    ('LOT-0001', 'LOT-0001')
    """
    text = "".join(letter if letter.isprintable() else " " for letter in scanned[:LONGEST]).strip()
    text = SYMBOLOGY.sub("", text)
    if text[:8].lower().startswith(("http://", "https://")):
        text = _last_part(text)
    return " ".join(text.split())


def _last_part(address: str) -> str:
    try:
        return urlsplit(address).path.rstrip("/").rpartition("/")[2]
    except ValueError:
        # Such as a bracket that no address of a host closes.
        return address


def spellings(text: str) -> set[str]:
    """Return the codes that ``text`` may stand for.

    >>> sorted(spellings("lot 1"))
    ['LOT-0001', 'LOT-1', 'LOT1']
    """
    joined = "".join(text.upper().split())
    found = {joined, "-".join(text.upper().split())}
    numbered = NUMBERED.match(joined)
    if numbered:
        found.add(f"{numbered[1]}-{int(numbered[2]):04d}")
    return found


def find(scanned: str, user: User) -> list[Identity]:
    """Return the records that ``user`` may see and that this may mean: by code, else by number, else by name."""
    text = cleaned(scanned)
    if not text:
        return []
    visible = Identity.objects.visible_to(user).select_related("project").order_by("-pk")
    ways = [
        Q(code__in=spellings(text)),
        _named_by(registry.number_finders, text),
        _named_by(registry.name_finders if len(text) >= SHORTEST_NAME else [], text),
    ]
    for way in ways:
        found = list(visible.filter(way)[:MOST_HITS])
        if found:
            return found
    return []


def _named_by(finders: Iterable[registry.Finder], text: str) -> Q:
    """Return the question for what any of these finds; where there is none, it finds nothing."""
    found = Q(pk__in=[])
    for finder in finders:
        found |= Q(pk__in=finder(text))
    return found
