"""What page, API and report print of a cell: the same rows everywhere."""

from __future__ import annotations

from typing import Any

from cells.models import Cell, CellBasis
from testing.analyse import LABELS
from testing.models import Cycle

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
    """Return the cell's metrics as report, page and API print them."""
    return [
        {
            "name": m.name,
            "label": LABELS.get(m.name, m.name),
            "value": m.value,
            "unit": m.unit,
            "uncertainty": m.uncertainty,
            "basis": m.basis,
            "method": m.method,
            "method_version": m.method_version,
            "reason": m.reason,
            "inputs_sha256": m.inputs_sha256,
        }
        for m in cell.metrics.all()
    ]
