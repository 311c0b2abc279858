"""Numbers per area and per gram, derived whenever they are asked for: a corrected mass never needs a new metric."""

from __future__ import annotations

import math

from testing.methods.base import Basis, Known

# What an area does to a number of this unit: a resistance is multiplied by it, a charge divided.
PER_AREA = {"mAh": "mAh/cm2", "mWh": "mWh/cm2", "mA": "mA/cm2", "ohm": "ohm cm2"}
PER_GRAM = {"mAh": "mAh/g", "mWh": "mWh/g", "mA": "mA/g"}
MG_PER_G = 1000


def per_area(number: Known, unit: str, basis: Basis | None) -> Known | None:
    """Return a number in the unit that ``PER_AREA`` gives, or None where the area is not known or has no part in it.

    >>> basis = Basis(1, area_cm2=Known(0.282743, 0.0003))
    >>> round(per_area(Known(0.8482), "mAh", basis).value, 3)
    3.0
    >>> round(per_area(Known(88.0), "ohm", basis).value, 2)
    24.88
    """
    if unit not in PER_AREA or basis is None or basis.area_cm2 is None:
        return None
    area = basis.area_cm2
    value = number.value * area.value if unit == "ohm" else number.value / area.value
    return Known(value, _combined(value, number, area))


def per_gram(number: Known, unit: str, basis: Basis | None) -> Known | None:
    """Return a number per gram of the positive's active material, or None where that is not known.

    >>> basis = Basis(1, positive_active_mass_mg=Known(5.1545))
    >>> round(per_gram(Known(0.8482), "mAh", basis).value, 1)
    164.6
    """
    if unit not in PER_GRAM or basis is None or basis.positive_active_mass_mg is None:
        return None
    mass = basis.positive_active_mass_mg
    value = MG_PER_G * number.value / mass.value
    return Known(value, _combined(value, number, mass))


def _combined(value: float, number: Known, divisor: Known) -> float | None:
    """Return the uncertainty of a product or quotient; one that is unknown leaves it unknown."""
    if number.uncertainty is None or divisor.uncertainty is None or not number.value:
        return None
    return abs(value) * math.hypot(number.uncertainty / number.value, divisor.uncertainty / divisor.value)
