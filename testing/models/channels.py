"""Who holds a channel and when: what hangs on it (assigned) and what is planned for it (reserved)."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from cells.models import Cell
from lims.models import Identity, Record, User
from testing.models.instruments import Channel
from testing.models.tests import CellTest


class ChannelIntervalQuerySet(models.QuerySet["ChannelInterval"]):
    """Questions about intervals; each is half-open, so one may begin at the moment at which another ends."""

    def visible_to(self, user: User) -> ChannelIntervalQuerySet:
        """Return the intervals on channels of instruments that ``user`` may see."""
        seen = Identity.objects.visible_to(user).values("pk")
        return self.filter(channel__instrument__in=seen)

    def assigned(self) -> ChannelIntervalQuerySet:
        return self.filter(kind=ChannelInterval.Kind.ASSIGNED)

    def reserved(self) -> ChannelIntervalQuerySet:
        return self.filter(kind=ChannelInterval.Kind.RESERVED)

    def at(self, moment: datetime) -> ChannelIntervalQuerySet:
        """Return the intervals that hold ``moment``."""
        return self.filter(begins_at__lte=moment).filter(Q(ends_at=None) | Q(ends_at__gt=moment))

    def overlapping(self, begins_at: datetime, ends_at: datetime | None) -> ChannelIntervalQuerySet:
        """Return the intervals that share a moment with [begins_at, ends_at); None never ends."""
        later = self.filter(Q(ends_at=None) | Q(ends_at__gt=begins_at))
        return later if ends_at is None else later.filter(begins_at__lt=ends_at)

    def with_names(self) -> ChannelIntervalQuerySet:
        return self.select_related(
            "channel__instrument__identity",
            "test__identity__project",
            "test__cell__identity",
            "cell__identity__project",
            "entered_by",
        )


class ChannelInterval(models.Model):
    """From when to when a channel belongs to a test, or is kept for a cell. PostgreSQL lets no two overlap."""

    class Kind(models.TextChoices):
        ASSIGNED = "assigned", "Assigned"
        RESERVED = "reserved", "Reserved"

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="intervals")
    kind = models.CharField(max_length=8, choices=Kind)
    test = models.ForeignKey(
        CellTest, null=True, blank=True, on_delete=models.PROTECT, related_name="intervals"
    )
    cell = models.ForeignKey(
        Cell, null=True, blank=True, on_delete=models.PROTECT, related_name="channel_intervals"
    )
    purpose = models.CharField(max_length=200, blank=True)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text="The first moment after it; empty: open.")
    expected_end_at = models.DateTimeField(null=True, blank=True)
    entered_at = models.DateTimeField(auto_now_add=True)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = ChannelIntervalQuerySet.as_manager()

    class Meta:
        ordering = ["channel", "begins_at"]
        indexes = [models.Index(fields=["channel", "begins_at"], name="channel_intervals_in_order")]
        constraints = [
            models.CheckConstraint(
                name="interval_ends_after_it_begins",
                condition=Q(ends_at=None) | Q(ends_at__gt=F("begins_at")),
                violation_error_message="It ends after it begins.",
            ),
            models.CheckConstraint(
                name="an_assignment_has_a_test",
                condition=Q(kind="assigned", test__isnull=False)
                | Q(kind="reserved", test=None, ends_at__isnull=False),
                violation_error_message="A test is assigned; a reservation has an end.",
            ),
        ]

    def __str__(self) -> str:
        until = f"{self.ends_at:%Y-%m-%d %H:%M}" if self.ends_at else "its end"
        return f"{self.channel} from {self.begins_at:%Y-%m-%d %H:%M} to {until}"

    @property
    def held_until(self) -> datetime | None:
        """Return when the channel is free again, as far as anybody knows."""
        return self.ends_at or self.expected_end_at

    @property
    def record(self) -> Record:
        """Return the record whose page this belongs to."""
        return self.channel.instrument
