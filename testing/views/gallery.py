"""What a page that offers pictures of some cells is given: which there are, and what may be chosen of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.urls import reverse

from testing.causes import CAUSES
from testing.models import Phase
from testing.pictures import CATALOGUE, Entry, Options, read_options
from testing.quantities import quantities_of

CHOICES = ("quantity", "against", "phase", "cycles", "which", "reference")


def gallery(
    about: dict[str, str],
    cells: Iterable[int],
    given: dict[str, str],
    *,
    colour: str,
    only: Iterable[str] = (),
    title: str = "",
) -> dict[str, Any]:
    """Return what ``ui/gallery.html`` takes.

    about   What says which cells: a study, a comparison or their codes.
    cells   Their keys, which say what they can be drawn by.
    given   The page's own address, which may name the picture that it opens with.
    """
    offered = [CATALOGUE[name] for name in (only or CATALOGUE)]
    chosen = next((entry for entry in offered if entry.name == given.get("picture")), offered[0])
    try:
        begins = read_options(given, chosen.options)
    except ValidationError:
        # A link that was cut short opens the picture as it is without it.
        begins = chosen.options
    colour = given.get("colour", "") if given.get("colour") in ("cell", *CAUSES) else colour
    return {
        "title": title,
        "entries": [_entry(entry, about, entry is chosen) for entry in offered],
        "colours": _colours(colour),
        "quantities": quantity_choices(cells),
        "phases": [{"value": value, "label": label} for value, label in Phase.choices],
        "begins": _begins(begins),
        "svg_url": f"{reverse('testing:picture', args=[chosen.name, 'svg'])}?{urlencode(about)}",
    }


def _entry(entry: Entry, about: dict[str, str], chosen: bool) -> dict[str, Any]:  # noqa: FBT001 - one of two
    return {
        "name": entry.name,
        "label": entry.label,
        "url": f"{reverse('testing:picture', args=[entry.name, 'json'])}?{urlencode(about)}",
        "choices": " ".join(entry.choices),
        "begins": json.dumps(
            {name: value for name, value in _begins(entry.options).items() if name in entry.choices}
        ),
        "chosen": chosen,
    }


def _begins(options: Options) -> dict[str, str]:
    return {
        name: ",".join(str(number) for number in value) if isinstance(value, tuple) else value
        for name in CHOICES
        for value in (getattr(options, name),)
    }


def _colours(chosen: str) -> list[dict[str, Any]]:
    words = {name: cause.label for name, cause in CAUSES.items()} | {"cell": "Cell"}
    return [{"value": name, "label": label, "chosen": name == chosen} for name, label in words.items()]


def quantity_choices(cells: Iterable[int]) -> list[dict[str, Any]]:
    """Return what some cells can be drawn by, by where it comes from."""
    groups: dict[str, list[dict[str, str]]] = {}
    for quantity in quantities_of(cells):
        groups.setdefault(quantity.group, []).append({"value": quantity.name, "label": quantity.label})
    return [{"group": group, "options": options} for group, options in groups.items()]
