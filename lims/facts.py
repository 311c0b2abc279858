"""What a detail page says of a record: label, value and unit, read from its fields."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils import timezone

from lims import blanks, registry
from lims.models import Record, User
from lims.names import named
from lims.numbers import exact, percent
from lims.templatetags.numbers import moment
from lims.units import mass_text

Fact = dict[str, Any]


def fact(label: str, value: Any, unit: str = "", *, url: str = "", hint: str = "", blank: str = "") -> Fact:
    """Return one fact as ``ui/facts.html`` takes it; in place of an empty value it prints why, where that is known."""
    told = {"label": label, "value": spelled(value), "unit": unit, "url": url, "hint": hint}
    return {**told, "blank": blank} if value in (None, "") and blank else told


def record_fact(label: str, record: Record | None, hint: str = "", *, blank: str = "") -> Fact:
    """Return a fact that leads to another record."""
    if record is None:
        return fact(label, None, blank=blank)
    words = record.code if record.title == record.code else f"{record.code} {record.title}"
    return fact(label, words, url=registry.url_of(record.identity), hint=hint)


def facts_of(row: models.Model, *names: str) -> list[Fact]:
    """Return the facts of these fields of a row; their units are those of their names."""
    facts = []
    for name in names:
        label, unit = named(name)
        value = getattr(row, name)
        display = getattr(row, f"get_{name}_display", None)
        if value in (None, ""):
            words = named(name.removesuffix("_fraction")).label
            facts.append(fact(words, None, blank=blanks.words_for(row, name)))
        elif isinstance(value, Record):
            facts.append(record_fact(label, value))
        elif name.endswith("_fraction"):
            facts.append(percent_fact(named(name.removesuffix("_fraction")).label, value))
        else:
            facts.append(fact(label, display() if display else value, unit))
    return facts


def percent_fact(
    label: str, fraction: float | None, digits: int = 2, hint: str = "", *, blank: str = ""
) -> Fact:
    """Return a fraction as percent."""
    if fraction is None:
        return fact(label, None, hint=hint, blank=blank)
    return fact(label, percent(fraction, digits), "%", hint=hint)


def origin(record: Record) -> dict[str, Any]:
    """Return the section that every record has: who did it, when, and where the entry comes from."""
    facts = [
        fact("Done", record.performed_at, hint=f"by {record.performed_by.display_name}"),
        fact("Recorded", record.recorded_at, hint=f"by {record.recorded_by.display_name}"),
        fact("Source", record.get_source_display()),
        fact("Version", record.version),
    ]
    if record.blanks:
        facts.append(fact("Left empty", blanks.in_words(record.blanks)))
    if record.note:
        facts.append(fact("Note", record.note))
    return {"title": "Record", "facts": facts}


def spelled(value: Any) -> Any:
    """Return a value as a page prints it.

    >>> spelled(0.1), spelled(True), spelled(date(2026, 11, 3))
    ('0.1', 'yes', '3 Nov 2026')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return exact(value)
    if isinstance(value, datetime):
        local = timezone.localtime(value)
        return f"{local.day} {local:%b %Y, %H:%M}"
    if isinstance(value, date):
        return f"{value.day} {value:%b %Y}"
    if isinstance(value, User):
        return value.display_name
    return value


def told_changes(changes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what a log entry keeps as pages and reports print it: ``[{field, old, new}]``, units beside numbers.

    >>> told_changes({"hold_s": 600.0, "state": ["built", "testing"]})
    [{'field': 'hold', 'old': None, 'new': '600 s'}, {'field': 'state', 'old': 'built', 'new': 'testing'}]
    >>> told_changes({"low_stock_ug": [None, 500_000]})
    [{'field': 'low stock', 'old': None, 'new': '500 mg'}]
    """
    told = []
    for name, value in changes.items():
        label, unit = named(name.removesuffix("_ug"))
        pair = isinstance(value, list) and len(value) == 2
        old, new = value if pair else (None, value)
        if name.endswith("_ug"):
            old, new = (mass_text(mass) if isinstance(mass, int) else mass for mass in (old, new))
        told.append({"field": _begun_small(label), "old": _told(old, unit), "new": _told(new, unit)})
    return told


def _begun_small(label: str) -> str:
    """Return words that begin small; a code or an abbreviation stays as it is.

    >>> _begun_small("Hold"), _begun_small("MIX-0001")
    ('hold', 'MIX-0001')
    """
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _told(value: Any, unit: str) -> Any:
    if isinstance(value, list):
        return "; ".join(str(item) for item in value)
    if isinstance(value, dict):
        return "; ".join(f"{name} {spelled(part)}" for name, part in value.items())
    if isinstance(value, str) and value:
        return moment(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{spelled(value)} {unit}".strip() if is_number else spelled(value)
