"""What the report of a cell says."""

from __future__ import annotations

from typing import Any

from cells.models import Cell, Layer
from cells.models.design import LayerRole
from cells.passport import passport_of
from lims.models import User
from lims.trace import ancestors_of
from lims.units import mg_from_ug
from materials.genealogy import weighed_mg
from testing import lineage_facts
from testing.printed import quantities
from testing.reporting.building import building_sections
from testing.reporting.common import history, lineage
from testing.reporting.tested import test_inputs


def rests_on(cell: Cell) -> set[int]:
    """Return the identities that a report of this cell rests on."""
    above = {source for source, _, _ in ancestors_of([cell.pk])}
    return above | {cell.pk} | set(cell.tests.values_list("pk", flat=True))


def cell_inputs(cell: Cell, by: User) -> dict[str, Any]:
    """Return everything that the cell's report says, as it stands now."""
    basis = cell.bases.filter(current=True).first()
    passport = passport_of(cell, by)
    return {
        "cell": _cell_facts(cell),
        "balance": quantities(basis),
        "layers": _layers(cell),
        "press_steps": [
            {
                "number": s.number,
                "presses": s.presses,
                "pressure_mpa": s.pressure_mpa,
                "force_kn": lineage_facts.force_kn(s.pressure_mpa, cell.die.diameter_mm),
                "hold_s": s.hold_s,
            }
            for s in cell.press_steps.all()
        ],
        "lineage": lineage(cell.identity, by),
        "tests": [
            test_inputs(test, basis) for test in cell.tests.with_cells().with_codes().order_by("place")
        ],
        "deviations": [
            {"category": d.get_category_display(), "impact": d.get_impact_display(), "text": d.text}
            for d in cell.deviations.all()
        ],
        "not_recorded": [*passport["not_recorded"], *lineage_facts.not_recorded(rests_on(cell))],
        "sections": building_sections(passport),
        "history": history(cell),
    }


def _cell_facts(cell: Cell) -> dict[str, Any]:
    edition = cell.edition
    return {
        "code": cell.code,
        "state": cell.get_state_display(),
        "study": f"{cell.study.code} {cell.study.name}",
        "condition": cell.condition.name,
        "project": str(cell.project),
        "design": f"{edition.design.code} {edition.design.name}",
        "design_edition": edition.number,
        "performed_at": cell.performed_at.isoformat(timespec="minutes"),
        "performed_by": cell.performed_by.display_name,
        "note": cell.note,
        "die": f"{cell.die.code} {cell.die.name}",
        "die_diameter_mm": cell.die.diameter_mm,
        "upper_cut_off_v": edition.upper_cut_off_v_vs_li,
        "lower_cut_off_v": edition.lower_cut_off_v_vs_li,
        "upper_cell_voltage_v": edition.upper_cell_voltage_v,
        "lower_cell_voltage_v": edition.lower_cell_voltage_v,
        "reference_offset_v": edition.reference_offset_v,
        "reference_offset_source": edition.reference_offset_source,
        "stack_pressure_mpa": edition.stack_pressure_mpa,
        "temperature_c": edition.temperature_c,
        "np_basis": edition.get_np_basis_display(),
        "coating_counted_as_active": edition.coating_counted_as_active,
        "open_circuit_voltage_v": cell.open_circuit_voltage_v,
        "resistance_1khz_ohm": cell.resistance_1khz_ohm,
    }


def _layers(cell: Cell) -> list[dict[str, Any]]:
    rows = []
    layers = (
        Layer.objects.filter(cell=cell).with_mass().select_related("use__powder__identity", "use__balance")
    )
    for layer in layers.order_by("pk"):
        uncertainty = weighed_mg(layer.mass_ug, layer.use.balance).std_dev
        rows.append(
            {
                "role": LayerRole(layer.role).label,
                "powder": layer.use.powder.code,
                "powder_label": layer.use.powder.name,
                "mass_mg": float(mg_from_ug(layer.mass_ug)),
                "uncertainty_mg": None if uncertainty != uncertainty else uncertainty,
                "dispensed_mg": float(mg_from_ug(layer.dispensed_ug)),
                "lost_mg": float(mg_from_ug(layer.lost_ug)),
            }
        )
    return rows
