"""Coating from solution: how much of a precursor's solution leaves the coating that is aimed at."""

import math
from dataclasses import dataclass

import periodictable

from materials.calc.formula import molar_mass_g_mol

MG_PER_G = 1000.0
# What burns or evaporates, or comes from the air: it does not tell how much coating a precursor leaves.
NOT_COUNTED = frozenset({"O", "H", "C", "N"})


@dataclass(frozen=True)
class SolutionDose:
    """What a coating of a stated mass takes, all for one powder load."""

    coating_mass_mg: float
    precursor_mass_mg: float
    volume_ml: float


def mass_aimed_at_mg(*, powder_mass_mg: float, target_fraction: float, of_product: bool) -> float:
    """Return the mass of coating in mg that makes ``target_fraction`` of the powder put in, or of the product.

    Raises ValueError for a fraction outside 0 to 1 or a mass that is not above zero.

    >>> round(mass_aimed_at_mg(powder_mass_mg=500, target_fraction=0.03, of_product=True), 3)
    15.464
    """
    if not 0 < target_fraction < 1:
        raise ValueError(f"A coating's share lies between 0 and 1, not at {target_fraction:g}.")
    if not powder_mass_mg > 0:
        raise ValueError(f"The powder must weigh more than 0 mg, not {powder_mass_mg:g}.")
    on_powder = target_fraction / (1 - target_fraction) if of_product else target_fraction
    return powder_mass_mg * on_powder


def coating_units_per_precursor(*, coating: str, precursor: str) -> float:
    """Return how many formula units of ``coating`` one of ``precursor`` leaves: the metals that both hold say it.

    Raises ValueError where a metal of the coating is missing in the precursor or comes in another ratio.

    >>> coating_units_per_precursor(coating="LiNbO3", precursor="LiNb(OC2H5)6")
    1.0
    >>> coating_units_per_precursor(coating="Nb2O5", precursor="Nb(OC2H5)5")
    0.5
    """
    wanted, given = _metals(coating), _metals(precursor)
    if not wanted:
        raise ValueError(f"{coating} holds no element that a precursor could be counted by.")
    if missing := sorted(set(wanted) - set(given)):
        raise ValueError(f"{precursor} holds no {missing[0]}, of which {coating} is made.")
    units = {element: given[element] / count for element, count in wanted.items()}
    first = next(iter(units.values()))
    if not all(math.isclose(one, first, rel_tol=1e-9) for one in units.values()):
        raise ValueError(
            f"{precursor} does not hold {' and '.join(sorted(wanted))} in the ratio of {coating}."
        )
    return first


def solution_dose(
    *, coating_mass_mg: float, coating: str, precursor: str, concentration_g_ml: float
) -> SolutionDose:
    """Return the precursor and the volume of its solution that leave ``coating_mass_mg`` of coating.

    coating, precursor    Formulas; every metal of the precursor is taken to end in the coating.
    concentration_g_ml    Mass of precursor per volume of solution; 5 % (w/v) is 0.05 g/mL.

    Raises ValueError for formulas that do not fit and for numbers that are not above zero.
    docs/science/solution-coating.md.

    >>> dose = solution_dose(coating_mass_mg=15, coating="LiNbO3", precursor="LiNb(OC2H5)6",
    ...                      concentration_g_ml=0.05)
    >>> round(dose.precursor_mass_mg, 1), round(dose.volume_ml, 3)
    (37.6, 0.751)
    """
    for name, value in (
        ("coating's mass in mg", coating_mass_mg),
        ("concentration in g/mL", concentration_g_ml),
    ):
        if not value > 0:
            raise ValueError(f"The {name} must be above 0, not {value:g}.")
    units = coating_units_per_precursor(coating=coating, precursor=precursor)
    per_unit = molar_mass_g_mol(precursor) / (units * molar_mass_g_mol(coating))
    precursor_mg = coating_mass_mg * per_unit
    return SolutionDose(coating_mass_mg, precursor_mg, precursor_mg / MG_PER_G / concentration_g_ml)


def _metals(formula: str) -> dict[str, float]:
    """Return how often each element that stays in a coating occurs in a formula unit."""
    # Judges the formula first: the library alone would take more than formulas.
    molar_mass_g_mol(formula)
    atoms = {str(atom): float(count) for atom, count in periodictable.formula(formula).atoms.items()}
    return {element: count for element, count in atoms.items() if element not in NOT_COUNTED}
