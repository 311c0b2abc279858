"""Novonix HPC CSV: a summary and a protocol, then ``Run Time (h)``, ``Current (A)``, ``Potential (V)``."""

from collections.abc import Sequence

from testing.readers.squidstat import parse_name
from testing.readers.vendors.format import Named, Number, TextFormat

PREAMBLE_FACTS = {
    "Channel": "channel", "Protocol": "procedure", "Started": "started_at", "Mass (g)": "mass_g",
    "Version": "software",
}  # fmt: skip


def parse(field: str) -> Named:
    parsed = parse_name(field)
    return Named(parsed.name, parsed.unit)


def facts(preamble: Sequence[str]) -> dict[str, str]:
    """Return what the summary says."""
    told: dict[str, str] = {}
    for line in preamble:
        name, _, value = line.partition(":")
        if name in PREAMBLE_FACTS and value.strip():
            told.setdefault(PREAMBLE_FACTS[name], value.strip())
    return told


NOVONIX = TextFormat(
    name="novonix-csv",
    format_name="Novonix CSV",
    marks=frozenset({"run time", "current", "potential", "step number", "cycle number"}),
    parse=parse,
    numbers={
        "run time": Number("test_time_second", "time"),
        "potential": Number("voltage_volt", "voltage"),
        "current": Number("current_ampere", "current"),
        "cycle number": Number("cycle_count", "count"),
        "temperature": Number("temperature_t1_celsius", "temperature"),
    },
    texts={"step number": "step_id", "date and time": "date_time"},
    facts=facts,
)
