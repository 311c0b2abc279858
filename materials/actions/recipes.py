"""Writing recipes: an ALD cycle or a coating from solution, in editions that stay as they were written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError

from lims.audit import action, log
from lims.models import User
from lims.records import Origin, create_record, save_record, touch
from materials.editions import ALD_ONLY, SOLUTION_ONLY, differences, label_of, step_words
from materials.models import CoatingRecipe, CoatingRecipeEdition, CoatingStep, Material

Method = CoatingRecipeEdition.Method
Step = Mapping[str, Any]


class EditionFacts(TypedDict, total=False):
    """What an edition says beside its steps; ALD and solution each have their own part of it."""

    method: str
    cycles: int | None
    substrate_temperature_c: float | None
    bed_preheat_min: float | None
    rotation_rpm: float | None
    carrier_gas: str
    carrier_flow_sccm: float | None
    base_pressure_mtorr: float | None
    base_pressure_at_flow_sccm: float | None
    growth_expected_angstrom: float | None
    growth_source: str
    target_mass_fraction: float | None
    target_basis: str


class RecipeTold(Origin, EditionFacts, total=False):
    """What may be said of a new recipe beside its name, coating and steps."""


@action
def create_recipe(
    *, by: User, name: str, coating: Material, steps: Sequence[Step], **told: Unpack[RecipeTold]
) -> CoatingRecipeEdition:
    """Enter a recipe with its first edition: the steps of one ALD cycle, or those of a coating from solution."""
    origin = {key: told[key] for key in Origin.__annotations__ if key in told}  # type: ignore[literal-required]
    edition = {key: value for key, value in told.items() if key not in origin}
    recipe = create_record(CoatingRecipe(name=name, coating=coating, **origin), project=None, by=by)
    first = _write(recipe, 1, steps, edition)
    log(by, "wrote an edition", recipe, edition=1, steps="; ".join(step_words(s) for s in first.steps.all()))
    return first


@action
def write_edition(
    *, recipe: CoatingRecipe, by: User, steps: Sequence[Step], reason: str = "", **facts: Unpack[EditionFacts]
) -> CoatingRecipeEdition:
    """Write the next edition of a recipe; those before it stay, and so do the batches made by them.

    Raises ValidationError where the method is another one or where nothing differs from the newest edition.
    """
    recipe = (
        CoatingRecipe.objects.select_for_update(of=("self",)).select_related("identity").get(pk=recipe.pk)
    )
    newest = recipe.editions.order_by("-number")[0]
    if facts.setdefault("method", newest.method) != newest.method:
        raise ValidationError(
            {"method": f"{recipe.code} is a recipe for {newest.get_method_display().lower()}: "
             "another method is another recipe."}
        )  # fmt: skip
    edition = _write(recipe, newest.number + 1, steps, dict(facts))
    found = differences(newest, edition)
    if not found:
        raise ValidationError(f"This says what edition {newest.number} says: there is nothing new to write.")
    touch(recipe)
    changes = {_key(one.label): [one.old, one.new] for one in found}
    log(by, "wrote an edition", recipe, reason=reason, edition=edition.number, **changes)
    return edition


def _key(label: str) -> str:
    return label.lower().replace(" ", "_")


def _write(
    recipe: CoatingRecipe, number: int, steps: Sequence[Step], facts: Mapping[str, Any]
) -> CoatingRecipeEdition:
    edition = CoatingRecipeEdition(recipe=recipe, number=number, **facts)
    _judge(edition, steps)
    edition.full_clean()
    edition.save(force_insert=True)
    for order, step in enumerate(steps, start=1):
        row = CoatingStep(edition=edition, order=order, **_named(step))
        row.full_clean()
        row.save(force_insert=True)
    return edition


def _named(step: Step) -> Step:
    """Call a pulse after its material where it was given no name of its own."""
    material = step.get("material")
    if material is None or step.get("substance"):
        return step
    return {**step, "substance": material.formula or material.name}


def _judge(edition: CoatingRecipeEdition, steps: Sequence[Step]) -> None:
    """An ALD cycle is pulses, exposures and purges; a coating from solution is stirred, dried and annealed."""
    ald = edition.method == Method.ALD
    foreign = [
        name for name in (SOLUTION_ONLY if ald else ALD_ONLY) if getattr(edition, name) not in (None, "")
    ]
    if foreign:
        other = Method.SOLUTION if ald else Method.ALD
        raise ValidationError(
            {name: f"{label_of(name)} belongs to a recipe for {other.label.lower()}." for name in foreign}
        )
    if not steps:
        raise ValidationError(
            {"steps": "A recipe needs the steps of one cycle." if ald else "A recipe needs its steps."}
        )
    allowed = CoatingStep.ALD_KINDS if ald else CoatingStep.SOLUTION_KINDS
    for number, step in enumerate(steps, start=1):
        if problem := _wrong(step, allowed):
            raise ValidationError({"steps": f"Step {number}: {problem}"})


def _wrong(step: Step, allowed: Sequence[CoatingStep.Kind]) -> str:
    """Return what is wrong with a step, or nothing."""
    kind = step["kind"]
    if kind not in [one.value for one in allowed]:
        told = CoatingStep.Kind(kind).label if kind in CoatingStep.Kind.values else kind
        return f"{told} is none of {', '.join(one.label.lower() for one in allowed)}."
    if kind == CoatingStep.Kind.PULSE and not step.get("substance") and step.get("material") is None:
        return "A pulse names its precursor."
    if kind == CoatingStep.Kind.ANNEAL and step.get("temperature_c") is None:
        return "Annealing needs its temperature."
    return ""


@action
def set_growth_limits(
    *,
    recipe: CoatingRecipe,
    by: User,
    lower_angstrom: float | None,
    upper_angstrom: float | None,
    citation: str,
    reason: str,
    expected_version: int | None = None,
) -> CoatingRecipe:
    """Say within which growth per cycle a run of this recipe is ordinary, and who says so; both empty: no limits."""
    if not reason.strip():
        raise ValidationError({"reason": "Say why the limits change."})
    recipe = CoatingRecipe.objects.with_codes().select_related("coating").get(pk=recipe.pk)
    newest = recipe.editions.order_by("-number")[0]
    if newest.method != Method.ALD:
        raise ValidationError(f"{recipe.code} is no ALD recipe: it has no growth per cycle.")
    if (lower_angstrom, upper_angstrom) != (None, None) and not citation.strip():
        raise ValidationError({"citation": "Limits of growth per cycle need their citation."})
    if None not in (lower_angstrom, upper_angstrom) and lower_angstrom > upper_angstrom:  # type: ignore[operator]
        raise ValidationError(
            {"upper_angstrom": f"{upper_angstrom:g} Å is below the lower limit of {lower_angstrom:g} Å."}
        )
    recipe.growth_lower_angstrom, recipe.growth_upper_angstrom = lower_angstrom, upper_angstrom
    recipe.growth_limits_citation = citation
    return save_record(
        recipe, by=by, reason=reason, expected_version=expected_version, verb="set the limits of growth"
    )
