"""Judging numbers: which rows cannot be used, where the clock runs backwards, where a step begins."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from testing.readers.base import FLAGS_PER_CODE, REQUIRED, FlagBook, UnreadableFile
from testing.readers.lines import shown

# No instrument that this lab can own gives more; such a number is a sentinel or in another unit.
LARGEST = {
    "voltage_volt": 1e3, "current_ampere": 1e5, "test_time_second": 1e12,
    "frequency_hertz": 1e12, "real_impedance_ohm": 1e15, "imaginary_impedance_ohm": 1e15,
}  # fmt: skip
LOSSES_ALWAYS_BORNE = 10
LOSS_BORNE = 0.01
LOSS_BORNE_ON_THE_WAY = 0.5
WORDS = {
    "test_time_second": "test time", "voltage_volt": "voltage", "current_ampere": "current",
    "frequency_hertz": "frequency", "real_impedance_ohm": "real part", "imaginary_impedance_ohm": "imaginary part",
}  # fmt: skip


def first_fault(frame: pl.DataFrame, required: Sequence[str] = REQUIRED) -> pl.Series:
    """Return for each row the first required column without a usable number, or null."""
    fault = pl.lit(None, dtype=pl.String)
    for name in reversed(required):
        usable = pl.col(name).is_finite() & (pl.col(name).abs() <= LARGEST[name])
        fault = pl.when(usable.fill_null(value=False)).then(fault).otherwise(pl.lit(name))
    return frame.select(fault=fault)["fault"]


def fault_in_words(target: str, value: float | None, text: str | None) -> tuple[str, str]:
    """Return the code and the words for a value that :func:`first_fault` found."""
    word = WORDS[target]
    if value is not None and abs(value) < float("inf"):
        return "out_of_range", f"gives a {word} of {value:g}, beyond what any instrument here measures,"
    return "not_a_number", f"gives the {word} '{shown(text or '')}', which is not a number,"


def drop_faulty(frame: pl.DataFrame, book: FlagBook, required: Sequence[str] = REQUIRED) -> pl.DataFrame:
    """Return the rows that can be used, each of the others flagged; refuse a table that is mostly faulty."""
    faults = first_fault(frame, required)
    faulty = frame.with_columns(fault=faults).filter(faults.is_not_null())
    check_losses(faulty.height, frame.height, first="")
    for line in faulty.head(FLAGS_PER_CODE).iter_rows(named=True):
        code, what = fault_in_words(line["fault"], line[line["fault"]], None)
        book.add(code, f"Row {line['row']} {what} and is left out.", line["row"])
    if faulty.height > FLAGS_PER_CODE:
        book.add("rows_left_out", f"{faulty.height} rows in all cannot be used and are left out.")
    return frame.filter(faults.is_null())


def check_losses(lost: int, total: int, *, first: str, fraction: float = LOSS_BORNE) -> None:
    """Raise UnreadableFile if more rows are lost than a damaged export explains."""
    if lost > max(LOSSES_ALWAYS_BORNE, fraction * total) or (fraction == LOSS_BORNE and lost > 0.5 * total):
        raise UnreadableFile(f"Too many rows cannot be used: {lost} of {total}. {first}".strip())


def empty_bad_optionals(
    frame: pl.DataFrame, texts: pl.DataFrame, book: FlagBook, required: Sequence[str] = REQUIRED
) -> pl.DataFrame:
    """Return ``frame`` with a null where an optional column holds text that is no finite number."""
    for name in texts.columns:
        if name in required or frame[name].dtype != pl.Float64:
            continue
        finite = frame[name].is_finite().fill_null(value=False)
        bad = ~finite & (texts[name].fill_null("").str.strip_chars() != "")
        if bad.any():
            seen = texts[name].filter(bad)
            rows = frame["row"].filter(bad).to_list()
            book.add_rows(
                "value_left_empty",
                rows,
                lambda place, name=name, seen=seen, rows=rows: (  # type: ignore[misc]
                    f"Row {rows[place]} gives '{shown(seen[place])}' for {name}, which is left empty."
                ),
            )
            frame = frame.with_columns(pl.when(pl.lit(bad)).then(None).otherwise(pl.col(name)).alias(name))
    return frame


def check_clock(frame: pl.DataFrame, book: FlagBook) -> None:
    """Flag where test time runs backwards, row by row, and how often it stands still. Nothing is sorted."""
    time_s = frame["test_time_second"].to_numpy()
    change = np.diff(time_s)
    back = np.flatnonzero(change < 0)
    rows = frame["row"].gather(back + 1).to_list()
    book.add_rows(
        "time_runs_backwards",
        rows,
        lambda place: (
            f"At row {rows[place]} the test time runs back by {-change[back[place]]:.6g} s to "
            f"{time_s[back[place] + 1]:.10g} s; rows stay in the order of the file."
        ),
    )
    still = np.flatnonzero(change == 0)
    if len(still):
        first = int(frame["row"][int(still[0]) + 1])
        book.add(
            "time_stands_still",
            f"{len(still)} rows have the same test time as the row before, the first of them row {first}.",
            first,
        )


def count_steps(step: pl.Series) -> pl.Series:
    """Return the step count, shape of ``step``: 1 at first, one more wherever the step changes, never reset.

    >>> count_steps(pl.Series(["1_1", "1_1", "2_1", "1_1"])).to_list()
    [1, 1, 2, 3]
    """
    changed = step.ne_missing(step.shift(1))
    changed = changed.scatter(0, True) if len(changed) else changed  # noqa: FBT003
    return changed.cast(pl.Int64).cum_sum()


def in_bdf_order(frame: pl.DataFrame, *, step: pl.Series | None, book: FlagBook) -> pl.DataFrame:
    """Return the frame of a Reading: required columns, steps, record index, then the others by name.

    step   What names the step of each row, or None if the file does not say.
    """
    if step is None:
        book.add("no_steps", "The file names no steps: step_id is empty and step_count is 1 throughout.")
        step = pl.Series([None], dtype=pl.String).new_from_index(0, frame.height)
    others = sorted(set(frame.columns) - {*REQUIRED, "row", "step_id", "step_count", "record_index"})
    return frame.select(
        *REQUIRED,
        # As categories: millions of rows name a few hundred steps.
        step.cast(pl.Categorical).alias("step_id"),
        count_steps(step).alias("step_count"),
        pl.int_range(pl.len(), dtype=pl.Int64).alias("record_index"),
        *others,
    )
