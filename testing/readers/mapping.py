"""What a person says of a table that no reader knows: which column is what, in which unit, with which sign.

A mapping says it for every file with the same header. Nothing in it is guessed: a column without a stated
unit is not read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from testing.readers.base import AUXILIARY, CYCLING, IMPEDANCE, UnreadableFile
from testing.readers.columns import CLOCK, UNITS, Column, Plan, Scale, check_targets
from testing.readers.lines import NUMBER, find_header, separator_of, split_line

HOURS_MINUTES_SECONDS = "h:m:s"
DATE_AND_TIME = "date and time"
STEP, CLOCK_TEXT = "step_id", "date_time"


@dataclass(frozen=True)
class Target:
    """What a column may be: its words for people, what it measures, and of which kinds of file."""

    label: str
    dimension: str
    kinds: tuple[str, ...]
    needed: bool = False

    @property
    def units(self) -> tuple[str, ...]:
        """The units that a person may state."""
        if self.dimension == "text":
            return ()
        if self.dimension == "time":
            return (*_spelled("time"), HOURS_MINUTES_SECONDS, DATE_AND_TIME)
        return _spelled(self.dimension)


def _spelled(dimension: str) -> tuple[str, ...]:
    """Return one spelling of each unit."""
    seen: dict[Scale, str] = {}
    for unit, scale in UNITS[dimension].items():
        if unit:
            seen.setdefault(scale, unit)
    return tuple(seen.values())


_BOTH, _ALL = (CYCLING, IMPEDANCE), (CYCLING, IMPEDANCE, AUXILIARY)
TARGETS: Mapping[str, Target] = {
    "test_time_second": Target("Time", "time", _ALL, needed=True),
    "voltage_volt": Target("Voltage", "voltage", _BOTH, needed=True),
    "current_ampere": Target("Current", "current", _BOTH, needed=True),
    STEP: Target("Step", "text", (CYCLING,)),
    "cycle_count": Target("Cycle as the instrument counts", "count", _BOTH),
    "charging_capacity_ah": Target("Charge counter", "charge", (CYCLING,)),
    "discharging_capacity_ah": Target("Discharge counter", "charge", (CYCLING,)),
    "frequency_hertz": Target("Frequency", "frequency", (IMPEDANCE,), needed=True),
    "real_impedance_ohm": Target("Real part Z′", "resistance", (IMPEDANCE,), needed=True),
    "imaginary_impedance_ohm": Target("Imaginary part Z″", "resistance", (IMPEDANCE,), needed=True),
    "ambient_temperature_celsius": Target("Temperature", "temperature", (CYCLING, AUXILIARY)),
    "force_newton": Target("Force", "force", (AUXILIARY,)),
    "surface_pressure_pa": Target("Pressure on the stack", "pressure", (CYCLING, AUXILIARY)),
    "oxygen_ppm": Target("Oxygen", "share", (AUXILIARY,)),
    "water_ppm": Target("Water", "share", (AUXILIARY,)),
}
NEEDED: Mapping[str, tuple[str, ...]] = {
    CYCLING: ("test_time_second", "voltage_volt", "current_ampere"),
    IMPEDANCE: ("frequency_hertz", "real_impedance_ohm", "imaginary_impedance_ohm"),
    AUXILIARY: ("test_time_second",),
}
# How a date and a time may be written; which of its numbers is the day is for the person to say.
TIME_FORMATS: Mapping[str, str] = {
    "%Y-%m-%d %H:%M:%S%.f": "2026-03-28 17:05:59 (year first)",
    "%d.%m.%Y %H:%M:%S%.f": "28.03.2026 17:05:59 (day first)",
    "%d/%m/%Y %H:%M:%S%.f": "28/03/2026 17:05:59 (day first)",
    "%m/%d/%Y %H:%M:%S%.f": "03/28/2026 17:05:59 (month first)",
    "%Y/%m/%d %H:%M:%S%.f": "2026/03/28 17:05:59 (year first)",
    "%m/%d/%Y %I:%M:%S %p": "03/28/2026 05:05:59 PM (month first)",
}


@dataclass(frozen=True)
class MappedColumn:
    """What one column of the file is.

    place      Its place in the line, from 0.
    target     A key of ``TARGETS``.
    unit       The unit its numbers are in, one of the target's; empty for text.
    negative   The file writes the negative of what is kept: discharge as positive, or -Z″.
    """

    place: int
    target: str
    unit: str = ""
    negative: bool = False


@dataclass(frozen=True)
class ColumnMap:
    """What the columns of every file with this header are.

    kind         ``cycling``, ``impedance`` or ``auxiliary``.
    header       The names of the columns as they stand in the file; empty where no line names them.
    width        How many columns a line has.
    time_format  A key of ``TIME_FORMATS`` where the time is a date and a time.
    code         What the mapping is called in the lab.
    """

    kind: str
    header: tuple[str, ...]
    width: int
    columns: tuple[MappedColumn, ...]
    time_format: str = ""
    code: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> "ColumnMap":
        """Return the mapping that ``as_dict`` told, or raise ValueError for what it never tells."""
        try:
            columns = tuple(MappedColumn(**column) for column in told["columns"])
            rest = {name: told.get(name, "") for name in ("time_format", "code")}
            return cls(str(told["kind"]), tuple(told["header"]), int(told["width"]), columns, **rest)
        except (KeyError, TypeError) as error:
            raise ValueError(f"This is no column mapping: {error}.") from error

    def faults(self) -> list[str]:
        """Return in sentences why the mapping cannot be used; none where it can."""
        found = []
        if self.kind not in NEEDED:
            return [f"'{self.kind}' is none of {', '.join(NEEDED)}."]
        targets = [column.target for column in self.columns]
        for column in self.columns:
            found += self._faults_of(column)
        found += [
            f"{TARGETS[name].label} is given to {targets.count(name)} columns; one must be chosen."
            for name in dict.fromkeys(targets)
            if name in TARGETS and targets.count(name) > 1
        ]
        found += [
            f"No column gives the {TARGETS[name].label.lower()}."
            for name in NEEDED[self.kind]
            if name not in targets
        ]
        if self.kind == AUXILIARY and len(set(targets) - {"test_time_second"}) == 0:
            found.append("No column gives a temperature, force, pressure, oxygen or water.")
        if self._is_dated() != bool(self.time_format):
            found.append(
                "Say how the date and time is written." if self._is_dated() else "The time is no date."
            )
        elif self.time_format and self.time_format not in TIME_FORMATS:
            found.append(f"'{self.time_format}' is no way of writing a time that is known here.")
        if self.kind == AUXILIARY and not self._is_dated():
            found.append(
                "A log is joined with tests by its date and time: state that the time is a date and time."
            )
        return found

    def _faults_of(self, column: MappedColumn) -> list[str]:
        target = TARGETS.get(column.target)
        if target is None or self.kind not in target.kinds:
            return [f"'{column.target}' is nothing that a column of this kind of file can be."]
        if not 0 <= column.place < self.width:
            return [f"There is no column {column.place + 1}: the file has {self.width}."]
        if column.unit not in (target.units or ("",)):
            named = ", ".join(target.units)
            return [
                f"State the unit of the {target.label.lower()} in column {column.place + 1}: one of {named}."
            ]
        return []

    def _is_dated(self) -> bool:
        return any(column.unit == DATE_AND_TIME for column in self.columns)

    def matches(self, lines: Sequence[str]) -> bool:
        """Return whether a file that begins with ``lines`` has this header, or as many columns and none."""
        if self.header:
            return find_header(lines, self.is_header) is not None
        if not lines:
            return False
        fields = split_line(lines[0], separator_of(lines[0]))
        return len(fields) == self.width and all(NUMBER.match(field) for field in fields)

    def is_header(self, fields: Sequence[str]) -> bool:
        return _trimmed(fields) == _trimmed(self.header)

    def plan_of(self, fields: Sequence[str]) -> Plan:
        """Return which columns are read, or raise UnreadableFile if this is not the header it was made for."""
        if self.header and not self.is_header(fields):
            raise UnreadableFile("The header is not the one that the mapping was made for.")
        columns = [
            Column(column.place, _kept_as(column), _scale_of(column), _label(fields, column.place))
            for column in self.columns
        ]
        needed = {name: TARGETS[name].label for name in NEEDED[self.kind] if not self._dated(name)}
        check_targets(columns, names=needed, format_name="mapped file")
        read = {column.place for column in self.columns}
        left_out = tuple(label for place, label in enumerate(fields) if place not in read and label)
        return Plan(tuple(columns), left_out)

    def _dated(self, name: str) -> bool:
        return name == "test_time_second" and self._is_dated()

    def required(self) -> tuple[str, ...]:
        """Return the columns that every row must give a number for."""
        if self.kind == AUXILIARY:
            return ()
        return tuple(name for name in NEEDED[self.kind] if not self._dated(name))


def _trimmed(fields: Sequence[str]) -> tuple[str, ...]:
    kept = [" ".join(field.split()) for field in fields]
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)


def _kept_as(column: MappedColumn) -> str:
    return CLOCK_TEXT if column.unit == DATE_AND_TIME else column.target


def _scale_of(column: MappedColumn) -> Scale | None:
    target = TARGETS[column.target]
    if target.dimension == "text" or column.unit == DATE_AND_TIME:
        return None
    if column.unit == HOURS_MINUTES_SECONDS:
        return CLOCK
    scale = UNITS[target.dimension][column.unit]
    return Scale(-scale.multiply, scale.divide) if column.negative else scale


def _label(fields: Sequence[str], place: int) -> str:
    return fields[place] if place < len(fields) and fields[place] else f"column {place + 1}"
