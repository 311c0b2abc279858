"""The hold of a press at the bench: begun, read, released; the layer is drawn when it is released."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from cells.actions.bench_step import Unit, clear, keep, locked_standing, row_of
from cells.actions.build import add_layer, press_again, press_layer
from cells.actions.locks import lock
from cells.bench import Stage
from cells.models import Cell, StepUnderWay
from cells.models.design import LayerRole
from cells.pressure import FIELDS, Hold, Pressed, in_mpa
from lims.audit import action, log
from lims.models import User
from materials.actions.ledger import Despite, what_speaks_against


@action
def begin_hold(
    *, cell: Cell, by: User, value: float | None = None, lot_reason: str = "", expected: int | None = None
) -> StepUnderWay:
    """Say that the press stands at ``value``, or at what the design asks for; the hold begins now."""
    standing = locked_standing(cell, expected, Stage.PRESS)
    step = standing.step
    if step is None:
        raise ValidationError(f"{cell.code} needs no more pressing.")
    row = row_of(standing, by)
    if row.powder is not None and step.role:
        against = what_speaks_against(row.powder, timezone.localdate())
        if against and not (lot_reason.strip() or row.lot_reason):
            raise ValidationError(
                {"lot_reason": [f"{said} Say why it is used all the same." for said in against.values()]}
            )
        row.lot_reason = lot_reason.strip() or row.lot_reason
    if value is None and step.pressure_mpa is None:
        return _lay_in(standing.cell, row, by)
    if value is None:
        # The design says it in MPa.
        row.entered_unit, row.pressure_value = Unit.MPA, step.pressure_mpa
    else:
        row.pressure_value = value
    if row.pressure_value is not None:
        in_mpa(_pressed(row), die=standing.cell.die, press=row.press)
    row.hold_started_at = timezone.now()
    log(by, "began a hold", standing.cell, layer=_layer(row), typed=_typed(row))
    return keep(row, by)


def _lay_in(cell: Cell, row: StepUnderWay, by: User) -> StepUnderWay:
    """Put in what the design does not press yet."""
    if row.powder is None:
        raise ValidationError("Scan the jar first.")
    add_layer(
        cell=cell, role=row.role, powder=row.powder, mass_ug=row.mass_ug or 0, by=by, lost_ug=row.lost_ug,
        boat_full_ug=row.boat_full_ug, boat_after_ug=row.boat_after_ug, reading=row.reading, balance=row.balance,
        despite=Despite(row.lot_reason, row.book_reason),
    )  # fmt: skip
    clear(row)
    return keep(row, by)


def _layer(row: StepUnderWay) -> str:
    return LayerRole(row.role).label if row.role else "pressed once more"


def _typed(row: StepUnderWay) -> str:
    return "" if row.pressure_value is None else f"{row.pressure_value:g} {row.entered_unit}"


def _pressed(row: StepUnderWay) -> Pressed:
    if row.pressure_value is None:
        raise ValidationError({"pressure_mpa": "Say how hard it was pressed."})
    return Pressed(row.pressure_value, row.entered_unit or Unit.MPA, row.pressure_end_value)


@action
def read_end_pressure(*, cell: Cell, value: float, by: User, expected: int | None = None) -> StepUnderWay:
    """Say what the press shows near the end of the hold, in the unit in which it began."""
    standing = locked_standing(cell, expected, Stage.HOLD)
    row = row_of(standing, by)
    row.pressure_end_value = value
    in_mpa(_pressed(row), die=standing.cell.die, press=row.press)
    return keep(row, by)


@action
def end_hold(*, cell: Cell, by: User, on_time: bool = False, expected: int | None = None) -> Cell:
    """Say that the press was released, now or ``on_time``: the layer is drawn and the next step begins."""
    standing = locked_standing(cell, expected, Stage.HOLD)
    row, step = standing.under_way, standing.step
    if row is None or step is None or row.hold_started_at is None:
        raise ValidationError(f"{cell.code} is under no press.")
    ended_at: datetime = timezone.now()
    if on_time:
        planned = row.hold_started_at + timedelta(seconds=step.hold_s or 0)
        ended_at = min(ended_at, planned)
    if step.role and row.powder is not None:
        _press(standing.cell, row, ended_at, by)
    else:
        press_again(
            cell=standing.cell, pressed=_pressed(row), hold=Hold(None, row.hold_started_at, ended_at),
            press=row.press, by=by,
        )  # fmt: skip
    clear(row)
    keep(row, by)
    return lock(cell)


def _press(cell: Cell, row: StepUnderWay, ended_at: datetime, by: User) -> None:
    if row.powder is None:
        raise ValidationError("Scan the jar first.")
    pressure: dict[str, Any] = {FIELDS[Unit(row.entered_unit or Unit.MPA)]: row.pressure_value}
    press_layer(
        cell=cell, role=row.role, powder=row.powder, mass_ug=row.mass_ug, by=by, pressure_end=row.pressure_end_value,
        hold_started_at=row.hold_started_at, hold_ended_at=ended_at, lost_ug=row.lost_ug, boat_full_ug=row.boat_full_ug,
        boat_after_ug=row.boat_after_ug, reading=row.reading, balance=row.balance, press=row.press,
        performed_at=row.hold_started_at, despite=Despite(row.lot_reason, row.book_reason), **pressure,
    )  # fmt: skip
