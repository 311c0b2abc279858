"""What becomes of a cell: built, failed, shorted, dismantled, built anew."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from cells.actions.locks import lock, move
from cells.models import Cell
from lims import registry
from lims.audit import action, log
from lims.models import User
from lims.records import create_record, save_record

FAILURES = (Cell.State.FAILED, Cell.State.SHORTED)


@action
def move_cell(*, cell: Cell, state: str, by: User, reason: str = "") -> Cell:
    """Move a cell to another state, if its present one allows it."""
    locked = lock(cell)
    if locked.state == state:
        return locked
    move(locked, state)
    save_record(locked, by=by, reason=reason, verb="changed state")
    registry.facts_changed({locked.pk})
    return locked


@action
def fail_cell(*, cell: Cell, state: str, reason: str, by: User) -> Cell:
    """Say that a cell failed or shorted, and why."""
    if state not in FAILURES:
        raise ValidationError({"state": "A cell fails or shorts; other moves have verbs of their own."})
    if not reason.strip():
        raise ValidationError({"reason": "Say what happened to the cell."})
    return move_cell(cell=cell, state=state, by=by, reason=reason)


@action
def dismantle_cell(*, cell: Cell, reason: str, by: User) -> Cell:
    """Say that a cell was taken apart, and what for."""
    if not reason.strip():
        raise ValidationError({"reason": "Say what it was taken apart for."})
    return move_cell(cell=cell, state=Cell.State.DISMANTLED, by=by, reason=reason)


@action
def rebuild_cell(*, cell: Cell, reason: str, by: User) -> Cell:
    """Plan the cell that takes this one's place; this one ends, and its tests stay its own.

    Raises ValidationError without a reason, where it has been superseded already, or while it is under test.
    """
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is built anew."})
    locked = lock(cell)
    before = Cell.objects.select_related("identity").filter(supersedes=locked.pk).first()
    if before is not None:
        raise ValidationError(f"{locked.code} has been built anew already, as {before.code}.")
    if not locked.ended:
        ends = (Cell.State.DISMANTLED, Cell.State.FAILED)
        state = next((s for s in ends if s in Cell.MOVES[locked.state]), Cell.State.FAILED)
        if locked.state == Cell.State.TESTING:
            raise ValidationError(f"{locked.code} is under test: end that first, then build it anew.")
        move_cell(cell=locked, state=state, by=by, reason=reason)
    fresh = Cell(
        condition=locked.condition,
        edition=locked.edition,
        die=locked.die,
        glovebox=locked.glovebox,
        supersedes=locked,
    )
    create_record(fresh, project=locked.project, by=by, verb="planned", supersedes=locked.code)
    log(by, "built anew", locked, reason=reason, superseded_by=fresh.code)
    return fresh
