"""PEC CSV: a preamble of some thirty lines, then ``Total Time (Seconds)``, ``Voltage (mV)``, ``Current (mA)``."""

from collections.abc import Sequence

from testing.readers.squidstat import parse_name
from testing.readers.vendors.format import Named, Number, TextFormat

PREAMBLE_FACTS = {
    "Test:": "test",
    "TestRegime Name:": "procedure",
    "Start Time:": "started_at",
    "Test Temp:": "test_temperature",
}


def parse(field: str) -> Named:
    parsed = parse_name(field)
    return Named(parsed.name, parsed.unit)


def facts(preamble: Sequence[str]) -> dict[str, str]:
    """Return what the preamble says: names and values with a comma between them."""
    told = {}
    for line in preamble:
        name, _, value = line.partition(",")
        if name in PREAMBLE_FACTS and value.strip(", "):
            told[PREAMBLE_FACTS[name]] = value.strip(", ")
    return told


PEC = TextFormat(
    name="pec-csv",
    format_name="PEC CSV",
    marks=frozenset({"test", "cell", "step", "cycle", "total time", "voltage", "current"}),
    parse=parse,
    numbers={
        "total time": Number("test_time_second", "time"),
        "voltage": Number("voltage_volt", "voltage"),
        "current": Number("current_ampere", "current"),
        "cycle": Number("cycle_count", "count"),
        "charge capacity": Number("charging_capacity_ah", "charge"),
        "discharge capacity": Number("discharging_capacity_ah", "charge"),
    },
    texts={"step": "step_id", "real time": "date_time"},
    facts=facts,
)
