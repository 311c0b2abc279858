"""Designs: how a cell is meant, in editions that never change once written."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from lims.models import Record
from materials.models import Equipment, Material


class LayerRole(models.TextChoices):
    """What a layer is in the stack."""

    POSITIVE = "positive", "Positive composite"
    SEPARATOR = "separator", "SE separator"
    NEGATIVE = "negative", "Negative composite"


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
    """One edition of a full-cell design: materials, capacities, masses, limits, N/P and its basis."""

    design = models.ForeignKey(CellDesign, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveSmallIntegerField()
    die = models.ForeignKey(
        Equipment, on_delete=models.PROTECT, related_name="+", limit_choices_to={"kind": "die"}
    )
    positive_material = models.ForeignKey(Material, on_delete=models.PROTECT, related_name="+")
    negative_material = models.ForeignKey(Material, on_delete=models.PROTECT, related_name="+")
    separator_material = models.ForeignKey(Material, on_delete=models.PROTECT, related_name="+")
    # Pinned: a later change of the material's capacity does not silently change cells that were designed before.
    positive_specific_capacity_mah_g = models.FloatField(validators=[MinValueValidator(0.1)])
    negative_specific_capacity_mah_g = models.FloatField(validators=[MinValueValidator(0.1)])
    capacity_reference = models.CharField(max_length=200)
    upper_cut_off_v_vs_li = models.FloatField(validators=[MinValueValidator(0), MaxValueValidator(6)])
    lower_cut_off_v_vs_li = models.FloatField(validators=[MinValueValidator(0), MaxValueValidator(6)])
    reference_offset_v = models.FloatField(
        help_text="Nominal potential of the counter electrode against Li/Li+."
    )
    reference_offset_source = models.CharField(max_length=200)
    np_target = models.FloatField(validators=[MinValueValidator(0.1), MaxValueValidator(20)])
    np_basis = models.CharField(max_length=12, choices=NpBasis)
    coating_counted_as_active = models.BooleanField(
        help_text="Yes: the coating's mass stays in the active mass. No: it is taken out, where it is known."
    )
    separator_mass_ug = models.BigIntegerField(validators=[MinValueValidator(1)])
    positive_mass_ug = models.BigIntegerField(validators=[MinValueValidator(1)])
    negative_mass_ug = models.BigIntegerField(validators=[MinValueValidator(1)])
    stack_pressure_mpa = models.FloatField(validators=[MinValueValidator(0)])
    temperature_c = models.FloatField()

    class Meta:
        ordering = ["design", "-number"]
        constraints = [
            models.UniqueConstraint(name="one_design_edition_each", fields=["design", "number"]),
            models.CheckConstraint(
                name="cut_offs_in_order",
                condition=Q(upper_cut_off_v_vs_li__gt=F("lower_cut_off_v_vs_li")),
                violation_error_message="The upper cut-off lies above the lower one.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.design.code} edition {self.number}"

    @property
    def record(self) -> CellDesign:
        return self.design

    @property
    def upper_cell_voltage_v(self) -> float:
        return round(self.upper_cut_off_v_vs_li - self.reference_offset_v, 6)

    @property
    def lower_cell_voltage_v(self) -> float:
        return round(self.lower_cut_off_v_vs_li - self.reference_offset_v, 6)

    def target_mass_ug(self, role: str) -> int:
        return {
            LayerRole.POSITIVE: self.positive_mass_ug,
            LayerRole.SEPARATOR: self.separator_mass_ug,
            LayerRole.NEGATIVE: self.negative_mass_ug,
        }[LayerRole(role)]


class DesignPress(models.Model):
    """A step of the press schedule: which layer goes in, and how it is pressed."""

    edition = models.ForeignKey(CellDesignEdition, on_delete=models.PROTECT, related_name="press_schedule")
    order = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=10, choices=LayerRole)
    pressure_mpa = models.FloatField(validators=[MinValueValidator(0.1), MaxValueValidator(2000)])
    hold_s = models.FloatField(validators=[MinValueValidator(0)])

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(name="press_schedule_order", fields=["edition", "order"]),
            models.UniqueConstraint(name="each_layer_pressed_in_once", fields=["edition", "role"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.pressure_mpa:g} MPa, {self.hold_s:g} s"
