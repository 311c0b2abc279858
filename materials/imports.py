"""Lots, treatments, both kinds of coatings and mixtures as rows of a sheet, and the action that each row performs."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from lims.imports import Kind, Run
from materials import actions
from materials.actions import Despite
from materials.import_columns import (
    COATING_COLUMNS,
    LOT_COLUMNS,
    MIXTURE_COLUMNS,
    SOLUTION_COLUMNS,
    TREATMENT_COLUMNS,
)
from materials.import_steps import take_steps, take_weighings
from materials.models import CoatingRecipeEdition, FormulationEdition, Powder
from materials.models.counted import MILLI


def _given(values: dict[str, Any]) -> dict[str, Any]:
    """Leave out what was not said, so that the action's own defaults hold."""
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def _despite(values: dict[str, Any]) -> Despite:
    return Despite(values.pop("lot_reason", ""), values.pop("book_reason", ""))


def _edition(values: dict[str, Any], owner: str) -> Any:
    """Return the edition that a row names, or the newest."""
    record, number = values.pop(owner), values.pop("edition", None)
    model: Any = CoatingRecipeEdition if owner == "recipe" else FormulationEdition
    editions = (
        model.objects.filter(**{owner: record}).select_related(f"{owner}__identity").order_by("-number")
    )
    found = (editions if number is None else editions.filter(number=number)).first()
    if found is None:
        raise ValidationError({"edition": f"{record.code} has no edition {number}."})
    return found


def _lot(values: dict[str, Any], run: Run) -> Powder:
    origin, project = run.origin(values), values.pop("project", None)
    count = values.pop("count_milli", None)
    if count is not None:
        values["count_milli"] = int(count * MILLI)
    return actions.receive_lot(project=project, by=run.by, **_given(values), **origin)


def _coating(values: dict[str, Any], run: Run) -> Powder:
    origin, project, despite = run.origin(values), values.pop("project", None), _despite(values)
    edition = _edition(values, "recipe")
    return actions.run_coating(
        project=project, edition=edition, despite=despite, by=run.by, **_given(values), **origin
    )


def _solution_coating(values: dict[str, Any], run: Run) -> Powder:
    origin, project, despite = run.origin(values), values.pop("project", None), _despite(values)
    edition = _edition(values, "recipe")
    done = take_steps(values, edition)
    return actions.coat_from_solution(
        project=project, edition=edition, steps_done=done, despite=despite, by=run.by, **_given(values), **origin
    )  # fmt: skip


def _treatment(values: dict[str, Any], run: Run) -> Powder:
    origin, despite = run.origin(values), _despite(values)
    return actions.treat_powder(despite=despite, by=run.by, **_given(values), **origin)


def _mixture(values: dict[str, Any], run: Run) -> Powder:
    origin, project, despite = run.origin(values), values.pop("project", None), _despite(values)
    edition = _edition(values, "formulation")
    weighings = take_weighings(values, edition)
    return actions.mix_composite(
        project=project, edition=edition, weighings=weighings, despite=despite, by=run.by, **_given(values), **origin
    )  # fmt: skip


KINDS = (
    Kind("lots", "Lots", "Bought containers that came.", LOT_COLUMNS, _lot, ("lot_number", "name")),
    Kind(
        "treatments",
        "Treatments",
        "What was dried, sieved, milled or annealed.",
        TREATMENT_COLUMNS,
        _treatment,
    ),
    Kind("coatings", "Coatings", "ALD runs.", COATING_COLUMNS, _coating),
    Kind(
        "solution-coatings",
        "Solution coatings",
        "Powders stirred in a solution, dried and annealed.",
        SOLUTION_COLUMNS,
        _solution_coating,
    ),
    Kind("mixtures", "Mixtures", "Composites that were mixed.", MIXTURE_COLUMNS, _mixture),
)
