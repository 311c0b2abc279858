"""Reports: a stored snapshot, the PDFs printed from it, who stands for it, and the records that it rests on."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Case, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from lims.models import Blob, Identity, Job, Record, RecordQuerySet, User


class ReportQuerySet(RecordQuerySet):
    """Questions about reports."""

    def with_progress(self) -> Self:
        """Add ``progress``, a fraction: 1 once it is ready, before that how far its newest job is."""
        newest = Job.objects.filter(identity=OuterRef("pk")).order_by("-pk").values("progress")[:1]
        begun = Coalesce(Subquery(newest), Value(0.0))
        return self.annotate(progress=Case(When(state="ready", then=Value(1.0)), default=begun))

    def released(self) -> Self:
        """Return the reports that hold now."""
        return self.filter(standing=Report.Standing.RELEASED)


class Report(Record):
    """A report. It prints from its snapshot alone, so it can be printed again to the same bytes."""

    CODE_PREFIX = "REP"

    class Kind(models.TextChoices):
        CELL = "cell", "Cell report"
        TEST = "test", "Test report"
        STUDY = "study", "Study report"
        LOT = "lot", "Lot record"
        BATCH = "batch", "Batch record"
        INSTRUMENT = "instrument", "Instrument summary"
        INVENTORY = "inventory", "Inventory and mass balance"

    class State(models.TextChoices):
        """How far the printing is."""

        QUEUED = "queued", "Waiting"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"

    class Standing(models.TextChoices):
        """What the lab says of it."""

        DRAFT = "draft", "Draft"
        IN_REVIEW = "in_review", "In review"
        RELEASED = "released", "Released"
        SUPERSEDED = "superseded", "Superseded"

    # From each standing, those that an action may move a report to.
    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        Standing.DRAFT: (Standing.IN_REVIEW,),
        Standing.IN_REVIEW: (Standing.DRAFT, Standing.RELEASED),
        Standing.RELEASED: (Standing.SUPERSEDED,),
        Standing.SUPERSEDED: (),
    }

    kind = models.CharField(max_length=12, choices=Kind)
    # Nothing where the report is of its project as a whole.
    subject = models.ForeignKey(
        Identity, null=True, blank=True, on_delete=models.PROTECT, related_name="reports"
    )
    options = models.JSONField(default=dict, blank=True, editable=False)
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED, editable=False)
    standing = models.CharField(max_length=10, choices=Standing, default=Standing.DRAFT, editable=False)
    round = models.PositiveSmallIntegerField(
        default=1, editable=False, help_text="Signatures of an earlier round count no more."
    )
    superseded_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="supersedes", editable=False
    )
    reason = models.TextField(blank=True, editable=False)
    stale = models.BooleanField(default=False, editable=False)
    snapshot = models.JSONField(default=dict, editable=False)
    inputs_sha256 = models.CharField(max_length=64, editable=False)
    pdf = models.ForeignKey(Blob, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    pdf_sha256 = models.CharField(max_length=64, blank=True, editable=False)

    objects = ReportQuerySet.as_manager()  # type: ignore[misc]  # narrower than Record's

    class Meta(Record.Meta):
        indexes = [models.Index(fields=["kind", "standing"], name="reports_by_standing")]
        constraints = [
            models.CheckConstraint(
                name="superseded_by_a_report",
                condition=Q(standing="superseded") ^ Q(superseded_by=None),
                violation_error_message="A report is superseded by another one, which it names.",
            ),
        ]

    @property
    def about(self) -> str:
        """Return the code of what it is of."""
        return self.subject.code if self.subject else str(self.project)

    @property
    def title(self) -> str:
        return f"{self.get_kind_display()} of {self.about}"

    @property
    def is_final(self) -> bool:
        """Return whether what it says and prints stays for good."""
        return self.standing in (self.Standing.RELEASED, self.Standing.SUPERSEDED)


class ReportLayout(Record):
    """How the lab prints a kind of report when nobody chooses otherwise: sections, their order, words around them."""

    CODE_PREFIX = "LAY"

    kind = models.CharField(max_length=12, choices=Report.Kind, unique=True, editable=False)
    # Keys with spaces between them, in the order to print; empty for all, in their own order.
    sections = models.CharField(max_length=2000, blank=True)
    foreword = models.TextField(blank=True)
    afterword = models.TextField(blank=True)

    class Meta(Record.Meta):
        pass

    @property
    def title(self) -> str:
        return f"Layout of every {self.get_kind_display().lower()}"

    @property
    def options(self) -> dict[str, Any]:
        """Return the layout as the options of a report."""
        told = {"sections": self.sections.split(), "foreword": self.foreword, "afterword": self.afterword}
        return {name: value for name, value in told.items() if value}


class ReportDependency(models.Model):
    """That a report rests on a record."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="dependencies")
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name_plural = "report dependencies"
        constraints = [models.UniqueConstraint(name="one_dependency_each", fields=["report", "identity"])]

    def __str__(self) -> str:
        return f"{self.report_id} rests on {self.identity_id}"


class Signature(models.Model):
    """That a person stands for a report, as what, and for which inputs; never changed."""

    class Meaning(models.TextChoices):
        AUTHOR = "author", "Author"
        REVIEWER = "reviewer", "Reviewer"
        APPROVER = "approver", "Approver"

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="signatures")
    round = models.PositiveSmallIntegerField()
    meaning = models.CharField(max_length=8, choices=Meaning)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    # As they were called then: a signature does not change with a name.
    name = models.CharField(max_length=150)
    role = models.CharField(max_length=20)
    at = models.DateTimeField(default=timezone.now)
    remark = models.CharField(max_length=500, blank=True)
    inputs_sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_signature_of_a_meaning",
                fields=["report", "round", "meaning", "by"],
                violation_error_message="You have signed this report as that already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_meaning_display()}: {self.name}"

    @property
    def record(self) -> Report:
        return self.report


class ReportPrint(models.Model):
    """A PDF as it left the press; never changed, so that whoever holds one can ask which it is."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="prints")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64, db_index=True)
    released = models.BooleanField(help_text="Whether it was printed as released.")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"print of {self.report_id}, {self.sha256[:12]}"
