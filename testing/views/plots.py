"""The numbers that plots of one cell draw."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from cells.models import Cell, CellBasis
from lims.views.screens import find, person
from testing.models import CellTest, Cycle
from testing.tables import curves

# More curves than this cannot be told apart.
MOST_CURVES = 12


def _area_cm2(cell: Cell) -> float | None:
    basis = CellBasis.objects.filter(cell=cell, current=True).first()
    return basis.area_cm2 if basis else None


@login_required
@require_GET
def cycles(request: HttpRequest, code: str) -> JsonResponse:
    """Answer with capacity and efficiency over the cycles of one test, by default the cell's first."""
    user = person(request)
    cell: Cell = find(Cell.objects.all(), code, user)
    asked = request.GET.get("test", "")
    test = find(cell.tests.all(), asked, user) if asked else cell.tests.with_codes().order_by("place").first()
    if test is None:
        raise Http404(f"{cell.code} has no test yet.")
    area_cm2 = _area_cm2(cell)
    rows = list(test.cycles.order_by("cycle_number"))
    return JsonResponse(
        {
            "title": f"{cell.code} {test.code} {test.get_phase_display()}",
            "simulated": cell.simulated,
            "x": {"label": "Cycle number"},
            "y": {"label": "Areal capacity (mAh/cm²)" if area_cm2 else "Capacity (mAh)"},
            "y2": {"label": "Coulombic efficiency (%)"},
            "series": [
                _series("Charge", "y", rows, "charge_capacity_mah", 1 / (area_cm2 or 1)),
                _series("Discharge", "y", rows, "discharge_capacity_mah", 1 / (area_cm2 or 1)),
                _series("Coulombic efficiency", "y2", rows, "coulombic_efficiency", 100),
            ],
        }
    )


def _series(label: str, axis: str, rows: list[Cycle], name: str, scale: float) -> dict[str, Any]:
    values = [getattr(row, name) for row in rows]
    return {
        "label": label,
        "axis": axis,
        "x": [row.cycle_number for row in rows],
        "y": [None if value is None else round(value * scale, 6) for value in values],
    }


@login_required
@require_GET
def voltage(request: HttpRequest, code: str) -> JsonResponse:
    """Answer with voltage over capacity of some cycles, by default the first and the last."""
    test: CellTest = find(CellTest.objects.with_cells(), code, person(request))
    try:
        wanted = [int(number) for number in request.GET.get("cycles", "").split(",") if number.strip()]
    except ValueError:
        return JsonResponse({"cycles": ["Cycles are whole numbers with commas between them."]}, status=400)
    if len(wanted) > MOST_CURVES:
        return JsonResponse(
            {"cycles": [f"At most {MOST_CURVES} cycles at once, not {len(wanted)}."]}, status=400
        )
    area_cm2 = _area_cm2(test.cell)
    return JsonResponse(
        {
            "title": f"{test.cell.code} {test.code} {test.get_phase_display()}",
            "simulated": test.simulated,
            "x": {"label": "Areal capacity (mAh/cm²)" if area_cm2 else "Capacity (mAh)"},
            "y": {"label": "Cell voltage (V)"},
            "series": _curves(test, _chosen(test, wanted), area_cm2 or 1),
        }
    )


def _chosen(test: CellTest, wanted: list[int]) -> list[Cycle]:
    cycles = test.cycles.order_by("cycle_number")
    if wanted:
        return list(cycles.filter(cycle_number__in=wanted))
    ends = {cycle.pk: cycle for cycle in (cycles.first(), cycles.last()) if cycle is not None}
    return list(ends.values())


def _curves(test: CellTest, chosen: list[Cycle], area_cm2: float) -> list[dict[str, Any]]:
    dataset = test.datasets.filter(current=True).select_related("blob").first()
    if dataset is None:
        return []
    return [
        {
            "label": f"Cycle {cycle.cycle_number}, {half.direction}",
            "axis": "y",
            "x": [round(charge / area_cm2, 6) for charge in half.capacity_mah],
            "y": [round(volt, 5) for volt in half.voltage_v],
        }
        for cycle in chosen
        for half in curves(dataset, cycle)
    ]
