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

    class Way(models.TextChoices):
        POSTED = "posted", "Posted"
        RESUMED = "resumed", "Posted in parts"
        DROPPED = "dropped", "Dropped on a page"
        LIVE = "live", "Live points"

    class StartQuestion(models.TextChoices):
        NONE = "", "none"
        AMBIGUOUS = "ambiguous", "That hour came twice"
        NONEXISTENT = "nonexistent", "That hour did not exist"
        UNREADABLE = "unreadable", "The time cannot be read"

    name = models.CharField(max_length=255)
    way = models.CharField(max_length=8, choices=Way, default=Way.POSTED)
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
    measured = models.CharField(
        max_length=10, default="cycling", help_text="What the file holds: cycling or impedance."
    )
    rows = models.PositiveBigIntegerField(null=True)
    flags = models.JSONField(default=list)
    digits = models.JSONField(default=dict)
    received_at = models.DateTimeField(auto_now_add=True)
    # What the reader made of it, as Parquet; a test's dataset is put together from these.
    table = models.ForeignKey(Blob, null=True, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField(null=True)
    # What the file says of itself besides its points, as text.
    metadata = models.JSONField(default=dict)
    started_at = models.DateTimeField(null=True, help_text="When its first point was measured.")
    started_text = models.CharField(max_length=60, blank=True, help_text="As the instrument wrote it.")
    start_question = models.CharField(
        max_length=12, choices=StartQuestion, blank=True, default=StartQuestion.NONE
    )
    conflict_with = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    # Where a person has said so; otherwise files follow each other by their clocks.
    place = models.PositiveSmallIntegerField(null=True, help_text="Its place among the test's files.")
    follows_on = models.BooleanField(
        default=False, help_text="Its clock began anew: its times continue those of the file before it."
    )

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
