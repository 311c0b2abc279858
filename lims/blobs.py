"""Bytes in, once: streamed to a temporary name while hashing, flushed to the disk, then renamed to their hash."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from lims.models import Blob

CHUNK_BYTES = 1024 * 1024


def store(chunks: Iterable[bytes], *, max_bytes: int | None = None) -> Blob:
    """Keep these bytes and return their blob; the same bytes again are the same blob.

    When this returns the bytes are on the disk under their hash. A crash before the caller's commit leaves at
    most a file that no row names, never a row without its file.
    """
    limit = settings.UPLOAD_MAX_BYTES if max_bytes is None else max_bytes
    incoming = settings.DATA_DIR / "incoming"
    incoming.mkdir(parents=True, exist_ok=True)
    temporary = incoming / f"{uuid.uuid4().hex}.part"
    digest, size = hashlib.sha256(), 0
    try:
        with temporary.open("xb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise ValidationError(
                        {"file": f"The file is larger than the {limit:,} bytes this lab takes."}
                    )
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        blob = Blob(sha256=digest.hexdigest(), size_bytes=size)
        _settle(temporary, blob.path)
    finally:
        temporary.unlink(missing_ok=True)
    return Blob.objects.get_or_create(sha256=blob.sha256, defaults={"size_bytes": size})[0]


def store_upload(upload: UploadedFile, *, max_bytes: int | None = None) -> Blob:
    """Keep an uploaded file."""
    if upload.size == 0:
        raise ValidationError({"file": f"{upload.name} is empty: it holds 0 bytes."})
    return store(upload.chunks(CHUNK_BYTES), max_bytes=max_bytes)


def store_path(path: Path) -> Blob:
    """Keep a file of this machine, such as one that a worker has written."""
    return store(_read(path))


def adopt(path: Path) -> Blob:
    """Keep a whole file that lies in the data folder already, without copying it.

    The name that it had stays as well until its owner takes it away, so a crash between the two loses nothing.
    """
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
        os.fsync(file.fileno())
    blob = Blob(sha256=digest.hexdigest(), size_bytes=size)
    twin = settings.DATA_DIR / "incoming" / f"{uuid.uuid4().hex}.part"
    twin.parent.mkdir(parents=True, exist_ok=True)
    twin.hardlink_to(path)
    try:
        _settle(twin, blob.path)
    finally:
        twin.unlink(missing_ok=True)
    return Blob.objects.get_or_create(sha256=blob.sha256, defaults={"size_bytes": size})[0]


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _settle(temporary: Path, final: Path) -> None:
    final.parent.mkdir(parents=True, exist_ok=True)
    if not final.exists():
        temporary.rename(final)
        # The name must survive a power cut as the bytes do.
        directory = os.open(final.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
