"""What a report says of one test."""

from __future__ import annotations

from typing import Any

from cells.models import CellBasis
from testing.models import CellTest, Cycle
from testing.printed import cycle_row, metric_rows_of_test
from testing.tables import curves


def test_inputs(test: CellTest, basis: CellBasis | None) -> dict[str, Any]:
    """Return what a report says of one test: how it ran, its files, its cycles and what follows from them."""
    dataset = test.datasets.filter(current=True).select_related("blob").first()
    places = dataset.places.select_related("submission__blob") if dataset else []
    rows = list(test.cycles.order_by("cycle_number"))
    area = basis.area_cm2 if basis else None
    return {
        "code": test.code,
        "phase": test.get_phase_display(),
        "protocol": str(test.protocol_edition) if test.protocol_edition else "",
        "instrument": f"{test.channel.instrument.code} {test.channel.instrument.name}, channel {test.channel.name}"
        if test.channel
        else "",
        "one_c_current_ma": test.one_c_current_ma,
        "temperature_c": test.temperature_c,
        "stack_pressure_mpa": test.stack_pressure_mpa,
        "files": [
            {
                "name": p.submission.name,
                "sha256": p.submission.blob.sha256,
                "rows": p.submission.rows,
                "reader": f"{p.submission.reader} {p.submission.reader_version}",
            }
            for p in places
        ],
        "flags": dataset.flags if dataset else [],
        "cycles": [cycle_row(cycle, area) for cycle in rows],
        "curves": _curves(dataset, rows, area) if dataset else [],
        "metrics": metric_rows_of_test(test),
    }


def _curves(dataset: Any, cycles: list[Cycle], area_cm2: float | None) -> list[dict[str, Any]]:
    """Return the curves of the first cycle and, in a longer test, the last: what a reader looks for first."""
    if not cycles or not area_cm2:
        return []
    chosen = {cycles[0].pk: cycles[0], cycles[-1].pk: cycles[-1]}
    return [
        {
            "label": f"cycle {cycle.cycle_number}",
            "capacity_mah_cm2": [round(q / area_cm2, 6) for q in half.capacity_mah],
            "voltage_v": [round(v, 5) for v in half.voltage_v],
        }
        for cycle in chosen.values()
        for half in curves(dataset, cycle, points=250)
    ]
