"""Arbin (MITS) CSV: ``Test_Time(s)``, ``Current(A)``; a positive current charges.

Its capacity counters are reset by the operator's schedule or never, so they are cross-checks and no more.
"""

import re

from testing.readers.vendors.format import Named, Number, TextFormat

NAME_AND_UNIT = re.compile(r"^(?P<name>[^()]*?)\s*(?:\((?P<unit>[^()]*)\))?$")


def parse(field: str) -> Named:
    """Return name and unit of a header's field, however its words are joined.

    >>> parse("Test_Time(s)"), parse("Charge Capacity (Ah)")
    (Named(name='test time', unit='s'), Named(name='charge capacity', unit='Ah'))
    """
    match = NAME_AND_UNIT.match(field.replace("_", " ").strip())
    return Named(match["name"].casefold(), match["unit"]) if match else Named(field.casefold(), None)


ARBIN = TextFormat(
    name="arbin-csv",
    format_name="Arbin CSV",
    marks=frozenset({"data point", "test time", "step index", "cycle index", "current", "voltage"}),
    parse=parse,
    numbers={
        "test time": Number("test_time_second", "time"),
        "voltage": Number("voltage_volt", "voltage"),
        "current": Number("current_ampere", "current"),
        "cycle index": Number("cycle_count", "count"),
        "charge capacity": Number("schedule_charging_capacity_ah", "charge"),
        "discharge capacity": Number("schedule_discharging_capacity_ah", "charge"),
        "internal resistance": Number("internal_resistance_ohm", "resistance"),
    },
    texts={"step index": "step_id", "date time": "date_time"},
)
