"""Linking a test to a cell, and ending it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Unpack

from django.core.exceptions import ValidationError
from django.utils import timezone

from cells.actions import move_cell
from cells.models import Cell
from lims import suspicion
from lims.audit import action
from lims.models import User
from lims.records import Origin, create_record, save_record
from testing import analyse, half_hour, protocols, sealing
from testing.actions.channels import assign_channel, release_channel
from testing.alerts import raise_alert
from testing.models import AlertKind, CellTest, Channel, Phase, ProtocolEdition

# Whoever enters a notebook afterwards tells nobody news.
NEWS = timedelta(days=1)


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
    expected_end_at: datetime | None = None,
    **origin: Unpack[Origin],
) -> CellTest:
    """Set up the next test of a built cell; the cell is then being tested, and the channel held."""
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
        **origin,
    )
    create_record(test, project=locked.project, by=by, verb="set up", cell=locked.code, phase=phase)
    suspicion.carry(locked.pk, test.pk)
    if channel is not None:
        assign_channel(
            channel=channel,
            test=test,
            by=by,
            begins_at=test.performed_at,
            expected_end_at=expected_end_at or protocols.expected_end(test, test.performed_at),
        )
    if locked.state != Cell.State.TESTING:
        move_cell(cell=locked, state=Cell.State.TESTING, by=by)
    half_hour.check_settings(test)
    return test


@action
def complete_test(
    *,
    test: CellTest,
    by: User,
    aborted: bool = False,
    reason: str = "",
    ended_at: datetime | None = None,
) -> CellTest:
    """Say that a test is over, since ``ended_at`` or now; its channel is free again."""
    locked = (
        CellTest.objects.select_for_update(of=("self",))
        .select_related("identity__project", "cell__identity")
        .get(pk=test.pk)
    )
    locked.state = CellTest.State.ABORTED if aborted else CellTest.State.COMPLETED
    ended: CellTest = save_record(locked, by=by, reason=reason, verb="ended")
    release_channel(test=ended, by=by, ends_at=ended_at)
    sealing.ask_for_the_rest(ended)
    if ended_at is None or ended_at > timezone.now() - NEWS:
        _tell(ended, reason)
    # What is missing now will never come: numbers and conformance say so.
    analyse.request([ended.cell_id], by=by)
    return ended


def _tell(test: CellTest, reason: str) -> None:
    """Tell that a test is over and its channel free; what ended long ago is entered, not news."""
    if test.project is None:
        return
    why = f" {reason}" if reason else ""
    raise_alert(
        kind=AlertKind.FINISHED, cause=f"{test.code} {test.state}", project=test.project, test=test,
        sentence=f"{test.code} ({test.title}) is {test.get_state_display().lower()}.{why}",
    )  # fmt: skip
    if test.channel is not None:
        raise_alert(
            kind=AlertKind.CHANNEL_FREE, cause=f"{test.channel} after {test.code}", project=test.project, test=test,
            channel=test.channel, sentence=f"{test.channel} is free: {test.code} is over.",
        )  # fmt: skip
