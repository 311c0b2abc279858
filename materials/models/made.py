"""What was made from powders: coating batches, composites and treated powders."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from materials.models.counted import PrecursorFill
from materials.models.equipment import Equipment
from materials.models.ledger import Use
from materials.models.powder import Powder
from materials.models.recipe import CoatingRecipeEdition, CoatingStep, FormulationEdition, FormulationPart


class CoatingBatch(models.Model):
    """One ALD run or solution coating: a powder load put in, a coated powder taken out."""

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
        limit_choices_to={"kind__in": ["ald_reactor", "furnace"]},
    )
    cycles_done = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    # What the run did; empty where it is not known to differ from the recipe.
    substrate_temperature_c = models.FloatField(null=True, blank=True)
    base_pressure_mtorr = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    base_pressure_at_flow_sccm = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    carrier_flow_sccm = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    rotation_rpm = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    bed_preheat_min = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    fills = models.ManyToManyField(
        PrecursorFill, blank=True, related_name="batches", help_text="The precursor fills that were pulsed."
    )
    solution_volume_ml = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0.001)])
    witness_thickness_nm = models.FloatField(
        "witness wafer, thickness", null=True, blank=True, validators=[MinValueValidator(0.01)]
    )
    witness_sites = models.PositiveSmallIntegerField("witness wafer, places measured", null=True, blank=True)
    thickness_measured_nm = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0.01)])
    thickness_method = models.CharField(max_length=80, blank=True)
    thickness_sites = models.PositiveSmallIntegerField(null=True, blank=True)
    thickness_standard_deviation_nm = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0)], help_text="Between the places."
    )

    class Meta:
        verbose_name_plural = "coating batches"

    def __str__(self) -> str:
        return str(self.powder_id)


class CoatingInterruption(models.Model):
    """That an ALD run stopped after some cycle and went on later."""

    batch = models.ForeignKey(CoatingBatch, on_delete=models.PROTECT, related_name="interruptions")
    after_cycle = models.PositiveIntegerField()
    minutes = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    reason = models.CharField(max_length=200)

    class Meta:
        ordering = ["after_cycle", "pk"]

    def __str__(self) -> str:
        return f"after cycle {self.after_cycle}: {self.reason}"


class CoatingStepDone(models.Model):
    """A step of a coating from solution as it was done; what is empty was not said to differ from the recipe."""

    batch = models.ForeignKey(CoatingBatch, on_delete=models.PROTECT, related_name="steps_done")
    step = models.ForeignKey(CoatingStep, on_delete=models.PROTECT, related_name="+")
    duration_s = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0.001)])
    temperature_c = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(-273.15), MaxValueValidator(3000)]
    )
    atmosphere = models.CharField(max_length=60, blank=True)
    ramp_c_min = models.FloatField("ramp, °C/min", null=True, blank=True, validators=[MinValueValidator(0)])

    class Meta:
        ordering = ["step__order"]
        constraints = [
            models.UniqueConstraint(
                name="each_step_done_once",
                fields=["batch", "step"],
                violation_error_message="What was done in this step has been said already.",
            ),
            models.CheckConstraint(
                name="step_done_says_something",
                condition=Q(duration_s__isnull=False)
                | Q(temperature_c__isnull=False)
                | Q(ramp_c_min__isnull=False)
                | ~Q(atmosphere=""),
                violation_error_message="Say what was done in the step: how long, how hot, in what.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step} as done"


class Treatment(models.Model):
    """A powder dried, sieved, milled or annealed: the same substance after."""

    class Kind(models.TextChoices):
        DRY = "dry", "Dry"
        SIEVE = "sieve", "Sieve"
        MILL = "mill", "Mill"
        ANNEAL = "anneal", "Anneal"
        REDRY = "redry", "Re-dry"

    powder = models.OneToOneField(
        Powder, primary_key=True, on_delete=models.PROTECT, related_name="treatment"
    )
    load = models.OneToOneField(
        Use, on_delete=models.PROTECT, related_name="+", help_text="The powder put in."
    )
    kind = models.CharField(max_length=8, choices=Kind)
    temperature_c = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(-273.15), MaxValueValidator(3000)]
    )
    duration_h = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0.0001)])
    ramp_c_min = models.FloatField("ramp, °C/min", null=True, blank=True, validators=[MinValueValidator(0)])
    pressure_mbar = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    atmosphere = models.CharField(max_length=60, blank=True, help_text="Argon, oxygen, vacuum.")
    container = models.CharField(max_length=120, blank=True, help_text="Alumina boat, glass vial, steel jar.")
    mesh_um = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0.1)], help_text="Of a sieve: its opening."
    )
    speed_rpm = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0)], help_text="Of a mill."
    )
    equipment = models.ForeignKey(
        Equipment, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="heat_has_its_temperature",
                condition=~Q(kind__in=["anneal"]) | Q(temperature_c__isnull=False),
                violation_error_message="Annealing needs its temperature.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.powder_id}"

    def in_words(self) -> str:
        """Return what was done, as far as it is known: Dry, 80 °C, 12 h, vacuum."""
        told = [
            self.get_kind_display(),
            "" if self.temperature_c is None else f"{self.temperature_c:g} °C",
            "" if self.duration_h is None else f"{self.duration_h:g} h",
            self.atmosphere,
            "" if self.pressure_mbar is None else f"{self.pressure_mbar:g} mbar",
            "" if self.mesh_um is None else f"{self.mesh_um:g} µm mesh",
        ]
        return ", ".join(word for word in told if word)


class CompositeBatch(models.Model):
    """A mixture of weighed powders."""

    powder = models.OneToOneField(
        Powder, primary_key=True, on_delete=models.PROTECT, related_name="composite"
    )
    edition = models.ForeignKey(FormulationEdition, on_delete=models.PROTECT, related_name="batches")
    method = models.CharField(
        max_length=120, blank=True, help_text="Mortar, ball mill, vortex; empty: not recorded."
    )
    tool = models.ForeignKey(
        Equipment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        limit_choices_to={"kind": "mixer"},
    )
    glovebox = models.ForeignKey(
        Equipment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        limit_choices_to={"kind": "glovebox"},
    )
    duration_min = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    oxygen_ppm = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    water_ppm = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])

    class Meta:
        verbose_name_plural = "composite batches"

    def __str__(self) -> str:
        return str(self.powder_id)


class MixComponent(models.Model):
    """What was weighed in from one jar: of a part of the formulation, or of a premix of several.

    A part may come from several jars, each a component of its own.
    """

    batch = models.ForeignKey(CompositeBatch, on_delete=models.PROTECT, related_name="components")
    part = models.ForeignKey(
        FormulationPart,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty for a premix, whose own composition says what it brings.",
    )
    use = models.OneToOneField(Use, on_delete=models.PROTECT, related_name="mix_component")

    class Meta:
        ordering = ["part__order", "pk"]

    def __str__(self) -> str:
        return str(self.part)
