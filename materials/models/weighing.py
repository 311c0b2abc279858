"""A weighing under way: what is to be weighed, and what the balance showed, kept as it happens."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from lims.models import Record, User
from materials.models.equipment import Equipment
from materials.models.powder import Powder
from materials.models.recipe import FormulationEdition, FormulationPart


class WeighingSheet(Record):
    """A planned mixture: a row for each powder to weigh, filled at the balance, then mixed."""

    CODE_PREFIX = "WSH"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        MIXED = "mixed", "Mixed"
        DROPPED = "dropped", "Dropped"

    edition = models.ForeignKey(FormulationEdition, on_delete=models.PROTECT, related_name="sheets")
    state = models.CharField(max_length=8, choices=State, default=State.OPEN, editable=False)
    name = models.CharField(max_length=120, blank=True)
    total_ug = models.BigIntegerField(
        "total", validators=[MinValueValidator(1)], help_text="What all of it weighs together."
    )
    planned_for = models.CharField(
        max_length=120, blank=True, help_text="How the total came about: 24 pellets of 8.1 mg."
    )
    balance = models.ForeignKey(
        Equipment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        limit_choices_to={"kind": "balance"},
    )
    batch = models.OneToOneField(
        Powder, null=True, blank=True, on_delete=models.PROTECT, related_name="weighing_sheet", editable=False
    )

    class Meta(Record.Meta):
        constraints = [
            models.CheckConstraint(
                name="mixed_sheet_has_its_batch",
                condition=Q(state="mixed", batch__isnull=False) | ~Q(state="mixed") & Q(batch=None),
                violation_error_message="A sheet is mixed when there is a batch of it.",
            ),
        ]

    @property
    def title(self) -> str:
        return self.name or self.edition.formulation.name


class WeighingRow(models.Model):
    """One powder to weigh: for a part of the formulation, or a premix of several."""

    sheet = models.ForeignKey(WeighingSheet, on_delete=models.PROTECT, related_name="rows")
    order = models.PositiveSmallIntegerField()
    part = models.ForeignKey(
        FormulationPart, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    powder = models.ForeignKey(
        Powder,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="What was scanned; empty until then, unless the plan chose it.",
    )
    target_ug = models.BigIntegerField(validators=[MinValueValidator(1)])
    tolerance_ug = models.BigIntegerField(null=True, blank=True, validators=[MinValueValidator(0)])
    boat_full_ug = models.BigIntegerField(null=True, blank=True, validators=[MinValueValidator(0)])
    boat_after_ug = models.BigIntegerField(null=True, blank=True, validators=[MinValueValidator(0)])
    mass_ug = models.BigIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    reading = models.CharField(max_length=120, blank=True, help_text="What the balance sent, as it sent it.")
    weighed_at = models.DateTimeField(null=True, blank=True)
    weighed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["sheet", "order"]
        constraints = [
            models.UniqueConstraint(name="weighing_row_order", fields=["sheet", "order"]),
            models.CheckConstraint(
                name="boat_is_lighter_after",
                condition=Q(boat_after_ug=None)
                | Q(boat_full_ug__isnull=False, boat_full_ug__gt=models.F("boat_after_ug")),
                violation_error_message="The boat must weigh less after it was emptied than before.",
            ),
            models.CheckConstraint(
                name="weighed_row_says_what_and_who",
                condition=Q(mass_ug=None)
                | Q(powder__isnull=False, weighed_at__isnull=False, weighed_by__isnull=False),
                violation_error_message="A weighed row says what was weighed, when and by whom.",
            ),
        ]

    def __str__(self) -> str:
        return f"row {self.order} of {self.sheet_id}"

    @property
    def record(self) -> WeighingSheet:
        """Return the record that this row belongs to."""
        return self.sheet
