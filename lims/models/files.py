"""Bytes, kept once under their hash and never changed, and what they are attached to."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Q

from lims.models.people import User
from lims.models.records import Identity


class Blob(models.Model):
    """A file's bytes, addressed by their SHA-256."""

    sha256 = models.CharField(max_length=64, unique=True)
    size_bytes = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="blob_hash_is_hexadecimal",
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"),
                violation_error_message="A SHA-256 is 64 hexadecimal digits.",
            ),
        ]

    def __str__(self) -> str:
        return self.sha256[:12]

    @property
    def path(self) -> Path:
        """Return where the bytes lie: two levels of folders keep each one small."""
        return settings.BLOB_DIR / self.sha256[:2] / self.sha256[2:4] / self.sha256


class Attachment(models.Model):
    """A file put beside a record by a person: a certificate, a photo of a sheet."""

    class Purpose(models.TextChoices):
        CERTIFICATE = "certificate", "Certificate of analysis"
        SHEET = "sheet", "Photo of a sheet"
        TRACE = "trace", "Pressure trace"
        RESULT = "result", "Result of a measurement"
        PHOTO = "photo", "Photo"
        OTHER = "other", "Other"

    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="attachments")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="attachments")
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100, blank=True)
    attached_at = models.DateTimeField(auto_now_add=True)
    attached_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=12, choices=Purpose, default=Purpose.OTHER)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                name="same_bytes_attached_once",
                fields=["identity", "blob"],
                violation_error_message="This file is attached to this record already.",
            ),
            models.CheckConstraint(
                name="withdrawn_by_someone_who_says_why",
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_reason="")
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_reason=""),
                violation_error_message="Withdrawing a file needs who and why.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
