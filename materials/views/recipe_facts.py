"""What follows from a recipe: time and turns, expected thickness, and growth over its measured batches."""

from __future__ import annotations

from lims.facts import Fact, fact
from lims.numbers import exact, plain, rounded_parts
from materials import coated
from materials.calc.growth import GrowthLine, expected_thickness_nm
from materials.models import CoatingBatch, CoatingRecipe, CoatingRecipeEdition
from materials.views.coating_facts import run_facts


def follows(edition: CoatingRecipeEdition, batches: list[CoatingBatch]) -> list[Fact]:
    """Return the facts of an edition's page that are computed; none for a coating from solution."""
    if edition.method != CoatingRecipeEdition.Method.ALD or edition.cycles is None:
        return []
    told = run_facts(coated.run_of(edition, cycles=edition.cycles), edition.cycles)
    if edition.growth_expected_angstrom is not None:
        expected = expected_thickness_nm(
            growth_angstrom=edition.growth_expected_angstrom, cycles=edition.cycles
        )
        told.append(fact("Expected thickness", plain(expected, 2), "nm", hint=edition.growth_source))
    return [*told, _limits_fact(edition.recipe), *_growth_facts(edition, batches)]


def _limits_fact(record: CoatingRecipe) -> Fact:
    lower, upper = record.growth_lower_angstrom, record.growth_upper_angstrom
    if lower is None and upper is None:
        return fact("Limits of growth", "none set")
    ends = (
        f"{exact(lower)} to {exact(upper)}"
        if lower is not None and upper is not None
        else f"from {exact(lower)}"
        if lower is not None
        else f"up to {exact(upper or 0)}"
    )
    return fact("Limits of growth", ends, "Å per cycle", hint=record.growth_limits_citation)


def _growth_facts(edition: CoatingRecipeEdition, batches: list[CoatingBatch]) -> list[Fact]:
    """Return growth per cycle and its offset from the measured batches of the same cycle."""
    measured, line, why = coated.growth_line_of(edition, batches)
    if not measured:
        return []
    if line is None:
        return [fact("Growth from several batches", None, hint=why)]
    return _line_facts(line)


def _line_facts(line: GrowthLine) -> list[Fact]:
    slope, offset = plain(line.growth_angstrom, 2), plain(line.offset_nm, 2)
    rate = fact("Growth per cycle", slope, "Å", hint=f"slope over {line.points} measured batches")
    start = fact("Thickness at no cycle", offset, "nm", hint="intercept of the same line")
    if line.growth_error_angstrom and line.offset_error_nm:
        for one, value, error in (
            (rate, line.growth_angstrom, line.growth_error_angstrom),
            (start, line.offset_nm, line.offset_error_nm),
        ):
            parts = rounded_parts(value, error)
            one |= {"value": parts.value, "uncertainty": parts.uncertainty}
    early = "; below 0: the first cycles grew more than the later ones" if line.nucleation_cycles < 0 else ""
    crossing = plain(line.nucleation_cycles, 1)
    late = fact("Growth begins after", crossing, "cycles", hint=f"where the line leaves zero{early}")
    return [rate, start, late]
