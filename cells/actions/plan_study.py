"""Planning a study's cells in one go, over days and dies, drawn by lot where that is wished."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from django.core.exceptions import ValidationError

from cells.actions.build import plan_cell
from cells.calc.randomise import build_order
from cells.models import BuildPlan, CellDesignEdition, Condition, Study
from lims.audit import action, log
from lims.models import User
from materials.models import Equipment

MOST_CELLS = 200
LARGEST_SEED = 2**31 - 1


class Meant(NamedTuple):
    """A condition and the design that its cells are built by."""

    condition: Condition
    edition: CellDesignEdition


@action
def plan_study(
    *,
    study: Study,
    meant: Sequence[Meant],
    replicates: int,
    by: User,
    first_day: date,
    days: int = 1,
    dies: Sequence[Equipment] = (),
    randomise: bool = True,
    seed: int | None = None,
) -> BuildPlan:
    """Plan ``replicates`` cells of each condition, all or none, in the order in which they are to be built.

    ``dies`` are those at hand; without any each cell takes its design's. Without ``seed`` a new one is drawn; it is
    kept, so that the order can be drawn again. Raises ValidationError where a condition is not the study's, a die does
    not have the diameter of a design's, or there are too many cells.
    """
    _judge(study, meant, replicates, days, dies)
    used = (seed if seed is not None else secrets.randbelow(LARGEST_SEED)) if randomise else None
    plan = BuildPlan(study=study, first_day=first_day, days=days, seed=used, made_by=by)
    plan.full_clean()
    plan.save(force_insert=True)
    order = build_order(
        conditions=len(meant), replicates=replicates, days=days, dies=max(len(dies), 1), seed=used
    )
    codes = []
    for slot in order:
        condition, edition = meant[slot.condition]
        cell = plan_cell(
            condition=condition,
            edition=edition,
            die=dies[slot.die] if dies else edition.die,
            by=by,
            plan=plan,
            planned_on=first_day + timedelta(days=slot.day),
            plan_turn=slot.turn,
        )
        codes.append(cell.code)
    log(
        by, "planned cells", study, cells=", ".join(codes), days=days, first_day=f"{first_day:%Y-%m-%d}",
        seed=used if used is not None else "in order",
    )  # fmt: skip
    return plan


def _judge(
    study: Study, meant: Sequence[Meant], replicates: int, days: int, dies: Sequence[Equipment]
) -> None:
    if not meant:
        raise ValidationError({"conditions": "Choose a design for at least one condition."})
    strange = [m.condition.name for m in meant if m.condition.study_id != study.pk]
    if strange:
        raise ValidationError({"conditions": f"{study.code} has no condition {strange[0]!r}."})
    if not 1 <= len(meant) * replicates <= MOST_CELLS:
        raise ValidationError(
            {"replicates": f"{len(meant) * replicates} cells is outside 1 to {MOST_CELLS} at once."}
        )
    if not 1 <= days <= 60:
        raise ValidationError({"days": f"{days} is outside 1 to 60 days."})
    for die in dies:
        for m in meant:
            if die.diameter_mm != m.edition.die.diameter_mm:
                raise ValidationError(
                    {
                        "dies": f"{die.code} is {die.diameter_mm:g} mm wide and {m.edition} is meant for "
                        f"{m.edition.die.diameter_mm:g} mm: its masses would not fit."
                    }
                )
