"""What the page of a powder says of it, by its kind."""

from __future__ import annotations

from collections import Counter
from typing import Any

from lims.facts import Fact, fact, facts_of, percent_fact, record_fact
from lims.numbers import exact, percent, plain
from lims.units import mass_text
from materials.calc.coating import AldStep, ald_run, growth_per_cycle_angstrom
from materials.genealogy import coating_share
from materials.models import (
    CoatingBatch,
    CoatingRecipeEdition,
    CompositeBatch,
    MassEntry,
    MixComponent,
    Powder,
    PowderLot,
)

DETAILS = (
    "material__identity",
    "lot__supplier__identity",
    "coating__edition__recipe__coating",
    "coating__edition__recipe__identity",
    "coating__reactor__identity",
    "composite__edition__formulation__identity",
)
Section = dict[str, Any]


def sections(powder: Powder) -> list[Section]:
    """Return the sections of a powder's page."""
    if powder.kind == Powder.Kind.LOT:
        return [{"title": "Container", "facts": _lot(powder, powder.lot)}]
    if powder.kind == Powder.Kind.COATING:
        return [{"title": "ALD run", "facts": _coating(powder, powder.coating)}]
    return [
        {"title": "Composition as weighed", "facts": _components(powder.composite)},
        {"title": "Mixing", "facts": _composite(powder, powder.composite)},
    ]


def _lot(powder: Powder, lot: PowderLot) -> list[Fact]:
    return [
        record_fact("Material", powder.material),
        record_fact("Supplier", lot.supplier),
        *facts_of(lot, "lot_number", "catalogue_number"),
        percent_fact("Purity", lot.purity_fraction),
        fact("Particle size", _sizes(lot), "µm" if lot.mean_diameter_um() is not None else ""),
        *facts_of(lot, "received_on", "expires_on", "place"),
    ]


def _sizes(lot: PowderLot) -> str:
    sizes = [s for s in (lot.particle_size_min_um, lot.particle_size_max_um) if s is not None]
    return " to ".join(f"{size:g}" for size in sizes)


def _coating(powder: Powder, batch: CoatingBatch) -> list[Fact]:
    edition, thickness_nm = batch.edition, batch.thickness_measured_nm
    told = [
        record_fact("Material", powder.material),
        record_fact("Recipe", edition.recipe, hint=f"edition {edition.number}"),
        fact("Cycles done", batch.cycles_done, hint=f"the recipe has {edition.cycles}"),
        *run_facts(edition, cycles=batch.cycles_done),
        fact("Thickness", thickness_nm, "nm" if thickness_nm else "", hint=_measured_how(batch)),
    ]
    if thickness_nm is not None:
        growth = growth_per_cycle_angstrom(thickness_nm=thickness_nm, cycles=batch.cycles_done)
        told.append(
            fact("Growth per cycle", plain(growth, 2), "Å", hint="thickness over cycles; one thickness only")
        )
    share = coating_share(batch)
    if share is None:
        told.append(
            fact("Coating of the product", None, hint="needs thickness, particle size and both densities")
        )
    else:
        told.append(percent_fact("Coating of the product", share.fraction, hint=f"computed: {share.basis}"))
        gain = share.fraction / (1 - share.fraction)
        told.append(percent_fact("Coating on the load", gain, hint="the same coating per mass put in"))
    return [*told, _yield(powder, "mass out over mass in"), record_fact("Reactor", batch.reactor)]


def run_facts(edition: CoatingRecipeEdition, *, cycles: int) -> list[Fact]:
    """Return how long ``cycles`` of a recipe take and how often the bed turns meanwhile."""
    run = ald_run(
        steps=[AldStep(step.kind, step.substance, step.duration_s) for step in edition.steps.all()],
        cycles=cycles,
        rotation_rpm=edition.rotation_rpm or 0,
    )
    turns = plain(run.bed_turns, 2) if edition.rotation_rpm else None
    return [
        fact("Cycle time", exact(round(run.cycle_time_s, 3)), "s", hint="sum of the steps"),
        fact("Run time", plain(run.run_time_s / 60, 2), "min", hint=f"{cycles} cycles"),
        fact("Bed turns", turns, hint="run time times rotation"),
    ]


def _measured_how(batch: CoatingBatch) -> str:
    sites = f"{batch.thickness_sites} places" if batch.thickness_sites else ""
    return ", ".join(word for word in (batch.thickness_method, sites) if word)


def _yield(powder: Powder, how: str) -> Fact:
    """Return what came out over what went in, corrections included."""
    kinds, moved = MassEntry.Kind, Counter[str]()
    for kind, change_ug in powder.entries.filter(use=None).values_list("kind", "change_ug"):
        moved[kind] += change_ug
    made_ug = moved[kinds.MADE] + moved[kinds.CORRECTED]
    out_ug = made_ug + moved[kinds.GAINED] + moved[kinds.LOST] + moved[kinds.ADJUSTED]
    return percent_fact(
        "Yield", out_ug / made_ug, 1, hint=f"{how}: {mass_text(out_ug)} of {mass_text(made_ug)}"
    )


def _components(batch: CompositeBatch) -> list[Fact]:
    """Return what was weighed for each part beside what the formulation asks for."""
    found = MixComponent.objects.filter(batch=batch).select_related("part__material", "use__powder__identity")
    components = list(found.prefetch_related("use__entries"))
    masses = {c.pk: -sum(entry.change_ug for entry in c.use.entries.all()) for c in components}
    total_ug, all_parts = sum(masses.values()), sum(c.part.parts for c in components)
    return [
        fact(
            c.part.material.name,
            percent(masses[c.pk] / total_ug, 2),
            "%",
            hint=f"{mass_text(masses[c.pk])} of {c.use.powder.code}; meant {percent(c.part.parts / all_parts, 2)} %",
        )
        for c in components
    ]


def _composite(powder: Powder, batch: CompositeBatch) -> list[Fact]:
    edition = batch.edition
    return [
        record_fact("Formulation", edition.formulation, hint=f"{edition.ratio()}, edition {edition.number}"),
        *facts_of(batch, "method", "duration_min", "oxygen_ppm", "water_ppm"),
        _yield(powder, "recovered over weighed"),
    ]
