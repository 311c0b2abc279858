"""What checks and protocol say of a test: suspicions with their thresholds, and departures in BattINFO's words."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from lims.models import User
from testing.models.tests import CellTest


class QualityThreshold(models.Model):
    """A check's threshold where the lab has decided on another than the check's own."""

    name = models.CharField(max_length=40, unique=True)
    value = models.FloatField()
    reason = models.TextField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="threshold_not_below_zero",
                condition=Q(value__gte=0),
                violation_error_message="A threshold is not below 0.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.value:g}"


class Judgement(models.Model):
    """That a test's checks and conformance were computed, and from what."""

    test = models.OneToOneField(CellTest, on_delete=models.CASCADE, related_name="judgement")
    inputs_sha256 = models.CharField(max_length=64)
    half_cycles_planned = models.PositiveIntegerField(default=0)
    half_cycles_run = models.PositiveIntegerField(default=0)
    computed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"judgement of {self.test_id}"


class QualityCheck(models.Model):
    """What one check says of one test, with the threshold that it used. A flag is a suspicion, no verdict."""

    class State(models.TextChoices):
        FLAGGED = "flagged", "Flagged"
        PASSED = "passed", "Passed"
        NOT_JUDGED = "not_judged", "Not judged"

    test = models.ForeignKey(CellTest, on_delete=models.CASCADE, related_name="quality_checks")
    name = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State)
    threshold = models.FloatField()
    value = models.FloatField(null=True, help_text="The first finding's; empty where nothing was found.")
    count = models.PositiveIntegerField(default=0)
    sentence = models.TextField(blank=True)
    cycles = models.JSONField(default=list)
    method_version = models.CharField(max_length=12)

    class Meta:
        ordering = ["test", "pk"]
        constraints = [
            models.UniqueConstraint(name="each_check_once_per_test", fields=["test", "name"]),
            models.CheckConstraint(
                name="a_flag_or_no_judgement_has_a_sentence",
                condition=Q(state="passed") | ~Q(sentence=""),
                violation_error_message="A flag says what was found, a check that could not judge says why.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.test_id}: {self.state}"


class ProtocolDeparture(models.Model):
    """One way in which a test did not do what its protocol asked; category and impact are BattINFO's."""

    class Category(models.TextChoices):
        POWER_OUTAGE = "power_outage", "Power outage"
        EQUIPMENT_FAILURE = "equipment_failure", "Equipment failure"
        TEMPERATURE_EXCURSION = "temperature_excursion", "Temperature excursion"
        SOFTWARE_ERROR = "software_error", "Software error"
        OPERATOR_INTERVENTION = "operator_intervention", "Operator intervention"
        PREMATURE_TERMINATION = "premature_termination", "Premature termination"
        COMMUNICATION_LOSS = "communication_loss", "Communication loss"
        PARAMETER_DRIFT = "parameter_drift", "Parameter drift"
        SETPOINT_DEVIATION = "setpoint_deviation", "Setpoint deviation"
        CALIBRATION_ISSUE = "calibration_issue", "Calibration issue"
        OUT_OF_TOLERANCE = "out_of_tolerance", "Out of tolerance"
        DIMENSIONAL = "dimensional", "Dimensional"
        OTHER = "other", "Other"

    class Impact(models.TextChoices):
        MINOR = "minor", "Minor"
        MODERATE = "moderate", "Moderate"
        MAJOR = "major", "Major"

    test = models.ForeignKey(CellTest, on_delete=models.CASCADE, related_name="departures")
    category = models.CharField(max_length=24, choices=Category)
    impact = models.CharField(max_length=8, choices=Impact)
    sentence = models.TextField()
    cycles = models.JSONField(default=list)

    class Meta:
        ordering = ["test", "pk"]

    def __str__(self) -> str:
        return f"{self.category} in {self.test_id}"
