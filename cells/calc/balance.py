"""From milligrams on a balance to the capacities of a cell and the balance of its electrodes."""

import math
from dataclasses import dataclass, field
from typing import Any

from cells.calc.electrodes import (
    ElectrodeInputs,
    FoilInputs,
    PelletInputs,
    foil_capacity,
    require_electrode,
    require_foil,
)
from cells.calc.quantity import Quantity, quantity, variable

__all__ = [
    "CellBalance",
    "ElectrodeInputs",
    "FoilInputs",
    "PelletInputs",
    "Quantity",
    "area_specific_resistance_ohm_cm2",
    "capacities_for",
    "cell_balance",
    "cell_voltage_v",
    "composite_mass_mg",
    "counter_composite_mass",
    "counter_composite_mass_mg",
    "die_area_cm2",
    "die_uncertainty_mm",
    "rate_current_ma",
]

METHOD = "cell_balance"
VERSION = "2"
BASES = ("reversible", "first_charge", "theoretical")
MG_CM2_PER_UM = 10.0


@dataclass(frozen=True)
class CellBalance:
    """What follows from masses, die and design capacities; loadings and capacities are the positive's.

    np_ratio is on the basis that was asked for, the three after it are on each of the bases. What cannot be computed
    is None, and `missing` says why by the quantity's name.
    """

    area_cm2: Quantity
    composite_loading_mg_cm2: Quantity | None = None
    active_loading_mg_cm2: Quantity | None = None
    areal_capacity_mah_cm2: Quantity | None = None
    capacity_mah: Quantity | None = None
    np_ratio: Quantity | None = None
    one_c_current_ma: Quantity | None = None
    one_c_current_density_ma_cm2: Quantity | None = None
    negative_areal_capacity_mah_cm2: Quantity | None = None
    positive_active_mass_mg: Quantity | None = None
    positive_composite_mass_mg: Quantity | None = None
    np_ratio_reversible: Quantity | None = None
    np_ratio_first_charge: Quantity | None = None
    np_ratio_theoretical: Quantity | None = None
    first_charge_areal_capacity_mah_cm2: Quantity | None = None
    negative_composite_mass_mg: Quantity | None = None
    negative_active_loading_mg_cm2: Quantity | None = None
    counter_excess: Quantity | None = None
    separator_areal_mass_mg_cm2: Quantity | None = None
    separator_dense_thickness_um: Quantity | None = None
    positive_dense_thickness_um: Quantity | None = None
    negative_dense_thickness_um: Quantity | None = None
    missing: dict[str, str] = field(default_factory=dict, compare=False)


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
    *,
    die_diameter_mm: Quantity,
    positive: ElectrodeInputs | None,
    negative: ElectrodeInputs | FoilInputs | None,
    separator: PelletInputs | None = None,
    np_basis: str = "reversible",
) -> CellBalance:
    """Return loadings, capacities and the N/P ratios of a cell, each with its standard uncertainty.

    die_diameter_mm  Of the die all layers were pressed in: its error is shared and cancels in N/P.
    negative         A foil has a capacity and an excess over the positive but no N/P, which is for weighed electrodes.
    np_basis         Which of the three ratios `np_ratio` is: reversible, first_charge or theoretical.

    Uncertainties are propagated to first order through the whole formula (JCGM 100:2008, 5.1), not combined from
    finished numbers. Raises ValueError for a mass, capacity or die that is not above zero or a fraction outside
    (0, 1]. docs/science/areal-capacity-and-np-ratio.md, docs/science/np-bases.md, docs/science/loading-uncertainty.md.

    >>> from materials.calc.weighing import weighing_uncertainty_mg
    >>> weighed = weighing_uncertainty_mg(readability_mg=0.1)
    >>> balance = cell_balance(
    ...     die_diameter_mm=Quantity(6.0, die_uncertainty_mm(0.05)),
    ...     positive=ElectrodeInputs(Quantity(8.1, weighed), Quantity(70 / 110), 165, initial_efficiency=0.916),
    ...     negative=ElectrodeInputs(Quantity(13.28, weighed), Quantity(50 / 110), 155),
    ... )
    >>> areal = balance.areal_capacity_mah_cm2
    >>> round(areal.value, 3), round(2 * areal.uncertainty, 2)
    (3.008, 0.07)
    >>> round(balance.np_ratio.value, 2), round(balance.np_ratio.uncertainty / balance.np_ratio.value, 4)
    (1.1, 0.0059)
    >>> round(balance.np_ratio_first_charge.value, 3)
    1.008
    """
    if np_basis not in BASES:
        raise ValueError(f"An N/P basis is one of {', '.join(BASES)}, not {np_basis!r}.")
    die_area_cm2(die_diameter_mm.value)
    area = math.pi * variable(die_diameter_mm) ** 2 / 400
    found: dict[str, Any] = {"area_cm2": area}
    missing: dict[str, str] = {}
    sides = _Sides(positive, negative, area)
    if positive is not None:
        _add_positive(found, positive, sides)
    if negative is not None:
        _add_negative(found, missing, sides)
    if isinstance(positive, ElectrodeInputs) and isinstance(negative, ElectrodeInputs):
        _add_ratios(found, missing, sides)
        found["np_ratio"] = found.get(f"np_ratio_{np_basis}")
        if found["np_ratio"] is None:
            missing["np_ratio"] = missing[f"np_ratio_{np_basis}"]
    if separator is not None:
        _add_separator(found, missing, separator, area)
    numbers: dict[str, Any] = {
        name: None if number is None else quantity(number) for name, number in found.items()
    }
    return CellBalance(**numbers, missing=missing)


