"""What was done and measured while a cell was built: layers, presses, plunger heights, deviations."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import BigIntegerField, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from cells.models.cell import Cell
from cells.models.design import LayerRole
from lims.models import User
from lims.models.records import judge_moment
from materials.models import CountEntry, Equipment, GloveboxReading, MassEntry, Use


class DoneOnCell(models.Model):
    """Something done on a cell: when and by whom, and when and by whom that was written down."""

    performed_at = models.DateTimeField(default=timezone.now)
    performed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    # Empty where it was entered before this was kept: such an entry is old, whatever is asked of it.
    recorded_at = models.DateTimeField(auto_now_add=True, null=True)
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        judge_moment(self.performed_at)

    @property
    def record(self) -> Cell:
        """Return the record that this row belongs to."""
        cell: Cell = self.cell  # type: ignore[attr-defined]  # each kind of row has one
        return cell


class LayerQuerySet(models.QuerySet["Layer"]):
    """Questions about layers."""

    def with_mass(self) -> LayerQuerySet:
        """Add ``dispensed_ug``, ``mass_ug`` and ``count_milli``.

        What went in of a powder is what was dispensed less what was lost; of a foil, discs or area in thousandths.
        """
        # A question for each: joined together, the entries of one kind would multiply those of the other.
        mine = {"use": OuterRef("use")}
        mass = MassEntry.objects.filter(**mine).order_by().values("use").values_list(Sum("change_ug"))
        count = CountEntry.objects.filter(**mine).order_by().values("use").values_list(Sum("change_milli"))
        number = BigIntegerField()
        return self.annotate(
            dispensed_ug=-1 * Coalesce(Subquery(mass), Value(0), output_field=number),
            count_milli=-1 * Coalesce(Subquery(count), Value(0), output_field=number),
            mass_ug=F("dispensed_ug") - F("lost_ug"),
        )


class Layer(DoneOnCell):
    """A powder pressed into a cell, or a foil laid into it: the use says which lot, and how much of it."""

    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="layers")
    role = models.CharField(max_length=10, choices=LayerRole)
    use = models.OneToOneField(Use, on_delete=models.PROTECT, related_name="layer")
    lost_ug = models.BigIntegerField(default=0, validators=[MinValueValidator(0)])
    boat_full_ug = models.BigIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    boat_after_ug = models.BigIntegerField(null=True, blank=True, validators=[MinValueValidator(0)])
    reading = models.CharField(max_length=120, blank=True, help_text="What the balance sent, as it sent it.")
    thickness_um = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0.1)],
        help_text="Measured on the pellet itself; plunger heights give it too.",
    )  # fmt: skip
    thickness_uncertainty_um = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0)], help_text="Standard uncertainty (k = 1)."
    )
    glovebox_reading = models.ForeignKey(
        GloveboxReading, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        help_text="The last reading of the glovebox when it was pressed.",
    )  # fmt: skip

    objects = LayerQuerySet.as_manager()

    # There after with_mass().
    dispensed_ug: int
    mass_ug: int
    count_milli: int

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
            models.CheckConstraint(
                name="boat_is_lighter_once_emptied",
                condition=Q(boat_full_ug=None, boat_after_ug=None)
                | Q(boat_full_ug__isnull=False, boat_after_ug__isnull=False, boat_full_ug__gt=F("boat_after_ug")),
                violation_error_message="The boat weighs less after it was emptied than before, and both are given.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_role_display()} of {self.cell_id}"


class PressStep(DoneOnCell):
    """One press: what, how hard, how long. Fabrication pressure, not the stack pressure of a test.

    One of the three units was typed; the others follow from die and ram. ``pressure_mpa`` stood when the hold began.
    """

    class Unit(models.TextChoices):
        MPA = "MPa", "MPa"
        TONNES = "t", "t"
        BAR = "bar", "bar"

    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="press_steps")
    number = models.PositiveSmallIntegerField()
    role = models.CharField(
        max_length=10,
        choices=LayerRole,
        blank=True,
        help_text="The layer that went in; empty: pressed once more.",
    )
    presses = models.CharField(max_length=80)
    entered_unit = models.CharField(max_length=3, choices=Unit, default=Unit.MPA)
    pressure_mpa = models.FloatField(validators=[MinValueValidator(0.1), MaxValueValidator(2000)])
    pressure_end_mpa = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0), MaxValueValidator(2000)]
    )
    hold_s = models.FloatField(validators=[MinValueValidator(0)])
    hold_started_at = models.DateTimeField(null=True, blank=True)
    hold_ended_at = models.DateTimeField(null=True, blank=True)
    press = models.ForeignKey(
        Equipment, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        limit_choices_to={"kind": "press"},
    )  # fmt: skip

    class Meta:
        ordering = ["cell", "number"]
        constraints = [
            models.UniqueConstraint(name="press_step_number", fields=["cell", "number"]),
            models.CheckConstraint(
                name="hold_ends_after_it_began",
                condition=Q(hold_ended_at=None)
                | Q(hold_started_at__isnull=False, hold_ended_at__gte=F("hold_started_at")),
                violation_error_message="A hold ends after it began.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pressure_mpa:g} MPa for {self.hold_s:g} s"


class PlungerHeight(DoneOnCell):
    """The height of the plungers in the die, empty or upon the layers that are in it by then."""

    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="heights")
    after = models.CharField(
        max_length=10, choices=LayerRole, blank=True,
        help_text="The layer that was pressed in last; empty: the die without a pellet.",
    )  # fmt: skip
    loaded = models.BooleanField(help_text="Measured under the press's load, or after it was taken off.")
    height_mm = models.FloatField(validators=[MinValueValidator(0.01), MaxValueValidator(1000)])
    uncertainty_um = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0)],
        help_text="Standard uncertainty (k = 1) of one reading.",
    )  # fmt: skip

    class Meta:
        ordering = ["cell", "pk"]

    def __str__(self) -> str:
        return f"{self.height_mm:g} mm"


class Deviation(models.Model):
    """That something was not as meant, in BattINFO's words."""

    class Category(models.TextChoices):
        POWER_OUTAGE = "power_outage", "Power outage"
        EQUIPMENT_FAILURE = "equipment_failure", "Equipment failure"
        TEMPERATURE_EXCURSION = "temperature_excursion", "Temperature excursion"
        SOFTWARE_ERROR = "software_error", "Software error"
        OPERATOR_INTERVENTION = "operator_intervention", "Operator intervention"
        PREMATURE_TERMINATION = "premature_termination", "Premature termination"
        COMMUNICATION_LOSS = "communication_loss", "Communication loss"
        PARAMETER_DRIFT = "parameter_drift", "Parameter drift"
        SETPOINT_DEVIATION = "setpoint_deviation", "Setpoint deviation"
        CALIBRATION_ISSUE = "calibration_issue", "Calibration issue"
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

    def clean(self) -> None:
        super().clean()
        judge_moment(self.at)
