"""What people of the lab have said of tables that no reader knows, and how a test's leads were wrong."""

from __future__ import annotations

from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from lims.models import Record, RecordQuerySet
from testing.models.files import Submission
from testing.models.instruments import Instrument
from testing.readers.mapping import ColumnMap, MappedColumn


class ColumnMappingQuerySet(RecordQuerySet):
    """Questions about mappings."""

    def standing(self) -> Self:
        return self.filter(retired=False)

    def for_file(self, submission: Submission) -> Self:
        """Return the mappings that may be tried on a file: its project's, and of those its instrument's or anyone's."""
        return self.standing().filter(
            Q(instrument=None) | Q(instrument=submission.instrument_id),
            identity__project=submission.project_id,
        )


class ColumnMapping(Record):
    """Which column is what, in which unit and with which sign, for every file with one header.

    It never changes: what was read by it names it. One that is wrong is retired and another one made.
    """

    CODE_PREFIX = "MAP"

    class Kind(models.TextChoices):
        CYCLING = "cycling", "Cycling: time, voltage, current"
        IMPEDANCE = "impedance", "Impedance: frequency, Z′, Z″"
        AUXILIARY = "auxiliary", "A log: oven, load cell, glovebox"

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind)
    instrument = models.ForeignKey(
        Instrument,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="mappings",
        help_text="Empty: files of every instrument of the project.",
    )
    header = models.JSONField(
        default=list, blank=True, help_text="The names of the columns as the file has them."
    )
    width = models.PositiveSmallIntegerField()
    columns = models.JSONField(help_text="For each column that is read: place, target, unit, negative.")
    time_format = models.CharField(max_length=40, blank=True)
    retired = models.BooleanField(default=False, editable=False)

    objects = ColumnMappingQuerySet.as_manager()  # type: ignore[misc]  # narrower than Record's

    class Meta(Record.Meta):
        verbose_name = "column mapping"

    @property
    def title(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        try:
            faults = self.column_map().faults()
        except (TypeError, ValueError) as error:
            raise ValidationError({"columns": f"These are no columns of a mapping: {error}."}) from error
        if faults:
            raise ValidationError({"columns": faults})

    def column_map(self) -> ColumnMap:
        """Return it as the readers take it."""
        return ColumnMap(
            kind=self.kind,
            header=tuple(self.header),
            width=self.width,
            columns=tuple(MappedColumn(**column) for column in self.columns),
            time_format=self.time_format,
            code=self.identity.code if self.identity_id else "",
        )


class AuxiliaryLog(models.Model):
    """What an oven, a load cell or a glovebox logged, and between which moments; its points lie in the file's table."""

    submission = models.OneToOneField(Submission, on_delete=models.CASCADE, related_name="log")
    quantities = models.JSONField(default=list)
    zone = models.CharField(max_length=60, help_text="The zone that its clock was taken to be in.")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        ordering = ["first_at"]
        indexes = [models.Index(name="logs_by_time", fields=["first_at", "last_at"])]

    def __str__(self) -> str:
        return f"{', '.join(self.quantities)} from {self.first_at:%Y-%m-%d %H:%M}"
