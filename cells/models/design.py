"""Designs: how a cell is meant, in editions that never change once written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from lims.models import Record
from materials.models import Equipment

if TYPE_CHECKING:
    from cells.models.stack import DesignLayer


class LayerRole(models.TextChoices):
    """What a layer is in the stack. In a half cell the positive is the working electrode, the negative its counter."""

    POSITIVE = "positive", "Positive composite"
    SEPARATOR = "separator", "SE separator"
    NEGATIVE = "negative", "Negative composite"
    # Of an In/InLi counter electrode: the second foil, which alloys with the first.
    ALLOYING = "alloying", "Alloying foil"


class Architecture(models.TextChoices):
    """What faces what."""

    FULL_CELL = "full_cell", "Full cell"
    HALF_CELL = "half_cell", "Half cell"
    SYMMETRIC = "symmetric", "Symmetric cell"
    BLOCKING = "blocking", "Blocking cell"


class NpBasis(models.TextChoices):
    """Which capacity of the positive electrode N/P is stated against."""

    REVERSIBLE = "reversible", "Reversible"
    FIRST_CHARGE = "first_charge", "First charge"
    THEORETICAL = "theoretical", "Theoretical"


class CellDesign(Record):
    """A way to build a cell; what it says stands in its editions."""

    CODE_PREFIX = "DSN"
    name = models.CharField(max_length=120)

    class Meta(Record.Meta):
        pass

    @property
    def title(self) -> str:
        return self.name


class CellDesignEdition(models.Model):
    """One edition of a design: architecture, die, limits, N/P and its basis, conditions of the test.

    What lies in the stack stands in its `layers`, how it is pressed in its `press_schedule`, and what a cell should
    show once it is assembled in its `limits`.
    """

    # What a full cell must state and others may leave out.
    OF_A_FULL_CELL = (
        "upper_cut_off_v_vs_li", "lower_cut_off_v_vs_li", "reference_offset_v", "np_target",
    )  # fmt: skip

    design = models.ForeignKey(CellDesign, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveSmallIntegerField()
    reason = models.CharField(
        max_length=500, blank=True, help_text="Why it was written; empty for the first edition."
    )
    architecture = models.CharField(max_length=10, choices=Architecture, default=Architecture.FULL_CELL)
    die = models.ForeignKey(
        Equipment, on_delete=models.PROTECT, related_name="+", limit_choices_to={"kind": "die"}
    )
    balance = models.ForeignKey(
        Equipment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        limit_choices_to={"kind": "balance"},
        help_text="What the layers are to be weighed on: the targets get their uncertainty from it.",
    )
    upper_cut_off_v_vs_li = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0), MaxValueValidator(6)]
    )
    lower_cut_off_v_vs_li = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0), MaxValueValidator(6)]
    )
    reference_offset_v = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(-1), MaxValueValidator(6)],
        help_text="Nominal potential of the counter electrode against Li/Li+: LTO 1.55, Li 0, In/InLi 0.62.",
    )
    reference_offset_source = models.CharField(max_length=200, blank=True)
    np_target = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0.1), MaxValueValidator(20)]
    )
    np_basis = models.CharField(max_length=12, choices=NpBasis, blank=True, default="")
    coating_counted_as_active = models.BooleanField(
        help_text="Yes: the coating's mass stays in the active mass. No: it is taken out, where it is known."
    )
    stack_pressure_mpa = models.FloatField(validators=[MinValueValidator(0), MaxValueValidator(2000)])
    temperature_c = models.FloatField(validators=[MinValueValidator(-100), MaxValueValidator(1000)])

    class Meta:
        ordering = ["design", "-number"]
        constraints = [
            models.UniqueConstraint(name="one_design_edition_each", fields=["design", "number"]),
            models.CheckConstraint(
                name="cut_offs_in_order",
                condition=Q(upper_cut_off_v_vs_li=None)
                | Q(lower_cut_off_v_vs_li=None)
                | Q(upper_cut_off_v_vs_li__gt=F("lower_cut_off_v_vs_li")),
                violation_error_message="The upper cut-off lies above the lower one.",
            ),
            models.CheckConstraint(
                name="a_target_has_its_basis",
                condition=Q(np_target=None, np_basis="") | Q(np_target__isnull=False) & ~Q(np_basis=""),
                violation_error_message="An N/P target needs its basis (reversible, first charge or theoretical), "
                "and a basis its target.",
            ),
            models.CheckConstraint(
                name="a_full_cell_has_its_target",
                condition=~Q(architecture="full_cell") | Q(np_target__isnull=False),
                violation_error_message="A full cell needs an N/P target with its basis.",
            ),
            models.CheckConstraint(
                name="a_cycled_cell_has_cut_offs",
                condition=~Q(architecture__in=["full_cell", "half_cell"])
                | Q(
                    upper_cut_off_v_vs_li__isnull=False,
                    lower_cut_off_v_vs_li__isnull=False,
                    reference_offset_v__isnull=False,
                ),
                violation_error_message="A full cell and a half cell need both cut-offs against Li/Li+ and the "
                "potential of the counter electrode, which turns them into voltages of the cell.",
            ),
            models.CheckConstraint(
                name="an_offset_has_its_source",
                condition=Q(reference_offset_v=None) | ~Q(reference_offset_source=""),
                violation_error_message="The potential of the counter electrode needs its source.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.design.code} edition {self.number}"

    @property
    def record(self) -> CellDesign:
        return self.design

    @property
    def upper_cell_voltage_v(self) -> float | None:
        """Return the upper limit as the cycler sees it."""
        return self._at_the_cell(self.upper_cut_off_v_vs_li)

    @property
    def lower_cell_voltage_v(self) -> float | None:
        """Return the lower limit as the cycler sees it."""
        return self._at_the_cell(self.lower_cut_off_v_vs_li)

    def _at_the_cell(self, potential_v_vs_li: float | None) -> float | None:
        if potential_v_vs_li is None or self.reference_offset_v is None:
            return None
        return round(potential_v_vs_li - self.reference_offset_v, 6)

    def layer(self, role: str) -> DesignLayer | None:
        """Return what the design puts in this place of the stack, or None."""
        return next((layer for layer in self.layers.all() if layer.role == role), None)

    def roles(self) -> list[str]:
        """Return the places of the stack that a cell by this edition fills, from the negative side up."""
        return [layer.role for layer in self.layers.all()]

    def target_mass_ug(self, role: str) -> int:
        """Return what to weigh of a powder layer; a foil is counted, and asking for its mass is a bug."""
        layer = self.layer(role)
        if layer is None or layer.mass_ug is None:
            raise ValueError(f"{self} weighs nothing as its {LayerRole(role).label.lower()}.")
        return layer.mass_ug
