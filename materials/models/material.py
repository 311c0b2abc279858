"""What a powder is made of, in the sense of a data sheet."""

from __future__ import annotations

from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q

from lims.models import Record, RecordQuerySet
from materials.calc.formula import molar_mass_g_mol


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


class MaterialQuerySet(RecordQuerySet):
    """Questions about substances."""

    def in_role(self, *roles: str) -> Self:
        """Return the substances that serve as any of these, each once."""
        return self.filter(Exists(MaterialRole.objects.filter(material=OuterRef("pk"), role__in=roles)))

    def with_hazards(self) -> Self:
        """Return what a safety data sheet warns of."""
        return self.exclude(signal_word="", hazard_statements="", safety_note="")


class Material(Record):
    """A substance: formula, roles, density and its source, potential, specific capacities and hazards."""

    CODE_PREFIX = "MAT"

    class Role(models.TextChoices):
        POSITIVE_ACTIVE = "positive_active", "Positive active material"
        NEGATIVE_ACTIVE = "negative_active", "Negative active material"
        ELECTROLYTE = "electrolyte", "Solid electrolyte"
        BINDER = "binder", "Binder"
        CARBON = "carbon", "Conductive additive"
        COATING = "coating", "Coating"
        PRECURSOR = "precursor", "Precursor"
        FOIL = "foil", "Foil or current collector"
        GAS = "gas", "Gas"
        SOLVENT = "solvent", "Solvent"

    class SignalWord(models.TextChoices):
        NONE = "", "none"
        WARNING = "warning", "Warning"
        DANGER = "danger", "Danger"

    name = models.CharField(max_length=120, unique=True)
    formula = models.CharField(max_length=80, blank=True, help_text="Such as LiNi0.5Mn0.3Co0.2O2.")
    cas_number = models.CharField(
        "CAS number",
        max_length=12,
        blank=True,
        validators=[
            RegexValidator(
                r"^\d{2,7}-\d{2}-\d$", "A CAS number is digits in three groups, such as 1313-96-8."
            )
        ],
    )
    density_g_cm3 = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0.01), MaxValueValidator(25)]
    )
    density_source = models.CharField(max_length=200, blank=True)
    potential_v_vs_li = models.FloatField(
        null=True, blank=True, help_text="Nominal potential against Li/Li+, in V."
    )
    signal_word = models.CharField(max_length=8, choices=SignalWord, blank=True, default="")
    hazard_statements = models.CharField(
        max_length=200,
        blank=True,
        validators=[
            RegexValidator(
                r"^(EU)?H\d{3}[A-Za-z]*(\+H\d{3})*(, (EU)?H\d{3}[A-Za-z]*(\+H\d{3})*)*$",
                "Hazard statements are codes with commas between them, such as H250, H302+H332, H314.",
            )
        ],
        help_text="The H codes of its safety data sheet, such as H250, H314.",
    )
    safety_note = models.CharField(
        max_length=200, blank=True, help_text="What must not happen to it: water, air, oxidisers."
    )
    low_stock_ug = models.BigIntegerField(
        "low stock",
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="The home page says so when all its open lots together hold less.",
    )
    low_stock_count = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="The same for lots that are counted, in their own unit.",
    )

    objects = MaterialQuerySet.as_manager()  # type: ignore[misc]  # narrower than Record's

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

    def clean(self) -> None:
        super().clean()
        try:
            self.molar_mass_g_mol()
        except ValueError as problem:
            raise ValidationError({"formula": str(problem)}) from problem
        if self.cas_number and not _cas_check_digit_is_right(self.cas_number):
            raise ValidationError(
                {"cas_number": f"{self.cas_number} is no CAS number: its last digit does not fit."}
            )

    @property
    def is_hazardous(self) -> bool:
        """Return whether its safety data sheet warns of something."""
        return bool(self.signal_word or self.hazard_statements or self.safety_note)

    def roles_text(self) -> str:
        """Return what it serves as, in words."""
        return ", ".join(role.get_role_display() for role in self.roles.all())

    def molar_mass_g_mol(self) -> float | None:
        """Return the molar mass of its formula, or None where none is stated."""
        return molar_mass_g_mol(self.formula) if self.formula else None


def _cas_check_digit_is_right(number: str) -> bool:
    digits = [int(digit) for digit in number if digit.isdigit()]
    total = sum(place * digit for place, digit in enumerate(reversed(digits[:-1]), start=1))
    return total % 10 == digits[-1]


class MaterialRole(models.Model):
    """One thing that a substance serves as; it may serve as several."""

    material = models.ForeignKey(Material, on_delete=models.PROTECT, related_name="roles")
    role = models.CharField(max_length=16, choices=Material.Role)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="each_role_once",
                fields=["material", "role"],
                violation_error_message="This substance has this role already.",
            ),
        ]
        indexes = [models.Index(fields=["role", "material"], name="materials_in_role")]

    def __str__(self) -> str:
        return str(self.get_role_display())


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
