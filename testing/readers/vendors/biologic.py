"""BioLogic EC-Lab text (``.mpt``, ``.txt``): a counted preamble, then ``time/s``, ``Ewe/V``, ``I/mA``.

Decimal points or commas, as the computer writes them. A positive current charges the working electrode.
"""

from collections.abc import Sequence

from testing.readers.base import REQUIRED_OF_IMPEDANCE
from testing.readers.vendors.format import Named, Number, TextFormat

PREAMBLE_FACTS = {
    "Run on channel": "channel",
    "Device": "device",
    "EC-LAB for windows": "software",
    "Mass of active material": "mass_of_active_material",
    "Electrode surface area": "electrode_surface_area",
    "Acquisition started on": "started_at",
    "Electrode connection": "electrode_connection",
}
IMPEDANCE_MARKS = {"re(z)", "-im(z)"}


def parse(field: str) -> Named:
    """Return name and unit of a header's field, the brackets of a mean value left out.

    >>> parse("<Ewe>/V"), parse("(Q-Qo)/mA.h"), parse("cycle number")
    (Named(name='ewe', unit='V'), Named(name='(q-qo)', unit='mA.h'), Named(name='cycle number', unit=None))
    """
    name, slash, unit = field.strip().rpartition("/")
    if not slash:
        return Named(field.strip().casefold(), None)
    return Named(name.strip("<>").casefold(), unit)


def refuses(names: frozenset[str]) -> str | None:
    """Return why an impedance table without frequencies is not read."""
    if names >= IMPEDANCE_MARKS and "freq" not in names:
        return "This is an EC-Lab impedance file without its column 'freq/Hz': its points have no frequency."
    return None


def facts(preamble: Sequence[str]) -> dict[str, str]:
    """Return what the lines above the header say of instrument, mass, area and start."""
    told = {"technique": preamble[3].strip()} if len(preamble) > 3 else {}
    for line in preamble:
        name, _, value = line.partition(":")
        key = PREAMBLE_FACTS.get(name.strip())
        if key and value.strip():
            told[key] = value.strip()
    return told


class _EcLab(TextFormat):
    """An EC-Lab file says what it is in its first line; the header's names alone are too common."""

    def recognises(self, head: bytes) -> bool:
        marked = head.lstrip(b"\xef\xbb\xbf").startswith((b"EC-Lab ASCII FILE", b"BT-Lab ASCII FILE"))
        return marked and super().recognises(head)

    def is_header(self, fields: Sequence[str]) -> bool:
        names = {self.parse(one).name for one in fields}
        return len(fields) >= 3 and self.marks <= names and not names & IMPEDANCE_MARKS


class _EcLabImpedance(_EcLab):
    def is_header(self, fields: Sequence[str]) -> bool:
        return {self.parse(one).name for one in fields} >= IMPEDANCE_MARKS


ECLAB = _EcLab(
    name="eclab-text",
    format_name="EC-Lab text",
    marks=frozenset({"time"}),
    parse=parse,
    numbers={
        "time": Number("test_time_second", "time"),
        "ewe": Number("voltage_volt", "voltage"),
        "ecell": Number("voltage_volt", "voltage"),
        "ewe-ece": Number("voltage_volt", "voltage"),
        "i": Number("current_ampere", "current"),
        "cycle number": Number("cycle_count", "count"),
        "(q-qo)": Number("net_capacity_ah", "charge"),
        "temperature": Number("temperature_t1_celsius", "temperature"),
    },
    texts={"ns": "step_id"},
    facts=facts,
)

ECLAB_IMPEDANCE = _EcLabImpedance(
    name="eclab-impedance",
    format_name="EC-Lab impedance text",
    marks=frozenset(IMPEDANCE_MARKS),
    parse=parse,
    numbers={
        "freq": Number("frequency_hertz", "frequency"),
        "re(z)": Number("real_impedance_ohm", "resistance"),
        "-im(z)": Number("imaginary_impedance_ohm", "resistance", negative=True),
        "time": Number("test_time_second", "time"),
        "ewe": Number("voltage_volt", "voltage"),
        "i": Number("current_ampere", "current"),
        "cycle number": Number("cycle_count", "count"),
    },
    required=REQUIRED_OF_IMPEDANCE,
    facts=facts,
    refuses=refuses,
)
