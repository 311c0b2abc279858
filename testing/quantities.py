"""Every stored number of a cell by its name: metrics, what masses give, bench readings, numeric causes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cells.models import CellBasis
from testing.causes import CAUSES
from testing.causes import values as cause_values
from testing.metric_keys import MetricKey, keys_of, metrics_of, read_key
from testing.upstream import Upstream


@dataclass(frozen=True)
class Quantity:
    """A number that a cell may have; fractions are printed as percent."""

    name: str
    label: str
    unit: str
    read: Callable[[Upstream], dict[int, float]]
    group: str = "Metrics"


def _metric(key: MetricKey) -> Callable[[Upstream], dict[int, float]]:
    def read(up: Upstream) -> dict[int, float]:
        return {cell: m.value for cell, m in metrics_of(up.cells, key).items() if m.value is not None}

    return read


def _basis(name: str) -> Callable[[Upstream], dict[int, float]]:
    def read(up: Upstream) -> dict[int, float]:
        rows = CellBasis.objects.filter(cell__in=up.cells, current=True, **{f"{name}__isnull": False})
        return dict(rows.values_list("cell_id", name))

    return read


def _field(name: str) -> Callable[[Upstream], dict[int, float]]:
    def read(up: Upstream) -> dict[int, float]:
        found = {key: getattr(cell, name) for key, cell in up.cells.items()}
        return {key: float(value) for key, value in found.items() if value is not None}

    return read


def _cause(name: str) -> Callable[[Upstream], dict[int, float]]:
    def read(up: Upstream) -> dict[int, float]:
        return {key: float(value) for key, value in cause_values(CAUSES[name], up).items()}

    return read


BENCH_QUANTITIES = (
    ("open_circuit_voltage_v", "OCV after assembly", "V"),
    ("resistance_1khz_ohm", "Resistance at 1 kHz", "ohm"),
)
BASIS_QUANTITIES = (
    ("active_loading_mg_cm2", "Active loading", "mg/cm2"),
    ("composite_loading_mg_cm2", "Composite loading", "mg/cm2"),
    ("areal_capacity_mah_cm2", "Areal capacity, design", "mAh/cm2"),
    ("np_ratio", "N/P", ""),
    ("positive_active_mass_mg", "Active mass, positive", "mg"),
)


def plain_quantities() -> dict[str, Quantity]:
    """Return the quantities that are no metrics: what masses and die give, what was read at the bench, causes."""
    found = [
        *(
            Quantity(name, label, unit, _basis(name), "From masses and die")
            for name, label, unit in BASIS_QUANTITIES
        ),
        *(
            Quantity(name, label, unit, _field(name), "At the bench")
            for name, label, unit in BENCH_QUANTITIES
        ),
        *(
            Quantity(cause.name, cause.label, cause.unit, _cause(cause.name), "Upstream")
            for cause in CAUSES.values()
            if cause.number
        ),
    ]
    return {quantity.name: quantity for quantity in found}


def quantity_named(name: str) -> Quantity:
    """Return a quantity by its name; raises ValueError where there is none."""
    plain = plain_quantities().get(name)
    return plain or _of_metric(read_key(name))


def quantities_of(cells: Iterable[int]) -> list[Quantity]:
    """Return what these cells can be drawn and compared by, in the order in which pages offer it."""
    return [*(_of_metric(key) for key in keys_of(cells)), *plain_quantities().values()]


def _of_metric(key: MetricKey) -> Quantity:
    return Quantity(str(key), key.label, key.unit, _metric(key))
