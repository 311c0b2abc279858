"""What files became: datasets and their cycles."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from lims.models import Blob
from testing.models.files import Submission
from testing.models.tests import CellTest, Phase


class Dataset(models.Model):
    """The Parquet made from a test's files in order; a new version replaces the last one whole."""

    test = models.ForeignKey(CellTest, on_delete=models.PROTECT, related_name="datasets")
    version = models.PositiveIntegerField()
    current = models.BooleanField(default=True)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    files = models.ManyToManyField(Submission, through="DatasetFile", related_name="datasets")
    rows = models.PositiveBigIntegerField()
    flags = models.JSONField(default=list)
    method = models.CharField(max_length=40)
    method_version = models.CharField(max_length=12)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["test", "-version"]
        constraints = [
            models.UniqueConstraint(name="one_dataset_version_each", fields=["test", "version"]),
            models.UniqueConstraint(name="one_current_dataset", fields=["test"], condition=Q(current=True)),
        ]

    def __str__(self) -> str:
        return f"dataset {self.version} of {self.test_id}"


class DatasetFile(models.Model):
    """A file's place in a dataset."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="places")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="places")
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(name="one_file_per_place", fields=["dataset", "order"])]

    def __str__(self) -> str:
        return f"{self.order}: {self.submission_id}"


class Cycle(models.Model):
    """One charge and the discharge after it, free of mass and area."""

    test = models.ForeignKey(CellTest, on_delete=models.CASCADE, related_name="cycles")
    cycle_number = models.PositiveIntegerField()
    phase = models.CharField(max_length=10, choices=Phase)
    charge_capacity_mah = models.FloatField(null=True)
    discharge_capacity_mah = models.FloatField(null=True)
    charge_energy_mwh = models.FloatField(null=True)
    discharge_energy_mwh = models.FloatField(null=True)
    coulombic_efficiency = models.FloatField(null=True)
    charge_current_ma = models.FloatField(null=True)
    discharge_current_ma = models.FloatField(null=True)
    charge_end_voltage_v = models.FloatField(null=True)
    discharge_end_voltage_v = models.FloatField(null=True)
    duration_s = models.FloatField()
    charge_duration_s = models.FloatField(null=True)
    discharge_duration_s = models.FloatField(null=True)
    cv_share = models.FloatField(null=True)
    complete = models.BooleanField()
    discharge_cv_share = models.FloatField(null=True)
    charge_mean_voltage_v = models.FloatField(null=True)
    discharge_mean_voltage_v = models.FloatField(null=True)
    charge_ended_by = models.CharField(max_length=20, blank=True)
    discharge_ended_by = models.CharField(max_length=20, blank=True)
    phase_cycle = models.PositiveIntegerField(null=True, help_text="Its number within the phase, from 1.")
    instrument_cycle = models.BigIntegerField(
        null=True, help_text="The instrument's own number, as it stands in the file."
    )
    charge_rate = models.FloatField(null=True, help_text="Current over the test's 1C current.")
    discharge_rate = models.FloatField(null=True, help_text="Current over the test's 1C current.")
    first_at_rate = models.BooleanField(default=False)
    interruptions = models.PositiveIntegerField(default=0)
    hold_charge_mah = models.FloatField(default=0)
    first_row = models.PositiveBigIntegerField()
    last_row = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["test", "cycle_number"]
        constraints = [models.UniqueConstraint(name="one_cycle_per_number", fields=["test", "cycle_number"])]

    def __str__(self) -> str:
        return f"cycle {self.cycle_number} of {self.test_id}"
