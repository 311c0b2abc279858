"""From the heights of the plungers to the thickness of what lies between them, and how dense that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cells.calc.pressing import PelletDensity, pellet_density

METHOD, VERSION = "plunger_heights", "1"
UM_PER_MM = 1000.0


@dataclass(frozen=True)
class Height:
    """A height in mm and its standard uncertainty in um (k = 1), None where nobody knows it."""

    height_mm: float
    uncertainty_um: float | None = None


@dataclass(frozen=True)
class Thickness:
    """A thickness in um and its standard uncertainty (k = 1), None where nobody knows it."""

    thickness_um: float
    uncertainty_um: float | None = None


@dataclass(frozen=True)
class PressedPellet:
    """How thick and how dense a pellet is; relative density and porosity are fractions, uncertainties k = 1.

    above_full_density says that the numbers claim more than no pores at all: that is told, not refused.
    """

    thickness: Thickness
    density_g_cm3: float
    relative_density: float
    porosity: float
    uncertainty: float | None
    above_full_density: bool


def mean_height(readings: Sequence[Height]) -> Height:
    """Return the mean of several readings of one height.

    The gauge is the same in all of them, so its own uncertainty does not shrink with their number; the scatter of two
    readings or more is added as the standard deviation of their mean (JCGM 100:2008, 4.2.3). Raises ValueError
    without a reading.

    >>> mean = mean_height([Height(20.000, 5), Height(20.010, 5)])
    >>> round(mean.height_mm, 3), round(mean.uncertainty_um, 2)
    (20.005, 7.07)
    """
    if not readings:
        raise ValueError("There is no reading to average.")
    count = len(readings)
    mean_mm = sum(reading.height_mm for reading in readings) / count
    gauge = [reading.uncertainty_um for reading in readings if reading.uncertainty_um is not None]
    scatter_um = None
    if count > 1:
        squares = sum((reading.height_mm - mean_mm) ** 2 for reading in readings)
        scatter_um = UM_PER_MM * math.sqrt(squares / (count - 1) / count)
    if not gauge:
        return Height(mean_mm, scatter_um)
    return Height(mean_mm, math.hypot(max(gauge), scatter_um or 0.0))


def thickness(*, above: Height, below: Height) -> Thickness:
    """Return how thick that is which raised the plunger from ``below`` to ``above``; both under the same load.

    Raises ValueError where the plunger did not rise.

    >>> found = thickness(above=Height(21.05, 7), below=Height(20.0, 7))
    >>> found.thickness_um, round(found.uncertainty_um, 1)
    (1050.0, 9.9)
    """
    risen_um = round(UM_PER_MM * (above.height_mm - below.height_mm), 6)
    if not risen_um > 0:
        raise ValueError(
            f"The plunger stands at {above.height_mm:g} mm with the layer and at {below.height_mm:g} mm without it: "
            "it did not rise."
        )
    if above.uncertainty_um is None or below.uncertainty_um is None:
        return Thickness(risen_um)
    return Thickness(risen_um, math.hypot(above.uncertainty_um, below.uncertainty_um))


def density_without_pores_g_cm3(parts: Sequence[tuple[float, float]]) -> float:
    """Return the density in g/cm3 of a mixture of (mass or mass fraction, density in g/cm3): 1/rho = sum of w/rho.

    >>> round(density_without_pores_g_cm3([(70, 4.75), (30, 1.86), (5, 2.2), (5, 1.95)]), 2)
    3.08
    """
    if not parts or any(not share > 0 or not density > 0 for share, density in parts):
        raise ValueError("Each part has a share and a density above 0.")
    total = sum(share for share, _ in parts)
    return total / sum(share / density for share, density in parts)


def pressed_pellet(
    *,
    mass_mg: float,
    mass_uncertainty_mg: float | None,
    diameter_mm: float,
    diameter_uncertainty_mm: float | None,
    measured: Thickness,
    theoretical_density_g_cm3: float,
) -> PressedPellet:
    """Return density and porosity of a pellet whose thickness was measured, with their uncertainty.

    Mass, diameter and thickness are independent, so their relative uncertainties are added in squares (JCGM
    100:2008, 5.1.6); the density without pores counts as known. None where one of them is not known. A result above
    100 % is flagged, not refused: within its uncertainty it can be honest. docs/science/pellet-density.md.

    >>> pellet = pressed_pellet(mass_mg=8.1, mass_uncertainty_mg=0.0408, diameter_mm=6.0,
    ...     diameter_uncertainty_mm=0.0289, measured=Thickness(100, 10), theoretical_density_g_cm3=3.08)
    >>> round(pellet.relative_density, 2), round(pellet.uncertainty, 2), round(pellet.porosity, 2)
    (0.93, 0.09, 0.07)
    """
    found: PelletDensity = pellet_density(
        mass_mg=mass_mg,
        area_cm2=math.pi * diameter_mm**2 / 400,
        thickness_um=measured.thickness_um,
        theoretical_density_g_cm3=theoretical_density_g_cm3,
    )
    known = (mass_uncertainty_mg, diameter_uncertainty_mm, measured.uncertainty_um)
    uncertainty = None
    if all(one is not None for one in known):
        uncertainty = found.relative_density * math.hypot(
            (mass_uncertainty_mg or 0.0) / mass_mg,
            2 * (diameter_uncertainty_mm or 0.0) / diameter_mm,
            (measured.uncertainty_um or 0.0) / measured.thickness_um,
        )
    return PressedPellet(
        thickness=measured,
        density_g_cm3=found.density_g_cm3,
        relative_density=found.relative_density,
        porosity=found.porosity,
        uncertainty=uncertainty,
        above_full_density=found.above_full_density,
    )
