"""The numbers of a report as files: what travels inside its PDF, taken from the frozen snapshot alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.utils.text import slugify

from lims.export import Sheet, Value, csv_bytes
from lims.pdf import Attached
from testing.models import Report

SIMULATED_COLUMN = "Data"
METRIC_PARTS = (
    "name",
    "variant",
    "label",
    "value",
    "uncertainty",
    "unit",
    "basis",
    "method",
    "method_version",
    "reason",
)


def attached_data(report: Report) -> list[Attached]:
    """Return a report's tables and the metrics of its tests as CSV files: full digits, every row.

    Simulated data are marked in each.
    """
    snapshot = report.snapshot
    made_at = datetime.fromisoformat(snapshot["made_at"])
    files = []
    for sheet in (*sheets_of(snapshot), *metrics_of_tests(snapshot)):
        name = f"{report.code}-{slugify(sheet.name)}.csv"
        files.append(Attached(name, csv_bytes(sheet), f"{sheet.name} of {report.code}, full digits", made_at))
    return files


def sheets_of(snapshot: Mapping[str, Any]) -> Iterator[Sheet]:
    """Yield the tables of a snapshot that has sections; a fraction stays a fraction, each number beside its spread."""
    simulated = bool(snapshot["simulated"])
    for section in snapshot.get("sections", []):
        tables = [block for block in section["blocks"] if block["type"] == "table" and block["rows"]]
        for place, table in enumerate(tables, start=1):
            more = table["title"] or (str(place) if place > 1 else "")
            yield _sheet(f"{section['title']} {more}".strip(), table, simulated=simulated)


def metrics_of_tests(snapshot: Mapping[str, Any]) -> Iterator[Sheet]:
    """Yield every metric of a cell's tests with its basis, where a report prints tests one by one."""
    tests = snapshot.get("tests", [])
    rows = [
        [test["code"], *(metric.get(name) for name in METRIC_PARTS)]
        for test in tests
        for metric in test["metrics"]
    ]
    if not rows:
        return
    heads = ["test", *METRIC_PARTS]
    if snapshot["simulated"]:
        heads, rows = [*heads, SIMULATED_COLUMN], [[*row, "simulated"] for row in rows]
    yield Sheet("Metrics", heads, rows)


def _sheet(name: str, table: Mapping[str, Any], *, simulated: bool) -> Sheet:
    spread = [any(_has_spread(row[n]) for row in table["rows"]) for n in range(len(table["columns"]))]
    heads: list[str] = []
    for column, has_spread in zip(table["columns"], spread, strict=True):
        words = f"{column['label']} / {column['unit']}" if column["unit"] else column["label"]
        heads += [words, f"{words}, standard uncertainty"] if has_spread else [words]
    rows = [
        [value for cell, has_spread in zip(row, spread, strict=True) for value in _values(cell, has_spread)]
        for row in table["rows"]
    ]
    if simulated:
        heads.append(SIMULATED_COLUMN)
        rows = [[*row, "simulated"] for row in rows]
    return Sheet(name, heads, rows)


def _has_spread(cell: Any) -> bool:
    return isinstance(cell, Mapping) and cell.get("uncertainty") is not None


def _values(cell: Any, has_spread: bool) -> list[Value]:  # noqa: FBT001 - one column or two
    if isinstance(cell, Mapping):
        value = cell["value"] if cell["value"] is not None else cell.get("reason") or None
        return [value, cell.get("uncertainty")] if has_spread else [value]
    return [cell, None] if has_spread else [cell]
