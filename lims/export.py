"""Lists as files: every row, numbers as numbers, and no text that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.core.exceptions import ValidationError
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.text import slugify

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# A quarter of what a sheet can hold; more than that is a question for a narrower filter.
MOST_ROWS = 250_000
CHUNK_ROWS = 1000
# A spreadsheet counts its days from 1900.
FIRST_YEAR = 1900
# What a cell may begin with to be computed, wide forms included (OWASP, "CSV injection").
FORMULA_SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# Without it Excel reads UTF-8 as something else, and µm becomes Âµm.
BYTE_ORDER_MARK = "\ufeff"

Value = str | int | float | Decimal | bool | datetime | date | None


@dataclass(frozen=True)
class Sheet:
    """What a file of a list says: its name without an ending, the heads of its columns, and its rows."""

    name: str
    heads: Sequence[str]
    rows: Iterable[Sequence[Value]]


def judge_length(count: int) -> None:
    """Raise ValidationError where a list is too long for a file."""
    if count > MOST_ROWS:
        raise ValidationError(
            f"This list has more than the {MOST_ROWS:,} rows that one file takes. Narrow it by a filter first."
        )


def file_response(sheet: Sheet, kind: str, *, byte_order_mark: bool = False) -> HttpResponseBase:
    """Return the list as a download of this kind, a key of KINDS."""
    called = f"{slugify(sheet.name) or 'list'}-{timezone.localdate():%Y-%m-%d}.{kind}"
    if kind == "xlsx":
        return FileResponse(_workbook(sheet), as_attachment=True, filename=called, content_type=KINDS["xlsx"])
    lines = _csv_lines(sheet)
    response = StreamingHttpResponse(
        _first(BYTE_ORDER_MARK, lines) if byte_order_mark else lines, content_type=KINDS["csv"]
    )
    response["Content-Disposition"] = f'attachment; filename="{called}"'
    return response


def csv_bytes(sheet: Sheet) -> bytes:
    """Return a sheet as the bytes of a CSV file."""
    return "".join(_csv_lines(sheet)).encode()


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def _csv_lines(sheet: Sheet) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow([_for_csv(head) for head in sheet.heads])
    for row in sheet.rows:
        yield writer.writerow([_for_csv(value) for value in row])


def _first(start: str, lines: Iterator[str]) -> Iterator[str]:
    yield start
    yield from lines


def _for_csv(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return harmless(value) if isinstance(value, str) else str(value)


def harmless(text: str) -> str:
    """Return a text that a spreadsheet shows and never computes; a number is no text and keeps its minus sign.

    >>> harmless("=1+1"), harmless(" @SUM(A1)"), harmless("LOT-0001")
    ("'=1+1", "' @SUM(A1)", 'LOT-0001')
    """
    computed = text.lstrip().startswith(FORMULA_SIGNS) or text.startswith(("\t", "\r", "\n"))
    return f"'{text}" if computed else text


def _workbook(sheet: Sheet) -> Any:
    # Closed by the response that sends it.
    file = tempfile.TemporaryFile()  # noqa: SIM115
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    formats = {
        "head": book.add_format({"bold": True}),
        "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
    }
    page = book.add_worksheet()
    page.freeze_panes(1, 0)
    page.set_column(0, max(len(sheet.heads) - 1, 0), 18)
    for place, head in enumerate(sheet.heads):
        page.write_string(0, place, head, formats["head"])
    for number, row in enumerate(sheet.rows, start=1):
        for place, value in enumerate(row):
            _write(page, number, place, value, formats)
    book.close()
    file.seek(0)
    return file


def _write(page: Any, row: int, column: int, value: Value, formats: dict[str, Any]) -> None:
    """Write one cell by its type: what is text is written as text, whatever it begins with."""
    if value is None or value == "":
        return
    if isinstance(value, bool):
        page.write_string(row, column, "yes" if value else "no")
    elif isinstance(value, date) and value.year < FIRST_YEAR:
        page.write_string(row, column, _for_csv(value))
    elif isinstance(value, datetime):
        # A spreadsheet knows no time zones; the lab's own is what its pages show.
        page.write_datetime(row, column, timezone.localtime(value).replace(tzinfo=None), formats["moment"])
    elif isinstance(value, date):
        page.write_datetime(row, column, value, formats["day"])
    elif isinstance(value, str):
        page.write_string(row, column, value)
    elif _is_finite(value):
        page.write_number(row, column, value)
    else:
        page.write_string(row, column, str(value))


def _is_finite(number: float | Decimal) -> bool:
    return Decimal(number).is_finite()
