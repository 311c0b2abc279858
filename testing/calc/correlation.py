"""How two quantities of the same cells go together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

METHOD = "pearson"
VERSION = "1"

LEAST_PAIRS = 4
# Loadings of cells that were weighed alike differ in their last binary digits, which is no variation.
SAME_FRACTION = 1e-6


@dataclass(frozen=True)
class Line:
    """A straight line through pairs of values, and Pearson's r with its 95 % limits (Fisher's z).

    It describes these cells. It is no cause: cells of one mix share more than the quantity that is drawn.
    """

    n: int
    slope: float
    intercept: float
    r: float
    r_low: float
    r_high: float


def line_through(x: Sequence[float], y: Sequence[float]) -> Line:
    """Return the least-squares line of ``y`` over ``x`` and their correlation; both of shape (n,).

    Raises ValueError below four pairs and where one of the quantities does not vary.
    Fisher, Metron 1, 3 (1921); docs/science/group-statistics.md.

    >>> line = line_through([1, 2, 3, 4, 5], [2.1, 3.9, 6.2, 7.8, 10.1])
    >>> round(line.slope, 2), round(line.intercept, 2), round(line.r, 4)
    (1.99, 0.05, 0.9987)
    """
    n = len(x)
    if n != len(y):
        raise ValueError(f"There are {n} values of one quantity and {len(y)} of the other.")
    if n < LEAST_PAIRS:
        raise ValueError(f"No correlation below {LEAST_PAIRS} cells with both quantities: there are {n}.")
    mean_x, mean_y = math.fsum(x) / n, math.fsum(y) / n
    xx = math.fsum((value - mean_x) ** 2 for value in x)
    yy = math.fsum((value - mean_y) ** 2 for value in y)
    xy = math.fsum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    if _same(x, mean_x) or _same(y, mean_y):
        raise ValueError("One of the quantities is the same for every cell.")
    slope = xy / xx
    r = max(-1.0, min(1.0, xy / math.sqrt(xx * yy)))
    low, high = _limits(r, n)
    return Line(n, slope, mean_y - slope * mean_x, r, low, high)


def _same(values: Sequence[float], mean: float) -> bool:
    """Return whether values differ by no more than the rounding of what they were computed from."""
    return max(values) - min(values) <= SAME_FRACTION * abs(mean)


def _limits(r: float, n: int) -> tuple[float, float]:
    if abs(r) == 1:
        return r, r
    z, half_width = math.atanh(r), 1.959964 / math.sqrt(n - 3)
    return math.tanh(z - half_width), math.tanh(z + half_width)
