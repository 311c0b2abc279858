"""Impedance spectra: one row for each sweep of a file; its points lie in the file's own table."""

from __future__ import annotations

from django.db import models

from testing.models.files import Submission
from testing.models.tests import CellTest


class Spectrum(models.Model):
    """One sweep over frequency, measured in a test."""

    test = models.ForeignKey(CellTest, on_delete=models.PROTECT, related_name="spectra")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="spectra")
    sweep = models.PositiveIntegerField(help_text="Its place in the file, from 1.")
    points = models.PositiveIntegerField()
    lowest_frequency_hz = models.FloatField()
    highest_frequency_hz = models.FloatField()
    mean_voltage_v = models.FloatField(null=True)

    class Meta:
        ordering = ["submission", "sweep"]
        verbose_name_plural = "spectra"
        constraints = [models.UniqueConstraint(name="each_sweep_once", fields=["submission", "sweep"])]

    def __str__(self) -> str:
        return f"sweep {self.sweep} of {self.submission_id}"
