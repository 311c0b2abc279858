"""Neware (BTSDA) CSV of the record layer: ``Current(A)``, ``Voltage(V)`` and a clock of hours, minutes, seconds."""

from testing.readers.squidstat import parse_name
from testing.readers.vendors.format import Named, Number, TextFormat

LAYERED_MARKS = {"cycle index", "chg. cap.", "dchg. cap.", "chg.-dchg. eff"}


def parse(field: str) -> Named:
    parsed = parse_name(field)
    return Named(parsed.name, parsed.unit)


NEWARE_CSV = TextFormat(
    name="neware-csv",
    format_name="Neware CSV",
    marks=frozenset({"datapoint", "step type", "time", "current", "voltage"}),
    parse=parse,
    numbers={
        "cumulative time": Number("test_time_second", "clock"),
        "total time": Number("test_time_second", "clock"),
        "voltage": Number("voltage_volt", "voltage"),
        "current": Number("current_ampere", "current"),
        "cycle index": Number("cycle_count", "count"),
        "capacity": Number("step_cumulative_capacity_ah", "charge"),
        "chg. cap.": Number("step_charging_capacity_ah", "charge"),
        "dchg. cap.": Number("step_discharging_capacity_ah", "charge"),
    },
    texts={"step index": "step_id", "date": "date_time", "step type": "step_type"},
)
