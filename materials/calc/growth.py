"""Growth of a coating over ALD cycles: what one thickness says, and what several do."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from materials.calc.coating import ANGSTROM_PER_NM

LEAST_FOR_ERRORS = 3


@dataclass(frozen=True)
class Grown:
    """A thickness in nm after some number of cycles."""

    cycles: int
    thickness_nm: float


@dataclass(frozen=True)
class GrowthLine:
    """The straight line through several thicknesses over their cycles.

    growth_angstrom      Growth per cycle, the slope.
    offset_nm            Thickness at no cycle, the intercept; below zero where growth started late.
    nucleation_cycles    Cycles after which the line leaves zero; negative where growth began too fast.
    growth_error_angstrom, offset_error_nm   Standard errors (k = 1) from the scatter, with three or more points.
    """

    growth_angstrom: float
    offset_nm: float
    nucleation_cycles: float
    points: int
    growth_error_angstrom: float | None
    offset_error_nm: float | None


def expected_thickness_nm(*, growth_angstrom: float, cycles: int) -> float:
    """Return the thickness in nm after ``cycles`` at this growth per cycle, with no delay at the start.

    >>> expected_thickness_nm(growth_angstrom=0.5, cycles=30)
    1.5
    """
    if cycles < 1:
        raise ValueError(f"A coating needs at least one cycle, not {cycles}.")
    if not growth_angstrom > 0:
        raise ValueError(f"The growth per cycle must be above 0, not {growth_angstrom:g}.")
    return growth_angstrom * cycles / ANGSTROM_PER_NM


def growth_line(grown: Sequence[Grown]) -> GrowthLine:
    """Return growth per cycle and nucleation offset from thicknesses after different numbers of cycles.

    Ordinary least squares of thickness over cycles, each batch counting the same. Raises ValueError unless at
    least two different numbers of cycles are there and the thickness rises. docs/science/ald-growth.md.

    >>> line = growth_line([Grown(20, 1.0), Grown(40, 2.2), Grown(60, 3.4)])
    >>> round(line.growth_angstrom, 2), round(line.offset_nm, 2), round(line.nucleation_cycles, 2)
    (0.6, -0.2, 3.33)
    """
    count = len(grown)
    if len({one.cycles for one in grown}) < 2:
        raise ValueError("A growth line needs thicknesses after at least two different numbers of cycles.")
    mean_cycles = math.fsum(one.cycles for one in grown) / count
    mean_nm = math.fsum(one.thickness_nm for one in grown) / count
    spread = math.fsum((one.cycles - mean_cycles) ** 2 for one in grown)
    slope = math.fsum((one.cycles - mean_cycles) * (one.thickness_nm - mean_nm) for one in grown) / spread
    if not slope > 0:
        raise ValueError(f"The thickness does not rise with the cycles ({slope:.3g} nm per cycle).")
    offset_nm = mean_nm - slope * mean_cycles
    errors: tuple[float, float] | None = None
    if count >= LEAST_FOR_ERRORS:
        left = math.fsum((one.thickness_nm - offset_nm - slope * one.cycles) ** 2 for one in grown)
        scatter = math.sqrt(left / (count - 2))
        errors = (scatter / math.sqrt(spread), scatter * math.sqrt(1 / count + mean_cycles**2 / spread))
    return GrowthLine(
        growth_angstrom=slope * ANGSTROM_PER_NM,
        offset_nm=offset_nm,
        nucleation_cycles=-offset_nm / slope,
        points=count,
        growth_error_angstrom=errors[0] * ANGSTROM_PER_NM if errors else None,
        offset_error_nm=errors[1] if errors else None,
    )
