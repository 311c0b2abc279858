"""The column names of the Battery Data Format, as preferred label and as machine name."""

from collections.abc import Mapping
from dataclasses import dataclass

from testing.readers.columns import Scale, scale_of

CAPACITY_SCOPES = ("", "cycle_", "step_", "schedule_")
CAPACITY_KINDS = ("charging", "discharging", "net", "cumulative")
COUNTERS = frozenset(
    f"{scope}{kind}_{unit}"
    for scope in CAPACITY_SCOPES
    for kind in CAPACITY_KINDS
    for unit in ("capacity_ah", "energy_wh")
)
COUNTS = frozenset({"cycle_count", "step_count", "step_index", "step_record_index", "record_index"})
TEXT_NAMES = frozenset({"step_id", "step_type"})
MACHINE_NAMES = (
    COUNTERS
    | COUNTS
    | TEXT_NAMES
    | {"test_time_second", "unix_time_second", "step_time_second", "voltage_volt", "current_ampere"}
    | {"test_time_millisecond", "unix_time_millisecond", "step_capacity_ah", "power_watt"}
    | {"applied_pressure_pa", "surface_pressure_pa", "ambient_pressure_pa"}
    | {"ambient_temperature_celsius", "surface_temperature_celsius"}
    | {f"temperature_t{place}_celsius" for place in range(1, 6)}
    | {f"surface_temperature_t{place}_celsius" for place in range(1, 6)}
    | {"internal_resistance_ohm", "dc_internal_resistance_ohm", "ac_internal_resistance_ohm"}
    | {"frequency_hertz", "real_impedance_ohm", "imaginary_impedance_ohm", "absolute_impedance_ohm"}
    | {"phase_degree", "step_energy_wh"}
)
# Deprecated names whose unit stands in the name.
RENAMED: Mapping[str, tuple[str, Scale]] = {
    "test_time_millisecond": ("test_time_second", Scale(divide=1e3)),
    "unix_time_millisecond": ("unix_time_second", Scale(divide=1e3)),
    "step_capacity_ah": ("step_cumulative_capacity_ah", Scale()),
    "step_energy_wh": ("step_cumulative_energy_wh", Scale()),
}
DIMENSIONS: Mapping[str, str] = {
    "second": "time",
    "volt": "voltage",
    "ampere": "current",
    "ah": "charge",
    "wh": "energy",
    "watt": "power",
    "pa": "pressure",
    "celsius": "temperature",
    "ohm": "resistance",
    "hertz": "frequency",
    "degree": "angle",
}


@dataclass(frozen=True)
class KnownName:
    """A BDF column: its machine name, how its numbers become the unit in it, and how the file spells it."""

    name: str
    scale: Scale
    is_label: bool


def _labels() -> dict[str, tuple[str, str]]:
    """Return by what a preferred label says before its unit: the machine name and what it measures."""
    labels = {}
    for name in MACHINE_NAMES - set(RENAMED):
        quantity, _, unit = name.rpartition("_")
        if unit in DIMENSIONS:
            labels[quantity.replace("_", " ")] = (name, DIMENSIONS[unit])
        else:
            labels[name.replace("_", " ")] = (name, "count")
    return labels


LABELS = _labels()


def machine_name(field: str) -> KnownName | None:
    """Return the BDF column that ``field`` names, or None; raise UnreadableFile for a unit that is unknown.

    >>> machine_name("Current / mA")
    KnownName(name='current_ampere', scale=Scale(multiply=1.0, divide=1000.0), is_label=True)
    >>> machine_name("voltage_volt").name
    'voltage_volt'
    """
    if field in RENAMED:
        return KnownName(*RENAMED[field], is_label=False)
    if field in MACHINE_NAMES:
        return KnownName(field, Scale(), is_label=False)
    quantity, _, unit = field.partition("/")
    known = LABELS.get(quantity.strip().casefold())
    if known is None:
        return None
    name, dimension = known
    if name in TEXT_NAMES:
        return KnownName(name, Scale(), is_label=True)
    return KnownName(name, scale_of(unit, dimension=dimension, label=field), is_label=True)
