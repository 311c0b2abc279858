"""What a report says of each powder above a cell."""

from __future__ import annotations

from collections.abc import Iterable

from cells.calc.pressing import press_force_n
from lims.models import Blank
from materials.genealogy import coating_share
from materials.models import Powder

Fact = list[str]


def force_kn(pressure_mpa: float, diameter_mm: float | None) -> float | None:
    """Return the force of a press on a die, in kN."""
    return None if diameter_mm is None else press_force_n(pressure_mpa, diameter_mm) / 1000


def of_powders(keys: Iterable[int]) -> dict[int, list[Fact]]:
    """Return label and value pairs of each powder, by its identity."""
    powders = Powder.objects.filter(pk__in=list(keys)).select_related(
        "material",
        "lot__supplier",
        "coating__edition__recipe__coating",
        "coating__edition__recipe__identity",
        "coating__load__powder",
        "composite__edition__formulation__identity",
    )
    return {powder.pk: _facts(powder) for powder in powders}


def _facts(powder: Powder) -> list[Fact]:
    facts: list[Fact] = []
    if powder.material:
        material = powder.material
        # A substance that is called by its formula is named once.
        formula = "" if material.formula == material.name else material.formula
        facts.append(["Material", f"{material.name} {formula}".strip()])
    if powder.kind == Powder.Kind.LOT:
        lot = powder.lot
        facts += [["Supplier", lot.supplier.name], ["Lot", lot.lot_number]]
        if lot.catalogue_number:
            facts.append(["Catalogue no.", lot.catalogue_number])
        if lot.particle_size_min_um is not None and lot.particle_size_max_um is not None:
            facts.append(
                ["Particle size", f"{lot.particle_size_min_um:g} to {lot.particle_size_max_um:g} µm"]
            )
    elif powder.kind == Powder.Kind.COATING:
        batch = powder.coating
        facts.append(["Recipe", str(batch.edition)])
        if batch.cycles_done is not None:
            facts.append(["ALD cycles", str(batch.cycles_done)])
        if batch.solution_volume_ml is not None:
            facts.append(["Solution", f"{batch.solution_volume_ml:g} mL"])
        if batch.thickness_measured_nm is not None:
            facts.append(
                [
                    "Thickness",
                    f"{batch.thickness_measured_nm:g} nm ({batch.thickness_method or 'method not recorded'})",
                ]
            )
        share = coating_share(batch)
        if share is not None:
            facts.append(["Coating", f"{100 * share.value:.2f} % of the product, computed for {share.basis}"])
    elif powder.kind == Powder.Kind.COMPOSITE:
        edition = powder.composite.edition
        facts.append(["Formulation", f"{edition} ({edition.ratio()})"])
    elif powder.kind == Powder.Kind.TREATMENT:
        facts.append(["Treatment", powder.treatment.in_words()])
    return facts


def not_recorded(keys: Iterable[int]) -> list[str]:
    """Return what the powders' records leave open."""
    missing = []
    powders = Powder.objects.filter(pk__in=list(keys)).select_related(
        "identity", "composite", "coating__reactor"
    )
    for powder in powders.order_by("pk"):
        if powder.kind == Powder.Kind.COMPOSITE:
            if not powder.composite.method:
                missing.append(_said(powder, f"Mixing method of {powder.code}", "method"))
            if powder.composite.duration_min is None:
                missing.append(_said(powder, f"Mixing time of {powder.code}", "duration_min"))
            if powder.composite.oxygen_ppm is None or powder.composite.water_ppm is None:
                what = f"Glovebox oxygen and water while mixing {powder.code}"
                missing.append(_said(powder, what, "oxygen_ppm", "water_ppm"))
        elif powder.kind == Powder.Kind.COATING and powder.coating.reactor is None:
            place = "Reactor" if powder.coating.solution_volume_ml is None else "Furnace"
            missing.append(_said(powder, f"{place} of {powder.code}", "reactor"))
    return missing


def _said(powder: Powder, what: str, *names: str) -> str:
    """Return what is open, and what somebody has said of it: not measured is another thing than not recorded."""
    words = next((Blank(powder.blanks[name]).label for name in names if name in powder.blanks), "")
    return f"{what}: {words}" if words else what
