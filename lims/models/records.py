"""Records: things with a readable code that were done by someone, at some time, in a project."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from lims.models.checks import ChecksTogether
from lims.models.people import Membership, Project, User


class CodeSequence(models.Model):
    """The last number given out for a prefix such as ``CELL``."""

    prefix = models.CharField(max_length=12, primary_key=True)
    last_number = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.prefix}-{self.last_number:04d}"


class IdentityQuerySet(models.QuerySet["Identity"]):
    """Questions about identities, of whatever kind the record is."""

    def visible_to(self, user: User) -> IdentityQuerySet:
        """Return what ``user`` may see: the lab's shared records and those of the projects they belong to."""
        if user.is_superuser:
            return self
        if user.is_instrument:
            return self.none()
        return self.filter(Q(project=None) | Q(project__membership__user=user))


class Identity(models.Model):
    """One row for each code: what scanning, log, attachments, jobs, lineage and visibility point at."""

    code = models.CharField(max_length=24, unique=True)
    kind = models.CharField(max_length=60, help_text="The record's model, as app.model.")
    project = models.ForeignKey(Project, null=True, blank=True, on_delete=models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = IdentityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "identities"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.code


class RecordQuerySet(models.QuerySet[Any]):
    """Questions that every kind of record answers."""

    def visible_to(self, user: User) -> Self:
        """Return what ``user`` may see; every list and detail starts here."""
        if user.is_superuser:
            return self
        if user.is_instrument:
            return self.none()
        # A question about each row rather than a set of projects: SQLite would gather every record of these projects
        # and sort them, where a page needs the newest fifty. An outer join over memberships would double rows.
        member = Membership.objects.filter(project=models.OuterRef("identity__project"), user=user)
        return self.filter(Q(identity__project=None) | models.Exists(member))

    def coded(self, code: str) -> Any:
        """Return the record with this code, or raise DoesNotExist."""
        return self.get(identity__code=code)

    def with_codes(self) -> Self:
        """Bring along what a row prints: its code, project and people, and ``suspect``: whether a flag stands on it."""
        flagged = Identity.objects.filter(
            pk=models.OuterRef("pk"), suspect_flags__isnull=False, suspect_flags__cleared_at=None
        )
        rows = self.select_related("identity__project", "performed_by", "recorded_by")
        return rows.annotate(suspect=models.Exists(flagged))


class Source(models.TextChoices):
    """Where a record came from."""

    BENCH = "bench", "At the bench"
    PAPER = "paper", "From paper, later"
    IMPORT = "import", "Imported"


class Blank(models.TextChoices):
    """Why a field holds nothing, where somebody has said so."""

    NOT_MEASURED = "not_measured", "not measured"
    NOT_RECORDED = "not_recorded", "not recorded"


def judge_blanks(blanks: object) -> None:
    """Raise ValidationError where ``blanks`` is not a reason for each of some fields."""
    if not isinstance(blanks, dict) or any(
        not isinstance(name, str) or reason not in Blank.values for name, reason in blanks.items()
    ):
        raise ValidationError("A field is left blank because it was not measured or not recorded.")


def judge_moment(performed_at: datetime | None) -> None:
    """Raise ValidationError where what was done lies in the future."""
    # A few minutes' grace: a tablet's clock is never quite the server's.
    if performed_at and performed_at > timezone.now() + timedelta(minutes=10):
        raise ValidationError(
            {"performed_at": f"{performed_at:%Y-%m-%d %H:%M} lies in the future; enter when it was done."}
        )


class Record(ChecksTogether):
    """Anything with a code. Its primary key is its identity's, so one number names it across all tables."""

    CODE_PREFIX: ClassVar[str] = ""
    # What was not measured or recorded although no field of the record or its details would hold it.
    MORE_BLANKS: ClassVar[frozenset[str]] = frozenset()

    identity = models.OneToOneField(
        Identity, primary_key=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    performed_at = models.DateTimeField(default=timezone.now, help_text="When it was done at the bench.")
    performed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    source = models.CharField(max_length=8, choices=Source, default=Source.BENCH)
    note = models.TextField(blank=True, max_length=20_000)
    blanks = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text="Fields that hold nothing, and whether they were not measured or not recorded.",
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = RecordQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["-identity_id"]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        return self.identity.code

    @property
    def project(self) -> Project | None:
        return self.identity.project

    @property
    def simulated(self) -> bool:
        return bool(self.project and self.project.simulated)

    @property
    def title(self) -> str:
        """Return what a page calls it; kinds with a name of their own override this."""
        return self.code

    def code_prefix(self) -> str:
        return self.CODE_PREFIX

    def clean(self) -> None:
        super().clean()
        judge_blanks(self.blanks)
        judge_moment(self.performed_at)
