"""The step that a cell is in at the bench: how each tap on it begins and ends."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from cells.actions.locks import lock
from cells.bench import Stage, Standing, stand
from cells.models import Cell, PressStep, StepUnderWay
from lims.models import User
from lims.records import touch
from materials.models import Equipment

Unit = PressStep.Unit
WAITS_FOR = {
    Stage.POWDER: "waits for its powder: scan the jar",
    Stage.WEIGH: "waits to be weighed",
    Stage.BOAT_AFTER: "waits for the emptied boat to be weighed",
    Stage.PRESS: "waits to be pressed",
    Stage.HOLD: "is under the press: release it first",
    Stage.VOLTAGE: "waits for its open-circuit voltage",
    Stage.RESISTANCE: "waits for its resistance",
    Stage.DONE: "is built",
}


def locked_standing(cell: Cell, expected: int | None, *stages: Stage) -> Standing:
    """Return where the locked cell stands, or raise ValidationError where it waits for something else by now.

    ``expected`` is the version of the step that the screen showed: what was typed there was meant for that.
    """
    standing = stand(lock(cell))
    if expected is not None and standing.version != expected:
        who = standing.under_way.changed_by.display_name if standing.under_way else "Somebody"
        raise ValidationError(f"{who} has gone on with {cell.code} meanwhile: look where it stands now.")
    if stages and standing.stage not in stages:
        raise ValidationError(f"{cell.code} {WAITS_FOR[standing.stage]}.")
    return standing


def row_of(standing: Standing, by: User) -> StepUnderWay:
    """Return the step's row, begun with the tools that this person used last."""
    role = standing.step.role if standing.step else ""
    row = standing.under_way
    if row is None:
        before = StepUnderWay.objects.filter(changed_by=by).order_by("-changed_at").first()
        row = StepUnderWay(cell=standing.cell, version=0)
        row.balance = before.balance if before else _only(Equipment.Kind.BALANCE, by)
        row.press = before.press if before else _only(Equipment.Kind.PRESS, by)
        row.entered_unit = before.entered_unit if before else Unit.MPA
    row.role = role
    return row


def _only(kind: Equipment.Kind, by: User) -> Equipment | None:
    """Return the one piece of equipment of this kind, where there is just one that can be meant."""
    found = list(Equipment.objects.visible_to(by).filter(kind=kind)[:2])
    return found[0] if len(found) == 1 else None


def keep(row: StepUnderWay, by: User) -> StepUnderWay:
    row.version += 1
    row.changed_by = by
    row.full_clean()
    row.save()
    touch(row.cell)
    return row


def clear(row: StepUnderWay) -> None:
    """Forget the step, and keep the tools for the next one."""
    row.powder = row.boat_full_ug = row.boat_after_ug = row.mass_ug = None
    row.pressure_value = row.pressure_end_value = row.hold_started_at = None
    row.lost_ug, row.reading, row.lot_reason, row.book_reason, row.role = 0, "", "", "", ""
