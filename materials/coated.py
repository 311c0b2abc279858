"""What follows of a coating batch: its time, its growth per cycle, and how much coating that is on its powder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lims.numbers import exact, plain
from lims.units import UG_PER_MG
from materials import coating_mass, genealogy
from materials.calc.coating import (
    AldRun,
    AldStep,
    ald_run,
    equivalent_thickness_nm,
    film_mass,
    growth_per_cycle_angstrom,
    sphere_surface_m2_g,
)
from materials.calc.growth import Grown, GrowthLine, expected_thickness_nm, growth_line
from materials.calc.solution_coating import SolutionDose, mass_aimed_at_mg, solution_dose
from materials.coating_mass import CoatingShare
from materials.descent import root_lot
from materials.editions import same_cycle
from materials.models import CoatingBatch, CoatingRecipe, CoatingRecipeEdition, Powder, Use

Method = CoatingRecipeEdition.Method
TargetBasis = CoatingRecipeEdition.TargetBasis


def run_of(
    edition: CoatingRecipeEdition, *, cycles: int | None, rotation_rpm: float | None = None
) -> AldRun | None:
    """Return the time and bed turns of ``cycles`` of an ALD recipe; None for a coating from solution."""
    if edition.method != Method.ALD or cycles is None:
        return None
    turned = edition.rotation_rpm if rotation_rpm is None else rotation_rpm
    steps = [AldStep(step.kind, step.substance, step.duration_s) for step in edition.steps.all()]
    return ald_run(steps=steps, cycles=cycles, rotation_rpm=turned or 0)


# --- growth -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Growth:
    """A growth per cycle, how it is known, and what the recipe's limits say of it."""

    source: str
    thickness_nm: float
    cycles: int
    growth_angstrom: float
    error_angstrom: float | None
    state: str
    sentence: str


def growths(batch: CoatingBatch) -> list[Growth]:
    """Return the growth per cycle by the measured thickness and by the witness wafer, as far as they are known."""
    known = [
        (
            batch.thickness_method or "Thickness",
            batch.thickness_measured_nm,
            coating_mass.thickness_error_nm(batch),
        ),
        ("Witness wafer, ellipsometry", batch.witness_thickness_nm, None),
    ]
    if batch.edition.method != Method.ALD or batch.cycles_done is None:
        return []
    found = []
    for source, thickness_nm, error_nm in known:
        if thickness_nm is None:
            continue
        growth = growth_per_cycle_angstrom(thickness_nm=thickness_nm, cycles=batch.cycles_done)
        error = error_nm and growth_per_cycle_angstrom(thickness_nm=error_nm, cycles=batch.cycles_done)
        state, sentence = judge_growth(batch.edition.recipe, growth)
        found.append(Growth(source, thickness_nm, batch.cycles_done, growth, error, state, sentence))
    return found


def judge_growth(recipe: CoatingRecipe, growth_angstrom: float) -> tuple[str, str]:
    """Return inside, below, above or no limit, and the sentence that says so with its citation."""
    lower, upper = recipe.growth_lower_angstrom, recipe.growth_upper_angstrom
    if lower is None and upper is None:
        return "no limit", "No limit of growth per cycle is set for this recipe."
    cited = f"({recipe.growth_limits_citation})"
    number = f"{plain(growth_angstrom, 2)} Å per cycle"
    if lower is not None and growth_angstrom < lower:
        return "below", f"{number} is below the limit of {exact(lower)} Å {cited}."
    if upper is not None and growth_angstrom > upper:
        return "above", f"{number} is above the limit of {exact(upper)} Å {cited}."
    return "inside", f"{number} lies within the limits {cited}."


def growth_line_of(
    edition: CoatingRecipeEdition, batches: Iterable[CoatingBatch]
) -> tuple[list[CoatingBatch], GrowthLine | None, str]:
    """Return the measured batches that ran this edition's cycle, the line through them, or why there is none."""
    comparable: dict[int, bool] = {}
    measured = []
    for batch in batches:
        if batch.edition_id not in comparable:
            comparable[batch.edition_id] = same_cycle(batch.edition, edition)
        if comparable[batch.edition_id] and batch.thickness_measured_nm is not None and batch.cycles_done:
            measured.append(batch)
    try:
        line = growth_line([Grown(b.cycles_done or 0, b.thickness_measured_nm or 0) for b in measured])
    except ValueError as problem:
        return measured, None, str(problem)
    return measured, line, ""


# --- how much coating that is -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Surface:
    """The surface of what was coated in m2/g: one number by BET, a range over the sizes of smooth spheres."""

    basis: str
    m2_g: float
    least_m2_g: float
    most_m2_g: float


@dataclass(frozen=True)
class Span:
    """A fraction, with the range that it lies in where the surface is a range."""

    value: float
    least: float
    most: float


@dataclass(frozen=True)
class Amount:
    """How much coating an even film of some thickness is on some surface."""

    thickness_nm: float
    thickness_basis: str
    surface: Surface
    gain_on_powder: Span
    fraction_of_product: Span


