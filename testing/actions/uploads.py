"""Uploads in parts: begun, carried on from where they stopped, finished into a file like any other.

The row's offset is the truth. Bytes are flushed to the disk before it rises, so what the lab says it has, it has;
what lies beyond it after a crash is written over.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

from cells.models import Cell
from lims import blobs
from lims.audit import action, log
from lims.models import Project, User
from testing.actions.files import Received, submit, where_to
from testing.models import CellTest, Channel, Submission, Upload

CHUNK_BYTES = 256 * 1024
# How much may be lost when the server itself is killed in the middle of one long part.
SAVE_EVERY_BYTES = 16 * 1024 * 1024
MOST_OPEN = 100
KEEP_FREE_BYTES = 200 * 1024 * 1024
ALGORITHMS: dict[str, Callable[[], Any]] = {
    "sha1": hashlib.sha1,  # every tus server offers it; it guards a wire, not a secret
    "sha256": hashlib.sha256,
}


class Part(Protocol):
    """Whatever a part's bytes come from: a request, a file."""

    def read(self, size: int = ..., /) -> bytes: ...


class UploadBusy(Exception):
    """Another request is writing to this upload."""


class WrongOffset(Exception):
    """The part does not begin where the upload ends."""


class ChecksumMismatch(Exception):
    """What arrived is not what was sent; nothing of the part is kept."""


class TooLarge(Exception):
    """The file, or the part, is larger than may be."""


class NoSpace(Exception):
    """The lab's disk has no room for the file."""


@dataclass(frozen=True)
class Checksum:
    """What a part's bytes must come to."""

    algorithm: str
    digest: bytes


@action
def begin_upload(
    *,
    by: User,
    name: str,
    length: int,
    metadata: str = "",
    sha256: str = "",
    test: CellTest | None = None,
    cell: Cell | None = None,
    channel: Channel | None = None,
    project: Project | None = None,
    bulk: bool = False,
) -> Upload:
    """Open an upload of ``length`` bytes; who may not post the file is told now, not after an hour of sending."""
    if length > settings.UPLOAD_MAX_BYTES:
        raise TooLarge(
            f"{name} has {length:,} bytes; this lab takes files of at most {settings.UPLOAD_MAX_BYTES:,}."
        )
    if length == 0:
        raise ValidationError({"file": f"{name} is empty: it holds 0 bytes."})
    where_to(by=by, test=test, cell=cell, channel=channel, project=project)
    open_now = Upload.objects.filter(sender=by, submission=None, expires_at__gt=timezone.now()).count()
    if open_now >= MOST_OPEN:
        raise ValidationError(f"{open_now} uploads of yours are under way; finish or end some of them first.")
    folder = settings.DATA_DIR / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < length + KEEP_FREE_BYTES:
        raise NoSpace(f"The lab's disk has no room for {length:,} bytes.")
    upload = Upload(
        sender=by, name=name[-255:], length=length, metadata=metadata, sha256=sha256.lower(), test=test, cell=cell,
        channel=channel, project=project, bulk=bulk, expires_at=timezone.now() + settings.UPLOAD_LIFE,
    )  # fmt: skip
    upload.path.touch(mode=0o600)
    upload.save(force_insert=True)
    return upload


def append(
    *, upload: Upload, offset: int, part: Part, length: int | None, checksum: Checksum | None = None
) -> Upload:
    """Write a part at the end of what is there and return the upload as it then is.

    A part without a checksum may break off: what came is kept. With one it is kept whole or not at all.
    """
    with _alone(upload):
        upload = _fresh(upload)
        if upload.submission_id is not None or offset != upload.offset:
            raise WrongOffset(f"The upload holds {upload.offset:,} bytes; the part begins at {offset:,}.")
        room = upload.length - upload.offset
        if length is not None and length > room:
            raise TooLarge(f"The part has {length:,} bytes; {room:,} are left of {upload.name}.")
        with upload.path.open("r+b") as file:
            file.truncate(upload.offset)
            file.seek(upload.offset)
            _write(upload, file, part, expected=room if length is None else length, checksum=checksum)
        if upload.offset == upload.length:
            _finish(upload)
    return upload


