"""Planning the replicates of a condition in one go."""

from __future__ import annotations

from typing import Unpack

from django.core.exceptions import ValidationError

from cells.actions.build import plan_cell
from cells.models import CellDesignEdition, Condition, Study
from lims.audit import action
from lims.models import User
from lims.records import Origin

MOST_REPLICATES = 12


@action
def plan_replicates(
    *,
    condition: Condition,
    edition: CellDesignEdition,
    replicates: int,
    by: User,
    **origin: Unpack[Origin],
) -> Study:
    """Plan ``replicates`` cells of one condition and design, all or none; return their study."""
    if not 1 <= replicates <= MOST_REPLICATES:
        raise ValidationError(
            {"replicates": f"{replicates} is outside 1 to {MOST_REPLICATES} cells at once."}
        )
    for _ in range(replicates):
        plan_cell(condition=condition, edition=edition, by=by, **origin)
    return condition.study
