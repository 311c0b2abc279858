"""Uploads that may be interrupted: what has come so far, of a file that is not whole yet."""

from __future__ import annotations

import uuid
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cells.models import Cell
from lims.models import Project, User
from testing.models.files import Submission
from testing.models.instruments import Channel
from testing.models.tests import CellTest


class UploadQuerySet(models.QuerySet["Upload"]):
    """Questions about uploads."""

    def visible_to(self, user: User) -> UploadQuerySet:
        """Return the uploads that ``user`` began; nobody else has any business with half a file."""
        return self.filter(sender=user)


class Upload(models.Model):
    """A file on its way in, by the tus protocol; its bytes lie beside the database until they are whole."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sender = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    length = models.PositiveBigIntegerField()
    offset = models.PositiveBigIntegerField(default=0, help_text="Bytes that are here and safe.")
    metadata = models.TextField(blank=True, help_text="Upload-Metadata as it was sent.")
    test = models.ForeignKey(CellTest, null=True, on_delete=models.PROTECT, related_name="+")
    cell = models.ForeignKey(Cell, null=True, on_delete=models.PROTECT, related_name="+")
    channel = models.ForeignKey(Channel, null=True, on_delete=models.PROTECT, related_name="+")
    project = models.ForeignKey(Project, null=True, on_delete=models.PROTECT, related_name="+")
    bulk = models.BooleanField(default=False)
    sha256 = models.CharField(max_length=64, blank=True, help_text="What the sender says the whole file is.")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    submission = models.ForeignKey(Submission, null=True, on_delete=models.PROTECT, related_name="+")

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["expires_at"], name="uploads_by_expiry")]
        constraints = [
            models.CheckConstraint(
                name="upload_within_its_length",
                condition=Q(offset__lte=F("length")),
                violation_error_message="An upload never holds more than its length.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.offset:,} of {self.length:,} bytes"

    @property
    def path(self) -> Path:
        """Return where its bytes lie; on the same disk as blobs, so that a whole file is only renamed."""
        return settings.DATA_DIR / "uploads" / self.id.hex
