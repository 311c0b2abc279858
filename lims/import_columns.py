"""The columns of rows that are entered afterwards: their heads, units and cells."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from lims.conversions import Step, UnknownUnit, converted, step_to
from lims.import_cells import Cell, Seen
from lims.models import User
from lims.sheets import Sheet, decimal_comma

DATE_FORMATS = ["%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%d.%m.%Y"]
MOMENT_FORMATS = [
    "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d", "%d.%m.%Y %H:%M", "%d.%m.%Y",
]  # fmt: skip
# The unit stands in round or square brackets, or behind a stroke or a comma.
HEAD = re.compile(
    r"^(?P<words>.*?)\s*(?:\((?P<round>[^()]*)\)|\[(?P<square>[^\[\]]*)\]|(?:/|,)\s*(?P<bare>\S.*))$"
)


@dataclass(frozen=True)
class Problem:
    """What is wrong in a row; ``column`` is empty where it is the row as a whole."""

    row: int
    column: str
    sentence: str
    sheet: str = ""


@dataclass(frozen=True)
class Column:
    """One column: how it is headed and how its cells are read.

    name       What the API calls it; the unit stands at its end.
    argument   What the action calls it, where that is another name.
    unit       The unit that the name states; ``shown`` is the one that pages and templates offer instead.
    blank      What `Record.blanks` calls it; empty where a cell cannot say "not measured".
    """

    name: str
    label: str
    cell: Cell | forms.Field
    argument: str = ""
    unit: str = ""
    shown: str = ""
    example: str = ""
    help: str = ""
    blank: str = ""
    wide: bool = False

    @property
    def required(self) -> bool:
        return self.cell.required

    @property
    def head(self) -> str:
        """Return the head of a template: words and unit."""
        unit = self.shown or self.unit
        return f"{self.label} ({unit})" if unit else self.label

    @property
    def is_number(self) -> bool:
        return isinstance(self.cell, forms.IntegerField | forms.FloatField | forms.DecimalField)

    @property
    def is_text(self) -> bool:
        return type(self.cell) is forms.CharField or not isinstance(self.cell, forms.Field)

    def clean(self, text: str, by: User, seen: Seen) -> Any:
        """Return the value of a cell, or raise ValidationError with a sentence."""
        if self.required and not text:
            raise ValidationError(f"{self.label} is missing.")
        if isinstance(self.cell, forms.ChoiceField):
            return self.cell.clean(_chosen(self.cell, text))
        if isinstance(self.cell, forms.Field):
            return self.cell.clean(text)
        return self.cell.read(text, by, seen)

    def said_blank(self) -> str:
        """Return under which name the cell's blank is kept, or raise ValidationError where it cannot be one."""
        if self.required:
            raise ValidationError(f"{self.label} has to be there; without it the row cannot be entered.")
        if not self.blank:
            raise ValidationError(f"{self.label} is nothing that is measured: leave the cell empty.")
        return self.blank

    def options(self, by: User) -> list[str]:
        """Return what a cell may say, where there are few enough to offer."""
        if isinstance(self.cell, forms.ChoiceField):
            return [label for value, label in _choices(self.cell) if value]
        return [] if isinstance(self.cell, forms.Field) else self.cell.options(by)


def _choices(field: forms.ChoiceField) -> list[tuple[str, str]]:
    return [(str(value), str(label)) for value, label in field.widget.choices]


def _chosen(field: forms.ChoiceField, text: str) -> str:
    """Return the value of a choice, which people write by its words."""
    for value, label in _choices(field):
        if text.casefold() in (value.casefold(), label.casefold()):
            return value
    if not text:
        return ""
    known = ", ".join(label for value, label in _choices(field) if value)
    raise ValidationError(f"{text!r} is none of: {known}.")


@dataclass(frozen=True)
class Placed:
    """Where a column stands in a sheet, and how its numbers become those of its unit."""

    column: Column
    index: int
    step: Step


def place_columns(header: Sequence[str], columns: Sequence[Column]) -> tuple[dict[str, Placed], list[str]]:
    """Return where each column stands, and a sentence for each head that cannot be taken.

    A head that begins with # is left out. A number's head states its unit, in its name or in brackets: without one
    nothing is assumed.
    """
    placed: dict[str, Placed] = {}
    problems: list[str] = []
    for index, head in enumerate(header):
        if not head or head.startswith("#"):
            continue
        try:
            column, step = _column_of(head, columns)
            if column.name in placed:
                raise ValidationError(f"{head!r} is there twice.")
            placed[column.name] = Placed(column, index, step)
        except ValidationError as error:
            problems += error.messages
    missing = [c.head for c in columns if c.required and c.name not in placed]
    if missing and not problems and not any(c.name == "kind" for c in columns):
        problems.append(f"These columns are missing: {', '.join(missing)}.")
    return placed, problems


def _column_of(head: str, columns: Sequence[Column]) -> tuple[Column, Step]:
    words, unit = _parted(head)
    for column in columns:
        kept = column.unit
        if head == column.name:
            return column, step_to(kept, kept)
        if words.casefold() == column.label.casefold() or words == column.name:
            if kept and not unit and words != column.name:
                raise ValidationError(f"{head!r} does not say its unit: write {column.head!r}.")
            if unit and not kept:
                raise ValidationError(f"{head!r} has a unit, and {column.label!r} has none.")
            try:
                return column, step_to(kept, unit or kept)
            except UnknownUnit as problem:
                raise ValidationError(f"{head!r}: {problem}. No unit is guessed.") from problem
    known = ", ".join(column.head for column in columns)
    raise ValidationError(f"The column {head!r} is not known. Known are: {known}.")


def _parted(head: str) -> tuple[str, str]:
    found = HEAD.match(head)
    if found is None:
        return " ".join(head.split()), ""
    unit = found["round"] or found["square"] or found["bare"] or ""
    return " ".join(found["words"].split()), unit.strip()


def where_numbers_are_unclear(sheet: Sheet, placed: Mapping[str, Placed]) -> tuple[bool, list[Problem]]:
    """Return whether the sheet's numbers have a decimal comma, and the cells where nobody could tell."""
    numeric = [one for one in placed.values() if one.column.is_number]
    cells = [line.cells[one.index] for line in sheet.lines for one in numeric]
    comma = decimal_comma(cells, sheet.delimiter)
    if comma is not None:
        return comma, []
    problems = [
        Problem(line.number, one.column.name, _unclear(line.cells[one.index]), sheet.name)
        for line in sheet.lines
        for one in numeric
        if "," in line.cells[one.index]
    ]
    return False, problems


def _unclear(text: str) -> str:
    point = text.replace(",", ".")
    return (
        f"{text} may be {point} or {text.replace(',', '')}: write {point} with a point, or without the comma."
    )


def plain_number(text: str, placed: Placed, *, comma: bool) -> str:
    """Return a cell's text; a number in the unit that is kept, with a decimal point."""
    if not placed.column.is_number or not text:
        return text
    number = text.replace("\u2212", "-").replace(",", ".") if comma else text.replace("\u2212", "-")
    # Python reads 1_000 as a number; nobody writes one so.
    return text if "_" in text else converted(number, placed.step)
