"""What the page of a coated powder says of its run and of what was measured on it."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from lims.blanks import words_for
from lims.facts import Fact, fact, facts_of, percent_fact, record_fact
from lims.numbers import exact, percent, plain, rounded_parts
from materials import coated, coating_mass
from materials.calc.coating import AldRun
from materials.coated import Growth
from materials.genealogy import coating_share
from materials.models import CoatingBatch, CoatingRecipeEdition, Powder, PrecursorFill
from materials.views.yields import yield_fact

Section = dict[str, Any]
# What a run may do otherwise than its recipe.
CONDITIONS = (
    "substrate_temperature_c", "bed_preheat_min", "base_pressure_mtorr", "base_pressure_at_flow_sccm",
    "carrier_flow_sccm", "rotation_rpm",
)  # fmt: skip


def coating_sections(powder: Powder) -> list[Section]:
    """Return the sections of a coated powder's page."""
    batch = powder.coating
    ald = batch.edition.method == CoatingRecipeEdition.Method.ALD
    run = {
        "title": "ALD run" if ald else "Coating from solution",
        "facts": _ald_facts(powder, batch) if ald else _solution_facts(powder, batch),
    }
    return [
        run,
        {"title": "Thickness", "facts": _thickness_facts(batch)},
        {"title": "Coating", "facts": _share_facts(batch)},
    ]


def _ald_facts(powder: Powder, batch: CoatingBatch) -> list[Fact]:
    edition = batch.edition
    return [
        record_fact("Material", powder.material),
        _recipe_fact(edition),
        fact(
            "Cycles done",
            batch.cycles_done,
            blank=words_for(batch, "cycles_done"),
            hint=f"the recipe has {edition.cycles}",
        ),
        *run_facts(
            coated.run_of(edition, cycles=batch.cycles_done, rotation_rpm=batch.rotation_rpm),
            batch.cycles_done,
        ),
        *_condition_facts(batch),
        *(
            _fill_fact(fill)
            for fill in batch.fills.with_pulses().select_related("reactor__identity", "powder__identity")
        ),
        record_fact("Reactor", batch.reactor, blank=words_for(batch, "reactor")),
        yield_fact(powder, "mass out over mass in"),
    ]


def _recipe_fact(edition: CoatingRecipeEdition) -> Fact:
    told = record_fact("Recipe", edition.recipe, hint=f"edition {edition.number}")
    return {**told, "url": f"{told['url']}?edition={edition.number}"}


def _condition_facts(batch: CoatingBatch) -> list[Fact]:
    """Return what the run did, and beside it what the recipe says where the two differ."""
    told = []
    for name in CONDITIONS:
        done, meant = getattr(batch, name), getattr(batch.edition, name)
        if done is None and meant is None:
            continue
        shown = facts_of(batch if done is not None else batch.edition, name)[0]
        if done is None:
            shown["hint"] = "as in the recipe"
        elif meant is not None and done != meant:
            shown["hint"] = f"the recipe says {exact(meant)}"
        told.append(shown)
    return told


def _fill_fact(fill: Any) -> Fact:
    pulses = f"{fill.pulses} pulses so far" + ("; some runs cannot be counted" if fill.some_uncounted else "")
    return fact(f"Fill in {fill.source}", fill.powder.code, url=_fills_url(fill), hint=pulses)


def _fills_url(fill: PrecursorFill) -> str:
    return reverse("materials:equipment", args=[fill.reactor.code])


def run_facts(run: AldRun | None, cycles: int | None) -> list[Fact]:
    """Return how long a run takes and how often its bed turns meanwhile."""
    if run is None:
        return []
    return [
        fact("Cycle time", exact(round(run.cycle_time_s, 3)), "s", hint="sum of the steps"),
        fact("Run time", plain(run.run_time_s / 60, 2), "min", hint=f"{cycles} cycles"),
        fact("Bed turns", plain(run.bed_turns, 2) if run.bed_turns else None, hint="run time times rotation"),
    ]


# --- thickness and growth -----------------------------------------------------------------------------------


