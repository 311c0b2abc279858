"""Reports: a stored snapshot, the PDF printed from it, and the records that it rests on."""

from __future__ import annotations

from django.db import models

from lims.models import Blob, Identity, Record


class Report(Record):
    """A report. It prints from its snapshot alone, so it can be printed again to the same bytes."""

    CODE_PREFIX = "REP"

    class Kind(models.TextChoices):
        CELL = "cell", "Cell report"

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"

    kind = models.CharField(max_length=10, choices=Kind)
    subject = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="reports")
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED, editable=False)
    reason = models.TextField(blank=True, editable=False)
    stale = models.BooleanField(default=False, editable=False)
    snapshot = models.JSONField(default=dict, editable=False)
    inputs_sha256 = models.CharField(max_length=64, editable=False)
    pdf = models.ForeignKey(Blob, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    pdf_sha256 = models.CharField(max_length=64, blank=True, editable=False)

    class Meta(Record.Meta):
        pass

    @property
    def title(self) -> str:
        return f"{self.get_kind_display()} of {self.subject.code}"


class ReportDependency(models.Model):
    """That a report rests on a record."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="dependencies")
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name_plural = "report dependencies"
        constraints = [models.UniqueConstraint(name="one_dependency_each", fields=["report", "identity"])]

    def __str__(self) -> str:
        return f"{self.report_id} rests on {self.identity_id}"
