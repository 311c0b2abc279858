"""Samples: what was taken out of a cell or a powder and sent to be looked at, and what was found in it."""

from __future__ import annotations

from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from cells.models import Cell
from lims.models import Record, RecordQuerySet
from materials.models import Powder
from testing.models.tests import CellTest

SOLVENTS_AT_MOST = 12


class SampleQuerySet(RecordQuerySet):
    """Questions about samples."""

    def with_parents(self) -> Self:
        return self.select_related(
            "cell__identity",
            "cell__condition",
            "after_test__identity",
            "powder__identity",
            "powder__material",
        )

    def orphans(self) -> Self:
        """Return samples whose history nobody can follow: no parent, or cycled by no test that is known."""
        untold = Q(after_test=None) & ~Q(state=Sample.State.PRISTINE)
        return self.filter(Q(cell=None, powder=None) | (Q(cell__isnull=False) & untold))


class Sample(Record):
    """A fragment of a cell, or some powder, on its way to a microscope; with all that was done to it before."""

    CODE_PREFIX = "SMP"

    class Kind(models.TextChoices):
        FRAGMENT = "fragment", "Electrode fragment"
        PELLET = "pellet", "Whole pellet"
        LAMELLA = "lamella", "Lamella"
        POWDER = "powder", "Powder"
        OTHER = "other", "Other"

    class State(models.TextChoices):
        PRISTINE = "pristine", "Pristine"
        CHARGED = "charged", "Charged"
        DISCHARGED = "discharged", "Discharged"
        BETWEEN = "between", "In between"
        UNKNOWN = "unknown", "Not known"

    class Air(models.TextChoices):
        NONE = "none", "None: sealed or transferred in argon"
        BRIEF = "brief", "Brief: minutes"
        EXPOSED = "exposed", "Exposed"
        UNKNOWN = "unknown", "Not known"

    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=10, choices=Kind)
    cell = models.ForeignKey(Cell, null=True, blank=True, on_delete=models.PROTECT, related_name="samples")
    after_test = models.ForeignKey(
        CellTest,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="samples",
        help_text="The last test before the cell was opened.",
    )
    powder = models.ForeignKey(
        Powder, null=True, blank=True, on_delete=models.PROTECT, related_name="samples"
    )
    state = models.CharField(
        max_length=12, choices=State, default=State.UNKNOWN, help_text="Of charge, when it was opened."
    )
    state_of_charge_fraction = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0), MaxValueValidator(1)]
    )
    opened_at_v = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(-1), MaxValueValidator(6)],
        help_text="V at the cell.",
    )
    history = models.CharField(
        max_length=300, blank=True, help_text="What is said of its past where no test here holds it."
    )
    washes = models.JSONField(
        default=list, blank=True, help_text="In order: solvent, minutes, whether sonicated, how often."
    )
    air_exposure = models.CharField(max_length=8, choices=Air, default=Air.UNKNOWN)
    air_exposure_min = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    container = models.CharField(max_length=120, blank=True)
    sent_to = models.CharField(max_length=120, blank=True)

    objects = SampleQuerySet.as_manager()  # type: ignore[misc]  # narrower than Record's

    class Meta(Record.Meta):
        constraints = [
            models.CheckConstraint(
                name="sample_of_a_cell_or_of_a_powder",
                condition=~Q(cell__isnull=False, powder__isnull=False),
                violation_error_message="A sample is of a cell or of a powder, not of both.",
            ),
            models.CheckConstraint(
                name="a_test_before_is_of_the_cell",
                condition=Q(after_test=None) | Q(cell__isnull=False),
                violation_error_message="Only a sample of a cell has a test before it.",
            ),
        ]

    @property
    def title(self) -> str:
        return self.name

    @property
    def parent(self) -> Record | None:
        return self.cell or self.powder

    def clean(self) -> None:
        super().clean()
        if self.after_test is not None and self.after_test.cell_id != self.cell_id:
            raise ValidationError(
                {"after_test": f"{self.after_test.code} is a test of another cell than {self.cell}."}
            )
        judge_washes(self.washes)


