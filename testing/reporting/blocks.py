"""The pieces that a report is put together from, as plain JSON: what is frozen, printed, compared and exported.

A section is ``{"key", "title", "blocks"}``. A number in a block stays a number, with its uncertainty and unit, until
it is printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from lims.numbers import significant_digits

Block = dict[str, Any]
Section = dict[str, Any]

# A longer table costs minutes to lay out, and nobody reads it on paper; the attached data hold every row.
TABLE_ROWS_MAX = 400


def section(key: str, title: str, *blocks: Block | None) -> Section:
    """Return a section; blocks that are None are left out."""
    return {"key": key, "title": title, "blocks": [block for block in blocks if block is not None]}


def number(
    value: float | None,
    unit: str = "",
    *,
    uncertainty: float | None = None,
    digits: int | None = None,
    reason: str = "",
) -> dict[str, Any]:
    """Return a number as it is frozen; without a value it has the ``reason`` why there is none.

    uncertainty  Standard uncertainty in the same unit.
    digits       How many digits of the uncertainty are kept; as a weighed mass has them if None.
    """
    return {"value": value, "unit": unit, "uncertainty": uncertainty, "digits": digits, "reason": reason}


def exactly(value: float | None, unit: str = "") -> dict[str, Any]:
    """Return a number that is printed with the digits it was entered with."""
    return {**number(value, unit), "as_entered": None if value is None else significant_digits(value)}


def facts(rows: Iterable[tuple[str, Any]], title: str = "") -> Block:
    """Return names with their values: text, numbers, moments; what was not stated prints as a dash."""
    return {
        "type": "facts",
        "title": title,
        "rows": [{"name": name, "value": plain_json(value)} for name, value in rows],
    }


def table(
    columns: Sequence[str | tuple[str, str]],
    rows: Iterable[Sequence[Any]],
    *,
    title: str = "",
    none: str = "Nothing is recorded.",
    note: str = "",
    printed: bool = True,
) -> Block:
    """Return a table.

    printed  Whether it stands on the page; if not, it travels as a file alone.
    columns  A label, or a label and a unit; cells of a column with a unit are numbers in it, or number().
    none     What is printed where there are no rows.
    """
    heads = [column if isinstance(column, tuple) else (column, "") for column in columns]
    body = [[plain_json(cell) for cell in row] for row in rows]
    return {
        "type": "table",
        "title": title,
        "columns": [{"label": label, "unit": unit} for label, unit in heads],
        "rows": body,
        "none": none,
        "note": note,
        "printed": printed,
    }


def text(words: str) -> Block:
    """Return a paragraph."""
    return {"type": "text", "text": words}


def markdown(words: str) -> Block | None:
    """Return what a person wrote in Markdown; nothing where it is blank."""
    return {"type": "markdown", "text": words} if words.strip() else None


def items(entries: Iterable[str], *, none: str, title: str = "") -> Block:
    """Return a list of sentences, or what is said where there are none."""
    return {"type": "items", "title": title, "items": list(entries), "none": none}


def figure(draw: str, data: Mapping[str, Any], *, caption: str, wide: bool = True) -> Block:
    """Return a figure by the name of what draws it and its frozen data."""
    return {"type": "figure", "draw": draw, "data": dict(data), "caption": caption, "wide": wide}


def plain_json(value: Any) -> Any:
    """Return ``value`` as JSON keeps it; a moment becomes its ISO text."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    if value is None or isinstance(value, str | int | float | dict | bool):
        return value
    return str(value)
