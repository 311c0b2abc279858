"""Submissions: who sent which bytes, from where, into which project, and what became of them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse

from lims.models import Blob, Project, User
from testing.models.instruments import Channel, Instrument
from testing.models.tests import CellTest


class SubmissionQuerySet(models.QuerySet["Submission"]):
    """Questions about files."""

    def visible_to(self, user: User) -> SubmissionQuerySet:
        """Return the files of the user's projects; an instrument sees what it sent and what its channels gave."""
        if user.is_superuser:
            return self
        if user.is_instrument:
            return self.filter(Q(sender=user) | Q(instrument__account=user))
        return self.filter(project__in=Project.objects.visible_to(user).values("pk"))

    def with_names(self) -> SubmissionQuerySet:
        return self.select_related(
            "blob", "sender", "project", "test__identity__project", "instrument__identity", "channel"
        )


class Submission(models.Model):
    """A file that was sent in."""

    class State(models.TextChoices):
        RECEIVED = "received", "Received"
        READING = "reading", "Reading"
        READ = "read", "Read"
        UNASSIGNED = "unassigned", "Waits for its test"
        PARKED = "parked", "Parked"
        CONFLICT = "conflict", "Conflict"
        FAILED = "failed", "Failed"

    name = models.CharField(max_length=255)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="submissions")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="submissions")
    sender = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    instrument = models.ForeignKey(
        Instrument, null=True, on_delete=models.PROTECT, related_name="submissions"
    )
    channel = models.ForeignKey(Channel, null=True, on_delete=models.PROTECT, related_name="+")
    test = models.ForeignKey(CellTest, null=True, on_delete=models.PROTECT, related_name="submissions")
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    reason = models.TextField(blank=True)
    reader = models.CharField(max_length=40, blank=True)
    reader_version = models.CharField(max_length=20, blank=True)
    rows = models.PositiveBigIntegerField(null=True)
    flags = models.JSONField(default=list)
    digits = models.JSONField(default=dict)
    received_at = models.DateTimeField(auto_now_add=True)
    # What the reader made of it, as Parquet; a test's dataset is put together from these.
    table = models.ForeignKey(Blob, null=True, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField(null=True)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                name="same_bytes_once_per_test",
                fields=["blob", "test"],
                condition=Q(test__isnull=False),
                violation_error_message="This test has this file already.",
            ),
            models.UniqueConstraint(
                name="same_bytes_once_in_the_inbox",
                fields=["blob", "project"],
                condition=Q(test=None),
                violation_error_message="This file waits in the inbox already.",
            ),
            models.CheckConstraint(
                name="what_is_not_read_has_a_reason",
                condition=~Q(state__in=["parked", "conflict", "failed"]) | ~Q(reason=""),
                violation_error_message="A file that was not read needs the reason.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def simulated(self) -> bool:
        return self.project.simulated

    @property
    def settled(self) -> bool:
        """Return whether nothing more happens to the file by itself."""
        return self.state not in (self.State.RECEIVED, self.State.READING)

    def get_absolute_url(self) -> str:
        return reverse("testing:file", args=[self.pk])
