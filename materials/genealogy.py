"""What a powder consists of, computed from weighed masses all the way down to the lots."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from django.db.models import Sum
from uncertainties import UFloat, nominal_value, ufloat

from lims.units import UG_PER_MG
from materials import coating_mass
from materials.calc.formula import elements_of, mass_fraction_of_element
from materials.calc.weighing import weighing_uncertainty_mg
from materials.coating_mass import CoatingShare
from materials.descent import parents_of
from materials.models import CoatingBatch, Equipment, Material, MixComponent, Powder, Use

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


def coating_share(batch: CoatingBatch) -> CoatingShare | None:
    """Return the coating's share of the product by the best that is known, or None where nothing tells it.

    Weighing cannot see it through lost powder and desorbed water, so ICP-OES comes first; then the measured
    thickness on the surface by BET, then on smooth spheres of the lot's middle size; then what was put in.
    """
    return (
        share_by_element(batch)
        or coating_mass.on_surface(batch)
        or coating_mass.on_spheres(batch)
        or coating_mass.by_dose(batch)
    )


def share_by_element(batch: CoatingBatch) -> CoatingShare | None:
    """Return the coating's share by ICP-OES, or None where it was not measured or does not fit."""
    return coating_mass.by_element(batch, mass_fraction_of=_element_in)


def _element_in(element: str, powder: Powder) -> float:
    """Return the mass fraction of ``element`` in a powder, as far as formulas are known."""
    composition = compositions([powder])[powder.pk]
    materials = Material.objects.in_bulk(list(composition))
    return sum(
        float(nominal_value(composition[key])) * mass_fraction_of_element(material.formula, element)
        for key, material in materials.items()
        if material.formula and element in elements_of(material.formula)
    )


def substance_of(powder: Powder) -> tuple[str, int]:
    """Return what tells whether two powders are the same: a material, or a recipe's or formulation's edition."""
    while powder.kind not in (Powder.Kind.LOT, Powder.Kind.COATING, Powder.Kind.COMPOSITE):
        powder = parents_of(powder)[0]
    if powder.kind == Powder.Kind.COATING:
        return ("coating edition", powder.coating.edition_id)
    if powder.kind == Powder.Kind.COMPOSITE:
        return ("formulation edition", powder.composite.edition_id)
    return ("material", _material_id(powder))


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
        elif powder.kind == Powder.Kind.COMPOSITE:
            known[powder.pk] = _mixed(powder, known)
        else:
            known[powder.pk] = _same(powder, known)
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


def _same(powder: Powder, known: dict[int, Composition]) -> Composition:
    """Return what an aliquot, treated or merged powder consists of: what its parents do, by the masses that came."""
    uses = Use.objects.filter(consumer=powder.pk, purpose__in=Use.SAME_SUBSTANCE)
    rows = list(uses.select_related("balance", "powder__identity", "powder__material").with_mass())
    if len(rows) == 1:
        return _compose(rows[0].powder, known)
    return _blend([(use.powder, weighed_mg(use.mass_ug, use.balance)) for use in rows], known)


def _mixed(powder: Powder, known: dict[int, Composition]) -> Composition:
    components = MixComponent.objects.filter(batch=powder.pk).select_related(
        "use__balance", "use__powder__identity", "use__powder__material"
    )
    uses = Use.objects.filter(mix_component__batch=powder.pk).with_mass()
    masses = {use.pk: use.mass_ug for use in uses}
    weighed = [(c.use.powder, weighed_mg(masses[c.use_id], c.use.balance)) for c in components]
    return _blend(weighed, known)


def _blend(weighed: list[tuple[Powder, UFloat]], known: dict[int, Composition]) -> Composition:
    """Return what a blend consists of, from what was weighed of each powder."""
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
    rows = (
        uses.order_by().values_list("powder_id", "consumer_id").annotate(change_ug=Sum("entries__change_ug"))
    )
    # What is counted went in without a mass.
    return [
        (powder, consumer, -change_ug if change_ug else None)
        for powder, consumer, change_ug in rows
        if consumer is not None
    ]
