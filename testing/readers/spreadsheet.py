"""A spreadsheet (``.xlsx``): each of its sheets written as CSV, and read by whichever reader knows that."""

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import fastexcel
import polars as pl

from testing.readers.base import HEAD_BYTES, Budget, UnreadableFile, check_file_size
from testing.readers.lines import shown

ZIP_MARK = b"PK\x03\x04"
MARK = b"xl/"
MOST_MEMBERS = 5_000
MOST_UNPACKED_BYTES = 400_000_000


def is_spreadsheet(head: bytes) -> bool:
    return head.startswith(ZIP_MARK) and (MARK in head or b"[Content_Types].xml" in head)


def check_archive(path: Path, budget: Budget) -> None:
    """Judge the archive by its directory alone: a small file may unpack to more than the machine holds."""
    check_file_size(path, budget)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise UnreadableFile(f"The spreadsheet is damaged or cut off: {shown(str(error))}.") from error
    unpacked_bytes = sum(member.file_size for member in members)
    most_bytes = min(budget.unpacked_bytes, MOST_UNPACKED_BYTES)
    if len(members) > MOST_MEMBERS or unpacked_bytes > most_bytes:
        raise UnreadableFile(
            f"The spreadsheet unpacks to {len(members)} files and {unpacked_bytes} bytes; at most {MOST_MEMBERS} "
            f"files and {most_bytes} bytes are read. Save its sheets as CSV."
        )
    if not any(member.filename.startswith("xl/") for member in members):
        raise UnreadableFile(
            "The file is a zip archive, but it holds no spreadsheet. Send the files in it one by one."
        )


def sheet_names(path: Path, budget: Budget) -> list[str]:
    """Return the names of the sheets in their order, or raise UnreadableFile."""
    check_archive(path, budget)
    try:
        names: list[str] = fastexcel.read_excel(path.read_bytes()).sheet_names
    except fastexcel.FastExcelError as error:
        raise UnreadableFile(f"The spreadsheet cannot be read: {shown(str(error), 200)}.") from error
    return names


def sheet_as_csv(path: Path, sheet: str, budget: Budget) -> bytes:
    """Return a sheet as CSV in UTF-8, numbers with every digit that they have, empty rows left out."""
    try:
        table = fastexcel.read_excel(path.read_bytes()).load_sheet(sheet, header_row=None, dtypes="string")
        frame = table.to_polars()
    except fastexcel.FastExcelError as error:
        raise UnreadableFile(f"The sheet '{sheet}' cannot be read: {shown(str(error), 200)}.") from error
    if frame.width > budget.columns:
        raise UnreadableFile(
            f"The sheet '{sheet}' has {frame.width} columns; at most {budget.columns} are read."
        )
    filled = frame.filter(pl.any_horizontal(pl.all().fill_null("").str.strip_chars() != ""))
    if filled.is_empty():
        return b""
    # A line end inside a cell would end the row.
    plain = filled.select(pl.all().fill_null("").str.replace_all(r"[\r\n]+", " "))
    out = io.BytesIO()
    plain.write_csv(out, include_header=False, quote_style="necessary")
    return out.getvalue()


@contextmanager
def sheets_as_files(path: Path, budget: Budget) -> Iterator[list[tuple[str, Path, bytes]]]:
    """Lend each sheet that holds something as a CSV file: its name, its path and its first bytes."""
    with TemporaryDirectory() as folder:
        lent = []
        for place, sheet in enumerate(sheet_names(path, budget)):
            content = sheet_as_csv(path, sheet, budget)
            if content:
                file = Path(folder) / f"{place}.csv"
                file.write_bytes(content)
                lent.append((sheet, file, content[:HEAD_BYTES]))
        yield lent