class _Sides:
    """Both electrodes as numbers that carry their uncertainty, so that what they share stays shared."""

    def __init__(
        self, positive: ElectrodeInputs | None, negative: ElectrodeInputs | FoilInputs | None, area: Any
    ) -> None:
        self.positive, self.negative, self.area = positive, negative, area
        self.composite: Any = None
        self.active: Any = None
        self.negative_composite: Any = None
        self.negative_active: Any = None
        if positive is not None:
            require_electrode("positive", positive)
            self.composite = variable(positive.composite_mass_mg)
            self.active = self.composite * variable(positive.active_fraction)
        if isinstance(negative, ElectrodeInputs):
            require_electrode("negative", negative)
            self.negative_composite = variable(negative.composite_mass_mg)
            self.negative_active = self.negative_composite * variable(negative.active_fraction)
        elif negative is not None:
            require_foil("negative", negative)


def _add_positive(found: dict[str, Any], positive: ElectrodeInputs, sides: _Sides) -> None:
    capacity = sides.active * positive.specific_capacity_mah_g / 1000
    found |= {
        "composite_loading_mg_cm2": sides.composite / sides.area,
        "active_loading_mg_cm2": sides.active / sides.area,
        "areal_capacity_mah_cm2": capacity / sides.area,
        "capacity_mah": capacity,
        # 1C passes the design capacity in one hour, so mA and mAh share their number.
        "one_c_current_ma": capacity,
        "one_c_current_density_ma_cm2": capacity / sides.area,
        "positive_active_mass_mg": sides.active,
        "positive_composite_mass_mg": sides.composite,
    }
    first = positive.first_charge_mah_g()
    if first is not None:
        found["first_charge_areal_capacity_mah_cm2"] = sides.active * first / 1000 / sides.area
    if positive.density_g_cm3:
        found["positive_dense_thickness_um"] = _dense(sides.composite / sides.area, positive.density_g_cm3)


def _add_negative(found: dict[str, Any], missing: dict[str, str], sides: _Sides) -> None:
    negative = sides.negative
    if isinstance(negative, FoilInputs):
        found["negative_areal_capacity_mah_cm2"] = foil_capacity(negative)
        missing["np_ratio"] = (
            "The negative is a foil: its excess over the positive is stated, not an N/P ratio."
        )
    elif negative is not None:
        areal = sides.negative_active * negative.specific_capacity_mah_g / 1000 / sides.area
        found |= {
            "negative_areal_capacity_mah_cm2": areal,
            "negative_composite_mass_mg": sides.negative_composite,
            "negative_active_loading_mg_cm2": sides.negative_active / sides.area,
        }
        if negative.density_g_cm3:
            found["negative_dense_thickness_um"] = _dense(
                sides.negative_composite / sides.area, negative.density_g_cm3
            )
    if "areal_capacity_mah_cm2" in found:
        found["counter_excess"] = found["negative_areal_capacity_mah_cm2"] / found["areal_capacity_mah_cm2"]


