"""What a powder is made of, in the sense of a data sheet."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from lims.models import Record


class Supplier(Record):
    """Who sells it."""

    CODE_PREFIX = "SUP"
    name = models.CharField(max_length=120, unique=True)
    website = models.URLField(blank=True)

    class Meta(Record.Meta):
        pass

    @property
    def title(self) -> str:
        return self.name


class Material(Record):
    """A substance: formula, role, density and its source, potential and specific capacities."""

    CODE_PREFIX = "MAT"

    class Role(models.TextChoices):
        POSITIVE_ACTIVE = "positive_active", "Positive active material"
        NEGATIVE_ACTIVE = "negative_active", "Negative active material"
        ELECTROLYTE = "electrolyte", "Solid electrolyte"
        BINDER = "binder", "Binder"
        CARBON = "carbon", "Conductive additive"
        COATING = "coating", "Coating"
        PRECURSOR = "precursor", "Precursor"

    name = models.CharField(max_length=120, unique=True)
    formula = models.CharField(max_length=80, blank=True)
    role = models.CharField(max_length=16, choices=Role)
    density_g_cm3 = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0.01), MaxValueValidator(25)]
    )
    density_source = models.CharField(max_length=200, blank=True)
    potential_v_vs_li = models.FloatField(
        null=True, blank=True, help_text="Nominal potential against Li/Li+, in V."
    )

    class Meta(Record.Meta):
        constraints = [
            models.CheckConstraint(
                name="density_has_a_source",
                condition=Q(density_g_cm3=None) | ~Q(density_source=""),
                violation_error_message="A density needs its source: a data sheet, a paper, a measurement.",
            ),
        ]

    @property
    def title(self) -> str:
        return self.name


class MaterialCapacity(models.Model):
    """The specific capacity of an active material, up to one cut-off."""

    material = models.ForeignKey(Material, on_delete=models.PROTECT, related_name="capacities")
    upper_cut_off_v = models.FloatField(
        null=True, blank=True, help_text="V vs Li/Li+; empty where the capacity does not depend on a cut-off."
    )
    specific_capacity_mah_g = models.FloatField(validators=[MinValueValidator(0.1), MaxValueValidator(5000)])
    reference = models.CharField(max_length=200, help_text="Where the number comes from.")

    class Meta:
        ordering = ["upper_cut_off_v"]
        constraints = [
            models.UniqueConstraint(
                name="one_capacity_per_cut_off",
                fields=["material", "upper_cut_off_v"],
                violation_error_message="This material has a capacity for this cut-off already.",
            ),
            models.UniqueConstraint(
                name="one_capacity_without_cut_off",
                fields=["material"],
                condition=Q(upper_cut_off_v=None),
                violation_error_message="This material has a capacity without a cut-off already.",
            ),
        ]

    def __str__(self) -> str:
        cut_off = f" to {self.upper_cut_off_v:g} V" if self.upper_cut_off_v is not None else ""
        return f"{self.specific_capacity_mah_g:g} mAh/g{cut_off}"
