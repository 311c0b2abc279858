"""What was measured on a powder, and what its material must keep to."""

from __future__ import annotations

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from lims.models import User
from materials.models.equipment import Equipment
from materials.models.material import Material
from materials.models.powder import Powder


class Quantity(models.TextChoices):
    """What is measured of a powder; the unit belongs to it."""

    MOISTURE = "moisture_ppm", "Moisture"
    D10 = "d10_um", "Particle size D10"
    D50 = "d50_um", "Particle size D50"
    D90 = "d90_um", "Particle size D90"
    CONDUCTIVITY = "ionic_conductivity_ms_cm", "Ionic conductivity"
    SURFACE = "surface_area_m2_g", "Specific surface area (BET)"
    ELEMENT = "element_mass_fraction", "Element's mass fraction (ICP)"
    PURITY = "purity_fraction", "Purity"
    TAP_DENSITY = "tap_density_g_cm3", "Tap density"


ELEMENT_SYMBOL = RegexValidator(r"^[A-Z][a-z]?$", "An element is its symbol, such as Nb.")


def _element_is_named(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=name,
        condition=Q(quantity="element_mass_fraction") & ~Q(element="")
        | ~Q(quantity="element_mass_fraction") & Q(element=""),
        violation_error_message="An element's mass fraction names its element; nothing else does.",
    )


class MaterialLimit(models.Model):
    """What results of a material must keep to, and where the limit comes from."""

    material = models.ForeignKey(Material, on_delete=models.PROTECT, related_name="limits")
    quantity = models.CharField(max_length=26, choices=Quantity)
    element = models.CharField(max_length=2, blank=True, validators=[ELEMENT_SYMBOL])
    lower = models.FloatField(null=True, blank=True)
    upper = models.FloatField(null=True, blank=True)
    source = models.CharField(max_length=200, help_text="Where the limit comes from.")

    class Meta:
        ordering = ["quantity", "element"]
        constraints = [
            models.UniqueConstraint(
                name="one_limit_of_a_quantity",
                fields=["material", "quantity", "element"],
                violation_error_message="This material has a limit for this already.",
            ),
            models.CheckConstraint(
                name="limit_limits_something",
                condition=Q(lower__isnull=False) | Q(upper__isnull=False),
                violation_error_message="A limit needs its lower or its upper end.",
            ),
            models.CheckConstraint(
                name="limits_in_order",
                condition=Q(lower=None) | Q(upper=None) | Q(upper__gte=models.F("lower")),
                violation_error_message="The upper limit is below the lower one.",
            ),
            _element_is_named("limit_names_its_element"),
        ]

    def __str__(self) -> str:
        return str(self.get_quantity_display())

    @property
    def record(self) -> Material:
        """Return the record that this row belongs to."""
        return self.material

    def keeps(self, value: float) -> bool:
        """Return whether ``value`` lies within."""
        return (self.lower is None or value >= self.lower) and (self.upper is None or value <= self.upper)


class QualityResult(models.Model):
    """One result measured on a powder; never changed, a later one replaces it."""

    powder = models.ForeignKey(Powder, on_delete=models.PROTECT, related_name="results")
    quantity = models.CharField(max_length=26, choices=Quantity)
    element = models.CharField(max_length=2, blank=True, validators=[ELEMENT_SYMBOL])
    value = models.FloatField(validators=[MinValueValidator(0)])
    uncertainty = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0)], help_text="Standard uncertainty, k = 1."
    )
    below_detection = models.BooleanField(
        default=False, help_text="It was below the detection limit, which is what the value says."
    )
    method = models.CharField(max_length=120, help_text="Karl Fischer, laser diffraction, BET, ICP-OES, …")
    instrument = models.ForeignKey(
        Equipment, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    measured_at = models.DateTimeField(default=timezone.now)
    measured_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [_element_is_named("result_names_its_element")]

    def __str__(self) -> str:
        return f"{self.get_quantity_display()} {self.value:g}"

    @property
    def record(self) -> Powder:
        """Return the record that this row belongs to."""
        return self.powder
