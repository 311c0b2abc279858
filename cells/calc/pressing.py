"""Pressing powders: pressure, force and gauge reading, and how dense the pellet became."""

import math
from dataclasses import dataclass

from cells.calc.quantity import Quantity

NEWTON_PER_TONNE_FORCE = 9806.65
BAR_PER_MPA = 10.0


@dataclass(frozen=True)
class PelletDensity:
    """How dense a pellet is; fractions of the density without pores, uncertainty absolute and k = 1.

    above_full_density is True where the numbers claim more than no pores at all: thickness, die or density is
    off. The value is kept as it came out, because within its uncertainty it can be honest.
    """

    density_g_cm3: float
    relative_density: float
    relative_density_uncertainty: float
    porosity: float
    above_full_density: bool


@dataclass(frozen=True)
class PressForce:
    """The force behind a pressure on a die, in the units of presses and of springs."""

    presses: str
    pressure_mpa: float
    force_kn: Quantity
    force_tonnes: Quantity
    force_kgf: Quantity


def press_force(presses: str, pressure_mpa: float, die_diameter_mm: Quantity) -> PressForce:
    """Return the force behind ``pressure_mpa``, as uncertain as the die's area: twice its diameter's, relative.

    docs/science/press-force.md.

    >>> force = press_force("whole stack", 520, Quantity(6.0, 0.0289))
    >>> round(force.force_kn.value, 2), round(force.force_tonnes.value, 2), round(force.force_kn.uncertainty, 2)
    (14.7, 1.5, 0.14)
    """
    newton = press_force_n(pressure_mpa, die_diameter_mm.value)
    relative = 2 * die_diameter_mm.uncertainty / die_diameter_mm.value

    def of(value: float) -> Quantity:
        return Quantity(value, value * relative)

    tonnes = tonnes_force(newton)
    return PressForce(presses, pressure_mpa, of(newton / 1000), of(tonnes), of(1000 * tonnes))


def press_force_n(pressure_mpa: float, diameter_mm: float) -> float:
    """Return the force in N that puts ``pressure_mpa`` on a round die (1 MPa is 1 N/mm2).

    >>> round(press_force_n(520, 6.0) / 1000, 2)
    14.7
    """
    _require_pressure(pressure_mpa)
    return pressure_mpa * _round_area_mm2("die", diameter_mm)


def pressure_mpa(force_n: float, diameter_mm: float) -> float:
    """Return the pressure in MPa that ``force_n`` puts on a round die.

    >>> round(pressure_mpa(14702.65, 6.0), 1)
    520.0
    """
    _require_force(force_n)
    return force_n / _round_area_mm2("die", diameter_mm)


def tonnes_force(force_n: float) -> float:
    """Return a force in metric tonnes-force, the unit on many presses.

    >>> round(tonnes_force(press_force_n(520, 6.0)), 2)
    1.5
    """
    _require_force(force_n)
    return force_n / NEWTON_PER_TONNE_FORCE


def force_n_from_tonnes(force_tonnes: float) -> float:
    """Return a force in N from metric tonnes-force.

    >>> force_n_from_tonnes(1.0)
    9806.65
    """
    _require_force(force_tonnes)
    return force_tonnes * NEWTON_PER_TONNE_FORCE


def gauge_pressure_bar(*, pressure_mpa: float, die_diameter_mm: float, ram_diameter_mm: float) -> float:
    """Return what the gauge of a hydraulic press shows in bar when ``pressure_mpa`` stands on the die.

    The oil acts on the ram and the powder feels the die, so pressures go as the inverse of their areas.

    >>> round(gauge_pressure_bar(pressure_mpa=520, die_diameter_mm=6.0, ram_diameter_mm=50.0), 1)
    74.9
    """
    force = press_force_n(pressure_mpa, die_diameter_mm)
    return BAR_PER_MPA * force / _round_area_mm2("ram", ram_diameter_mm)


def pressure_mpa_from_gauge(*, gauge_bar: float, die_diameter_mm: float, ram_diameter_mm: float) -> float:
    """Return the pressure in MPa on the die from the gauge reading in bar.

    >>> round(pressure_mpa_from_gauge(gauge_bar=74.88, die_diameter_mm=6.0, ram_diameter_mm=50.0), 1)
    520.0
    """
    _require_pressure(gauge_bar)
    force = gauge_bar / BAR_PER_MPA * _round_area_mm2("ram", ram_diameter_mm)
    return force / _round_area_mm2("die", die_diameter_mm)


def layer_thickness_um(*, areal_mass_mg_cm2: float, density_g_cm3: float, porosity: float = 0.0) -> float:
    """Return the thickness in um of a layer of known areal mass and porosity (fraction).

    >>> round(layer_thickness_um(areal_mass_mg_cm2=171.9, density_g_cm3=1.86))
    924
    """
    if not density_g_cm3 > 0:
        raise ValueError(f"A density must be above 0 g/cm3, not {density_g_cm3:g}.")
    if not areal_mass_mg_cm2 >= 0:
        raise ValueError(f"An areal mass cannot be {areal_mass_mg_cm2:g} mg/cm2.")
    if not 0 <= porosity < 1:
        raise ValueError(f"A porosity lies from 0 to below 1, not at {porosity:g}.")
    return 10 * areal_mass_mg_cm2 / density_g_cm3 / (1 - porosity)


def pellet_density(
    *,
    mass_mg: float,
    area_cm2: float,
    thickness_um: float,
    theoretical_density_g_cm3: float,
    thickness_uncertainty_um: float = 0.0,
) -> PelletDensity:
    """Return density, relative density and porosity of a pellet.

    thickness_uncertainty_um  Standard uncertainty, the largest by far: two plunger heights are subtracted.

    A result above full density is flagged, not refused. Raises ValueError for what is not above zero.
    docs/science/press-force.md.

    >>> pellet = pellet_density(mass_mg=8.1, area_cm2=0.282743, thickness_um=100,
    ...                         theoretical_density_g_cm3=3.08, thickness_uncertainty_um=10)
    >>> round(pellet.relative_density, 2), round(pellet.relative_density_uncertainty, 2)
    (0.93, 0.09)
    """
    for name, value in (
        ("mass in mg", mass_mg),
        ("area in cm2", area_cm2),
        ("thickness in um", thickness_um),
        ("theoretical density in g/cm3", theoretical_density_g_cm3),
    ):
        if not value > 0:
            raise ValueError(f"The {name} must be above 0, not {value:g}.")
    if not thickness_uncertainty_um >= 0:
        raise ValueError(f"An uncertainty cannot be {thickness_uncertainty_um:g} um.")
    density = 10 * mass_mg / (area_cm2 * thickness_um)
    relative = density / theoretical_density_g_cm3
    return PelletDensity(
        density_g_cm3=density,
        relative_density=relative,
        relative_density_uncertainty=relative * thickness_uncertainty_um / thickness_um,
        porosity=1 - relative,
        above_full_density=relative > 1,
    )


def _round_area_mm2(name: str, diameter_mm: float) -> float:
    if not diameter_mm > 0:
        raise ValueError(f"The {name}'s diameter must be above 0 mm, not {diameter_mm:g}.")
    return math.pi * diameter_mm**2 / 4


def _require_pressure(pressure: float) -> None:
    if not pressure >= 0:
        raise ValueError(f"A pressure cannot be {pressure:g}.")


def _require_force(force: float) -> None:
    if not force >= 0:
        raise ValueError(f"A force cannot be {force:g}.")
