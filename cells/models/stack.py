"""What an edition of a design stacks, presses and expects: layers, press schedule, limits after assembly."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from cells.models.design import CellDesign, CellDesignEdition, LayerRole
from lims.units import mass_text
from materials.models import CountUnit, FormulationEdition, Material
from materials.models.counted import count_text

POSITIVE_NUMBER = [MinValueValidator(0.000001)]
# What a foil is counted in when it is drawn into a cell.
FOIL_UNITS = (CountUnit.DISC, CountUnit.CM2)


class DesignLayer(models.Model):
    """One layer of a design: a powder with its target mass, or a foil with its discs or area.

    Capacities, fractions and densities are pinned: a later change of a data sheet does not silently change cells that
    were designed before. Fractions in capacity are of the active material, not of the composite.
    """

    class Kind(models.TextChoices):
        POWDER = "powder", "Powder"
        FOIL = "foil", "Foil"

    class TargetFrom(models.TextChoices):
        MASS = "mass", "A mass"
        AREAL_CAPACITY = "areal_capacity", "A capacity per area"
        NP = "np", "The N/P target"

    edition = models.ForeignKey(CellDesignEdition, on_delete=models.PROTECT, related_name="layers")
    order = models.PositiveSmallIntegerField(help_text="From the negative side up.")
    role = models.CharField(max_length=10, choices=LayerRole)
    kind = models.CharField(max_length=6, choices=Kind, default=Kind.POWDER)
    material = models.ForeignKey(
        Material,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The active material of an electrode, the electrolyte of a separator, or what a foil is.",
    )
    formulation = models.ForeignKey(
        FormulationEdition,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="What a composite is meant to be mixed of.",
    )
    active_fraction = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0.0001), MaxValueValidator(1)],
        help_text="Of the composite as it is meant; a cell takes the fraction of the mix that it was pressed from.",
    )
    target_from = models.CharField(max_length=14, choices=TargetFrom, default=TargetFrom.MASS)
    areal_capacity_mah_cm2 = models.FloatField(
        "areal capacity, target", null=True, blank=True, validators=POSITIVE_NUMBER
    )
    mass_ug = models.BigIntegerField("target mass", null=True, blank=True, validators=[MinValueValidator(1)])
    specific_capacity_mah_g = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0.1), MaxValueValidator(5000)]
    )
    capacity_reference = models.CharField(max_length=200, blank=True)
    first_charge_capacity_mah_g = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0.1), MaxValueValidator(5000)]
    )
    initial_coulombic_efficiency_fraction = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0.01), MaxValueValidator(1)]
    )
    theoretical_capacity_mah_g = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0.1), MaxValueValidator(5000)]
    )
    density_g_cm3 = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0.01), MaxValueValidator(25)],
        help_text="Without pores.",
    )
    density_source = models.CharField(max_length=300, blank=True)
    thickness_um = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0.1), MaxValueValidator(20_000)]
    )
    diameter_mm = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0.5), MaxValueValidator(200)]
    )
    counted_in = models.CharField(max_length=6, choices=CountUnit, blank=True, default="")
    count_milli = models.BigIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])

    class Meta:
        ordering = ["edition", "order"]
        constraints = [
            models.UniqueConstraint(
                name="one_design_layer_per_role",
                fields=["edition", "role"],
                violation_error_message="The stack has a layer in this place already.",
            ),
            models.UniqueConstraint(name="design_layer_order", fields=["edition", "order"]),
            models.CheckConstraint(
                name="a_powder_is_weighed_and_a_foil_counted",
                condition=Q(kind="powder", mass_ug__isnull=False, count_milli=None, counted_in="")
                | Q(
                    kind="foil",
                    mass_ug=None,
                    count_milli__isnull=False,
                    counted_in__in=FOIL_UNITS,
                    thickness_um__isnull=False,
                ),
                violation_error_message="A powder layer has a target mass; a foil has a thickness and a number of "
                "discs or cm².",
            ),
            models.CheckConstraint(
                name="a_separator_is_a_powder",
                condition=~Q(role="separator") | Q(kind="powder"),
                violation_error_message="The separator is pressed from powder.",
            ),
            models.CheckConstraint(
                name="an_alloying_layer_is_a_foil",
                condition=~Q(role="alloying") | Q(kind="foil"),
                violation_error_message="What alloys with a foil is a foil.",
            ),
            models.CheckConstraint(
                name="a_target_per_area_says_how_much",
                condition=~Q(target_from="areal_capacity") | Q(areal_capacity_mah_cm2__isnull=False),
                violation_error_message="A target per area needs its mAh/cm².",
            ),
            models.CheckConstraint(
                name="only_the_negative_follows_from_n_to_p",
                condition=~Q(target_from="np") | Q(role="negative", kind="powder"),
                violation_error_message="Only a weighed negative electrode can follow from the N/P target.",
            ),
            models.CheckConstraint(
                name="a_pinned_capacity_has_its_reference",
                condition=Q(specific_capacity_mah_g=None) | ~Q(capacity_reference=""),
                violation_error_message="A specific capacity needs its reference.",
            ),
            models.CheckConstraint(
                name="a_pinned_density_has_its_source",
                condition=Q(density_g_cm3=None) | ~Q(density_source=""),
                violation_error_message="A density needs its source.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.target_text()}"

    @property
    def record(self) -> CellDesign:
        return self.edition.design

    @property
    def is_foil(self) -> bool:
        return self.kind == self.Kind.FOIL

    @property
    def label(self) -> str:
        """Return what people call the layer: its place where it is a powder, its material where it is a foil."""
        return self.material.name if self.is_foil else str(LayerRole(self.role).label)

    def target_text(self) -> str:
        """Return what goes in: a mass, or discs or area of a foil."""
        if self.mass_ug is not None:
            return mass_text(self.mass_ug)
        return count_text(self.count_milli or 0, self.counted_in)


class DesignPress(models.Model):
    """A step of the press schedule: what goes in, and how what lies in the die is pressed.

    A step without a layer presses again; one without a pressure lays something in that a later step presses.
    """

    edition = models.ForeignKey(CellDesignEdition, on_delete=models.PROTECT, related_name="press_schedule")
    order = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=10, choices=LayerRole, blank=True, default="")
    pressure_mpa = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0.1), MaxValueValidator(2000)]
    )
    hold_s = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0), MaxValueValidator(1e6)]
    )

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(name="press_schedule_order", fields=["edition", "order"]),
            models.UniqueConstraint(
                name="each_layer_pressed_in_once", fields=["edition", "role"], condition=~Q(role="")
            ),
            models.CheckConstraint(
                name="a_press_has_pressure_and_hold",
                condition=Q(pressure_mpa=None, hold_s=None)
                | Q(pressure_mpa__isnull=False, hold_s__isnull=False),
                violation_error_message="A press has a pressure and how long it is held.",
            ),
            models.CheckConstraint(
                name="a_step_does_something",
                condition=~Q(role="") | Q(pressure_mpa__isnull=False),
                violation_error_message="A step lays something in, presses, or both.",
            ),
        ]

    def __str__(self) -> str:
        goes_in = self.get_role_display() if self.role else "Press again"
        if self.pressure_mpa is None or self.hold_s is None:
            return f"{goes_in}: laid in"
        return f"{goes_in}: {self.pressure_mpa:g} MPa, {self.hold_s:g} s"

    @property
    def record(self) -> CellDesign:
        return self.edition.design

    def presses_text(self) -> str:
        """Return what lies in the die when this step presses; empty where it does not press."""
        if self.pressure_mpa is None:
            return ""
        stacked = {layer.role: layer.label for layer in self.edition.layers.all()}
        before = [step.role for step in self.edition.press_schedule.all() if step.order <= self.order]
        inside = [role for role in before if role]
        if set(inside) >= set(stacked):
            return "whole stack"
        return " + ".join(stacked.get(role, role) for role in inside)


class AssemblyLimit(models.Model):
    """What a cell of this design shows at one temperature once it is assembled, if all is well.

    Limits raise a suspicion and refuse nothing: as-built LTO cells can read far below 1.5 V and be healthy.
    """

    edition = models.ForeignKey(CellDesignEdition, on_delete=models.PROTECT, related_name="limits")
    temperature_c = models.FloatField(validators=[MinValueValidator(-100), MaxValueValidator(1000)])
    ocv_low_v = models.FloatField("OCV, lowest", null=True, blank=True)
    ocv_high_v = models.FloatField("OCV, highest", null=True, blank=True)
    resistance_1khz_low_ohm = models.FloatField(
        "resistance at 1 kHz, lowest", null=True, blank=True, validators=[MinValueValidator(0)]
    )
    resistance_1khz_high_ohm = models.FloatField(
        "resistance at 1 kHz, highest", null=True, blank=True, validators=[MinValueValidator(0)]
    )
    source = models.CharField(max_length=300, help_text="Where the limits come from.")

    class Meta:
        ordering = ["edition", "temperature_c"]
        constraints = [
            models.UniqueConstraint(
                name="limits_once_per_temperature",
                fields=["edition", "temperature_c"],
                violation_error_message="This design has limits for this temperature already.",
            ),
            models.CheckConstraint(
                name="assembly_limits_in_order",
                condition=(Q(ocv_low_v=None) | Q(ocv_high_v=None) | Q(ocv_high_v__gt=F("ocv_low_v")))
                & (
                    Q(resistance_1khz_low_ohm=None)
                    | Q(resistance_1khz_high_ohm=None)
                    | Q(resistance_1khz_high_ohm__gt=F("resistance_1khz_low_ohm"))
                ),
                violation_error_message="The upper limit lies above the lower one.",
            ),
            models.CheckConstraint(
                name="assembly_limits_something",
                condition=Q(ocv_low_v__isnull=False)
                | Q(ocv_high_v__isnull=False)
                | Q(resistance_1khz_low_ohm__isnull=False)
                | Q(resistance_1khz_high_ohm__isnull=False),
                violation_error_message="A limit limits the voltage, the resistance or both.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.edition} at {self.temperature_c:g} °C"

    @property
    def record(self) -> CellDesign:
        return self.edition.design
