"""What an instrument's summary says: what is known of its currents and its clock, and which tests rest on that."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from lims.models import User
from testing.models import CellTest, Instrument
from testing.reporting import blocks
from testing.reporting.common import history_section, origin_section

Section = dict[str, Any]


def rests_on(instrument: Instrument) -> set[int]:
    """Return the identities that the summary rests on."""
    return {instrument.pk}


def instrument_inputs(record: Instrument, by: User) -> dict[str, Any]:
    """Return everything that the summary of an instrument says, as it stands now."""
    instrument = Instrument.objects.with_codes().get(pk=record.pk)
    return {
        "title_facts": [
            {"name": "Instrument", "value": instrument.code},
            {"name": "Name", "value": instrument.name},
            {"name": "Maker", "value": f"{instrument.maker} {instrument.model_name}".strip()},
            {"name": "Serial number", "value": instrument.serial_number},
        ],
        "sections": [
            _identity(instrument),
            _currents(instrument),
            _clock(instrument),
            _tests(instrument, by),
            origin_section(instrument),
            history_section(instrument),
        ],
    }


def _identity(instrument: Instrument) -> Section:
    rows = [
        ("Firmware", instrument.firmware),
        ("Time zone", instrument.time_zone),
        ("Channels", ", ".join(instrument.channels.values_list("name", flat=True))),
        ("Current offset, uncertainty of the zero", blocks.exactly(instrument.current_offset_ma, "mA")),
        ("Current gain, uncertainty of the scale", blocks.exactly(instrument.current_gain_fraction, "")),
    ]
    return blocks.section("identity", "Instrument", blocks.facts(rows))


def _currents(instrument: Instrument) -> Section:
    today = timezone.localdate()
    rows = [
        [
            f"up to {stated.upper_ma:g} mA",
            blocks.exactly(stated.offset_ma, "mA"),
            blocks.exactly(stated.gain_fraction),
            str(stated.calibrated_on),
            str(stated.due_on or ""),
            "overdue" if stated.due_on and stated.due_on < today else "",
            stated.certificate,
        ]
        for stated in instrument.current_ranges.order_by("upper_ma", "-calibrated_on")
    ]
    columns: list[str | tuple[str, str]] = [
        "Range",
        ("Zero", "mA"),
        "Scale",
        "Calibrated",
        "Due",
        "",
        "Certificate",
    ]
    note = "Standard uncertainties (k = 1). Without them a coulombic efficiency carries none, and its page says so."
    none = "No calibration of the currents is recorded."
    table = blocks.table(columns, rows, none=none, note=note)
    return blocks.section("currents", "Calibration of the currents", table)


def _clock(instrument: Instrument) -> Section:
    rows = [
        [f"{offset.offset_s:+g} s", offset.begins_at, offset.ends_at, offset.note]
        for offset in instrument.clock_offsets.order_by("begins_at")
    ]
    none = "No offset of the clock is recorded; its times are taken as they stand."
    return blocks.section("clock", "Clock", blocks.table(["Ahead by", "From", "To", "Note"], rows, none=none))


def _tests(instrument: Instrument, by: User) -> Section:
    tests = CellTest.objects.visible_to(by).with_cells().with_codes()
    tests = tests.filter(channel__instrument=instrument).select_related("channel").order_by("pk")
    rows = [
        [
            test.code,
            test.cell.code,
            test.get_phase_display(),
            test.channel.name if test.channel else "",
            test.get_state_display(),
            test.performed_at,
        ]
        for test in tests
    ]
    columns = ["Test", "Cell", "Phase", "Channel", "State", "Set up"]
    return blocks.section("tests", "Tests on it", blocks.table(columns, rows, none="No test has run on it."))
