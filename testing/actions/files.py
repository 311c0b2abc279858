"""Taking files in: kept before the answer, the same bytes once, read by a worker."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import Q

from cells.models import Cell
from lims import blobs, jobs
from lims.audit import action, log
from lims.models import Blob, Project, User
from testing.ingest import KIND
from testing.models import CellTest, Channel, Instrument, Submission
from testing.suggestions import named_tests


@dataclass(frozen=True)
class Received:
    """A file that is in the lab, and whether it came now."""

    submission: Submission
    created: bool


@dataclass(frozen=True)
class Where:
    """Where a file belongs, as far as its sender said."""

    project: Project
    test: CellTest | None
    channel: Channel | None
    # Where the same bytes are the same file: whoever names a channel or a cell may send a whole folder again
    # long after its tests are over, and each file then stays with the test that it has.
    same_place: Q


def receive_file(
    *,
    upload: UploadedFile,
    by: User,
    test: CellTest | None = None,
    cell: Cell | None = None,
    channel: Channel | None = None,
    project: Project | None = None,
    bulk: bool = False,
    way: str = Submission.Way.POSTED,
) -> Received:
    """Keep an uploaded file for a test, a cell, a channel or a project's inbox, and ask for it to be read.

    The same bytes for the same test are one file. The bytes are on the disk before any row names them.
    """
    name = (upload.name or "file")[-255:]
    where = where_to(by=by, test=test, cell=cell, channel=channel, project=project, name=name)
    return submit(blob=blobs.store_upload(upload), name=name, where=where, by=by, bulk=bulk, way=way)


def where_to(
    *,
    by: User,
    test: CellTest | None,
    cell: Cell | None,
    channel: Channel | None,
    project: Project | None,
    name: str = "",
) -> Where:
    """Return where a file goes that names one of these, or raise where ``by`` must not send it there.

    A file whose name says another test than the one that hangs on its channel waits for a person.
    """
    if sum(given is not None for given in (test, cell, channel, project)) != 1:
        raise ValidationError(
            "Name the test, or the cell, or the instrument and its channel: one of the three. "
            "A file that belongs to none of them yet names its project."
        )
    if by.is_instrument:
        _judge_instrument(by, test, cell, channel, project)
    if test is not None:
        return Where(_project(test), test, test.channel, Q(test=test))
    if cell is not None:
        return _of_cell(cell)
    if channel is not None:
        return _of_channel(channel, by, name)
    if project is None:
        raise ValidationError("Name the test, or the cell, or the instrument and its channel.")
    return Where(project, None, None, Q(project=project))


def _of_cell(cell: Cell) -> Where:
    open_tests = list(cell.tests.exclude(state__in=[CellTest.State.COMPLETED, CellTest.State.ABORTED])[:2])
    # Two open tests leave a choice, and a choice is a person's.
    only = open_tests[0] if len(open_tests) == 1 else None
    project = _project(cell)
    return Where(project, only, None, Q(test__cell=cell) | _in_the_inbox(project, only))


def _of_channel(channel: Channel, by: User, name: str) -> Where:
    running = CellTest.objects.running_on(channel).with_cells().first()
    project = _project(running or channel.instrument)
    named = {test.pk for test in named_tests(name, project.pk)}
    if running is not None and named and running.pk not in named:
        running = None
    here = Q(channel=channel) & (Q(project=project) | Q(sender=by))
    return Where(project, running, channel, here | _in_the_inbox(project, running))


def _in_the_inbox(project: Project, test: CellTest | None) -> Q:
    """Return where these bytes would be twice if they went to ``test``, or to the inbox where there is none."""
    return Q(test=test) if test else Q(test=None, project=project)


def _judge_instrument(
    by: User, test: CellTest | None, cell: Cell | None, channel: Channel | None, project: Project | None
) -> None:
    own = by.instrument
    if cell is not None:
        raise PermissionDenied("An instrument posts for a test or one of its own channels, not for a cell.")
    if test is None and channel is None:
        if project is None or own.project is None or project.pk != own.project.pk:
            raise PermissionDenied("An instrument names a test, or itself and a channel, or itself alone.")
        return
    its_channel = channel or (test.channel if test else None)
    if its_channel is None or its_channel.instrument_id != own.pk:
        raise PermissionDenied(f"{test.code if test else channel} does not run on {own.code}.")


def _project(record: CellTest | Cell | object) -> Project:
    project: Project | None = getattr(record, "project", None)
    if project is None:
        raise ValidationError("A file belongs to a project; this record has none.")
    return project


@action
def submit(*, blob: Blob, name: str, where: Where, by: User, bulk: bool, way: str) -> Received:
    """Enter a file whose bytes are kept, and ask for it to be read; the same bytes in the same place are one file."""
    known = _known(blob, where)
    if known is not None:
        return Received(known, created=False)
    submission = Submission(
        name=name,
        way=way,
        blob=blob,
        project=where.project,
        sender=by,
        test=where.test,
        channel=where.channel,
        instrument=_instrument_of(where.channel, by),
    )
    try:
        with transaction.atomic():
            submission.save(force_insert=True)
    except IntegrityError:
        # Somebody sent the same bytes at the same moment; theirs is the file.
        known = _known(blob, where)
        if known is None:
            raise
        return Received(known, created=False)
    identity = where.test.identity if where.test else None
    jobs.enqueue(KIND, submission.pk, by=by, identity=identity, bulk=bulk)
    log(by, "sent a file", where.test or name, file=name, sha256=blob.sha256, bytes=blob.size_bytes)
    return Received(submission, created=True)


def _instrument_of(channel: Channel | None, by: User) -> Instrument | None:
    if channel is not None:
        return channel.instrument
    return by.instrument if by.is_instrument else None


def _known(blob: Blob, where: Where) -> Submission | None:
    """Return the file if these bytes are there already."""
    return Submission.objects.with_names().filter(where.same_place, blob=blob).first()


@action
def assign_file(*, submission: Submission, test: CellTest, by: User) -> Submission:
    """Say which test a waiting file belongs to; it is then read for it."""
    locked = Submission.objects.select_for_update().get(pk=submission.pk)
    if locked.state == Submission.State.READ:
        raise ValidationError({"test": f"{locked.name} has been read for {locked.test} already."})
    if Submission.objects.filter(blob=locked.blob_id, test=test).exclude(pk=locked.pk).exists():
        raise ValidationError({"test": f"{test.code} has this file already."})
    if test.project is None or test.project.pk != locked.project_id:
        raise ValidationError({"test": f"{test.code} belongs to another project than {locked.name}."})
    locked.test, locked.state, locked.reason = test, Submission.State.RECEIVED, ""
    locked.save()
    jobs.enqueue(KIND, locked.pk, by=by, identity=test.identity)
    log(by, "assigned a file", test, file=locked.name)
    return locked
