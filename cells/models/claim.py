"""Claims: numbers that a text about a study states, to be compared with what its records give."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from cells.calc.claims import stated
from cells.models.cell import Cell
from cells.models.study import Condition, Study
from lims.models import User


class Claim(models.Model):
    """One number that a sentence states; the verdict is computed whenever it is asked for."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="claims")
    text = models.CharField(max_length=500, help_text="The sentence, as it stands in its source.")
    source = models.CharField(max_length=200, blank=True, help_text="Where it stands: paper and section.")
    quantity = models.CharField(max_length=80, help_text="What the number is said to be.")
    stated = models.CharField(max_length=30, help_text="The number with the digits that it is printed with.")
    condition = models.ForeignKey(
        Condition, null=True, blank=True, on_delete=models.PROTECT, related_name="claims",
        help_text="Whose cells it is about; empty: all of the study's.",
    )  # fmt: skip
    cell = models.ForeignKey(Cell, null=True, blank=True, on_delete=models.PROTECT, related_name="claims")
    compared_to = models.ForeignKey(
        Condition, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        help_text="For a ratio: the condition that stands below the line.",
    )  # fmt: skip
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    withdrawn_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["study", "pk"]
        constraints = [
            models.CheckConstraint(
                name="a_claim_is_of_a_condition_or_a_cell",
                condition=Q(condition=None) | Q(cell=None),
                violation_error_message="A claim is about a condition or a cell, not both.",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def record(self) -> Study:
        """Return the record that this row belongs to."""
        return self.study

    def clean(self) -> None:
        super().clean()
        try:
            stated(self.stated)
        except ValueError as problem:
            raise ValidationError({"stated": str(problem)}) from problem
        for name in ("condition", "compared_to"):
            condition = getattr(self, name)
            if condition is not None and condition.study_id != self.study_id:
                raise ValidationError({name: f"{condition.name} is no condition of this study."})
        if self.cell is not None and self.cell.condition.study_id != self.study_id:
            raise ValidationError({"cell": f"{self.cell.code} is no cell of this study."})
