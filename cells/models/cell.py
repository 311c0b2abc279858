"""Cells: what was pressed from what, with which pressure, and what became of it."""

from __future__ import annotations

from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import BigIntegerField, F, Q, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from cells.models.design import CellDesignEdition, DesignPress, LayerRole
from cells.models.study import Condition, Study
from lims.models import Record, RecordQuerySet, User
from lims.models.records import judge_moment
from materials.models import Equipment, Use


class CellQuerySet(RecordQuerySet):
    """Questions about cells."""

    def of_study(self, code: str) -> Self:
        return self.filter(condition__study__identity__code=code)

    def with_study(self) -> Self:
        return self.select_related("condition__study__identity", "edition__design__identity", "die__identity")


class Cell(Record):
    """One cell."""

    CODE_PREFIX = "CELL"

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"
        BUILDING = "building", "Building"
        BUILT = "built", "Built"
        TESTING = "testing", "Testing"
        FINISHED = "finished", "Finished"
        FAILED = "failed", "Failed"
        SHORTED = "shorted", "Shorted"

    # From each state, the states that an action may move a cell to.
    MOVES: dict[str, tuple[str, ...]] = {
        State.PLANNED: (State.BUILDING, State.FAILED),
        State.BUILDING: (State.BUILT, State.FAILED),
        State.BUILT: (State.TESTING, State.FAILED, State.SHORTED),
        State.TESTING: (State.FINISHED, State.FAILED, State.SHORTED),
        State.FINISHED: (State.TESTING,),
        State.FAILED: (),
        State.SHORTED: (),
    }

    condition = models.ForeignKey(Condition, on_delete=models.PROTECT, related_name="cells")
    edition = models.ForeignKey(CellDesignEdition, on_delete=models.PROTECT, related_name="cells")
    die = models.ForeignKey(
        Equipment, on_delete=models.PROTECT, related_name="+", limit_choices_to={"kind": "die"}
    )
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED, editable=False)
    open_circuit_voltage_v = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(-1), MaxValueValidator(6)]
    )
    resistance_1khz_ohm = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])

    objects = CellQuerySet.as_manager()  # type: ignore[misc]  # narrower than Record's

    class Meta(Record.Meta):
        pass

    @property
    def study(self) -> Study:
        return self.condition.study

    @property
    def group(self) -> str:
        """Return the condition's name; the API calls it group."""
        return self.condition.name

    def next_press(self) -> DesignPress | None:
        """Return the first step of the design's press schedule whose layer is not in the cell yet, or None."""
        pressed = set(self.layers.values_list("role", flat=True))
        return next((s for s in self.edition.press_schedule.all() if s.role not in pressed), None)


class LayerQuerySet(models.QuerySet["Layer"]):
    """Questions about layers."""

    def with_mass(self) -> LayerQuerySet:
        """Add ``dispensed_ug`` and ``mass_ug``: what went in is what was dispensed less what was lost."""
        dispensed = -1 * Coalesce(Sum("use__entries__change_ug"), Value(0), output_field=BigIntegerField())
        return self.annotate(dispensed_ug=dispensed, mass_ug=F("dispensed_ug") - F("lost_ug"))


class Layer(models.Model):
    """A powder pressed into a cell."""

    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="layers")
    role = models.CharField(max_length=10, choices=LayerRole)
    use = models.OneToOneField(Use, on_delete=models.PROTECT, related_name="layer")
    lost_ug = models.BigIntegerField(default=0, validators=[MinValueValidator(0)])
    thickness_um = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0.1)])

    objects = LayerQuerySet.as_manager()

    # There after with_mass().
    dispensed_ug: int
    mass_ug: int

    class Meta:
        ordering = ["cell", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_layer_per_role",
                fields=["cell", "role"],
                violation_error_message="This layer has been pressed into the cell already.",
            ),
            models.CheckConstraint(
                name="loss_not_below_zero",
                condition=Q(lost_ug__gte=0),
                violation_error_message="What was lost is not below 0.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} of {self.cell_id}"

    @property
    def record(self) -> Cell:
        """Return the record that this row belongs to."""
        return self.cell


class PressStep(models.Model):
    """One press: what, how hard, how long. Fabrication pressure, not the stack pressure of a test."""

    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="press_steps")
    number = models.PositiveSmallIntegerField()
    presses = models.CharField(max_length=80)
    pressure_mpa = models.FloatField(validators=[MinValueValidator(0.1), MaxValueValidator(2000)])
    hold_s = models.FloatField(validators=[MinValueValidator(0)])
    performed_at = models.DateTimeField(default=timezone.now)
    performed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["cell", "number"]
        constraints = [models.UniqueConstraint(name="press_step_number", fields=["cell", "number"])]

    def __str__(self) -> str:
        return f"{self.pressure_mpa:g} MPa for {self.hold_s:g} s"

    def clean(self) -> None:
        super().clean()
        judge_moment(self.performed_at)


class Deviation(models.Model):
    """That something was not as meant, in BattINFO's words."""

    class Category(models.TextChoices):
        POWER_OUTAGE = "power_outage", "Power outage"
        EQUIPMENT_FAILURE = "equipment_failure", "Equipment failure"
        TEMPERATURE_EXCURSION = "temperature_excursion", "Temperature excursion"
        OPERATOR_INTERVENTION = "operator_intervention", "Operator intervention"
        OUT_OF_TOLERANCE = "out_of_tolerance", "Out of tolerance"
        DIMENSIONAL = "dimensional", "Dimensional"
        OTHER = "other", "Other"

    class Impact(models.TextChoices):
        MINOR = "minor", "Minor"
        MODERATE = "moderate", "Moderate"
        MAJOR = "major", "Major"

    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="deviations")
    category = models.CharField(max_length=24, choices=Category)
    impact = models.CharField(max_length=8, choices=Impact)
    text = models.CharField(max_length=1000)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        return self.text[:60]
