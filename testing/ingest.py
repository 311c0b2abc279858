"""The way of a file: from bytes to a dataset with its cycles, published whole or not at all."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone

from lims import registry
from lims.audit import action, log
from lims.blobs import store_path
from lims.jobs import Lease
from lims.models import Job
from testing import analyse, half_hour, pulses
from testing.alerts import raise_alert
from testing.calc.cycles import Segmentation
from testing.doubts import doubts
from testing.file_order import begins_anew, files_of, in_order, rival_of, sort
from testing.logs import LogHasNoZone, keep_log
from testing.models import AlertKind, CellTest, ColumnMapping, Dataset, DatasetFile, Submission
from testing.readers.apart import ReadSummary, read_apart
from testing.readers.base import AUXILIARY, IMPEDANCE, SETTINGS, UnreadableFile
from testing.segmenting import replace_cycles, segment
from testing.spectra import replace_spectra
from testing.starts import note_start
from testing.suggestions import decide
from testing.tables import METHOD, METHOD_VERSION, FilesDoNotJoin, join_tables, temporary_path

KIND = "read_file"
REMAKE = "remake_dataset"
OLDER_EXPORT = {
    "code": "older_export",
    "sentence": "A longer export of this file was read before it, so it adds nothing.",
    "row": None,
}


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
                mappings=[
                    one.column_map() for one in ColumnMapping.objects.for_file(submission).with_codes()
                ],
                on_tick=lease.renew,
            )
        except UnreadableFile as problem:
            park(submission, lease, Submission.State.PARKED, str(problem))
            return
        lease.renew(0.5, "keeping the points")
        submission.table = store_path(path)
    _note(submission, summary)
    if submission.measured in (AUXILIARY, SETTINGS):
        publish_beside(submission, lease)
        return
    if submission.test is None and not find_its_test(submission, lease):
        return
    lease.renew(0.6, f"finding cycles in {summary.rows:,} rows")
    try:
        (publish_spectra if submission.measured == IMPEDANCE else publish)(submission, lease)
    except FilesDoNotJoin as conflict:
        rival = rival_of(submission, files_of(submission.test)) if submission.test else None
        park(submission, lease, Submission.State.CONFLICT, str(conflict), rival=rival)


def _note(submission: Submission, summary: ReadSummary) -> None:
    submission.reader, submission.reader_version = summary.reader, summary.reader_version
    submission.measured = summary.kind
    submission.rows = summary.rows
    submission.flags = [
        {"code": flag.code, "sentence": flag.sentence, "row": flag.row} for flag in summary.flags
    ]
    submission.digits, submission.metadata = dict(summary.digits), dict(summary.metadata)
    submission.read_at = timezone.now()
    note_start(submission)


@action
def park(
    submission: Submission,
    lease: Lease,
    state: Submission.State,
    reason: str,
    *,
    rival: Submission | None = None,
) -> None:
    """Put a file aside with the reason why it was not read; its bytes stay."""
    _hold(submission, lease)
    submission.state, submission.reason, submission.conflict_with = state, reason, rival
    submission.save()
    log(None, f"{state.label.lower()} a file", _subject(submission), file=submission.name, reason=reason)
    tell_that_it_waits(submission)


def tell_that_it_waits(submission: Submission) -> None:
    """Raise an alert for a file that needs a person, once for each state that it waits in."""
    raise_alert(
        kind=AlertKind.PARKED_FILE,
        cause=f"file {submission.pk} {submission.state}",
        sentence=f"{submission.name}: {submission.reason}",
        evidence={"state": submission.get_state_display(), "sha256": submission.blob.sha256},
        project=submission.project,
        test=submission.test,
        instrument=submission.instrument,
        submission=submission,
    )


@action
def find_its_test(submission: Submission, lease: Lease) -> bool:
    """Give a file that was read to the test that its name or its channel says, or let it wait for a person."""
    _hold(submission, lease)
    decision = decide(submission)
    if decision.test is not None:
        submission.test, submission.reason = decision.test, ""
        submission.save()
        log(None, "found a file's test", decision.test, file=submission.name, because=decision.reason)
        return True
    submission.state, submission.reason = Submission.State.UNASSIGNED, decision.reason
    submission.save()
    log(None, "read a file without a test", submission.name, file=submission.name, rows=submission.rows)
    tell_that_it_waits(submission)
    return False


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
        .select_related("cell__edition", "identity", "protocol_edition")
        .get(pk=submission.test_id)
    )
    before = files_of(test)
    if begins_anew(submission, before):
        submission.follows_on = True
    files = in_order(before, submission)
    submission.state, submission.reason, submission.conflict_with = Submission.State.READ, "", None
    if submission not in files:
        submission.flags = [*submission.flags, OLDER_EXPORT]
        submission.save()
        log(None, "read an older export", test, file=submission.name, rows=submission.rows)
        current: Dataset = test.datasets.get(current=True)
        return current
    made = _replace_dataset(test, _with(submission, files))
    submission.save()
    if test.state == CellTest.State.PLANNED:
        test.state = CellTest.State.RUNNING
        test.save(update_fields=["state"])
    log(
        None,
        "read a file",
        test,
        file=submission.name,
        rows=submission.rows,
        cycles=test.cycles.count(),
        dataset=made.version,
    )
    _followed_by_metrics(test, lease)
    half_hour.check_dataset(test, made)
    pulses.note_table(test, made)
    return made


def _with(submission: Submission, files: list[Submission]) -> list[Submission]:
    """Return the files with what this worker knows of ``submission``, which is not saved yet."""
    return [submission if file.pk == submission.pk else file for file in files]


def _replace_dataset(test: CellTest, files: list[Submission]) -> Dataset:
    """Make these files, in this order, the test's dataset; raises FilesDoNotJoin."""
    frame, blob = join_tables(files, polarity=test.polarity)
    segmentation = segment(frame, blob, test)
    test.datasets.filter(current=True).update(current=False)
    newest = test.datasets.order_by("-version").first()
    dataset = Dataset.objects.create(
        test=test,
        version=newest.version + 1 if newest else 1,
        blob=blob,
        rows=frame.height,
        flags=[*_flags(files, segmentation), *doubts(test, frame, blob, segmentation)],
        method=METHOD,
        method_version=METHOD_VERSION,
    )
    DatasetFile.objects.bulk_create(
        DatasetFile(dataset=dataset, submission=file, order=order)
        for order, file in enumerate(files, start=1)
    )
    replace_cycles(test, segmentation)
    return dataset


