"""Putting live points into a file, so that they are read, kept and shown as every other file is.

The file is written whole each time, longer by what has come since: a growing file, whose newest version takes the
older one's place. It is written when a quarter as much again has come, so all writing together stays within
five times the points themselves.
"""

from __future__ import annotations

import csv
import heapq
import zlib
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.utils import timezone

from lims import blobs, jobs
from lims.audit import action, log
from lims.jobs import Lease
from lims.models import Blob, Job
from testing import ingest
from testing.live_rows import REQUIRED, Point, csv_lines, points_of
from testing.models import CellTest, LiveSegment, Submission, TestPulse
from testing.naming import card_name

KIND = "seal_live"
LEAST_ROWS = 1_800
GROWTH = 0.25
LONGEST_WAIT = timedelta(days=1)
RENEW_EVERY = 20_000
CHUNK_LINES = 2_000
OVER = (CellTest.State.COMPLETED, CellTest.State.ABORTED)


def is_due(pulse: TestPulse) -> bool:
    """Return whether enough points have come for the file to be written anew."""
    return pulse.unsealed_rows >= max(LEAST_ROWS, GROWTH * pulse.sealed_rows)


def ask_for_the_rest(test: CellTest) -> None:
    """Ask for what is left to be put into the file; called when a test ends."""
    pulse = TestPulse.objects.filter(pk=test.pk).first()
    if pulse is not None and pulse.unsealed_rows:
        jobs.enqueue(KIND, test.pk, by=None, identity=test.identity, bulk=True)


def ask_for_what_waits() -> None:
    """Ask for points that have waited for a day, however few; called by the sweep."""
    before = timezone.now() - LONGEST_WAIT
    waiting = LiveSegment.objects.filter(content__isnull=False, received_at__lt=before)
    tests = CellTest.objects.filter(pk__in=waiting.order_by().values("test")).select_related("identity")
    for test in tests[:20]:
        jobs.enqueue(KIND, test.pk, by=None, identity=test.identity, bulk=True)


def seal(job: Job, lease: Lease) -> None:
    """Write all live points of a test into one file, and ask for it to be read."""
    test = CellTest.objects.with_codes().with_cells().get(pk=job.target_id)
    segments = list(LiveSegment.objects.filter(test=test, content__isnull=False).order_by("first_record"))
    if not segments:
        return
    before = (
        Submission.objects.filter(test=test, way=Submission.Way.LIVE)
        .select_related("blob")
        .order_by("-pk")
        .first()
    )
    columns = _columns(before, segments)
    streams: list[Iterable[Point]] = [_points_of_segments(segments)]
    if before is not None:
        streams.append(_points_of_file(before.blob))
    merged = heapq.merge(*streams, key=lambda point: point.record)
    blob = blobs.store(_encoded(csv_lines(_renewing(merged, lease), columns)))
    publish(test, segments, blob, lease)


@action
def publish(test: CellTest, segments: list[LiveSegment], blob: Blob, lease: Lease) -> None:
    """Enter the file and let the segments name it; raises LeaseLost if another worker has the job."""
    lease.check()
    pulse = TestPulse.objects.select_for_update().get(pk=test.pk)
    if test.project is None:
        raise ValueError(f"{test.code} has no project.")
    name = f"{card_name(test)}-live.bdf.csv"
    submission = Submission.objects.create(
        name=name, way=Submission.Way.LIVE, blob=blob, project=test.project, sender=segments[-1].sender, test=test,
        channel=test.channel, instrument=test.channel.instrument if test.channel else None,
    )  # fmt: skip
    _forget_values(test, segments, submission)
    pulse.sealed_rows += sum(segment.rows for segment in segments)
    pulse.save(update_fields=["sealed_rows"])
    jobs.enqueue(ingest.KIND, submission.pk, by=None, identity=test.identity, bulk=True)
    log(None, "put live points into a file", test, file=name, rows=pulse.sealed_rows, sha256=blob.sha256)


def _forget_values(test: CellTest, segments: list[LiveSegment], submission: Submission) -> None:
    """Put one row for each unbroken run of records in place of the segments whose points lie in the file."""
    sealed = [*LiveSegment.objects.filter(test=test, content=None), *segments]
    runs: list[LiveSegment] = []
    for segment in sorted(sealed, key=lambda s: s.first_record):
        dense = segment.rows == segment.last_record - segment.first_record + 1
        joins = bool(runs) and dense and runs[-1].last_record + 1 == segment.first_record and _dense(runs[-1])
        if joins:
            runs[-1].last_record, runs[-1].rows = segment.last_record, runs[-1].rows + segment.rows
        else:
            runs += _pieces(segment, submission)
    LiveSegment.objects.filter(pk__in=[segment.pk for segment in sealed]).delete()
    LiveSegment.objects.bulk_create(runs, batch_size=500)


def _dense(segment: LiveSegment) -> bool:
    return segment.rows == segment.last_record - segment.first_record + 1


def _pieces(segment: LiveSegment, submission: Submission) -> list[LiveSegment]:
    """Return a segment without its values; one with holes in it becomes one row for each of its runs."""
    facts: dict[str, Any] = {"test": segment.test, "sealed_into": submission, "sender": segment.sender}
    if _dense(segment) or segment.content is None:
        return [
            LiveSegment(
                first_record=segment.first_record, last_record=segment.last_record, rows=segment.rows, **facts
            )
        ]
    runs: list[LiveSegment] = []
    for point in points_of(zlib.decompress(segment.content)):
        if runs and runs[-1].last_record + 1 == point.record:
            runs[-1].last_record, runs[-1].rows = point.record, runs[-1].rows + 1
        else:
            runs.append(LiveSegment(first_record=point.record, last_record=point.record, rows=1, **facts))
    return runs


def _columns(before: Submission | None, segments: list[LiveSegment]) -> list[str]:
    """Return the file's columns: those it had, then what has come new, so that what was written stays as it was."""
    columns = list(REQUIRED)
    if before is not None:
        with before.blob.path.open(encoding="utf-8") as file:
            columns = file.readline().rstrip("\n").split(",")
    for segment in segments:
        for point in points_of(zlib.decompress(segment.content or b"")):
            columns += [name for name in point.values if name not in columns]
    return columns


def _points_of_segments(segments: list[LiveSegment]) -> Iterator[Point]:
    # Segments of one post are in order; holes filled later may lie between the records of an earlier one.
    each = (points_of(zlib.decompress(segment.content or b"")) for segment in segments)
    return heapq.merge(*each, key=lambda point: point.record)


def _points_of_file(blob: Blob) -> Iterator[Point]:
    with blob.path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            values = {name: text for name, text in row.items() if text != ""}
            yield Point(int(float(values["record_index"])), values, b"")


def _renewing(points: Iterable[Point], lease: Lease) -> Iterator[Point]:
    for number, point in enumerate(points, start=1):
        if number % RENEW_EVERY == 0:
            lease.renew(0.2, f"writing {number:,} points")
        yield point


def _encoded(lines: Iterable[str]) -> Iterator[bytes]:
    gathered: list[str] = []
    for line in lines:
        gathered.append(line)
        if len(gathered) >= CHUNK_LINES:
            yield "".join(gathered).encode()
            gathered = []
    yield "".join(gathered).encode()
