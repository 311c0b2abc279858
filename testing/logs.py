"""Logs of ovens, load cells and gloveboxes, joined with the tests that ran at the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from testing.calc.conditions import Span, over_spans
from testing.models import AuxiliaryLog, CellTest, Cycle, Dataset, Submission
from testing.tables import read_rows, read_table

NO_ZONE = (
    "This log's clock is local and names no zone. Send it with the instrument whose zone it is in, or assign it to a "
    "test that runs on one."
)


class LogHasNoZone(ValueError):
    """The clock of a log is local, and nobody has said where."""


@dataclass(frozen=True)
class Condition:
    """What one quantity was while a cycle ran; cycle 0 here is the whole test (cycle_number None)."""

    file: str
    quantity: str
    cycle_number: int | None
    minimum: float
    mean: float
    maximum: float
    points: int


def keep_log(submission: Submission) -> AuxiliaryLog:
    """Enter a log that was read, or raise LogHasNoZone."""
    if submission.table is None:
        raise ValueError(f"{submission.name} has not been read.")
    zone = _zone_of(submission)
    clock_s = _utc_seconds(submission, zone).drop_nulls()
    names = [
        name for name in read_table(submission.table).columns if name not in ("clock_second", "record_index")
    ]
    made, _ = AuxiliaryLog.objects.update_or_create(
        submission=submission,
        defaults={
            "quantities": names,
            "zone": zone,
            "first_at": datetime.fromtimestamp(float(clock_s.min()), UTC),  # type: ignore[arg-type]
            "last_at": datetime.fromtimestamp(float(clock_s.max()), UTC),  # type: ignore[arg-type]
        },
    )
    return made


def _zone_of(submission: Submission) -> str:
    if submission.metadata.get("clock") == "UTC":
        return "UTC"
    channel = submission.test.channel if submission.test else None
    instrument = submission.instrument or (channel.instrument if channel else None)
    if instrument is None:
        raise LogHasNoZone(NO_ZONE)
    return instrument.time_zone


def _utc_seconds(submission: Submission, zone: str) -> pl.Series:
    """Return the log's clock in s of UTC, null in an hour that came twice or never: which one it was is not guessed."""
    if submission.table is None:
        raise ValueError(f"{submission.name} has not been read.")
    clock_s = read_rows(submission.table, ["clock_second"])["clock_second"]
    if zone == "UTC":
        return clock_s
    local = (clock_s * 1e6).round().cast(pl.Int64).cast(pl.Datetime("us"))
    placed = local.dt.replace_time_zone(str(ZoneInfo(zone)), ambiguous="null", non_existent="null")
    return placed.dt.epoch("us") / 1e6


def logs_during(test: CellTest) -> list[AuxiliaryLog]:
    """Return the logs of the test's project that overlap the time of its data, and those sent for the test itself."""
    span = span_of(test)
    if span is None:
        return []
    logs = AuxiliaryLog.objects.filter(
        submission__project=test.project, first_at__lte=span[1], last_at__gte=span[0]
    ).select_related("submission__table", "submission__test")
    # A log that was sent for another test says nothing of this one.
    return [log for log in logs if log.submission.test_id in (None, test.pk)]


def span_of(test: CellTest) -> tuple[datetime, datetime] | None:
    """Return when the test's data begin and end, or None where no clock of theirs is known."""
    dataset = test.datasets.filter(current=True).select_related("blob").first()
    start_s = None if dataset is None else start_of(dataset)
    if dataset is None or start_s is None:
        return None
    times = read_rows(dataset, ["test_time_second"])["test_time_second"]
    first, last = float(times[0]), float(times.max())  # type: ignore[arg-type]
    return datetime.fromtimestamp(start_s, UTC), datetime.fromtimestamp(start_s + last - first, UTC)


def start_of(dataset: Dataset) -> float | None:
    """Return when the dataset's first point was measured in s of UTC, or None where neither file nor person says."""
    place = dataset.places.select_related("submission").order_by("order").first()
    started_at = place.submission.started_at if place else None
    return None if started_at is None else started_at.timestamp()


def conditions_of(test: CellTest, *, most_cycles: int | None = None) -> list[Condition]:
    """Return what was logged beside a test: over all of it, and over each of its (first ``most_cycles``) cycles."""
    dataset = test.datasets.filter(current=True).select_related("blob").first()
    start_s = None if dataset is None else start_of(dataset)
    if dataset is None or start_s is None:
        return []
    logs = logs_during(test)
    if not logs:
        return []
    times = read_rows(dataset, ["test_time_second"])["test_time_second"].to_numpy()
    clock_s = start_s + times - times[0]
    cycles = list(test.cycles.order_by("cycle_number")[:most_cycles])
    spans = [Span(float(clock_s[0]), float(clock_s.max())), *(_span_of(cycle, clock_s) for cycle in cycles)]
    numbers: list[int | None] = [None, *(cycle.cycle_number for cycle in cycles)]
    return [condition for log in logs for condition in _conditions(log, spans, numbers)]


def _span_of(cycle: Cycle, clock_s: np.ndarray) -> Span:
    return Span(float(clock_s[cycle.first_row]), float(clock_s[min(cycle.last_row, len(clock_s) - 1)]))


def _conditions(log: AuxiliaryLog, spans: list[Span], numbers: list[int | None]) -> list[Condition]:
    submission = log.submission
    if submission.table is None:
        return []
    clock_s = _utc_seconds(submission, log.zone).to_numpy()
    values = read_rows(submission.table, log.quantities)
    return [
        Condition(submission.name, name, number, found.minimum, found.mean, found.maximum, found.points)
        for name in log.quantities
        for number, found in zip(numbers, over_spans(clock_s, values[name].to_numpy(), spans), strict=True)
        if found is not None
    ]