def finish_if_whole(upload: Upload) -> Upload:
    """Finish an upload whose last byte came just before the server died."""
    if upload.offset < upload.length or upload.submission_id is not None:
        return upload
    with _alone(upload):
        fresh = _fresh(upload)
        if fresh.submission_id is None:
            _finish(fresh)
        return fresh


def _fresh(upload: Upload) -> Upload:
    found = Upload.objects.select_related("sender").filter(pk=upload.pk).first()
    if found is None:
        raise WrongOffset(f"The upload of {upload.name} is not there any more.")
    return found


def _write(upload: Upload, file: BinaryIO, part: Part, *, expected: int, checksum: Checksum | None) -> None:
    digest = ALGORITHMS[checksum.algorithm]() if checksum else None
    written, saved = 0, 0
    try:
        while written < expected and (chunk := part.read(min(CHUNK_BYTES, expected - written))):
            file.write(chunk)
            written += len(chunk)
            if digest is not None:
                digest.update(chunk)
            elif written - saved >= SAVE_EVERY_BYTES:
                _keep(upload, file, written - saved)
                saved = written
    except OSError:
        # The line broke. Without a checksum what has come is as good as any.
        pass
    if checksum is not None and digest is not None and digest.digest() != checksum.digest:
        raise ChecksumMismatch(
            f"{written:,} bytes came, and their {checksum.algorithm} is not the one stated."
        )
    _keep(upload, file, written - saved)


def _keep(upload: Upload, file: BinaryIO, more: int) -> None:
    """Flush to the disk, and only then say that it is here."""
    file.flush()
    os.fsync(file.fileno())
    upload.offset += more
    upload.expires_at = timezone.now() + settings.UPLOAD_LIFE
    Upload.objects.filter(pk=upload.pk).update(offset=upload.offset, expires_at=upload.expires_at)


def _finish(upload: Upload) -> None:
    """Make a whole upload a file of the lab; it goes the same way as a file that was posted at once."""
    blob = blobs.adopt(upload.path)
    if upload.sha256 and blob.sha256 != upload.sha256:
        end_upload(upload=upload, by=upload.sender)
        raise ChecksumMismatch(
            f"The whole file's SHA-256 is {blob.sha256}, not {upload.sha256}. Send it again."
        )
    where = where_to(
        by=upload.sender, test=upload.test, cell=upload.cell, channel=upload.channel, project=upload.project
    )
    received: Received = submit(
        blob=blob,
        name=upload.name,
        where=where,
        by=upload.sender,
        bulk=upload.bulk,
        way=Submission.Way.RESUMED,
    )
    upload.submission = received.submission
    Upload.objects.filter(pk=upload.pk).update(submission=received.submission)
    upload.path.unlink(missing_ok=True)


@action
def end_upload(*, upload: Upload, by: User) -> None:
    """Throw away what has come of a file that nobody will finish."""
    if upload.submission_id is None:
        log(by, "gave up an upload", upload.name, bytes=upload.offset, of=upload.length)
    Upload.objects.filter(pk=upload.pk).delete()
    upload.path.unlink(missing_ok=True)


def forget_expired() -> int:
    """End the uploads that nobody has carried on in time; called by the sweep. Returns how many."""
    late = list(Upload.objects.filter(expires_at__lt=timezone.now()).select_related("sender")[:50])
    for upload in late:
        with contextlib.suppress(UploadBusy), _alone(upload):
            end_upload(upload=upload, by=upload.sender)
    return len(late)


def strays(folder: Path, *, older_than: timedelta) -> Iterator[Path]:
    """Return files of uploads that no row names: what a crash left between the two."""
    known = {key.hex for key in Upload.objects.values_list("pk", flat=True)}
    before = (timezone.now() - older_than).timestamp()
    for path in folder.iterdir() if folder.is_dir() else ():
        name = path.name.removesuffix(".lock")
        if name not in known and path.stat().st_mtime < before:
            yield path


@contextlib.contextmanager
def _alone(upload: Upload) -> Iterator[None]:
    """Keep every other request off this upload; the kernel lets go when this process dies, however it dies."""
    lock = upload.path.with_suffix(".lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("ab") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UploadBusy(
                f"Another request is writing to {upload.name}; try again in a moment."
            ) from error
        try:
            yield
        finally:
            if not upload.path.exists():
                lock.unlink(missing_ok=True)
