"""The currents of C-rates, scaled with what 1C is for a cell and its cut-off."""

from dataclasses import dataclass

from cells.calc.quantity import Quantity

# As people write them, from slow to fast.
RATES: tuple[tuple[str, float], ...] = (
    ("C/25", 1 / 25),
    ("C/20", 1 / 20),
    ("C/10", 1 / 10),
    ("C/5", 1 / 5),
    ("C/2", 1 / 2),
    ("1C", 1.0),
    ("2C", 2.0),
)


@dataclass(frozen=True)
class RateCurrent:
    """The current of one rate, for the cell and per area."""

    label: str
    rate: float
    current_ma: Quantity
    current_density_ma_cm2: Quantity


def rate_currents(one_c_current_ma: Quantity, area_cm2: Quantity) -> list[RateCurrent]:
    """Return the currents of the usual rates.

    A current is a multiple of 1C and, relative to its value, as uncertain. The current of a cell follows from its
    mass and not from its die; the density divides it by the die's area, so both of their uncertainties count.

    >>> rates = {r.label: r for r in rate_currents(Quantity(0.8505), Quantity(0.282743))}
    >>> round(rates["C/10"].current_ma.value, 4), round(rates["C/25"].current_ma.value, 4)
    (0.0851, 0.034)
    >>> round(rates["1C"].current_density_ma_cm2.value, 3)
    3.008
    """
    if not one_c_current_ma.value > 0:
        raise ValueError(f"The 1C current must be above 0 mA, not {one_c_current_ma.value:g}.")
    rows = []
    for label, rate in RATES:
        current = Quantity(one_c_current_ma.value * rate, one_c_current_ma.uncertainty * rate)
        relative = (
            (current.uncertainty / current.value) ** 2 + (area_cm2.uncertainty / area_cm2.value) ** 2
        ) ** 0.5
        density = current.value / area_cm2.value
        rows.append(RateCurrent(label, rate, current, Quantity(density, density * relative)))
    return rows
