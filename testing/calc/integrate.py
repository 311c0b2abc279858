"""Charge and energy of every logged interval, by one rule for every instrument."""

from dataclasses import dataclass

import numpy as np
import polars as pl

METHOD = "charge_by_step"
VERSION = "1"

SECONDS_PER_HOUR = 3600.0
# What is computed on the way to a block of rows stays in the processor's cache, and small beside millions of rows.
BLOCK_ROWS = 100_000
REQUIRED_COLUMNS = ("test_time_second", "voltage_volt", "current_ampere", "step_count")


@dataclass(frozen=True)
class Integration:
    """What each interval carried; row k holds the interval that ends at row k.

    charge_ah       Charge in Ah, shape (n,), positive while charging; the first row holds 0.
    energy_wh       Energy in Wh, same shape and sign.
    interval_s      Length of the interval in s, same shape; 0 where the clock ran backwards.
    backward_jumps  Number of intervals in which the clock ran backwards; they carry nothing.
    """

    charge_ah: pl.Series
    energy_wh: pl.Series
    interval_s: pl.Series
    backward_jumps: int


def require_numbers(frame: pl.DataFrame) -> None:
    """Raise ValueError if a needed column is absent or holds something that is not a number."""
    missing = [name for name in REQUIRED_COLUMNS if name not in frame.columns]
    if missing:
        raise ValueError(f"The data lack the column {missing[0]}.")
    for name in REQUIRED_COLUMNS:
        column = frame[name]
        usable = (
            int(column.is_finite().sum()) if column.dtype.is_float() else column.len() - column.null_count()
        )
        unusable = column.len() - usable
        if unusable:
            # One missing current would drop out of a sum in silence and leave a capacity that looks whole.
            raise ValueError(f"The column {name} holds {unusable} rows that are not a number.")


def integrate(frame: pl.DataFrame) -> Integration:
    """Return the charge and energy of the interval that ends at each row.

    frame    Columns test_time_second (s), voltage_volt (V), current_ampere (A, positive charges) and
             step_count (rises at each new step), one row a logged point, in the order of the file.

    Inside a step the current is taken as linear between two points (trapezoid). The interval before a step's
    first row belongs to that step: with the mean of both currents if the row before has the same sign,
    with the first row's current alone if not, because the current jumped somewhere near the interval's start.
    Where the clock runs backwards the interval carries nothing and is counted.

    Raises ValueError if a column is absent or holds rows that are not numbers.
    Method "charge_by_step", version "1": docs/science/charge-integration.md.

    >>> frame = pl.DataFrame({
    ...     "test_time_second": [0.0, 1800.0, 3600.0, 3610.0, 7210.0],
    ...     "voltage_volt": [2.0, 2.1, 2.2, 1.9, 1.5],
    ...     "current_ampere": [0.001, 0.001, 0.001, -0.001, -0.001],
    ...     "step_count": [1, 1, 1, 2, 2],
    ... })
    >>> [round(1000 * charge, 6) for charge in integrate(frame).charge_ah]
    [0.0, 0.5, 0.5, -0.002778, -1.0]
    """
    require_numbers(frame)
    time_s, voltage_v, current_a = (frame[name].cast(pl.Float64).to_numpy() for name in REQUIRED_COLUMNS[:3])
    step = frame["step_count"].to_numpy()
    charge_ah, energy_wh, interval_s = (np.zeros(len(time_s)) for _ in range(3))
    backward = 0
    for first in range(1, len(time_s), BLOCK_ROWS):
        here = slice(first, min(first + BLOCK_ROWS, len(time_s)))
        before = slice(first - 1, here.stop - 1)
        elapsed = time_s[here] - time_s[before]
        backward += int(np.count_nonzero(elapsed < 0))
        elapsed[elapsed < 0] = 0.0
        now, then = current_a[here], current_a[before]
        # Two rests in a row carry nothing either way, so a product above zero is all that "same sign" must mean.
        linear = (step[here] == step[before]) | (now * then > 0)
        hours = elapsed / SECONDS_PER_HOUR
        power, power_then = now * voltage_v[here], then * voltage_v[before]
        interval_s[here] = elapsed
        charge_ah[here] = hours * np.where(linear, (now + then) / 2, now)
        energy_wh[here] = hours * np.where(linear, (power + power_then) / 2, power)
    return Integration(
        charge_ah=pl.Series("charge_ah", charge_ah),
        energy_wh=pl.Series("energy_wh", energy_wh),
        interval_s=pl.Series("interval", interval_s),
        backward_jumps=backward,
    )


def row_charge_ah(frame: pl.DataFrame) -> pl.Series:
    """Return the charge in Ah, shape (n,), of the interval that ends at each row: see ``integrate``.

    >>> row_charge_ah(pl.DataFrame({
    ...     "test_time_second": [0.0, 3600.0], "voltage_volt": [2.0, 2.1],
    ...     "current_ampere": [0.002, 0.001], "step_count": [1, 1],
    ... })).to_list()
    [0.0, 0.0015]
    """
    return integrate(frame).charge_ah


def backward_jumps(frame: pl.DataFrame) -> int:
    """Return how many times the clock of ``frame`` runs backwards.

    >>> backward_jumps(pl.DataFrame({"test_time_second": [0.0, 2.0, 1.0, 3.0]}))
    1
    """
    return int((frame["test_time_second"].diff() < 0).sum())
