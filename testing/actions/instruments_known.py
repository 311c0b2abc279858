"""What is known of an instrument: its clock, its calibrations, and that it lives."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone

from lims import registry
from lims.audit import action, log
from lims.models import User
from lims.records import change_record
from testing.models import CellTest, ClockOffset, CurrentRange, Instrument, InstrumentPulse


def change_instrument(
    *, instrument: Instrument, by: User, reason: str, expected_version: int | None = None, **facts: Any
) -> Instrument:
    """Say anew what an instrument is; what rests on its uncertainties is told."""
    return _change(
        instrument=instrument, by=by, reason=reason, expected_version=expected_version, facts=facts
    )


@action
def _change(
    *, instrument: Instrument, by: User, reason: str, expected_version: int | None, facts: dict[str, Any]
) -> Instrument:
    changed = change_record(instrument, by=by, reason=reason, expected_version=expected_version, **facts)
    _tell_its_cells(changed)
    return changed


def _tell_its_cells(instrument: Instrument) -> None:
    """Let what was computed from its currents know that their uncertainty has changed."""
    cells = (
        CellTest.objects.filter(channel__instrument=instrument).order_by().values_list("cell_id", flat=True)
    )
    registry.facts_changed({instrument.pk, *cells})


@action
def state_clock_offset(
    *,
    instrument: Instrument,
    offset_s: float,
    begins_at: datetime,
    by: User,
    ends_at: datetime | None = None,
    note: str = "",
) -> ClockOffset:
    """Say how far the clock was ahead in [begins_at, ends_at); an open offset that it follows ends where it begins."""
    Instrument.objects.select_for_update(of=("self",)).get(pk=instrument.pk)
    stated = ClockOffset.objects.filter(instrument=instrument)
    stated.filter(ends_at=None, begins_at__lt=begins_at).update(ends_at=begins_at)
    later = stated.filter(Q(ends_at=None) | Q(ends_at__gt=begins_at))
    other = (later if ends_at is None else later.filter(begins_at__lt=ends_at)).first()
    if other is not None:
        raise ValidationError({"begins_at": f"The clock's offset is stated for then already: {other}."})
    offset = ClockOffset(
        instrument=instrument,
        offset_s=offset_s,
        begins_at=begins_at,
        ends_at=ends_at,
        note=note.strip(),
        entered_by=by,
    )
    offset.full_clean()
    offset.save(force_insert=True)
    log(by, "stated its clock's offset", instrument, offset_s=offset_s, begins_at=begins_at, ends_at=ends_at)
    return offset


@action
def calibrate_range(*, instrument: Instrument, upper_ma: float, by: User, **facts: Any) -> CurrentRange:
    """Enter a calibration of one current range; the newest of each range counts."""
    stated = CurrentRange(instrument=instrument, upper_ma=upper_ma, entered_by=by, **facts)
    stated.full_clean()
    if stated.due_on is not None and stated.due_on <= stated.calibrated_on:
        raise ValidationError({"due_on": "It is due after the day on which it was calibrated."})
    stated.save(force_insert=True)
    log(
        by, "calibrated a range", instrument, upper_ma=upper_ma, offset_ma=stated.offset_ma,
        gain_fraction=stated.gain_fraction, calibrated_on=stated.calibrated_on,
    )  # fmt: skip
    _tell_its_cells(instrument)
    return stated


def hear(
    *,
    instrument: Instrument,
    every_s: float = 60,
    agent_version: str = "",
    host: str = "",
    waiting_files: int | None = None,
    sent_at: datetime | None = None,
    problem: str = "",
) -> InstrumentPulse:
    """Note that an instrument's agent lives. Once a minute for years: kept as one row, and not in the log."""
    now = timezone.now()
    pulse, _ = InstrumentPulse.objects.update_or_create(
        instrument=instrument,
        defaults={
            "heard_at": now,
            "every_s": every_s,
            "agent_version": agent_version,
            "host": host,
            "waiting_files": waiting_files,
            "clock_difference_s": (sent_at - now).total_seconds() if sent_at else None,
            "problem": problem,
        },
    )
    return pulse
