"""Jobs: work to be done, as rows written in the same transaction as their cause."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from lims.models.people import User
from lims.models.records import Identity


class JobQuerySet(models.QuerySet["Job"]):
    """Questions about work."""

    def waiting(self) -> JobQuerySet:
        """Return jobs nobody has begun, a person's own before bulk, the oldest first."""
        return self.filter(state=Job.State.QUEUED).order_by("bulk", "pk")

    def open(self) -> JobQuerySet:
        return self.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING])


class Job(models.Model):
    """One piece of work. The row is the truth; the broker only rings."""

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    kind = models.CharField(max_length=40)
    target_id = models.BigIntegerField(help_text="The primary key of what the kind works on.")
    identity = models.ForeignKey(Identity, null=True, on_delete=models.PROTECT, related_name="jobs")
    asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    bulk = models.BooleanField(default=False, help_text="Gives way to work that a person waits for.")
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    progress = models.FloatField(default=0)
    progress_text = models.CharField(max_length=120, blank=True)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["state", "bulk", "id"], name="job_queue"),
            models.Index(fields=["kind", "target_id"], name="job_target"),
        ]
        constraints = [
            models.CheckConstraint(
                name="running_job_has_a_lease",
                condition=~Q(state="running") | Q(lease_token__isnull=False, lease_until__isnull=False),
                violation_error_message="A running job holds a lease.",
            ),
            models.CheckConstraint(
                name="job_progress_is_a_fraction",
                condition=Q(progress__gte=0, progress__lte=1),
                violation_error_message="Progress lies between 0 and 1.",
            ),
            # Two rings for the same work are one job until it has begun.
            models.UniqueConstraint(
                name="one_waiting_job_per_target",
                fields=["kind", "target_id"],
                condition=Q(state="queued"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.target_id} ({self.state})"