def _thickness_facts(batch: CoatingBatch) -> list[Fact]:
    sites = f"{batch.thickness_sites} places" if batch.thickness_sites else ""
    deviation = batch.thickness_standard_deviation_nm
    scatter = "" if deviation is None else f"standard deviation {exact(deviation)} nm"
    how = ", ".join(word for word in (batch.thickness_method, sites, scatter) if word)
    measured = facts_of(batch, "thickness_measured_nm")[0]
    told = [{**measured, "label": "Measured", "hint": how}]
    if batch.witness_thickness_nm is not None:
        places = f", {batch.witness_sites} places" if batch.witness_sites else ""
        told.append(fact("Witness wafer", batch.witness_thickness_nm, "nm", hint=f"ellipsometry{places}"))
    for basis, thickness_nm in coated.thicknesses(batch):
        if basis.startswith("Expected"):
            told.append(fact("Expected", plain(thickness_nm, 2), "nm", hint=_expected_how(batch)))
    for growth in coated.growths(batch):
        told += _growth_facts(growth)
    return told


def _expected_how(batch: CoatingBatch) -> str:
    edition = batch.edition
    return f"{exact(edition.growth_expected_angstrom or 0)} Å × {batch.cycles_done} cycles ({edition.growth_source})"


def _growth_facts(growth: Growth) -> list[Fact]:
    value, uncertainty = plain(growth.growth_angstrom, 2), None
    if growth.error_angstrom:
        parts = rounded_parts(growth.growth_angstrom, growth.error_angstrom)
        value, uncertainty = parts.value, parts.uncertainty
    rate = fact("Growth per cycle", value, "Å", hint=f"{growth.source}: thickness over cycles")
    return [
        {**rate, "uncertainty": uncertainty},
        fact("Against the limits", growth.state, hint=growth.sentence),
    ]


def growth_banners(batch: CoatingBatch) -> list[dict[str, Any]]:
    """Return a warning for each growth per cycle that lies outside the recipe's limits."""
    return [
        {
            "title": f"Growth per cycle {growth.state} the limit",
            "level": "warning",
            "icon": "triangle-alert",
            "lines": [f"{growth.source}: {growth.sentence}"],
        }
        for growth in coated.growths(batch)
        if growth.state in ("below", "above")
    ]


# --- how much coating ---------------------------------------------------------------------------------------


def _share_facts(batch: CoatingBatch) -> list[Fact]:
    share = coating_share(batch)
    if share is None:
        hint = "needs ICP-OES, or thickness with BET or particle size, and the densities"
        return [fact("Of the product", None, hint=hint)]
    gain = share.value / (1 - share.value)
    product = percent_fact("Of the product", share.value, hint=share.basis)
    if share.uncertainty:
        parts = rounded_parts(100 * share.value, 100 * share.uncertainty)
        product |= {"value": parts.value, "uncertainty": parts.uncertainty}
    return [
        product,
        percent_fact("On the load", gain, hint="the same coating per mass put in; weighing cannot see it"),
    ]


def _solution_facts(powder: Powder, batch: CoatingBatch) -> list[Fact]:
    edition, put_in, dose = batch.edition, coating_mass.put_in(batch), coated.dose_of(batch)
    aimed = edition.target_mass_fraction
    told = [
        record_fact("Material", powder.material),
        _recipe_fact(edition),
        percent_fact("Aimed at", aimed, hint=edition.get_target_basis_display()),
        record_fact("Solution", put_in.solution if put_in else None),
        fact("Volume used", batch.solution_volume_ml, "mL"),
        fact(
            "Volume expected",
            plain(dose.volume_ml, 3) if dose else None,
            "mL",
            hint="from formulas and concentration",
        ),
    ]
    if put_in is not None:
        told.append(fact("Coating put in", plain(put_in.coating_mg, 2), "mg", hint="if all of it stays"))
    for one in coated.equivalents(batch):
        nm = plain(one.nm, 1)
        span = (
            f", {plain(one.thinnest_nm, 1)} to {plain(one.thickest_nm, 1)} nm"
            if one.thinnest_nm != one.nm
            else ""
        )
        told.append(
            fact("Equivalent thickness", nm, "nm", hint=f"as an even film on {one.surface.basis}{span}")
        )
    return [*told, record_fact("Furnace", batch.reactor), yield_fact(powder, "mass out over mass in")]


def span_text(span: coated.Span) -> str:
    """Return a fraction in percent, with its range where it has one: 0.80 (0.56 to 1.39)."""
    middle = percent(span.value, 2)
    if span.least == span.most:
        return middle
    return f"{middle} ({percent(span.least, 2)} to {percent(span.most, 2)})"