def _add_ratios(found: dict[str, Any], missing: dict[str, str], sides: _Sides) -> None:
    """Add N/P on each basis; the area stands in both and cancels."""
    positive, negative = sides.positive, sides.negative
    if positive is None or not isinstance(negative, ElectrodeInputs):
        return
    holds = sides.negative_active * negative.specific_capacity_mah_g
    found["np_ratio_reversible"] = holds / (sides.active * positive.specific_capacity_mah_g)
    first = positive.first_charge_mah_g()
    if first is None:
        missing["np_ratio_first_charge"] = (
            "The design states neither what the positive's first charge passes nor its initial efficiency."
        )
    else:
        found["np_ratio_first_charge"] = holds / (sides.active * first)
    without = [
        name
        for name, side in (("positive", positive), ("negative", negative))
        if side.theoretical_capacity_mah_g is None
    ]
    if without:
        missing["np_ratio_theoretical"] = (
            f"The design states no theoretical capacity of the {' and the '.join(without)}."
        )
    else:
        found["np_ratio_theoretical"] = (sides.negative_active * negative.theoretical_capacity_mah_g) / (
            sides.active * positive.theoretical_capacity_mah_g
        )


def _add_separator(
    found: dict[str, Any], missing: dict[str, str], separator: PelletInputs, area: Any
) -> None:
    if not separator.mass_mg.value > 0:
        raise ValueError(f"The separator's mass must be above 0 mg, not {separator.mass_mg.value:g}.")
    found["separator_areal_mass_mg_cm2"] = variable(separator.mass_mg) / area
    if separator.density_g_cm3:
        found["separator_dense_thickness_um"] = _dense(
            found["separator_areal_mass_mg_cm2"], separator.density_g_cm3
        )
    else:
        missing["separator_dense_thickness_um"] = "The design states no density of the separator."


def _dense(areal_mass_mg_cm2: Any, density_g_cm3: float) -> Any:
    """Return a thickness in um without pores."""
    if not density_g_cm3 > 0:
        raise ValueError(f"A density must be above 0 g/cm3, not {density_g_cm3:g}.")
    return MG_CM2_PER_UM * areal_mass_mg_cm2 / density_g_cm3


def counter_composite_mass(
    *,
    np_ratio: float,
    positive: ElectrodeInputs,
    negative_specific_capacity_mah_g: float,
    negative_active_fraction: Quantity,
    np_basis: str = "reversible",
    negative_theoretical_capacity_mah_g: float | None = None,
) -> Quantity:
    """Return the mass in mg of negative composite that gives ``np_ratio`` against ``positive`` in the same
    die, on this basis, with the uncertainty of the cathode's mass and of both fractions.

    Raises ValueError as ``cell_balance`` does, and where the basis asks for a capacity that is not stated.

    >>> positive = ElectrodeInputs(Quantity(8.3, 0.0408), Quantity(70 / 110), 165)
    >>> mass = counter_composite_mass(np_ratio=1.1, positive=positive,
    ...     negative_specific_capacity_mah_g=155, negative_active_fraction=Quantity(50 / 110))
    >>> round(mass.value, 2), round(mass.uncertainty, 2)
    (13.61, 0.07)
    """
    require_electrode("positive", positive)
    fraction = negative_active_fraction.value
    if not np_ratio > 0:
        raise ValueError(f"An N/P ratio must be above 0, not {np_ratio:g}.")
    if not 0 < fraction <= 1:
        raise ValueError(f"An active fraction lies above 0 and up to 1, not at {fraction:g}.")
    counted = capacities_for(
        np_basis, positive, negative_specific_capacity_mah_g, negative_theoretical_capacity_mah_g
    )
    if not counted.negative_mah_g > 0:
        raise ValueError(f"A specific capacity must be above 0 mAh/g, not {counted.negative_mah_g:g}.")
    active_mg = variable(positive.composite_mass_mg) * variable(positive.active_fraction)
    per_mg = counted.negative_mah_g * variable(negative_active_fraction)
    return quantity(np_ratio * active_mg * counted.positive_mah_g / per_mg)


