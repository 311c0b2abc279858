"""Judging tests: what the quality checks and the protocol say of each, computed when something of it has changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from cells.models import Cell
from lims.audit import action
from lims.jobs import Lease
from lims.models import Identity
from testing.calc import conformance as calc
from testing.calc.plan import PlannedHalf
from testing.inputs import Gathered, sha256_of, sweeps_of
from testing.methods import quality
from testing.methods.base import Inputs, Measured
from testing.methods.quality_points import TEMPERATURE_COLUMNS
from testing.models import CellTest, Judgement, ProtocolDeparture, QualityCheck, QualityThreshold
from testing.segmenting import plan_of

MOST_CYCLES = 50


def thresholds() -> dict[str, float]:
    """Return the threshold of every check: the lab's own where it has decided on one."""
    decided = dict(QualityThreshold.objects.values_list("name", "value"))
    return {check.name: decided.get(check.name, check.threshold) for check in quality.CHECKS}


def judge(gathered: Gathered, lease: Lease | None) -> None:
    """Compute the checks and the conformance of every test of a cell whose inputs are new."""
    limits = thresholds()
    known = dict(Judgement.objects.filter(test__cell=gathered.cell).values_list("test", "inputs_sha256"))
    for test in gathered.tests:
        sha256 = _hash(gathered, test, limits)
        if known.get(test.pk) != sha256:
            _judge_one(gathered, test, limits, sha256, lease)


def _hash(gathered: Gathered, test: CellTest, limits: Mapping[str, float]) -> str:
    basis = gathered.basis.version if gathered.basis else 0
    versions = [quality.VERSION, calc.VERSION]
    return sha256_of([gathered.facts[test.pk], basis, dict(limits), versions])


def _judge_one(
    gathered: Gathered, test: CellTest, limits: Mapping[str, float], sha256: str, lease: Lease | None
) -> None:
    measured = replace(gathered.measured[test.pk], sweeps=sweeps_of(test))
    checked = quality.look(Inputs(gathered.cell.code, (measured,), gathered.basis), limits)
    found = conformance_of(test, measured)
    _keep(gathered.cell, test, checked, found, sha256, lease)


def conformance_of(
    test: CellTest, measured: Measured, plan: tuple[PlannedHalf, ...] | None = None
) -> calc.Conformance:
    """Return what a test did against its protocol; without a protocol nothing is asked and nothing departs."""
    asked = plan_of(test) if plan is None else plan
    if not asked:
        return calc.Conformance((), (), 0, 0)
    return calc.conformance(
        measured.cycles,
        asked,
        ended=measured.ended,
        temperature_c=measured.temperature_c,
        temperatures_c=_temperatures(measured),
    )


def _temperatures(measured: Measured) -> tuple[float, float] | None:
    if measured.rows is None:
        return None
    for name in TEMPERATURE_COLUMNS:
        try:
            found: pl.Series = measured.rows.columns(name)[name].drop_nulls()
        except ValueError:
            continue
        if not found.is_empty():
            values = found.to_numpy()
            return float(values.min()), float(values.max())
    return None


@action
def _keep(
    cell: Cell,
    test: CellTest,
    checked: list[quality.Checked],
    found: calc.Conformance,
    sha256: str,
    lease: Lease | None,
) -> None:
    if lease:
        lease.check()
    Identity.objects.select_for_update(no_key=True).get(pk=cell.pk)
    test.quality_checks.all().delete()
    QualityCheck.objects.bulk_create(QualityCheck(test=test, **_row(each)) for each in checked)
    test.departures.all().delete()
    ProtocolDeparture.objects.bulk_create(
        ProtocolDeparture(
            test=test,
            category=told.category,
            impact=told.impact,
            sentence=told.sentence,
            cycles=list(told.cycles[:MOST_CYCLES]),
        )
        for told in calc.gathered(found.all_departures())
    )
    Judgement.objects.update_or_create(
        test=test,
        defaults={
            "inputs_sha256": sha256,
            "half_cycles_planned": found.planned,
            "half_cycles_run": found.run,
        },
    )


def _row(each: quality.Checked) -> dict[str, Any]:
    cycles = [finding.cycle_number for finding in each.findings if finding.cycle_number is not None]
    return {
        "name": each.check,
        "state": each.state,
        "threshold": each.threshold,
        "value": each.findings[0].value if each.findings else None,
        "count": len(each.findings),
        "sentence": each.sentence,
        "cycles": cycles[:MOST_CYCLES],
        "method_version": quality.VERSION,
    }
