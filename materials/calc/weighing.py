"""What a balance lets one know of a mass."""

from __future__ import annotations

import math


def weighing_uncertainty_mg(*, readability_mg: float, repeatability_mg: float | None = None) -> float:
    """Return the standard uncertainty (k = 1) of a tared weighing, in mg.

    Two readings are subtracted, full and empty, so one reading's uncertainty counts sqrt(2) times. One
    reading's is the balance's repeatability in its place where that is known, else the rounding of its
    display: readability / sqrt(12), the standard deviation of a rectangular distribution
    (JCGM 100:2008, 4.3.7 and F.2.2.1).

    >>> round(weighing_uncertainty_mg(readability_mg=0.1), 4)
    0.0408
    """
    if readability_mg <= 0:
        raise ValueError(f"A balance's readability is above 0 mg, not {readability_mg} mg.")
    reading_mg = readability_mg / math.sqrt(12) if repeatability_mg is None else repeatability_mg
    return math.sqrt(2) * reading_mg
