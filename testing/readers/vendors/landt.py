"""Landt CSV: ``test_time_s``, ``current_A``, ``voltage_V`` below six lines of settings."""

from testing.readers.vendors.format import Named, Number, TextFormat

UNITS = {"s", "A", "mA", "V", "mV", "Ah", "mAh", "Wh", "C", "Psi"}


def parse(field: str) -> Named:
    """Return name and unit of a header's field; the unit is what stands behind the last underscore.

    >>> parse("current_A"), parse("step_name")
    (Named(name='current', unit='A'), Named(name='step_name', unit=None))
    """
    name, _, unit = field.strip().rpartition("_")
    return Named(name.casefold(), unit) if unit in UNITS else Named(field.strip().casefold(), None)


LANDT = TextFormat(
    name="landt-csv",
    format_name="Landt CSV",
    marks=frozenset({"cycle_index", "step_index", "test_time", "step_time", "current", "voltage"}),
    parse=parse,
    numbers={
        "test_time": Number("test_time_second", "time"),
        "voltage": Number("voltage_volt", "voltage"),
        "current": Number("current_ampere", "current"),
        "cycle_index": Number("cycle_count", "count"),
    },
    texts={"step_index": "step_id", "date_time_iso_string": "date_time"},
)
