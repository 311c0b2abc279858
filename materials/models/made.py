"""What was made from powders: coating batches and composites."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models

from materials.models.equipment import Equipment
from materials.models.ledger import Use
from materials.models.powder import Powder
from materials.models.recipe import CoatingRecipeEdition, FormulationEdition, FormulationPart


class CoatingBatch(models.Model):
    """One ALD run: a powder load put in, a coated powder taken out."""

    powder = models.OneToOneField(Powder, primary_key=True, on_delete=models.PROTECT, related_name="coating")
    edition = models.ForeignKey(CoatingRecipeEdition, on_delete=models.PROTECT, related_name="batches")
    load = models.OneToOneField(
        Use, on_delete=models.PROTECT, related_name="+", help_text="The powder put in."
    )
    reactor = models.ForeignKey(
        Equipment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        limit_choices_to={"kind": "ald_reactor"},
    )
    cycles_done = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    thickness_measured_nm = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0.01)])
    thickness_method = models.CharField(max_length=80, blank=True)
    thickness_sites = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "coating batches"

    def __str__(self) -> str:
        return str(self.powder_id)


class CompositeBatch(models.Model):
    """A mixture of weighed powders."""

    powder = models.OneToOneField(
        Powder, primary_key=True, on_delete=models.PROTECT, related_name="composite"
    )
    edition = models.ForeignKey(FormulationEdition, on_delete=models.PROTECT, related_name="batches")
    method = models.CharField(
        max_length=120, blank=True, help_text="Mortar, ball mill, vortex; empty: not recorded."
    )
    duration_min = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    oxygen_ppm = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    water_ppm = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])

    class Meta:
        verbose_name_plural = "composite batches"

    def __str__(self) -> str:
        return str(self.powder_id)


class MixComponent(models.Model):
    """What was weighed for one part of the formulation."""

    batch = models.ForeignKey(CompositeBatch, on_delete=models.PROTECT, related_name="components")
    part = models.ForeignKey(FormulationPart, on_delete=models.PROTECT, related_name="+")
    use = models.OneToOneField(Use, on_delete=models.PROTECT, related_name="mix_component")

    class Meta:
        ordering = ["part__order"]
        constraints = [
            models.UniqueConstraint(
                name="each_part_weighed_once",
                fields=["batch", "part"],
                violation_error_message="This part of the formulation has been weighed already.",
            ),
        ]

    def __str__(self) -> str:
        return str(self.part)
