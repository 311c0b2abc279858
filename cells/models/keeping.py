"""How a cell is kept under stack pressure, and how long it and its powders lay open."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from cells.models.building import DoneOnCell
from cells.models.cell import Cell
from lims.models import Identity, User
from lims.models.records import judge_moment
from materials.models import Equipment


class StackReading(DoneOnCell):
    """The stack pressure in a frame at a moment of its life; fabrication pressure is another thing."""

    class Moment(models.TextChoices):
        SET = "set", "Set"
        HOT = "hot", "Hot"
        RETIGHTENED = "retightened", "Re-tightened"
        END = "end", "At the end"

    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="stack_readings")
    moment = models.CharField(max_length=12, choices=Moment)
    pressure_mpa = models.FloatField(validators=[MinValueValidator(0), MaxValueValidator(500)])
    temperature_c = models.FloatField(
        null=True,
        blank=True,
        help_text="Of the frame then; a frame that is set cold is tighter when it is hot.",
    )
    soak_h = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="How long it had been at this temperature.",
    )
    frame = models.ForeignKey(
        Equipment, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        limit_choices_to={"kind": "frame"},
    )  # fmt: skip
    load_cell = models.ForeignKey(
        Equipment, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        limit_choices_to={"kind": "load_cell"},
        help_text="What read the force; empty: by torque or spring, which the note says.",
    )  # fmt: skip
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["cell", "performed_at", "pk"]

    def __str__(self) -> str:
        return f"{self.pressure_mpa:g} MPa {self.get_moment_display().lower()}"


class Exposure(models.Model):
    """That a powder or a cell lay open or sealed for some time, and the most oxygen and water around it."""

    class How(models.TextChoices):
        OPEN = "open", "Open"
        SEALED = "sealed", "Sealed"

    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="exposures")
    how = models.CharField(max_length=6, choices=How)
    hours = models.FloatField(validators=[MinValueValidator(0), MaxValueValidator(100_000)])
    atmosphere = models.CharField(max_length=60, blank=True, help_text="Glovebox argon, dry room, air.")
    glovebox = models.ForeignKey(
        Equipment, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        limit_choices_to={"kind": "glovebox"},
    )  # fmt: skip
    highest_oxygen_ppm = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    highest_water_ppm = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    ended_at = models.DateTimeField(default=timezone.now)
    note = models.CharField(max_length=500, blank=True)
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["identity", "ended_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="exposure_lasts",
                condition=Q(hours__gte=0),
                violation_error_message="An exposure lasts 0 h or more.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hours:g} h {self.how}"

    def clean(self) -> None:
        super().clean()
        judge_moment(self.ended_at)


class StepUnderWay(models.Model):
    """The step that a cell is in at the bench, kept as it happens, so that a lost tablet loses nothing."""

    cell = models.OneToOneField(Cell, primary_key=True, on_delete=models.PROTECT, related_name="under_way")
    # Rises with every change: a screen that was left open somewhere changes nothing that it has not seen.
    version = models.PositiveIntegerField(default=1)
    role = models.CharField(max_length=10, blank=True)
    powder = models.ForeignKey(
        "materials.Powder", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    boat_full_ug = models.BigIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    boat_after_ug = models.BigIntegerField(null=True, blank=True, validators=[MinValueValidator(0)])
    mass_ug = models.BigIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    lost_ug = models.BigIntegerField(default=0, validators=[MinValueValidator(0)])
    reading = models.CharField(max_length=120, blank=True)
    balance = models.ForeignKey(Equipment, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    press = models.ForeignKey(Equipment, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    entered_unit = models.CharField(max_length=3, blank=True)
    pressure_value = models.FloatField(null=True, blank=True)
    pressure_end_value = models.FloatField(null=True, blank=True)
    hold_started_at = models.DateTimeField(null=True, blank=True)
    lot_reason = models.CharField(max_length=500, blank=True)
    book_reason = models.CharField(max_length=500, blank=True)
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name_plural = "steps under way"

    def __str__(self) -> str:
        return f"{self.role} of {self.cell_id}"

    @property
    def record(self) -> Cell:
        """Return the record that this row belongs to."""
        return self.cell
