"""How much of a coated powder is coating: by ICP-OES, by thickness on a surface, or by what was put in."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from uncertainties import UFloat, nominal_value, std_dev, ufloat

from lims.units import UG_PER_MG
from materials.calc.coating import coating_from_element, film_mass, shell_mass_fraction
from materials.calc.formula import elements_of, mass_fraction_of_element, molar_mass_g_mol
from materials.calc.solution_coating import MG_PER_G, coating_units_per_precursor
from materials.descent import parents_of, root_lot
from materials.models import CoatingBatch, CountUnit, Powder, QualityResult, Quantity, Treatment, Use
from materials.models.counted import MILLI


@dataclass(frozen=True)
class CoatingShare:
    """What part of a coated powder's mass is coating, and how that is known.

    The fraction carries its uncertainty (k = 1) where all that it rests on has one; else it is a plain number.
    """

    fraction: UFloat | float
    basis: str

    @property
    def value(self) -> float:
        return float(nominal_value(self.fraction))

    @property
    def uncertainty(self) -> float | None:
        return float(std_dev(self.fraction)) or None


def by_element(
    batch: CoatingBatch, *, mass_fraction_of: Callable[[str, Powder], float]
) -> CoatingShare | None:
    """Return the share by ICP-OES, from an element that the coating brings and the core is free of.

    What an earlier coating of the same element brought is taken off. None where formulas or a result are
    missing, or where the result does not fit between the two.
    """
    coating, core = batch.edition.recipe.coating, batch.powder.material
    if core is None or not coating.formula or not core.formula:
        return None
    brought = elements_of(coating.formula) - elements_of(core.formula)
    results = QualityResult.objects.filter(
        powder=batch.powder_id, quantity=Quantity.ELEMENT, replaced_by=None, below_detection=False
    )
    result = results.filter(element__in=brought).first()
    if result is None:
        return None
    before = mass_fraction_of(result.element, batch.load.powder)
    try:
        fraction = coating_from_element(
            measured=result.value,
            in_coating=mass_fraction_of_element(coating.formula, result.element),
            in_core=before,
        )
    except ValueError:
        # It measures something else as well: the next best basis is taken, and the page shows the result.
        return None
    return CoatingShare(
        _scaled(fraction, result.value - before, result.uncertainty),
        f"{result.method}: {100 * result.value:.3g} % {result.element}",
    )


def on_surface(batch: CoatingBatch) -> CoatingShare | None:
    """Return the share of an even film of the measured thickness on the surface by BET of what was coated."""
    density, thickness_nm = batch.edition.recipe.coating.density_g_cm3, batch.thickness_measured_nm
    if density is None or thickness_nm is None:
        return None
    surface = surface_of(batch.load.powder)
    if surface is None:
        return None
    film = film_mass(thickness_nm=thickness_nm, surface_m2_g=surface.value, coating_density_g_cm3=density)
    thickness = _scaled(1.0, thickness_nm, thickness_error_nm(batch))
    area = _scaled(1.0, surface.value, surface.uncertainty)
    known = isinstance(thickness, UFloat) and isinstance(area, UFloat)
    gain = film.gain_on_powder * thickness * area
    return CoatingShare(
        gain / (1 + gain) if known else film.fraction_of_product,
        f"{thickness_nm:g} nm on {surface.value:g} m²/g ({surface.method}, {surface.powder.code})",
    )


def surface_of(powder: Powder) -> QualityResult | None:
    """Return the newest specific surface of a powder, or of the jar that it was parted or dried from."""
    while True:
        results = QualityResult.objects.filter(
            powder=powder, quantity=Quantity.SURFACE, replaced_by=None, below_detection=False, value__gt=0
        )
        result = results.select_related("powder__identity").first()
        if result is not None or not _keeps_its_surface(powder):
            return result
        powder = parents_of(powder)[0]


def _keeps_its_surface(powder: Powder) -> bool:
    """Return whether what a powder was made from has the same surface: milling and annealing change it."""
    if powder.kind == Powder.Kind.ALIQUOT:
        return True
    dried = (Treatment.Kind.DRY, Treatment.Kind.REDRY)
    return powder.kind == Powder.Kind.TREATMENT and powder.treatment.kind in dried


def thickness_error_nm(batch: CoatingBatch) -> float | None:
    """Return the standard uncertainty of the mean thickness, from its scatter between the places."""
    deviation, sites = batch.thickness_standard_deviation_nm, batch.thickness_sites
    return None if not deviation or not sites else deviation / math.sqrt(sites)


def _scaled(value: float, of: float, uncertainty: float | None) -> UFloat | float:
    """Return ``value`` with the relative uncertainty of ``of``, or as a plain number where none is known."""
    return value if uncertainty is None or not of else ufloat(value, abs(value / of) * uncertainty)


def on_spheres(batch: CoatingBatch) -> CoatingShare | None:
    """Return the share of an even shell of the measured thickness on spheres of the lot's middle size."""
    coating = batch.edition.recipe.coating
    core = batch.powder.material
    lot = root_lot(batch.powder)
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


def by_dose(batch: CoatingBatch) -> CoatingShare | None:
    """Return the share that a solution leaves if all that was put in ended on the powder."""
    dose = put_in(batch)
    if dose is None:
        return None
    load_mg = Use.objects.with_mass().get(pk=batch.load_id).mass_ug / UG_PER_MG
    basis = f"{dose.volume_ml:g} mL of {dose.solution.code}, all of it taken as left on the powder"
    return CoatingShare(fraction=dose.coating_mg / (dose.coating_mg + load_mg), basis=basis)


@dataclass(frozen=True)
class PutIn:
    """What a solution brought: its volume, and the coating that it leaves."""

    solution: Powder
    volume_ml: float
    coating_mg: float


def put_in(batch: CoatingBatch) -> PutIn | None:
    """Return what the counted solution of a batch leaves, or None where there is none or its formulas are unknown."""
    uses = Use.objects.filter(consumer=batch.powder_id, purpose=Use.Purpose.PRECURSOR, counts__isnull=False)
    use = uses.select_related("powder__identity", "powder__material", "powder__lot").first()
    coating = batch.edition.recipe.coating
    if use is None or use.powder.material is None or use.powder.lot.concentration_g_ml is None:
        return None
    counted_milli = -sum(use.counts.values_list("change_milli", flat=True))
    precursor = use.powder.material.formula
    if use.powder.counted_in != CountUnit.ML or not precursor or not coating.formula or not counted_milli:
        return None
    volume_ml = counted_milli / MILLI
    precursor_mg = volume_ml * use.powder.lot.concentration_g_ml * MG_PER_G
    try:
        units = coating_units_per_precursor(coating=coating.formula, precursor=precursor)
    except ValueError:
        # The recipe's page says why the two do not fit.
        return None
    ratio = units * molar_mass_g_mol(coating.formula) / molar_mass_g_mol(precursor)
    return PutIn(solution=use.powder, volume_ml=volume_ml, coating_mg=precursor_mg * ratio)
