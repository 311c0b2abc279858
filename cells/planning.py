"""What to weigh for a cell: the counter electrode for the cathode mass at hand, and whether the powders suffice."""

from __future__ import annotations

from dataclasses import dataclass

from uncertainties import nominal_value

from cells.basis import active_fraction
from cells.calc.balance import ElectrodeInputs, Quantity, counter_composite_mass_mg
from cells.models import CellDesignEdition
from lims.units import UG_PER_MG
from materials.genealogy import compositions
from materials.models import Powder


@dataclass(frozen=True)
class WeighingSheet:
    """Masses for one cell in mg, and how many cells the powders are good for."""

    positive_mass_mg: float
    negative_mass_mg: float
    separator_mass_mg: float
    np_target: float
    np_basis: str
    positive_active_fraction: float
    negative_active_fraction: float
    positive_suffices: bool
    negative_suffices: bool


def weighing_sheet(
    edition: CellDesignEdition,
    *,
    positive: Powder,
    negative: Powder,
    positive_mass_ug: int | None = None,
    replicates: int = 1,
) -> WeighingSheet:
    """Return what to weigh so that N/P meets the design's target for the cathode mass just weighed.

    Raises ValueError where a powder holds none of the design's active material.
    """
    known = compositions([positive, negative])
    fractions = []
    for powder, material in ((positive, edition.positive_material), (negative, edition.negative_material)):
        fraction = nominal_value(active_fraction(known[powder.pk], material, edition))
        if fraction <= 0:
            raise ValueError(
                f"{powder.code} holds no {material.name}, which this design's electrode is made with."
            )
        fractions.append(fraction)
    mass_ug = edition.positive_mass_ug if positive_mass_ug is None else positive_mass_ug
    negative_mg = counter_composite_mass_mg(
        np_ratio=edition.np_target,
        positive=ElectrodeInputs(
            composite_mass_mg=Quantity(mass_ug / UG_PER_MG, 0.0),
            active_fraction=Quantity(fractions[0], 0.0),
            specific_capacity_mah_g=edition.positive_specific_capacity_mah_g,
        ),
        negative_specific_capacity_mah_g=edition.negative_specific_capacity_mah_g,
        negative_active_fraction=fractions[1],
    )
    return WeighingSheet(
        positive_mass_mg=mass_ug / UG_PER_MG,
        negative_mass_mg=negative_mg,
        separator_mass_mg=edition.separator_mass_ug / UG_PER_MG,
        np_target=edition.np_target,
        np_basis=edition.np_basis,
        positive_active_fraction=fractions[0],
        negative_active_fraction=fractions[1],
        positive_suffices=positive.balance_now_ug() >= replicates * mass_ug,
        negative_suffices=negative.balance_now_ug() >= replicates * negative_mg * UG_PER_MG,
    )
