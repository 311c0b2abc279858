"""Empty sheets to fill in: the heads, an example row that is skipped, and what each column is."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import xlsxwriter

from lims import imports
from lims.conversions import UNITS
from lims.import_columns import Column

EXAMPLE = "# example, is left out"


def sheets_of(kind: str) -> list[tuple[str, list[Column]]]:
    """Return the sheets of a template with their columns: one for a kind, one for each for a notebook."""
    if kind == imports.NOTEBOOK:
        return [(one.label, list(one.columns)) for one in imports.kinds.values()]
    return [(imports.kinds[kind].label, list(imports.kinds[kind].columns))]


def columns_of(kind: str) -> list[Column]:
    """Return the columns of a sheet of this kind; a notebook's begin with what a row is."""
    return imports.columns_of_all() if kind == imports.NOTEBOOK else list(imports.kinds[kind].columns)


def as_csv(kind: str) -> bytes:
    """Return the template as CSV, with the mark that lets a spreadsheet read µ and °."""
    columns = columns_of(kind)
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["#", *(column.head for column in columns)])
    writer.writerow([EXAMPLE, *(column.example for column in columns)])
    return buffer.getvalue().encode("utf-8-sig")


def as_workbook(kind: str) -> bytes:
    """Return the template as a workbook; its last sheet explains the columns."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        for label, columns in sheets_of(kind):
            _fill(book, label, columns)
        _explain(book, sheets_of(kind))
    return buffer.getvalue()


def _fill(book: xlsxwriter.Workbook, label: str, columns: Sequence[Column]) -> None:
    must = book.add_format({"bold": True, "bg_color": "#E1EFF0", "border": 1})
    may = book.add_format({"bg_color": "#F3F5F5", "border": 1})
    example = book.add_format({"italic": True, "font_color": "#4C5D67"})
    # As text a lot number such as 1-3 stays what it is, and does not become the first of March.
    text = book.add_format({"num_format": "@"})
    sheet = book.add_worksheet(label)
    sheet.freeze_panes(1, 1)
    sheet.write_string(0, 0, "#", may)
    sheet.write_string(1, 0, EXAMPLE, example)
    sheet.set_column(0, 0, 20)
    for place, column in enumerate(columns, start=1):
        sheet.set_column(place, place, max(14, len(column.head) + 2), None if column.is_number else text)
        sheet.write_string(0, place, column.head, must if column.required else may)
        if column.example:
            sheet.write_string(1, place, column.example, example)


def _explain(book: xlsxwriter.Workbook, sheets: Sequence[tuple[str, list[Column]]]) -> None:
    head = book.add_format({"bold": True})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet("What the columns are")
    for place, (title, width) in enumerate(
        (("Sheet", 14), ("Column", 26), ("Needed", 10), ("Units", 34), ("What it is", 70))
    ):
        sheet.write_string(0, place, title, head)
        sheet.set_column(place, place, width, wrapped)
    line = 1
    for label, columns in sheets:
        for column in columns:
            needed = "yes" if column.required else "no"
            for place, words in enumerate((label, column.head, needed, units_of(column), column.help)):
                sheet.write_string(line, place, words)
            line += 1
    rules = (
        "Rows and columns that begin with # are left out.",
        "A cell that is not needed may be empty, or say: not measured (n.m.), not recorded (n.r.).",
        "The unit stands in the head: change Mass received (mg) to Mass received (g) if that is what you have.",
    )
    for place, rule in enumerate(rules, start=line + 1):
        sheet.write_string(place, 0, rule, head)


def units_of(column: Column) -> str:
    """Return the units that a column's head may name."""
    shown = {"degC": "°C", "angstrom": "Å", "um": "µm", "ug": "µg", "uL": "µL"}
    return ", ".join(shown.get(name, name) for name in UNITS.get(column.unit, {}))
