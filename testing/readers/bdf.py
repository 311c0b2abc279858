"""The Battery Data Format (ontology v1.3.0) as CSV and as Parquet; Battery Data Alliance, LF Energy.

A header names its columns either by preferred label (``Voltage / V``) or by machine name (``voltage_volt``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from testing.readers.base import (
    CYCLING,
    DEFAULT_BUDGET,
    HEAD_BYTES,
    IMPEDANCE,
    REQUIRED,
    REQUIRED_OF_IMPEDANCE,
    Budget,
    FlagBook,
    Reading,
    UnreadableFile,
    check_file_size,
)
from testing.readers.bdf_names import TEXT_NAMES, machine_name
from testing.readers.checks import check_clock, count_steps, drop_faulty, in_bdf_order
from testing.readers.columns import Column, Plan, Scale, check_targets
from testing.readers.impedance import in_sweeps
from testing.readers.lines import header_fields, shown
from testing.readers.table import read_table

FORMAT_NAME = "BDF table"
# What names a step, best first. ``step_index`` is deprecated and was used for the number of the step; where
# it counts records instead, it is no step.
STEP_NAMES = ("step_id", "step_count", "step_index")
PARQUET_MARK = b"PAR1"
FOOTER_BYTES = 16_000_000
VALUE_BYTES = 8


def plan_of(fields: Sequence[str]) -> Plan:
    """Return which columns of a BDF header are read, or raise UnreadableFile.

    A table with frequencies is one of impedance, and what every row needs is another.
    """
    required = required_of(fields)
    columns: list[Column] = []
    left_out: list[str] = []
    remarks: list[tuple[str, str]] = []
    ways: set[bool] = set()
    for index, field in enumerate(fields):
        try:
            known = machine_name(field)
        except UnreadableFile as error:
            if _is_one_of(required, field):
                raise
            remarks.append(("unknown_unit", f"{error} It is left out."))
            known = None
        if known is None or known.name == "record_index":
            left_out.append(field)
            continue
        ways.add(known.is_label)
        scale = None if known.name in TEXT_NAMES else known.scale
        columns.append(Column(index, known.name, scale, field))
    if len(ways) == 2:
        remarks.append(("mixed_names", "The header mixes preferred labels and machine names."))
    check_targets(columns, names={name: name for name in required}, format_name=FORMAT_NAME)
    return Plan(tuple(columns), tuple(left_out), tuple(remarks))


def _is_one_of(names: Sequence[str], label: str) -> bool:
    """Return whether a preferred label, its unit left aside, is that of one of ``names``."""
    quantity = label.partition("/")[0].strip().casefold().replace(" ", "_")
    return any(name.startswith(f"{quantity}_") for name in names)


def names_in(fields: Sequence[str]) -> set[str]:
    """Return the BDF columns that a header names; a column in an unknown unit is none of them."""
    found = set()
    for field in fields:
        try:
            known = machine_name(field)
        except UnreadableFile:
            continue
        if known is not None:
            found.add(known.name)
    return found


def looks_like_bdf(fields: Sequence[str]) -> bool:
    """Return whether at least two of the three required columns stand in a header under a BDF name."""
    return len(names_in(fields) & set(required_of(fields))) >= 2


def required_of(fields: Sequence[str]) -> tuple[str, ...]:
    """Return what every row of the table must give: of impedance if it names a frequency, else of cycling."""
    return REQUIRED_OF_IMPEDANCE if "frequency_hertz" in names_in(fields) else REQUIRED


def finish(frame: pl.DataFrame, book: FlagBook) -> pl.DataFrame:
    """Return the frame of a Reading from BDF columns and ``row``, with its clock, steps and cycles judged."""
    if "frequency_hertz" in frame.columns:
        return in_sweeps(check_cycles(frame, book))
    check_clock(frame, book)
    step = step_of(frame, book)
    frame = check_cycles(frame, book).drop(*STEP_NAMES, "step_type", strict=False)
    return in_bdf_order(frame, step=step, book=book)


def kind_of(required: tuple[str, ...]) -> str:
    return IMPEDANCE if required == REQUIRED_OF_IMPEDANCE else CYCLING


def step_of(frame: pl.DataFrame, book: FlagBook) -> pl.Series | None:
    """Return what names each row's step as text, or None if the file does not say."""
    name = next((name for name in STEP_NAMES if name in frame.columns), None)
    if name is None:
        return None
    step = frame[name]
    if name == "step_index" and step.len() > 2 and count_steps(step)[-1] > step.len() / 2:
        book.add("step_index_not_used", "step_index changes with nearly every row, so it names no step.")
        return None
    return step if name == "step_id" else step.cast(pl.Int64, strict=False).cast(pl.String)


