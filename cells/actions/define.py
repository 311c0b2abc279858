"""Entering studies and designs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError

from cells.models import CellDesign, CellDesignEdition, Condition, DesignPress, Study
from cells.models.design import LayerRole
from lims.audit import action, log
from lims.models import Project, User
from lims.records import create_record


@action
def create_study(
    *,
    by: User,
    project: Project | None,
    name: str,
    conditions: Sequence[str],
    question: str = "",
    note: str = "",
) -> Study:
    """Enter a study with the conditions that it compares."""
    if not conditions:
        raise ValidationError({"conditions": "A study needs at least one condition."})
    study = create_record(Study(name=name, question=question, note=note), project=project, by=by)
    for order, condition_name in enumerate(conditions, start=1):
        condition = Condition(study=study, order=order, name=condition_name)
        condition.full_clean()
        condition.save(force_insert=True)
    log(by, "named its conditions", study, conditions="; ".join(conditions))
    return study


@action
def create_design(
    *,
    by: User,
    project: Project | None,
    name: str,
    press_schedule: Sequence[tuple[str, float, float]],
    note: str = "",
    **edition: Any,
) -> CellDesignEdition:
    """Enter a design with its first edition and press schedule: (layer, pressure in MPa, hold in s)."""
    roles = [role for role, _, _ in press_schedule]
    missing = [LayerRole(role).label for role in LayerRole if role not in roles]
    if missing:
        raise ValidationError({"press_schedule": f"The press schedule leaves out: {', '.join(missing)}."})
    design = create_record(CellDesign(name=name, note=note), project=project, by=by)
    first = CellDesignEdition(design=design, number=1, **edition)
    first.full_clean()
    first.save(force_insert=True)
    for order, (role, pressure_mpa, hold_s) in enumerate(press_schedule, start=1):
        step = DesignPress(edition=first, order=order, role=role, pressure_mpa=pressure_mpa, hold_s=hold_s)
        step.full_clean()
        step.save(force_insert=True)
    log(
        by,
        "wrote an edition",
        design,
        edition=1,
        press_schedule="; ".join(str(s) for s in first.press_schedule.all()),
    )
    return first
