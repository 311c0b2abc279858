"""What is known of a test while it runs, and the points that it sends before there is a file."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from lims.models import User
from testing.models.files import Submission
from testing.models.tests import CellTest


class TestPulse(models.Model):
    """The last point of a test, how much it has charged, and how many live points came; one row a test."""

    # pytest would take the name for a class of tests.
    __test__ = False

    test = models.OneToOneField(CellTest, primary_key=True, on_delete=models.CASCADE, related_name="pulse")
    point_at = models.DateTimeField(null=True, help_text="When the last point was measured.")
    received_at = models.DateTimeField(null=True)
    test_time_s = models.FloatField(null=True)
    voltage_v = models.FloatField(null=True)
    current_ma = models.FloatField(null=True)
    temperature_c = models.FloatField(null=True)
    step = models.CharField(max_length=40, blank=True)
    # Charge since the current last changed its sign.
    half_capacity_mah = models.FloatField(null=True)
    half_sign = models.SmallIntegerField(default=0, help_text="1 while charging, -1 while discharging.")
    cycle_number = models.PositiveIntegerField(null=True)
    current_began_s = models.FloatField(null=True, help_text="Test time of the first current.")
    last_record = models.BigIntegerField(null=True)
    live_rows = models.PositiveBigIntegerField(default=0)
    duplicate_rows = models.PositiveBigIntegerField(default=0)
    differing_rows = models.PositiveBigIntegerField(default=0)
    sealed_rows = models.PositiveBigIntegerField(default=0)
    checked_until_s = models.FloatField(default=0, help_text="How much of the first half hour was judged.")

    def __str__(self) -> str:
        return f"pulse of {self.test_id}"

    @property
    def unsealed_rows(self) -> int:
        return self.live_rows - self.sealed_rows


class LiveSegment(models.Model):
    """Points that came in one post, by the record numbers of their instrument.

    Never changed. Once its points lie in a file, its row keeps their numbers and no longer their values.
    """

    test = models.ForeignKey(CellTest, on_delete=models.PROTECT, related_name="segments")
    first_record = models.BigIntegerField()
    last_record = models.BigIntegerField()
    rows = models.PositiveIntegerField()
    content = models.BinaryField(null=True)
    sealed_into = models.ForeignKey(Submission, null=True, on_delete=models.PROTECT, related_name="segments")
    sender = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["test", "first_record"]
        constraints = [
            models.UniqueConstraint(name="one_segment_from_a_record", fields=["test", "first_record"]),
            models.CheckConstraint(
                name="segment_in_order",
                condition=Q(last_record__gte=F("first_record")),
                violation_error_message="A segment's last record is not before its first.",
            ),
            models.CheckConstraint(
                name="segment_has_points_or_a_file",
                condition=Q(content__isnull=False) | Q(sealed_into__isnull=False),
                violation_error_message="A segment holds its points, or names the file that holds them.",
            ),
        ]

    def __str__(self) -> str:
        return f"records {self.first_record} to {self.last_record} of {self.test_id}"