def check_cycles(frame: pl.DataFrame, book: FlagBook) -> pl.DataFrame:
    """Return ``frame`` with whole cycle counts, never renumbered; one that is not whole is left empty."""
    if "cycle_count" not in frame.columns:
        return frame
    count = frame["cycle_count"].cast(pl.Float64, strict=False)
    whole = (count == count.round()) & (count >= 0)
    odd = frame.select("row", count=count).filter(~whole.fill_null(value=True))
    rows = odd["row"].to_list()
    book.add_rows(
        "cycle_count_not_whole",
        rows,
        lambda place: (
            f"Row {rows[place]} gives the cycle count {odd['count'][place]:g}, which is left empty."
        ),
    )
    cycles = frame.select(pl.when(pl.lit(whole)).then(pl.lit(count)).cast(pl.Int64, strict=False))
    return frame.with_columns(cycles.to_series().alias("cycle_count"))


@dataclass(frozen=True)
class BdfCsvReader:
    name: str = "bdf-csv"
    version: str = "1"

    def recognises(self, head: bytes) -> bool:
        return looks_like_bdf(header_fields(head))

    def read(self, path: Path, *, name: str, budget: Budget = DEFAULT_BUDGET) -> Reading:
        book = FlagBook()
        with path.open("rb") as stream:
            required = required_of(header_fields(stream.read(HEAD_BYTES)))
        table = read_table(
            path, plan_of=plan_of, format_name=FORMAT_NAME, book=book, budget=budget, required=required
        )
        frame = finish(table.frame, book)
        digits = {name: count for name, count in table.digits.items() if name in frame.columns}
        return Reading(
            self.name, self.version, frame, digits, book.flags(), table.metadata(), kind_of(required)
        )


@dataclass(frozen=True)
class BdfParquetReader:
    name: str = "bdf-parquet"
    version: str = "1"

    def recognises(self, head: bytes) -> bool:
        return head.startswith(PARQUET_MARK)

    def read(self, path: Path, *, name: str, budget: Budget = DEFAULT_BUDGET) -> Reading:
        book = FlagBook()
        check_footer(path, budget)
        try:
            plan = self._plan(path, budget)
            frame = self._unpack(path, plan)
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
            raise UnreadableFile(f"The Parquet file cannot be unpacked: {shown(str(error))}.") from error
        for code, sentence in plan.remarks:
            book.add(code, sentence)
        required = required_of([column.label for column in plan.columns])
        frame = finish(drop_faulty(frame, book, required), book)
        digits = {column.target: None for column in plan.columns if column.target in frame.columns}
        metadata = {"columns_read": "; ".join(column.label for column in plan.columns)}
        if plan.left_out:
            metadata["columns_left_out"] = "; ".join(plan.left_out)
        return Reading(self.name, self.version, frame, digits, book.flags(), metadata, kind_of(required))

    def _plan(self, path: Path, budget: Budget) -> Plan:
        """Judge the file by its footer alone: a small file may unpack to more than the machine holds."""
        schema = pl.read_parquet_schema(path)
        if len(schema) > budget.columns:
            raise UnreadableFile(f"The table has {len(schema)} columns; at most {budget.columns} are read.")
        if not looks_like_bdf(list(schema)):
            listed = shown(", ".join(schema), 200)
            raise UnreadableFile(
                f"This Parquet file is no BDF table. Its columns are: {listed}. Convert it to BDF, with "
                "test_time_second in s, voltage_volt in V and current_ampere in A, and send it again."
            )
        plan = plan_of(list(schema))
        for column in plan.columns:
            kind = schema[column.label]
            if not (kind.is_numeric() or (column.scale is None and kind in (pl.String, pl.Categorical))):
                raise UnreadableFile(f"The column '{column.label}' holds {kind}, not numbers.")
        rows = pl.scan_parquet(path).select(pl.len()).collect().item()
        unpacked_bytes = rows * len(plan.columns) * VALUE_BYTES
        if rows > budget.rows or unpacked_bytes > budget.unpacked_bytes:
            raise UnreadableFile(
                f"The table unpacks to {rows} rows and {unpacked_bytes} bytes; at most {budget.rows} rows "
                f"and {budget.unpacked_bytes} bytes are read."
            )
        if rows == 0:
            raise UnreadableFile("The BDF table holds no row of data.")
        return plan

    def _unpack(self, path: Path, plan: Plan) -> pl.DataFrame:
        return (
            pl.scan_parquet(path)
            .select(_unpacked(column) for column in plan.columns)
            .with_columns(row=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
            .collect()
        )


def _unpacked(column: Column) -> pl.Expr:
    values = pl.col(column.label).alias(column.target)
    if column.scale is None:
        return values.cast(pl.String)
    values = values.cast(pl.Float64)
    if column.scale == Scale():
        return values
    return values * column.scale.multiply / column.scale.divide


def check_footer(path: Path, budget: Budget) -> None:
    """Raise UnreadableFile unless the end of a Parquet file is whole and its metadata of a sane size."""
    check_file_size(path, budget)
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 8))
        end = stream.read()
    if len(end) < 8 or end[4:] != PARQUET_MARK:
        raise UnreadableFile("The Parquet file has no end: it is cut off. Send it again.")
    footer_bytes = int.from_bytes(end[:4], "little")
    if footer_bytes > min(FOOTER_BYTES, path.stat().st_size):
        raise UnreadableFile(f"The Parquet file's metadata claims {footer_bytes} bytes, which cannot be.")