def surfaces_of(batch: CoatingBatch) -> list[Surface]:
    """Return the surface of what was coated, by BET where it was measured, and of spheres of the lot's sizes."""
    found = []
    measured = coating_mass.surface_of(batch.load.powder)
    if measured is not None:
        basis = f"{measured.method}: {measured.value:g} m²/g"
        found.append(Surface(basis, measured.value, measured.value, measured.value))
    core, lot = batch.powder.material, root_lot(batch.powder)
    middle_um = lot.mean_diameter_um() if lot else None
    if core is None or core.density_g_cm3 is None or lot is None or middle_um is None:
        return found
    sizes = [s for s in (lot.particle_size_min_um, lot.particle_size_max_um) if s is not None]
    areas = [
        sphere_surface_m2_g(diameter_um=d, density_g_cm3=core.density_g_cm3) for d in [middle_um, *sizes]
    ]
    named = " to ".join(f"{size:g}" for size in sizes)
    # Larger spheres have less surface.
    found.append(Surface(f"spheres of {named} µm", areas[0], min(areas), max(areas)))
    return found


def thicknesses(batch: CoatingBatch) -> list[tuple[str, float]]:
    """Return the thicknesses that a batch should have and has, each with where it comes from."""
    edition = batch.edition
    told = []
    if edition.growth_expected_angstrom and batch.cycles_done:
        expected = expected_thickness_nm(
            growth_angstrom=edition.growth_expected_angstrom, cycles=batch.cycles_done
        )
        told.append((f"Expected: {exact(edition.growth_expected_angstrom)} Å per cycle", expected))
    if batch.thickness_measured_nm is not None:
        told.append(
            (f"Measured: {batch.thickness_method or 'method not recorded'}", batch.thickness_measured_nm)
        )
    if batch.witness_thickness_nm is not None:
        told.append(("Witness wafer", batch.witness_thickness_nm))
    return told


def amounts(batch: CoatingBatch) -> list[Amount]:
    """Return how much coating each thickness is on each surface; nothing without the coating's density."""
    density = batch.edition.recipe.coating.density_g_cm3
    if density is None:
        return []
    return [
        _amount(thickness_nm, basis, surface, density)
        for basis, thickness_nm in thicknesses(batch)
        for surface in surfaces_of(batch)
    ]


def _amount(thickness_nm: float, basis: str, surface: Surface, density_g_cm3: float) -> Amount:
    masses = [
        film_mass(thickness_nm=thickness_nm, surface_m2_g=area, coating_density_g_cm3=density_g_cm3)
        for area in (surface.m2_g, surface.least_m2_g, surface.most_m2_g)
    ]
    return Amount(
        thickness_nm=thickness_nm,
        thickness_basis=basis,
        surface=surface,
        gain_on_powder=Span(*(mass.gain_on_powder for mass in masses)),
        fraction_of_product=Span(*(mass.fraction_of_product for mass in masses)),
    )


def measured_share(batch: CoatingBatch) -> CoatingShare | None:
    """Return the coating's share by ICP-OES, if the batch was measured."""
    return genealogy.share_by_element(batch)


# --- from solution ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Equivalent:
    """How thick the coating that a solution leaves would be, were it an even film."""

    surface: Surface
    nm: float
    thinnest_nm: float
    thickest_nm: float


def dose_for(edition: CoatingRecipeEdition, *, solution: Powder, load_mass_ug: int) -> SolutionDose:
    """Return the volume of ``solution`` that an edition asks for on this powder load, or raise ValueError."""
    if edition.target_mass_fraction is None:
        raise ValueError(f"{edition} aims at no mass of coating.")
    coating, precursor = edition.recipe.coating, solution.material
    if precursor is None or not precursor.formula or not coating.formula:
        raise ValueError("The volume follows from the formulas of coating and precursor: enter both.")
    if solution.lot.concentration_g_ml is None:
        raise ValueError(f"{solution.code} has no concentration: enter it on its lot.")
    aimed_mg = mass_aimed_at_mg(
        powder_mass_mg=load_mass_ug / UG_PER_MG,
        target_fraction=edition.target_mass_fraction,
        of_product=edition.target_basis == TargetBasis.PRODUCT,
    )
    return solution_dose(
        coating_mass_mg=aimed_mg,
        coating=coating.formula,
        precursor=precursor.formula,
        concentration_g_ml=solution.lot.concentration_g_ml,
    )


def dose_of(batch: CoatingBatch) -> SolutionDose | None:
    """Return what a batch's recipe asks for on its load, or None where that cannot be told."""
    uses = Use.objects.filter(consumer=batch.powder_id, purpose=Use.Purpose.PRECURSOR)
    use = uses.select_related("powder__material", "powder__lot", "powder__identity").first()
    if batch.edition.method != Method.SOLUTION or use is None:
        return None
    load_ug = Use.objects.with_mass().get(pk=batch.load_id).mass_ug
    try:
        return dose_for(batch.edition, solution=use.powder, load_mass_ug=load_ug)
    except ValueError:
        # The page then shows no number; the form that plans a run says why.
        return None


def equivalents(batch: CoatingBatch) -> list[Equivalent]:
    """Return how thick the coating that was put in is as an even film, on each surface that is known."""
    density, put_in = batch.edition.recipe.coating.density_g_cm3, coating_mass.put_in(batch)
    if density is None or put_in is None:
        return []
    load_mg = Use.objects.with_mass().get(pk=batch.load_id).mass_ug / UG_PER_MG
    found = []
    for surface in surfaces_of(batch):
        nm, thickest, thinnest = (
            equivalent_thickness_nm(
                gain_on_powder=put_in.coating_mg / load_mg, surface_m2_g=area, coating_density_g_cm3=density
            )
            for area in (surface.m2_g, surface.least_m2_g, surface.most_m2_g)
        )
        found.append(Equivalent(surface, nm, thinnest, thickest))
    return found
