"""The way of a file: from bytes to a dataset with its cycles, published whole or not at all."""

from __future__ import annotations

from dataclasses import fields

import polars as pl
from django.conf import settings
from django.utils import timezone

from lims.audit import action, log
from lims.blobs import store_path
from lims.jobs import Lease
from lims.models import Job
from testing import analyse
from testing.calc.cycles import CycleSummary, Segmentation, cycles
from testing.models import CellTest, Cycle, Dataset, DatasetFile, Submission
from testing.readers.apart import ReadSummary, read_apart
from testing.readers.base import UnreadableFile
from testing.tables import METHOD, METHOD_VERSION, FilesDoNotJoin, extends, join_tables, temporary_path

KIND = "read_file"
CYCLE_FIELDS = [field.name for field in fields(CycleSummary)]


def read_file(job: Job, lease: Lease) -> None:
    """Read one submission and publish what is in it; what no reader knows is parked with the reason."""
    submission = Submission.objects.with_names().get(pk=job.target_id)
    if submission.state == Submission.State.READ:
        return
    try:
        _read(submission, lease)
    except _Reassigned:
        # Whoever assigned it asked for another job, and that one reads it for its new test.
        return


class _Reassigned(Exception):
    """The file was given to another test while it was read."""


def _hold(submission: Submission, lease: Lease) -> None:
    """Hold job and file until the transaction ends, so that nobody's assignment is overwritten."""
    lease.check()
    if Submission.objects.select_for_update().get(pk=submission.pk).test_id != submission.test_id:
        raise _Reassigned


def _read(submission: Submission, lease: Lease) -> None:
    lease.renew(0.05, "reading")
    Submission.objects.filter(pk=submission.pk).update(state=Submission.State.READING, reason="")
    with temporary_path(".parquet") as path:
        try:
            summary = read_apart(
                submission.blob.path,
                name=submission.name,
                out=path,
                memory_mb=settings.READER_MEMORY_MB,
                time_s=settings.READER_TIME_S,
                on_tick=lease.renew,
            )
        except UnreadableFile as problem:
            park(submission, lease, Submission.State.PARKED, str(problem))
            return
        lease.renew(0.5, "keeping the points")
        submission.table = store_path(path)
    _note(submission, summary)
    if submission.test is None:
        wait(submission, lease)
        return
    lease.renew(0.6, "finding cycles")
    try:
        publish(submission, lease)
    except FilesDoNotJoin as conflict:
        park(submission, lease, Submission.State.CONFLICT, str(conflict))


def _note(submission: Submission, summary: ReadSummary) -> None:
    submission.reader, submission.reader_version = summary.reader, summary.reader_version
    submission.rows = summary.rows
    submission.flags = [
        {"code": flag.code, "sentence": flag.sentence, "row": flag.row} for flag in summary.flags
    ]
    submission.digits = dict(summary.digits)
    submission.read_at = timezone.now()


@action
def park(submission: Submission, lease: Lease, state: Submission.State, reason: str) -> None:
    """Put a file aside with the reason why it was not read; its bytes stay."""
    _hold(submission, lease)
    submission.state, submission.reason = state, reason
    submission.save()
    log(None, f"{state.label.lower()} a file", _subject(submission), file=submission.name, reason=reason)


@action
def wait(submission: Submission, lease: Lease) -> None:
    """Keep a file that was read until somebody says which test it belongs to."""
    _hold(submission, lease)
    submission.state = Submission.State.UNASSIGNED
    submission.reason = "Say which test this file belongs to."
    submission.save()
    log(None, "read a file without a test", submission.name, file=submission.name, rows=submission.rows)


