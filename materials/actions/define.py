"""Entering what the lab works with: substances, suppliers, equipment, recipes, formulations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError

from lims.audit import action, log
from lims.models import User
from lims.records import create_record
from materials.models import (
    CoatingRecipe,
    CoatingRecipeEdition,
    CoatingStep,
    Equipment,
    Formulation,
    FormulationEdition,
    FormulationPart,
    Material,
    MaterialCapacity,
    Supplier,
)


@action
def create_supplier(*, by: User, **facts: Any) -> Supplier:
    """Enter a supplier; suppliers are shared by the whole lab."""
    return create_record(Supplier(**facts), project=None, by=by)


@action
def create_equipment(*, by: User, **facts: Any) -> Equipment:
    """Enter a balance, die, press, reactor, …; equipment is shared by the whole lab."""
    return create_record(Equipment(**facts), project=None, by=by)


@action
def create_material(*, by: User, capacities: Sequence[dict[str, Any]] = (), **facts: Any) -> Material:
    """Enter a substance with its specific capacities; substances are shared by the whole lab."""
    material = create_record(Material(**facts), project=None, by=by)
    for capacity in capacities:
        row = MaterialCapacity(material=material, **capacity)
        row.full_clean()
        row.save(force_insert=True)
        log(by, "stated a capacity", material, capacity=str(row), reference=row.reference)
    return material


@action
def create_recipe(
    *, by: User, name: str, coating: Material, steps: Sequence[dict[str, Any]], note: str = "", **edition: Any
) -> CoatingRecipeEdition:
    """Enter an ALD recipe with its first edition and the steps of one cycle."""
    if not steps:
        raise ValidationError("A recipe needs the steps of one cycle.")
    recipe = create_record(CoatingRecipe(name=name, coating=coating, note=note), project=None, by=by)
    first = CoatingRecipeEdition(recipe=recipe, number=1, **edition)
    first.full_clean()
    first.save(force_insert=True)
    for order, step in enumerate(steps, start=1):
        row = CoatingStep(edition=first, order=order, **step)
        row.full_clean()
        row.save(force_insert=True)
    log(by, "wrote an edition", recipe, edition=1, steps="; ".join(str(step) for step in first.steps.all()))
    return first


@action
def create_formulation(
    *, by: User, name: str, parts: Sequence[tuple[Material, float]], note: str = ""
) -> FormulationEdition:
    """Enter a formulation with its first edition; the parts need not total 100."""
    if not parts:
        raise ValidationError("A formulation needs at least one part.")
    formulation = create_record(Formulation(name=name, note=note), project=None, by=by)
    first = FormulationEdition.objects.create(formulation=formulation, number=1)
    for order, (material, amount) in enumerate(parts, start=1):
        row = FormulationPart(edition=first, order=order, material=material, parts=amount)
        row.full_clean()
        row.save(force_insert=True)
    log(
        by,
        "wrote an edition",
        formulation,
        edition=1,
        parts={part.material.name: part.parts for part in first.parts.all()},
    )
    return first
