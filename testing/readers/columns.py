"""What a column of a file is in BDF terms, and the unit that its header states."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from testing.readers.base import UnreadableFile


@dataclass(frozen=True)
class Scale:
    """How a number in a file becomes one in the unit we keep: times ``multiply``, over ``divide``.

    Two whole numbers, since 0.001 is not exact in binary and 1000 is. With ``is_clock`` the file writes
    days, hours, minutes and seconds (``1d 02:03:04.5``), which become seconds.
    """

    multiply: float = 1.0
    divide: float = 1.0
    is_clock: bool = field(default=False, repr=False)


@dataclass(frozen=True)
class Column:
    """A column that is read.

    index    Place in the line, from 0.
    target   BDF machine name, or our name for text that helps to make one.
    scale    None for text.
    label    The column's name in the file.
    """

    index: int
    target: str
    scale: Scale | None
    label: str


@dataclass(frozen=True)
class Plan:
    """Which columns are read, which are not, and what is to be said about those."""

    columns: tuple[Column, ...]
    left_out: tuple[str, ...]
    remarks: tuple[tuple[str, str], ...] = ()

    def places(self) -> frozenset[tuple[int, str, Scale | None]]:
        """Return what makes two headers mean the same, however they are spelled."""
        return frozenset((column.index, column.target, column.scale) for column in self.columns)


UNITS: Mapping[str, Mapping[str, Scale]] = {
    "time": {
        "s": Scale(),
        "sec": Scale(),
        "Seconds": Scale(),
        "ms": Scale(divide=1e3),
        "min": Scale(multiply=60),
        "h": Scale(multiply=3600),
    },
    "voltage": {"V": Scale(), "mV": Scale(divide=1e3), "uV": Scale(divide=1e6)},
    "current": {"A": Scale(), "mA": Scale(divide=1e3), "uA": Scale(divide=1e6), "nA": Scale(divide=1e9)},
    "charge": {
        "Ah": Scale(),
        "A.h": Scale(),
        "Amp-hr": Scale(),
        "mAh": Scale(divide=1e3),
        "mA.h": Scale(divide=1e3),
        "uAh": Scale(divide=1e6),
        "C": Scale(divide=3600),
    },
    "energy": {"Wh": Scale(), "mWh": Scale(divide=1e3)},
    "power": {"W": Scale(), "mW": Scale(divide=1e3)},
    "resistance": {
        "ohm": Scale(),
        "Ohm": Scale(),
        "Ohms": Scale(),
        "ohms": Scale(),
        "Ω": Scale(),
        "mohm": Scale(divide=1e3),
        "kohm": Scale(multiply=1e3),
        "kOhm": Scale(multiply=1e3),
    },
    "pressure": {
        "Pa": Scale(),
        "kPa": Scale(multiply=1e3),
        "MPa": Scale(multiply=1e6),
        "mbar": Scale(multiply=100),
        "bar": Scale(multiply=1e5),
    },
    "temperature": {"degC": Scale(), "°C": Scale(), "C": Scale(), "deg C": Scale()},
    "force": {"N": Scale(), "kN": Scale(multiply=1e3)},
    "share": {"ppm": Scale(), "ppb": Scale(divide=1e3), "ppmv": Scale()},
    "angle": {"deg": Scale(), "degree": Scale(), "degrees": Scale(), "°": Scale()},
    "frequency": {"Hz": Scale(), "kHz": Scale(multiply=1e3), "mHz": Scale(divide=1e3)},
    "count": {"1": Scale(), "": Scale()},
}


def scale_of(unit: str | None, *, dimension: str, label: str) -> Scale:
    """Return how ``unit`` becomes the unit we keep, or raise UnreadableFile; no unit is ever guessed.

    >>> scale_of("µA", dimension="current", label="Current (µA)")
    Scale(multiply=1.0, divide=1000000.0)
    """
    known = UNITS[dimension]
    # The micro sign and the Greek letter mu look alike and are two characters.
    key = (unit or "").strip().replace("µ", "u").replace("μ", "u")
    if key in known:
        return known[key]
    units = ", ".join(name for name in known if name)
    if not key:
        raise UnreadableFile(
            f"The column '{label}' states no unit, and none is guessed. Write one of {units} into the header."
        )
    raise UnreadableFile(f"The column '{label}' is in '{unit}', which is none of {units}.")


CLOCK = Scale(is_clock=True)


def check_targets(columns: Sequence[Column], *, names: Mapping[str, str], format_name: str) -> None:
    """Raise UnreadableFile if a column that must be there is missing or stands twice.

    names   What the format calls each column that must be there.
    """
    labels: dict[str, list[str]] = {}
    for column in columns:
        labels.setdefault(column.target, []).append(column.label)
    for target, count in Counter(column.target for column in columns).items():
        if count > 1:
            both = "' and '".join(labels[target])
            raise UnreadableFile(f"The columns '{both}' both give {target}; which one holds is not guessed.")
    missing = [name for target, name in names.items() if target not in labels]
    if missing:
        listed = "', '".join(missing)
        raise UnreadableFile(f"The header is that of a {format_name}, but it has no column '{listed}'.")
