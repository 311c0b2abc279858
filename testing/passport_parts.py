"""What the tests say, as sections of a cell's passport."""

from __future__ import annotations

from typing import Any

from cells.models import Cell
from lims.models import User
from lims.templatetags.numbers import with_unit
from testing.models import CellTest
from testing.printed import metric_rows


def sections_of(cell: Cell, user: User) -> list[dict[str, Any]]:
    """Return the tests and the metrics of a cell as tables of text."""
    tests = CellTest.objects.visible_to(user).with_codes().filter(cell=cell).order_by("place")
    of_tests = [
        [str(test.place), test.code, test.get_phase_display(), test.get_state_display(), _conditions(test)]
        for test in tests
    ]
    of_metrics = [
        [
            row["label"],
            with_unit(row) if row["value"] is not None else "",
            row["test"] or "",
            row["basis"] or "",
            row["reason"] or "",
        ]
        for row in metric_rows(cell)
    ]
    found = []
    if of_tests:
        heads = ["No.", "Test", "Phase", "State", "Conditions"]
        found.append({"title": "Tests", "columns": heads, "rows": of_tests, "note": ""})
    if of_metrics:
        heads = ["Metric", "Value", "Test", "Basis", "Why there is none"]
        found.append({"title": "Metrics", "columns": heads, "rows": of_metrics, "note": "± is k = 1."})
    return found


def _conditions(test: CellTest) -> str:
    told = [
        ("1C", test.one_c_current_ma, "mA"),
        ("at", test.temperature_c, "°C"),
        ("under", test.stack_pressure_mpa, "MPa"),
    ]
    return ", ".join(f"{name} {value:g} {unit}" for name, value, unit in told if value is not None)
