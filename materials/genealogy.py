"""What a powder consists of, computed from weighed masses all the way down to the lots."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from uncertainties import UFloat, ufloat

from lims.units import UG_PER_MG
from materials.calc.coating import shell_mass_fraction
from materials.calc.weighing import weighing_uncertainty_mg
from materials.models import CoatingBatch, Equipment, Material, MixComponent, Powder, PowderLot, Use

# A lot is its material exactly, so a fraction may be a plain number.
Composition = dict[int, UFloat | float]


def weighed_mg(mass_ug: int, balance: Equipment | None) -> UFloat:
    """Return a weighed mass in mg; its uncertainty is NaN where no balance was recorded, never 0."""
    if balance is None or balance.readability_mg is None:
        return ufloat(mass_ug / UG_PER_MG, math.nan)
    uncertainty_mg = weighing_uncertainty_mg(
        readability_mg=balance.readability_mg, repeatability_mg=balance.repeatability_mg
    )
    return ufloat(mass_ug / UG_PER_MG, uncertainty_mg)


@dataclass(frozen=True)
class CoatingShare:
    """What part of a coated powder's mass is coating, and how that is known."""

    fraction: float
    basis: str


def coating_share(batch: CoatingBatch) -> CoatingShare | None:
    """Return the coating's share of the product, from thickness, sphere size and densities.

    None where one of them is unknown.
    """
    coating = batch.edition.recipe.coating
    core = batch.powder.material
    lot = _first_lot(batch.powder)
    diameter_um = lot.mean_diameter_um() if lot else None
    thickness_nm = batch.thickness_measured_nm
    if core is None or thickness_nm is None or diameter_um is None:
        return None
    if coating.density_g_cm3 is None or core.density_g_cm3 is None:
        return None
    shell = shell_mass_fraction(
        thickness_nm=thickness_nm,
        diameter_um=diameter_um,
        coating_density_g_cm3=coating.density_g_cm3,
        core_density_g_cm3=core.density_g_cm3,
    )
    basis = f"{thickness_nm:g} nm on spheres of {diameter_um:g} µm"
    return CoatingShare(fraction=shell.fraction_of_product, basis=basis)


def _first_lot(powder: Powder) -> PowderLot | None:
    """Return the lot at the root of a coated powder."""
    while powder.kind == Powder.Kind.COATING:
        powder = powder.coating.load.powder
    return powder.lot if powder.kind == Powder.Kind.LOT else None


def compositions(powders: Iterable[Powder]) -> dict[int, Composition]:
    """Return for each powder the mass fraction of each material in it, keyed by their ids.

    Fractions carry their uncertainties, correlations kept, since a component weighed once counts in all of them.
    """
    known: dict[int, Composition] = {}
    for powder in powders:
        _compose(powder, known)
    return known


def _compose(powder: Powder, known: dict[int, Composition]) -> Composition:
    if powder.pk not in known:
        if powder.kind == Powder.Kind.LOT:
            known[powder.pk] = {_material_id(powder): 1.0}
        elif powder.kind == Powder.Kind.COATING:
            known[powder.pk] = _coated(powder, known)
        else:
            known[powder.pk] = _mixed(powder, known)
    return known[powder.pk]


def _material_id(powder: Powder) -> int:
    if powder.material_id is None:
        raise ValueError(f"{powder.code} has no material.")
    return int(powder.material_id)


def _coated(powder: Powder, known: dict[int, Composition]) -> Composition:
    batch = powder.coating
    parent = _compose(batch.load.powder, known)
    share = coating_share(batch)
    if share is None:
        return parent
    composition = {material: fraction * (1 - share.fraction) for material, fraction in parent.items()}
    coating_id = batch.edition.recipe.coating_id
    composition[coating_id] = composition.get(coating_id, 0.0) + share.fraction
    return composition


def _mixed(powder: Powder, known: dict[int, Composition]) -> Composition:
    components = MixComponent.objects.filter(batch=powder.pk).select_related(
        "use__balance", "use__powder__identity", "use__powder__material"
    )
    uses = Use.objects.filter(mix_component__batch=powder.pk).with_mass()
    masses = {use.pk: use.mass_ug for use in uses}
    weighed = [(c.use.powder, weighed_mg(masses[c.use_id], c.use.balance)) for c in components]
    total_mg = sum(mass for _, mass in weighed)
    composition: Composition = {}
    for source, mass_mg in weighed:
        for material, fraction in _compose(source, known).items():
            composition[material] = composition.get(material, 0.0) + mass_mg / total_mg * fraction
    return composition


def share_of(composition: Mapping[int, UFloat | float], materials: Iterable[Material]) -> UFloat | float:
    """Return the summed mass fraction of ``materials``."""
    return sum(composition[m.pk] for m in materials if m.pk in composition)


def edges(identities: Iterable[int], up: bool) -> list[tuple[int, int, int | None]]:  # noqa: FBT001 - the registry's shape
    """Return the uses that enter (up) or leave these records: (powder, consumer, mass in ug)."""
    keys = list(identities)
    uses = (
        Use.objects.filter(consumer__in=keys)
        if up
        else Use.objects.filter(powder__in=keys, consumer__isnull=False)
    )
    return [
        (use.powder_id, use.consumer_id, None if use.purpose == Use.Purpose.PRECURSOR else use.mass_ug)
        for use in uses.with_mass()
        if use.consumer_id is not None
    ]
