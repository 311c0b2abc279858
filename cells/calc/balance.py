"""From milligrams on a balance to the capacities of a cell and the balance of its electrodes."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from uncertainties import ufloat

# The package carries no types.
_uncertain: Callable[[float, float], Any] = ufloat

METHOD = "cell_balance"
VERSION = "1"


@dataclass(frozen=True)
class Quantity:
    """A value and its standard uncertainty (absolute, k = 1) in one unit."""

    value: float
    uncertainty: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and math.isfinite(self.uncertainty) and self.uncertainty >= 0):
            raise ValueError(f"{self.value} with an uncertainty of {self.uncertainty} is no quantity.")


@dataclass(frozen=True)
class ElectrodeInputs:
    """What was pressed as one electrode.

    composite_mass_mg        All of it: active material, solid electrolyte, binder, carbon.
    active_fraction          Mass of active material per mass of composite (fraction).
    specific_capacity_mah_g  Design capacity per gram of active material, for the cut-off of the test.
    """

    composite_mass_mg: Quantity
    active_fraction: Quantity
    specific_capacity_mah_g: float


@dataclass(frozen=True)
class CellBalance:
    """What follows from masses, die and design capacities; loadings and capacities are the positive's.

    np_ratio and negative_areal_capacity_mah_cm2 are None where the negative is no weighed electrode.
    """

    area_cm2: Quantity
    composite_loading_mg_cm2: Quantity
    active_loading_mg_cm2: Quantity
    areal_capacity_mah_cm2: Quantity
    capacity_mah: Quantity
    np_ratio: Quantity | None
    one_c_current_ma: Quantity
    one_c_current_density_ma_cm2: Quantity
    negative_areal_capacity_mah_cm2: Quantity | None
    positive_active_mass_mg: Quantity
    positive_composite_mass_mg: Quantity


def die_area_cm2(diameter_mm: float) -> float:
    """Return the area in cm2 of a round die of ``diameter_mm``.

    >>> round(die_area_cm2(6.0), 6)
    0.282743
    """
    if not diameter_mm > 0:
        raise ValueError(f"A die's diameter must be above 0 mm, not {diameter_mm:g}.")
    return math.pi * diameter_mm**2 / 400


def die_uncertainty_mm(tolerance_mm: float) -> float:
    """Return the standard uncertainty of a diameter known within plus and minus ``tolerance_mm``.

    Any value inside the tolerance is equally likely (rectangular): JCGM 100:2008, clause 4.3.7.

    >>> round(die_uncertainty_mm(0.05), 4)
    0.0289
    """
    if not tolerance_mm >= 0:
        raise ValueError(f"A tolerance cannot be {tolerance_mm:g} mm.")
    return tolerance_mm / math.sqrt(3)


def cell_balance(
    *, die_diameter_mm: Quantity, positive: ElectrodeInputs, negative: ElectrodeInputs | None
) -> CellBalance:
    """Return loadings, capacities and the N/P ratio of a cell, each with its standard uncertainty.

    die_diameter_mm  Of the die both electrodes were pressed in: its error is shared and cancels in N/P.
    negative         None for a foil or anything else that was not weighed as a composite.

    N/P is the ratio of areal design capacities on the reversible basis. Uncertainties are propagated to first
    order through the whole formula (JCGM 100:2008, 5.1), not combined from finished numbers. Raises
    ValueError for a mass, capacity or die that is not above zero or a fraction outside (0, 1].
    docs/science/areal-capacity-and-np-ratio.md, docs/science/loading-uncertainty.md.

    >>> from materials.calc.weighing import weighing_uncertainty_mg
    >>> weighed = weighing_uncertainty_mg(readability_mg=0.1)
    >>> balance = cell_balance(
    ...     die_diameter_mm=Quantity(6.0, die_uncertainty_mm(0.05)),
    ...     positive=ElectrodeInputs(Quantity(8.1, weighed), Quantity(70 / 110), 165),
    ...     negative=ElectrodeInputs(Quantity(13.28, weighed), Quantity(50 / 110), 155),
    ... )
    >>> areal = balance.areal_capacity_mah_cm2
    >>> round(areal.value, 3), round(2 * areal.uncertainty, 2)
    (3.008, 0.07)
    >>> round(balance.np_ratio.value, 2), round(balance.np_ratio.uncertainty / balance.np_ratio.value, 4)
    (1.1, 0.0059)
    """
    _require_electrode("positive", positive)
    die_area_cm2(die_diameter_mm.value)
    area = math.pi * _variable(die_diameter_mm) ** 2 / 400
    composite = _variable(positive.composite_mass_mg)
    active = composite * _variable(positive.active_fraction)
    capacity = active * positive.specific_capacity_mah_g / 1000
    negative_areal: Quantity | None = None
    np_ratio: Quantity | None = None
    if negative is not None:
        _require_electrode("negative", negative)
        negative_mass = _variable(negative.composite_mass_mg) * _variable(negative.active_fraction)
        negative_capacity = negative_mass * negative.specific_capacity_mah_g / 1000
        negative_areal = _quantity(negative_capacity / area)
        np_ratio = _quantity((negative_capacity / area) / (capacity / area))
    areal = _quantity(capacity / area)
    return CellBalance(
        area_cm2=_quantity(area),
        composite_loading_mg_cm2=_quantity(composite / area),
        active_loading_mg_cm2=_quantity(active / area),
        areal_capacity_mah_cm2=areal,
        capacity_mah=_quantity(capacity),
        np_ratio=np_ratio,
        # 1C passes the design capacity in one hour, so mA and mAh share their number.
        one_c_current_ma=_quantity(capacity),
        one_c_current_density_ma_cm2=areal,
        negative_areal_capacity_mah_cm2=negative_areal,
        positive_active_mass_mg=_quantity(active),
        positive_composite_mass_mg=_quantity(composite),
    )


def counter_composite_mass_mg(
    *,
    np_ratio: float,
    positive: ElectrodeInputs,
    negative_specific_capacity_mah_g: float,
    negative_active_fraction: float,
) -> float:
    """Return the mass in mg of negative composite that gives ``np_ratio`` against ``positive`` in the same
    die.

    Raises ValueError as ``cell_balance`` does.

    >>> positive = ElectrodeInputs(Quantity(8.1), Quantity(70 / 110), 165)
    >>> round(counter_composite_mass_mg(np_ratio=1.1, positive=positive,
    ...     negative_specific_capacity_mah_g=155, negative_active_fraction=50 / 110), 2)
    13.28
    """
    _require_electrode("positive", positive)
    if not np_ratio > 0:
        raise ValueError(f"An N/P ratio must be above 0, not {np_ratio:g}.")
    if not negative_specific_capacity_mah_g > 0:
        raise ValueError(
            f"A specific capacity must be above 0 mAh/g, not {negative_specific_capacity_mah_g:g}."
        )
    if not 0 < negative_active_fraction <= 1:
        raise ValueError(f"An active fraction lies above 0 and up to 1, not at {negative_active_fraction:g}.")
    active_mg = positive.composite_mass_mg.value * positive.active_fraction.value
    capacity = active_mg * positive.specific_capacity_mah_g
    return np_ratio * capacity / (negative_specific_capacity_mah_g * negative_active_fraction)


def cell_voltage_v(potential_vs_li_v: float, reference_offset_v: float) -> float:
    """Return the voltage of a cell whose positive stands at ``potential_vs_li_v``.

    reference_offset_v  Potential of the negative vs Li in V, such as 1.55 for Li4Ti5O12. It holds on the
                        negative's plateau only, so the conversion is nominal near its ends.

    >>> round(cell_voltage_v(4.3, 1.55), 2)
    2.75
    """
    return potential_vs_li_v - reference_offset_v


def rate_current_ma(one_c_current_ma: float, rate: float) -> float:
    """Return the current in mA at ``rate``, a multiple of 1C (0.1 for C/10).

    >>> round(rate_current_ma(0.8482, 0.1), 4)
    0.0848
    """
    if not one_c_current_ma > 0:
        raise ValueError(f"The 1C current must be above 0 mA, not {one_c_current_ma:g}.")
    if not rate > 0:
        raise ValueError(f"A rate must be above 0, not {rate:g}.")
    return one_c_current_ma * rate


def _require_electrode(name: str, electrode: ElectrodeInputs) -> None:
    if not electrode.composite_mass_mg.value > 0:
        raise ValueError(f"The {name}'s mass must be above 0 mg, not {electrode.composite_mass_mg.value:g}.")
    fraction, capacity = electrode.active_fraction.value, electrode.specific_capacity_mah_g
    if not 0 < fraction <= 1:
        raise ValueError(f"The {name}'s active fraction lies above 0 and up to 1, not at {fraction:g}.")
    if not capacity > 0:
        raise ValueError(f"The {name}'s specific capacity must be above 0 mAh/g, not {capacity:g}.")


def _variable(quantity: Quantity) -> Any:
    """Return a number that carries its uncertainty; an exact one stays a float, which the package asks
    for."""
    return _uncertain(quantity.value, quantity.uncertainty) if quantity.uncertainty else quantity.value


def _quantity(number: Any) -> Quantity:
    """Take value and uncertainty out again; what was computed from exact numbers only is a plain float."""
    if isinstance(number, float):
        return Quantity(number)
    return Quantity(float(number.nominal_value), float(number.std_dev))
