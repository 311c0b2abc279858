"""Logs that are no cycler's: an oven's temperature, a load cell's force, a glovebox's oxygen and water, over time.

They are a kind of their own, since they belong to a place and an hour and not to a cell; a test is joined with
them by time.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from testing.readers.base import AUXILIARY, DEFAULT_BUDGET, Budget, FlagBook, Reading, UnreadableFile
from testing.readers.columns import Column, Plan, scale_of
from testing.readers.lines import find_header, head_lines
from testing.readers.squidstat import parse_name
from testing.readers.table import read_table

FORMAT_NAME = "log of an oven, load cell or glovebox"
CLOCKS = frozenset(
    {"date time", "datetime", "timestamp", "date", "time", "date and time", "clock", "utc time"}
)
# What a column is called (a word of its name is enough), what it becomes, and what it measures.
QUANTITIES: Mapping[str, tuple[str, str]] = {
    "temperature": ("ambient_temperature_celsius", "temperature"),
    "temp": ("ambient_temperature_celsius", "temperature"),
    "force": ("force_newton", "force"),
    "load": ("force_newton", "force"),
    "pressure": ("surface_pressure_pa", "pressure"),
    "oxygen": ("oxygen_ppm", "share"),
    "o2": ("oxygen_ppm", "share"),
    "water": ("water_ppm", "share"),
    "moisture": ("water_ppm", "share"),
    "h2o": ("water_ppm", "share"),
}
# Largest sound value; what lies beyond is a sentinel or a broken sensor.
LARGEST = {
    "ambient_temperature_celsius": 2_000.0, "force_newton": 1e7, "surface_pressure_pa": 1e10,
    "oxygen_ppm": 1e6, "water_ppm": 1e6,
}  # fmt: skip
ISO = re.compile(r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?P<zone>Z|[+-]\d{2}:?\d{2})?$")
CYCLER_WORDS = ("voltage", "current", "potential", "volts", "amps", "frequency", "cycle", "step")


def words_of(field: str) -> list[str]:
    """Return the words of a column's name in lower case, its unit left out.

    >>> words_of("Oven_Temperature (°C)")
    ['oven', 'temperature']
    """
    return re.findall(r"[a-z0-9]+", parse_name(field.replace("_", " ")).name)


def quantity_of(field: str) -> tuple[str, str] | None:
    """Return what a column logs and its dimension, or None."""
    return next((QUANTITIES[word] for word in words_of(field) if word in QUANTITIES), None)


def is_clock(field: str) -> bool:
    return " ".join(words_of(field)) in CLOCKS


def is_header(fields: Sequence[str]) -> bool:
    """Return whether a line names a clock and something logged, and nothing that a cycler measures."""
    words = {word for field in fields for word in words_of(field)}
    named = [quantity_of(field) for field in fields]
    return any(map(is_clock, fields)) and any(named) and not words & set(CYCLER_WORDS)


def plan_of(fields: Sequence[str]) -> Plan:
    """Return which columns of a log are read; units come from its header alone."""
    columns: list[Column] = []
    left_out: list[str] = []
    taken: dict[str, str] = {}
    for index, field in enumerate(fields):
        found = quantity_of(field)
        if is_clock(field) and "clock" not in taken:
            taken["clock"] = field
            columns.append(Column(index, "clock", None, field))
        elif found and found[0] in taken:
            raise UnreadableFile(
                f"The columns '{taken[found[0]]}' and '{field}' both give {found[0]}; which one holds is not guessed."
            )
        elif found:
            target, dimension = found
            scale = scale_of(parse_name(field).unit, dimension=dimension, label=field)
            taken[target] = field
            columns.append(Column(index, target, scale, field))
        elif field:
            left_out.append(field)
    return Plan(tuple(columns), tuple(left_out))


@dataclass(frozen=True)
class AuxiliaryReader:
    name: str = "auxiliary-csv"
    version: str = "1"

    def recognises(self, head: bytes) -> bool:
        return b"\0" not in head and find_header(head_lines(head)[:40], is_header) is not None

    def read(self, path: Path, *, name: str, budget: Budget = DEFAULT_BUDGET) -> Reading:
        book = FlagBook()
        table = read_table(
            path,
            plan_of=plan_of,
            format_name=FORMAT_NAME,
            book=book,
            budget=budget,
            is_header=is_header,
            required=(),
        )
        clock = table.frame["clock"].cast(pl.String)
        frame, zone = with_iso_clock(table.frame, clock, book)
        return Reading(
            reader=self.name,
            reader_version=self.version,
            frame=in_log_order(frame, book),
            digits={name: count for name, count in table.digits.items() if name in LARGEST},
            flags=book.flags(),
            metadata=table.metadata() | {"clock": zone, "started_at": str(clock[0])},
            kind=AUXILIARY,
        )


def with_iso_clock(frame: pl.DataFrame, clock: pl.Series, book: FlagBook) -> tuple[pl.DataFrame, str]:
    """Return ``frame`` with ``clock_second`` and whether that is UTC or local; the day is never guessed."""
    first = ISO.match(str(clock[0]).strip())
    if first is None:
        raise UnreadableFile(
            f"The time '{clock[0]}' is not written as 2026-03-06 12:37:25; which of its numbers is the day is not "
            "guessed. Map the columns of this file and say how its time is written."
        )
    if first["zone"]:
        times = clock.str.to_datetime(time_zone="UTC", time_unit="us", strict=False)
    else:
        times = clock.str.to_datetime(time_unit="us", strict=False)
    seconds = times.dt.epoch("us") / 1e6
    return with_clock(frame, seconds, book), "UTC" if first["zone"] else "local"


def with_clock(frame: pl.DataFrame, seconds: pl.Series, book: FlagBook) -> pl.DataFrame:
    """Return the rows that have a time, the others named."""
    timed = frame.with_columns(clock_second=seconds)
    rows = timed.filter(pl.col("clock_second").is_null())["row"].to_list()
    book.add_rows(
        "not_a_time", rows, lambda place: f"Row {rows[place]} has no time that can be read and is left out."
    )
    kept = timed.filter(pl.col("clock_second").is_not_null())
    if kept.height * 2 < timed.height or kept.is_empty():
        raise UnreadableFile(
            f"{timed.height - kept.height} of {timed.height} rows have no time that can be read."
        )
    return kept


def in_log_order(frame: pl.DataFrame, book: FlagBook) -> pl.DataFrame:
    """Return the frame of an auxiliary Reading, in the order of the file; what no sensor gives is left empty."""
    logged = sorted(set(frame.columns) & set(LARGEST))
    for name in logged:
        odd = frame.filter(
            ~(pl.col(name).is_finite() & (pl.col(name).abs() <= LARGEST[name])) & pl.col(name).is_not_null()
        )
        rows, values = odd["row"].to_list(), odd[name].to_list()
        book.add_rows(
            "value_left_empty",
            rows,
            lambda place, rows=rows, values=values, name=name: (  # type: ignore[misc]
                f"Row {rows[place]} gives {values[place]:g} for {name}, which is left empty."
            ),
        )
        frame = frame.with_columns(
            pl.when(pl.col(name).is_finite() & (pl.col(name).abs() <= LARGEST[name]))
            .then(pl.col(name))
            .alias(name)
        )
    back = (frame["clock_second"].diff() < 0).sum()
    if back:
        book.add(
            "time_runs_backwards", f"The clock of this log runs backwards {back} times; nothing is sorted."
        )
    return frame.select("clock_second", pl.int_range(pl.len(), dtype=pl.Int64).alias("record_index"), *logged)
