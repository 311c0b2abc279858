"""Tests of cells: which cell, in which place of its history, with which protocol and 1C current."""

from __future__ import annotations

from typing import Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from cells.models import Cell
from lims.models import Record, RecordQuerySet
from testing.models.instruments import Channel, ProtocolEdition


class Phase(models.TextChoices):
    """What a test is for."""

    FORMATION = "formation", "Formation"
    RATE = "rate", "Rate test"
    LONG_TERM = "long_term", "Long-term cycling"
    EIS = "eis", "Impedance"
    GITT = "gitt", "GITT"
    CV = "cv", "Cyclic voltammetry"
    OTHER = "other", "Other"


class Polarity(models.TextChoices):
    """How the cell hung on its channel, as far as a person has said."""

    AS_RECORDED = "as_recorded", "as recorded"
    LEADS_REVERSED = "leads_reversed", "leads reversed: voltage and current are turned round"
    CURRENT_REVERSED = "current_reversed", "discharge written as positive: the current is turned round"


class CellTestQuerySet(RecordQuerySet):
    """Questions about tests."""

    def with_cells(self) -> Self:
        return self.select_related(
            "cell__identity__project",
            "cell__condition__study__identity",
            "protocol_edition__protocol__identity",
            "channel__instrument__identity",
        )

    def running_on(self, channel: Channel) -> Self:
        return self.filter(channel=channel, state__in=[CellTest.State.PLANNED, CellTest.State.RUNNING])


class CellTest(Record):
    """One test of a cell."""

    CODE_PREFIX = "TEST"

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"
        RUNNING = "running", "Running"
        COMPLETED = "completed", "Completed"
        ABORTED = "aborted", "Aborted"

    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="tests")
    place = models.PositiveSmallIntegerField(help_text="1 for the first test of the cell, 2 for the next, …")
    phase = models.CharField(max_length=10, choices=Phase)
    protocol_edition = models.ForeignKey(
        ProtocolEdition, null=True, blank=True, on_delete=models.PROTECT, related_name="tests"
    )
    channel = models.ForeignKey(
        Channel, null=True, blank=True, on_delete=models.PROTECT, related_name="tests"
    )
    one_c_current_ma = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0.000001)],
        help_text="The current that was applied as 1C; the cell's own page shows the design's.",
    )
    temperature_c = models.FloatField(null=True, blank=True)
    stack_pressure_mpa = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED, editable=False)
    polarity = models.CharField(max_length=16, choices=Polarity, default=Polarity.AS_RECORDED, editable=False)

    objects = CellTestQuerySet.as_manager()  # type: ignore[misc]  # narrower than Record's

    class Meta(Record.Meta):
        verbose_name = "test"
        constraints = [
            models.UniqueConstraint(
                name="one_test_per_place",
                fields=["cell", "place"],
                violation_error_message="Another test has this place in the cell's history.",
            ),
            models.UniqueConstraint(
                name="one_open_test_per_channel",
                fields=["channel"],
                condition=Q(state__in=["planned", "running"]),
                violation_error_message="Another test is on this channel.",
            ),
        ]

    @property
    def title(self) -> str:
        return f"{self.get_phase_display()} of {self.cell.code}"
