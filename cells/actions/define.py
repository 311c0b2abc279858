"""Entering studies."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError

from cells.models import Condition, Study
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
