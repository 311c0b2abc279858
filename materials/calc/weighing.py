"""What a balance lets one know of a mass."""

import math


def weighing_uncertainty_mg(*, readability_mg: float, repeatability_mg: float | None = None) -> float:
    """Return the standard uncertainty in mg of a tared weighing, which is the difference of two readings.

    readability_mg    The last digit of the balance; on its own it gives readability / sqrt(12) a reading.
    repeatability_mg  Standard deviation of repeated readings, where it is known: it then takes the place of
                      the digit, which is the smaller part of it.

    >>> round(weighing_uncertainty_mg(readability_mg=0.1, repeatability_mg=None), 4)
    0.0408
    """
    if not readability_mg > 0:
        raise ValueError(f"A balance's readability must be above 0 mg, not {readability_mg:g}.")
    if repeatability_mg is not None and not repeatability_mg >= 0:
        raise ValueError(f"A balance's repeatability cannot be {repeatability_mg:g} mg.")
    one_reading = readability_mg / math.sqrt(12) if repeatability_mg is None else repeatability_mg
    return math.sqrt(2) * one_reading
