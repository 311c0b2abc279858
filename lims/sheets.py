"""From a file or a paste to rows of text: CSV and TSV of any delimiter, XLSX with its cells as people see them."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from xml.etree import ElementTree

import fastexcel
from django.core.exceptions import ValidationError

MOST_ROWS = 2000
MOST_COLUMNS = 200
MOST_BYTES = 10 * 1024**2
# What a workbook may swell to: far above any sheet of 2,000 rows, far below what would fill a server's memory.
MOST_UNPACKED_BYTES = 200 * 1024**2
DELIMITERS = ("\t", ";", ",")
# How a file begins that is a zipped workbook, and an old one that is none.
ZIPPED, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
MOMENT = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")
COMMA_NUMBER = re.compile(r"^[-+\u2212]?\d+,(\d+)$")
POINT_NUMBER = re.compile(r"^[-+\u2212]?\d*\.\d+$")


@dataclass(frozen=True)
class Line:
    """A row as it stands in the file, under its number there."""

    number: int
    cells: list[str]


@dataclass(frozen=True)
class Sheet:
    """One table: its heads, its rows, and what was noticed while reading. ``typed`` sheets know dates from text."""

    name: str
    header: list[str]
    lines: list[Line]
    delimiter: str = ""
    typed: bool = False
    notes: list[str] = field(default_factory=list)
    formulas: list[str] = field(default_factory=list)


def read_upload(name: str, content: bytes) -> list[Sheet]:
    """Return the tables of a file, or raise ValidationError with what is wrong with it."""
    if len(content) > MOST_BYTES:
        raise ValidationError(f"{name} is too large: a sheet of at most 10 MB is read.")
    if not content.strip():
        raise ValidationError(f"{name} is empty.")
    if content.startswith(OLD_EXCEL) or name.lower().endswith(".xls"):
        raise ValidationError(f"{name} is an old Excel file: save it as .xlsx or .csv.")
    if content.startswith(ZIPPED):
        return _workbook(name, content)
    text, notes = _decoded(name, content)
    return [read_text(text, name=name, notes=notes)]


def read_text(text: str, *, name: str = "", notes: Sequence[str] = ()) -> Sheet:
    """Return the table of a CSV's text or of a paste from a spreadsheet."""
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            rows.append((reader.line_num, [cell.strip() for cell in row]))
            if len(rows) > MOST_ROWS + 50:
                break
    except csv.Error as error:
        raise ValidationError(f"Line {reader.line_num} cannot be read as a table: {error}.") from error
    return _sheet(name, rows, delimiter=delimiter, notes=list(notes))


def packed(name: str, sheets: Sequence[Sheet]) -> str:
    """Return tables as one text, so that a page can send back exactly what was checked."""
    told = [asdict(sheet) for sheet in sheets]
    return json.dumps({"name": name, "sheets": told}, ensure_ascii=False, separators=(",", ":"))


