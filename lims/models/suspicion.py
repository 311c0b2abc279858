"""Suspect records: one is marked with its reason, and all that it touched is flagged until someone clears it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from lims.models.people import User
from lims.models.records import Identity


class Suspicion(models.Model):
    """That a record was marked as suspect, and why."""

    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="suspicions")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.identity} is suspect: {self.reason}"

    def get_absolute_url(self) -> str:
        return reverse("lims:suspicion", args=[self.pk])


class SuspectFlagQuerySet(models.QuerySet["SuspectFlag"]):
    """Questions about flags."""

    def standing(self) -> SuspectFlagQuerySet:
        """Return the flags that nobody has cleared."""
        return self.filter(cleared_at=None)


class SuspectFlag(models.Model):
    """That a suspicion touches a record: the marked one itself, or what was made of it."""

    suspicion = models.ForeignKey(Suspicion, on_delete=models.PROTECT, related_name="flags")
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="suspect_flags")
    raised_at = models.DateTimeField(auto_now_add=True)
    cleared_at = models.DateTimeField(null=True, blank=True)
    cleared_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    clear_reason = models.CharField(max_length=500, blank=True)

    objects = SuspectFlagQuerySet.as_manager()

    class Meta:
        ordering = ["suspicion", "identity"]
        constraints = [
            models.UniqueConstraint(name="flagged_once_for_each_suspicion", fields=["suspicion", "identity"]),
            models.CheckConstraint(
                name="flag_cleared_by_someone_who_says_why",
                condition=Q(cleared_at=None, cleared_by=None, clear_reason="")
                | Q(cleared_at__isnull=False, cleared_by__isnull=False) & ~Q(clear_reason=""),
                violation_error_message="Clearing a flag needs who and why.",
            ),
        ]
        indexes = [
            models.Index(fields=["identity"], name="standing_flags", condition=Q(cleared_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.identity}: {self.suspicion}"
