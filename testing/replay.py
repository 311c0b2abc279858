"""Reading again, by a new mapping, every parked file that has its header."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lims import jobs
from lims.audit import action, log
from lims.jobs import Lease
from lims.models import Job
from testing.ingest import KIND as READ_FILE
from testing.models import ColumnMapping, Submission
from testing.readers.base import DEFAULT_BUDGET, HEAD_BYTES, UnreadableFile
from testing.readers.lines import head_lines
from testing.readers.mapped import Preview, Tried, preview_of, try_on_head
from testing.readers.mapping import ColumnMap
from testing.readers.spreadsheet import is_spreadsheet

KIND = "replay_mapping"
# A page waits for it, so it looks at no file that would take long to unpack.
PREVIEW = replace(DEFAULT_BUDGET, unpacked_bytes=100_000_000)


def preview_of_file(submission: Submission) -> Preview:
    """Return the names of a file's columns and its first rows, or raise UnreadableFile."""
    return preview_of(submission.blob.path, budget=PREVIEW)


def try_on(submission: Submission, mapping: ColumnMap) -> Tried:
    """Return what a mapping that is not kept yet makes of a file's first rows."""
    return try_on_head(submission.blob.path, mapping, budget=PREVIEW)


def replay(job: Job, lease: Lease) -> None:
    """Ask for every parked file that the mapping is for to be read again."""
    mapping = ColumnMapping.objects.with_codes().get(pk=job.target_id)
    for submission in parked_for(mapping):
        lease.renew()
        _ask(submission, mapping)


def parked_for(mapping: ColumnMapping) -> Iterator[Submission]:
    """Yield the parked files of the mapping's project, and of its instrument if it has one, that have its header."""
    parked = Submission.objects.filter(project=mapping.project, state=Submission.State.PARKED)
    if mapping.instrument_id:
        parked = parked.filter(instrument=mapping.instrument_id)
    column_map = mapping.column_map()
    for submission in parked.select_related("blob", "test__identity").iterator(chunk_size=200):
        if _matches(submission, column_map):
            yield submission


def _matches(submission: Submission, column_map: ColumnMap) -> bool:
    with submission.blob.path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    # What is in a spreadsheet only unpacking tells; it is tried, and parked again if it is another.
    if is_spreadsheet(head):
        return True
    try:
        return b"\0" not in head and column_map.matches(head_lines(head))
    except UnreadableFile:
        return False


@action
def _ask(submission: Submission, mapping: ColumnMapping) -> None:
    locked = Submission.objects.select_for_update().get(pk=submission.pk)
    if locked.state != Submission.State.PARKED:
        return
    locked.state, locked.reason = Submission.State.RECEIVED, ""
    locked.save()
    identity = submission.test.identity if submission.test else None
    jobs.enqueue(READ_FILE, locked.pk, by=None, identity=identity, bulk=True)
    log(None, "reads a file again", mapping, file=locked.name)
