"""Tables on disk: Parquet in BDF machine names, its numbers the decimals that the file wrote.

A current of ``1.05398`` mA is 105398 times 10^-8 A. Kept so it takes a byte or two a row, loses no digit, and
any tool that knows Parquet sees a decimal number. A column of other numbers (all the digits that a double
has, 32-bit floats of a binary file) is kept as the floats it is.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

# A cycle of some thousand points lies in one or two groups, which are read alone in 2 ms.
ROW_GROUP_ROWS = 32_768
# Level 3 packs a column of one noisy current better than 1, and faster than those above.
COMPRESSION_LEVEL = 3
PRECISION = 18
MOST_DECIMALS = 18
# 14 digits are one decimal number and one double; near 16 every double is close to some decimal.
MOST_DIGITS = 14
# A value that was divided by 1000 on its way may lie a step or two beside the double of its decimal.
STEPS_BESIDE = 2 * float(np.finfo(np.float64).eps)
SAMPLED_ROWS = 4_000
# A counter begins at 0 and shows more decimals there than ever after: so many of its values decide.
USUAL = 0.98
REST = ".rest"
TRIES = 4


def part_name(out: Path, *, pid: int) -> Path:
    """Return the name that a process writes under until the file is whole."""
    return out.with_name(f".{out.name}.{pid}.part")


@dataclass(frozen=True)
class Kept:
    """How a column of doubles is kept.

    decimals   Decimals of its numbers.
    all        Decimals of all of them, where a few have more: what is left of those stands in a column beside it.
    """

    decimals: int
    all: int

    def columns(self, name: str) -> list[pl.Expr]:
        """Return the columns that hold it, which add up to it."""
        whole = pl.col(name).cast(pl.Decimal(PRECISION, self.all))
        if self.all == self.decimals:
            return [whole]
        most = pl.col(name).cast(pl.Decimal(PRECISION, self.decimals))
        rest = (whole - most.cast(pl.Decimal(PRECISION, self.all))).cast(pl.Decimal(PRECISION, self.all))
        return [most, rest.alias(f"{name}{REST}")]


def write_table(frame: pl.DataFrame | pl.LazyFrame, out: Path) -> None:
    """Write ``frame`` so that ``out`` is either whole or not there; its ``record_index`` is the row's place.

    Floats become decimals wherever every value of the column is one of at most 14 digits.
    """
    lazy = frame.lazy()
    schema = lazy.collect_schema()
    columns = [name for name in schema if name != "record_index"]
    kept = kept_as(lazy, [name for name in columns if schema[name] == pl.Float64])
    texts = [name for name in columns if schema[name] == pl.Categorical]
    singles = single_floats(
        lazy, [name for name in columns if schema[name] == pl.Float64 and name not in kept]
    )
    written: list[pl.Expr] = []
    for name in columns:
        if name in kept:
            written += kept[name].columns(name)
        elif name in texts:
            written.append(pl.col(name).cast(pl.String))
        else:
            written.append(pl.col(name).cast(pl.Float32) if name in singles else pl.col(name))
    part = part_name(out, pid=os.getpid())
    lazy.select(written).sink_parquet(
        part, compression="zstd", compression_level=COMPRESSION_LEVEL, row_group_size=ROW_GROUP_ROWS
    )
    with part.open("rb") as stream:
        os.fsync(stream.fileno())
    part.replace(out)


def kept_as(frame: pl.LazyFrame, names: Sequence[str]) -> dict[str, Kept]:
    """Return by name the decimals that hold each column of doubles without loss; none where none do."""
    if not names:
        return {}
    rows = frame.select(pl.len()).collect().item()
    sample = frame.select(pl.col(names).gather_every(max(1, rows // SAMPLED_ROWS))).collect()
    wanted = {name: found for name in names if (found := decimals_of(sample[name])) is not None}
    proved: dict[str, Kept] = {}
    for _ in range(TRIES):
        if not wanted:
            break
        for name, odd in _not_held(frame, {name: kept.all for name, kept in wanted.items()}).items():
            if odd.is_empty():
                proved[name] = wanted.pop(name)
                continue
            more = decimals_of(pl.concat([sample[name], odd]))
            if more is None or more.all <= wanted[name].all:
                del wanted[name]
            else:
                wanted[name] = replace(wanted[name], all=more.all)
    return proved


def single_floats(frame: pl.LazyFrame, names: Sequence[str]) -> set[str]:
    """Return which columns hold 32-bit floats throughout."""
    if not names:
        return set()
    held = frame.select((pl.col(names).cast(pl.Float32).cast(pl.Float64) == pl.col(names)).all()).collect()
    return {name for name in names if held[name].item()}


def decimals_of(values: pl.Series) -> Kept | None:
    """Return how many decimals hold ``values`` in at most 14 digits each, or None if none do.

    >>> decimals_of(pl.Series([0.00105398, -0.5, None])), decimals_of(pl.Series([1 / 3]))
    (Kept(decimals=8, all=8), None)
    >>> decimals_of(pl.Series([0.25] * 99 + [1e-7]))
    Kept(decimals=2, all=7)
    """
    numbers = values.drop_nulls().to_numpy()
    if not len(numbers):
        return Kept(0, 0)
    largest = float(np.abs(numbers).max())
    if not np.isfinite(largest):
        return None
    usual: int | None = None
    for decimals in range(MOST_DECIMALS + 1):
        if largest * 10.0**decimals >= 10.0**MOST_DIGITS:
            return None
        whole = np.rint(numbers * 10.0**decimals)
        held = np.abs(whole / 10.0**decimals - numbers) <= STEPS_BESIDE * np.abs(numbers)
        if usual is None and np.count_nonzero(held) >= USUAL * len(numbers):
            usual = decimals
        if usual is not None and held.all():
            return Kept(usual, decimals)
    return None


def _not_held(frame: pl.LazyFrame, decimals: dict[str, int]) -> dict[str, pl.Series]:
    """Return some values of each column that so many decimals do not hold."""
    found: dict[str, pl.Series] = {}
    beside = {
        name: (pl.col(name).cast(pl.Decimal(PRECISION, count), strict=False).cast(pl.Float64) - pl.col(name))
        for name, count in decimals.items()
    }
    odd = {
        name: pl.col(name).is_not_null()
        & ~(distance.abs() <= STEPS_BESIDE * pl.col(name).abs()).fill_null(value=False)
        for name, distance in beside.items()
    }
    counts = frame.select(expression.sum().alias(name) for name, expression in odd.items())
    for name, count in counts.collect(engine="streaming").row(0, named=True).items():
        rows = (
            frame.select(name).filter(odd[name]).head(SAMPLED_ROWS) if count else frame.select(name).head(0)
        )
        found[name] = rows.collect()[name]
    return found


def scan_table(path: Path) -> pl.LazyFrame:
    """Return the table as it was read: numbers as doubles, rows numbered by ``record_index`` from 0."""
    lazy = pl.scan_parquet(path)
    schema = lazy.collect_schema()
    order = [name for name in schema if name != "record_index" and not name.endswith(REST)]
    numbered = lazy.select(_as_read(schema, name) for name in order).with_row_index("record_index")
    # Where it stands in the frame of a Reading.
    order.insert(order.index("step_count") + 1 if "step_count" in order else len(order), "record_index")
    return numbered.select(pl.col(name).cast(pl.Int64) if name == "record_index" else name for name in order)


def _as_read(schema: pl.Schema, name: str) -> pl.Expr:
    """Return a column of a table on disk as the doubles, counts or text that it was."""
    rest = schema.get(f"{name}{REST}")
    if rest is not None:
        return (pl.col(name).cast(rest) + pl.col(f"{name}{REST}")).cast(pl.Float64).alias(name)
    kind = schema[name]
    return pl.col(name).cast(pl.Float64) if kind.is_decimal() or kind == pl.Float32 else pl.col(name)


def read_rows(
    path: Path, columns: Sequence[str], *, first_row: int = 0, rows: int | None = None
) -> pl.DataFrame:
    """Return some columns of ``rows`` rows from ``first_row`` (from 0), or of all rows; only their groups are read."""
    lazy = pl.scan_parquet(path)
    schema = lazy.collect_schema()
    wanted = [_as_read(schema, name) for name in columns if name != "record_index"]
    frame = lazy.slice(first_row, rows).select(wanted).collect()
    if "record_index" not in columns:
        return frame
    place = pl.int_range(first_row, first_row + frame.height, dtype=pl.Int64, eager=True)
    return frame.with_columns(record_index=place).select(columns)
