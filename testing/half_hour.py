"""The start of a test against its set-up card: run when points or a file come in, told as alerts."""

from __future__ import annotations

import zlib

import numpy as np
import polars as pl
from django.db.models import Max
from numpy.typing import NDArray

from lims.jobs import Lease
from lims.models import Job
from testing.alerts import raise_alert
from testing.calc.start_check import FIRST_S, Finding, charge_findings, settings_findings, start_findings
from testing.expectations import expectation_of
from testing.live_rows import Point, points_of
from testing.models import CellTest, Dataset, LiveSegment, TestPulse
from testing.tables import scan

KIND = "check_start"
# Seconds of current after which it is looked at again: soon enough to mend, and once more when all of it is there.
MARKS_S = (60.0, 300.0, 900.0, FIRST_S)
REST_MA = 1e-4
MOST_START_ROWS = 500_000
MA_PER_A = 1000.0
TEMPERATURES = ("surface_temperature_celsius", "temperature_t1_celsius", "ambient_temperature_celsius")


def is_due(pulse: TestPulse) -> bool:
    """Return whether enough new seconds of current have come to judge the start of a test."""
    return _passed(pulse) > pulse.checked_until_s


def _passed(pulse: TestPulse) -> float:
    """Return the last mark that the test has passed, 0 before the first."""
    if pulse.current_began_s is None or pulse.test_time_s is None:
        return 0.0
    run_s = pulse.test_time_s - pulse.current_began_s
    return max((mark for mark in MARKS_S if run_s >= mark), default=0.0)


def check_settings(test: CellTest) -> None:
    """Judge what was entered for a test against its cell; called where a test is set up or changed."""
    _raise(test, settings_findings(expectation_of(test)), "as entered")


def check_live(job: Job, lease: Lease) -> None:
    """Judge the live points of a test's first half hour."""
    test = CellTest.objects.with_codes().with_cells().get(pk=job.target_id)
    pulse = TestPulse.objects.get(pk=test.pk)
    passed = _passed(pulse)
    lease.renew(0.1, "checking the start")
    points: list[Point] = []
    for segment in LiveSegment.objects.filter(test=test, content__isnull=False).order_by("first_record"):
        points += points_of(zlib.decompress(segment.content or b""))
        began = pulse.current_began_s
        if began is not None and float(points[-1].values["test_time_second"]) > began + FIRST_S:
            break
    points.sort(key=lambda point: point.record)
    columns = {name: _column(points, name) for name in ("test_time_second", "voltage_volt", "current_ampere")}
    measured = next((name for name in TEMPERATURES if any(name in p.values for p in points)), None)
    findings = start_findings(
        expectation_of(test),
        time_s=columns["test_time_second"],
        voltage_v=columns["voltage_volt"],
        current_ma=columns["current_ampere"] * MA_PER_A,
        temperature_c=_column(points, measured) if measured else None,
    )
    _raise(test, findings, "as measured")
    TestPulse.objects.filter(pk=test.pk, checked_until_s__lt=passed).update(checked_until_s=passed)


def _column(points: list[Point], name: str) -> NDArray[np.float64]:
    values = (point.number(name) for point in points)
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def check_dataset(test: CellTest, dataset: Dataset) -> None:
    """Judge a running test's first half hour and its largest charge; a test that is over cannot be mended."""
    if test.state not in (CellTest.State.PLANNED, CellTest.State.RUNNING):
        return
    expected = expectation_of(test)
    _raise(test, charge_findings(expected, _largest_charge_mah(test)), "as measured")
    pulse, _ = TestPulse.objects.get_or_create(test=test)
    if pulse.checked_until_s >= FIRST_S:
        return
    frame = _start_of(dataset)
    time_s, current_ma = frame["test_time_second"].to_numpy(), frame["current_ampere"].to_numpy() * MA_PER_A
    measured = next((name for name in TEMPERATURES if name in frame.columns), None)
    findings = start_findings(
        expected,
        time_s=time_s,
        voltage_v=frame["voltage_volt"].to_numpy(),
        current_ma=current_ma,
        temperature_c=frame[measured].to_numpy() if measured else None,
    )
    _raise(test, findings, "as measured")
    flowing = np.flatnonzero(np.abs(current_ma) > REST_MA)
    ran_s = float(time_s[-1] - time_s[flowing[0]]) if flowing.size else 0.0
    TestPulse.objects.filter(pk=test.pk).update(
        checked_until_s=max(pulse.checked_until_s, min(ran_s, FIRST_S))
    )


def _start_of(dataset: Dataset) -> pl.DataFrame:
    """Return the rows up to half an hour after the first current, and no more of a long file."""
    lazy = scan(dataset)
    there = lazy.collect_schema().names()
    wanted = ["test_time_second", "voltage_volt", "current_ampere", *TEMPERATURES]
    columns = [pl.col(name).cast(pl.Float64) for name in wanted if name in there]
    flowing = lazy.filter((pl.col("current_ampere").cast(pl.Float64) * MA_PER_A).abs() > REST_MA)
    began = flowing.select(pl.col("test_time_second").cast(pl.Float64).first()).collect()
    first_s = began.item() if began.height else None
    if first_s is None:
        return lazy.select(columns).head(MOST_START_ROWS).collect()
    until = pl.col("test_time_second").cast(pl.Float64) <= first_s + FIRST_S
    return lazy.select(columns).filter(until).head(MOST_START_ROWS).collect()


def _largest_charge_mah(test: CellTest) -> float | None:
    largest: float | None = test.cycles.aggregate(most=Max("charge_capacity_mah"))["most"]
    return largest


def _raise(test: CellTest, findings: list[Finding], what: str) -> None:
    if test.project is None:
        return
    for finding in findings:
        raise_alert(
            kind=finding.code, cause=f"{test.code}, {what}", sentence=f"{test.code} ({test.title}): {finding.sentence}",
            evidence=finding.evidence, project=test.project, test=test,
        )  # fmt: skip
