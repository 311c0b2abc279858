"""Calibrations of equipment: when, by whom, what was found, and until when it holds."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from lims.models import Attachment, User
from materials.models.equipment import Equipment


class Calibration(models.Model):
    """One calibration of a piece of equipment; never changed, a later one takes its place."""

    class Result(models.TextChoices):
        PASSED = "passed", "Within its limits"
        ADJUSTED = "adjusted", "Adjusted, then within its limits"
        FAILED = "failed", "Outside its limits"

    equipment = models.ForeignKey(Equipment, on_delete=models.PROTECT, related_name="calibrations")
    done_on = models.DateField()
    done_by = models.CharField(max_length=120, help_text="Who calibrated it: a person or a company.")
    due_on = models.DateField(null=True, blank=True, help_text="When it has to be calibrated again.")
    result = models.CharField(max_length=8, choices=Result)
    note = models.CharField(max_length=500, blank=True)
    certificate = models.ForeignKey(
        Attachment, null=True, blank=True, on_delete=models.PROTECT, related_name="calibrations"
    )
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-done_on", "-pk"]
        indexes = [models.Index(fields=["equipment", "-done_on", "-id"], name="newest_calibration")]
        constraints = [
            models.CheckConstraint(
                name="calibrated_before_it_is_due",
                condition=Q(due_on=None) | Q(due_on__gt=F("done_on")),
                violation_error_message="The next calibration is due after this one.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.equipment_id} {self.done_on:%Y-%m-%d}"

    @property
    def record(self) -> Equipment:
        """Return the record that this row belongs to."""
        return self.equipment

    def clean(self) -> None:
        super().clean()
        if self.done_on and self.done_on > timezone.localdate():
            raise ValidationError(
                {"done_on": f"{self.done_on:%Y-%m-%d} lies in the future; enter when it was done."}
            )


class CalibrationPoint(models.Model):
    """What one reference read in a calibration."""

    calibration = models.ForeignKey(Calibration, on_delete=models.PROTECT, related_name="points")
    order = models.PositiveSmallIntegerField()
    what = models.CharField(max_length=80, help_text="What was compared: 20 g weight, 5 kN, bore at 90°.")
    reference = models.FloatField()
    found = models.FloatField()
    allowed = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0)], help_text="How far it may be off, ±."
    )
    unit = models.CharField(max_length=12)

    class Meta:
        ordering = ["calibration", "order"]
        constraints = [
            models.UniqueConstraint(name="calibration_point_order", fields=["calibration", "order"])
        ]

    def __str__(self) -> str:
        return f"{self.what}: {self.found:g} {self.unit}"

    @property
    def deviation(self) -> float:
        """Return found less reference, in the point's unit."""
        return self.found - self.reference

    @property
    def is_outside(self) -> bool:
        """Return whether it is further off than allowed; without a limit nothing is outside."""
        return self.allowed is not None and abs(self.deviation) > self.allowed