@action
def publish(submission: Submission, lease: Lease) -> Dataset:
    """Make the next version of the test's dataset and its cycles; raises LeaseLost if another worker has the job.

    A file that adds nothing to the dataset leaves it as it is.
    """
    _hold(submission, lease)
    if submission.test is None:
        raise ValueError(f"{submission.name} has no test.")
    test = (
        CellTest.objects.select_for_update(of=("self",))
        .select_related("cell__edition", "identity")
        .get(pk=submission.test_id)
    )
    current = test.datasets.filter(current=True).first()
    files = _in_order(current, submission)
    if current and submission not in files:
        return _adds_nothing(submission, current)
    frame, blob = join_tables(files)
    segmentation = _segment(frame, test)
    submission.state, submission.reason = Submission.State.READ, ""
    submission.save()
    test.datasets.filter(current=True).update(current=False)
    newest = test.datasets.order_by("-version").first()
    dataset = Dataset.objects.create(
        test=test,
        version=newest.version + 1 if newest else 1,
        blob=blob,
        rows=frame.height,
        flags=_flags(files, segmentation),
        method=METHOD,
        method_version=METHOD_VERSION,
    )
    DatasetFile.objects.bulk_create(
        DatasetFile(dataset=dataset, submission=file, order=order)
        for order, file in enumerate(files, start=1)
    )
    _replace_cycles(test, segmentation)
    if test.state == CellTest.State.PLANNED:
        test.state = CellTest.State.RUNNING
        test.save(update_fields=["state"])
    log(
        None,
        "read a file",
        test,
        file=submission.name,
        rows=submission.rows,
        cycles=len(segmentation.cycles),
        dataset=dataset.version,
    )
    analyse.refresh(test.cell)
    return dataset


def _adds_nothing(submission: Submission, current: Dataset) -> Dataset:
    """Settle an older export that came late; what the longer one says stands."""
    sentence = "A longer export of this file was read before it, so it adds nothing."
    submission.state, submission.reason = Submission.State.READ, ""
    submission.flags = [*submission.flags, {"code": "older_export", "sentence": sentence, "row": None}]
    submission.save()
    log(None, "read an older export", _subject(submission), file=submission.name, rows=submission.rows)
    return current


def _segment(frame: pl.DataFrame, test: CellTest) -> Segmentation:
    """Return the cycles of the test so far; without any, the flag says why, as of a rest before the first charge."""
    edition = test.cell.edition
    try:
        return cycles(
            frame, lower_limit_v=edition.lower_cell_voltage_v, upper_limit_v=edition.upper_cell_voltage_v
        )
    except ValueError as problem:
        return Segmentation(cycles=(), half_cycles=(), flags=(f"No cycle was found: {problem}",))


def _in_order(current: Dataset | None, submission: Submission) -> list[Submission]:
    """Return the test's files in order; a longer export of the same file takes the shorter one's place."""
    if current is None:
        return [submission]
    places = current.places.select_related("submission__blob", "submission__table").order_by("order")
    before = [place.submission for place in places if place.submission_id != submission.pk]
    files: list[Submission] = []
    placed = False
    for file in before:
        if extends(submission.blob, file.blob):
            if not placed:
                files.append(submission)
            placed = True
        else:
            # An older export that came late adds nothing to the longer one that is there.
            placed = placed or extends(file.blob, submission.blob)
            files.append(file)
    return files if placed else _by_first_time([*files, submission])


def _by_first_time(files: list[Submission]) -> list[Submission]:
    def begins(file: Submission) -> float:
        if file.table is None:
            raise ValueError(f"{file.name} has not been read.")
        first = pl.scan_parquet(file.table.path).select(pl.col("test_time_second").first()).collect().item()
        return float(first)

    return sorted(files, key=begins)


def _flags(files: list[Submission], segmentation: Segmentation) -> list[str]:
    told = [f"{file.name}: {flag['sentence']}" for file in files for flag in file.flags]
    return told + list(segmentation.flags)


def _replace_cycles(test: CellTest, segmentation: Segmentation) -> None:
    test.cycles.all().delete()
    Cycle.objects.bulk_create(
        (
            Cycle(test=test, phase=test.phase, **{name: getattr(found, name) for name in CYCLE_FIELDS})
            for found in segmentation.cycles
        ),
        batch_size=500,
    )


def _subject(submission: Submission) -> CellTest | str:
    return submission.test or submission.name


def give_up(job: Job, reason: str) -> None:
    """Say on the file itself that reading it failed; called when the job is failed for good."""
    Submission.objects.filter(pk=job.target_id).exclude(state=Submission.State.READ).update(
        state=Submission.State.FAILED, reason=reason
    )