def judge_washes(washes: object) -> None:
    """Raise ValidationError where ``washes`` is not a short list of solvents with their minutes."""
    if not isinstance(washes, list) or len(washes) > SOLVENTS_AT_MOST:
        raise ValidationError({"washes": f"Washing steps are a list of at most {SOLVENTS_AT_MOST}."})
    for number, wash in enumerate(washes, start=1):
        if not isinstance(wash, dict) or not str(wash.get("solvent", "")).strip():
            raise ValidationError({"washes": f"Washing step {number} names its solvent."})
        minutes = wash.get("minutes")
        if minutes is not None and (
            isinstance(minutes, bool) or not isinstance(minutes, int | float) or not 0 <= minutes <= 100_000
        ):
            raise ValidationError({"washes": f"Washing step {number}: {minutes!r} is no number of minutes."})


class CharacterisationQuerySet(RecordQuerySet):
    """Questions about results of samples."""

    def with_subjects(self) -> Self:
        return self.select_related(
            "sample__identity", "sample__cell__identity", "powder__identity"
        ).prefetch_related("values")


class Characterisation(Record):
    """What one technique found in a sample or a powder, with the files that show it."""

    CODE_PREFIX = "CHR"

    class Technique(models.TextChoices):
        TEM = "tem", "TEM"
        EDS = "eds", "EDS"
        XRD = "xrd", "XRD"
        XPS = "xps", "XPS"
        SEM = "sem", "SEM"
        FIB = "fib", "FIB-SEM"
        BET = "bet", "BET"
        ICP = "icp", "ICP-OES"
        RAMAN = "raman", "Raman"
        OTHER = "other", "Other"

    sample = models.ForeignKey(
        Sample, null=True, blank=True, on_delete=models.PROTECT, related_name="characterisations"
    )
    powder = models.ForeignKey(
        Powder, null=True, blank=True, on_delete=models.PROTECT, related_name="characterisations"
    )
    technique = models.CharField(max_length=8, choices=Technique)
    instrument = models.CharField(max_length=120, help_text="As the paper would name it: maker and model.")
    conditions = models.CharField(
        max_length=300,
        blank=True,
        help_text="What the file does not say: kV, magnification, anode, sputtering.",
    )
    findings = models.TextField(blank=True, max_length=5000)
    flags = models.JSONField(default=list, blank=True, help_text="What to look out for, such as cracks.")

    objects = CharacterisationQuerySet.as_manager()  # type: ignore[misc]  # narrower than Record's

    class Meta(Record.Meta):
        constraints = [
            models.CheckConstraint(
                name="characterisation_of_one_thing",
                condition=Q(sample__isnull=False, powder=None) | Q(sample=None, powder__isnull=False),
                violation_error_message="A result is of a sample or of a powder: one of the two.",
            )
        ]

    @property
    def title(self) -> str:
        return f"{self.get_technique_display()} of {self.subject.code}"

    @property
    def subject(self) -> Record:
        found: Any = self.sample or self.powder
        return found  # type: ignore[no-any-return]


class CharacterisedValue(models.Model):
    """One number of a characterisation, with where it was taken and how far the sites differ."""

    characterisation = models.ForeignKey(Characterisation, on_delete=models.PROTECT, related_name="values")
    quantity = models.CharField(max_length=80)
    value = models.FloatField()
    value_to = models.FloatField(null=True, blank=True, help_text="The other end where a range is given.")
    spread = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="Standard deviation over the sites.",
    )
    unit = models.CharField(max_length=20, blank=True)
    sites = models.PositiveIntegerField(null=True, blank=True, help_text="How many sites were measured.")

    class Meta:
        ordering = ["characterisation", "pk"]
        constraints = [
            models.CheckConstraint(
                name="characterised_range_in_order",
                condition=Q(value_to=None) | Q(value_to__gte=models.F("value")),
                violation_error_message="A range goes from its lower to its upper end.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.value:g} {self.unit}"

    @property
    def record(self) -> Characterisation:
        """Return the record that this row belongs to."""
        return self.characterisation
