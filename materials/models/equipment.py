"""Balances, dies, presses, reactors: what handles a sample and bounds what can be known of it."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from lims.models import Record


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
        ]

    @property
    def title(self) -> str:
        return self.name
