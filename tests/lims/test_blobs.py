"""Bytes: kept once, on the disk before any row names them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from lims import blobs
from lims.models import Blob
from tests.threads import at_once, succeed

pytestmark = pytest.mark.django_db


def files() -> list[Path]:
    return [path for path in settings.DATA_DIR.rglob("*") if path.is_file()]


def test_bytes_lie_under_their_hash() -> None:
    blob = blobs.store([b"cell ", b"data"])
    assert blob.sha256 == hashlib.sha256(b"cell data").hexdigest()
    assert blob.size_bytes == 9
    assert blob.path.read_bytes() == b"cell data"
    assert blob.path.is_relative_to(settings.BLOB_DIR)


def test_the_same_bytes_are_one_blob_and_one_file() -> None:
    first, second = blobs.store([b"cell data"]), blobs.store([b"cell", b" data"])
    assert first.pk == second.pk
    assert files() == [first.path]


def test_a_file_larger_than_the_lab_takes_is_refused_and_leaves_nothing() -> None:
    assert blobs.store([b"x" * 10], max_bytes=10).size_bytes == 10
    with pytest.raises(ValidationError, match="larger than the 10 bytes"):
        blobs.store([b"x" * 10, b"x"], max_bytes=10)
    assert len(files()) == Blob.objects.count() == 1


def test_a_large_file_is_refused_before_all_of_it_has_been_read() -> None:
    read: list[int] = []

    def endless() -> Iterator[bytes]:
        while True:
            read.append(1)
            yield b"x" * 100

    with pytest.raises(ValidationError):
        blobs.store(endless(), max_bytes=250)
    assert len(read) == 3


def test_an_empty_upload_is_refused_by_name() -> None:
    with pytest.raises(ValidationError, match=r"run1\.csv is empty"):
        blobs.store_upload(SimpleUploadedFile("run1.csv", b""))


def test_a_sender_who_hangs_up_leaves_nothing() -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        blobs.store(broken())
    assert files() == []
    assert not Blob.objects.exists()


def test_the_file_is_flushed_and_named_before_the_row_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    fsync, get_or_create = os.fsync, Blob.objects.get_or_create

    def flushed(descriptor: int) -> None:
        steps.append("flush")
        fsync(descriptor)

    def written(**facts: object) -> tuple[Blob, bool]:
        steps.append("row" if Blob(sha256=facts["sha256"]).path.exists() else "row without file")
        return get_or_create(**facts)

    monkeypatch.setattr("lims.blobs.os.fsync", flushed)
    monkeypatch.setattr(Blob.objects, "get_or_create", written)
    blobs.store([b"cell data"])
    assert steps == ["flush", "flush", "row"]


def test_a_crash_before_the_name_leaves_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "rename", crash)
    with pytest.raises(OSError, match="No space"):
        blobs.store([b"cell data"])
    assert not Blob.objects.exists()
    assert files() == []


def test_a_crash_before_the_commit_leaves_a_file_that_the_next_try_takes() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        blobs.store([b"cell data"])
        raise ZeroDivisionError
    assert not Blob.objects.exists()
    assert len(files()) == 1
    blob = blobs.store([b"cell data"])
    assert files() == [blob.path]
    assert blob.path.read_bytes() == b"cell data"


@pytest.mark.parametrize("name", ["", "A" * 64, "../../../etc/passwd", "0" * 63])
def test_a_blob_is_named_by_a_hash_or_not_at_all(name: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Blob.objects.create(sha256=name, size_bytes=1)


@pytest.mark.django_db(transaction=True)
def test_the_same_bytes_sent_twice_at_once_are_one_blob() -> None:
    first, second, third = succeed(at_once(*(lambda: blobs.store([b"cell data"]).pk for _ in range(3))))
    assert first == second == third
    assert len(files()) == 1
