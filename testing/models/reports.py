"""Reports: a stored snapshot, the PDF printed from it, and the records that it rests on."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Case, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce

from lims.models import Blob, Identity, Job, Record, RecordQuerySet


class ReportQuerySet(RecordQuerySet):
    """Questions about reports."""

    def with_progress(self) -> Self:
        """Add ``progress``, a fraction: 1 once it is ready, before that how far its newest job is."""
        newest = Job.objects.filter(identity=OuterRef("pk")).order_by("-pk").values("progress")[:1]
        begun = Coalesce(Subquery(newest), Value(0.0))
        return self.annotate(progress=Case(When(state="ready", then=Value(1.0)), default=begun))


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

    objects = ReportQuerySet.as_manager()  # type: ignore[misc]  # narrower than Record's

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
