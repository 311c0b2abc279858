"""Squidstat (Admiral Instruments) CSV, from version 2.11 of its software to the later ones.

The two differ in their units (mA and A), in the step (``1_1``, or a whole number beside ``Repeats``) and in
a clock that only the later one has. People re-save both with a spreadsheet before they send them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from testing.readers.base import DEFAULT_BUDGET, Budget, FlagBook, Reading, UnreadableFile
from testing.readers.checks import check_clock, in_bdf_order
from testing.readers.columns import Column, Plan, check_targets, scale_of
from testing.readers.lines import header_fields
from testing.readers.table import Table, read_table

FORMAT_NAME = "Squidstat file"
# Target and dimension by what stands before the unit. The charge is a signed sum that never resets; its first
# value may hold hours of current that never flowed, so it is a cross-check and no more.
NUMBERS = {
    "elapsed time": ("test_time_second", "time"),
    "working electrode": ("voltage_volt", "voltage"),
    "current": ("current_ampere", "current"),
    "cumulative charge": ("net_capacity_ah", "charge"),
    "utc time": ("unix_time_second", "time"),
}
TEXTS = {"step number": "step_id", "repeats": "repeats", "step name": "step_name"}
REQUIRED_NAMES = {
    "test_time_second": "Elapsed Time (s)",
    "voltage_volt": "Working Electrode (V)",
    "current_ampere": "Current (A)",
}

NAME_AND_UNIT = re.compile(r"^(?P<name>.*?)\s*(?:\((?P<unit>[^()]*)\))?$")
FILE_NAME = re.compile(
    r"^(?P<place>\d+)_(?P<experiment>.+)-(?P<element>.+) (?P<start>\d{8} \d{6})\.csv$", re.IGNORECASE
)
NAMED_STEPS = 50
SIGNIFICANT_DIGITS = 6


@dataclass(frozen=True)
class HeaderName:
    """A field of the header: what it is called, in lower case, and its unit."""

    name: str
    unit: str | None


def parse_name(field: str) -> HeaderName:
    """Return name and unit of a header's field.

    >>> parse_name("Current (mA)")
    HeaderName(name='current', unit='mA')
    """
    match = NAME_AND_UNIT.match(" ".join(field.split()))
    if match is None:
        return HeaderName(field.casefold(), None)
    return HeaderName(match["name"].casefold(), match["unit"])


def plan_of(fields: Sequence[str]) -> Plan:
    """Return which columns of a Squidstat header are read, or raise UnreadableFile."""
    columns: list[Column] = []
    left_out: list[str] = []
    remarks: list[tuple[str, str]] = []
    for index, field in enumerate(fields):
        parsed = parse_name(field)
        if parsed.name in TEXTS and parsed.unit is None:
            columns.append(Column(index, TEXTS[parsed.name], None, field))
        elif parsed.name in NUMBERS:
            target, dimension = NUMBERS[parsed.name]
            try:
                scale = scale_of(parsed.unit, dimension=dimension, label=field)
            except UnreadableFile:
                if target in REQUIRED_NAMES:
                    raise
                remarks.append(("unknown_unit", f"The unit of '{field}' is not known, so it is left out."))
                left_out.append(field)
                continue
            columns.append(Column(index, target, scale, field))
        else:
            left_out.append(field)
    check_targets(columns, names=REQUIRED_NAMES, format_name=FORMAT_NAME)
    return Plan(tuple(columns), tuple(left_out), tuple(remarks))


@dataclass(frozen=True)
class SquidstatReader:
    name: str = "squidstat-csv"
    version: str = "1"

    def recognises(self, head: bytes) -> bool:
        fields = header_fields(head)
        names = {parse_name(field).name for field in fields}
        return {"elapsed time", "working electrode"} <= names

    def read(self, path: Path, *, name: str, budget: Budget = DEFAULT_BUDGET) -> Reading:
        book = FlagBook()
        table = read_table(path, plan_of=plan_of, format_name=FORMAT_NAME, book=book, budget=budget)
        check_clock(table.frame, book)
        frame = in_bdf_order(
            table.frame.drop("repeats", "step_name", strict=False), step=step_of(table.frame), book=book
        )
        return Reading(
            reader=self.name,
            reader_version=self.version,
            frame=frame,
            digits={column: _written(seen) for column, seen in table.digits.items()},
            flags=book.flags(),
            metadata=table.metadata() | dialect_of(table) | from_file_name(name),
        )


def _written(seen: int | None) -> int | None:
    """Return the digits that a column is written with: zeros at the end are left out, so 360 s may be 360.000 s."""
    return None if seen is None else max(seen, SIGNIFICANT_DIGITS)


def step_of(frame: pl.DataFrame) -> pl.Series | None:
    """Return what names each row's step: ``1_1``, as version 2.11 writes it or joined from two columns."""
    if "step_id" not in frame.columns:
        return None
    if "repeats" not in frame.columns:
        return frame["step_id"]
    return frame.select(
        pl.concat_str(pl.col("step_id", "repeats").cast(pl.String), separator="_", ignore_nulls=True)
    )["step_id"]


def dialect_of(table: Table) -> dict[str, str]:
    facts = {"dialect": "later" if "repeats" in table.frame.columns else "2.11"}
    if "step_name" in table.frame.columns:
        names = table.frame["step_name"].drop_nulls().unique(maintain_order=True).cast(pl.String)
        facts["step_names"] = "; ".join(names.head(NAMED_STEPS))
    return facts


def from_file_name(name: str) -> dict[str, str]:
    """Return what the instrument's own file name says; its time is local and names no zone.

    >>> from_file_name("3_cell 42-Cycling 20200304 123456.csv")["started_at"]
    '2020-03-04T12:34:56'
    """
    match = FILE_NAME.match(name)
    if match is None:
        return {}
    facts = {
        "element_number": match["place"],
        "experiment": match["experiment"],
        "element": match["element"],
    }
    try:
        started = datetime.strptime(match["start"], "%Y%m%d %H%M%S")  # noqa: DTZ007  the name has no zone
    except ValueError:
        return facts
    return facts | {"started_at": started.isoformat()}
