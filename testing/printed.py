"""What page, API and report print of a cell: the same rows everywhere."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from cells.models import Cell, CellBasis
from testing import methods
from testing.analyse import LABELS
from testing.inputs import basis_of
from testing.methods.base import Basis, Known
from testing.methods.per import PER_AREA, PER_GRAM, per_area, per_gram
from testing.metric_keys import place_of_variant
from testing.models import CellTest, Cycle, Metric

QUANTITY_LABELS = {
    "area_cm2": ("Area", "cm2", "of the die"),
    "positive_composite_mass_mg": ("Positive composite", "mg", "dispensed less lost"),
    "positive_active_mass_mg": ("Positive active mass", "mg", ""),
    "composite_loading_mg_cm2": ("Composite loading", "mg/cm2", "all of the composite"),
    "active_loading_mg_cm2": ("Active loading", "mg/cm2", "the active material alone"),
    "areal_capacity_mah_cm2": ("Areal capacity, positive", "mAh/cm2", "design"),
    "negative_areal_capacity_mah_cm2": ("Areal capacity, negative", "mAh/cm2", "design"),
    "capacity_mah": ("Capacity", "mAh", "design"),
    "np_ratio": ("N/P", "", "areal"),
    "one_c_current_ma": ("1C current", "mA", "design"),
    "one_c_current_density_ma_cm2": ("1C current density", "mA/cm2", "design"),
}
# What was weighed keeps the balance's own digits; a computed uncertainty keeps two, so that a reader can compute on.
WEIGHED = ("positive_composite_mass_mg", "positive_active_mass_mg")


def quantities(basis: CellBasis | None) -> list[dict[str, Any]]:
    """Return the cell's computed quantities with label, value, uncertainty and unit."""
    if basis is None:
        return []
    rows = []
    for name, (label, unit, note) in QUANTITY_LABELS.items():
        found = basis.quantity(name)
        if found is not None:
            told = _note(name, note, basis)
            rows.append(
                {
                    "name": name,
                    "label": label,
                    "value": found[0],
                    "uncertainty": found[1],
                    "digits": None if name in WEIGHED else 2,
                    "unit": unit,
                    "note": told,
                }
            )
    return rows


def _note(name: str, note: str, basis: CellBasis) -> str:
    """Return what a quantity is of, with the choices that it rests on."""
    if name == "np_ratio":
        return f"{note}, {basis.np_basis.replace('_', ' ')} basis"
    if name == "active_loading_mg_cm2" and basis.cell.edition.coating_counted_as_active:
        return f"{note}; a coating counts as active"
    return note


def cycle_row(cycle: Cycle, area_cm2: float | None) -> dict[str, Any]:
    """Return a cycle with its capacities per cell and per area; the API, the page and the report print this."""

    def per_area(capacity_mah: float | None) -> float | None:
        return None if capacity_mah is None or not area_cm2 else capacity_mah / area_cm2

    return {
        "cycle_number": cycle.cycle_number,
        "phase": cycle.phase,
        "charge_capacity_mah": cycle.charge_capacity_mah,
        "discharge_capacity_mah": cycle.discharge_capacity_mah,
        "coulombic_efficiency": cycle.coulombic_efficiency,
        "charge_areal_capacity_mah_cm2": per_area(cycle.charge_capacity_mah),
        "discharge_areal_capacity_mah_cm2": per_area(cycle.discharge_capacity_mah),
        "complete": cycle.complete,
    }


def metric_rows(cell: Cell) -> list[dict[str, Any]]:
    """Return the cell's metrics as report, page and API print them, those of the whole cell first.

    Per area and per gram of positive active material they are derived here, from the cell's current basis.
    """
    basis = basis_of(cell)
    order = {name: place for place, name in enumerate(methods.named())}
    rows = sorted(
        cell.metrics.select_related("test__identity"),
        key=lambda m: (
            m.test.place if m.test else 0,
            order.get(m.name, len(order)),
            place_of_variant(m.variant),
        ),
    )
    return [_metric_row(m, basis) for m in rows]


def metric_rows_of_test(test: CellTest) -> list[dict[str, Any]]:
    """Return the metrics of one test, and those of its cell that rest on it."""
    rows = metric_rows(test.cell)
    return [
        row for row in rows if row["test"] == test.code or (not row["test"] and test.code in row["rests_on"])
    ]


def _metric_row(m: Metric, basis: Basis | None) -> dict[str, Any]:
    number = None if m.value is None else Known(m.value, m.uncertainty)
    area = None if number is None else per_area(number, m.unit, basis)
    gram = None if number is None else per_gram(number, m.unit, basis)
    return {
        "name": m.name,
        "variant": m.variant,
        "test": m.test.code if m.test else None,
        "label": f"{LABELS.get(m.name, m.name)} {m.variant}".strip(),
        "value": m.value,
        "unit": m.unit,
        "uncertainty": m.uncertainty,
        "per_area": None if area is None else {**asdict(area), "unit": PER_AREA[m.unit]},
        "per_gram": None if gram is None else {**asdict(gram), "unit": PER_GRAM[m.unit]},
        "basis": m.basis,
        "method": m.method,
        "method_version": m.method_version,
        "parameters": m.parameters,
        "reason": m.reason,
        "stale": m.stale,
        "inputs_sha256": m.inputs_sha256,
        "software_version": m.software_version,
        "rests_on": [name for name, part in m.inputs.items() if isinstance(part, dict) and "test" in part],
    }