def unpacked(text: str) -> tuple[str, list[Sheet]]:
    """Return what `packed` took, or raise ValidationError where it is something else."""
    try:
        told = json.loads(text)
        sheets = [
            Sheet(
                **{
                    **sheet,
                    "lines": [Line(int(line["number"]), list(line["cells"])) for line in sheet["lines"]],
                }
            )
            for sheet in told["sheets"]
        ]
        name = str(told["name"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ValidationError("The rows did not arrive whole: send them once more.") from error
    if not sheets:
        raise ValidationError("The rows did not arrive whole: send them once more.")
    for sheet in sheets:
        width = len(sheet.header)
        if not all(
            isinstance(cell, str) for line in sheet.lines for cell in (*line.cells, *sheet.header)
        ) or any(len(line.cells) != width for line in sheet.lines):
            raise ValidationError("The rows did not arrive whole: send them once more.")
    if sum(len(sheet.lines) for sheet in sheets) > MOST_ROWS:
        raise ValidationError(_too_many(sum(len(sheet.lines) for sheet in sheets)))
    return name, sheets


def read_rows(rows: Sequence[dict[str, object]]) -> Sheet:
    """Return the table of rows that came as JSON objects, numbered from 1."""
    if len(rows) > MOST_ROWS:
        raise ValidationError(_too_many(len(rows)))
    header = list(dict.fromkeys(name for row in rows for name in row))
    return Sheet(
        "",
        header,
        [Line(n, [_spelled(row.get(name)) for name in header]) for n, row in enumerate(rows, start=1)],
    )


def _spelled(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list | bool):
        raise ValidationError(f"A cell holds text or a number, not {value!r:.60}.")
    return str(value).strip()


def _sheet(
    name: str,
    rows: Iterable[tuple[int, list[str]]],
    *,
    delimiter: str = "",
    typed: bool = False,
    notes: list[str] | None = None,
) -> Sheet:
    """Take the first filled row for the heads; empty rows and those that begin with # are left out."""
    filled = [(number, cells) for number, cells in rows if any(cells)]
    if not filled:
        raise ValidationError(f"{name or 'The table'} has no rows.")
    header = filled[0][1]
    lines = [Line(number, cells) for number, cells in filled[1:] if not cells[0].startswith("#")]
    if len(lines) > MOST_ROWS:
        raise ValidationError(_too_many(len(lines)))
    if len(header) > MOST_COLUMNS:
        raise ValidationError(f"A table has at most {MOST_COLUMNS} columns; this one has {len(header)}.")
    for line in lines:
        if any(line.cells[len(header) :]):
            raise ValidationError(f"Row {line.number} has more cells than there are heads.")
        line.cells[len(header) :] = []
        line.cells.extend("" for _ in range(len(header) - len(line.cells)))
    return Sheet(name, header, lines, delimiter, typed, notes or [])


def _too_many(rows: int) -> str:
    said = f"{rows:,}" if rows <= MOST_ROWS + 40 else f"more than {MOST_ROWS:,}"
    return f"The table has {said} rows; at most {MOST_ROWS:,} are entered at once. Send it in parts."


def _decoded(name: str, content: bytes) -> tuple[str, list[str]]:
    """Return the text and, where the encoding had to be assumed, a sentence that says so."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        # Windows-1252 is what Excel calls ANSI: Latin-1 with a few signs more.
        text = content.decode("cp1252", errors="replace")
        note = "The file is not UTF-8; it was read as Latin-1 (Windows-1252). Look at µ, ° and names with accents."
        return _printable(name, text), [note]
    return _printable(name, text), []


def _printable(name: str, text: str) -> str:
    if "\x00" in text:
        raise ValidationError(f"{name} is no table: save it as .xlsx or .csv.")
    return text


def _delimiter(text: str) -> str:
    """Return what parts the cells: of tab, semicolon and comma the one that the first line has most of."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    unquoted = re.sub(r'"[^"]*"', "", first)
    return max(DELIMITERS, key=unquoted.count) if any(d in unquoted for d in DELIMITERS) else ","


# --- workbooks ----------------------------------------------------------------------------------------------


def _workbook(name: str, content: bytes) -> list[Sheet]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            _judge_parts(name, parts)
            formulas = _formulas(parts)
        found = fastexcel.read_excel(content)
        sheets = [_worksheet(found, sheet_name) for sheet_name in found.sheet_names]
    except (zipfile.BadZipFile, ElementTree.ParseError, KeyError, fastexcel.FastExcelError) as error:
        raise ValidationError(f"{name} is no workbook that can be read: {str(error)[:120]}.") from error
    filled = [(sheet_name, rows) for sheet_name, rows in sheets if any(any(cells) for _, cells in rows)]
    if not filled:
        raise ValidationError(f"{name} has no rows.")
    return [
        replace(_sheet(sheet_name, rows, typed=True), formulas=formulas.get(sheet_name, []))
        for sheet_name, rows in filled
    ]


def _judge_parts(name: str, parts: zipfile.ZipFile) -> None:
    names = parts.namelist()
    if any("vbaProject" in part for part in names):
        raise ValidationError(f"{name} holds macros: save it as .xlsx without them.")
    if "xl/workbook.xml" not in names:
        raise ValidationError(f"{name} is no Excel workbook: save it as .xlsx or .csv.")
    if sum(part.file_size for part in parts.infolist()) > MOST_UNPACKED_BYTES:
        raise ValidationError(
            f"{name} is larger than any sheet of {MOST_ROWS:,} rows; remove what is not the table."
        )


def _worksheet(found: fastexcel.ExcelReader, name: str) -> tuple[str, list[tuple[int, list[str]]]]:
    # As text, a number is its shortest spelling: 8.1, not the 8.0999999999999996 that the file keeps.
    sheet = found.load_sheet(name, header_row=None, skip_rows=0, n_rows=MOST_ROWS + 50, dtypes="string")
    columns = sheet.to_polars().rows() if sheet.width else []
    return name, [(n, [(cell or "").strip() for cell in row]) for n, row in enumerate(columns, start=1)]


def _formulas(parts: zipfile.ZipFile) -> dict[str, list[str]]:
    """Return by sheet which cells hold a formula: what such a cell shows depends on who last computed it."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    relation = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    targets = {
        one.get("Id", ""): one.get("Target", "")
        for one in ElementTree.fromstring(parts.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - sizes are judged
    }
    cells: dict[str, list[str]] = {}
    for sheet in ElementTree.fromstring(parts.read("xl/workbook.xml")).iter(f"{space}sheet"):  # noqa: S314
        target = targets.get(sheet.get(relation, ""), "").removeprefix("/xl/").removeprefix("xl/")
        if f"xl/{target}" not in parts.namelist():
            continue
        with parts.open(f"xl/{target}") as part:
            for _, cell in ElementTree.iterparse(part):  # noqa: S314
                if cell.tag == f"{space}c":
                    if cell.find(f"{space}f") is not None:
                        cells.setdefault(sheet.get("name", ""), []).append(cell.get("r", "A1"))
                    cell.clear()
    return cells


# --- numbers ------------------------------------------------------------------------------------------------


def decimal_comma(cells: Sequence[str], delimiter: str = "") -> bool | None:
    """Return whether these numbers are written with a decimal comma; None where they do not say.

    12,5 says so, and so does a table parted by semicolons; 1,234 alone may be 1.234 or 1234.

    >>> decimal_comma(["12,5", "1,234"]), decimal_comma(["1,234"]), decimal_comma(["1,234"], ";")
    (True, None, True)
    >>> decimal_comma(["1.5", "2"])
    False
    """
    commas = [found.group(1) for cell in cells if (found := COMMA_NUMBER.match(cell))]
    if not commas:
        return False
    if any(POINT_NUMBER.match(cell) for cell in cells):
        return None
    return True if delimiter == ";" or any(len(decimals) != 3 for decimals in commas) else None