def remake(job: Job, lease: Lease) -> None:
    """Make a test's dataset anew from the files that are still its own, in the order that people gave them."""
    test = CellTest.objects.with_codes().with_cells().get(pk=job.target_id)
    lease.renew(0.2, "putting the files together")
    _remake(test, lease)


@action
def _remake(test: CellTest, lease: Lease) -> None:
    lease.check()
    CellTest.objects.select_for_update(of=("self",)).get(pk=test.pk)
    files = sort(files_of(test))
    if files:
        made = _replace_dataset(test, files)
        log(
            None,
            "put files together",
            test,
            files="; ".join(file.name for file in files),
            dataset=made.version,
        )
    else:
        test.datasets.filter(current=True).update(current=False)
        test.cycles.all().delete()
        log(None, "has no file any more", test)
    _followed_by_metrics(test, lease)


def _followed_by_metrics(test: CellTest, lease: Lease) -> None:
    """Ask for what the new points mean; a file of a thousand does not push before one that somebody waits for."""
    bulk = Job.objects.filter(pk=lease.job_id, bulk=True).exists()
    analyse.request([test.cell_id], bulk=bulk)
    registry.facts_changed({test.cell_id})


@action
def publish_spectra(submission: Submission, lease: Lease) -> None:
    """Enter the sweeps of an impedance file with its test; raises LeaseLost if another worker has the job."""
    _hold(submission, lease)
    test = (
        CellTest.objects.select_for_update(of=("self",)).select_related("identity").get(pk=submission.test_id)
    )
    made = replace_spectra(test, submission)
    submission.state, submission.reason = Submission.State.READ, ""
    if not made:
        submission.flags = [*submission.flags, OLDER_EXPORT]
    submission.save()
    if test.state == CellTest.State.PLANNED:
        test.state = CellTest.State.RUNNING
        test.save(update_fields=["state"])
    log(None, "read a file", test, file=submission.name, rows=submission.rows, spectra=len(made))
    _followed_by_metrics(test, lease)


@action
def publish_beside(submission: Submission, lease: Lease) -> None:
    """Keep what is no measurement of a cell: a log of an oven, or the settings text beside other files."""
    _hold(submission, lease)
    submission.state, submission.reason = Submission.State.READ, ""
    try:
        if submission.measured == AUXILIARY:
            keep_log(submission)
    except LogHasNoZone as reason:
        submission.state, submission.reason = Submission.State.UNASSIGNED, str(reason)
    submission.save()
    log(None, "read a file", _subject(submission), file=submission.name, rows=submission.rows)


def _flags(files: list[Submission], segmentation: Segmentation) -> list[str]:
    told = [f"{file.name}: {flag['sentence']}" for file in files for flag in file.flags]
    return told + list(segmentation.flags)


def _subject(submission: Submission) -> CellTest | str:
    return submission.test or submission.name


def give_up(job: Job, reason: str) -> None:
    """Say on the file itself that reading it failed; called when the job is failed for good."""
    Submission.objects.filter(pk=job.target_id).exclude(state=Submission.State.READ).update(
        state=Submission.State.FAILED, reason=reason
    )
