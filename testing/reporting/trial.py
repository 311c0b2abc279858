"""What the report of one test says: how it ran, its files, its cycles, and what follows from them."""

from __future__ import annotations

from typing import Any

from lims.models import User
from lims.trace import ancestors_of
from testing.models import CellTest
from testing.reporting import blocks
from testing.reporting.common import history_section, origin_section
from testing.reporting.tested import test_inputs

Section = dict[str, Any]


def rests_on(test: CellTest) -> set[int]:
    """Return the identities that a test's report rests on: itself, its cell and what that was made of."""
    return {test.pk, test.cell_id} | {source for source, _, _ in ancestors_of([test.cell_id])}


def trial_inputs(record: CellTest, by: User) -> dict[str, Any]:  # noqa: ARG001 - one shape for all kinds
    """Return everything that the report of a test says, as it stands now."""
    test = CellTest.objects.with_cells().with_codes().get(pk=record.pk)
    basis = test.cell.bases.filter(current=True).first()
    told = test_inputs(test, basis)
    return {
        "title_facts": [
            {"name": "Test", "value": test.code},
            {"name": "Cell", "value": test.cell.code},
            {"name": "Phase", "value": told["phase"]},
            {"name": "State", "value": test.get_state_display()},
        ],
        "sections": [
            _conditions(test, told, basis.area_cm2 if basis else None),
            _files(told),
            _metrics(told),
            _cycles(told),
            origin_section(test),
            history_section(test),
        ],
    }


def _conditions(test: CellTest, told: dict[str, Any], area_cm2: float | None) -> Section:
    edition = test.cell.edition
    rows: list[tuple[str, Any]] = [
        ("Protocol", told["protocol"]),
        ("Instrument", told["instrument"]),
        ("1C current applied", blocks.exactly(told["one_c_current_ma"], "mA")),
        ("Temperature", blocks.exactly(told["temperature_c"], "°C")),
        ("Stack pressure", blocks.exactly(told["stack_pressure_mpa"], "MPa")),
        ("Design", f"{edition.design.code} {edition.design.name}, edition {edition.number}"),
        ("Condition", f"{test.cell.study.code} {test.cell.condition.name}"),
        ("Area", blocks.number(area_cm2, "cm2", reason="the cell has no die yet")),
    ]
    return blocks.section("conditions", "Conditions", blocks.facts(rows))


def _files(told: dict[str, Any]) -> Section:
    rows = [[file["name"], file["reader"], file["rows"], file["sha256"]] for file in told["files"]]
    return blocks.section(
        "files",
        "Files and what they carry",
        blocks.table(["File", "Reader", "Rows", "SHA-256"], rows, none="No file has been read."),
        blocks.items(
            [str(flag) for flag in told["flags"]], title="Flags", none="No flag stands on the data."
        ),
    )


def _metrics(told: dict[str, Any]) -> Section:
    rows = [metric_row(metric) for metric in told["metrics"]]
    none = "No metric has been computed from this test."
    return blocks.section(
        "metrics", "Metrics", blocks.table(METRIC_COLUMNS, rows, none=none, note=METRIC_NOTE)
    )


METRIC_COLUMNS = ["Metric", "Value", "Basis", "Method"]
METRIC_NOTE = "± is one standard uncertainty (k = 1). A number that could not be computed says why."


def metric_row(metric: dict[str, Any]) -> list[Any]:
    """Return a metric as a row of ``METRIC_COLUMNS``."""
    value = blocks.number(
        metric["value"], metric["unit"], uncertainty=metric["uncertainty"], digits=2, reason=metric["reason"]
    )
    return [metric["label"], value, metric["basis"], f"{metric['method']} {metric['method_version']}"]


def _cycles(told: dict[str, Any]) -> Section:
    cycles = told["cycles"]
    columns: list[str | tuple[str, str]] = [
        "Cycle",
        ("Charge", "mAh"),
        ("Discharge", "mAh"),
        ("Charge", "mAh/cm2"),
        ("Discharge", "mAh/cm2"),
        ("CE", "fraction"),
        "Complete",
    ]
    names = (
        "charge_capacity_mah",
        "discharge_capacity_mah",
        "charge_areal_capacity_mah_cm2",
        "discharge_areal_capacity_mah_cm2",
        "coulombic_efficiency",
    )
    rows = [[str(c["cycle_number"]), *(c[name] for name in names), c["complete"]] for c in cycles]
    return blocks.section(
        "cycles",
        "Cycles",
        *figures_of(told),
        blocks.table(columns, rows, none="No cycle has been found."),
    )


def figures_of(told: dict[str, Any]) -> list[blocks.Block]:
    """Return the figures of one test's frozen cycles and curves."""
    drawn = []
    cycles = told["cycles"]
    if cycles:
        data = {
            "cycle_numbers": [c["cycle_number"] for c in cycles],
            "charge_mah_cm2": [c["charge_areal_capacity_mah_cm2"] for c in cycles],
            "discharge_mah_cm2": [c["discharge_areal_capacity_mah_cm2"] for c in cycles],
            "efficiency": [c["coulombic_efficiency"] for c in cycles],
        }
        words = f"Areal capacity (left) and coulombic efficiency (right) of {told['code']} by cycle."
        drawn.append(blocks.figure("cycles", data, caption=words, wide=False))
    if told["curves"]:
        words = f"Cell voltage of {told['code']} over areal capacity, charge and discharge in one colour."
        drawn.append(blocks.figure("voltage", {"curves": told["curves"]}, caption=words, wide=False))
    return drawn
