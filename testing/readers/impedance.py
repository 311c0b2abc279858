"""Impedance: the points of a file as sweeps over frequency."""

import polars as pl

from testing.readers.base import REQUIRED_OF_IMPEDANCE, UnreadableFile


def in_sweeps(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame of an impedance Reading, its points in the order of the file, numbered by sweep.

    A sweep ends where the file's own cycle number changes, or where the frequency turns back.

    >>> turned = pl.DataFrame({"frequency_hertz": [100.0, 10.0, 100.0, 10.0], "real_impedance_ohm": [1.0] * 4,
    ...                        "imaginary_impedance_ohm": [-1.0] * 4})
    >>> in_sweeps(turned)["sweep"].to_list()
    [1, 1, 2, 2]
    """
    if (frame["frequency_hertz"] <= 0).any():
        raise UnreadableFile("A point has a frequency of 0 Hz or less, which no impedance is measured at.")
    if "cycle_count" in frame.columns:
        ends = frame["cycle_count"].ne_missing(frame["cycle_count"].shift(1))
    else:
        step = frame["frequency_hertz"].diff().sign()
        usual = step.drop_nulls().filter(step.drop_nulls() != 0)
        ends = step == (-usual[0] if len(usual) else 2.0)
    sweep = frame.select((pl.lit(ends).fill_null(value=False) & (pl.int_range(pl.len()) > 0)).cum_sum() + 1)
    others = sorted(
        set(frame.columns)
        - {*REQUIRED_OF_IMPEDANCE, "row", "cycle_count", "step_id", "date_time", "step_type"}
    )
    return frame.select(
        *REQUIRED_OF_IMPEDANCE,
        sweep.to_series().cast(pl.Int64).alias("sweep"),
        pl.int_range(pl.len(), dtype=pl.Int64).alias("record_index"),
        *others,
    )
