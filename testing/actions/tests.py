"""Linking a test to a cell, and ending it."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone

from cells.actions import move_cell
from cells.models import Cell
from lims.audit import action
from lims.models import User
from lims.records import create_record, save_record
from testing.models import CellTest, Channel, Phase, ProtocolEdition


@action
def create_test(
    *,
    cell: Cell,
    phase: str,
    by: User,
    protocol_edition: ProtocolEdition | None = None,
    channel: Channel | None = None,
    one_c_current_ma: float | None = None,
    temperature_c: float | None = None,
    stack_pressure_mpa: float | None = None,
    performed_at: datetime | None = None,
    note: str = "",
) -> CellTest:
    """Set up the next test of a built cell; the cell is then being tested."""
    locked = (
        Cell.objects.select_for_update(of=("self",))
        .select_related("identity__project", "edition")
        .get(pk=cell.pk)
    )
    if locked.state not in (Cell.State.BUILT, Cell.State.TESTING, Cell.State.FINISHED):
        raise ValidationError(
            f"{locked.code} is {locked.get_state_display().lower()}: only a built cell is tested."
        )
    edition = locked.edition
    test = CellTest(
        cell=locked,
        place=locked.tests.count() + 1,
        phase=Phase(phase),
        protocol_edition=protocol_edition,
        channel=channel,
        one_c_current_ma=one_c_current_ma,
        temperature_c=edition.temperature_c if temperature_c is None else temperature_c,
        stack_pressure_mpa=edition.stack_pressure_mpa if stack_pressure_mpa is None else stack_pressure_mpa,
        performed_at=performed_at or timezone.now(),
        performed_by=by,
        note=note,
    )
    create_record(test, project=locked.project, by=by, verb="set up", cell=locked.code, phase=phase)
    if locked.state != Cell.State.TESTING:
        move_cell(cell=locked, state=Cell.State.TESTING, by=by)
    return test


@action
def complete_test(*, test: CellTest, by: User, aborted: bool = False, reason: str = "") -> CellTest:
    """Say that a test is over; its channel is free again."""
    locked = (
        CellTest.objects.select_for_update(of=("self",))
        .select_related("identity__project", "cell__identity")
        .get(pk=test.pk)
    )
    locked.state = CellTest.State.ABORTED if aborted else CellTest.State.COMPLETED
    ended: CellTest = save_record(locked, by=by, reason=reason, verb="ended")
    return ended
