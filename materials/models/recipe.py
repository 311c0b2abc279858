"""Recipes and formulations, in editions that never change once written."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from lims.models import Record
from materials.models.material import Material


class CoatingRecipe(Record):
    """How a powder is coated; what it says stands in its editions."""

    CODE_PREFIX = "RCP"
    name = models.CharField(max_length=120)
    coating = models.ForeignKey(Material, on_delete=models.PROTECT, related_name="+")
    growth_lower_angstrom = models.FloatField(
        "growth per cycle, lower limit", null=True, blank=True, validators=[MinValueValidator(0)]
    )
    growth_upper_angstrom = models.FloatField(
        "growth per cycle, upper limit", null=True, blank=True, validators=[MinValueValidator(0)]
    )
    growth_limits_citation = models.CharField(
        max_length=200, blank=True, help_text="Where the limits of growth per cycle come from."
    )

    class Meta(Record.Meta):
        constraints = [
            models.CheckConstraint(
                name="growth_limits_are_cited",
                condition=Q(growth_lower_angstrom=None, growth_upper_angstrom=None)
                | ~Q(growth_limits_citation=""),
                violation_error_message="Limits of growth per cycle need their citation.",
            ),
            models.CheckConstraint(
                name="growth_limits_in_order",
                condition=Q(growth_lower_angstrom=None)
                | Q(growth_upper_angstrom=None)
                | Q(growth_upper_angstrom__gte=models.F("growth_lower_angstrom")),
                violation_error_message="The upper limit of growth per cycle is below the lower one.",
            ),
        ]

    @property
    def title(self) -> str:
        return self.name


class CoatingRecipeEdition(models.Model):
    """One edition of a recipe: an ALD cycle and how often it runs, or the steps of a solution coating."""

    class Method(models.TextChoices):
        ALD = "ald", "Atomic layer deposition"
        SOLUTION = "solution", "From solution"

    class TargetBasis(models.TextChoices):
        POWDER = "powder", "of the powder put in"
        PRODUCT = "product", "of the coated powder"

    recipe = models.ForeignKey(CoatingRecipe, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveSmallIntegerField()
    method = models.CharField(max_length=8, choices=Method, default=Method.ALD)
    cycles = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(100_000)]
    )
    substrate_temperature_c = models.FloatField(null=True, blank=True)
    bed_preheat_min = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="How long the bed is heated before.",
    )
    rotation_rpm = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    carrier_gas = models.CharField(max_length=60, blank=True)
    carrier_flow_sccm = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    base_pressure_mtorr = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    base_pressure_at_flow_sccm = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    growth_expected_angstrom = models.FloatField(
        "growth per cycle, expected", null=True, blank=True, validators=[MinValueValidator(0.001)]
    )
    growth_source = models.CharField(
        max_length=200, blank=True, help_text="Where the expectation comes from."
    )
    target_mass_fraction = models.FloatField(
        "coating aimed at",
        null=True,
        blank=True,
        validators=[MinValueValidator(0.00001), MaxValueValidator(0.5)],
    )
    target_basis = models.CharField(max_length=8, choices=TargetBasis, blank=True)

    class Meta:
        ordering = ["recipe", "-number"]
        constraints = [
            models.UniqueConstraint(name="one_recipe_edition_each", fields=["recipe", "number"]),
            models.CheckConstraint(
                name="ald_has_cycles_and_temperature",
                condition=~Q(method="ald") | Q(cycles__isnull=False, substrate_temperature_c__isnull=False),
                violation_error_message="An ALD recipe needs its cycles and its substrate temperature.",
            ),
            models.CheckConstraint(
                name="solution_has_target_and_basis",
                condition=~Q(method="solution") | Q(target_mass_fraction__isnull=False) & ~Q(target_basis=""),
                violation_error_message="A solution coating needs the mass fraction it aims at, and of what.",
            ),
            models.CheckConstraint(
                name="expected_growth_has_a_source",
                condition=Q(growth_expected_angstrom=None) | ~Q(growth_source=""),
                violation_error_message="An expected growth per cycle needs its source.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recipe.code} edition {self.number}"

    @property
    def record(self) -> CoatingRecipe:
        return self.recipe


class CoatingStep(models.Model):
    """A pulse or a purge of one ALD cycle, or a step of a solution coating."""

    class Kind(models.TextChoices):
        PULSE = "pulse", "Pulse"
        EXPOSURE = "exposure", "Exposure"
        PURGE = "purge", "Purge"
        STIR = "stir", "Stir"
        DRY = "dry", "Dry"
        ANNEAL = "anneal", "Anneal"

    ALD_KINDS = (Kind.PULSE, Kind.EXPOSURE, Kind.PURGE)
    SOLUTION_KINDS = (Kind.STIR, Kind.DRY, Kind.ANNEAL)

    edition = models.ForeignKey(CoatingRecipeEdition, on_delete=models.PROTECT, related_name="steps")
    order = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=Kind)
    substance = models.CharField(max_length=80, blank=True, help_text="The precursor of a pulse.")
    material = models.ForeignKey(
        Material,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The precursor of a pulse: its fills count their pulses by it.",
    )
    duration_s = models.FloatField(validators=[MinValueValidator(0.001)])
    source_temperature_c = models.FloatField(null=True, blank=True)
    flow_sccm = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    temperature_c = models.FloatField(null=True, blank=True)
    atmosphere = models.CharField(max_length=60, blank=True)
    ramp_c_min = models.FloatField("ramp, °C/min", null=True, blank=True, validators=[MinValueValidator(0)])

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(name="coating_step_order", fields=["edition", "order"])]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.substance} {self.duration_s:g} s"


class Formulation(Record):
    """What a composite is meant to be mixed of; what it says stands in its editions."""

    CODE_PREFIX = "FRM"
    name = models.CharField(max_length=120)

    class Meta(Record.Meta):
        pass

    @property
    def title(self) -> str:
        return self.name


class FormulationEdition(models.Model):
    """One edition of a formulation."""

    formulation = models.ForeignKey(Formulation, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["formulation", "-number"]
        constraints = [
            models.UniqueConstraint(name="one_formulation_edition_each", fields=["formulation", "number"])
        ]

    def __str__(self) -> str:
        return f"{self.formulation.code} edition {self.number}"

    @property
    def record(self) -> Formulation:
        return self.formulation

    def ratio(self) -> str:
        """Return the parts as people say them: 70:30:5:5."""
        return ":".join(f"{part.parts:g}" for part in self.parts.all())


class FormulationPart(models.Model):
    """A component and its parts by weight, which need not total 100."""

    edition = models.ForeignKey(FormulationEdition, on_delete=models.PROTECT, related_name="parts")
    order = models.PositiveSmallIntegerField()
    material = models.ForeignKey(Material, on_delete=models.PROTECT, related_name="+")
    parts = models.FloatField(validators=[MinValueValidator(0.0001)])
    tolerance_fraction = models.FloatField(
        "tolerance",
        null=True,
        blank=True,
        validators=[MinValueValidator(0.0001), MaxValueValidator(0.5)],
        help_text="How far a weighing may be off its target.",
    )

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(name="formulation_part_order", fields=["edition", "order"])]

    def __str__(self) -> str:
        return f"{self.parts:g} {self.material.name}"
