"""Tables of measured points: joining the files of a test, and reading one cycle back."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path

import polars as pl
from django.conf import settings

from lims.blobs import store_path
from lims.models import Blob
from testing.calc.integrate import row_charge_ah
from testing.models import Cycle, Dataset, Polarity, Submission
from testing.readers import parquet
from testing.readers.base import REQUIRED

METHOD, METHOD_VERSION = "files_in_order", "2"
MAH_PER_AH = 1000
# What charge, cycles and their curves are computed from.
POINTS = (*REQUIRED, "step_count")


class FilesDoNotJoin(ValueError):
    """Two files of one test cannot follow each other; a person must decide."""


def scan(of: Dataset | Blob) -> pl.LazyFrame:
    """Return a table to ask questions of: numbers as doubles, rows numbered by ``record_index`` from 0."""
    return parquet.scan_table(_blob(of).path)


def read_table(blob: Blob) -> pl.DataFrame:
    """Return a whole table. For a few columns or rows of a large one use ``read_rows``."""
    return scan(blob).collect()


def read_rows(
    of: Dataset | Blob, columns: Sequence[str] = POINTS, *, first_row: int = 0, rows: int | None = None
) -> pl.DataFrame:
    """Return some columns of ``rows`` rows from ``first_row`` on (from 0, as Cycle.first_row counts), or of all.

    Only the groups of rows that hold them are read: some 2 ms for a cycle of 7,000 points out of millions.
    """
    return parquet.read_rows(_blob(of).path, columns, first_row=first_row, rows=rows)


def _blob(of: Dataset | Blob) -> Blob:
    return of.blob if isinstance(of, Dataset) else of


def join_tables(
    submissions: Sequence[Submission], *, polarity: str = Polarity.AS_RECORDED
) -> tuple[pl.DataFrame, Blob]:
    """Return the points of these files in order (``POINTS``), and the Parquet that holds all their columns.

    Step counts go on from file to file; times are the files' own, but for a file whose clock began anew
    (``follows_on``): they continue those of the file before it. Voltage and current are turned round where a
    person has said so. Raises FilesDoNotJoin where a file begins before the one before it has ended.
    """
    tables = [_table_of(submission) for submission in submissions]
    if len(tables) == 1 and polarity == Polarity.AS_RECORDED:
        return read_rows(tables[0]), tables[0]
    ends = [_end_of(table) for table in tables]
    steps_before = accumulate((end.steps for end in ends), initial=0)
    frames = [
        scan(table)
        .drop("record_index")
        .with_columns(pl.col("step_count") + steps, pl.col("test_time_second") + shift_s)
        for table, steps, shift_s in zip(tables, steps_before, _shifts_s(submissions, ends), strict=False)
    ]
    joined = turned(pl.concat(frames, how="diagonal_relaxed"), polarity)
    with temporary_path(".parquet") as path:
        parquet.write_table(joined, path)
        blob = store_path(path)
    return read_rows(blob), blob


def _shifts_s(submissions: Sequence[Submission], ends: Sequence[_End]) -> list[float]:
    """Return by how much each file's times are raised, or raise FilesDoNotJoin."""
    shifts = [0.0]
    for place, (before, submission) in enumerate(pairwise(submissions)):
        ends_s, begins_s = ends[place].last_s + shifts[-1], ends[place + 1].first_s
        if submission.follows_on:
            pause_s = _pause_s(before, submission, ends[place])
            shifts.append(ends_s - begins_s + pause_s)
            continue
        if begins_s + shifts[-1] < ends_s:
            raise FilesDoNotJoin(
                f"{submission.name} begins at {begins_s:g} s, before {before.name} ends at {ends_s:g} s; "
                "its lines do not continue that file. Assign it to a test of its own, or say which one is right."
            )
        # Another element of the experiment that began anew counts on by that clock.
        shifts.append(shifts[-1])
    return shifts


