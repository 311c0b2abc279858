"""Parts of an instrument's page: its agent, its clock, its calibrations, its reservations."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone

from lims import facts
from lims.numbers import plain
from lims.tables import Cell, Column, Table
from testing.board import is_lost
from testing.models import ClockOffset, CurrentRange, Instrument, InstrumentPulse

SHOWN = 30


def agent_facts(record: Instrument) -> list[dict[str, Any]]:
    """Return what the instrument's agent last said of itself."""
    pulse = InstrumentPulse.objects.filter(instrument=record).first()
    if pulse is None:
        return [facts.fact("Heard", None, blank="no agent has called yet")]
    lost = is_lost(pulse, timezone.now())
    told = [
        facts.fact("Heard", pulse.heard_at, hint="overdue: it has fallen silent" if lost else "alive"),
        facts.fact("On", pulse.host),
        facts.fact("Version", pulse.agent_version),
        facts.fact("Files that wait there", pulse.waiting_files),
    ]
    if pulse.clock_difference_s is not None:
        told.append(
            facts.fact("Its computer's clock", plain(pulse.clock_difference_s, 1), "s", hint="less the lab's")
        )
    if pulse.problem:
        told.append(facts.fact("Problem", pulse.problem))
    return told


def known_tables(record: Instrument, *, records: bool) -> list[dict[str, Any]]:
    """Return the panels of calibrations and of the clock, each with what can be entered."""
    ranges = CurrentRange.objects.filter(instrument=record).select_related("entered_by")[:SHOWN]
    offsets = (
        ClockOffset.objects.filter(instrument=record)
        .select_related("entered_by")
        .order_by("-begins_at")[:SHOWN]
    )
    return [
        {
            "title": "Calibration of the current",
            "table": Table.of(RANGE_COLUMNS, ranges),
            "empty_text": "None entered. Without offset and scale the efficiencies of its cells carry no uncertainty: "
            "1 µA at 1.05 mA already shifts one by 0.19 %.",
            "links": [
                {"label": "Enter a calibration", "url": reverse("testing:calibrate", args=[record.code])}
            ]
            if records
            else [],
        },
        {
            "title": "Clock",
            "table": Table.of(CLOCK_COLUMNS, offsets),
            "empty_text": f"Its clock is taken to be right, in {record.time_zone}.",
            "links": [{"label": "State an offset", "url": reverse("testing:state_clock", args=[record.code])}]
            if records
            else [],
        },
    ]


def _due(stated: CurrentRange) -> Cell:
    if stated.due_on is None:
        return Cell("not stated")
    late = stated.due_on < timezone.localdate()
    return Cell(str(facts.spelled(stated.due_on)), hint="overdue" if late else "")


RANGE_COLUMNS = [
    Column("Up to, mA", lambda r: plain(r.upper_ma, 4), numeric=True),
    Column("Zero, mA", lambda r: "" if r.offset_ma is None else f"{r.offset_ma:g}", numeric=True),
    Column(
        "Scale", lambda r: "" if r.gain_fraction is None else f"{100 * r.gain_fraction:g} %", numeric=True
    ),
    Column("Calibrated", lambda r: Cell(str(facts.spelled(r.calibrated_on)), hint=r.certificate)),
    Column("Due", _due),
]
CLOCK_COLUMNS = [
    Column("Ahead, s", lambda o: plain(o.offset_s, 1), numeric=True),
    Column("From", lambda o: str(facts.spelled(o.begins_at))),
    Column("To", lambda o: str(facts.spelled(o.ends_at)) if o.ends_at else "now"),
    Column("Note", lambda o: o.note),
]
