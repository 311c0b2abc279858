"""What a design puts in each place of a cell, and whether a lot and a mass are that."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from uncertainties import nominal_value

from cells.models import Cell, CellDesignEdition, DesignLayer
from cells.models.design import LayerRole
from lims.units import mass_text
from materials.genealogy import compositions, share_of, substance_of
from materials.models import Powder


def dispensed(mass_ug: int | None, boat_full_ug: int | None, boat_after_ug: int | None) -> int:
    """Return what was dispensed: as given, or as the boat's two masses say; ValidationError where they disagree."""
    if (boat_full_ug is None) != (boat_after_ug is None):
        raise ValidationError({"boat_after_ug": "Give both masses of the boat, full and after, or neither."})
    if boat_full_ug is None or boat_after_ug is None:
        if mass_ug is None:
            raise ValidationError({"mass_ug": "Say what was dispensed."})
        return mass_ug
    difference = boat_full_ug - boat_after_ug
    if difference <= 0:
        raise ValidationError(
            {
                "boat_after_ug": f"The boat weighed {mass_text(boat_full_ug)} full; emptied it is lighter than that."
            }
        )
    if mass_ug is not None and mass_ug != difference:
        raise ValidationError(
            {
                "mass_ug": f"The boat lost {mass_text(difference)}, and {mass_text(mass_ug)} is said to be dispensed."
            }
        )
    return difference


def laid_in(edition: CellDesignEdition, role: str) -> bool:
    """Return whether the design lays this layer in without pressing it yet."""
    return any(step.role == role and step.pressure_mpa is None for step in edition.press_schedule.all())


def judge_lot(cell: Cell, role: str, lot: Powder) -> DesignLayer:
    """Return what the design puts here, or raise ValidationError where this lot is not that."""
    meant = cell.edition.layer(role)
    if meant is None:
        raise ValidationError({"role": f"{cell.edition} has no {LayerRole(role).label.lower()}."})
    if meant.is_foil:
        if lot.material_id != meant.material_id:
            raise ValidationError(
                {"powder": f"{lot.code} is not {meant.material.name}, which this design lays in."}
            )
        if lot.counted_in != meant.counted_in:
            raise ValidationError(
                {
                    "powder": f"{lot.code} is not counted in {meant.get_counted_in_display()}, as this design counts."
                }
            )
    elif role == LayerRole.SEPARATOR:
        if lot.material_id != meant.material_id:
            raise ValidationError(
                {"powder": f"{lot.code} is not {meant.material.name}, which this design's separator is."}
            )
    else:
        _judge_composite(lot, meant)
    return meant


def _judge_composite(lot: Powder, meant: DesignLayer) -> None:
    """An electrode is pressed from a composite that holds the design's active material."""
    if lot.counted_in or substance_of(lot)[0] != "formulation edition":
        raise ValidationError({"powder": f"{lot.code} is not a composite; an electrode is pressed from one."})
    if nominal_value(share_of(compositions([lot])[lot.pk], [meant.material])) <= 0:
        raise ValidationError(
            {
                "powder": f"{lot.code} holds no {meant.material.name}, which this design's electrode is made with."
            }
        )
