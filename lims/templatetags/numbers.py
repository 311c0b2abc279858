"""Filters that write numbers in pages and reports the same way.

A row is anything with ``value``, ``uncertainty`` and ``unit``, and ``digits`` where its uncertainty keeps a stated
number of digits: a mapping from a snapshot or the API, or an object.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import template

from lims import numbers

register = template.Library()

# Where no uncertainty says how far a number can be trusted, a page shows no more than this.
DIGITS_WITHOUT_UNCERTAINTY = 4
ISO_MOMENT = re.compile(r"^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?$")


@register.filter
def with_uncertainty(row: Any) -> str:
    """Write a row's value with its uncertainty (``18.23 ± 0.20``); fractions become percent."""
    parts = number_parts(row)
    return f"{parts.value} ± {parts.uncertainty}" if parts.uncertainty else parts.value


@register.filter
def with_unit(row: Any) -> str:
    """Write a row's value, uncertainty and unit (``18.23 ± 0.20 mg/cm²``)."""
    unit = numbers.unit_sign(_part(row, "unit") or "")
    if _part(row, "value") is None or not unit:
        return with_uncertainty(row)
    return f"{with_uncertainty(row)} {unit}"


@register.filter
def unit_sign(unit: str | None) -> str:
    """Write a unit as it is printed (``mg/cm2`` as ``mg/cm²``)."""
    return numbers.unit_sign(unit or "")


@register.filter
def percent(fraction: float | Decimal | None, digits: int = 1) -> str:
    """Write a fraction as percent without the sign; a missing one is a dash."""
    return numbers.NO_VALUE if fraction is None else numbers.percent(fraction, digits)


@register.filter
def plain(value: float | Decimal | None, digits: int = 2) -> str:
    """Write a number with a fixed count of decimals; a missing one is a dash."""
    return numbers.NO_VALUE if value is None else numbers.plain(value, digits)


@register.filter
def significant(value: float | Decimal | None, digits: int = 4) -> str:
    """Write a number with a count of significant digits; a missing one is a dash."""
    return numbers.NO_VALUE if value is None else numbers.significant(value, digits)


@register.filter
def stated(value: Any) -> Any:
    """Leave a value as it is, and write a dash where nothing was stated."""
    return numbers.NO_VALUE if value is None or value == "" else value


@register.filter
def moment(text: str | None) -> str:
    """Write an ISO 8601 moment to the minute with its zone; any other text stays as it is."""
    if not text:
        return numbers.NO_VALUE
    found = ISO_MOMENT.match(text)
    if found is None:
        return text
    day, time, zone = found.groups()
    # A moment without a zone is printed without one: which zone was meant is not known here.
    written = {"Z": " UTC", "+00:00": " UTC", None: ""}.get(zone, f" {zone}")
    return f"{day} {time}{written}"


def number_parts(row: Any) -> numbers.Rounded:
    """Return a row's value and uncertainty as text; the uncertainty is empty where none is stated."""
    value, uncertainty = _part(row, "value"), _part(row, "uncertainty")
    if value is None:
        return numbers.Rounded(value=numbers.NO_VALUE, uncertainty="")
    scale = Decimal(100) if _part(row, "unit") == "fraction" else Decimal(1)
    scaled = Decimal(str(value)) * scale
    # Zero is what an exact or copied number carries: there is nothing to round by.
    if not uncertainty:
        digits = min(DIGITS_WITHOUT_UNCERTAINTY, numbers.significant_digits(scaled))
        return numbers.Rounded(value=numbers.significant(scaled, digits), uncertainty="")
    return numbers.rounded_parts(scaled, Decimal(str(uncertainty)) * scale, digits=_part(row, "digits"))


def _part(row: Any, name: str) -> Any:
    return row.get(name) if isinstance(row, Mapping) else getattr(row, name, None)
