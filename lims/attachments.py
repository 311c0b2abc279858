"""Files beside records: a certificate, a photo of a sheet, a pressure trace. Kept once, withdrawn but never deleted."""

from __future__ import annotations

from pathlib import PurePosixPath

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from lims import blobs
from lims.audit import action, log
from lims.models import Attachment, Blob, Identity, User

LONGEST_NAME = 255
# By their first bytes, since the type that a sender states may be anything.
SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
# What a page shows by itself. HTML and SVG can hold scripts and are never among them.
SHOWN_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
UNKNOWN_TYPE = "application/octet-stream"


def attach(*, identity: Identity, upload: UploadedFile, purpose: str, by: User, name: str = "") -> Attachment:
    """Keep a file beside a record, or raise ValidationError; the bytes are on the disk before any row names them.

    ``name`` is what the file is called here, the upload's own name where it is empty. A file that was withdrawn
    from the record and is attached once more is put back.
    """
    called = name or upload.name or ""
    return attach_blob(identity=identity, blob=keep(upload), name=called, purpose=purpose, by=by)


def keep(upload: UploadedFile) -> Blob:
    """Put an upload's bytes on the disk, or raise ValidationError where there are none or too many."""
    return blobs.store_upload(upload, max_bytes=settings.ATTACHMENT_MAX_BYTES)


@action
def attach_blob(*, identity: Identity, blob: Blob, name: str, purpose: str, by: User) -> Attachment:
    """Name bytes that are on the disk already as a file of a record; rules and errors as for `attach`."""
    # Two taps at once would both find that the file is not there yet.
    Identity.objects.select_for_update().get(pk=identity.pk)
    there = Attachment.objects.filter(identity=identity, blob=blob).first()
    if there is not None and there.withdrawn_at is None:
        raise ValidationError(
            {"file": f"These bytes are attached to {identity.code} already, as {there.name}."}
        )
    attachment = there or Attachment(identity=identity, blob=blob, attached_by=by)
    attachment.name, attachment.purpose = safe_name(name), purpose
    attachment.content_type = sniffed_type(blob)
    attachment.withdrawn_at, attachment.withdrawn_by, attachment.withdrawn_reason = None, None, ""
    attachment.full_clean()
    attachment.save()
    verb = "put back a file" if there else "attached a file"
    log(
        by, verb, identity, file=attachment.name, purpose=attachment.get_purpose_display(), sha256=blob.sha256
    )
    return attachment


@action
def withdraw(*, attachment: Attachment, reason: str, by: User) -> Attachment:
    """Say that a file no longer counts, and why; it stays listed and can still be read."""
    if not reason.strip():
        raise ValidationError({"reason": "Say why the file is withdrawn."})
    standing = (
        Attachment.objects.select_for_update(of=("self",))
        .select_related("identity", "withdrawn_by")
        .get(pk=attachment.pk)
    )
    if standing.withdrawn_by is not None:
        raise ValidationError(
            f"{standing.name} was withdrawn by {standing.withdrawn_by.display_name} already."
        )
    standing.withdrawn_at, standing.withdrawn_by, standing.withdrawn_reason = timezone.now(), by, reason
    standing.full_clean()
    standing.save()
    log(by, "withdrew a file", standing.identity, reason=reason, file=standing.name)
    return standing


def safe_name(name: str) -> str:
    """Return a file's own name without its folders, and without what no screen shows as it is.

    >>> safe_name("C:\\\\scans\\\\sheet\\u202egpj.exe"), safe_name("../../etc/passwd"), safe_name(" ")
    ('sheet_gpj.exe', 'passwd', 'file')
    """
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    shown = "".join(letter if letter.isprintable() else "_" for letter in last).strip() or "file"
    if len(shown) <= LONGEST_NAME:
        return shown
    ending = PurePosixPath(shown).suffix[:20]
    return shown[: LONGEST_NAME - len(ending)] + ending


def sniffed_type(blob: Blob) -> str:
    """Return what the first bytes of a file say it is: an image that pages show, a PDF, or unknown."""
    with blob.path.open("rb") as file:
        head = file.read(16)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for mark, kind in SIGNATURES if head.startswith(mark)), UNKNOWN_TYPE)