def counter_composite_mass_mg(
    *,
    np_ratio: float,
    positive: ElectrodeInputs,
    negative_specific_capacity_mah_g: float,
    negative_active_fraction: float,
    np_basis: str = "reversible",
    negative_theoretical_capacity_mah_g: float | None = None,
) -> float:
    """Return `counter_composite_mass` in mg without its uncertainty, for a sheet that says what to weigh.

    >>> positive = ElectrodeInputs(Quantity(8.1), Quantity(70 / 110), 165)
    >>> round(counter_composite_mass_mg(np_ratio=1.1, positive=positive,
    ...     negative_specific_capacity_mah_g=155, negative_active_fraction=50 / 110), 2)
    13.28
    """
    return counter_composite_mass(
        np_ratio=np_ratio,
        positive=positive,
        negative_specific_capacity_mah_g=negative_specific_capacity_mah_g,
        negative_active_fraction=Quantity(negative_active_fraction),
        np_basis=np_basis,
        negative_theoretical_capacity_mah_g=negative_theoretical_capacity_mah_g,
    ).value


@dataclass(frozen=True)
class CountedCapacities:
    """What a gram of each side's active material counts for on one N/P basis."""

    positive_mah_g: float
    negative_mah_g: float


def capacities_for(
    np_basis: str,
    positive: ElectrodeInputs,
    negative_specific_capacity_mah_g: float,
    negative_theoretical_capacity_mah_g: float | None = None,
) -> CountedCapacities:
    """Return what a gram of each side's active material counts for on this basis.

    Raises ValueError where it is not stated.
    """
    if np_basis == "first_charge":
        first = positive.first_charge_mah_g()
        if first is None:
            raise ValueError(
                "The design's N/P is on the first charge, but it states neither what that passes nor the initial "
                "efficiency."
            )
        return CountedCapacities(first, negative_specific_capacity_mah_g)
    if np_basis == "theoretical":
        if positive.theoretical_capacity_mah_g is None or negative_theoretical_capacity_mah_g is None:
            raise ValueError("The design's N/P is theoretical, but a theoretical capacity is not stated.")
        return CountedCapacities(positive.theoretical_capacity_mah_g, negative_theoretical_capacity_mah_g)
    return CountedCapacities(positive.specific_capacity_mah_g, negative_specific_capacity_mah_g)


def composite_mass_mg(
    *, areal_capacity_mah_cm2: float, area_cm2: float, active_fraction: float, specific_capacity_mah_g: float
) -> float:
    """Return the mass in mg of composite that holds ``areal_capacity_mah_cm2`` over the die.

    Raises ValueError for what is not above zero or a fraction above 1.

    >>> round(composite_mass_mg(areal_capacity_mah_cm2=3.0, area_cm2=0.282743, active_fraction=70 / 110,
    ...     specific_capacity_mah_g=165), 2)
    8.08
    """
    for name, value in (
        ("areal capacity in mAh/cm2", areal_capacity_mah_cm2),
        ("area in cm2", area_cm2),
        ("active fraction", active_fraction),
        ("specific capacity in mAh/g", specific_capacity_mah_g),
    ):
        if not value > 0:
            raise ValueError(f"The {name} must be above 0, not {value:g}.")
    if active_fraction > 1:
        raise ValueError(f"An active fraction lies above 0 and up to 1, not at {active_fraction:g}.")
    return areal_capacity_mah_cm2 * area_cm2 * 1000 / (active_fraction * specific_capacity_mah_g)


def cell_voltage_v(potential_vs_li_v: float, reference_offset_v: float) -> float:
    """Return the voltage of a cell whose positive stands at ``potential_vs_li_v``.

    reference_offset_v  Potential of the negative vs Li in V, such as 1.55 for Li4Ti5O12. It holds on the
                        negative's plateau only, so the conversion is nominal near its ends.

    >>> round(cell_voltage_v(4.3, 1.55), 2)
    2.75
    """
    return potential_vs_li_v - reference_offset_v


def area_specific_resistance_ohm_cm2(*, resistance_ohm: float, area_cm2: float) -> float:
    """Return a resistance times the area it acts over: small cells and large ones then compare.

    >>> round(area_specific_resistance_ohm_cm2(resistance_ohm=88, area_cm2=0.282743), 1)
    24.9
    """
    if not resistance_ohm >= 0:
        raise ValueError(f"A resistance cannot be {resistance_ohm:g} ohm.")
    if not area_cm2 > 0:
        raise ValueError(f"An area must be above 0 cm2, not {area_cm2:g}.")
    return resistance_ohm * area_cm2


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
