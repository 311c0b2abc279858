"""Basytec text: lines that begin with ``~``, the last of them the header; ``Time[s]``, ``U[V]``, ``I[A]``."""

import re
from collections.abc import Sequence
from datetime import datetime

from testing.readers.vendors.format import Named, Number, TextFormat

NAME_AND_UNIT = re.compile(r"^~?(?P<name>[^\[\]]*?)\s*(?:\[(?P<unit>[^\[\]]*)\])?$")
PREAMBLE_FACTS = {
    "Name of Test": "test",
    "Battery": "battery",
    "Testplan": "procedure",
    "Testchannel": "channel",
}


def parse(field: str) -> Named:
    """Return name and unit of a header's field.

    >>> parse("~Time[s]"), parse("Cyc-Count")
    (Named(name='time', unit='s'), Named(name='cyc-count', unit=None))
    """
    match = NAME_AND_UNIT.match(field.strip())
    return Named(match["name"].casefold(), match["unit"]) if match else Named(field.casefold(), None)


def facts(preamble: Sequence[str]) -> dict[str, str]:
    """Return what the lines above the header say; the start is local time and names no zone."""
    told = {}
    for line in preamble:
        name, _, value = line.removeprefix("~").partition(": ")
        if name in PREAMBLE_FACTS and value.strip():
            told[PREAMBLE_FACTS[name]] = value.strip()
        if name == "Start of Test":
            try:
                start = datetime.strptime(value.strip(), "%d.%m.%Y %H:%M:%S")  # noqa: DTZ007  the file names no zone
            except ValueError:
                continue
            told["started_at"] = start.isoformat()
    return told


BASYTEC = TextFormat(
    name="basytec-text",
    format_name="Basytec text",
    marks=frozenset({"time", "dataset", "line", "command", "u", "i"}),
    parse=parse,
    numbers={
        "time": Number("test_time_second", "time"),
        "u": Number("voltage_volt", "voltage"),
        "i": Number("current_ampere", "current"),
        "cyc-count": Number("cycle_count", "count"),
        "ah": Number("net_capacity_ah", "charge"),
        "t1": Number("temperature_t1_celsius", "temperature"),
    },
    texts={"line": "step_id", "command": "step_type"},
    facts=facts,
)
