"""Recipes and formulations, in editions that never change once written."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from lims.models import Record
from materials.models.material import Material


class CoatingRecipe(Record):
    """How a powder is coated; what it says stands in its editions."""

    CODE_PREFIX = "RCP"
    name = models.CharField(max_length=120)
    coating = models.ForeignKey(
        Material, on_delete=models.PROTECT, related_name="+", limit_choices_to={"role": "coating"}
    )

    class Meta(Record.Meta):
        pass

    @property
    def title(self) -> str:
        return self.name


class CoatingRecipeEdition(models.Model):
    """One edition of an ALD recipe."""

    recipe = models.ForeignKey(CoatingRecipe, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveSmallIntegerField()
    cycles = models.PositiveIntegerField(validators=[MinValueValidator(1), MaxValueValidator(100_000)])
    substrate_temperature_c = models.FloatField()
    rotation_rpm = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    carrier_gas = models.CharField(max_length=60, blank=True)
    carrier_flow_sccm = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    base_pressure_mtorr = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    base_pressure_at_flow_sccm = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])

    class Meta:
        ordering = ["recipe", "-number"]
        constraints = [models.UniqueConstraint(name="one_recipe_edition_each", fields=["recipe", "number"])]

    def __str__(self) -> str:
        return f"{self.recipe.code} edition {self.number}"

    @property
    def record(self) -> CoatingRecipe:
        return self.recipe


class CoatingStep(models.Model):
    """A pulse or a purge of one ALD cycle."""

    class Kind(models.TextChoices):
        PULSE = "pulse", "Pulse"
        PURGE = "purge", "Purge"

    edition = models.ForeignKey(CoatingRecipeEdition, on_delete=models.PROTECT, related_name="steps")
    order = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=6, choices=Kind)
    substance = models.CharField(max_length=80, blank=True, help_text="The precursor of a pulse.")
    duration_s = models.FloatField(validators=[MinValueValidator(0.001)])
    source_temperature_c = models.FloatField(null=True, blank=True)

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

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(name="formulation_part_order", fields=["edition", "order"])]

    def __str__(self) -> str:
        return f"{self.parts:g} {self.material.name}"
