"""Tables of measured points: joining the files of a test, and reading one cycle back."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import polars as pl
from django.conf import settings

from lims.blobs import store_path
from lims.models import Blob
from testing.calc.integrate import row_charge_ah
from testing.models import Cycle, Dataset, Submission

METHOD, METHOD_VERSION = "files_in_order", "1"
ROW_GROUP_ROWS = 50_000
MAH_PER_AH = 1000


class FilesDoNotJoin(ValueError):
    """Two files of one test cannot follow each other; a person must decide."""


def read_table(blob: Blob) -> pl.DataFrame:
    return pl.read_parquet(blob.path)


def join_tables(submissions: Sequence[Submission]) -> tuple[pl.DataFrame, Blob]:
    """Return the points of these files in order, and the Parquet that holds them.

    Step counts and record indices go on from file to file; times are the files' own. Raises FilesDoNotJoin
    where a file begins before the one before it has ended.
    """
    first = _table_of(submissions[0])
    if len(submissions) == 1:
        return read_table(first), first
    frames = [read_table(first)]
    for before, submission in pairwise(submissions):
        frame, last = read_table(_table_of(submission)), frames[-1]
        ends_s, begins_s = last["test_time_second"][-1], frame["test_time_second"][0]
        if begins_s < ends_s:
            raise FilesDoNotJoin(
                f"{submission.name} begins at {begins_s:g} s, before {before.name} ends at {ends_s:g} s; "
                "its lines do not continue that file. Assign it to a test of its own, or say which one is right."
            )
        steps, records = last["step_count"].max(), last["record_index"].max()
        frames.append(frame.with_columns(pl.col("step_count") + steps, pl.col("record_index") + records + 1))
    joined = pl.concat(frames, how="diagonal_relaxed", rechunk=True)
    with temporary_path(".parquet") as path:
        joined.write_parquet(path, compression="zstd", row_group_size=ROW_GROUP_ROWS)
        return joined, store_path(path)


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
    rows = (
        pl.scan_parquet(dataset.blob.path)
        .slice(cycle.first_row - before, cycle.last_row - cycle.first_row + 1 + before)
        .select("test_time_second", "voltage_volt", "current_ampere", "step_count")
        .collect()
    )
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
