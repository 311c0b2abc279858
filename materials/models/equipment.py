"""Balances, dies, presses, reactors: what handles a sample and bounds what can be known of it."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from lims.models import Record, RecordQuerySet, User


class EquipmentQuerySet(RecordQuerySet):
    """Questions about equipment."""

    def with_calibration(self) -> Self:
        """Add ``calibration_due_on`` and ``calibration_result`` of the newest calibration, None where there is none."""
        calibrations = apps.get_model("materials", "Calibration").objects.filter(equipment=OuterRef("pk"))
        newest = calibrations.order_by("-done_on", "-pk")
        return self.annotate(
            calibration_due_on=Subquery(newest.values("due_on")[:1]),
            calibration_result=Subquery(newest.values("result")[:1]),
        )


class Equipment(Record):
    """One piece of equipment, with the figures that its kind needs."""

    CODE_PREFIX = "EQ"

    class Kind(models.TextChoices):
        BALANCE = "balance", "Balance"
        DIE = "die", "Die"
        PRESS = "press", "Press"
        GLOVEBOX = "glovebox", "Glovebox"
        ALD_REACTOR = "ald_reactor", "ALD reactor"
        MIXER = "mixer", "Mixer"
        FRAME = "frame", "Stack-pressure frame"
        OVEN = "oven", "Oven"
        FURNACE = "furnace", "Furnace"
        SIEVE = "sieve", "Sieve"
        SLEEVE = "sleeve", "Sleeve"
        PLUNGER = "plunger", "Plunger"
        LOAD_CELL = "load_cell", "Load cell"
        OVEN_SLOT = "oven_slot", "Slot of an oven"

    kind = models.CharField(max_length=12, choices=Kind)
    name = models.CharField(max_length=120)
    serial_number = models.CharField(max_length=60, blank=True)
    readability_mg = models.FloatField(
        "readability, mg", null=True, blank=True, validators=[MinValueValidator(0.00001)]
    )
    repeatability_mg = models.FloatField(
        "repeatability, mg",
        null=True,
        blank=True,
        validators=[MinValueValidator(0.00001)],
        help_text="Standard deviation of repeated weighings, in its place.",
    )
    minimum_weight_mg = models.FloatField(
        "minimum weight, mg",
        null=True,
        blank=True,
        validators=[MinValueValidator(0.00001)],
        help_text="Below it a weighing is not to be trusted.",
    )
    diameter_mm = models.FloatField(
        "diameter, mm",
        null=True,
        blank=True,
        validators=[MinValueValidator(0.5), MaxValueValidator(200)],
        help_text="Of a die's bore or a press's ram.",
    )
    tolerance_mm = models.FloatField(
        "tolerance, mm",
        null=True,
        blank=True,
        validators=[MinValueValidator(0.0001)],
        help_text="Half width: ± this much.",
    )

    largest_kn = models.FloatField(
        "largest force, kN",
        null=True,
        blank=True,
        validators=[MinValueValidator(0.001), MaxValueValidator(10_000)],
        help_text="Of a press, a frame or a load cell.",
    )
    part_of = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="parts",
        help_text="A slot's oven, a load cell's frame or press, a plunger's die.",
    )

    objects = EquipmentQuerySet.as_manager()  # type: ignore[misc]  # narrower than Record's

    # There after with_calibration().
    calibration_due_on: date | None
    calibration_result: str | None

    class Meta(Record.Meta):
        verbose_name_plural = "equipment"
        constraints = [
            models.CheckConstraint(
                name="balance_has_a_readability",
                condition=~Q(kind="balance") | Q(readability_mg__isnull=False),
                violation_error_message="A balance needs its readability in mg.",
            ),
            models.CheckConstraint(
                name="die_has_diameter_and_tolerance",
                condition=~Q(kind="die") | Q(diameter_mm__isnull=False, tolerance_mm__isnull=False),
                violation_error_message="A die needs its diameter and tolerance in mm.",
            ),
            models.CheckConstraint(
                name="a_slot_belongs_to_an_oven",
                condition=~Q(kind="oven_slot") | Q(part_of__isnull=False),
                violation_error_message="A slot belongs to an oven: say which.",
            ),
        ]

    @property
    def title(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.kind == self.Kind.OVEN_SLOT and self.part_of and self.part_of.kind != self.Kind.OVEN:
            raise ValidationError({"part_of": f"{self.part_of.code} is no oven."})
        if self.part_of_id is not None and self.part_of_id == self.pk:
            raise ValidationError({"part_of": "A piece is no part of itself."})


class GloveboxReading(models.Model):
    """What a glovebox's sensors showed at a moment; never changed."""

    glovebox = models.ForeignKey(
        Equipment,
        on_delete=models.PROTECT,
        related_name="readings",
        limit_choices_to={"kind": Equipment.Kind.GLOVEBOX},
    )
    oxygen_ppm = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    water_ppm = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["glovebox", "-at"], name="newest_reading")]
        constraints = [
            models.CheckConstraint(
                name="reading_shows_something",
                condition=Q(oxygen_ppm__isnull=False) | Q(water_ppm__isnull=False),
                violation_error_message="A reading shows oxygen, water or both.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.glovebox_id} {self.at:%Y-%m-%d %H:%M}"

    @property
    def record(self) -> Equipment:
        """Return the record that this row belongs to."""
        return self.glovebox