def _pause_s(before: Submission, after: Submission, end: _End) -> float:
    """Return how long the wall clocks say that nothing was recorded between two files; 0 where they say nothing."""
    if before.started_at is None or after.started_at is None:
        return 0.0
    pause_s = (after.started_at - before.started_at).total_seconds() - (end.last_s - end.first_s)
    if pause_s < 0:
        raise FilesDoNotJoin(
            f"By their clocks {after.name} was started {-pause_s:g} s before {before.name} ended. "
            "Say which one is right."
        )
    return pause_s


def turned(table: pl.LazyFrame, polarity: str) -> pl.LazyFrame:
    """Return the table as it would be had the cell been wired, or the file written, the right way round.

    What the instrument counted as charge was discharge, so its counters change places.
    """
    if polarity == Polarity.AS_RECORDED:
        return table
    turning = ["current_ampere"]
    if polarity == Polarity.LEADS_REVERSED:
        turning.append("voltage_volt")
    names = table.collect_schema().names()
    turning += [name for name in names if name.endswith("net_capacity_ah")]
    swapped = {
        name: name.replace("discharging", "charging")
        if "discharging" in name
        else name.replace("charging", "discharging")
        for name in names
        if name.endswith(("charging_capacity_ah", "charging_energy_wh"))
    }
    return table.with_columns(-pl.col(turning)).rename(swapped)


@dataclass(frozen=True)
class _End:
    """Where a table begins and ends on its own clock, in s, and how many steps it counts."""

    first_s: float
    last_s: float
    steps: int


def _end_of(table: Blob) -> _End:
    time_s = pl.col("test_time_second")
    row = scan(table).select(time_s.first(), last=time_s.last(), steps=pl.col("step_count").max()).collect()
    return _End(*row.row(0))


def _table_of(submission: Submission) -> Blob:
    if submission.table is None:
        raise ValueError(f"{submission.name} has not been read.")
    return submission.table


@contextmanager
def temporary_path(suffix: str) -> Iterator[Path]:
    """Lend a name in the lab's own data folder, so that renaming never crosses a file system."""
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
        yield Path(folder) / f"table{suffix}"


def extends(longer: Blob, shorter: Blob) -> bool:
    """Return whether ``longer`` begins with the whole lines of ``shorter``: the same file, exported later."""
    if longer.size_bytes < shorter.size_bytes:
        return False
    with longer.path.open("rb") as new, shorter.path.open("rb") as old:
        while chunk := old.read(1 << 20):
            same = new.read(len(chunk))
            if same != chunk:
                # A file read while it was written may end in half a line.
                whole = chunk.rfind(b"\n") + 1
                return not old.read(1) and whole > 0 and same[:whole] == chunk[:whole]
    return True


@dataclass(frozen=True)
class HalfCurve:
    """Voltage against the charge passed since the half cycle began."""

    direction: str
    capacity_mah: list[float]
    voltage_v: list[float]


def curves(dataset: Dataset, cycle: Cycle, *, points: int = 400) -> list[HalfCurve]:
    """Return the charge and discharge curves of one cycle, thinned to about ``points`` each.

    The row before the cycle is read too: the interval that ends at the cycle's first row belongs to it.
    """
    before = 1 if cycle.first_row else 0
    first = cycle.first_row - before
    rows = read_rows(dataset, first_row=first, rows=cycle.last_row - first + 1)
    frame = rows.with_columns((row_charge_ah(rows) * MAH_PER_AH).alias("charge_mah")).slice(before)
    found = []
    for direction, sign in (("charge", 1), ("discharge", -1)):
        half = frame.filter(pl.col("current_ampere") * sign > 0)
        if half.height < 2:
            continue
        capacity_mah = half["charge_mah"].cum_sum() * sign
        every = max(1, half.height // points)
        kept = sorted({*range(0, half.height, every), half.height - 1})
        found.append(HalfCurve(direction, capacity_mah[kept].to_list(), half["voltage_volt"][kept].to_list()))
    return found
