"""Control charts of single values: limits from the moving range, and not before there are enough values for them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

METHOD = "individuals_moving_range"
VERSION = "1"

# Below this many values the limits would say more about the few than about the process.
LEAST_FOR_LIMITS = 20
# d2 of ranges of two: the mean range of two normal values in standard deviations (ISO 7870-2, table 2).
D2_OF_TWO = 1.128
# As many in a row on one side of the mean are a shift (rule 2 of Nelson, J. Quality Technology 16, 237 (1984)).
RUN_LENGTH = 9


@dataclass(frozen=True)
class ControlChart:
    """The mean and, from 20 values on, the limits of an individuals chart.

    lower, upper   Mean minus and plus three times the moving range's standard deviation; None before.
    outside        Positions (from 0) beyond a limit.
    shifted        Positions that end a run of nine on one side of the mean.
    """

    mean: float
    lower: float | None
    upper: float | None
    outside: tuple[int, ...]
    shifted: tuple[int, ...]
    missing: int


def individuals(values: Sequence[float]) -> ControlChart:
    """Return the chart of values in the order in which they were made.

    Raises ValueError if there is no value or one is not finite. docs/science/control-charts.md.

    >>> chart = individuals([10, 11] * 10)
    >>> chart.mean, round(chart.lower, 3), round(chart.upper, 3), chart.missing
    (10.5, 7.84, 13.16, 0)
    >>> individuals([10, 11, 10]).missing
    17
    """
    count = len(values)
    if count == 0:
        raise ValueError("A control chart needs at least one value.")
    if not all(math.isfinite(value) for value in values):
        raise ValueError(f"One of {count} values is not a finite number.")
    mean = math.fsum(values) / count
    if count < LEAST_FOR_LIMITS:
        return ControlChart(mean, None, None, (), (), LEAST_FOR_LIMITS - count)
    ranges = [abs(after - before) for before, after in pairwise(values)]
    half_width = 3 * math.fsum(ranges) / len(ranges) / D2_OF_TWO
    lower, upper = mean - half_width, mean + half_width
    outside = tuple(n for n, value in enumerate(values) if not lower <= value <= upper)
    return ControlChart(mean, lower, upper, outside, _run_ends(values, mean), 0)


def _run_ends(values: Sequence[float], mean: float) -> tuple[int, ...]:
    ends, side, length = [], 0, 0
    for position, value in enumerate(values):
        here = (value > mean) - (value < mean)
        length = length + 1 if here == side and here else 1
        side = here
        if here and length >= RUN_LENGTH:
            ends.append(position)
    return tuple(ends)
